//! Who trades in a trial, with what, and within which limits.

use std::error::Error;

use contracts::{
    Asset, Bps, KillLevel, KillTrigger, Money, Qty, RunId, Span, StrategyId, Symbol, SymbolMap,
};
use execution::ProtectiveOnKill;
use kernel::Seeded;
use portfolio::Method;
use risk::{LatchRules, Limits};
use serde_json::{Value, json};
use simvenue::synthetic::{Market, MarketConfig};
use simvenue::{Funds, Latency, Leg, SelfTrade, VenueConfig};
use strategy::RosterEntry;

use super::{Trial, market};
use crate::brittle::Brittle;
use crate::desk::Desk;
use crate::noise::{Noise, NoiseConfig};

const RUN: RunId = RunId::new(1);

/// The desk of a trial, the mischief beside it, and the market of both.
pub(super) struct Crew {
    pub(super) desk: Desk,
    mischief: Vec<NoiseConfig>,
    market: MarketConfig,
}

impl Crew {
    /// The crew of that trial.
    pub(super) fn of(trial: &Trial) -> Result<Self, Box<dyn Error>> {
        let market = market::of(trial);
        let mut roster: Vec<RosterEntry> = serde_json::from_value(roster())?;
        if trial.mischief && trial.seed.is_multiple_of(3) {
            roster.push(serde_json::from_value(brittle(trial.seed))?);
        }
        let mut cash: Vec<(StrategyId, Money)> =
            roster.iter().map(|entry| (entry.id, usd(1_000))).collect();
        let mut mischief = Vec::new();
        if trial.mischief {
            // One that can do what it likes, and one that is always short of money.
            let [btc, eth] = [0, 1].map(|index| market.symbols[index].instrument);
            for (name, amount, rules, lots) in
                [("noise_a", 2_000, btc, 200_000), ("noise_b", 400, eth, 5_000_000)]
            {
                let strategy = StrategyId::new(name)?;
                cash.push((strategy, usd(amount)));
                mischief.push(NoiseConfig {
                    run: RUN,
                    strategy,
                    symbol: rules.symbol,
                    lot: rules.lot,
                    tick: rules.tick,
                    lots,
                    act_ppm: 150_000,
                    guards_sold: !trial.spot,
                    seed: trial.seed,
                });
            }
        }
        let house = House::of(trial, &cash)?;
        let desk = Desk {
            run: RUN,
            registry: strategies::registry()?.with::<Brittle>()?,
            roster,
            currency: Asset::new("USD")?,
            cash,
            limits: limits(trial),
            method: if trial.seed % 5 == 3 { Method::Average } else { Method::Fifo },
            spot: trial.spot,
            kill: LatchRules { level: house.level, ..LatchRules::of(&[KillTrigger::File]) },
            protective_on_kill: house.protective_on_kill,
            pool: None,
            dead_man: (trial.seed % 2 == 1).then_some(Span::from_secs(20)),
            venue: house.venue,
        };
        // What is built again and again later is built once here, so that it cannot fail there.
        desk.machines()?;
        Ok(Self { desk, mischief, market })
    }

    /// The market that they trade on.
    pub(super) fn market(&self, seed: u64) -> Result<Market, Box<dyn Error>> {
        Ok(Market::new(self.market.clone(), seed)?)
    }

    /// The strategies of mischief.
    pub(super) fn mischief(&self) -> impl Iterator<Item = Noise> {
        self.mischief.iter().cloned().map(Noise::new)
    }

    /// Every strategy that has money.
    pub(super) fn strategies(&self) -> impl Iterator<Item = StrategyId> {
        self.desk.cash.iter().map(|(strategy, _)| *strategy)
    }

    /// Everything that is traded.
    pub(super) fn symbols(&self) -> impl Iterator<Item = Symbol> {
        self.market.symbols.iter().map(|config| config.instrument.symbol)
    }
}

/// What the dice decide: how hard the kill switch is, and what the venue is like.
struct House {
    level: KillLevel,
    protective_on_kill: ProtectiveOnKill,
    venue: VenueConfig,
}

impl House {
    fn of(trial: &Trial, cash: &[(StrategyId, Money)]) -> Result<Self, Box<dyn Error>> {
        let mut dice = Seeded::new(trial.seed).fork("house");
        let level = match dice.below(4) {
            0 => KillLevel::Entries,
            1 => KillLevel::Flatten,
            _ => KillLevel::Cancel,
        };
        let keeps = dice.below(2) == 0;
        let protective_on_kill =
            if keeps { ProtectiveOnKill::Keep } else { ProtectiveOnKill::Cancel };
        // Whoever trades on margin may owe, and a venue that looks at what there is lends nothing.
        let is_checked = dice.below(2) == 0 && trial.spot;
        let mut all = Money::ZERO;
        for (_, amount) in cash {
            all = all.plus(*amount)?;
        }
        let start = vec![(Asset::new("USD")?, all)];
        let funds = if is_checked { Funds::Checked { start } } else { Funds::Unlimited { start } };
        let is_far = dice.below(2) == 0;
        let mut leg = || {
            let mut upto =
                |ms: i64| Span::from_millis(dice.between(0, if is_far { ms } else { 0 }));
            Leg { fixed: upto(300), jitter_max: upto(200) }
        };
        let latency = Latency { entry: leg(), response: leg(), seed: trial.seed };
        // What a way out needs: the order that rests gives way.
        let self_trade = SelfTrade::CancelOldest;
        let venue = VenueConfig { self_trade, funds, latency, ..VenueConfig::default() };
        Ok(Self { level, protective_on_kill, venue })
    }
}

/// The bundled strategies, made impatient: they are to trade within a minute.
fn roster() -> Value {
    json!([
        {
            "id": "ema_cross", "symbols": ["BTC/USD"],
            "params": { "pulse": "trades", "fast": 5, "slow": 15, "stake": "150", "stop": 15 },
        },
        {
            "id": "market_maker", "symbols": ["ETH/USD"],
            "params": { "half_spread": 4, "skew": 4, "requote": 1, "stake": "60",
                        "inventory": "240", "refresh": "250ms", "rest": "3s" },
        },
        {
            "id": "trendline_break", "symbols": ["BTC/USD"],
            "params": { "bars": "1m", "lookback": 3, "threshold": 1, "qty": "0.001" },
        },
        {
            "id": "rsi_tema_bb", "symbols": ["BTC/USD", "ETH/USD"],
            "params": { "bars": "1m", "rsi": 2, "oversold": 50, "overbought": 51, "tema": 3,
                        "bands": 4, "width": 0.1, "stake": "120" },
        },
    ])
}

/// One that breaks its contract, sooner or later.
fn brittle(seed: u64) -> Value {
    json!({
        "id": "brittle", "symbols": ["BTC/USD"],
        "params": { "breaks_after": 20 + seed % 150 },
    })
}

/// Tight enough that each of them stops somebody in some trial: what usually leaves room to trade is
/// tight once in so many seeds.
fn limits(trial: &Trial) -> Limits {
    let seed = trial.seed;
    let tight = |once_in: u64, at: u64| seed % once_in == at;
    let money = |tight: bool, low, usual| usd(if tight { low } else { usual });
    let (few, fewer) = (tight(5, 0), tight(5, 1));
    Limits {
        order_notional_max: money(tight(6, 5), 100, 250),
        symbol_gross_max: money(tight(6, 1), 350, 1_000),
        strategy_gross_max: money(tight(7, 6), 300, 700),
        portfolio_gross_max: money(tight(6, 2), 400, 1_700),
        portfolio_net_max: money(tight(6, 3), 400, 1_700),
        open_orders_max: if tight(6, 4) { 6 } else { 12 },
        symbol_orders_per_minute: if fewer { 20 } else { 400 },
        strategy_orders_per_minute: if few { 20 } else { 300 },
        price_age_max: Span::from_secs(if tight(3, 0) { 1 } else { 10 }),
        daily_loss_cap: money(tight(4, 0) || tight(4, 1), 6, 500),
        daily_loss_kill: money(tight(4, 1), 8, 1_000),
        drawdown_kill: money(tight(8, 3), 10, 1_000),
        order_qty_max: order_qty_max(tight(9, 4)),
        live_cap: tight(9, 5).then_some(usd(60)),
        // Where stops buy, it is at times less than what they would ask for.
        collar: Bps::new(if trial.spot { 300 } else { 120 }),
        ..Limits::default()
    }
}

/// Where it is tight: less of either than most orders are for.
fn order_qty_max(tight: bool) -> SymbolMap<Qty> {
    let mut most = SymbolMap::new();
    for (pair, pico) in [("BTC/USD", 600_000_000), ("ETH/USD", 15_000_000_000)] {
        if let (true, Ok(symbol), Some(qty)) = (tight, Symbol::new(pair), Qty::from_pico(pico)) {
            most.insert(symbol, qty);
        }
    }
    most
}

fn usd(units: i32) -> Money {
    Money::from_units(units)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A house is strict or not in four ways, and each of them is met by the seeds that every test runs.
    #[test]
    fn houses_are_of_every_kind() {
        let kind = |seed| {
            let trial = Trial::of_seed(seed);
            let Desk { kill, protective_on_kill, venue, .. } = Crew::of(&trial).unwrap().desk;
            let keeps = protective_on_kill == ProtectiveOnKill::Keep;
            let is_checked = matches!(venue.funds, Funds::Checked { .. });
            assert!(trial.spot || !is_checked, "seed {seed}");
            (kill.level, keeps, is_checked, venue.latency.entry != Leg::default())
        };
        let kinds: BTreeSet<_> = (1..=300).map(kind).collect();
        assert_eq!(kinds.len(), 24, "{kinds:?}");
    }
}
