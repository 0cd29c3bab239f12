//! Orders come into a gateway by approvals only, not by writing its memory.

fn smuggle(gateway: &mut execution::Gateway) {
    gateway.state = Default::default();
}

fn main() {}
