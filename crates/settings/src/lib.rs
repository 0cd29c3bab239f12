//! Settings: loaded from layers, checked as a whole, frozen, and able to explain themselves; the keys and
//! secrets of a system; the permit of live trading.
//!
//! This crate is the only reader of the environment. It never prints, never guesses, and never shows a
//! secret. It relies on `contracts` for amounts and names, and on nothing else of ours.
//!
//! ```
//! use settings::{Environment, Sources, load};
//!
//! let sources = Sources::none().with_environment(Environment::default());
//! let loaded = load(&sources.clone().with_flags(["risk.collar=200"])).unwrap();
//! assert_eq!(loaded.settings().risk.collar.get(), 200);
//!
//! let refused = load(&sources.with_flags(["risk.colar=200"])).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "--set risk.colar: risk.colar: there is no such key; try: `risk.collar`",
//! );
//! ```

mod canonical;
mod catalogue;
mod explain;
mod init;
mod live;
mod loaded;
mod nearest;
mod origin;
mod path;
mod places;
mod problem;
mod raw;
mod resolve;
mod secrets;
mod source;
mod tree;

pub mod publish;

pub use canonical::SettingsHash;
pub use catalogue::{Bytes, KeySpec, Params, Range};
pub use explain::{Explained, GivenValue, check_json, check_text};
pub use init::{Init, Made, init};
pub use live::{LivePermit, NotLive};
pub use loaded::{Layer, Loaded, Sources, live_cap_message, load, load_to_get_out};
pub use origin::Origin;
pub use places::Places;
pub use problem::{Problem, ProblemKind, Problems};
pub use secrets::{KeyFolder, OperatorKey, OperatorPublic, Secret, SecretName, Secrets, SharedKey};
pub use source::Environment;
pub use tree::{
    Account, Bus, BusKind, BusUrl, Env, Execution, FeeModel, Journal, Kill, KillSource, LogFormat,
    LogLevel, Lots, Market, MarketSource, Memory, Mode, Ports, PostOnlyMode, ProtectiveOnKill,
    Queue, RiskLimits, Run, SecretSources, SelfTrade, Service, Settings, StrategyEntry, Telemetry,
    Venue, VenuePlace,
};
