//! A bell at the folder of a service that is a process of its own: whoever may write there rings it, and the service
//! reads its settings anew, which are files of the same machine. What it refuses, and why, lies there afterwards.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use runtime::Stop;
use settings::Loaded;

use super::loosening::Loosening;
use super::put::put;
use super::state_of;
use super::turns::Reload;

const ASKED: &str = "reload.asked";
const REFUSED: &str = "reload.refused";
/// How often a service listens for it.
const LISTEN_EVERY: Duration = Duration::from_millis(200);

/// The bell of one service.
#[derive(Clone)]
pub struct Bell {
    asked: PathBuf,
    refused: PathBuf,
}

impl Bell {
    /// That of the service of that name.
    pub fn of(loaded: &Loaded, service: &str) -> Self {
        let folder = state_of(loaded, service);
        Self { asked: folder.join(ASKED), refused: folder.join(REFUSED) }
    }

    /// Rings it; with the operator's signature where limits are loosened.
    pub fn ring(&self, loosening: Option<&Loosening>) -> io::Result<()> {
        gone(fs::remove_file(&self.refused))?;
        put(&self.asked, &serde_json::to_string(&loosening)?)
    }

    /// Whether nobody has heard it yet.
    pub fn is_rung(&self) -> bool {
        self.asked.exists()
    }

    /// Why the service did not do what was asked last, if it refused.
    pub fn refusal(&self) -> Option<String> {
        fs::read_to_string(&self.refused).ok().map(|text| text.trim_end().to_owned())
    }

    /// A process that begins has the settings of that moment: whoever rang before it is served.
    pub(super) fn hush(&self) -> io::Result<()> {
        gone(fs::remove_file(&self.asked))
    }

    /// Listens until it is over.
    pub(super) fn keep(&self, reload: &Reload, stop: &Stop) {
        while !stop.wait(LISTEN_EVERY) {
            // Taken away first: whoever rings meanwhile is heard next.
            let heard = self.asked.with_extension("heard");
            if fs::rename(&self.asked, &heard).is_err() {
                continue;
            }
            let asked = fs::read_to_string(&heard).unwrap_or_default();
            if let Err(why) = answer(reload, &asked) {
                self.refuse(&why);
            }
        }
    }

    /// Says why not.
    pub(super) fn refuse(&self, why: &impl Display) {
        // The log says that it did.
        let _ = put(&self.refused, &format!("{why}\n"));
    }
}

fn answer(reload: &Reload, asked: &str) -> Result<(), String> {
    let loosening: Option<Loosening> = serde_json::from_str(asked)
        .map_err(|error| format!("what was asked is not understood: {error}"))?;
    reload.read(loosening.as_ref()).map(drop).map_err(|why| why.to_string())
}

/// What is not there is gone.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
