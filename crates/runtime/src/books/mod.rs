//! Our books beside the venue's: what is known of them, and what a comparison comes to.
//!
//! It hears every message that the sequencer takes or says, gathers statements from them, and keeps what
//! must survive a restart: up to where trades are settled, and what stood open. It
//! plans with the pure planner of [`execution::reconcile`] and takes nothing itself: what it finds is taken by
//! the shell as inputs, so that a replay needs neither the planner nor the venue.

mod asking;
mod gathering;

use contracts::{BooksCompared, Envelope, Event, Source, Span, TradeId, Ts};
use execution::Gateway;
use execution::reconcile::{Reconciler, Repair, VenueSnapshot, Wallet, Watermark, plan};
use journal::Fault;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use asking::Comparing;
use gathering::Gathering;

/// Clocks and messages may be off by more than anybody was told.
const MARGIN: Span = Span::SECOND;

/// What is known of our books beside the venue's.
#[derive(Debug, Default)]
pub(crate) struct Books {
    kept: Kept,
    /// What is owned. Learned anew by each start: while nothing runs, money may be paid in.
    wallet: Wallet,
    gathering: Gathering,
    /// The statement that was compared last.
    compared: Option<VenueSnapshot>,
}

/// What survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Trades up to here are settled.
    settled: Option<Watermark>,
    reconciler: Reconciler,
}

/// As a snapshot of the shell holds it, beside other things.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    books: Kept,
}

/// What a comparison has found.
#[derive(Debug)]
pub(crate) struct Found {
    /// What was missing here.
    pub(crate) facts: Vec<Event>,
    /// What is to be said of differences that no fact explains.
    pub(crate) said: Vec<Event>,
    /// That it was done, and what came of it.
    pub(crate) note: BooksCompared,
    /// From when on the next statement has to be complete.
    pub(crate) since: Ts,
}

impl Books {
    /// Hears a message that was taken or said.
    #[inline]
    pub(crate) fn hear(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Fill(fill) => self.wallet.count(fill),
            Event::Statement(_)
            | Event::StatementOrder(_)
            | Event::StatementTrade(_)
            | Event::StatementBalance(_)
                if envelope.src == Source::Venue =>
            {
                self.gathering.hear(&envelope.event);
            }
            Event::BooksCompared(note) if envelope.src == Source::Runtime => self.noted(note),
            _ => {}
        }
    }

    /// The next statement that is whole and was not compared yet.
    pub(crate) fn whole(&mut self) -> Option<VenueSnapshot> {
        self.gathering.whole()
    }

    /// Compares what the gateway believes with a statement.
    pub(crate) fn compare(&mut self, gateway: &Gateway, statement: VenueSnapshot) -> Found {
        let mut local = gateway.local_view();
        local.watermark = self.kept.settled;
        local.balances = self.wallet.balances(statement.at);
        let repairs = plan(&local, &statement);
        let facts: Vec<Event> = repairs.iter().filter_map(Repair::event).collect();
        // While some of it is still to be recalled, what does not fit proves nothing.
        let said = if local.recalls {
            Vec::new()
        } else {
            self.kept.reconciler.review(&statement, &repairs)
        };
        let settled = self.kept.settled.max(self.kept.reconciler.watermark());
        let waits = local.orders.iter().filter(|order| !order.live).map(|order| order.sent).min();
        let since = settled.map_or(Ts::ZERO, |place| place.at);
        let since = waits.map_or(since, |sent| since.min(sent));
        let note = BooksCompared {
            at: statement.at,
            repaired: u32::try_from(facts.len()).unwrap_or(u32::MAX),
            open: u32::try_from(self.kept.reconciler.open()).unwrap_or(u32::MAX),
            settled: settled.map(|place| place.at),
            settled_trade: settled.map(|place| place.number),
        };
        self.compared = Some(statement);
        let since = earlier(earlier(since, local.grace), MARGIN);
        Found { facts, said, note, since }
    }

    /// A comparison is done with. What is owned is learned from one that found nothing missing.
    fn noted(&mut self, note: &BooksCompared) {
        let number = note.settled_trade.unwrap_or(TradeId::new(0));
        let settled = note.settled.map(|at| Watermark { at, number });
        self.kept.settled = self.kept.settled.max(settled);
        let statement = self.compared.take().or_else(|| self.gathering.whole());
        if let Some(statement) = statement.filter(|_| note.repaired == 0) {
            self.wallet.learn(&statement, self.kept.settled);
        }
    }

    /// A process begins with this.
    pub(crate) fn begins(&mut self) {
        let Self { kept, wallet, .. } = std::mem::take(self);
        *self = Self { kept, wallet, ..Self::default() };
        self.wallet.begins();
    }

    /// From when on the first statement after a start has to be complete.
    pub(crate) fn since(&self) -> Ts {
        self.kept.settled.map_or(Ts::ZERO, |place| earlier(place.at, MARGIN))
    }

    /// One JSON value.
    pub(crate) fn write(&self) -> Result<String, Fault> {
        serde_json::to_string(&self.kept).map_err(|error| not_a_state(&error))
    }

    /// Reads what [`Books::write`] wrote from a snapshot of the shell; one from before there were books has
    /// none.
    pub(crate) fn read(shell: &RawValue) -> Result<Self, Fault> {
        let saved: Saved =
            serde_json::from_str(shell.get()).map_err(|error| not_a_state(&error))?;
        Ok(Self { kept: saved.books, ..Self::default() })
    }
}

fn earlier(at: Ts, by: Span) -> Ts {
    Ts::from_nanos(at.nanos().saturating_sub(by.nanos()).max(0))
}

fn not_a_state(error: &serde_json::Error) -> Fault {
    Fault::NotAState(format!("our books beside the venue's: {error}"))
}
