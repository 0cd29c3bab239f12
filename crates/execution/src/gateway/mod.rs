//! The gateway as a machine: hears decisions and reports, says requests and facts.

mod asking;
mod grants;
mod recall;
mod reports;
mod requests;
mod steps;

use contracts::{
    Envelope, Event, KillLevel, OrderId, OrderState, RosterControl, RosterStep, Source, StrategyId,
    TopicKind, Ts, VenueRef,
};
use kernel::{Layout, Machine, Outbox, StateError, Topics, load_state, save_state};
use risk::Latch;
use serde::{Deserialize, Serialize};

use self::reports::disbelieve;
use crate::believed::is_believed;
use crate::config::GatewayConfig;
use crate::finished::FinishedOrders;
use crate::open_orders::OpenOrders;
use crate::order::Order;
use crate::reconcile::LocalView;
use crate::remembered::Remembered;

/// Timer: renew the dead man's switch.
const DEAD_MAN: u32 = 1;
/// Timers from here on belong to an order each.
const ORDERS: u32 = 16;

/// The only machine that speaks to a venue.
pub struct Gateway {
    config: GatewayConfig,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    open: OpenOrders,
    finished: FinishedOrders,
    /// Orders that are not ours, each named once.
    foreign: Remembered<OrderId>,
    /// Executions that could not be booked, each named once.
    not_booked: Remembered<VenueRef>,
    latch: Latch,
    /// The highest number of an approval that was acted on.
    used: u32,
    next_timer: u32,
    calls: u32,
    dead_man_armed: bool,
    /// Its chain was broken: what was decided up to here may have been acted on by a past that is forgotten. Until a
    /// later decision is heard, some of that is still to be told.
    forgotten_until: Option<Ts>,
}

impl Gateway {
    /// A gateway without orders.
    pub fn new(config: GatewayConfig) -> Self {
        let state = State {
            open: OpenOrders::default(),
            finished: FinishedOrders::default(),
            foreign: Remembered::default(),
            not_booked: Remembered::default(),
            latch: Latch::new(&config.kill),
            used: 0,
            next_timer: 0,
            calls: 0,
            dead_man_armed: false,
            forgotten_until: None,
        };
        Self { config, state }
    }

    /// How many orders are not over.
    pub fn open_orders(&self) -> usize {
        self.state.open.len()
    }

    /// Every order that is not over: whose it is, its id, and where it stands.
    pub fn orders(&self) -> impl Iterator<Item = (StrategyId, OrderId, OrderState)> {
        self.state.open.iter().map(|order| (order.corr.strategy, order.id, order.state()))
    }

    /// What the gateway believes, for a reconciliation with the venue.
    pub fn local_view(&self) -> LocalView {
        LocalView {
            orders: self.state.open.iter().map(Order::local).collect(),
            finished: self.state.finished.local().collect(),
            grace: self.config.grace,
            recalls: self.recalls(),
            ..LocalView::default()
        }
    }

    /// What a start asks for.
    fn starts(&mut self, now: Ts, step: RosterStep, out: &mut Outbox<'_>) {
        match step {
            RosterStep::Adopt => self.state.latch.adopt(&self.config.kill),
            RosterStep::Forget => self.forget(now, out),
            RosterStep::Announce | RosterStep::Keep => {}
        }
    }

    fn control(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        let event = &input.event;
        if let (Source::Runtime, Event::Trip(_), true) = (input.src, event, self.config.tells_trips)
        {
            out.emit_alone(*event);
        }
        let Some(moved) = self.state.latch.hear(now, event) else { return };
        if let Some(level) = moved.level.filter(|level| *level >= KillLevel::Cancel) {
            self.cancel_for(level, now, out);
        }
    }

    fn wake(&mut self, now: Ts, timer: u32, out: &mut Outbox<'_>) {
        if timer == DEAD_MAN {
            self.renew_dead_man(now, out);
        } else if let Some(id) = self.state.open.of_timer(timer) {
            self.due(now, id, out);
        }
    }
}

impl Machine for Gateway {
    fn source(&self) -> Source {
        Source::ExecutionGateway
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Decision,
            TopicKind::VenueReport,
            TopicKind::ControlKill,
            TopicKind::ControlPoll,
            TopicKind::ControlStrategy,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        if !is_believed(input) {
            return disbelieve(input, out);
        }
        match &input.event {
            Event::Executed(fill) => self.executed(now, fill, out),
            Event::Report(report) => self.reported(now, report, out),
            Event::Wake(wake) => self.wake(now, wake.timer, out),
            Event::Roster(RosterControl { step }) => self.starts(now, *step, out),
            _ if input.topic().kind() == TopicKind::Decision => self.granted(now, input, out),
            _ => self.control(now, input, out),
        }
    }

    fn layout(&self) -> Layout {
        Layout::after(&[steps::with_nothing_forgotten])
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.state, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = load_state(state)?;
        self.state.open.connect();
        self.state.finished.connect();
        self.state.foreign.connect();
        self.state.not_booked.connect();
        Ok(())
    }
}
