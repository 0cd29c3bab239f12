//! What people see at a terminal.

use contracts::testing::{money, price, qty, strategy, symbol};
use contracts::{Corr, IntentSeq, OrderId, Origin, RunId, Side, Span};
use telemetry::{Component, Notice, Said, Style};

use crate::rig::{RUN, Rig, Wish};

fn tell(rig: &Rig) {
    let who = strategy("ema_cross");
    let corr = Corr::new(who, Origin::Strategy, IntentSeq::new(4));
    let order = OrderId::derive(RunId::new(7), who, Origin::Strategy, IntentSeq::new(4));
    let gateway = rig.log.component(Component::new("execution-gateway"));
    let filled = Notice::Filled {
        order,
        strategy: Some(who),
        symbol: symbol("BTC/USD"),
        side: Side::Buy,
        qty: qty("0.004"),
        price: price("61207.3"),
        fee: money("1.96"),
    };
    gateway.tell(Said::from(filled).of(Some(corr)));
    rig.wait(Span::from_millis(1_500));
    gateway.tell(Said::from(Notice::OrderUnknown { order, symbol: symbol("BTC/USD") }));
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        tracing::error!(target: "redis", attempt = 3, what = "x y", "lost\nthe \u{1b}[31mline");
    });
}

#[test]
fn human_form_is_short_and_aligned() {
    let mut rig = Rig::new();
    tell(&rig);
    let corr = Corr::new(strategy("ema_cross"), Origin::Strategy, IntentSeq::new(4));
    let id = &telemetry::TraceId::of(RUN, corr).to_string()[..4];
    let expected = format!(
        "10:32:26.104  INFO   execution-gateway ema_cross buy 0.004 BTC/USD at 61207.3, fee 1.96 ({id})  #{id}\n\
         10:32:27.604  WARN   execution-gateway order {id} BTC/USD: no answer, the venue is asked\n\
         10:32:27.604  ERROR  njord.redis       lost the \\u{{1b}}[31mline  attempt=3  what=\"x y\"\n"
    );
    assert_eq!(rig.screen(), expected);
}

#[test]
fn human_form_in_colour_says_the_same() {
    let mut plain = Rig::new();
    let mut coloured = Rig::with(Wish { style: Style::Coloured, ..Wish::default() });
    tell(&plain);
    tell(&coloured);
    let text = coloured.screen();
    assert!(text.contains("\u{1b}[1;31mERROR\u{1b}[0m") && text.contains("\u{1b}[33mWARN "));
    let mut bare = text;
    for code in ["0", "2", "32", "33", "36", "1;31"] {
        bare = bare.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(bare, plain.screen());
}
