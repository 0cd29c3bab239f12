//! The brake between the process and its venue: looked at before anything is sent that could open or
//! enlarge a position, on the thread that sends. Cancels and questions always pass.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contracts::{
    AmendOrder, Envelope, Event, KillReading, OrderId, Qty, Report, Says, Source, Submit, Ts,
    VenueReason,
};
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
        let Some(not_sent) = not_sent(request) else { return false };
        let clear = |file: &PathBuf| read_kill_file(file) == KillReading::Clear;
        let at = (self.clock)();
        let is_stop = self.switch.is_stop() || self.books.is_stop() || self.holds.any(at);
        if !is_stop && self.kill_file.as_ref().is_none_or(clear) {
            return false;
        }
        let told = Event::Report(Report { at, ..not_sent });
        // Where there is no room the answer is missing, and the venue is asked: slower, and as good. To
        // wait for room here would be to wait for a process that waits for us.
        let _ = self.doors.offer_report(Envelope::input(Source::Runtime, at, told));
        true
    }
}

/// What is said of a request that was held; nothing for one that always passes: those that cancel, ask,
/// or only reduce. Whether a change only reduces is not to be seen from it.
fn not_sent(request: &Event) -> Option<Report> {
    match *request {
        Event::Submit(Submit { id, spec, .. }) if !spec.is_reduce_only() => {
            let report = held(id, spec.qty(), Says::Rejected);
            Some(Report { symbol: Some(spec.symbol()), limit: spec.limit(), ..report })
        }
        Event::AmendOrder(AmendOrder { id, qty, limit, number, .. }) => {
            let report = held(id, qty, Says::AmendRejected);
            Some(Report { limit, answers: Some(number), ..report })
        }
        _ => None,
    }
}

fn held(id: OrderId, qty: Qty, says: Says) -> Report {
    Report {
        id,
        venue_ref: None,
        symbol: None,
        qty,
        filled: Qty::ZERO,
        limit: None,
        at: Ts::ZERO,
        answers: None,
        says,
        reason: VenueReason::Halted,
    }
}
