//! A listener beside somebody who brings a market, on a bus in memory, a round at a time.

use std::sync::{Arc, Mutex};

use bus::{Bounds, Bus, Channel, ListenerSetup, MemoryBus, Plan, Recent};
use bus::{Signer, SourceKey, Speaker, SpeakerSetup, Stream, speak};
use contracts::testing::{instrument, price, qty, secs, symbol};
use contracts::{AlertCode, KillLevel, KillTrigger, Side, Trade, TradeId, Trip};
use runtime::{DoorLimits, Inbox, ManualClock, Next};

use super::*;

const MARKETS: &[TopicKind] =
    &[TopicKind::Trades, TopicKind::Instrument, TopicKind::Feed, TopicKind::Gaps];

struct Rig {
    clock: ManualClock,
    bus: Arc<dyn Bus>,
    listening: Listening,
    inbox: Inbox,
    ours: (Mouth, Speaker),
    theirs: (Mouth, Speaker),
    number: u64,
}

/// Each source has a key of its own.
fn key_of(source: Source) -> Signer {
    Signer::new([(source, SourceKey::new([source as u8 + 1; 32]))])
}

fn speaker(bus: &Arc<dyn Bus>, clock: &ManualClock, source: Source) -> (Mouth, Speaker) {
    speaker_with(key_of(source), bus, clock, source)
}

fn speaker_with(
    signer: Signer,
    bus: &Arc<dyn Bus>,
    clock: &ManualClock,
    source: Source,
) -> (Mouth, Speaker) {
    let alerts = Stream::new(TopicKind::Alerts, source).unwrap();
    speak(SpeakerSetup {
        bus: Arc::clone(bus),
        plans: vec![Plan { stream: alerts, readers: Vec::new() }],
        signer,
        history: Box::new(Recent::new(8)),
        bounds: Bounds::default(),
        clock: clock.handle(),
        seed: 1,
    })
}

impl Rig {
    fn new() -> Self {
        let clock = ManualClock::at(secs(100));
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(clock.handle()));
        let (doors, inbox) = Doors::open(DoorLimits::default());
        let ours = speaker(&bus, &clock, Source::RiskEngine);
        let theirs = speaker(&bus, &clock, Source::MdIngest);
        let listener = Listener::new(ListenerSetup {
            bus: Arc::clone(&bus),
            channels: MARKETS.iter().copied().map(Channel::Kind).collect(),
            verifier: key_of(Source::MdIngest).verifier(),
            bounds: Bounds::default(),
            clock: clock.handle(),
            seed: 1,
        });
        let listening = Listening::new(Setup {
            listener,
            doors,
            mouth: ours.0.clone(),
            clock: clock.handle(),
            as_whom: (Source::RiskEngine, Epoch(1)),
            relies_on: &[Source::MdIngest],
            symbols: vec![symbol("BTC/USD")],
            interests: Topics::of(MARKETS),
            doubt: Doubt::default(),
            reopen: Reopen::default(),
            alarmed: Alarmed::default(),
        });
        let mut rig = Self { clock, bus, listening, inbox, ours, theirs, number: 0 };
        // Both have looked at their streams, the listener listens, and nothing waits to be read.
        rig.listening.setup.doubt.is_away(false);
        for _ in 0..3 {
            rig.round();
        }
        rig
    }

    fn passes(&self, span: Span) {
        self.clock.turn_to((self.clock.handle())() + span);
    }

    /// Whoever brings the market says that.
    fn says(&mut self, seq: u64, event: Event) {
        let said = Envelope::input(Source::MdIngest, secs(100), event);
        self.theirs.0.publish(&Envelope { epoch: Epoch(1), seq: Seq::new(seq), ..said });
    }

    fn trade(&mut self, seq: u64) {
        let id = TradeId::new(seq);
        let (symbol, at, taker) = (symbol("BTC/USD"), secs(100), Side::Buy);
        let (price, qty) = (price("100"), qty("1"));
        self.says(seq, Event::Trade(Trade { symbol, price, qty, id, at, taker }));
    }

    fn opening(&mut self) {
        self.number += 1;
        let feed = Feed { symbol: symbol("BTC/USD"), state: FeedState::Live };
        self.says(self.number, Event::Instrument(instrument(symbol("BTC/USD"))));
        self.says(self.number, Event::Feed(feed));
    }

    /// Everybody has a turn; what came in by the doors, and whether a new beginning was asked for.
    fn round(&mut self) -> Vec<Event> {
        self.passes(Span::from_millis(600));
        self.theirs.0.nudge();
        self.ours.0.nudge();
        self.theirs.1.turn();
        self.ours.1.turn();
        for _ in 0..32 {
            let news = self.listening.setup.listener.next(Duration::ZERO);
            let now = (self.listening.setup.clock)();
            self.listening.hear(news, now);
        }
        let now = (self.listening.setup.clock)();
        self.listening.look(now);
        let mut came = Vec::new();
        while let Next::Input(_, envelope) = self.inbox.next(now, Duration::ZERO) {
            came.push(envelope.event);
        }
        came
    }

    /// The way to the others is there again, and whoever brings the market begins anew.
    fn all_is_well(&mut self) -> Vec<Event> {
        self.listening.setup.doubt.is_away(false);
        self.round();
        self.opening();
        self.round()
    }

    fn asked(&self) -> bool {
        self.listening.setup.reopen.take().contains(&symbol("BTC/USD"))
    }
}

fn feed(state: FeedState) -> Event {
    Event::Feed(Feed { symbol: symbol("BTC/USD"), state })
}

#[test]
fn market_is_asked_for_until_it_begins_and_then_trusted() {
    let mut rig = Rig::new();
    assert!(rig.listening.behind.contains_key(&symbol("BTC/USD")));
    rig.round();
    rig.round();
    assert!(rig.asked(), "it hears its own question, as whoever brings the market does");
    rig.opening();
    let came = rig.round();
    assert!(came.contains(&feed(FeedState::Live)), "{came:?}");
    assert!(rig.listening.behind.is_empty());
    let _ = rig.asked();
    rig.round();
    rig.round();
    assert!(!rig.asked());
}

#[test]
fn word_of_a_live_market_is_not_believed_without_its_beginning() {
    let mut rig = Rig::new();
    rig.says(1, feed(FeedState::Live));
    let came = rig.round();
    assert!(!came.contains(&feed(FeedState::Live)), "{came:?}");
    assert!(rig.listening.behind.contains_key(&symbol("BTC/USD")));
}

#[test]
fn loss_makes_a_market_untrusted_until_it_begins_anew() {
    let mut rig = Rig::new();
    rig.opening();
    rig.round();
    rig.trade(1);
    rig.round();
    rig.trade(3);
    let came = rig.round();
    assert!(came.contains(&feed(FeedState::Gap)), "{came:?}");
    rig.opening();
    let came = rig.round();
    assert!(came.contains(&feed(FeedState::Live)), "{came:?}");
}

#[test]
fn silence_of_whoever_brings_the_market_makes_it_untrusted_and_trust_comes_back_by_itself() {
    let mut rig = Rig::new();
    rig.opening();
    assert!(rig.round().contains(&feed(FeedState::Live)));
    // Nobody gives it a turn any more.
    rig.passes(Span::from_secs(4));
    let now = (rig.listening.setup.clock)();
    rig.listening.look(now);
    let next = rig.inbox.next(now, Duration::ZERO);
    assert!(
        matches!(next, Next::Input(_, Envelope { event, .. }) if event == feed(FeedState::Down))
    );
    rig.round();
    rig.opening();
    rig.round();
    rig.opening();
    let came = rig.round();
    assert!(came.contains(&feed(FeedState::Live)), "{came:?}");
}

#[test]
fn no_market_is_trusted_before_what_waits_on_the_streams_was_read() {
    let mut rig = Rig::new();
    rig.listening.setup.doubt = Doubt::default();
    for _ in 0..3 {
        rig.opening();
        assert!(!rig.round().contains(&feed(FeedState::Live)));
    }
    assert!(rig.all_is_well().contains(&feed(FeedState::Live)));
}

#[test]
fn word_of_a_live_market_is_held_back_while_the_way_to_the_others_is_gone() {
    let mut rig = Rig::new();
    rig.opening();
    rig.round();
    rig.listening.setup.doubt.is_away(true);
    assert!(rig.round().contains(&feed(FeedState::Down)));
    rig.opening();
    assert!(!rig.round().contains(&feed(FeedState::Live)));
    assert!(rig.all_is_well().contains(&feed(FeedState::Live)));
}

#[test]
fn no_market_is_trusted_while_what_is_said_finds_no_room() {
    let mut rig = Rig::new();
    rig.opening();
    assert!(rig.round().contains(&feed(FeedState::Live)));
    // What is said here has to be read by somebody, who does not.
    let kill = Stream::new(TopicKind::ControlKill, Source::RiskEngine).unwrap();
    let gateway = bus::ReaderName::new("execution-gateway").unwrap();
    let recent = Arc::new(Mutex::new(Recent::new(8)));
    rig.ours = speak(SpeakerSetup {
        bus: Arc::clone(&rig.bus),
        plans: vec![Plan { stream: kill, readers: vec![gateway.clone()] }],
        signer: key_of(Source::RiskEngine),
        history: Box::new(Arc::clone(&recent)),
        bounds: Bounds { entries_max: 2, reserve: 1, ..Bounds::default() },
        clock: rig.clock.handle(),
        seed: 1,
    });
    rig.listening.setup.mouth = rig.ours.0.clone();
    rig.round();
    assert!(rig.all_is_well().contains(&feed(FeedState::Live)));
    let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command };
    for seq in 1..=2 {
        let said = Envelope::input(Source::RiskEngine, secs(100), Event::Trip(trip));
        let said = Envelope { epoch: Epoch(1), seq: Seq::new(seq), ..said };
        recent.lock().unwrap().keep(&said);
        rig.ours.0.publish(&said);
    }
    let came = rig.round();
    assert!(came.contains(&feed(FeedState::Down)), "{came:?}");
    assert!(!rig.all_is_well().contains(&feed(FeedState::Live)));
    // It reads again.
    let read = [(kill, bus::Position::new(1, 2))];
    rig.bus.reader().unwrap().place(&gateway, &read).unwrap();
    rig.round();
    assert!(rig.all_is_well().contains(&feed(FeedState::Live)));
}

#[test]
fn nobody_is_believed_about_a_market_but_whoever_brings_it() {
    let mut rig = Rig::new();
    let said = Envelope::input(
        Source::Operator,
        secs(100),
        Event::Instrument(instrument(symbol("BTC/USD"))),
    );
    let said = Envelope { epoch: Epoch(1), seq: Seq::new(1), ..said };
    rig.listening.said(said);
    assert!(!rig.round().iter().any(|event| matches!(event, Event::Instrument(_))));
}

#[test]
fn whoever_has_no_key_keeps_nobody_alive() {
    let mut rig = Rig::new();
    rig.opening();
    assert!(rig.round().contains(&feed(FeedState::Live)));
    // It is silent, and somebody speaks in its name.
    let wrong = Signer::new([(Source::MdIngest, SourceKey::new([9; 32]))]);
    let mut impostor = speaker_with(wrong, &rig.bus, &rig.clock, Source::MdIngest);
    let mut came = Vec::new();
    for _ in 0..8 {
        rig.passes(Span::from_millis(600));
        impostor.0.nudge();
        impostor.1.turn();
        for _ in 0..8 {
            let news = rig.listening.setup.listener.next(Duration::ZERO);
            let now = (rig.listening.setup.clock)();
            rig.listening.hear(news, now);
        }
        let now = (rig.listening.setup.clock)();
        rig.listening.look(now);
        while let Next::Input(_, envelope) = rig.inbox.next(now, Duration::ZERO) {
            came.push(envelope.event);
        }
    }
    assert!(came.contains(&feed(FeedState::Down)), "{came:?}");
    let alarm =
        |event: &Event| matches!(event, Event::Alert(alert) if alert.code == AlertCode::ForgedSeal);
    assert!(came.iter().any(alarm), "{came:?}");
}
