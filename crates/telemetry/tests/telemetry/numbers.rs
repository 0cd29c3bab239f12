//! Metrics: what a scrape shows, what the gate hides, and what events count as.

use contracts::testing::{money, net, strategy, symbol};
use contracts::*;
use kernel::Tap;
use proptest::prelude::*;
use telemetry::{Gate, Kind, METRICS, Notice, Observer, SERIES_MAX};

use crate::rig::{Rig, START, Wish};

fn observer(rig: &Rig) -> Observer {
    Observer::new(&rig.metrics, &rig.log)
}

fn from(src: Source, event: Event) -> Envelope {
    Envelope::input(src, START, event)
}

fn of(who: &str, event: Event) -> Envelope {
    let corr = Corr::new(strategy(who), Origin::Strategy, IntentSeq::new(1));
    from(Source::RiskEngine, event).with_corr(corr)
}

#[test]
fn gate_off_counts_nothing_and_shows_nothing() {
    let mut rig = Rig::with(Wish { gate: Gate::Off, ..Wish::default() });
    rig.log.tell(Notice::Stopping {});
    let poll = KillPoll { trigger: KillTrigger::File, reading: KillReading::Clear };
    observer(&rig).input(&from(Source::Runtime, Event::KillPoll(poll)));
    rig.metrics.step_took(Span::MILLI);
    assert_eq!(rig.lines().len(), 1, "the log is not gated");
    assert_eq!(rig.metrics.text(&rig.secrets).unwrap(), "");
}

#[test]
fn kill_switch_strategies_feeds_and_portfolio_are_shown_as_they_are() {
    let rig = Rig::new();
    let mut observer = observer(&rig);
    let kill = |level| {
        let state = KillState { level, trigger: KillTrigger::DailyLoss, since: START };
        from(Source::RiskEngine, Event::KillState(state))
    };
    let active = || rig.number("njord_killswitch_active").unwrap();
    observer.output(&kill(Some(KillLevel::Cancel)));
    assert!((active() - 2.0).abs() < 1e-9);
    observer.output(&kill(None));
    assert!(active().abs() < 1e-9);
    let trips = rig.number("njord_killswitch_trips_total{trigger=\"daily_loss\"}");
    assert_eq!(trips, Some(1.0), "clearing is no trip, and a refused intent is none either");

    let paused = StrategyControl { run: StrategyRun::Quarantined };
    observer.output(&of("mm", Event::StrategyControl(paused)));
    assert_eq!(rig.number("njord_strategy_state{strategy_id=\"mm\"}"), Some(2.0));

    let feed = Feed { symbol: symbol("BTC/USD"), state: FeedState::Stale };
    observer.input(&from(Source::MdIngest, Event::Feed(feed)));
    assert_eq!(rig.number("njord_feed_state{symbol=\"BTC/USD\"}"), Some(2.0));

    let portfolio = Portfolio {
        equity: money("10000.25"),
        cash: money("1"),
        realised: money("2"),
        unrealised: money("-3.5"),
        fees: money("4"),
        day: money("-21.4"),
    };
    observer.output(&from(Source::RiskEngine, Event::Portfolio(portfolio)));
    assert_eq!(rig.number("njord_portfolio_equity_quote"), Some(10_000.25));
    assert_eq!(rig.number("njord_portfolio_daily_pnl_quote"), Some(-21.4));
    assert_eq!(rig.number("njord_portfolio_unrealised_quote"), Some(-3.5));
}

#[test]
fn names_nobody_announced_share_a_counter_and_have_no_gauge() {
    let rig = Rig::new();
    let mut observer = observer(&rig);
    let held = |who: &str, symbol: Symbol, size: &str| {
        let (net, cost) = (net(size), money("1"));
        let position =
            Position { symbol, net, cost, realised: money("0"), fees: money("0"), average: None };
        of(who, Event::Position(position))
    };
    observer.output(&held("mm", symbol("BTC/USD"), "-0.5"));
    observer.output(&held("stranger", symbol("BTC/USD"), "7"));
    observer.output(&held("mm", symbol("ETH/USD"), "8"));
    let series = "njord_position_size{strategy_id=\"mm\",symbol=\"BTC/USD\"}";
    assert_eq!(rig.number(series), Some(-0.5));
    let text = rig.metrics.text(&rig.secrets).unwrap();
    assert!(!text.contains("stranger") && !text.contains("ETH/USD"), "{text}");
    let sizes = text.lines().filter(|line| line.starts_with("njord_position_size{"));
    assert_eq!(sizes.count(), 1, "what two strangers hold is no number");

    let cancel = Cancel { target: OrderId::from_bits(1).unwrap(), why: Label::NONE };
    observer.output(&of("stranger", Event::Cancel(cancel)));
    observer.output(&of("another", Event::Cancel(cancel)));
    let series = "njord_intents_total{kind=\"cancel\",strategy_id=\"other\"}";
    assert_eq!(rig.number(series), Some(2.0));
}

#[test]
fn every_reason_topic_and_alert_has_its_own_series() {
    let rig = Rig::new();
    let mut observer = observer(&rig);
    let reasons = [Reason::Malformed, Reason::OrderNotional, Reason::OutOfRange];
    for reason in reasons {
        let breach = Breach { reason, figures: Figures::None };
        let refusal = Refusal {
            id: OrderId::from_bits(1),
            fault: None,
            symbol: None,
            breach,
            qty_max: Qty::ZERO,
            limits: 1,
            broken: 1,
        };
        observer.output(&of("mm", Event::Refused(refusal)));
    }
    for reason in ["malformed", "order_notional", "out_of_range"] {
        let series = format!("njord_risk_rejections_total{{reason=\"{reason}\"}}");
        assert_eq!(rig.number(&series), Some(1.0), "{series}");
    }
    let alert = Alert { code: AlertCode::ReconcileMismatch, symbol: None, order: None };
    observer.output(&from(Source::RiskEngine, Event::Alert(alert)));
    assert_eq!(rig.number("njord_alerts_total{code=\"reconcile_mismatch\"}"), Some(1.0));
    let letter =
        DeadLetter { fault: DecodeFault::WrongTopic, order: None, intent: false, bytes: 1 };
    observer.input(&from(Source::Runtime, Event::DeadLetter(letter)));
    let topic = "njord_events_total{direction=\"in\",topic=\"telemetry.dead_letter\"}";
    assert_eq!(rig.number(topic), Some(1.0));
}

#[test]
fn text_is_what_prometheus_reads() {
    let mut rig = Rig::new();
    rig.log.tell(Notice::Stopping {});
    rig.metrics.step_took(Span::from_nanos(12_000));
    rig.drain();
    let text = rig.metrics.text(&rig.secrets).unwrap();
    check_exposition(&text);
    assert!(text.contains("njord_build_info{env=\"dev\",mode=\"paper\",version=\"1.2.3\"} 1\n"));
    assert!(text.contains("njord_step_duration_seconds_bucket{le=\"0.00001\"} 0\n"), "{text}");
    assert!(text.contains("njord_step_duration_seconds_bucket{le=\"0.000025\"} 1\n"));
    assert!(text.contains("njord_step_duration_seconds_bucket{le=\"+Inf\"} 1\n"));
    assert_eq!(rig.number("njord_start_time_seconds"), Some(1_795_257_146.104));
    #[cfg(target_os = "linux")]
    assert!(rig.number("njord_process_resident_bytes").unwrap() > 100_000.0);
    let again = rig.metrics.text(&rig.secrets).unwrap();
    assert!(
        again.contains("njord_notices_total{notice=\"stopping\"} 1\n"),
        "a scrape resets nothing"
    );
}

/// The rules of the format that a reader relies on.
fn check_exposition(text: &str) {
    let mut typed = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name) = (words.next().unwrap(), words.next().unwrap());
            assert!(name.starts_with("njord_") && words.next().is_some(), "{line}");
            if what == "TYPE" {
                typed = Some(name.to_owned());
            }
            continue;
        }
        let name = typed.as_ref().unwrap();
        assert!(line.starts_with(name.as_str()), "{line} under {name}");
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn catalogue_keeps_the_rules_for_names() {
    let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METRICS.len());
    for metric in METRICS {
        let name = metric.name;
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(name.starts_with("njord_") && metric.help.ends_with('.'), "{name}");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        assert_eq!(metric.buckets.is_empty(), metric.kind != Kind::Histogram, "{name}");
        assert!(metric.buckets.is_sorted_by(|a, b| a < b), "{name}");
        assert!(metric.labels.len() <= 3 && name.len() <= 60, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn series_stay_bounded_whatever_names_come(names in prop::collection::vec("[a-z]{1,3}", 1..400)) {
        let rig = Rig::new();
        let mut observer = observer(&rig);
        let cancel = Cancel { target: OrderId::from_bits(1).unwrap(), why: Label::NONE };
        for name in &names {
            observer.output(&of(name, Event::Cancel(cancel)));
        }
        let text = rig.metrics.text(&rig.secrets).unwrap();
        prop_assert!(text.lines().count() < 2 * SERIES_MAX);
        let series = |line: &&str| line.starts_with("njord_intents_total{");
        prop_assert!(text.lines().filter(series).count() <= 3);
    }
}
