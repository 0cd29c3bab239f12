//! One trade, followed from the market to the books through the names that messages give each other: what
//! was said because of what, and for which strategy, intent and parent. No link is missing, and no message
//! stands alone; in one process and in three, with nothing going wrong and with everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test crate")]

mod links;
mod stream;

use std::collections::BTreeSet;

use contracts::{Corr, Event, Money, Origin, Portfolio, Side, Source, Span, Timeframe};
use sim::{Layout, Trial};

use links::{follow_amend, follow_exit, follow_fill};
use stream::{Stream, calm};

const LAYOUTS: [Layout; 2] = [Layout::Embedded, Layout::Distributed];

#[test]
fn every_message_has_a_cause_that_came_before_it() {
    for layout in LAYOUTS {
        assert!(calm(7, layout, 3).has_no_orphans() > 1_000, "{layout:?}");
    }
    for seed in 1..=12 {
        Stream::of(&Trial::of_seed(seed)).has_no_orphans();
    }
}

#[test]
fn every_fill_is_followed_from_the_market_to_the_position() {
    for layout in LAYOUTS {
        let stream = calm(7, layout, 3);
        let fills: Vec<_> = stream.said().filter_map(follow_fill(&stream)).collect();
        assert!(fills.len() > 30, "{} fills", fills.len());
        let origins: BTreeSet<Origin> = fills.iter().map(|corr| corr.origin).collect();
        assert!(origins.is_superset(&[Origin::Strategy, Origin::Protector].into()), "{origins:?}");
    }
    let faulty = (1..=12).map(|seed| Stream::of(&Trial::of_seed(seed)));
    let fills: usize =
        faulty.map(|stream| stream.said().filter_map(follow_fill(&stream)).count()).sum();
    assert!(fills > 100, "{fills} fills");
}

#[test]
fn every_exit_of_a_guard_names_the_entry_that_it_guards() {
    for layout in LAYOUTS {
        let stream = calm(7, layout, 3);
        let exits = stream.said().filter_map(follow_exit(&stream)).count();
        assert!(exits > 3, "{exits} exits");
    }
}

#[test]
fn every_change_of_an_order_is_followed_to_the_word_that_settles_it() {
    for layout in LAYOUTS {
        let stream = calm(7, layout, 3);
        let amends = stream.said().filter_map(follow_amend(&stream)).count();
        assert!(amends > 10, "{amends} changes");
    }
}

/// A strategy of bars asks when a bar has closed: because of the first trade after it, or of the timer
/// that closes it where nothing trades.
#[test]
fn intents_of_bars_come_when_a_bar_has_closed() {
    let mut intents = 0;
    for seed in 1..=2 {
        let stream = calm(seed, Layout::Embedded, 15);
        let of_bars = |corr: Corr| {
            corr.origin == Origin::Strategy
                && ["trendline_break", "rsi_tema_bb"].contains(&corr.strategy.as_str())
        };
        let asked = stream
            .said()
            .filter(|said| matches!(said.event, Event::Place(_)) && said.corr.is_some_and(of_bars));
        for said in asked {
            let root = stream.root(said);
            // What was closed and did not trade is asked for again when it is told to be over.
            if !matches!(root.event, Event::Trade(_) | Event::Wake(_)) {
                continue;
            }
            let closed = root.rx.floor_to(Timeframe::M1.span());
            assert!(root.rx.since(closed) < Span::SECOND, "{said:?} because of {root:?}");
            intents += 1;
        }
    }
    assert!(intents > 3, "{intents} intents");
}

/// Where nothing goes wrong, less than a second lies between what happened in the market and the request that follows
/// from it, and between an execution and the position that is told of, also over three processes.
#[test]
fn request_and_position_follow_within_a_second() {
    for layout in [Layout::Embedded, Layout::Distributed] {
        let stream = calm(7, layout, 3);
        let (mut requests, mut positions) = (0, 0);
        for said in stream.said() {
            if !matches!(said.event, Event::Submit(_) | Event::Position(_)) {
                continue;
            }
            let since = stream.root(said);
            match (said.event, since.src) {
                (Event::Submit(_), Source::MdIngest) => requests += 1,
                (Event::Position(_), Source::Venue) => positions += 1,
                _ => continue,
            }
            assert!(said.ts.since(since.rx) < Span::SECOND, "{said:?} because of {since:?}");
        }
        assert!(requests > 20 && positions > 20, "{layout:?}: {requests}, {positions}");
    }
}

/// What the account is told to have is what it began with and what the fills before have brought.
#[test]
fn portfolio_is_the_sum_of_the_fills_before_it() {
    let stream = calm(7, Layout::Embedded, 3);
    let start = |portfolio: &Portfolio| portfolio.cash;
    let mut cash: Option<Money> = None;
    let (mut fills, mut snapshots) = (0, 0);
    for said in stream.said() {
        match &said.event {
            Event::Fill(fill) => {
                let cost = fill.price.cost(fill.qty).unwrap();
                let paid = if fill.side == Side::Buy { cost } else { -cost };
                cash = Some(cash.expect("told before the first fill") - paid - fill.fee);
                fills += 1;
            }
            Event::Portfolio(portfolio) => {
                let known = *cash.get_or_insert(start(portfolio));
                assert_eq!(portfolio.cash, known, "after {fills} fills");
                assert_eq!(stream.root(said).src, Source::Runtime, "a timer tells it");
                snapshots += u32::from(fills > 0);
            }
            _ => {}
        }
    }
    assert!(fills > 30 && snapshots > 30, "{fills} fills, {snapshots} snapshots");
}
