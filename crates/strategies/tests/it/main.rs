//! The bundled strategies against known markets: what they ask for, word for word.

#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![allow(clippy::cast_precision_loss, reason = "counts of test data are small")]

mod ema_cross;
mod follow_signals;
mod golden;
mod market_maker;
mod promises;
mod rsi_tema_bb;
mod trendline_break;

use contracts::testing::{price, strategy, symbol};
use contracts::{Envelope, Event, Place, Symbol, Timeframe};
use serde_json::{Value, json};
use strategy::testing::Bench;
use strategy::{Instance, RosterEntry};

fn btc() -> Symbol {
    symbol("BTC/USD")
}

/// The class of that name on BTC/USD, with those parameters.
fn instance(class: &str, params: &Value) -> Instance {
    let entry = json!({ "id": class, "symbols": ["BTC/USD"], "params": params });
    let entry: RosterEntry = serde_json::from_value(entry).unwrap();
    strategies::registry().unwrap().begin(&entry).unwrap()
}

/// What a strategy asks for, one line per intent, when the closes of minutes are these.
fn asked_on_closes(class: &str, params: &Value, closes: &[i64]) -> Vec<String> {
    asked_on_bars(class, params, (Timeframe::M1, closes))
}

/// The same when they are the closes of bars of that length.
fn asked_on_bars(
    class: &str,
    params: &Value,
    (length, closes): (Timeframe, &[i64]),
) -> Vec<String> {
    let mut bench = Bench::new(vec![instance(class, params)]);
    let mut lines = Vec::new();
    for (bar, cents) in closes.iter().enumerate() {
        bench.bar(btc(), length, in_cents(*cents));
        lines.extend(bench.intents().iter().map(|intent| line(bar, intent)));
    }
    assert!(bench.strategy(strategy(class)).fault().is_none());
    lines
}

fn in_cents(cents: i64) -> contracts::Price {
    price(&format!("{}.{:02}", cents / 100, cents % 100))
}

/// An intent as a line of a golden file; the id follows from the number and is part of it.
fn line(bar: usize, intent: &Envelope) -> String {
    let number = intent.corr.unwrap().intent.get();
    let mut asked = match &intent.event {
        Event::Place(place) => json!({
            "id": place.id, "side": place.spec.side(), "qty": place.spec.qty(), "why": place.why,
        }),
        Event::Protect(protect) => json!({ "entry": protect.entry, "stop": protect.stop }),
        other => json!({ "other": format!("{other:?}") }),
    };
    if let Event::Place(Place { spec, .. }) = &intent.event
        && let Some(limit) = spec.limit()
    {
        asked["limit"] = json!(limit);
    }
    json!({ "bar": bar, "intent": number, "asked": asked }).to_string()
}

/// Closes in cents that trend, turn, jump and come back: whole numbers, the same everywhere.
fn closes(seed: u64, count: usize) -> Vec<i64> {
    let mut random = kernel::Seeded::new(seed);
    let (mut close, mut drift) = (10_000_i64, 0_i64);
    let mut draw = |below: u64| i64::try_from(random.below(below)).unwrap();
    let mut made = Vec::with_capacity(count);
    for bar in 0..count {
        if bar % 23 == 0 {
            drift = draw(61) - 30;
        }
        let jump = if draw(40) == 0 { draw(1_601) - 800 } else { 0 };
        close = (close + drift + draw(41) - 20 + jump).clamp(4_000, 40_000);
        made.push(close);
    }
    made
}

/// Closes in cents that leap to another level now and then, and hardly move in between. Only there a triple average of
/// nine turns while the close is outside of its bands.
fn leaps(seed: u64, count: usize) -> Vec<i64> {
    let mut random = kernel::Seeded::new(seed);
    let mut close = 10_000;
    let mut made = Vec::with_capacity(count);
    for bar in 0..count {
        close += match (bar % 23, random.below(2)) {
            (0, 0) => -random.between(300, 1_000),
            (0, _) => random.between(300, 1_000),
            _ => random.between(-1, 1),
        };
        close = close.clamp(6_000, 20_000);
        made.push(close);
    }
    made
}
