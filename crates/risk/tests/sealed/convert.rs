//! The plain message does not turn into an approval.

fn convert(approval: contracts::Approval) -> risk::Approved {
    approval.into()
}

fn main() {}
