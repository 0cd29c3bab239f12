//! What goes wrong from second to second, and how long things take.

use contracts::{Span, Ts};

use super::{Action, BEAT, Happening, World};
use crate::faults::Trouble;

impl World {
    pub(super) fn beat(&mut self) -> Result<(), String> {
        self.schedule(self.now + BEAT, Action::Beat);
        self.feeds_break()?;
        self.markets_close()?;
        self.switch_moves()?;
        self.somebody_pauses()?;
        self.limits_move()?;
        self.brake_grips();
        for node in 0..self.nodes.len() {
            self.heads(node)?;
            if self.dice.chance_ppm(self.faults.clock_jump_ppm) {
                let most = self.faults.clock_skew_max.nanos();
                self.skew[node] = self.dice.between(-most, most);
                self.wake_scheduled[node] = None;
                self.schedule_node_wake(node);
                self.tell_trouble(Trouble::ClockJumped)?;
            }
            self.disk_fills(node)?;
            for other in node + 1..=self.nodes.len() {
                if self.dice.chance_ppm(self.faults.partition_ppm) {
                    let until = self.now + self.delay(self.faults.partition_max);
                    self.cut_until.insert((node, other), until);
                    self.tell_trouble(Trouble::Partition)?;
                }
            }
        }
        self.find_gaps()
    }

    pub(super) fn is_cut(&self, a: usize, b: usize) -> bool {
        let until = self.cut_until.get(&(a.min(b), a.max(b)));
        until.is_some_and(|until| *until > self.now)
    }

    pub(super) fn delay(&mut self, most: Span) -> Span {
        Span::from_nanos(self.dice.between(1, most.nanos().max(1)))
    }

    pub(super) fn transmit(
        &mut self,
        from: usize,
        to: usize,
        action: Action,
    ) -> Result<(), String> {
        if self.is_cut(from, to) {
            return Ok(());
        }
        if self.dice.chance_ppm(self.faults.drop_ppm) {
            return self.tell_trouble(Trouble::MessageLost);
        }
        let delay = self.delay(self.faults.delay_max);
        self.schedule(self.now + delay, action);
        Ok(())
    }

    pub(super) fn schedule(&mut self, at: Ts, action: Action) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), action);
    }

    pub(super) fn schedule_node_wake(&mut self, node: usize) {
        let wake = self.nodes[node].next_wake();
        let world = wake.map(|at| Ts::from_nanos(at.nanos() - self.skew[node]));
        self.schedule_wake(node, world);
    }

    pub(super) fn schedule_wake(&mut self, place: usize, wake: Option<Ts>) {
        let Some(at) = wake.map(|at| at.max(self.now)) else { return };
        if self.wake_scheduled[place].is_some_and(|scheduled| scheduled <= at) {
            return;
        }
        self.wake_scheduled[place] = Some(at);
        let action =
            if place == self.nodes.len() { Action::VenueWake } else { Action::Wake(place) };
        self.schedule(at, action);
    }

    pub(super) fn tell_trouble(&mut self, trouble: Trouble) -> Result<(), String> {
        self.tell(Happening::Trouble(trouble))
    }

    pub(super) fn tell(&mut self, what: Happening<'_>) -> Result<(), String> {
        let now = self.now;
        self.observers.iter_mut().try_for_each(|observer| observer.happened(now, what))
    }
}
