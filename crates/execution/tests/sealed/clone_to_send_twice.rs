//! A command is not cloned into two sends.

fn twice(port: &mut dyn execution::OrderPort, command: execution::VenueCommand) {
    port.send(command.clone());
    port.send(command);
}

fn main() {}
