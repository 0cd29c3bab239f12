//! The permit of live trading: made of two keys at once, and of nothing else.
//!
//! Without the permit the client that sends real orders cannot be built. Nothing in here decides whether
//! trading live is wise; it makes sure that somebody said so twice.

use crate::source::Environment;
use crate::tree::Mode;

/// That both keys were turned: `run.mode = "live"` in the settings and `NJORD_ENABLE_LIVE=1` in the
/// environment. Only [`Loaded::live_permit`](crate::Loaded::live_permit) makes one.
#[derive(Debug)]
pub struct LivePermit {
    /// Private, so that nobody else can write one down.
    _made_here: (),
}

/// Why there is no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLive {
    /// The settings do not say so.
    #[error("run.mode is not live; try: run.mode = \"live\", once paper has shown what you expect")]
    Mode,
    /// The environment does not say so.
    #[error("NJORD_ENABLE_LIVE is not set; try: NJORD_ENABLE_LIVE=1 for this one process")]
    NoKey,
    /// The environment says something else.
    #[error(
        "NJORD_ENABLE_LIVE is set, but not to 1, and nothing else counts; try: NJORD_ENABLE_LIVE=1"
    )]
    WrongKey,
}

/// What the environment says about live trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveKey {
    Absent,
    Turned,
    Wrong,
}

impl LiveKey {
    pub(crate) fn of(environment: &Environment) -> Self {
        match environment.get(crate::source::ENABLE_LIVE) {
            None | Some("") => Self::Absent,
            Some("1") => Self::Turned,
            Some(_) => Self::Wrong,
        }
    }
}

/// The permit, if both keys were turned.
pub(crate) fn permit(mode: Mode, key: LiveKey) -> Result<LivePermit, NotLive> {
    match (mode, key) {
        (Mode::Live, LiveKey::Turned) => Ok(LivePermit { _made_here: () }),
        (Mode::Live, LiveKey::Absent) => Err(NotLive::NoKey),
        (Mode::Live, LiveKey::Wrong) => Err(NotLive::WrongKey),
        (Mode::Backtest | Mode::Paper, _) => Err(NotLive::Mode),
    }
}
