//! Nor a guard.

fn forge(corr: contracts::Corr, protect: contracts::Protect) -> risk::ApprovedProtect {
    risk::ApprovedProtect { corr, protect }
}

fn main() {}
