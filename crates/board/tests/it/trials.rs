//! A board beside a desk in a world where everything goes wrong: at rest it shows what is true.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use board::{Board, BoardConfig, NotKnown, Status};
use contracts::testing::asset;
use contracts::{Envelope, Event, KillLevel, Money, Net, Portfolio, Span, StrategyId, Symbol, Ts};
use sim::{Faults, Happening, Layout, Observer, Outcome, Trial};

use crate::rig::config;

/// Hears everything that a trial says, and checks what can be checked while it runs.
struct Watch {
    board: Rc<RefCell<Board>>,
    /// How many messages pass before it begins to listen.
    deaf_for: u64,
    /// Whether each portfolio of the gate is compared with the cash that the board has counted.
    strict: bool,
    compared: Rc<RefCell<u64>>,
}

impl Watch {
    fn hears(&mut self, envelope: &Envelope) -> Result<(), String> {
        if self.deaf_for > 0 {
            self.deaf_for -= 1;
            return Ok(());
        }
        let mut board = self.board.borrow_mut();
        board.hear(envelope);
        if let (true, Event::Portfolio(Portfolio { cash, .. })) = (self.strict, &envelope.event) {
            *self.compared.borrow_mut() += 1;
            let ours = board.status(envelope.ts).cash.ours;
            if ours != Some(*cash) {
                return Err(format!("the board counts {ours:?} of cash, the gate has {cash}"));
            }
        }
        Ok(())
    }
}

impl Observer for Watch {
    fn happened(&mut self, _now: Ts, what: Happening<'_>) -> Result<(), String> {
        match what {
            Happening::Said(_, envelope) | Happening::VenueSaid(envelope) => self.hears(envelope),
            _ => Ok(()),
        }
    }
}

struct Seen {
    board: Board,
    outcome: Outcome,
    compared: u64,
}

impl Seen {
    fn status(&self) -> Status {
        self.board.status(self.outcome.ended)
    }
}

/// Runs a trial beside a board that begins to listen after so many messages.
fn watched(trial: &Trial, deaf_for: u64, strict: bool) -> Seen {
    // What the strategies of a trial start with is known from the outcome of a short one like it.
    let short = Trial { trades_for: Span::SECOND, ..trial.clone() };
    let known = short.run(Vec::new()).map_err(|why| why.to_string()).unwrap();
    let cash: Vec<(StrategyId, Money)> =
        known.accounts.iter().map(|account| (account.strategy, account.start)).collect();
    let config = BoardConfig { cash, ..config() };
    let new = if deaf_for == 0 { Board::from_first } else { Board::midway };
    let board = Rc::new(RefCell::new(new(config)));
    let compared = Rc::new(RefCell::new(0));
    let watch =
        Watch { board: Rc::clone(&board), deaf_for, strict, compared: Rc::clone(&compared) };
    let outcome = trial.run(vec![Box::new(watch)]);
    let outcome = outcome.unwrap_or_else(|why| panic!("seed {}: {why}", trial.seed));
    let (board, compared) = (board.borrow().clone(), *compared.borrow());
    Seen { board, outcome, compared }
}

/// What the board shows of positions is what the venue's executions come to.
#[track_caller]
fn positions_are_true(seen: &Seen, seed: u64) {
    let shown: BTreeMap<(StrategyId, Symbol), Net> = seen
        .board
        .positions()
        .shown
        .iter()
        .filter(|position| !position.net.is_flat())
        .map(|position| ((position.strategy, position.symbol), position.net))
        .collect();
    let true_ones: BTreeMap<(StrategyId, Symbol), Net> = seen
        .outcome
        .accounts
        .iter()
        .flat_map(|account| account.held.iter().map(|(s, net)| ((account.strategy, *s), *net)))
        .collect();
    assert_eq!(shown, true_ones, "seed {seed}");
}

fn is_true_at_rest(trial: &Trial, strict: bool) -> Seen {
    let seed = trial.seed;
    let seen = watched(trial, 0, strict);
    let status = seen.status();
    positions_are_true(&seen, seed);
    for account in &seen.outcome.accounts {
        let line = status.strategies.iter().find(|line| line.strategy == account.strategy);
        let line = line.unwrap_or_else(|| panic!("seed {seed}: {} is missing", account.strategy));
        assert_eq!(line.cash, Some(account.cash), "seed {seed}: {}", account.strategy);
        assert_eq!(line.approved, account.approvals, "seed {seed}: {}", account.strategy);
        assert_eq!(line.fills, account.executions, "seed {seed}: {}", account.strategy);
    }
    let orders = status.orders;
    // A venue that was never asked for anything has not been heard.
    let is_heard = seen.outcome.counts.submits > 0;
    let none = is_heard.then_some(0);
    assert_eq!((orders.ours, orders.venue, orders.diff), (0, none, none), "seed {seed}");
    assert_eq!(orders.unknown, 0, "seed {seed}");
    let no_diff = is_heard.then_some(Money::ZERO);
    assert_eq!(status.cash.diff, no_diff, "seed {seed}: {:?}", status.cash);
    for line in &status.positions.shown {
        assert_eq!(line.diff, Some(Net::ZERO), "seed {seed}: {line:?}");
    }
    // An operator cancels at the end, unless something had tripped higher before.
    assert!(status.kill.level >= Some(KillLevel::Cancel), "seed {seed}: {:?}", status.kill);
    let counts = (status.counts.refused, status.counts.fills);
    assert_eq!(counts, (seen.outcome.counts.refusals, seen.outcome.counts.executions), "{seed}");
    assert_eq!(status.not_known, [NotKnown::KillSources], "seed {seed}");
    seen
}

#[test]
fn board_beside_worlds_with_all_faults_shows_at_rest_what_is_true() {
    let mut crashes = 0;
    for seed in 1..=40 {
        crashes += is_true_at_rest(&Trial::of_seed(seed), false).outcome.counts.crashes;
    }
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn board_of_one_process_counts_cash_as_the_gate_does_at_every_moment() {
    let base = Trial::of_seed(5);
    for seed in 1..=6 {
        let trial =
            Trial { seed, layout: Layout::Embedded, faults: Faults::none(), ..base.clone() };
        let seen = is_true_at_rest(&trial, true);
        assert!(seen.compared > 30, "{}", seen.compared);
    }
}

#[test]
fn board_that_begins_late_says_what_it_cannot_know_and_is_right_about_the_rest() {
    let base = Trial::of_seed(5);
    let trial = Trial { seed: 9, faults: Faults::none(), ..base };
    let seen = watched(&trial, 600, false);
    let status = seen.status();
    for what in [NotKnown::OrdersFromBefore, NotKnown::PositionsFromBefore, NotKnown::Cash] {
        assert!(status.not_known.contains(&what), "{:?}", status.not_known);
    }
    assert_eq!((status.cash.ours, status.cash.venue, status.cash.diff), (None, None, None));
    assert!(status.strategies.iter().all(|line| line.cash.is_none()));
    assert!(status.positions.shown.iter().all(|line| line.venue.is_none()));
    // Whatever it shows is true, although it may not be all there is.
    for position in seen.board.positions().shown {
        let account = seen.outcome.accounts.iter().find(|a| a.strategy == position.strategy);
        let held = &account.unwrap().held;
        let net = held.iter().find(|(symbol, _)| *symbol == position.symbol);
        assert_eq!(position.net, net.map_or(Net::ZERO, |(_, net)| *net));
    }
    assert_eq!(status.cash.asset, asset("USD"));
}
