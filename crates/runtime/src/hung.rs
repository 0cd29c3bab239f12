//! The note that is left about a machine that hung, or a process that could not go on: a small file in the
//! state folder, of which the next start makes inputs, and which it removes once the journal has them.

use std::io::{self, Read};
use std::path::Path;

use contracts::{
    Cause, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, Origin, Source, Span,
    StrategyControl, StrategyId, StrategyRun, Trip, Ts,
};
use journal::files::Files;
use serde::{Deserialize, Serialize};

const NAME: &str = "hung.json";
const UNFINISHED: &str = "hung.json.part";
/// A note is shorter than this.
const BYTES_MAX: u64 = 1_024;

/// Who hung, when, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HungNote {
    /// The strategy that had the word, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub strategy: Option<StrategyId>,
    /// The input over which it hung. It stands in the journal as the last one of its process, and nothing
    /// that followed from it was told to anybody: a replay that takes it hangs again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input: Option<Cause>,
    /// Since when.
    pub since: Ts,
    /// How long it was waited for.
    pub lasted: Span,
}

impl HungNote {
    /// Leaves it in that folder; it is safe when this returns.
    pub fn leave(&self, files: &dyn Files, folder: &Path) -> io::Result<()> {
        let unfinished = folder.join(UNFINISHED);
        remove(files, &unfinished)?;
        let mut file = files.create(&unfinished)?;
        file.append(&serde_json::to_vec(self)?)?;
        file.sync()?;
        files.rename(&unfinished, &folder.join(NAME))?;
        files.sync_folder(folder)
    }

    /// The note that lies in that folder. One that cannot be read stands for a machine that nobody knows.
    pub fn find(files: &dyn Files, folder: &Path) -> io::Result<Option<Self>> {
        let mut text = Vec::new();
        match files.read(&folder.join(NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?.take(BYTES_MAX).read_to_end(&mut text)?,
        };
        let nobody = Self { strategy: None, input: None, since: Ts::ZERO, lasted: Span::ZERO };
        Ok(Some(serde_json::from_slice(&text).unwrap_or(nobody)))
    }

    /// Removes the note of that folder.
    pub fn clear(files: &dyn Files, folder: &Path) -> io::Result<()> {
        remove(files, &folder.join(NAME))?;
        files.sync_folder(folder)
    }

    /// What the next start takes first: the kill switch trips, as it did when nobody could write that down,
    /// and the strategy is quarantined, where it is known.
    pub fn inputs(&self, now: Ts) -> Vec<Envelope> {
        let trip = Trip { level: KillLevel::Cancel, trigger: KillTrigger::Service };
        let trip = Envelope::input(Source::Runtime, now, Event::Trip(trip));
        let out = self.strategy.map(|strategy| Self::quarantine(strategy, now));
        [trip].into_iter().chain(out).collect()
    }

    fn quarantine(strategy: StrategyId, now: Ts) -> Envelope {
        let control = StrategyControl { run: StrategyRun::Quarantined };
        let corr = Corr::new(strategy, Origin::Strategy, IntentSeq::new(0));
        Envelope::input(Source::Runtime, now, Event::StrategyControl(control)).with_corr(corr)
    }
}

fn remove(files: &dyn Files, path: &Path) -> io::Result<()> {
    match files.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
