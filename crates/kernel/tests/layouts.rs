//! States of other builds: an older one is carried over by its steps, and none is ever misunderstood.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

use contracts::testing::{price, qty, secs, symbol};
use contracts::{Envelope, Epoch, Event, Side, Source, TopicKind, Trade, TradeId, Ts};
use kernel::{
    Layout, Machine, Outbox, PartLayout, Sequencer, Snapshot, StateError, Topics, load_state,
    save_state,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Counts trades.
#[derive(Default, Serialize, Deserialize)]
struct First {
    heard: u64,
}

/// Counts those of buyers apart, and knows the last.
#[derive(Default, Serialize, Deserialize)]
struct Third {
    bought: u64,
    others: u64,
    last: Option<u64>,
}

/// The way from [`First`] to [`Third`]: who bought was not noted before, so all of them are others.
const STEPS: &[kernel::Step] = &[
    |state| {
        let First { heard } = load_state(state)?;
        // As somebody writes it who does not care for the order of fields.
        Ok(format!("{{ \"others\": {heard}, \"bought\": 0 }}").into_bytes())
    },
    |state| {
        #[derive(Deserialize)]
        struct Second {
            bought: u64,
            others: u64,
        }
        let Second { bought, others } = load_state(state)?;
        if others == 13 {
            return Err(StateError::Contradiction("thirteen were never counted right"));
        }
        let mut state = Vec::new();
        save_state(&Third { bought, others, last: None }, &mut state);
        Ok(state)
    },
];

struct Older(First);
struct Newer(Third);

impl Machine for Older {
    fn source(&self) -> Source {
        Source::RiskEngine
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades])
    }
    fn step(&mut self, _: Ts, _: &Envelope, _: &mut Outbox<'_>) {
        self.0.heard += 1;
    }
    fn layout(&self) -> Layout {
        Layout::FIRST
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.0, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.0 = load_state(state)?;
        Ok(())
    }
}

impl Machine for Newer {
    fn source(&self) -> Source {
        Source::RiskEngine
    }
    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades])
    }
    fn step(&mut self, _: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        if let Event::Trade(trade) = &input.event {
            let count =
                if trade.taker == Side::Buy { &mut self.0.bought } else { &mut self.0.others };
            *count += 1;
            self.0.last = Some(trade.id.get());
            out.wake_at(1, secs(100));
        }
    }
    fn layout(&self) -> Layout {
        Layout::after(STEPS)
    }
    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.0, out);
    }
    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.0 = load_state(state)?;
        Ok(())
    }
}

fn older() -> Sequencer {
    Sequencer::new(Epoch(1), vec![Box::new(Older(First::default()))])
}

fn newer() -> Sequencer {
    Sequencer::new(Epoch(1), vec![Box::new(Newer(Third::default()))])
}

fn fed(mut sequencer: Sequencer, trades: u64) -> Sequencer {
    for number in 1..=trades {
        let event = Event::Trade(Trade {
            symbol: symbol("BTC/USD"),
            price: price("100"),
            qty: qty("1"),
            id: TradeId::new(number),
            at: secs(1),
            taker: Side::Buy,
        });
        sequencer
            .take(secs(1), Envelope::input(Source::MdIngest, secs(1), event), &mut ())
            .unwrap();
    }
    sequencer
}

/// The same snapshot with something else in its bytes.
fn with(snapshot: &Snapshot, from: &str, to: &str) -> Snapshot {
    let text = String::from_utf8(snapshot.bytes().to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    let bytes = text.replacen(from, to, 1).into_bytes();
    Snapshot::from_bytes(bytes).in_layouts(snapshot.layouts().to_vec())
}

/// The same as the first version of the sequencer wrote it: with one source and one kind of topics less.
fn of_the_first(snapshot: &Snapshot) -> Snapshot {
    let mut state: Value = serde_json::from_slice(snapshot.bytes()).unwrap();
    let sources = state["stamps"]["sources"].as_array_mut().unwrap();
    sources.pop().unwrap();
    for counts in sources {
        counts["plain"].as_array_mut().unwrap().pop().unwrap();
    }
    Snapshot::from_bytes(state.to_string().into_bytes())
}

fn refused(mut sequencer: Sequencer, snapshot: &Snapshot) -> String {
    sequencer.restore(snapshot).unwrap_err().to_string()
}

#[test]
fn older_state_is_carried_over_step_by_step_and_goes_on() {
    let (old, mut sequencer) = (fed(older(), 4).snapshot(), newer());
    sequencer.restore(&old).unwrap();
    let raised: &Newer = sequencer.machine().unwrap();
    assert_eq!((raised.0.bought, raised.0.others, raised.0.last), (0, 4, None));
    let on = fed(sequencer, 2);
    let raised: &Newer = on.machine().unwrap();
    assert_eq!((raised.0.bought, raised.0.others, raised.0.last), (2, 4, Some(2)));
    // What it writes from now on is of its own layout, and comes back without a step.
    let kept = on.snapshot();
    let versions: Vec<_> = kept.layouts().iter().map(|it| (it.of.as_str(), it.version)).collect();
    assert_eq!(versions, [("sequencer", 2), ("risk-engine", 3)]);
    let mut again = newer();
    again.restore(&kept).unwrap();
    assert_eq!(again.snapshot(), kept);
}

#[test]
fn state_that_tells_no_versions_is_of_the_first() {
    let untold = of_the_first(&fed(older(), 4).snapshot());
    let first = |of: &str| PartLayout { of: of.to_owned(), version: 1 };
    let old = untold.clone().in_layouts(vec![first("sequencer"), first("risk-engine")]);
    assert!(untold.has_layouts_of(&old) && !untold.has_layouts_of(&newer().snapshot()));
    let (mut told, mut guessed) = (newer(), newer());
    told.restore(&old).unwrap();
    guessed.restore(&untold).unwrap();
    assert_eq!(told.snapshot(), guessed.snapshot());
}

#[test]
fn state_of_a_newer_build_is_refused_by_machine_and_versions() {
    let why = refused(older(), &fed(newer(), 4).snapshot());
    assert!(
        why.contains("risk-engine: its layout is version 3, and this build knows versions 1 to 1"),
        "{why}"
    );
    let mut layouts = fed(older(), 4).snapshot().layouts().to_vec();
    layouts[0].version = 3;
    let why = refused(older(), &older().snapshot().in_layouts(layouts));
    assert!(why.contains("sequencer: its layout is version 3"), "{why}");
}

#[test]
fn state_without_a_way_on_is_refused_by_machine_version_and_reason() {
    let why = refused(newer(), &fed(older(), 13).snapshot());
    for part in ["risk-engine", "version 1", "no way on from version 2", "thirteen were never"] {
        assert!(why.contains(part), "{part}: {why}");
    }
}

#[test]
fn state_of_which_something_would_be_lost_or_made_up_is_refused() {
    let kept = fed(newer(), 4).snapshot();
    for (from, to, part) in [
        // A field that is not there counts as absent, and one too many is passed over, by whoever reads it.
        (",\"last\":4", "", "risk-engine: it says that its layout is version 3"),
        (
            "\"last\":4",
            "\"last\":4,\"sold\":1",
            "risk-engine: it says that its layout is version 3",
        ),
        ("\"others\"", "\"other\"", "risk-engine: saved state cannot be read"),
        (
            "\"timer\":1}",
            "\"timer\":1,\"every\":9}",
            "sequencer: it says that its layout is version 2",
        ),
        ("{\"now\"", "{\"then\":1,\"now\"", "sequencer: saved state cannot be read"),
        ("\"epoch\":1", "\"epoch\":1,\"era\":1", "sequencer: it says that its layout is version 2"),
    ] {
        let why = refused(newer(), &with(&kept, from, to));
        assert!(why.contains(part), "{to}: {why}");
    }
    newer().restore(&kept).unwrap();
}

#[test]
fn state_of_another_roster_is_refused_by_name() {
    let kept = fed(newer(), 4).snapshot();
    let mut layouts = kept.layouts().to_vec();
    layouts[1].of = "somebody".to_owned();
    let why = refused(newer(), &kept.clone().in_layouts(layouts.clone()));
    assert!(why.contains("is of somebody, and risk-engine sits there"), "{why}");
    layouts.push(PartLayout { of: "protector".to_owned(), version: 1 });
    let why = refused(newer(), &kept.in_layouts(layouts));
    assert!(why.contains("of 2 machines, the roster has 1"), "{why}");
}

#[test]
fn sources_that_this_build_numbers_otherwise_are_refused() {
    let kept = fed(newer(), 4).snapshot();
    let text = String::from_utf8(kept.bytes().to_vec()).unwrap();
    let from = text.find("\"sources\":[").unwrap() + "\"sources\":[".len();
    let first = &text[from..from + text[from..].find("},{").unwrap() + 2];
    let why = refused(newer(), &with(&kept, first, ""));
    assert!(why.contains("sequencer: saved state does not fit"), "{why}");
}
