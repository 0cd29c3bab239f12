//! The brake between the process and its venue: looked at before anything is sent that could open or
//! enlarge a position, on the thread that sends. Cancels and questions always pass.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contracts::{Event, KillReading, Ts};
use execution::not_sent;
use telemetry::Clock;

use crate::doors::Doors;

/// What the watcher of the kill switch says to those who send; as many copies as there are users.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    /// Stop, or go on: requests that could open or enlarge a position are held back, or not.
    pub fn turn(&self, stop: bool) {
        self.0.store(stop, Ordering::Release);
    }

    /// Whether it says stop.
    pub fn is_stop(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Whether something holds at that moment.
type Hold = Box<dyn Fn(Ts) -> bool + Send + Sync>;

/// Further reasons for which nothing may be sent now that could open a position: asked for right before each
/// request. As many copies as there are users.
#[derive(Clone, Default)]
pub struct Holds(Arc<Mutex<Vec<Hold>>>);

impl Holds {
    /// One reason more; `holds` answers whether it holds at that moment.
    pub fn add(&self, holds: impl Fn(Ts) -> bool + Send + Sync + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(holds));
    }

    /// Whether anything holds at that moment.
    pub fn any(&self, now: Ts) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|holds| holds(now))
    }
}

/// The file of the kill switch, as it is now: it trips when it is there, whatever it is. Where its folder
/// is gone nobody can say.
pub fn read_kill_file(file: &Path) -> KillReading {
    match fs::symlink_metadata(file) {
        Ok(_) => KillReading::Tripped,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let is_there =
                folder.is_none_or(|folder| fs::metadata(folder).is_ok_and(|f| f.is_dir()));
            if is_there { KillReading::Clear } else { KillReading::Unreadable }
        }
        Err(_) => KillReading::Unreadable,
    }
}

/// What is looked at before each request, and who is told of those that were not sent.
pub struct Brake {
    /// The file of the kill switch.
    pub kill_file: Option<PathBuf>,
    /// What its watcher says.
    pub switch: Switch,
    /// What whoever compares our books with the venue's says.
    pub books: Switch,
    /// Whatever else holds.
    pub holds: Holds,
    /// The process that asked.
    pub doors: Doors,
    /// Tells the time.
    pub clock: Clock,
}

impl Brake {
    /// Whether the request must not be sent. If so, whoever asked is told that it was not: its fate is
    /// known.
    pub(crate) fn holds(&self, request: &Event) -> bool {
        let at = (self.clock)();
        let Some(told) = not_sent(request, at) else { return false };
        let clear = |file: &PathBuf| read_kill_file(file) == KillReading::Clear;
        let is_stop = self.switch.is_stop() || self.books.is_stop() || self.holds.any(at);
        if !is_stop && self.kill_file.as_ref().is_none_or(clear) {
            return false;
        }
        // Where there is no room the answer is missing, and the venue is asked: slower, and as good. To
        // wait for room here would be to wait for a process that waits for us.
        let _ = self.doors.offer_report(told);
        true
    }
}
