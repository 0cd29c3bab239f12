//! An order that the gate has not approved has no way to a command: only a journaled request opens.

fn open(order: contracts::OrderSpec, key: &contracts::SealKey) -> execution::VenueCommand {
    execution::VenueCommand::open(&order, key).unwrap()
}

fn main() {}
