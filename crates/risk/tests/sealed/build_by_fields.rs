//! Nobody outside `risk` can put an approval together.

fn forge(corr: contracts::Corr, approval: contracts::Approval) -> risk::Approved {
    risk::Approved { corr, approval }
}

fn main() {}
