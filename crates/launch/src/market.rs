//! The market that the settings name.
//!
//! A synthetic market is that of a day: it opens at 00:00 UTC and follows from its seed alone, so whoever
//! begins to listen at noon, or again after a crash, hears the market that has been there all along. A
//! hurried market has days that are shorter by as much, so that as much happens in each of them.

use contracts::{Asset, Bps, Event, Span, Symbol, Ts};
use runtime::Stop;
use settings::{Loaded, MarketSource, Problem, ProblemKind, Settings};
use simvenue::synthetic::{
    Market, MarketConfig, MarketError, Streams, SymbolConfig, btc_usd, doge_usd, eth_usd, sol_usd,
};

/// After so many events that have been it is looked whether anybody still wants them.
const LOOK_EVERY: u32 = 4_096;
/// The most that a synthetic market does, however hurried.
const ORDERS_PER_HOUR_MAX: u32 = 360_000;
/// The most that its price moves in a day, in basis points.
const VOLATILITY_MAX: u32 = 2_000;

/// What a synthetic market can show.
fn presets() -> [SymbolConfig; 4] {
    [btc_usd(), eth_usd(), sol_usd(), doge_usd()]
}

/// The one currency that everything is paid in.
pub(super) fn currency(loaded: &Loaded) -> Result<Asset, Problem> {
    let symbols = &loaded.settings().market.symbols;
    let wrong = |what: String, advice: &str| {
        Problem::new(ProblemKind::Contradiction, loaded.origin("market.symbols"), what)
            .about("market.symbols")
            .advice(advice)
    };
    let [first, others @ ..] = symbols.as_slice() else {
        return Err(wrong("no symbol to listen to".to_owned(), "[\"BTC/USD\"]"));
    };
    match others.iter().find(|symbol| symbol.quote() != first.quote()) {
        None => Ok(first.quote()),
        Some(other) => Err(wrong(
            format!(
                "{first} is paid in {} and {other} in {}: an account is counted in one currency",
                first.quote(),
                other.quote(),
            ),
            "a process and a state folder for each currency",
        )),
    }
}

/// Whether the synthetic market, where that is asked for, has every symbol.
pub(super) fn is_known(loaded: &Loaded) -> Result<(), Problem> {
    let market = &loaded.settings().market;
    let unknown = market.symbols.iter().find(|symbol| preset(**symbol).is_none());
    match (market.source, unknown) {
        (MarketSource::Synthetic, Some(symbol)) => {
            let (key, what) = ("market.symbols", NoMarket::Unknown(*symbol).to_string());
            Err(Problem::new(ProblemKind::OutOfRange, loaded.origin(key), what)
                .about(key)
                .advice(names()))
        }
        _ => Ok(()),
    }
}

/// Why there is no market.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMarket {
    /// Nothing is known of that symbol.
    #[error("{0} is not in the synthetic market")]
    Unknown(Symbol),
    /// It cannot be made.
    #[error("market: {0}")]
    Impossible(#[from] MarketError),
}

fn preset(symbol: Symbol) -> Option<SymbolConfig> {
    presets().into_iter().find(|preset| preset.instrument.symbol == symbol)
}

fn names() -> String {
    presets().map(|preset| preset.instrument.symbol.to_string()).join(", ")
}

/// The same instrument, as much livelier than usual as somebody wants it.
fn hurried(preset: SymbolConfig, settings: &Settings) -> SymbolConfig {
    let times = settings.market.hurry;
    let volatility = preset.daily_volatility.get().unsigned_abs().saturating_mul(times);
    SymbolConfig {
        orders_per_hour: preset.orders_per_hour.saturating_mul(times).min(ORDERS_PER_HOUR_MAX),
        daily_volatility: Bps::new(volatility.min(VOLATILITY_MAX) as i32),
        ..preset
    }
}

/// The synthetic market of a day, and all that is still to come of it.
pub struct DaysMarket {
    market: Market,
    next: Option<(Ts, Event)>,
}

impl DaysMarket {
    /// The market of the day in which `now` lies.
    pub fn of(settings: &Settings, now: Ts) -> Result<Self, NoMarket> {
        let day = Span::from_nanos(Span::DAY.nanos() / i64::from(settings.market.hurry));
        let start = now.floor_to(day);
        let known = |symbol: &Symbol| {
            let preset = preset(*symbol).ok_or(NoMarket::Unknown(*symbol))?;
            Ok(hurried(preset, settings))
        };
        let symbols = settings.market.symbols.iter().map(known).collect::<Result<_, NoMarket>>()?;
        let config = MarketConfig { start, streams: Streams::CheckedBook, symbols };
        let seed = settings.market.seed.wrapping_add((start.nanos() / day.nanos()).unsigned_abs());
        Ok(Self { market: Market::new(config, seed)?, next: None })
    }
}

impl DaysMarket {
    /// Everything before `now` has been, and is told at once, unless `stop` is said.
    pub fn been_until(&mut self, now: Ts, stop: &Stop, mut has_been: impl FnMut(Ts, &Event)) {
        for count in 0_u32.. {
            match self.next() {
                Some((at, event)) if at < now => has_been(at, &event),
                next => {
                    self.next = next;
                    return;
                }
            }
            if count.is_multiple_of(LOOK_EVERY) && stop.is_said() {
                return;
            }
        }
    }
}

impl Iterator for DaysMarket {
    type Item = (Ts, Event);

    fn next(&mut self) -> Option<(Ts, Event)> {
        self.next.take().or_else(|| self.market.next())
    }
}

#[cfg(test)]
mod tests {
    use settings::{Sources, load};

    use super::*;

    fn settings(flag: &str) -> Loaded {
        load(&Sources::none().with_flags([flag])).unwrap()
    }

    const NOON: Ts = Ts::from_nanos(1_767_268_800_000_000_000);

    #[test]
    fn market_of_a_day_is_the_same_whenever_somebody_begins_to_listen() {
        let loaded = settings("market.seed=3");
        let market = |at| DaysMarket::of(loaded.settings(), at).unwrap().take(5_000);
        assert!(market(NOON).eq(market(NOON + Span::from_secs(3_600))));
        assert!(!market(NOON).eq(market(NOON + Span::DAY)));
        assert_eq!(market(NOON).next().unwrap().0, NOON.floor_to(Span::DAY));
    }

    #[test]
    fn market_that_has_been_and_what_is_to_come_are_the_whole_day() {
        let loaded = settings("market.seed=3");
        let (mut been, whole) = (Vec::new(), DaysMarket::of(loaded.settings(), NOON).unwrap());
        let mut market = DaysMarket::of(loaded.settings(), NOON).unwrap();
        let opening = NOON.floor_to(Span::DAY);
        market.been_until(opening + Span::MINUTE, &Stop::default(), |at, event| {
            been.push((at, *event));
        });
        let to_come: Vec<_> = market.take(100).collect();
        assert!(been.iter().all(|(at, _)| *at < opening + Span::MINUTE));
        assert!(to_come.iter().all(|(at, _)| *at >= opening + Span::MINUTE));
        let count = been.len() + to_come.len();
        assert!(been.into_iter().chain(to_come).eq(whole.take(count)));
    }

    #[test]
    fn market_refuses_what_it_does_not_know() {
        let loaded = settings("market.symbols=[\"XMR/USD\"]");
        let why = DaysMarket::of(loaded.settings(), NOON).err().map(|why| why.to_string());
        assert_eq!(why.as_deref(), Some("XMR/USD is not in the synthetic market"));
        let said = is_known(&loaded).unwrap_err().to_string();
        let expected = "--set market.symbols: market.symbols: XMR/USD is not in the synthetic market; \
                        try: BTC/USD, ETH/USD, SOL/USD, DOGE/USD";
        assert_eq!(said, expected);
        let mixed = settings("market.symbols=[\"BTC/USD\", \"ETH/EUR\"]");
        assert!(currency(&mixed).is_err_and(|why| why.what.contains("ETH/EUR in EUR")));
    }
}
