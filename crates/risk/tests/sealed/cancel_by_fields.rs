//! A cancel that passed cannot be put together either.

fn forge(corr: contracts::Corr, target: contracts::OrderId) -> risk::ApprovedCancel {
    risk::ApprovedCancel { corr, target }
}

fn main() {}
