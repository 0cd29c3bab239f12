//! The functions that seal are the gate's own.

fn main() {
    let _ = risk::approved::seal_order;
}
