//! What a protector sees: rules, prices, the kill switch.

use contracts::{
    Bps, Event, FeedState, Instrument, KillLevel, LimitKey, LimitState, LimitValue, Mark, Side,
    Symbol, SymbolMap, Ts,
};
use risk::Latch;
use serde::{Deserialize, Serialize};

use super::config::ProtectorConfig;
use super::guard::{Scene, Watched};
use crate::config::ProtectiveOnKill;

/// What is known about markets and controls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sight {
    instruments: SymbolMap<Instrument>,
    marks: SymbolMap<Mark>,
    latch: Latch,
    /// How far from the market the gate lets a price be, since it has said so.
    collar: Option<Bps>,
}

impl Sight {
    pub(crate) fn new(config: &ProtectorConfig) -> Self {
        Self {
            instruments: SymbolMap::new(),
            marks: SymbolMap::new(),
            latch: Latch::new(&config.kill),
            collar: None,
        }
    }

    pub(crate) fn mark(&mut self, mark: &Mark) {
        put(&mut self.marks, mark.symbol, *mark);
    }

    pub(crate) fn rules(&mut self, rules: &Instrument) {
        put(&mut self.instruments, rules.symbol, *rules);
    }

    /// The gate says what is in force, whatever became of what somebody wanted.
    pub(crate) fn limit(&mut self, state: &LimitState) {
        if let (LimitKey::Collar, LimitValue::Bps { most }) = (state.limit, state.value) {
            self.collar = Some(most);
        }
    }

    /// A start with other sources of the kill switch, or another level.
    pub(super) fn adopt(&mut self, config: &ProtectorConfig) {
        self.latch.adopt(&config.kill);
    }

    /// Takes a message about the kill switch; whether it has moved.
    pub(crate) fn control(&mut self, now: Ts, event: &Event) -> bool {
        self.latch.hear(now, event).is_some()
    }

    /// What a group of that symbol looks at.
    pub(crate) fn scene<'a>(
        &'a self,
        config: &'a ProtectorConfig,
        now: Ts,
        symbol: Symbol,
    ) -> Scene<'a> {
        let level = self.latch.state().and_then(|state| state.level);
        let cancels = config.on_kill == ProtectiveOnKill::Cancel;
        let hands_off = level == Some(KillLevel::Flatten);
        let resting = !(hands_off || cancels && level >= Some(KillLevel::Cancel));
        let (instrument, mark) = (self.instruments.get(symbol), self.marks.get(symbol));
        let slip = self.collar.map_or(config.slip, |collar| config.slip.min(collar));
        Scene { now, config, instrument, mark, slip, resting, hands_off }
    }

    /// The prices for an exit of that side, where they can be trusted.
    #[inline]
    pub(crate) fn prices(&self, symbol: Symbol, exit: Side) -> Option<Watched> {
        let mark = self.marks.get(symbol).filter(|mark| mark.state == FeedState::Live)?;
        let touch = mark.touch(exit)?;
        Some(Watched { last: mark.last.unwrap_or(touch), touch })
    }
}

/// A symbol beyond the bound is not seen: the gate, which has the same bound, lets nothing of it pass.
fn put<T>(map: &mut SymbolMap<T>, symbol: Symbol, seen: T) {
    if let Some(held) = map.get_mut(symbol) {
        *held = seen;
    } else if !map.is_full() {
        map.insert(symbol, seen);
    }
}
