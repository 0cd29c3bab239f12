//! The note that is left about a machine that hung, or a process that could not go on: a small file in the
//! state folder, of which the next start makes inputs, and which it removes once the journal has them. Where
//! that folder takes nothing more, another one does.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Where notes are left: in the first of some folders that takes one. They are looked for in all of them.
#[derive(Clone)]
pub struct Notes {
    files: Arc<dyn Files>,
    folders: Vec<PathBuf>,
}

impl Notes {
    /// In those folders of that disk, the likeliest first.
    pub fn new(files: Arc<dyn Files>, folders: Vec<PathBuf>) -> Self {
        Self { files, folders }
    }

    /// Leaves it; it is safe when this returns.
    pub fn leave(&self, note: &HungNote) -> io::Result<()> {
        let mut left = Err(io::Error::from(ErrorKind::NotFound));
        for folder in &self.folders {
            left = note.leave(self.files.as_ref(), folder);
            if left.is_ok() {
                break;
            }
        }
        left
    }

    /// The note that was left, if one was. One that cannot be read stands for a machine that nobody knows.
    pub fn find(&self) -> io::Result<Option<HungNote>> {
        for folder in &self.folders {
            let found = HungNote::find(self.files.as_ref(), folder).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
            });
            if let Some(note) = found? {
                return Ok(Some(note));
            }
        }
        Ok(None)
    }

    /// Removes what was left.
    pub fn clear(&self) -> io::Result<()> {
        self.folders.iter().try_for_each(|folder| HungNote::clear(self.files.as_ref(), folder))
    }
}

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
    fn leave(&self, files: &dyn Files, folder: &Path) -> io::Result<()> {
        let unfinished = folder.join(UNFINISHED);
        remove(files, &unfinished)?;
        let mut file = files.create(&unfinished)?;
        file.append(&serde_json::to_vec(self)?)?;
        file.sync()?;
        files.rename(&unfinished, &folder.join(NAME))?;
        files.sync_folder(folder)
    }

    fn find(files: &dyn Files, folder: &Path) -> io::Result<Option<Self>> {
        let mut text = Vec::new();
        match files.read(&folder.join(NAME)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?.take(BYTES_MAX).read_to_end(&mut text)?,
        };
        let nobody = Self { strategy: None, input: None, since: Ts::ZERO, lasted: Span::ZERO };
        Ok(Some(serde_json::from_slice(&text).unwrap_or(nobody)))
    }

    fn clear(files: &dyn Files, folder: &Path) -> io::Result<()> {
        match files.remove(&folder.join(NAME)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| files.sync_folder(folder)),
        }
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
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use journal::files::RealFiles;

    use super::*;

    #[test]
    fn note_lies_in_the_first_folder_that_takes_one_and_is_found_and_cleared_in_any() {
        let home = tempfile::tempdir().unwrap();
        let (state, logs) = (home.path().join("state"), home.path().join("logs"));
        let notes = Notes::new(Arc::new(RealFiles), vec![state.clone(), logs.clone()]);
        let note = HungNote { strategy: None, input: None, since: Ts::MAX, lasted: Span::SECOND };
        assert!(notes.leave(&note).is_err(), "there is neither");
        assert_eq!(notes.find().unwrap(), None);
        std::fs::create_dir(&logs).unwrap();
        notes.leave(&note).unwrap();
        assert_eq!(notes.find().unwrap(), Some(note));
        std::fs::create_dir(&state).unwrap();
        notes.leave(&HungNote { lasted: Span::ZERO, ..note }).unwrap();
        assert_eq!(notes.find().unwrap().map(|found| found.lasted), Some(Span::ZERO));
        notes.clear().unwrap();
        assert_eq!(notes.find().unwrap(), None);
    }
}
