//! A market that is saved goes on as if it had not been; one that was tampered with does no harm.

use kernel::Seeded;
use serde_json::Value;
use simvenue::synthetic::{Market, Streams, btc_usd, sol_usd};

use crate::{all_four, market};

#[test]
fn saved_market_goes_on_in_the_middle_of_a_message() {
    for streams in [Streams::Trades, Streams::Ticker, Streams::Book, Streams::CheckedBook] {
        let mut original = market(streams, &all_four(), 4);
        for steps in [0, 1, 17, 5_000, 1, 2, 3, 5] {
            original.by_ref().take(steps).for_each(drop);
            let saved = serde_json::to_string(&original).unwrap();
            let restored: Market = serde_json::from_str(&saved).unwrap();
            assert_eq!(serde_json::to_string(&restored).unwrap(), saved);
            let expected = original.clone().take(2_000);
            assert!(restored.take(2_000).eq(expected), "{streams:?} after {steps} more");
        }
    }
}

#[test]
fn saved_market_contradiction_refused() {
    let mut fresh = market(Streams::Book, &[btc_usd(), sol_usd()], 4);
    fresh.by_ref().take(500).for_each(drop);
    let saved = serde_json::to_value(&fresh).unwrap();
    let check = |path: &str, value: Value| {
        let mut changed = saved.clone();
        *changed.pointer_mut(path).expect(path) = value;
        assert!(serde_json::from_value::<Market>(changed).is_err(), "{path}");
    };
    check("/config/symbols/0/levels", 11.into());
    check("/config/symbols/0/orders_per_hour", 0.into());
    check("/config/streams", "trades".into());
    check("/pits/0/tape/fair", 0.into());
    check("/pits/0/tape/mood/base", 1.into());
    check("/pits/0/tape/tempo/gap", 0.into());
    check("/pits/0/shown/bids/rungs/0/lots", 0.into());
    check("/pits/0/shown/bids/rungs/0/tick", u64::MAX.into());
    check("/batch/speaker", 2.into());
    check("/pits", Value::Array(Vec::new()));
}

#[test]
fn saved_market_any_number_changed_never_panics() {
    let mut stream = Seeded::new(5);
    let mut fresh = market(Streams::CheckedBook, &[btc_usd(), sol_usd()], 4);
    let mut taken = 0;
    for _ in 0..600 {
        fresh.by_ref().take(7).for_each(drop);
        let mut saved = serde_json::to_value(&fresh).unwrap();
        tamper(&mut saved, &mut stream);
        if let Ok(market) = serde_json::from_value::<Market>(saved) {
            taken += market.take(300).count();
        }
    }
    assert!(taken > 5_000, "some changes are harmless");
}

/// Replaces one number somewhere by a hostile one.
fn tamper(value: &mut Value, stream: &mut Seeded) {
    let mut paths = Vec::new();
    numbers(value, String::new(), &mut paths);
    let path = stream.pick(&paths).unwrap();
    let old = value.pointer(path).and_then(Value::as_i64).unwrap_or_default();
    let hostile: [Value; 9] = [
        0.into(),
        1.into(),
        (-1).into(),
        old.wrapping_add(1).into(),
        old.wrapping_mul(1_000).into(),
        i64::MAX.into(),
        i64::MIN.into(),
        u64::MAX.into(),
        (stream.next_u64() >> stream.below(64)).into(),
    ];
    *value.pointer_mut(path).unwrap() = stream.pick(&hostile).unwrap().clone();
}

fn numbers(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(item, format!("{path}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                numbers(field, format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}
