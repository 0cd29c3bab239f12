//! What the gate has been told, and therefore has to act by: exactly what its process has taken, and what
//! the machines beside it have said.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Corr, Envelope, Event, Fill, Instrument, KillLevel, Money, OrderId, OrderState, OutOfRange,
    Position, StrategyId, StrategyRun, Symbol, Ts, VenueRef,
};
use risk::Limits;

use super::books::Books;
use super::prices::Prices;
use crate::desk::Desk;

/// What the gate knows, worked out without it.
pub(super) struct Known {
    /// The process that it sits in.
    process: &'static str,
    /// The level at which a loss trips the kill switch, as its file does.
    trips_at: KillLevel,
    pub(super) prices: Prices,
    pub(super) rules: BTreeMap<Symbol, Instrument>,
    books: Books,
    booked: BTreeSet<VenueRef>,
    unknown: BTreeMap<OrderId, Symbol>,
    /// Orders that were told to be over. Whoever has forgotten that may call them unknown.
    over: BTreeSet<OrderId>,
    paused: BTreeSet<StrategyId>,
    tripped: Option<KillLevel>,
    day: Day,
}

/// What a day has brought, and whether that has been looked at.
struct Day {
    number: i64,
    /// What everybody had together when it began.
    base: Money,
    /// The loss since then that somebody has looked at.
    accepted: Money,
    /// The most they ever had.
    high: Money,
    /// Something has moved in this turn.
    moved: bool,
    /// The day on which the loss went beyond the cap.
    capped: Option<i64>,
}

impl Known {
    pub(super) fn new(process: &'static str, desk: &Desk) -> Self {
        let Desk { cash, kill, .. } = desk;
        let all = cash.iter().map(|(_, amount)| *amount);
        let start = all.fold(Money::ZERO, |sum, amount| sum.plus(amount).unwrap_or(Money::MAX));
        let (moved, capped, accepted) = (false, None, Money::ZERO);
        let day = Day { number: 0, base: start, accepted, high: start, moved, capped };
        Self {
            process,
            trips_at: kill.level,
            prices: Prices::default(),
            rules: BTreeMap::new(),
            books: Books::new(cash),
            booked: BTreeSet::new(),
            unknown: BTreeMap::new(),
            over: BTreeSet::new(),
            paused: BTreeSet::new(),
            tripped: None,
            day,
        }
    }

    /// What it knew at its beginning.
    pub(super) fn anew(&self, desk: &Desk) -> Self {
        Self::new(self.process, desk)
    }

    pub(super) fn is_in(&self, process: &str) -> bool {
        self.process == process
    }

    /// An order of that instrument of which it knows that nobody knows what became of it.
    pub(super) fn of_unknown_fate(&self, symbol: Symbol) -> Option<OrderId> {
        self.unknown.iter().find(|(_, of)| **of == symbol).map(|(id, _)| *id)
    }

    pub(super) fn is_paused(&self, strategy: StrategyId) -> bool {
        self.paused.contains(&strategy)
    }

    pub(super) fn tripped(&self) -> Option<KillLevel> {
        self.tripped
    }

    /// The gate has said where its kill switch stands.
    pub(super) fn switched(&mut self, level: Option<KillLevel>) {
        self.tripped = level;
    }

    /// A turn begins with that input; what the last one has brought is looked at first.
    pub(super) fn takes(&mut self, taken: &Envelope, limits: &Limits) -> Result<(), String> {
        self.turn_ends(limits)?;
        self.day_turns(taken.rx).map_err(text)?;
        self.prices.hears(taken);
        match &taken.event {
            Event::Instrument(rules) => {
                self.rules.insert(rules.symbol, *rules);
            }
            Event::ClearKill(_) => self.goes_on(limits).map_err(text)?,
            _ => {}
        }
        self.hears(taken.corr, &taken.event);
        Ok(())
    }

    /// The gate, or a machine beside it, says something.
    pub(super) fn says(&mut self, said: &Envelope) -> Result<(), String> {
        self.day_turns(said.ts).map_err(text)?;
        if let Event::Mark(mark) = &said.event {
            self.prices.looked(mark)?;
            self.day.moved = true;
        }
        self.hears(said.corr, &said.event);
        Ok(())
    }

    fn hears(&mut self, corr: Option<Corr>, event: &Event) {
        match event {
            Event::Order(update)
                if update.state == OrderState::Unknown && !self.over.contains(&update.id) =>
            {
                self.unknown.insert(update.id, update.symbol);
            }
            Event::Order(update) => {
                self.unknown.remove(&update.id);
                if update.state.is_done() {
                    self.over.insert(update.id);
                }
            }
            Event::StrategyControl(control) => {
                if let Some(Corr { strategy, .. }) = corr {
                    if control.run == StrategyRun::Running {
                        self.paused.remove(&strategy);
                    } else {
                        self.paused.insert(strategy);
                    }
                }
            }
            _ => {}
        }
    }

    /// It has been told of an execution.
    pub(super) fn executed(&mut self, strategy: StrategyId, fill: &Fill) -> Result<(), OutOfRange> {
        if self.booked.insert(fill.exec) {
            self.books.count(strategy, fill)?;
            self.day.moved = true;
        }
        Ok(())
    }

    /// The gate tells of a position: exactly what it has been told of.
    pub(super) fn holds(&self, corr: Option<Corr>, position: &Position) -> Result<(), String> {
        let corr = corr.ok_or("a position of nobody")?;
        self.books.agree_with(corr.strategy, position)
    }

    fn total(&self) -> Result<Money, OutOfRange> {
        self.books.total(&self.prices)
    }

    /// Somebody looks at the fall and goes on: it may be measured from here, and a loss that kills from what it
    /// is now.
    fn goes_on(&mut self, limits: &Limits) -> Result<(), OutOfRange> {
        let total = self.total()?;
        self.day.high = total;
        let loss = self.day.base.minus(total)?;
        if loss.minus(self.day.accepted)? > limits.daily_loss_kill {
            self.day.accepted = loss;
        }
        Ok(())
    }

    fn day_turns(&mut self, now: Ts) -> Result<(), OutOfRange> {
        if now.day() != self.day.number {
            (self.day.number, self.day.base) = (now.day(), self.total()?);
            self.day.accepted = Money::ZERO;
        }
        Ok(())
    }

    /// What has moved in a turn has been looked at by its end: a loss beyond the cap holds for the rest
    /// of the day, and one beyond what kills has tripped the switch.
    fn turn_ends(&mut self, limits: &Limits) -> Result<(), String> {
        if !std::mem::take(&mut self.day.moved) {
            return Ok(());
        }
        let total = self.total().map_err(text)?;
        self.day.high = self.day.high.max(total);
        let loss = self.day.base.minus(total).map_err(text)?;
        let fall = self.day.high.minus(total).map_err(text)?;
        if loss > limits.daily_loss_cap {
            self.day.capped = Some(self.day.number);
        }
        // What has been won back is accepted no more.
        self.day.accepted = self.day.accepted.min(loss).max(Money::ZERO);
        let beyond = loss.minus(self.day.accepted).map_err(text)?;
        let kills = beyond > limits.daily_loss_kill || fall > limits.drawdown_kill;
        if kills && self.tripped < Some(self.trips_at) {
            return Err(format!("a loss of {loss:?}, a fall of {fall:?}, and nothing is tripped"));
        }
        Ok(())
    }

    /// Whether more risk may be taken after what this day has brought.
    pub(super) fn day_allows(&self, now: Ts, limits: &Limits) -> Result<(), String> {
        if self.day.capped == Some(now.day()) {
            return Err("more risk on a day whose loss was beyond the cap".into());
        }
        let loss = self.total().and_then(|total| self.day.base.minus(total)).map_err(text)?;
        if loss > limits.daily_loss_cap {
            return Err(format!("more risk after a loss of {loss:?}"));
        }
        Ok(())
    }
}

fn text(error: OutOfRange) -> String {
    error.to_string()
}
