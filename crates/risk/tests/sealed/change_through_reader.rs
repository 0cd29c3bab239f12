//! What can be read of an approval cannot be written through.

fn postpone(approved: &mut risk::Approved) {
    approved.valid_until() = contracts::Ts::MAX;
}

fn main() {}
