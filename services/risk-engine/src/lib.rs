//! The gate between what strategies want and what is done. Nothing reaches the venue without its approval.

use launch::{Rank, Seated, ServiceSpec, Staff};

/// The service.
pub fn service() -> ServiceSpec {
    ServiceSpec {
        name: "risk-engine",
        machines: |blueprint| Ok(vec![Seated::new(Rank::Gate, blueprint.gate()?)]),
        staff: |_| Ok(Staff::default()),
    }
}
