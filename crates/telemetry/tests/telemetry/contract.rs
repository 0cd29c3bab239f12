//! Every line keeps the contract: valid JSON, the fields, their order, and the schema.

use std::fmt;
use std::path::Path;

use contracts::testing::{money, price, qty, strategy, symbol};
use contracts::{Corr, Figures, IntentSeq, OrderId, Origin, Reason, Side, Span};
use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry::{Component, Notice, Said};

use crate::rig::{RUN, Rig, START, Wish, lines};

const GATE: Component = Component::new("risk-engine.gate");

fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/logging.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

pub(crate) fn check(lines: &[Value]) {
    let schema = schema();
    for line in lines {
        let wrong: Vec<_> = schema.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{line}: {wrong:?}");
    }
}

fn refusal() -> Notice {
    Notice::IntentRefused {
        order: OrderId::from_bits(0xa91c << 112),
        strategy: Some(strategy("mm")),
        symbol: Some(symbol("BTC/USD")),
        reason: Reason::OrderNotional,
        figures: Figures::Money { found: money("30603.65"), allowed: money("10000") },
        setting: Some("risk.order_notional_max"),
        broken: 2,
    }
}

#[test]
fn line_of_a_notice_is_exactly_this() {
    let mut rig = Rig::new();
    let corr = Corr::new(strategy("mm"), Origin::Strategy, IntentSeq::new(4));
    let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    let said = Said::from(refusal()).of(Some(corr)).took(Span::from_nanos(1_234_567));
    rig.log.component(GATE).tell(said);
    rig.drain();
    let expected = format!(
        "{{\"ts\":\"2026-11-21T10:32:26.104000000Z\",\"level\":\"INFO\",\"msg\":\"refused \
         a91c0000000000000000000000000000 mm BTC/USD: order_notional money 30603.65, allowed 10000; \
         see risk.order_notional_max\",\"component\":\"risk-engine.gate\",\"env\":\"dev\",\
         \"pid\":{},\"trace_id\":\"{id}\",\"tid\":1,\"duration_ms\":1.234,\"context\":{{\"broken\":2,\
         \"figures\":{{\"money\":{{\"allowed\":\"10000\",\"found\":\"30603.65\"}}}},\
         \"notice\":\"intent_refused\",\"order\":\"a91c0000000000000000000000000000\",\
         \"reason\":\"order_notional\",\"setting\":\"risk.order_notional_max\",\
         \"strategy\":\"mm\",\"symbol\":\"BTC/USD\"}}}}\n",
        std::process::id()
    );
    assert_eq!(rig.place.text("njord.jsonl").replace(",\"tid\":2", ",\"tid\":1"), expected);
    check(&rig.place.lines());
}

#[test]
fn line_of_an_error_shows_what_it_is_and_what_caused_it() {
    #[derive(Debug, thiserror::Error)]
    #[error("the venue did not answer")]
    struct Outer(#[source] Inner);
    #[derive(Debug, thiserror::Error)]
    #[error("the line was cut")]
    struct Inner;

    let mut rig = Rig::new();
    let notice = Notice::CallFailed { to: "venue", call: "balance" };
    rig.log.tell(Said::from(notice).because(&Outer(Inner)).during(rig.log.next_request()));
    let lines = rig.lines();
    check(&lines);
    assert_eq!(lines[0]["error"]["message"], "the venue did not answer");
    assert_eq!(lines[0]["error"]["stack"], "the line was cut");
    assert!(lines[0]["error"]["type"].as_str().unwrap().ends_with("Outer"));
    assert_eq!(lines[0]["request_id"], "0000000000000001");
    assert!(rig.screen().contains("balance at venue failed: the venue did not answer; the line"));
}

#[test]
fn every_notice_of_the_catalogue_makes_a_line_that_fits_the_schema() {
    let mut rig = Rig::new();
    let order = OrderId::from_bits(7).unwrap();
    let (btc, who) = (symbol("BTC/USD"), strategy("mm"));
    let (side, quantity) = (Side::Buy, qty("0.5"));
    let some = [
        Notice::Started { version: "1.2.3", mode: "paper" },
        Notice::LogLinesLost { lines: 3, reason: "queue_full" },
        refusal(),
        Notice::IntentApproved { order, symbol: btc, side, qty: quantity },
        Notice::Filled {
            order,
            strategy: None,
            symbol: btc,
            side,
            qty: quantity,
            price: price("61207.3"),
            fee: money("-1.96"),
        },
        Notice::StrategyQuarantined { strategy: who },
        Notice::HttpListening { port: 9_100 },
    ];
    for notice in some {
        rig.log.tell(notice);
    }
    let lines = rig.lines();
    assert_eq!(lines.len(), some.len());
    check(&lines);
    let fill = &lines[4];
    assert_eq!(fill["context"].get("strategy"), None, "what is absent is absent");
    assert_eq!(fill["context"]["fee"], "-1.96", "an amount is a text");
}

#[test]
fn what_libraries_say_is_a_line_like_any_other() {
    let mut rig = Rig::new();
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        tracing::info!(
            target: "kraken::ws",
            text = "a \"b\"\n\u{1}", debug = ?Some(1), int = -5_i64, uint = u64::MAX, yes = true,
            nan = f64::NAN, half = 0.5, api_key = "abc", big = u128::MAX,
            "hello {}", 7
        );
        tracing::trace!("never kept");
        let error = std::io::Error::other("gone");
        tracing::error!(error = &error as &(dyn std::error::Error + 'static));
    });
    let lines = rig.lines();
    check(&lines);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["msg"], "hello 7");
    assert_eq!(lines[0]["component"], "njord.kraken.ws");
    let context = json!({
        "text": "a \"b\"\n\u{1}", "debug": "Some(1)", "int": -5, "uint": u64::MAX, "yes": true,
        "nan": "NaN", "half": 0.5, "api_key": "[redacted]", "big": u128::MAX.to_string(),
    });
    assert_eq!(lines[0]["context"], context);
    assert_eq!(lines[1]["error"]["message"], "gone");
    assert_eq!(lines[1]["msg"], "-");
}

#[test]
fn filter_holds_for_notices_and_libraries_alike() {
    let filter = "warn,kraken=debug,risk-engine=off";
    let mut rig = Rig::with(Wish { filter, ..Wish::default() });
    rig.log.tell(Notice::Stopping {});
    rig.log.tell(Notice::BusBehind { why: "warn" });
    rig.log.component(GATE).tell(Notice::BusBehind { why: "off" });
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        tracing::info!(target: "hyper", "too little");
        tracing::warn!(target: "hyper", "enough");
        tracing::debug!(target: "kraken::rest", "wanted");
    });
    let lines = rig.lines();
    let said: Vec<_> = lines.iter().map(|line| line["msg"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        ["the bus is behind: warn; what is durable waits in the journal", "enough", "wanted"]
    );
    assert_eq!(rig.number("njord_notices_total{notice=\"bus_behind\"}"), Some(2.0));
}

#[test]
fn endless_text_is_cut_and_the_line_stays_whole() {
    struct Endless;
    impl fmt::Debug for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("\u{1}\"\\é")?;
            }
        }
    }
    let mut rig = Rig::new();
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        tracing::info!(a = ?Endless, b = ?Endless, c = ?Endless, d = ?Endless, e = ?Endless, "{:?}", Endless);
    });
    let lines = rig.lines();
    check(&lines);
    assert!(lines[0]["msg"].as_str().unwrap().ends_with('…'));
    assert_eq!(lines[0]["context"]["cut"], true);
    assert!(rig.place.text("njord.jsonl").len() < 400_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_text_makes_one_whole_line_in_both_forms(message in ".*", value in "\\PC*|.*") {
        let mut rig = Rig::new();
        tracing::subscriber::with_default(rig.log.subscriber(), || {
            tracing::warn!(value = value.as_str(), "{}", message);
        });
        let lines = rig.lines();
        prop_assert_eq!(lines.len(), 1);
        let screen = rig.screen();
        prop_assert_eq!(screen.matches('\n').count(), 1);
        let visible = |letter: char| letter == '\n' || !letter.is_control();
        prop_assert!(screen.chars().all(visible), "{:?}", screen);
    }
}

#[test]
fn lines_are_in_the_order_in_which_they_were_said() {
    let mut rig = Rig::new();
    for port in 0..500 {
        rig.log.tell(Said::from(Notice::HttpListening { port }).at(START));
    }
    let ports = rig.lines().into_iter().map(|line| line["context"]["port"].as_u64().unwrap());
    assert!(ports.eq(0..500));
    assert_eq!(lines("").len(), 0);
}
