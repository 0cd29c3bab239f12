//! Requests on their way in, reports on their way out. Each way keeps its order, as a connection does.

use std::collections::VecDeque;

use contracts::{
    Alert, AlertCode, AmendOrder, ArmDeadMan, CancelAll, CancelOrder, Event, Fill, QueryOrder,
    Report, Submit, Ts,
};
use kernel::{Outbox, Seeded};
use serde::{Deserialize, Serialize};

use crate::config::Leg;

/// What may be asked of the venue.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    Submit(Submit),
    Cancel(CancelOrder),
    Amend(AmendOrder),
    Query(QueryOrder),
    CancelAll(CancelAll),
    ArmDeadMan(ArmDeadMan),
}

impl Request {
    pub(crate) fn from_event(event: &Event) -> Option<Self> {
        match *event {
            Event::Submit(body) => Some(Self::Submit(body)),
            Event::CancelOrder(body) => Some(Self::Cancel(body)),
            Event::AmendOrder(body) => Some(Self::Amend(body)),
            Event::QueryOrder(body) => Some(Self::Query(body)),
            Event::CancelAll(body) => Some(Self::CancelAll(body)),
            Event::ArmDeadMan(body) => Some(Self::ArmDeadMan(body)),
            _ => None,
        }
    }
}

/// What the venue tells.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    Executed(Fill),
    Report(Report),
}

impl Told {
    fn event(self) -> Event {
        match self {
            Self::Executed(fill) => Event::Executed(fill),
            Self::Report(report) => Event::Report(report),
        }
    }
}

/// One way: what travels on it, and when each message arrives.
#[derive(Clone, Debug)]
pub(crate) struct Way<M> {
    leg: Leg,
    max: usize,
    travelling: Travelling<M>,
}

/// The part of a way that a snapshot holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Travelling<M> {
    draw: Seeded,
    /// When the last message arrives; none overtakes another.
    last: Ts,
    messages: VecDeque<(Ts, M)>,
}

impl<M: Copy> Way<M> {
    pub(crate) fn new(leg: Leg, draw: Seeded, max: u32) -> Self {
        let messages = VecDeque::new();
        let travelling = Travelling { draw, last: Ts::ZERO, messages };
        Self { leg, max: (max as usize).max(1), travelling }
    }

    /// When a message that sets out now arrives.
    fn arrival(&mut self, now: Ts) -> Ts {
        let Travelling { draw, last, .. } = &mut self.travelling;
        let jitter = draw.between(0, self.leg.jitter_max.nanos());
        let due = now + self.leg.fixed + contracts::Span::from_nanos(jitter);
        *last = due.max(*last);
        *last
    }

    pub(crate) fn is_full(&self) -> bool {
        self.travelling.messages.len() >= self.max
    }

    /// Sends a message; it comes straight back where it has no way to go.
    pub(crate) fn send(&mut self, now: Ts, message: M) -> Option<M> {
        let due = self.arrival(now);
        if due <= now && self.travelling.messages.is_empty() {
            return Some(message);
        }
        self.travelling.messages.push_back((due, message));
        None
    }

    /// When the first message arrives.
    #[inline]
    pub(crate) fn next(&self) -> Ts {
        self.travelling.messages.front().map_or(Ts::MAX, |(due, _)| *due)
    }

    /// The first message, arrived or not.
    pub(crate) fn receive(&mut self) -> Option<M> {
        self.travelling.messages.pop_front().map(|(_, message)| message)
    }

    pub(crate) fn travelling(&self) -> &Travelling<M> {
        &self.travelling
    }

    /// Takes back what a snapshot held; `false` where it is more than may travel.
    #[must_use]
    pub(crate) fn restore(&mut self, travelling: Travelling<M>) -> bool {
        let fits = travelling.messages.len() <= self.max;
        let in_order = travelling.messages.iter().is_sorted_by_key(|(due, _)| *due);
        self.travelling = travelling;
        fits && in_order
    }
}

impl Way<Told> {
    /// Tells something, at once or when it has travelled. A full way lets its first message out early:
    /// a fact too soon is better than a fact lost.
    pub(crate) fn tell(&mut self, now: Ts, told: Told, out: &mut Outbox<'_>) {
        if self.is_full()
            && let Some(first) = self.receive()
        {
            out.emit_alone(first.event());
            out.emit_alone(bound_reached());
        }
        if let Some(told) = self.send(now, told) {
            out.emit_alone(told.event());
        }
    }

    /// Lets out what has arrived.
    pub(crate) fn deliver(&mut self, now: Ts, out: &mut Outbox<'_>) {
        while self.next() <= now
            && let Some(told) = self.receive()
        {
            out.emit_alone(told.event());
        }
    }
}

/// One of the venue's bounds is reached.
pub(crate) fn bound_reached() -> Event {
    Event::Alert(Alert { code: AlertCode::BoundReached, symbol: None, order: None })
}
