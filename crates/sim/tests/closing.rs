//! What the gate approves as a way out, the venue takes: otherwise nobody gets out, however often it is asked.
#![allow(clippy::unwrap_used, reason = "a test crate")]

use contracts::testing::{asset, instrument, money, price, qty, secs, strategy, symbol};
use contracts::{
    Corr, Envelope, Epoch, Event, IntentSeq, KillLevel, KillTrigger, Label, Lifetime, Net, OrderId,
    OrderKind, OrderSpec, Origin, Place, RunId, Side, Source, Span, Symbol, Ticker, Trip, Ts,
};
use execution::ProtectiveOnKill;
use kernel::{Collected, Sequencer};
use portfolio::{Holding, Method};
use risk::{Gate, LatchRules, Limits};
use sim::Desk;
use simvenue::VenueConfig;

const RUN: RunId = RunId::new(1);

fn desk() -> Desk {
    Desk {
        run: RUN,
        registry: strategies::registry().unwrap(),
        roster: Vec::new(),
        currency: asset("USD"),
        cash: vec![(strategy("a"), money("1000"))],
        pool: None,
        limits: Limits::default(),
        method: Method::Fifo,
        spot: true,
        kill: LatchRules::none(),
        protective_on_kill: ProtectiveOnKill::Cancel,
        dead_man: None,
        venue: VenueConfig::default(),
    }
}

/// A desk in one process, venue and all.
struct Bench {
    sequencer: Sequencer,
    now: Ts,
}

impl Bench {
    fn say(&mut self, from: Source, corr: Option<Corr>, event: Event) {
        let mut input = Envelope::input(from, self.now, event);
        input.corr = corr;
        self.sequencer.take(self.now, input, &mut Collected::default()).unwrap();
    }

    /// The market is there, and stays for a while.
    fn market(&mut self, symbol: Symbol, at: &str) {
        for _ in 0..30 {
            let (now, at, size) = (self.now, Some(price(at)), qty("10"));
            let (bid_qty, ask_qty) = (size, size);
            let ticker = Ticker { symbol, bid: at, ask: at, last: at, bid_qty, ask_qty, at: now };
            self.say(Source::MdIngest, None, Event::Ticker(ticker));
            self.now = self.now + Span::from_millis(100);
            while self.sequencer.wake(self.now, &mut Collected::default()).unwrap() {}
        }
    }

    fn held(&self, symbol: Symbol) -> Net {
        let gate: &Gate = self.sequencer.machine().unwrap();
        gate.ledger().holding(strategy("a"), symbol).map_or(Net::ZERO, Holding::net)
    }
}

#[test]
fn position_that_is_barely_worth_the_smallest_order_is_closed() {
    let sequencer = Sequencer::new(Epoch(1), desk().machines().unwrap());
    let (mut bench, btc) = (Bench { sequencer, now: secs(1_000) }, symbol("BTC/USD"));
    bench.say(Source::MdIngest, None, Event::Instrument(instrument(btc)));
    bench.market(btc, "100");
    let (kind, lifetime) = (OrderKind::Market, Lifetime::UntilCancelled);
    let spec = OrderSpec::new(btc, Side::Buy, qty("0.1"), kind, lifetime).unwrap();
    let corr = Corr::new(strategy("a"), Origin::Strategy, IntentSeq::new(1));
    let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    let place = Place { id, spec, expires: Ts::MAX, why: Label::NONE };
    bench.say(Source::StrategyEngine, Some(corr), Event::Place(place));
    bench.market(btc, "100");
    assert_eq!(bench.held(btc), Net::of(Side::Buy, qty("0.1")));
    // Half a dollar is the least: a tenth costs as much at five, and at the collar below it does not.
    bench.market(btc, "5.1");
    let trip = Trip { level: KillLevel::Flatten, trigger: KillTrigger::Command };
    bench.say(Source::Operator, None, Event::Trip(trip));
    bench.market(btc, "5.1");
    assert_eq!(bench.held(btc), Net::ZERO);
}
