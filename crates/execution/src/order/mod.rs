//! One order's life: what the venue has told us of it, and what follows from that.
//!
//! Reports are facts with the venue's own time, cumulative, and may come late, twice or never. An
//! order therefore only learns: executions are counted once by their id, an end is final, and an end
//! is not complete before every execution it speaks of is booked. Whatever order the facts come in,
//! the same facts lead to the same end.

mod change;
mod end;
mod learns;

use contracts::{
    Corr, OrderId, OrderSpec, OrderState, OrderUpdate, Qty, Ts, VenueReason, VenueRef,
};
use risk::Approved;
use serde::{Deserialize, Serialize};

use crate::booked::Booked;
use crate::finished::Finished;
use crate::reconcile::LocalOrder;
pub(crate) use change::{GrantedChange, PendingAmend, Settled};
pub(crate) use end::End;
pub(crate) use learns::{Counted, Learned};

/// An order that has not come to its end, as the gateway knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are learned apart, in any order")]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) corr: Corr,
    pub(crate) spec: OrderSpec,
    sent: Ts,
    /// The venue drops the order if it arrives later; what "not found" is measured by.
    pub(crate) deadline: Ts,
    venue_ref: Option<VenueRef>,
    booked: Booked,
    /// The most that any report said was filled.
    told_filled: Qty,
    end: Option<End>,
    /// The venue has the order.
    live: bool,
    /// An answer is missing.
    pub(crate) unknown: bool,
    pub(crate) cancel_wanted: bool,
    /// Changes of it may be forgotten: it is for what the venue shows next.
    pub(crate) recalled: bool,
    /// The change that is under way.
    pub(crate) amend: Option<PendingAmend>,
    /// The change that waits for the one under way.
    pub(crate) next_amend: Option<GrantedChange>,
    /// When something is due for it, and how often it has been asked about in vain.
    pub(crate) timer: u32,
    pub(crate) asked: u32,
}

impl Order {
    /// An approved order that is sent now.
    pub(crate) fn new(approved: &Approved, sent: Ts, deadline: Ts, timer: u32) -> Self {
        Self {
            id: approved.id(),
            corr: approved.corr(),
            spec: approved.spec(),
            sent,
            deadline,
            venue_ref: None,
            booked: Booked::default(),
            told_filled: Qty::ZERO,
            end: None,
            live: false,
            unknown: false,
            cancel_wanted: false,
            recalled: false,
            amend: None,
            next_amend: None,
            timer,
            asked: 0,
        }
    }

    /// One that was granted then, and may have been sent by a past that is forgotten.
    pub(crate) fn recalled(approved: &Approved, granted: Ts, deadline: Ts, timer: u32) -> Self {
        Self { unknown: true, recalled: true, ..Self::new(approved, granted, deadline, timer) }
    }

    /// Where the order stands.
    pub(crate) fn state(&self) -> OrderState {
        if let Some(end) = self.end.filter(|_| self.is_over()) {
            return end.state;
        }
        if self.unknown {
            OrderState::Unknown
        } else if self.end.is_some() {
            // The end is told, an execution that it speaks of is still to come.
            OrderState::PartiallyFilled
        } else if self.cancel_wanted {
            OrderState::PendingCancel
        } else if !self.booked.qty().is_zero() {
            OrderState::PartiallyFilled
        } else if self.live {
            OrderState::New
        } else {
            OrderState::PendingNew
        }
    }

    /// Whether it has ended and every execution is booked.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| self.booked.qty() >= end.filled)
    }

    /// Whether the venue has never answered about it.
    pub(crate) fn is_unanswered(&self) -> bool {
        !self.live && self.end.is_none()
    }

    /// Whether executions are missing that a report spoke of.
    pub(crate) fn misses_executions(&self) -> bool {
        self.told_filled > self.booked.qty()
    }

    /// The order as it is told to everybody.
    pub(crate) fn update(&self, settles: Option<Settled>) -> OrderUpdate {
        let reason = match self.end.filter(|_| self.is_over()) {
            Some(end) => end.reason,
            None => settles.map_or(VenueReason::None, |settled| settled.refused),
        };
        OrderUpdate {
            id: self.id,
            symbol: self.spec.symbol(),
            qty: self.spec.qty(),
            filled: self.booked.qty(),
            limit: self.spec.limit(),
            venue_ref: self.venue_ref,
            settles: settles.map(|settled| settled.number),
            state: self.state(),
            reason,
        }
    }

    /// The order as reconciliation sees it.
    pub(crate) fn local(&self) -> LocalOrder {
        LocalOrder {
            id: self.id,
            spec: self.spec,
            sent: self.sent,
            deadline: self.deadline,
            filled: self.booked.qty(),
            told_filled: self.told_filled,
            executions: self.booked.executions().to_vec(),
            live: self.live,
            unknown: self.unknown,
            ended: self.end.is_some(),
            change_until: self.amend.map(|amend| amend.deadline),
        }
    }

    /// What is remembered of it once it is over; `None` before.
    pub(crate) fn finished(self) -> Option<Finished> {
        let end = self.end.filter(|_| self.is_over())?;
        let Self { id, corr, spec, venue_ref, booked, .. } = self;
        Some(Finished { id, corr, spec, venue_ref, booked, end })
    }
}
