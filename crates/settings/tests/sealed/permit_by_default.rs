//! There is no permit to start from.

fn main() {
    let _: settings::LivePermit = Default::default();
}
