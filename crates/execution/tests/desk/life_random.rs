//! However the facts about an order come in (late, twice, never, in any order, with restarts in
//! between), once the venue answers questions the same end is reached.

use std::collections::BTreeMap;

use contracts::{
    Event, Fill, OrderId, OrderSpec, OrderState, Qty, Report, Says, Span, Ts, VenueReason, VenueRef,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::line::{Line, buy, execution, report};

/// What the venue does with an order for 1, and with a change of it to 0.8.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Lost,
    Refused,
    Lives { trades: u8, end: Option<Says>, change: Change },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Lost,
    Refused,
    Made,
}

fn fate() -> impl Strategy<Value = Fate> {
    let end = prop::sample::select(vec![None, Some(Says::Cancelled), Some(Says::Expired)]);
    let change = [Change::None, Change::Lost, Change::Refused, Change::Made];
    let change = prop::sample::select(change.to_vec());
    prop_oneof![
        1 => Just(Fate::Lost),
        1 => Just(Fate::Refused),
        8 => (0_u8..=5, end, change).prop_map(|(trades, end, change)| {
            // Each trade is for 0.2, and there is no more than the order is for.
            let trades = trades.min(if change == Change::Made { 4 } else { 5 });
            Fate::Lives { trades, end, change }
        }),
    ]
}

/// The venue's own truth about one order.
struct Venue {
    id: OrderId,
    spec: OrderSpec,
    executions: Vec<Fill>,
    end: Option<Says>,
    known: bool,
    /// Everything that was ever said about it; any of it may be heard at any time.
    facts: Vec<Event>,
}

impl Venue {
    fn new(id: OrderId, fate: Fate, sent: Ts) -> Self {
        let spec = buy("1", "100");
        let (executions, facts) = (Vec::new(), Vec::new());
        let mut venue = Self { id, spec, executions, end: None, known: false, facts };
        // An answer to a question that overtook the order.
        venue.says(Says::NotFound, sent + Span::SECOND);
        match fate {
            Fate::Lost => {}
            Fate::Refused => {
                venue.end = Some(Says::Rejected);
                venue.says(Says::Rejected, sent);
            }
            Fate::Lives { trades, end, change } => venue.lives(trades, end, change, sent),
        }
        venue
    }

    fn lives(&mut self, trades: u8, end: Option<Says>, change: Change, sent: Ts) {
        self.known = true;
        let at = |step: u8| sent + Span::from_millis(100 * i64::from(step));
        self.says(Says::Accepted, sent);
        for number in 1..=trades {
            if number == 3 {
                self.changes(change, at(number));
            }
            let fill = execution(self.id, u64::from(number), "0.2", at(number));
            self.executions.push(fill);
            self.facts.push(Event::Executed(fill));
            self.says(Says::Working, at(number));
        }
        if trades < 3 {
            self.changes(change, at(trades));
        }
        let filled = Some(Says::Filled).filter(|_| self.filled() == self.spec.qty());
        self.end = filled.or(end);
        if let Some(says) = self.end {
            self.says(says, at(trades + 1));
        }
    }

    fn changes(&mut self, change: Change, at: Ts) {
        let says = match change {
            Change::None | Change::Lost => return,
            Change::Refused => Says::AmendRejected,
            Change::Made => {
                self.spec = buy("0.8", "99");
                Says::Amended
            }
        };
        let (answers, reason) = (Some(2), VenueReason::Tick);
        self.facts.push(Event::Report(Report { answers, reason, ..self.report(says, at) }));
    }

    fn filled(&self) -> Qty {
        self.executions.iter().fold(Qty::ZERO, |sum, fill| sum.plus(fill.qty).unwrap())
    }

    fn report(&self, says: Says, at: Ts) -> Report {
        let known = report(self.id, &self.spec, says, &self.filled().to_string(), at);
        match says {
            Says::NotFound => Report { venue_ref: None, symbol: None, ..known },
            _ => known,
        }
    }

    fn says(&mut self, says: Says, at: Ts) {
        self.facts.push(Event::Report(self.report(says, at)));
    }

    /// The answer to a question: every execution, then where the order stands.
    fn answer(&self, at: Ts) -> Vec<Event> {
        let stands = match self.end {
            Some(end) => end,
            None if self.known => Says::Working,
            None => Says::NotFound,
        };
        let executions = self.executions.iter().copied().map(Event::Executed);
        executions.chain([Event::Report(self.report(stands, at))]).collect()
    }

    fn cancel(&mut self) {
        if self.known {
            self.end.get_or_insert(Says::Cancelled);
        }
    }
}

/// Lets time pass until everything was asked and answered; the first answers are lost.
fn quiet(line: &mut Line, venue: &mut Venue, mut lost: u32) {
    for _ in 0..400 {
        for request in line.pass(Span::SECOND) {
            let answer = match request {
                Event::QueryOrder(_) => venue.answer(line.now),
                Event::CancelOrder(_) => {
                    venue.cancel();
                    Vec::new()
                }
                _ => continue,
            };
            if lost > 0 {
                lost -= 1;
            } else {
                for fact in answer {
                    line.venue(fact);
                }
            }
        }
    }
}

fn check(line: &Line, venue: &Venue) -> Result<(), TestCaseError> {
    let mut told: BTreeMap<VenueRef, u32> = BTreeMap::new();
    let mut sent = 0;
    for envelope in &line.said {
        match envelope.event {
            Event::Fill(fill) => *told.entry(fill.exec).or_default() += 1,
            Event::Submit(_) => sent += 1,
            Event::Alert(alert) => prop_assert!(false, "{:?}", alert.code),
            _ => {}
        }
    }
    let happened = venue.executions.iter().map(|fill| (fill.exec, 1)).collect();
    prop_assert_eq!(told, happened, "each execution is told once");
    prop_assert_eq!(sent, 1);
    let update = line.last_update(venue.id).unwrap();
    let end = match venue.end {
        None if !venue.known => Some(OrderState::Rejected),
        end => end.and_then(Says::final_state),
    };
    prop_assert_eq!((update.filled, update.qty), (venue.filled(), venue.spec.qty()));
    if let Some(end) = end {
        prop_assert_eq!((update.state, line.gateway().open_orders()), (end, 0));
    } else {
        let traded = !venue.filled().is_zero();
        let state = if traded { OrderState::PartiallyFilled } else { OrderState::New };
        let order = line.gateway().local_view().orders[0].clone();
        prop_assert_eq!((update.state, order.spec), (state, venue.spec));
        prop_assert_eq!((order.filled, order.unknown), (venue.filled(), false));
        prop_assert_eq!((order.told_filled, order.change_until), (order.filled, None));
    }
    Ok(())
}

/// What happens: to the order, what is heard of it and when, whether it is cancelled, what is lost.
#[derive(Clone, Debug)]
struct Story {
    fate: Fate,
    heard: Vec<(Index, i64, u8)>,
    cancel: Option<usize>,
    lost: u32,
}

fn story() -> impl Strategy<Value = Story> {
    let heard = prop::collection::vec((any::<Index>(), 0_i64..3_000, 0_u8..10), 0..25);
    let (cancel, lost) = (prop::option::of(0_usize..25), 0_u32..8);
    (fate(), heard, cancel, lost).prop_map(|(fate, heard, cancel, lost)| Story {
        fate,
        heard,
        cancel,
        lost,
    })
}

fn told(story: &Story, mut line: Line) -> (Line, Venue) {
    let (id, approval) = line.approval(buy("1", "100"));
    let (change, wish) = (line.change(id, "0.8", "99"), line.cancel(id));
    let mut venue = Venue::new(id, story.fate, line.now);
    line.tell(approval);
    if !matches!(story.fate, Fate::Lives { change: Change::None, .. }) {
        line.tell(change);
    }
    for (step, (which, pause, dice)) in story.heard.iter().enumerate() {
        if story.cancel == Some(step) {
            line.tell(wish);
        }
        match dice {
            0 => line.restart(),
            1 => {
                let answer = venue.answer(line.now);
                venue.facts.extend(answer);
            }
            _ => {
                line.venue(*which.get(&venue.facts));
            }
        }
        line.pass(Span::from_millis(*pause));
    }
    quiet(&mut line, &mut venue, story.lost);
    (line, venue)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn same_facts_in_any_order_lead_to_the_same_end(story in story()) {
        let (mut line, venue) = told(&story, Line::new());
        check(&line, &venue)?;
        // Whatever comes late now changes nothing.
        let before = (line.gateway().local_view(), line.last_update(venue.id));
        for fact in venue.facts.clone() {
            line.venue(fact);
        }
        prop_assert_eq!((line.gateway().local_view(), line.last_update(venue.id)), before);
        check(&line, &venue)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn gateway_that_restarts_after_every_step_says_the_same(story in story()) {
        let words = |line| {
            let (line, _) = told(&story, line);
            let said = line.said.iter().map(|envelope| (envelope.corr, envelope.event));
            said.collect::<Vec<_>>()
        };
        prop_assert_eq!(words(Line::new()), words(Line::that_restarts()));
    }
}
