//! Which orders may be cancelled: those that somebody wants cancelled, and what a trip of the kill switch takes.
//! One that only stops entries takes none, and those that guard positions may be meant to stay.

use std::collections::BTreeSet;

use contracts::{Event, KillLevel, KillReading, KillState, KillTrigger, OrderId, Origin, Trip};
use execution::ProtectiveOnKill;

use super::orders::Orders;
use crate::desk::Desk;

/// What the judge knows of cancels.
pub(super) struct Cancels {
    /// The level at which the file of the kill switch trips, and a loss.
    configured: KillLevel,
    /// From which level on a trip takes the orders that guard positions, too.
    takes_guards: KillLevel,
    wanted: BTreeSet<OrderId>,
    /// The highest level at which anything has ever tripped.
    tripped: Option<KillLevel>,
}

impl Cancels {
    pub(super) fn new(desk: &Desk) -> Self {
        let takes_guards = match desk.protective_on_kill {
            ProtectiveOnKill::Keep => KillLevel::Flatten,
            ProtectiveOnKill::Cancel => KillLevel::Cancel,
        };
        Self { configured: desk.kill.level, takes_guards, wanted: BTreeSet::new(), tripped: None }
    }

    /// The file of the kill switch was read.
    pub(super) fn polled(&mut self, reading: KillReading) {
        if reading == KillReading::Tripped {
            self.tripped = self.tripped.max(Some(self.configured));
        }
    }

    /// Somebody has been told something, or says it.
    pub(super) fn hears(&mut self, event: &Event) -> Result<(), String> {
        match *event {
            Event::Cancel(cancel) => {
                self.wanted.insert(cancel.target);
            }
            Event::Trip(Trip { level, .. }) => self.tripped = self.tripped.max(Some(level)),
            Event::KillState(KillState { level: Some(level), trigger, .. }) => {
                let from_settings =
                    [KillTrigger::File, KillTrigger::DailyLoss, KillTrigger::Drawdown];
                let ours = self.configured;
                if from_settings.contains(&trigger) && level != ours {
                    return Err(format!("{trigger:?} trips at {level:?}, and was to at {ours:?}"));
                }
                self.tripped = self.tripped.max(Some(level));
            }
            _ => {}
        }
        Ok(())
    }

    /// The gateway asks the venue for something.
    pub(super) fn allows(&self, request: &Event, orders: &Orders) -> Result<(), String> {
        match request {
            Event::CancelOrder(cancel) if !self.wanted.contains(&cancel.id) => {
                let order = orders.get(cancel.id);
                let guards = order.is_some_and(|order| order.origin == Origin::Protector);
                let from = if guards { self.takes_guards } else { KillLevel::Cancel };
                let id = cancel.id;
                self.taken_from(from).map_err(|what| format!("{id} is cancelled, and {what}"))
            }
            Event::CancelAll(_) => {
                let guards = orders.at_the_venue().any(|order| order.origin == Origin::Protector);
                let from = if guards { self.takes_guards } else { KillLevel::Cancel };
                self.taken_from(from).map_err(|what| format!("everything is cancelled, and {what}"))
            }
            _ => Ok(()),
        }
    }

    fn taken_from(&self, level: KillLevel) -> Result<(), String> {
        match self.tripped {
            Some(tripped) if tripped >= level => Ok(()),
            tripped => Err(format!("nobody wanted that: tripped at {tripped:?} of {level:?}")),
        }
    }
}
