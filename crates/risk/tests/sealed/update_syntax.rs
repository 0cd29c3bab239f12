//! An approval is no mould for another one.

fn relabel(approved: risk::Approved, corr: contracts::Corr) -> risk::Approved {
    risk::Approved { corr, ..approved }
}

fn main() {}
