//! This repository, held against its own checks.

use workbench::targets;

use crate::rig::{ours, told};

#[test]
fn targets_are_those_of_cargo_and_stay_within_their_budgets() {
    assert_eq!(told(&targets::check(&ours()).unwrap()), Vec::<String>::new());
}
