//! The watcher of the kill switch, as the settings want it.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use contracts::Span;
use runtime::{KeyOnBus, KillFile, KillLimits, KillSource, KillWatch, Notes, Switch};
use settings::{Loaded, ProtectiveOnKill};

/// Reads the sources that the settings name, as often as they say.
pub(super) fn set(
    watch: &mut KillWatch,
    loaded: &Loaded,
    bus: Option<Arc<dyn Bus>>,
    (switch, notes): (Switch, Notes),
) {
    let (kill, execution) = (&loaded.settings().kill, &loaded.settings().execution);
    if kill.sources.contains(&settings::KillSource::File) {
        let file: Box<dyn KillSource> = Box::new(KillFile(loaded.places().kill_file.clone()));
        watch.sources.push(file);
    }
    if let Some(bus) = bus.filter(|_| kill.sources.contains(&settings::KillSource::Key)) {
        watch.sources.push(Box::new(KeyOnBus::new(bus, &kill.key)));
    }
    watch.limits = KillLimits {
        unknown_after: kill.unknown_after,
        level: kill.level,
        keep_guards: kill.protective == ProtectiveOnKill::Keep,
        dead_man: execution.dead_man,
        again_after: Span::from_nanos(execution.deadline.nanos() + execution.grace.nanos()),
        ..KillLimits::default()
    };
    watch.every = duration(kill.poll_every);
    watch.switch = switch;
    watch.notes = Some(notes);
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.nanos().unsigned_abs())
}
