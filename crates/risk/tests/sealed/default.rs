//! There is no empty approval to start from.

fn main() {
    let _: risk::Approved = Default::default();
}
