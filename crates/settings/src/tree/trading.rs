//! What is traded, where, and how the gateway behaves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contracts::{Asset, KillLevel, Money, Ppm, Span, Symbol};

use super::modes::{
    Env, FeeModel, KillSource, Lots, MarketSource, Mode, PostOnlyMode, ProtectiveOnKill, Queue,
    SelfTrade, VenuePlace,
};
use crate::catalogue::section;

section! {
    /// What is run, and where it keeps its things.
    pub struct Run: "run", Serves {
        /// What is run: `backtest`, `paper` or `live`. `live` needs `NJORD_ENABLE_LIVE=1` as well.
        mode: Mode = Mode::Paper, Any, "";
        /// Whose machine it is: `dev`, `staging` or `prod`. For logs and folders, never for what is traded.
        env: Env = Env::Dev, Any, "";
        /// The number of the session, kept across restarts: ids of orders are derived from it. Another
        /// number is another session, with other ids.
        session: u64 = 1, AtLeast(1), "";
        /// Where the simulated venue is: `inside` the same process, or `apart`, a process of its own
        /// (`njord venue`) at `ports.venue`, which outlives us.
        venue: VenuePlace = VenuePlace::Inside, Any, "";
        /// The folder of everything that must survive. Where nothing is said: `var` beside the configuration
        /// in `dev`, what systemd says (`STATE_DIRECTORY`) or `/var/lib/njord` elsewhere.
        state: Option<PathBuf> = None, Any, "";
    }
}

section! {
    /// The market that is listened to.
    pub struct Market: "market", Decides {
        /// Where it comes from: `synthetic`, `kraken` or `store`.
        source: MarketSource = MarketSource::Synthetic, Any, "";
        /// What is listened to.
        symbols: Vec<Symbol> = pairs(), Any, "";
        /// What a synthetic market is made from; the same seed is the same market everywhere.
        seed: u64 = 7, Any, "";
        /// How many times livelier than usual a synthetic market is: more orders, wider moves.
        hurry: u32 = 1, Within(1, 100), "times";
    }
}

/// The two pairs that everything begins with.
fn pairs() -> Vec<Symbol> {
    ["BTC/USD", "ETH/USD"].iter().filter_map(|name| Symbol::new(name).ok()).collect()
}

/// What a paper account begins with.
fn purse() -> BTreeMap<Asset, Money> {
    Asset::new("USD").map(|usd| (usd, Money::from_units(10_000))).into_iter().collect()
}

section! {
    /// The simulated venue of backtests and paper trading.
    pub struct Venue: "venue", Decides {
        /// How long a request travels at least.
        entry_latency: Span = Span::from_millis(40), Within(Span::ZERO, Span::MINUTE), "";
        /// How much longer it may take, drawn for each request.
        entry_jitter_max: Span = Span::from_millis(20), Within(Span::ZERO, Span::MINUTE), "";
        /// How long a report travels at least.
        response_latency: Span = Span::from_millis(40), Within(Span::ZERO, Span::MINUTE), "";
        /// How much longer it may take, drawn for each report.
        response_jitter_max: Span = Span::from_millis(20), Within(Span::ZERO, Span::MINUTE), "";
        /// What the jitter is drawn from.
        latency_seed: u64 = 0, Any, "";
        /// What trading costs: `ladder` or `flat`.
        fees: FeeModel = FeeModel::Ladder, Any, "";
        /// The rate of an order that rested, with `fees = "flat"`.
        maker_fee: Ppm = Ppm::new(4_000), Within(Ppm::new(-10_000), Ppm::new(100_000)), "parts per million";
        /// The rate of an order that came and took, with `fees = "flat"`.
        taker_fee: Ppm = Ppm::new(8_000), Within(Ppm::new(-10_000), Ppm::new(100_000)), "parts per million";
        /// Where a resting order stands among others: `back`, `proportional` or `front`.
        queue: Queue = Queue::Back, Any, "";
        /// Which order goes when two of the account would trade with each other.
        ///
        /// A way out may meet an order of our own: with `cancel_newest` it would be the one that goes.
        self_trade: SelfTrade = SelfTrade::CancelOldest, Any, "";
        /// How a post-only order that would take is turned away.
        post_only: PostOnlyMode = PostOnlyMode::Cancel, Any, "";
        /// Quotes that were received longer ago than this are no evidence of liquidity.
        evidence_age_max: Span = Span::from_secs(30), Within(Span::MILLI, Span::DAY), "";
        /// What the account owns at the start. Where anything is said, exactly that.
        funds: BTreeMap<Asset, Money> = purse(), Any, "by asset";
    }
}

section! {
    /// How the books are kept.
    pub struct Account: "account", Decides {
        /// Which lots are closed first: `fifo`, or `average`, where a position is one lot at its average cost.
        /// It holds from the first start of a session on; later starts keep what they find.
        lots: Lots = Lots::Fifo, Any, "";
    }
}

section! {
    /// The gateway: how long it waits, and what it does then.
    pub struct Execution: "execution", Decides {
        /// The venue drops an order that reaches it later than this after it was sent.
        deadline: Span = Span::from_secs(5), Within(Span::from_millis(500), Span::MINUTE), "";
        /// How far beyond a deadline a "not found" must lie to be believed.
        grace: Span = Span::SECOND, Within(Span::MILLI, Span::MINUTE), "";
        /// Without an answer for so long, the fate of a request is unknown.
        answer_timeout: Span = Span::from_secs(2), Within(Span::from_millis(10), Span::MINUTE), "";
        /// The longest pause between two questions about the same order.
        ask_every_max: Span = Span::from_secs(30), Within(Span::from_millis(100), Span::MINUTE.times(10)), "";
        /// How often an order that rests in peace is asked about.
        check_every: Span = Span::from_secs(10), Within(Span::from_millis(100), Span::MINUTE.times(10)), "";
        /// How often our books are compared with the venue's.
        reconcile_every: Span = Span::from_secs(30), Within(Span::SECOND, Span::MINUTE.times(60)), "";
        /// How many finished orders are remembered, for reports that come late.
        finished_kept: u32 = 4_096, Within(16, 1_048_576), "orders";
        /// The timeout of the venue's dead man's switch, renewed while orders are open. Nothing means that it
        /// is not used.
        dead_man: Option<Span> = None, Within(Some(Span::from_secs(10)), Some(Span::MINUTE.times(60))), "";
    }
}

section! {
    /// What trips the kill switch from outside, and how far. Trips need no key; clearing does.
    pub struct Kill: "kill", Decides {
        /// The sources that are polled: `file`, `key`. A source that cannot be read counts as tripped.
        sources: Vec<KillSource> = vec![KillSource::File], Any, "";
        /// The file whose existence trips the switch; below `run.state` unless absolute.
        file: PathBuf = PathBuf::from("kill"), Any, "";
        /// The key in Redis that trips the switch when it is `1`, for services apart.
        key: String = "njord:kill".to_owned(), Any, "";
        /// How often the sources are polled.
        poll_every: Span = Span::from_millis(100), Within(Span::from_millis(10), Span::SECOND), "";
        /// A source that has said nothing for so long counts as tripped.
        unknown_after: Span = Span::SECOND, Within(Span::from_millis(50), Span::MINUTE), "";
        /// How far a source trips: `entries` (nothing new), `cancel` (also all orders), `flatten` (also all
        /// positions).
        level: KillLevel = KillLevel::Cancel, Any, "";
        /// What a trip at `cancel` does to the orders that guard positions: `keep` or `cancel`.
        protective: ProtectiveOnKill = ProtectiveOnKill::Cancel, Any, "";
    }
}
