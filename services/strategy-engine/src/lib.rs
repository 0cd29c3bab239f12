//! Runs the strategies. They only ever say what they want; whether it is done is for others to decide.

use launch::{Rank, Seated, ServiceSpec, Staff};

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec {
        name: "strategy-engine",
        machines: |blueprint| Ok(vec![Seated::new(Rank::Host, blueprint.host()?)]),
        staff: |_| Ok(Staff::default()),
    }
}
