//! A permit is not copied: whoever was given one holds the only one.

fn twice(permit: settings::LivePermit) -> (settings::LivePermit, settings::LivePermit) {
    (permit.clone(), permit)
}

fn main() {}
