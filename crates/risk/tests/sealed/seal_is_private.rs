//! The functions that seal are the gate's own.

fn main() {
    let _ = risk::seals::seal_order;
    let _ = risk::seals::seal_cancel;
    let _ = risk::seals::seal_protect;
}
