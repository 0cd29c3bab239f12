//! A plain request does not turn into a command.

fn convert(request: contracts::Event) -> execution::VenueCommand {
    request.into()
}

fn main() {}
