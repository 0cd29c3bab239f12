//! An approval does not open by itself either: the gateway, which uses it once, is the only way.

fn open(approved: &risk::Approved, key: &contracts::SealKey) -> execution::VenueCommand {
    execution::VenueCommand::open(approved, key).unwrap()
}

fn main() {}
