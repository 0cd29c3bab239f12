//! What enters from outside, in one order: the market, polls of the kill switch, an operator's words.

use contracts::{
    Corr, Envelope, Event, IntentSeq, KillLevel, KillPoll, KillReading, KillTrigger, Origin,
    Source, Span, StrategyControl, StrategyId, StrategyRun, Trip, Ts,
};
use launch::DaysMarket;

use super::house::House;

/// So often the file of the kill switch is read.
const POLL_EVERY: Span = Span::from_millis(100);
/// The day of the market begins then.
const MORNING: Ts = Ts::from_nanos(1_767_225_600_000_000_000);

/// Everything that enters in so many seconds of a day, by time; at equal times the market comes last.
pub(super) fn inputs(house: &House, seconds: i64) -> Vec<Envelope> {
    let end = MORNING + Span::from_secs(seconds);
    let market = DaysMarket::of(house.loaded.settings(), MORNING).unwrap();
    let told = |(at, event)| Envelope::input(Source::MdIngest, at, event);
    let mut all = words(seconds);
    all.extend(polls(end));
    all.extend(market.map(told).take_while(|told| told.ts < end));
    // The sort keeps the order of what enters at the same time.
    all.sort_by_key(|input| input.ts);
    all
}

fn polls(end: Ts) -> impl Iterator<Item = Envelope> {
    let poll = KillPoll { trigger: KillTrigger::File, reading: KillReading::Clear };
    let times = std::iter::successors(Some(MORNING), |at| Some(*at + POLL_EVERY));
    let times = times.take_while(move |at| *at < end);
    times.map(move |at| Envelope::input(Source::Runtime, at, Event::KillPoll(poll)))
}

/// A strategy is paused for a tenth of the time; close to the end everything is cancelled.
fn words(seconds: i64) -> Vec<Envelope> {
    let at = |percent: i64| MORNING + Span::from_millis(seconds * 10 * percent);
    let corr = Corr::new(StrategyId::new("trend").unwrap(), Origin::Operator, IntentSeq::new(0));
    let control = |run| Event::StrategyControl(StrategyControl { run });
    let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Command });
    let word = |percent, event| Envelope::input(Source::Operator, at(percent), event);
    vec![
        word(40, control(StrategyRun::Paused)).with_corr(corr),
        word(50, control(StrategyRun::Running)).with_corr(corr),
        word(95, trip),
    ]
}
