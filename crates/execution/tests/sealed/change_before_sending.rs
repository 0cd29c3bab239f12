//! A command is sent as the gateway has sealed it.

fn redirect(command: &mut execution::VenueCommand, other: contracts::Event) {
    command.0 = other;
}

fn main() {}
