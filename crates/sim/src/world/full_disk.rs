//! Full disks: what does not help to get out is not taken any more, and the kill switch trips. What was
//! held in reserve for the way out is used up by and by; when it is gone, the process ends.

use contracts::{Envelope, Event, KillLevel, KillTrigger, Source, TopicKind, Trip, Ts};

use super::World;
use crate::faults::{Crash, Trouble};

/// So many inputs have room in the reserve.
const RESERVE: u32 = 40;

/// A disk, and until when it is full.
#[derive(Clone, Copy)]
pub(super) struct FullDisk {
    until: Ts,
    /// Whether those inside know.
    low: bool,
    reserve: u32,
}

impl FullDisk {
    /// A disk with room.
    pub(super) const NOT: Self = Self { until: Ts::ZERO, low: false, reserve: RESERVE };
}

impl World {
    /// Whether nothing of the market is written any more.
    pub(super) fn is_full(&self, node: usize) -> bool {
        self.disks[node].until > self.now
    }

    /// Asked every second: whether a disk fills up.
    pub(super) fn disk_fills(&mut self, node: usize) -> Result<(), String> {
        if self.is_full(node) || !self.dice.chance_ppm(self.faults.disk_full_ppm) {
            return Ok(());
        }
        let until = self.now + self.delay(self.faults.disk_full_max);
        self.disks[node] = FullDisk { until, ..FullDisk::NOT };
        self.clear_after(until);
        self.tell_trouble(Trouble::DiskFull)
    }

    /// Whether a process can still write down that input. With the first that it cannot, those inside are
    /// told, so that nothing new is risked; with the last of the reserve it ends.
    pub(super) fn has_room(&mut self, node: usize, input: &Envelope) -> Result<bool, String> {
        if !self.is_full(node) {
            return Ok(true);
        }
        if input.src == Source::MdIngest {
            self.run_low(node)?;
            return Ok(false);
        }
        if self.disks[node].reserve > 0 {
            self.disks[node].reserve -= 1;
            return Ok(true);
        }
        self.tell_trouble(Trouble::ReserveGone)?;
        // It cannot start again before somebody has made room.
        self.disks[node] = FullDisk::NOT;
        let (now, crash) = (self.local(node), Some(Crash::BeforeInput));
        let took = self.nodes[node].take(now, *input, crash, &mut self.dice);
        self.took(node, took, crash)?;
        Ok(false)
    }

    fn run_low(&mut self, node: usize) -> Result<(), String> {
        if self.disks[node].low || !self.nodes[node].listens_to(TopicKind::ControlKill) {
            return Ok(());
        }
        self.disks[node].low = true;
        let trip = Event::Trip(Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service });
        self.give(node, Envelope::input(Source::Runtime, self.now, trip))
    }
}
