//! The plain message is not what a grant holds.

fn grant(approval: contracts::Approval) -> risk::Granted {
    risk::Granted::Place(approval)
}

fn main() {}
