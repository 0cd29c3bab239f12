//! What was sent is gone.

fn twice(port: &mut dyn execution::OrderPort, command: execution::VenueCommand) {
    port.send(command);
    port.send(command);
}

fn main() {}
