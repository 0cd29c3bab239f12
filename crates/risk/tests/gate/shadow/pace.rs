//! How many orders were let through, and how many more may be.

use contracts::{Span, Ts};

/// Every approval, with how many a minute there could be then.
#[derive(Default)]
pub(crate) struct Pace(Vec<(Ts, u32)>);

impl Pace {
    pub(crate) fn approved(&mut self, at: Ts, per_minute: u32) {
        self.0.push((at, per_minute));
    }

    /// Whether one more now would be one too many. An approval owes what takes its time to come back, and all
    /// together owe at most a minute's worth; a part of one that has not come back counts as one.
    pub(crate) fn is_used_up(&self, now: Ts, per_minute: u32) -> bool {
        let (mut owed, mut since) = (0, Ts::ZERO);
        for (at, most) in &self.0 {
            let left = (owed - at.since(since).nanos()).max(0);
            (owed, since) = ((left + each(*most)).min(each(*most) * i64::from(*most)), *at);
        }
        let (left, each) = ((owed - now.since(since).nanos()).max(0), each(per_minute));
        (left + each - 1) / each + 1 > i64::from(per_minute)
    }
}

fn each(per_minute: u32) -> i64 {
    Span::MINUTE.nanos() / i64::from(per_minute)
}
