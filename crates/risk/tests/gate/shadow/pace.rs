//! How many orders were let through, and how many more may be.

use contracts::{Span, Ts};

/// Every approval, with how long it takes until one more may follow.
#[derive(Default)]
pub(crate) struct Pace(Vec<(Ts, i64)>);

impl Pace {
    pub(crate) fn approved(&mut self, at: Ts, per_minute: u32) {
        self.0.push((at, each(per_minute)));
    }

    /// Whether one more now would be one too many. From no approval on may more have been let through than
    /// have come back since; a part of one that has not come back counts as one.
    pub(crate) fn is_used_up(&self, now: Ts, per_minute: u32) -> bool {
        let (mut taken, mut owed) = (0, 0);
        for (at, each) in self.0.iter().rev() {
            taken += each;
            owed = owed.max(taken - now.since(*at).nanos());
        }
        let each = each(per_minute);
        (owed + each - 1) / each + 1 > i64::from(per_minute)
    }
}

fn each(per_minute: u32) -> i64 {
    Span::MINUTE.nanos() / i64::from(per_minute)
}
