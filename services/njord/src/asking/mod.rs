//! Asking: of the process that runs, over loopback; where none does, of the journal that it left.
//!
//! That writes nothing and takes no lock, and what is shown says which of the two it is. Where each service is a
//! process of its own, each says at its port how it is and the rest is folded from the journals of all; they are
//! told by the bus, and a word is written down in the operator's journal.

mod apart;
mod client;
mod several;
pub(crate) mod shown;
mod turned;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use board::{Board, Status};
use contracts::Ts;
use journal::JournalKey;
use runtime::Stop;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use settings::{BusKind, KeyFolder, Loaded};

use crate::commands::Context;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::loading::Settings;
use crate::serving::{Door, Doorstep, READ_BYTES_MAX, board_config, fold};
use client::{Reply, Trouble};

pub(crate) use several::Several;

/// Whoever begins or ends just now is waited for.
const LOOKS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What a failure is called where nothing runs.
pub(crate) const NOT_RUNNING: &str = "not-running";

/// An answer, and where it comes from.
#[derive(Debug)]
pub(crate) struct Seen<T> {
    /// What was asked for.
    pub(crate) view: T,
    /// Since when nothing was written any more; nothing where the process runs.
    pub(crate) as_of: Option<Ts>,
}

impl<T> Seen<T> {
    /// A line at the beginning where nothing runs; empty where something does.
    pub(crate) fn note(&self) -> String {
        match self.as_of {
            None => String::new(),
            Some(as_of) => format!("not running; as of {} UTC\n", shown::moment(as_of)),
        }
    }

    /// For programs: beside the answer, where it comes from.
    pub(crate) fn json(&self, name: &str, view: &impl Serialize) -> Value {
        json!({ "running": self.as_of.is_none(), "as_of": self.as_of, name: view })
    }
}

/// Whom to ask, for the settings of a folder.
pub(crate) struct Asking<'a> {
    loaded: Loaded,
    context: &'a Context<'a>,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(settings: &Settings, context: &'a Context<'_>) -> Result<Self, Failure> {
        Ok(Self { loaded: settings.load(context.environment)?, context })
    }

    /// The same to stop what runs, for which settings do not have to be right; with what is wrong with them.
    pub(crate) fn to_get_out(
        settings: &Settings,
        context: &'a Context<'_>,
    ) -> (Self, Vec<Finding>) {
        let (loaded, problems) = settings.load_to_get_out(context.environment);
        let wrong = problems.listed().first().map(|problem| {
            let state = loaded.places().state.display();
            let what =
                format!("{problem}; going on with what can be read: {state} is the state folder");
            Finding::warn("settings", what)
        });
        (Self { loaded, context }, wrong.into_iter().collect())
    }

    /// How this program is called by whoever asks.
    pub(crate) fn typed(&self) -> &str {
        &self.context.program.typed
    }

    /// The settings.
    pub(crate) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Asks by that path, or folds the same from the journal.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        fold_view: impl FnOnce(&Board, Ts) -> T,
    ) -> Result<Seen<T>, Failure> {
        match self.try_ask(path)? {
            Some(reply) if reply.code == 200 => {
                let view = serde_json::from_str(&reply.body).map_err(|error| {
                    let what = format!("answers in a way that is not understood: {error}");
                    self.strange(what)
                })?;
                Ok(Seen { view, as_of: None })
            }
            Some(reply) => Err(self.strange(format!("answers with {}", reply.code))),
            None => self.fold(fold_view),
        }
    }

    /// Folds it from the journal, or from those of services that are processes of their own.
    pub(crate) fn fold<T>(&self, view: impl FnOnce(&Board, Ts) -> T) -> Result<Seen<T>, Failure> {
        if let Some(apart) = self.apart()? {
            return Ok(apart.seen(view));
        }
        let (board, as_of) = self.folded()?;
        Ok(Seen { view: view(&board, as_of), as_of: Some(as_of) })
    }

    /// What a running process answers; nothing where none runs.
    pub(crate) fn try_ask(&self, path: &str) -> Result<Option<Reply>, Failure> {
        let Some(address) = self.address()? else { return Ok(None) };
        match client::get(address, path) {
            Ok(reply) => Ok(Some(reply)),
            Err(trouble) => self.trouble(&trouble),
        }
    }

    /// Whoever ended meanwhile is nobody any more; whoever lives and does not answer is not well.
    fn trouble<T>(&self, trouble: &Trouble) -> Result<Option<T>, Failure> {
        match trouble {
            Trouble::Nobody if self.address()?.is_none() => Ok(None),
            trouble => Err(self.strange(trouble.to_string())),
        }
    }

    /// The state of the running process.
    pub(crate) fn status(&self) -> Result<Option<Status>, Failure> {
        let reply = self.try_ask("/api/status")?;
        Ok(reply.and_then(|reply| serde_json::from_str(&reply.body).ok()))
    }

    /// Tells the running process something; nothing where none runs.
    pub(crate) fn tell(&self, control: &Value) -> Result<Option<Value>, Failure> {
        let Some(address) = self.address()? else { return Ok(None) };
        let state = &self.loaded.places().state;
        let token = Doorstep::token(state).map_err(|error| self.unreadable(&error))?;
        let Some(token) = token else {
            return Err(self.strange("runs, and its control token is gone".to_owned()));
        };
        match client::post(address, "/api/control", &token, &control.to_string()) {
            Ok(reply) => self.told(&reply).map(Some),
            Err(trouble) => self.trouble(&trouble),
        }
    }

    /// The same where something has to run.
    pub(crate) fn tell_running(&self, control: &Value) -> Result<Value, Failure> {
        self.tell(control)?.ok_or_else(|| self.nothing_runs())
    }

    fn told(&self, reply: &Reply) -> Result<Value, Failure> {
        let said: Value = serde_json::from_str(&reply.body)
            .map_err(|_| self.strange(format!("answers with {}", reply.code)))?;
        if reply.code == 200 {
            return Ok(said);
        }
        let word = |name: &str| said["error"][name].as_str().unwrap_or_default().to_owned();
        Err(Failure::new("control", "", word("what")).advice(word("try")))
    }

    /// Nothing runs that could be told anything.
    pub(crate) fn nothing_runs(&self) -> Failure {
        let state = self.loaded.places().state.display().to_string();
        Failure::new(NOT_RUNNING, state, "nothing runs that keeps its state there")
            .advice(format!("{} up", self.context.program.typed))
    }

    fn address(&self) -> Result<Option<SocketAddr>, Failure> {
        let (state, pause) = (&self.loaded.places().state, Stop::default());
        for _ in 0..LOOKS {
            match Doorstep::door(state).map_err(|error| self.unreadable(&error))? {
                Door::Nobody => return Ok(None),
                Door::At(address) => return Ok(Some(address)),
                // At its beginning and at its end for a moment.
                Door::Unknown => drop(pause.wait(LOOK_EVERY)),
            }
        }
        let what = "somebody runs there, and does not say where to call: its files are gone, or the disk was full";
        Err(Failure::new("answer", state.display().to_string(), what).advice(format!(
            "{} kill trip, which needs no answer; then end it, and start it again",
            self.context.program.typed
        )))
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        let state = self.loaded.places().state.display().to_string();
        let advice = match error.kind() {
            ErrorKind::PermissionDenied => "the same as the user that runs it",
            _ => "a state folder on a disk that works",
        };
        Failure::new("state", state, format!("cannot be read: {error}")).advice(advice)
    }

    /// What listens there answers, and not as it should.
    pub(crate) fn strange(&self, what: String) -> Failure {
        let at = self.address().ok().flatten().map_or(String::new(), |at| at.to_string());
        let advice =
            format!("the log, or {} kill trip, which needs no answer", self.context.program.typed);
        Failure::new("answer", at, what).advice(advice)
    }

    /// The board that the journal comes to, and when its last message was heard.
    fn folded(&self) -> Result<(Board, Ts), Failure> {
        let places = self.loaded.places();
        if !places.journal.try_exists().map_err(|error| self.unreadable(&error))? {
            return Err(self.nothing_was(&places.journal));
        }
        let key = KeyFolder::at(&places.keys).journal()?;
        let key = JournalKey::new(*key.expose());
        let about = crate::serving::about(&self.loaded);
        let config = board_config(&self.loaded, about, Vec::new()).ok_or_else(|| {
            Failure::new("settings", "market.symbols", "there is no market, so there is no account")
        })?;
        let folded = fold(&places.journal, &key, config, READ_BYTES_MAX)?;
        let folded = folded.ok_or_else(|| self.nothing_was(&places.journal))?;
        Ok((folded.board, folded.as_of.unwrap_or(Ts::ZERO)))
    }

    fn nothing_was(&self, journal: &Path) -> Failure {
        let typed = &self.context.program.typed;
        let advice = match self.loaded.settings().bus.kind {
            BusKind::None | BusKind::Mirror => format!("{typed} up"),
            BusKind::Redis => format!("{typed} up, or {typed} service NAME for each of the four"),
        };
        let what = "nothing runs, and there is no journal of anything that ran";
        Failure::new(NOT_RUNNING, journal.display().to_string(), what).advice(advice)
    }
}
