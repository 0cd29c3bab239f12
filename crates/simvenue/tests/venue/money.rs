//! Fees, tiers, balances and holds: exact to the last digit.

use contracts::testing::{asset, money, price, qty};
use contracts::{
    Asset, Event, Instrument, Lifetime, MarketStatus, Money, OrderKind, Ppm, Side, Span,
};
use simvenue::{Balance, FeeSchedule, FeeTier, Funds, VenueConfig};

use crate::rig::{Rig, free, limit, rules, stop};

fn flat(maker: i32, taker: i32) -> VenueConfig {
    let fees = FeeSchedule::flat(Ppm::new(maker), Ppm::new(taker));
    VenueConfig { fees, ..VenueConfig::default() }
}

fn checked(dollars: &str, coins: &str, fee: i32) -> Rig {
    let start = vec![(asset("USD"), money(dollars)), (asset("BTC"), money(coins))];
    Rig::new(VenueConfig { funds: Funds::Checked { start }, ..flat(fee, fee) })
}

fn balance(rig: &Rig, of: &str) -> Balance {
    rig.venue().balance(Asset::new(of).unwrap())
}

fn has(rig: &Rig, of: &str, total: &str, held: &str) {
    let expected = Balance { total: money(total), held: money(held) };
    assert_eq!(balance(rig, of), expected, "{of}");
}

#[test]
fn fee_two_at_a_hundred_at_a_tenth_of_a_percent() {
    let mut rig = Rig::new(flat(500, 1_000));
    rig.ticker(("99", "5"), ("100", "5")).buy("2", "100");
    rig.says(&["#1 Accepted 0/2", "#1 buy 2@100 Taker fee 0.2 USD", "#1 Filled 2/2"]);
    has(&rig, "USD", "-200.2", "0");
    has(&rig, "BTC", "2", "0");
    rig.sell("1", "110");
    rig.hush().trade("111", "1", Side::Buy);
    rig.says(&["#2 sell 1@110 Maker fee 0.06 USD", "#2 Filled 1/1"]);
    has(&rig, "USD", "-90.26", "0");
    has(&rig, "BTC", "1", "0");
}

#[test]
fn fee_rounds_half_up_in_the_decimals_of_the_quote_currency() {
    let mut rig = Rig::new(flat(0, 4_000));
    let four = Instrument { quote_decimals: 4, ..rules(MarketStatus::Online) };
    rig.ticker(("99", "5"), ("100.1", "5")).buy("0.01", "100.1");
    rig.send(Event::Instrument(four)).buy("0.01", "100.1");
    rig.says(&[
        "#1 Accepted 0/0.01",
        "#1 buy 0.01@100.1 Taker",
        "#1 Filled 0.01/0.01",
        "#2 Accepted 0/0.01",
        "#2 buy 0.01@100.1 Taker fee 0.004 USD",
        "#2 Filled 0.01/0.01",
    ]);
}

#[test]
fn fee_rebate_is_negative() {
    let mut rig = Rig::new(flat(-200, 1_000));
    rig.buy("1", "100");
    rig.hush().trade("99", "1", Side::Sell);
    rig.says(&["#1 buy 1@100 Maker fee -0.02 USD", "#1 Filled 1/1"]);
    has(&rig, "USD", "-99.98", "0");
}

#[test]
fn fee_tier_changes_with_the_fill_after_the_one_that_reaches_it() {
    let tier = |from, rate| FeeTier {
        volume_from: money(from),
        maker: Ppm::new(rate),
        taker: Ppm::new(rate),
    };
    let tiers = vec![tier("0", 10_000), tier("200", 5_000)];
    let fees = FeeSchedule::new(tiers, vec![asset("USD")]).unwrap();
    let mut rig = Rig::new(VenueConfig { fees, ..VenueConfig::default() });
    let fee = |rig: &mut Rig| {
        rig.hush().ticker(("99", "1"), ("100", "1")).ticker(("99", "1"), ("100", "2"));
        rig.market(Side::Buy, "1");
        rig.lines()[1].clone()
    };
    assert!(fee(&mut rig).ends_with("fee 1 USD"));
    assert!(fee(&mut rig).ends_with("fee 1 USD"), "the fill that reaches the tier");
    assert!(fee(&mut rig).ends_with("fee 0.5 USD"));
    assert_eq!(rig.venue().volume(rig.now), money("300"));
    rig.pass(Span::DAY.times(29));
    assert!(fee(&mut rig).ends_with("fee 0.5 USD"));
    rig.pass(Span::DAY);
    assert!(fee(&mut rig).ends_with("fee 1 USD"), "the first day has dropped off");
}

#[test]
fn funds_unlimited_may_go_below_zero() {
    let start = vec![(asset("USD"), money("10"))];
    let mut rig = Rig::new(VenueConfig { funds: Funds::Unlimited { start }, ..free() });
    rig.ticker(("99", "5"), ("100", "5")).market(Side::Buy, "1");
    has(&rig, "USD", "-90", "0");
    let all: Vec<Asset> = rig.venue().balances().map(|(asset, _)| asset).collect();
    assert_eq!(all, [asset("BTC"), asset("USD")]);
}

#[test]
fn funds_exactly_enough_passes_and_a_cent_less_does_not() {
    let outcome = |dollars: &str, kind| {
        let mut rig = checked(dollars, "1", 1_000);
        rig.ticker(("99", "5"), ("100", "5"));
        rig.order(Side::Buy, "1", kind, Lifetime::UntilCancelled);
        rig.lines()[0].clone()
    };
    for kind in [limit("100"), OrderKind::Market, limit("99.9"), stop("100")] {
        assert_eq!(outcome("100.1", kind), "#1 Accepted 0/1", "{kind:?}");
        assert_eq!(outcome("99.89", kind), "#1 Rejected Funds 0/1", "{kind:?}");
    }
    let mut rig = checked("0", "1", 1_000);
    rig.ticker(("99", "5"), ("100", "5")).sell("1.01", "101");
    rig.sell("1", "101");
    rig.market(Side::Sell, "0.01");
    rig.says(&["#1 Rejected Funds 0/1.01", "#2 Accepted 0/1", "#3 Rejected Funds 0/0.01"]);
}

#[test]
fn funds_are_held_while_the_order_is_open() {
    let mut rig = checked("1000", "5", 1_000);
    rig.buy("2", "100");
    has(&rig, "USD", "1000", "200.2");
    rig.trade("99", "0.5", Side::Sell);
    has(&rig, "USD", "949.95", "150.15");
    rig.amend(1, "1", None);
    has(&rig, "USD", "949.95", "50.05");
    rig.amend(1, "1", Some("110"));
    has(&rig, "USD", "949.95", "55.06");
    rig.cancel(1);
    has(&rig, "USD", "949.95", "0");
    rig.order(Side::Sell, "2", stop("90"), Lifetime::UntilCancelled);
    has(&rig, "BTC", "5.5", "2");
    rig.ticker(("90", "1.5"), ("91", "1")).trade("90", "1", Side::Sell);
    has(&rig, "BTC", "4", "0");
    has(&rig, "USD", "1084.81", "0");
}

#[test]
fn funds_for_an_amend_are_checked_beyond_what_is_held() {
    let mut rig = checked("300", "0", 0);
    rig.buy("2", "100");
    rig.hush().amend(1, "3.01", None).amend(1, "3", None).amend(1, "3", Some("100.1"));
    rig.says(&[
        "#1 AmendRejected Funds 0/2 to 1",
        "#1 Amended 0/3 to 2",
        "#1 AmendRejected Funds 0/3 to 3",
    ]);
    has(&rig, "USD", "300", "300");
}

#[test]
fn funds_short_when_a_stop_fires_cancel_it() {
    let mut rig = checked("105", "0", 0);
    rig.order(Side::Buy, "1", stop("100"), Lifetime::UntilCancelled);
    has(&rig, "USD", "105", "100");
    rig.hush().ticker(("99", "1"), ("106", "1")).trade("100", "1", Side::Buy);
    rig.says(&["#1 Cancelled Funds 0/1"]);
    has(&rig, "USD", "105", "0");
}

#[test]
fn amounts_beyond_every_range_are_refused_not_a_panic() {
    let mut rig = Rig::new(free());
    let huge = Instrument {
        lot: qty("1"),
        tick: price("1"),
        qty_min: qty("1"),
        ..rules(MarketStatus::Online)
    };
    rig.send(Event::Instrument(huge));
    rig.buy("100000000000000000000000000", "1");
    rig.buy("100000000000000", "100000000000000000000000000");
    rig.says(&[
        "#1 Rejected Invalid 0/100000000000000000000000000",
        "#2 Rejected Invalid 0/100000000000000",
    ]);
    // A market order can meet a price at which its cost is beyond what can be booked.
    rig.ticker(("1", "1"), ("100000000000000000000000000", "9"));
    rig.order(Side::Buy, "5", OrderKind::Market, Lifetime::UntilCancelled);
    rig.says(&["#3 Rejected Invalid 0/5"]);
    assert_eq!(balance(&rig, "USD").total, Money::ZERO);
}
