//! Nobody outside `execution` can put a command together.

fn forge(request: contracts::Event) -> execution::VenueCommand {
    execution::VenueCommand(request)
}

fn main() {}
