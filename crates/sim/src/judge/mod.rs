//! The judge: sees everything that is said and done, works out the truth by itself, and objects.
//!
//! It shares no code with the machines it judges: only the vocabulary and its arithmetic (`contracts`),
//! the numbers that the limits are set to, and the hash of what was said. Its truth is what the venue
//! did; its prices are made of what the market said; what the gate has to know is what its process took.
//! Its law is that no order exists without an approval, none exists twice, nothing is booked twice or
//! invented, every word on an order is true and may follow the one before, nobody spends or offers what
//! it does not have, and no limit is exceeded.

mod books;
mod cancels;
mod collars;
mod known;
mod law;
mod life;
mod orders;
mod pace;
mod prices;
mod scene;
mod seen;
mod truth;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use contracts::{Money, Net, OrderId, Origin, Qty, Reason, Side, StrategyId, Symbol, Ts};
use kernel::ResultHash;

use crate::desk::Desk;
use crate::faults::Trouble;
use crate::world::{Happening, Observer};
use seen::Seen;

/// What the judge has seen. Shared, so that it can be asked when all is over.
#[derive(Clone)]
pub struct Judge(Rc<RefCell<Seen>>);

/// How much there was of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders that were approved.
    pub approvals: u64,
    /// Intents that were refused.
    pub refusals: u64,
    /// Orders that reached the venue.
    pub submits: u64,
    /// Executions.
    pub executions: u64,
    /// Crashes.
    pub crashes: u64,
    /// Requests that were lost on their way to the venue.
    pub lost: u64,
    /// Orders whose fate was unknown at some time.
    pub unknown: u64,
}

/// How a strategy did, by the venue's executions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub strategy: StrategyId,
    /// Orders that were approved, its guards' among them.
    pub approvals: u64,
    /// Executions.
    pub executions: u64,
    /// What it began with.
    pub start: Money,
    /// Cash.
    pub cash: Money,
    /// What it holds.
    pub held: Vec<(Symbol, Net)>,
    /// Cash, and what it holds at the last marks.
    pub worth: Money,
}

impl Judge {
    /// A judge of that desk, whose gate sits in the process of that name.
    pub fn new(desk: &Desk, gate_in: &'static str) -> Self {
        Self(Rc::new(RefCell::new(Seen::new(desk, gate_in))))
    }

    /// How much there was of what.
    pub fn counts(&self) -> Counts {
        self.0.borrow().counts
    }

    /// The hash of everything that was decided.
    pub fn hash(&self) -> ResultHash {
        self.0.borrow().hash()
    }

    /// What a strategy truly holds, by the venue's executions alone.
    pub fn net(&self, strategy: StrategyId, symbol: Symbol) -> Net {
        self.0.borrow().truth.books.net(strategy, symbol)
    }

    /// What it truly has in cash, by the same.
    pub fn cash(&self, strategy: StrategyId) -> Money {
        self.0.borrow().truth.books.cash(strategy)
    }

    /// Whether that order was asked for by the guard of another.
    pub fn is_exit(&self, id: OrderId) -> bool {
        let seen = self.0.borrow();
        seen.orders.get(id).is_some_and(|order| order.origin == Origin::Protector)
    }

    /// How much of that order has traded.
    pub fn filled(&self, id: OrderId) -> Qty {
        self.0.borrow().orders.get(id).map_or(Qty::ZERO, |order| order.filled)
    }

    /// Which side of the market that order is on.
    pub fn side(&self, id: OrderId) -> Option<Side> {
        self.0.borrow().orders.get(id).map(|order| order.spec.side())
    }

    /// Whether a strategy, or a guard of it, has ever bought of that, or sold.
    pub fn has_traded(&self, strategy: StrategyId, symbol: Symbol, side: Side) -> bool {
        self.0.borrow().has_traded(strategy, symbol, side)
    }

    /// How each strategy did.
    pub fn accounts(&self) -> Vec<Account> {
        self.0.borrow().accounts()
    }

    /// How often what went wrong.
    pub fn troubles(&self) -> BTreeMap<Trouble, u64> {
        self.0.borrow().troubles.clone()
    }

    /// How often an intent was refused by which rule, the further rules that it broke counted too.
    pub fn broken(&self) -> BTreeMap<Reason, u64> {
        self.0.borrow().broken.clone()
    }

    /// Executions that happened and were never told.
    pub fn untold(&self) -> usize {
        self.0.borrow().truth.untold()
    }
}

impl Observer for Judge {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        let mut seen = self.0.borrow_mut();
        match what {
            Happening::Heard(who, taken) => seen.heard(who, taken),
            Happening::Said(who, said) => seen.said(now, who, said),
            Happening::VenueTook(request) => seen.venue_took(now, &request.event),
            Happening::VenueSaid(report) => seen.venue_said(&report.event),
            Happening::Polled(reading) => {
                seen.polled(now, reading);
                Ok(())
            }
            Happening::Crashed(_, at) => {
                seen.counts.crashes += 1;
                seen.trouble(Trouble::Crashed(at));
                Ok(())
            }
            Happening::Lost(_) => {
                seen.counts.lost += 1;
                seen.trouble(Trouble::RequestLost);
                Ok(())
            }
            Happening::HeldBack(request) => {
                seen.orders.held_back(&request.event);
                seen.trouble(Trouble::HeldBack);
                Ok(())
            }
            Happening::Trouble(trouble) => {
                seen.trouble(trouble);
                Ok(())
            }
            Happening::Forgot { who, tells_of_orders, records } => {
                seen.forgotten(who, tells_of_orders, records)
            }
            Happening::Restarted(_) => Ok(()),
        }
    }
}
