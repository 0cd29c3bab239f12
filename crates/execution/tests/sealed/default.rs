//! There is no empty command to start from.

fn main() {
    let _: execution::VenueCommand = Default::default();
}
