//! The words that some keys are one of.

use crate::catalogue::words;

words! {
    /// What is run. The pieces that decide are the same in each; what is plugged in around them is not.
    pub enum Mode {
        /// A recorded or synthetic market, a simulated venue, as fast as the machine allows.
        Backtest = "backtest",
        /// A market as it happens, a simulated venue, the clock on the wall.
        Paper = "paper",
        /// Real orders. Needs `NJORD_ENABLE_LIVE=1` as well.
        Live = "live",
    }

    /// Whose machine it is; for logs and defaults, never for what is traded.
    pub enum Env {
        /// Somebody's desk.
        Dev = "dev",
        /// A rehearsal.
        Staging = "staging",
        /// The real thing.
        Prod = "prod",
    }

    /// Where the market comes from.
    pub enum MarketSource {
        /// Made from a seed.
        Synthetic = "synthetic",
        /// The venue's own feed.
        Kraken = "kraken",
        /// What was recorded.
        Store = "store",
    }

    /// Where the simulated venue is.
    pub enum VenuePlace {
        /// In the same process.
        Inside = "inside",
        /// A process of its own, `njord venue`, at `ports.venue`: what kills us does not kill the truth.
        Apart = "apart",
    }

    /// What trading costs at the simulated venue.
    pub enum FeeModel {
        /// The public ladder of the venue, by the volume of thirty days.
        Ladder = "ladder",
        /// The same rates always.
        Flat = "flat",
    }

    /// Where a resting order stands among the orders of others at the simulated venue.
    pub enum Queue {
        /// Only trades move it forward; the careful one.
        Back = "back",
        /// Trades, and cancels in proportion.
        Proportional = "proportional",
        /// Nobody is in front of it; the upper bound of what one may hope for.
        Front = "front",
    }

    /// Which lots are closed first.
    pub enum Lots {
        /// The oldest.
        Fifo = "fifo",
        /// All alike: the position is one lot at its average cost.
        Average = "average",
    }

    /// Which order goes when two of the account would trade with each other.
    pub enum SelfTrade {
        /// The one that comes.
        CancelNewest = "cancel_newest",
        /// The one that rests.
        CancelOldest = "cancel_oldest",
        /// Both.
        CancelBoth = "cancel_both",
    }

    /// How a post-only order that would take is turned away.
    pub enum PostOnlyMode {
        /// Accepted, then cancelled.
        Cancel = "cancel",
        /// Rejected.
        Reject = "reject",
    }

    /// What a trip at the level `cancel` does to the orders that guard positions.
    pub enum ProtectiveOnKill {
        /// They stay at the venue and go on working, even while we are dead.
        Keep = "keep",
        /// They are cancelled like every other order; their levels are watched here only.
        Cancel = "cancel",
    }

    /// A source outside the process that can trip the kill switch.
    pub enum KillSource {
        /// The file exists.
        File = "file",
        /// The shared key is set.
        Key = "key",
    }

    /// What a strategy remembers from before a restart.
    pub enum Memory {
        /// What it had, if its class and parameters are the same.
        Keep = "keep",
        /// Nothing.
        Fresh = "fresh",
    }

    /// How much is logged.
    pub enum LogLevel {
        /// What must be mended.
        Error = "error",
        /// Also what should be looked at.
        Warn = "warn",
        /// Also what happens.
        Info = "info",
        /// Also how.
        Debug = "debug",
        /// Also every step.
        Trace = "trace",
    }

    /// How log lines look on standard error; files are always NDJSON.
    pub enum LogFormat {
        /// For people on a terminal, NDJSON elsewhere.
        Auto = "auto",
        /// Short and aligned.
        Human = "human",
        /// One JSON object a line.
        Json = "json",
    }

    /// How processes talk.
    pub enum BusKind {
        /// There is one process only.
        None = "none",
        /// Through Redis.
        Redis = "redis",
        /// There is one process only, and what it says is said on Redis too.
        Mirror = "mirror",
    }
}
