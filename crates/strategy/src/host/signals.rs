//! What programs outside want of strategies.

use contracts::{Alert, AlertCode, Event, Signal, Source, Ts};
use kernel::Outbox;

use super::{Host, Moment};
use crate::strategy::Heeded;

impl Host {
    /// Hands a signal to the strategy that it names. Where none of that name goes by it people are told: whoever
    /// said it believes that it counts.
    pub(super) fn signal(
        &mut self,
        now: Ts,
        source: Source,
        signal: &Signal,
        out: &mut Outbox<'_>,
    ) {
        let tell = |out: &mut Outbox<'_>, code| {
            out.emit(Event::Alert(Alert { code, symbol: Some(signal.symbol), order: None }));
        };
        if source != Source::External {
            return tell(out, AlertCode::WrongSource);
        }
        if signal.expires <= now {
            return;
        }
        let mut heeded = Heeded::No;
        let place = self.place_of(signal.strategy);
        if let Some(place) = place.filter(|at| self.seats[*at].symbols.contains(&signal.symbol)) {
            self.call(place, Moment::new(now), out, |strategy, cx| {
                heeded = strategy.on_signal(signal, cx);
            });
        }
        if heeded == Heeded::No {
            tell(out, AlertCode::SignalUnheeded);
        }
    }
}
