//! One intent is one trace, through every service that has something to say about it.

use contracts::testing::{asset, money, price, qty, strategy, symbol};
use contracts::*;
use kernel::Tap;
use telemetry::{Observer, RequestIds, TraceId};

use crate::contract;
use crate::rig::{RUN, Rig, START};

fn said(src: Source, corr: Corr, event: Event) -> Envelope {
    Envelope::input(src, START, event).with_corr(corr)
}

/// What the services say about one order that loses an answer and is filled.
fn told(id: OrderId) -> [(Source, Event); 6] {
    let (btc, half) = (symbol("BTC/USD"), qty("0.5"));
    let spec = OrderSpec::new(btc, Side::Buy, half, OrderKind::Market, Lifetime::Immediate);
    let spec = spec.unwrap();
    let seal = SealKey::new([1; 16]).begin().finish();
    let approval = Approval { id, spec, valid_until: START, seal, number: 1, limits: 1 };
    let update = |state| {
        Event::Order(OrderUpdate {
            id,
            symbol: btc,
            qty: half,
            filled: half,
            limit: None,
            venue_ref: None,
            settles: None,
            state,
            reason: VenueReason::None,
        })
    };
    let fill = Fill {
        id,
        exec: VenueRef::numbered(b'T', 1),
        symbol: btc,
        qty: half,
        price: price("100"),
        fee: money("0.1"),
        fee_asset: asset("USD"),
        at: START - Span::SECOND,
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    };
    [
        (
            Source::StrategyEngine,
            Event::Place(Place { id, spec, expires: START, why: Label::NONE }),
        ),
        (Source::RiskEngine, Event::Approved(approval)),
        (Source::ExecutionGateway, Event::Accepted(OrderAccepted { id, spec })),
        (Source::ExecutionGateway, update(OrderState::Unknown)),
        (Source::ExecutionGateway, Event::Fill(fill)),
        (Source::ExecutionGateway, update(OrderState::Filled)),
    ]
}

#[test]
fn one_order_is_followed_through_every_service() {
    let mut rig = Rig::new();
    let mut observer = Observer::new(&rig.metrics, &rig.log);
    let corr = Corr::new(strategy("mm"), Origin::Strategy, IntentSeq::new(1));
    let id = OrderId::derive(RUN, corr.strategy, corr.origin, corr.intent);
    for (src, event) in told(id) {
        observer.output(&said(src, corr, event));
    }
    let lines = rig.lines();
    contract::check(&lines);
    let notices: Vec<_> =
        lines.iter().map(|line| line["context"]["notice"].as_str().unwrap()).collect();
    assert_eq!(notices, ["intent_approved", "order_unknown", "filled", "order_moved"]);
    assert!(lines.iter().all(|line| line["trace_id"] == id.to_string().as_str()));
    let services = ["risk-engine", "execution-gateway", "execution-gateway", "execution-gateway"];
    assert!(lines.iter().zip(services).all(|(line, service)| line["component"] == service));
    let mm = "strategy_id=\"mm\"";
    for (series, value) in [
        (format!("njord_intents_total{{kind=\"place\",{mm}}}"), 1.0),
        (format!("njord_intents_allowed_total{{{mm}}}"), 1.0),
        (format!("njord_orders_total{{side=\"buy\",{mm},symbol=\"BTC/USD\"}}"), 1.0),
        (format!("njord_fills_total{{side=\"buy\",{mm},symbol=\"BTC/USD\"}}"), 1.0),
        (format!("njord_turnover_quote_total{{{mm},symbol=\"BTC/USD\"}}"), 50.0),
        ("njord_order_updates_total{state=\"filled\"}".to_owned(), 1.0),
        ("njord_events_total{direction=\"out\",topic=\"orders.update\"}".to_owned(), 2.0),
        ("njord_fill_report_delay_seconds_sum".to_owned(), 1.0),
    ] {
        assert_eq!(rig.number(&series), Some(value), "{series}");
    }
}

#[test]
fn spans_put_what_libraries_say_on_the_trace_and_the_call() {
    let mut rig = Rig::new();
    let trace = TraceId::of_order(OrderId::from_bits(0xfeed).unwrap());
    let request = RequestIds::default().next();
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        let _trace = trace.span().entered();
        {
            let _request = request.span().entered();
            tracing::info!("inside both");
            let other = TraceId::of_order(OrderId::from_bits(0xbeef).unwrap());
            tracing::info!(trace_id = %other, "its own word counts");
            let _inner = other.span().entered();
            tracing::info!("the innermost counts");
        }
        tracing::info!("inside one");
        let late = tracing::info_span!("late", trace_id = tracing::field::Empty);
        late.record("trace_id", "00000000000000000000000000000abc");
        late.in_scope(|| tracing::info!("told late"));
    });
    let lines = rig.lines();
    contract::check(&lines);
    let ids = |line: &serde_json::Value| {
        let word = |key: &str| line[key].as_str().map(|id| id.trim_start_matches('0').to_owned());
        (word("trace_id"), word("request_id"))
    };
    let expect =
        |trace: &str, request: Option<&str>| (Some(trace.to_owned()), request.map(str::to_owned));
    assert_eq!(
        lines.iter().map(ids).collect::<Vec<_>>(),
        [
            expect("feed", Some("1")),
            expect("beef", Some("1")),
            expect("beef", Some("1")),
            expect("feed", None),
            expect("abc", None),
        ]
    );
}

#[test]
fn ids_live_even_where_only_errors_are_kept() {
    let mut rig =
        Rig::with(crate::rig::Wish { filter: "error,telemetry=off", ..Default::default() });
    let trace = TraceId::of_order(OrderId::from_bits(0xfeed).unwrap());
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        trace.span().in_scope(|| tracing::error!(target: "kraken", "an error"));
    });
    assert_eq!(rig.lines()[0]["trace_id"], trace.to_string().as_str());
}
