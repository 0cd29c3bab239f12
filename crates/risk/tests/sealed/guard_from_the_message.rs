//! The plain message of a guard is no grant, and does not turn into one.

fn convert(approval: contracts::ProtectApproval) -> risk::ApprovedProtect {
    approval.into()
}

fn grant(approval: contracts::ProtectApproval) -> risk::Granted {
    risk::Granted::Protect(approval)
}

fn main() {}
