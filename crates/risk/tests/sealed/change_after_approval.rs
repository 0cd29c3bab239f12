//! What was approved cannot be changed afterwards.

fn enlarge(mut approved: risk::Approved, approval: contracts::Approval) -> risk::Approved {
    approved.approval = approval;
    approved
}

fn main() {}
