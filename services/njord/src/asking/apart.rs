//! Services that are processes of their own, seen as one: each is asked at its port how it is, and one board is
//! folded from the journals of all of them.

use std::fmt::Write as _;

use board::Board;
use contracts::{RunId, Span, Ts};
use journal::JournalKey;
use launch::{AnswersAt, answers_at, journal_of};
use runtime::wall_clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use settings::{BusKind, KeyFolder};

use super::client::{self, Trouble};
use super::shown::{moment, span};
use super::{Asking, Seen};
use crate::failure::Failure;
use crate::program;
use crate::running;
use crate::serving::{Reached, Together, about, board_config};

/// Who says a word and goes: no service, with a journal all the same.
const OPERATOR: &str = "operator";
/// Whose start is that of the whole.
const GATE: &str = "risk-engine";

/// Services that are processes of their own.
pub(crate) struct Apart {
    services: Vec<ServiceShown>,
    board: Board,
    as_of: Ts,
    now: Ts,
}

/// One of them.
#[derive(Serialize)]
struct ServiceShown {
    service: &'static str,
    standing: Standing,
    /// What is not as it should be there.
    wrong: Vec<String>,
    /// Since when it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Ts>,
    /// The last record of its journal, and when the last message in it was heard; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<Ts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// It runs, and has everything that it needs.
    Up,
    /// It runs, and something is missing.
    NotReady,
    /// Somebody listens there, and gives no answer that a service gives.
    Silent,
    /// Nobody listens there.
    Down,
}

/// What a service answers when it is asked how it is.
#[derive(Deserialize)]
struct Condition {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    ok: bool,
    state: String,
}

impl Asking<'_> {
    /// The services, where the settings have them apart and one of them has ever run.
    pub(crate) fn apart(&self) -> Result<Option<Apart>, Failure> {
        let loaded = &self.loaded;
        if loaded.settings().bus.kind != BusKind::Redis {
            return Ok(None);
        }
        let key = *KeyFolder::at(&loaded.places().keys).journal()?.expose();
        let mut together = Together::new();
        let mut read = |name: &str| -> Result<Option<Reached>, Failure> {
            let folder = journal_of(loaded, name);
            Ok(together.read(name, &folder, &JournalKey::new(key))?)
        };
        let mut services = Vec::new();
        for service in running::services() {
            let reached = read(service.name)?;
            services.push(self.service(service.name, reached));
        }
        read(OPERATOR)?;
        let Some(as_of) = services.iter().filter_map(|shown| shown.as_of).max() else {
            return Ok(None);
        };
        let config = board_config(loaded, about(loaded), Vec::new()).ok_or_else(|| {
            Failure::new("settings", "market.symbols", "there is no market, so there is no account")
        })?;
        let mut board = together.board(config);
        let gate = services.iter().find(|shown| shown.service == GATE);
        if let Some(since) = gate.and_then(|gate| gate.since) {
            board.began(RunId::new(loaded.settings().run.session), program::build(), since);
        }
        Ok(Some(Apart { services, board, as_of, now: wall_clock()() }))
    }

    fn service(&self, service: &'static str, reached: Option<Reached>) -> ServiceShown {
        let (standing, wrong, since) = match answers_at(&self.loaded, service) {
            None => (Standing::Down, Vec::new(), None),
            Some(AnswersAt { address, began, .. }) => match client::get(address, "/ready") {
                Err(Trouble::Nobody) => (Standing::Down, Vec::new(), None),
                Err(trouble) => (Standing::Silent, vec![trouble.to_string()], Some(began)),
                Ok(reply) => {
                    let (standing, wrong) = condition(&reply.body);
                    (standing, wrong, Some(began))
                }
            },
        };
        let (record, as_of) = (reached.map(|it| it.record), reached.and_then(|it| it.as_of));
        ServiceShown { service, standing, wrong, since, record, as_of }
    }
}

fn condition(said: &str) -> (Standing, Vec<String>) {
    let Ok(Condition { checks }) = serde_json::from_str(said) else {
        return (Standing::Silent, vec!["gives an answer that is not understood".to_owned()]);
    };
    let wrong: Vec<String> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| format!("{} {}", check.name, check.state))
        .collect();
    (if wrong.is_empty() { Standing::Up } else { Standing::NotReady }, wrong)
}

impl Apart {
    /// What all of them together come to.
    pub(crate) fn seen<T>(&self, view: impl FnOnce(&Board, Ts) -> T) -> Seen<T> {
        let is_running = self.services.iter().any(|shown| shown.standing != Standing::Down);
        let (at, as_of) =
            if is_running { (self.now, None) } else { (self.as_of, Some(self.as_of)) };
        Seen { view: view(&self.board, at), as_of }
    }

    /// Each of them for programs.
    pub(crate) fn json(&self) -> Value {
        serde_json::to_value(&self.services).unwrap_or(Value::Null)
    }

    /// A line for each of them.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for shown in &self.services {
            let ago = |since: Option<Ts>| {
                span(since.map_or(Span::ZERO, |since| self.now.since(since).max(Span::ZERO)))
            };
            let standing = match shown.standing {
                Standing::Up => format!("up {}", ago(shown.since)),
                Standing::NotReady => format!("up {}, NOT READY", ago(shown.since)),
                Standing::Silent => "SILENT".to_owned(),
                Standing::Down => "DOWN".to_owned(),
            };
            let journal = match (shown.record, shown.as_of) {
                (Some(record), Some(as_of)) => {
                    format!("record {record} of {} UTC", moment(as_of))
                }
                _ => "no journal".to_owned(),
            };
            let wrong = if shown.wrong.is_empty() {
                String::new()
            } else {
                format!(": {}", shown.wrong.join(", "))
            };
            let _ = writeln!(text, " {:<18} {standing}; {journal}{wrong}", shown.service);
        }
        text
    }
}
