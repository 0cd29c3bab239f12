//! Nor a guard.

fn forge(corr: contracts::Corr, approval: contracts::ProtectApproval) -> risk::ApprovedProtect {
    risk::ApprovedProtect { corr, approval }
}

fn main() {}
