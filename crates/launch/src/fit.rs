//! Whether a process can begin with some settings. Whoever only checks them asks the same as whoever begins.

use contracts::{Asset, Money, StrategyId};
use risk::Limits;
use settings::{Loaded, MarketSource, Mode, Problem, ProblemKind, Problems};
use strategy::{Registry, RosterEntry};

use super::{blueprint, cash, market, roster};

/// What settings come to together with the strategies that they name.
pub(super) struct Fit {
    pub(super) roster: Vec<RosterEntry>,
    pub(super) currency: Asset,
    pub(super) cash: Vec<(StrategyId, Money)>,
    pub(super) limits: Limits,
}

impl Fit {
    /// That, or everything that does not fit.
    pub(super) fn of(loaded: &Loaded, registry: &Registry) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let roster = problems.note(roster::of(loaded, registry));
        let currency = problems.note(market::currency(loaded));
        let cash = currency.and_then(|currency| problems.note(cash::shares(loaded, currency)));
        problems.note(market::is_known(loaded));
        let limits = problems.note(limits(loaded));
        match (roster, currency, cash, limits) {
            (Some(roster), Some(currency), Some(cash), Some(limits)) if problems.is_empty() => {
                Ok(Self { roster, currency, cash, limits })
            }
            _ => Err(problems),
        }
    }
}

/// The limits of the gate, where it accepts them.
fn limits(loaded: &Loaded) -> Result<Limits, Problem> {
    let limits = blueprint::limits(loaded.settings());
    let accepted = limits.validate().map_err(|wrong| {
        Problem::new(ProblemKind::OutOfRange, loaded.origin("risk"), wrong.to_string())
            .about("risk")
            .advice("limits that the gate accepts; see docs/configuration.md")
    });
    accepted.map(|()| limits)
}

/// The strategies of settings that fit together, or everything that does not.
pub fn fits(loaded: &Loaded, registry: &Registry) -> Result<Vec<RosterEntry>, Problems> {
    Fit::of(loaded, registry).map(|fit| fit.roster)
}

/// Whether a process that follows the clock on the wall can do what those settings ask for, in this build.
pub fn runs_here(loaded: &Loaded) -> Result<(), Problems> {
    let settings = loaded.settings();
    let mut problems = Problems::default();
    let mut cannot = |key: &str, what: &str, advice: &str| {
        let problem = Problem::new(ProblemKind::Contradiction, loaded.origin(key), what);
        problems.push(problem.about(key).advice(advice));
    };
    match settings.run.mode {
        Mode::Paper => {}
        Mode::Backtest => {
            let what = "a running process follows the clock on the wall, and a backtest does not";
            cannot("run.mode", what, "run.mode = \"paper\"");
        }
        Mode::Live => {
            let what = "the way to Kraken is not in this build";
            cannot("run.mode", what, "run.mode = \"paper\"");
        }
    }
    match settings.market.source {
        MarketSource::Synthetic => {}
        MarketSource::Kraken => {
            let what = "the feed of Kraken is not in this build";
            cannot("market.source", what, "market.source = \"synthetic\"");
        }
        MarketSource::Store => {
            let what = "`store` is for backtests, and a running process follows the clock";
            cannot("market.source", what, "market.source = \"synthetic\"");
        }
    }
    problems.or(())
}

#[cfg(test)]
mod tests {
    use settings::{Sources, load};

    use super::*;

    fn loaded(flags: &[&str]) -> Loaded {
        load(&Sources::none().with_flags(flags.iter().copied())).unwrap()
    }

    #[test]
    fn everything_that_does_not_fit_is_said_at_once() {
        let registry = strategies::registry().unwrap();
        let flags = [
            "market.symbols=[\"XMR/USD\"]",
            "strategies.a.class=ema_crosss",
            "strategies.a.symbols=[\"XMR/USD\"]",
            "strategies.b.class=ema_cross",
            "strategies.b.symbols=[\"XMR/USD\"]",
            "strategies.b.allocation=10000.01",
        ];
        let wrong = fits(&loaded(&flags), &registry).unwrap_err();
        let about: Vec<&str> =
            wrong.listed().iter().filter_map(|problem| problem.key.as_deref()).collect();
        assert_eq!(about, ["strategies.a", "strategies.b.allocation", "market.symbols"]);
        let right = fits(&loaded(&["strategies.ema_cross.symbols=[\"BTC/USD\"]"]), &registry);
        assert_eq!(right.unwrap().len(), 1);
    }

    #[test]
    fn what_this_build_cannot_run_is_refused_with_its_place() {
        let about = |flags: &[&str]| {
            let said = runs_here(&loaded(flags)).map_err(|problems| problems.to_string());
            said.err().unwrap_or_default()
        };
        assert_eq!(about(&[]), "");
        let backtest = about(&["run.mode=backtest"]);
        assert!(backtest.starts_with("--set run.mode: run.mode: a running process"), "{backtest}");
        let store = about(&["market.source=store"]);
        assert!(store.starts_with("--set market.source: market.source: `store` is "), "{store}");
        let live = about(&["run.mode=live", "market.source=kraken"]);
        assert_eq!(live.matches("not in this build").count(), 2, "{live}");
    }
}
