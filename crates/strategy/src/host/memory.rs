//! A strategy's own state: written, kept, and taken back.
//!
//! A strategy may panic while it writes or takes back what it knows; here that is an answer like any other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::seat::Seat;
use crate::hears::Hears;

/// A strategy's own state.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Memory {
    /// The seat was empty.
    None,
    /// It could not be written.
    Unwritable,
    /// As JSON.
    Of(Box<RawValue>),
}

impl Memory {
    /// What whoever sits there knows now; of an empty seat, what could not be taken back.
    pub(crate) fn of(seat: &Seat) -> Self {
        match &seat.strategy {
            Some(strategy) => written(strategy.as_ref()).map_or(Self::Unwritable, Self::Of),
            None => seat.lost.clone().unwrap_or(Self::None),
        }
    }
}

fn written(strategy: &dyn Hears) -> Option<Box<RawValue>> {
    // Unwind safety: the strategy is only read, and what it wrote is thrown away.
    let written = catch_unwind(AssertUnwindSafe(|| strategy.save()));
    written.ok().flatten().and_then(|text| RawValue::from_string(text).ok())
}

/// Whether a strategy that has just begun takes that state. One that does not is to be dropped.
pub(crate) fn takes_back(strategy: &mut dyn Hears, state: &RawValue) -> bool {
    // Unwind safety: one that panics here is dropped by the caller and never called again.
    let taken = catch_unwind(AssertUnwindSafe(|| strategy.load(state.get())));
    matches!(taken, Ok(Ok(())))
}

/// Drops a strategy. A drop that panics must not take the others with it.
pub(crate) fn let_go(strategy: Option<Box<dyn Hears>>) {
    let _ = catch_unwind(AssertUnwindSafe(move || drop(strategy)));
}

/// Whether what the strategy of a seat knows comes back as it was written, into one that has just begun.
pub(crate) fn comes_back(seat: &Seat) -> bool {
    let Some(strategy) = &seat.strategy else { return true };
    let begun = seat.begin.and_then(|begin| begin(&seat.params, &seat.symbols).ok());
    let (Some(state), Some(begun)) = (written(strategy.as_ref()), begun) else { return false };
    let mut twin = begun.strategy;
    let same = takes_back(twin.as_mut(), &state)
        && written(twin.as_ref()).is_some_and(|again| again.get() == state.get());
    let_go(Some(twin));
    same
}
