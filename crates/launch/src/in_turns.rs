//! One service as a process of its own, turn after turn: where its settings are read anew it goes on with them,
//! and where a turn cannot begin, with those before.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use journal::files::RealFiles;
use runtime::wall_clock;
use settings::{Environment, Problems, Secrets};
use strategy::Registry;
use telemetry::Notice;

use super::Deps;
use super::asked::Asked;
use super::bell::Bell;
use super::launched::Report;
use super::one::{Begun, NotOne, One};
use super::service::ServiceSpec;
use super::telling::TerminalLook;
use super::turns::{Next, Reads, Reload, Turns};

/// How long everything has to end in order.
const DEADLINE: Duration = Duration::from_secs(10);

/// What all turns of a service have in common.
pub struct InTurns<'a> {
    /// The service.
    pub service: &'a ServiceSpec,
    /// The classes of strategy that may be named.
    pub registry: &'a Registry,
    /// Where secrets are, besides files.
    pub environment: &'a Environment,
    /// Which build this is, and the version of its package.
    pub build: &'a str,
    /// The version of its package.
    pub version: &'static str,
    /// What a terminal is shown.
    pub look: TerminalLook,
    /// What the first turn is asked for.
    pub asked: Asked,
}

impl InTurns<'_> {
    /// Works with those settings, and whatever `reads` gives later, until a signal ends it or it cannot go on.
    /// `each` is shown every turn before it works, and how the last of them ended comes back.
    pub fn run(
        &self,
        first: Next,
        reads: Reads,
        mut each: impl FnMut(&mut Begun) -> io::Result<()>,
        overdue: impl Fn(&[&'static str]) + Send + Sync,
    ) -> Result<Report, NotOne> {
        let turns = Turns::default();
        let clock = wall_clock();
        let reload = Arc::new(Reload::new(&turns, reads, self.registry, &clock, &first.loaded));
        let (mut next, mut before, mut is_first, mut refused) = (first, None, true, false);
        loop {
            let asked = if is_first { self.asked } else { Asked::default() };
            let begun = self.begin(&next, asked).and_then(|mut begun| {
                if is_first {
                    begun.bell().hush().map_err(NotOne::Folder)?;
                }
                begun.listens(&reload);
                each(&mut begun).map_err(NotOne::NotTold)?;
                Ok(begun)
            });
            let begun = match (begun, before.take()) {
                (Ok(begun), _) => begun,
                (Err(why), None) => return Err(why),
                (Err(why), Some(old)) => {
                    Bell::of(&old, self.service.name).refuse(&why);
                    next = Next { loaded: old, operator: None };
                    refused = true;
                    continue;
                }
            };
            turns.begins(begun.stop(), begun.log());
            if is_first {
                turns.on_signals(Arc::clone(&reload)).map_err(NotOne::Signals)?;
            } else if std::mem::take(&mut refused) {
                begun.log().tell(Notice::NotReloaded { problems: 1 });
            } else {
                let keys = u32::try_from(next.loaded.keys_set()).unwrap_or(u32::MAX);
                begun.log().tell(Notice::Reloaded { keys });
            }
            is_first = false;
            let report = begun.work(DEADLINE, &overdue)?;
            let Some(wanted) = turns.next() else { return Ok(report) };
            before = Some(std::mem::replace(&mut next, wanted).loaded);
        }
    }

    fn begin(&self, next: &Next, asked: Asked) -> Result<Begun, NotOne> {
        let Next { loaded, operator } = next;
        let secrets = Secrets::open(loaded.places(), self.environment)?;
        let deps = Deps {
            loaded,
            registry: self.registry,
            files: Arc::new(RealFiles),
            clock: wall_clock(),
            build: self.build,
            operator: *operator,
            asked: asked.allowed(loaded).map_err(Problems::from)?,
        };
        let Self { service, version, look, .. } = *self;
        One { service, deps, secrets: &secrets, version, look }.begin()
    }
}
