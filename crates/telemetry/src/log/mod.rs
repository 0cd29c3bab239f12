//! The log: said on any thread without waiting, written by one, in a form for programs and one for
//! people.
//!
//! Saying never blocks, never fails and never brings anything down: a full queue, a full disk, a
//! closed terminal cost lines, and how many is counted and said. Relies on being handed a clock,
//! and on somebody who gives the [`Writer`] and the [`Screen`] a thread each.

mod bridge;
mod file;
mod human;
mod json;
mod keeper;
mod lane;
mod of_process;
mod record;
mod screen;
mod setup;
mod writer;

use std::fmt::{self, Write as _};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Corr, RunId, Span, Ts};
use tracing_subscriber::layer::SubscriberExt;

use crate::level::Filter;
use crate::metrics::Metrics;
use crate::notice::Notice;
use crate::secrecy::Secrets;
use crate::trace::{RequestId, RequestIds, TraceId};
use bridge::Bridge;
use json::Frame;
use lane::Lane;
use record::{Body, Fault, Gathered, Record, thread_number};

pub use file::{Folder, Rotation};
pub use human::Style;
pub use of_process::OfProcess;
pub use screen::Screen;
pub use setup::{Component, Env, InvalidService, LogSetup, Service, Terminal, Workers, open};
pub use writer::Writer;

/// Tells the time; handed in by whoever is allowed to know it.
pub type Clock = Arc<dyn Fn() -> Ts + Send + Sync>;

/// The component of what the log says about itself.
const SCOPE: &str = "telemetry";

/// How long a panic waits for its line to be written.
const PANIC_FLUSH: Duration = Duration::from_millis(250);

/// What all parts of a log share.
pub(crate) struct Shared {
    lane: Lane<Record>,
    /// What waits for the terminal, where there is one.
    screen: Option<Arc<Lane<String>>>,
    frame: Frame,
    filter: Filter,
    run: RunId,
    clock: Clock,
    secrets: Secrets,
    metrics: Metrics,
    requests: RequestIds,
}

impl Shared {
    fn push(&self, record: Record) {
        self.lane.push(record); // what does not fit is counted, and told by the writer
    }
}

/// A notice with what belongs to it; a bare notice is one said now, of no order.
pub struct Said<'a> {
    notice: Notice,
    at: Option<Ts>,
    trace: Option<TraceId>,
    corr: Option<Corr>,
    request: Option<RequestId>,
    took: Option<Span>,
    error: Option<(&'static str, &'a dyn std::error::Error)>,
}

impl From<Notice> for Said<'_> {
    fn from(notice: Notice) -> Self {
        let (at, trace, corr, request, took, error) = (None, None, None, None, None, None);
        Self { notice, at, trace, corr, request, took, error }
    }
}

impl<'a> Said<'a> {
    /// It happened at that time, which the speaker knows already.
    #[must_use]
    pub fn at(mut self, at: Ts) -> Self {
        self.at = Some(at);
        self
    }

    /// It belongs to that intent; the line carries its trace.
    #[must_use]
    pub fn of(mut self, corr: Option<Corr>) -> Self {
        self.corr = corr;
        self
    }

    /// It belongs to that trace.
    #[must_use]
    pub fn on(mut self, trace: TraceId) -> Self {
        self.trace = Some(trace);
        self
    }

    /// It belongs to that call.
    #[must_use]
    pub fn during(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    /// It took that long.
    #[must_use]
    pub fn took(mut self, span: Span) -> Self {
        self.took = Some(span);
        self
    }

    /// That error is why. Its text is gathered now, so not on a thread that decides.
    #[must_use]
    pub fn because<E: std::error::Error>(mut self, error: &'a E) -> Self {
        self.error = Some((std::any::type_name::<E>(), error));
        self
    }
}

/// The log, as seen by one component. Clones are cheap and say things to the same log.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
    component: &'static str,
}

impl Log {
    /// The same log for another component.
    #[must_use]
    pub fn component(&self, component: Component) -> Self {
        Self { shared: Arc::clone(&self.shared), component: component.name() }
    }

    /// Says something. Never waits; without an error to show, allocates nothing.
    pub fn tell<'a>(&self, said: impl Into<Said<'a>>) {
        let said = said.into();
        let shared = &*self.shared;
        shared.metrics.noticed(&said.notice);
        let level = said.notice.level();
        if !shared.filter.keeps(self.component, level) {
            return;
        }
        shared.push(Record {
            at: said.at.unwrap_or_else(|| (shared.clock)()),
            level,
            component: self.component,
            thread: thread_number(),
            trace: said.trace.or_else(|| said.corr.map(|corr| TraceId::of(shared.run, corr))),
            request: said.request,
            took: said.took,
            body: Body::Notice(said.notice),
            fault: said.error.map(|(kind, error)| Box::new(Fault::of(kind, error))),
        });
    }

    /// The trace of whatever carries that correlation in this session.
    pub fn trace(&self, corr: Corr) -> TraceId {
        TraceId::of(self.shared.run, corr)
    }

    /// The number of the next call, from outside or to outside.
    pub fn next_request(&self) -> RequestId {
        self.shared.requests.next()
    }

    /// Waits until everything said before is written; `false` where that took too long.
    pub fn flush(&self, at_most: Duration) -> bool {
        let written = self.shared.lane.flush(at_most);
        let shown = self.shared.screen.as_ref().is_none_or(|lane| lane.flush(at_most));
        written && shown
    }

    /// Ends the log: what was said is written, what is said from now on is lost. Writer and screen
    /// end by themselves; whoever gave them threads waits for those.
    pub fn close(&self) {
        self.shared.lane.close();
    }

    /// Makes it the log of this process, which panics and libraries speak to.
    pub fn of_process(&self) -> OfProcess {
        OfProcess::begin(self)
    }

    /// Hears what libraries say through `tracing`, for whoever is not a whole process.
    pub fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        tracing_subscriber::registry().with(Bridge(Arc::clone(&self.shared)))
    }

    /// Says a panic here, where secrets are searched for, and waits a moment until that is written.
    fn say_panic(&self, panic: &PanicHookInfo<'_>) {
        let mut stack = Gathered::default();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("without a name");
        let _ = match panic.location() {
            Some(place) => write!(stack, "at {place} on thread {name}"),
            None => write!(stack, "on thread {name}"),
        };
        let message = Gathered::of(&panic.payload_as_str().unwrap_or("a panic without words"));
        self.tell_panic(Fault { kind: "panic", message, stack });
        self.flush(PANIC_FLUSH);
    }

    fn tell_panic(&self, fault: Fault) {
        let notice = Notice::Panicked { thread: thread_number() };
        self.shared.metrics.noticed(&notice);
        self.shared.push(Record {
            at: (self.shared.clock)(),
            level: notice.level(),
            component: self.component,
            thread: thread_number(),
            trace: None,
            request: None,
            took: None,
            body: Body::Notice(notice),
            fault: Some(Box::new(fault)),
        });
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = &self.shared.frame.service;
        f.debug_struct("Log").field("service", service).field("component", &self.component).finish()
    }
}
