//! Whom the gate believes. Some things are only true when the right part of the system says them: a
//! fill when the gateway does, an intent when whoever it is attributed to does.
//!
//! What can only make the gate more careful (a trip, a pause) may come from anybody.

use contracts::{Alert, AlertCode, Envelope, Event, Origin, Reason, Source, StrategyRun};
use kernel::Outbox;

use super::intents::About;
use super::{Gate, intent_about};
use crate::rules::plain;

/// Who asks under that origin.
const fn speaker(origin: Origin) -> Source {
    match origin {
        Origin::Strategy => Source::StrategyEngine,
        Origin::Protector => Source::Protector,
        Origin::Operator => Source::Operator,
        Origin::Flatten => Source::RiskEngine,
    }
}

/// Whether a message may come from where it came.
#[inline]
pub(super) fn is_believed(input: &Envelope) -> bool {
    let from = |source| input.src == source;
    match &input.event {
        // One without a correlation is refused in any case.
        Event::Place(_) | Event::Amend(_) | Event::Cancel(_) | Event::Protect(_) => {
            input.corr.is_none_or(|corr| from(speaker(corr.origin)))
        }
        Event::Fill(_) | Event::Order(_) => from(Source::ExecutionGateway),
        Event::ClearKill(_) => from(Source::Operator),
        Event::StrategyControl(control) => {
            control.run != StrategyRun::Running || from(Source::Operator)
        }
        Event::KillPoll(_) | Event::Wake(_) | Event::Roster(_) => from(Source::Runtime),
        Event::SetLimit(change) => {
            from(Source::Operator) || from(Source::Runtime) && change.operator.is_none()
        }
        Event::Instrument(_) | Event::Trade(_) | Event::Ticker(_) | Event::Feed(_) => {
            from(Source::MdIngest)
        }
        _ => true,
    }
}

impl Gate {
    /// Leaves a message aside, and says so; an intent is answered besides.
    pub(super) fn disbelieve(&self, input: &Envelope, out: &mut Outbox<'_>) {
        let order = match &input.event {
            Event::Fill(fill) => Some(fill.id),
            Event::Order(update) => Some(update.id),
            event => intent_about(event),
        };
        if let Some(id) = intent_about(&input.event) {
            self.refuse(About::order(id, None), &[plain(Reason::WrongSource)], out);
        }
        let symbol = input.topic().symbol();
        out.emit(Event::Alert(Alert { code: AlertCode::WrongSource, symbol, order }));
    }
}
