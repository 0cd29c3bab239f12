//! One process alone may use an account: a lease, renewed while it is used, with a token that only grows.
//!
//! Whoever holds it asks a clock and nobody else before each use: past its end the lease is not used, even
//! where the server still has it. Whoever gets one waits for a whole term before the first use: by then every
//! lease that the server may have forgotten has ended too. What this cannot see is a process that is
//! stopped between asking and using, and clocks that run at different speeds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use contracts::{Span, Ts};
use telemetry::Clock;

use crate::backoff::{Backoff, duration};
use crate::line::{Answer, Ask, Bus, Fault, Writing};

/// What is needed to keep a lease.
pub struct LeaseSetup {
    /// The server.
    pub bus: Arc<dyn Bus>,
    /// What is lent, such as an account.
    pub what: String,
    /// Who we are. A name that nobody else uses, drawn anew with every start.
    pub who: String,
    /// How long it holds without being renewed.
    pub term: Span,
    /// The highest token that our journal knows; a new one is above it.
    pub above: u64,
    /// Tells the time.
    pub clock: Clock,
    /// A number drawn by whoever has entropy, for the pauses between attempts.
    pub seed: u64,
}

/// The lease, as those see it who use what is lent.
#[derive(Clone, Debug)]
pub struct Lease(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    from: AtomicI64,
    until: AtomicI64,
    token: AtomicU64,
}

impl Lease {
    /// The token, if the lease holds now. To be asked right before each use.
    pub fn holds(&self, now: Ts) -> Option<u64> {
        let Shared { from, until, token } = &*self.0;
        let holds = from.load(Ordering::Acquire) <= now.nanos()
            && now.nanos() < until.load(Ordering::Acquire);
        holds.then(|| token.load(Ordering::Acquire))
    }
}

/// Gets the lease and renews it.
pub struct Keeper {
    bus: Arc<dyn Bus>,
    ask: Ask,
    clock: Clock,
    shared: Arc<Shared>,
    line: Option<Box<dyn Writing>>,
    backoff: Backoff,
}

/// How it stands with a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is ours, and may be used from then on.
    Ours {
        /// From when.
        from: Ts,
    },
    /// Somebody else has it.
    Theirs,
    /// The server is not there; what we have holds until its end.
    Away(Fault),
}

impl Keeper {
    /// Somebody who has no lease yet, and where it will show.
    pub fn new(setup: LeaseSetup) -> (Self, Lease) {
        let LeaseSetup { bus, what, who, term, above, clock, seed } = setup;
        let (from, until) = (AtomicI64::new(i64::MAX), AtomicI64::new(0));
        let shared = Arc::new(Shared { from, until, token: AtomicU64::new(0) });
        let lease = Lease(Arc::clone(&shared));
        let ask = Ask { what, who, term, above };
        (Self { bus, ask, clock, shared, line: None, backoff: Backoff::new(seed) }, lease)
    }

    /// Asks once, and says how it stands and when to ask again.
    pub fn turn(&mut self) -> (Standing, Duration) {
        // The term is counted from before the question: the server counts it from later on.
        let asked = (self.clock)();
        let answer = self.ask();
        let now = (self.clock)();
        match answer {
            Ok(Answer::Yours(token)) => {
                self.backoff.worked();
                let from = self.is_ours(token, asked, now);
                (Standing::Ours { from }, duration(Span::from_nanos(self.ask.term.nanos() / 3)))
            }
            Ok(Answer::Theirs) => {
                self.backoff.worked();
                self.is_over();
                (Standing::Theirs, duration(Span::from_nanos(self.ask.term.nanos() / 3)))
            }
            Err(fault) => {
                self.line = None;
                (Standing::Away(fault), duration(self.backoff.failed()))
            }
        }
    }

    fn ask(&mut self) -> Result<Answer, Fault> {
        let line = match &mut self.line {
            Some(line) => line,
            none => none.insert(self.bus.writer()?),
        };
        line.lend(&self.ask)
    }

    fn is_ours(&mut self, token: u64, asked: Ts, now: Ts) -> Ts {
        let shared = &self.shared;
        let is_same = shared.token.load(Ordering::Acquire) == token;
        let still_held = is_same && now.nanos() < shared.until.load(Ordering::Acquire);
        if !still_held {
            // Not before everything that could have been lent before has ended.
            shared.until.store(0, Ordering::Release);
            shared.from.store((now + self.ask.term).nanos(), Ordering::Release);
            shared.token.store(token, Ordering::Release);
        }
        // From here on nobody gives us a lower one, and we may keep this one where the server forgets it.
        self.ask.above = self.ask.above.max(token.saturating_sub(1));
        shared.until.store((asked + self.ask.term).nanos(), Ordering::Release);
        Ts::from_nanos(shared.from.load(Ordering::Acquire))
    }

    fn is_over(&self) {
        self.shared.until.store(0, Ordering::Release);
    }

    /// Gives it back, for those who wait. Whoever asks again may get another one.
    pub fn give_back(&mut self) {
        self.is_over();
        if let Some(line) = &mut self.line {
            // Where that fails it ends by itself.
            let _ = line.give_back(&self.ask);
        }
    }
}
