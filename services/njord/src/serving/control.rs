//! `POST /api/control`: pause, resume, flatten, trip, clear, reload, signal.
//!
//! The token is looked at before the body is read. What is taken is offered to the process as an input like
//! any other; whether it had an effect, the status says.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use contracts::{
    ClearKill, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, Origin, RunId, Signal,
    Signature, Source, StrategyControl, StrategyId, StrategyRun, Trip, Ts,
};
use launch::Loosening;
use runtime::Offered;
use serde::Deserialize;
use serde_json::{Value, json};
use settings::OperatorPublic;
use telemetry::Clock;
use telemetry::http::Hosts;

use super::clearing::{Questions, clearing_message};
use super::doorstep::{Token, random_hex};
use super::guard::{objection, only};
use super::shared::SharedBoard;
use super::{Controls, Entropy, Reloads};

/// No control is longer.
const BODY_BYTES_MAX: usize = 4_096;
/// How long a body may take to come, and a door to open.
const PATIENCE: Duration = Duration::from_secs(5);

/// What can be told.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Told {
    /// No entries of a strategy, or of any, pass any more.
    Pause { strategy: Option<StrategyId> },
    /// They pass again.
    Resume { strategy: Option<StrategyId> },
    /// Close everything: the highest level of the kill switch.
    Flatten {},
    /// Trip the kill switch.
    Trip { level: KillLevel },
    /// Go on with the settings as they are in the files now.
    Reload { loosen: Option<Loosening> },
    /// A program outside wants a strategy to have a position.
    Signal(Signal),
    /// What is to be signed in order to clear it?
    AskClear {},
    /// Clear it.
    Clear { question: String, at: Ts, signature: Signature },
}

/// Whoever takes what is told.
pub(super) struct Desk {
    pub(super) token: Token,
    pub(super) controls: Controls,
    pub(super) reload: Reloads,
    pub(super) operator: OperatorPublic,
    pub(super) session: RunId,
    pub(super) strategies: Vec<StrategyId>,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    pub(super) board: SharedBoard,
    pub(super) questions: Questions,
    pub(super) hosts: Hosts,
}

/// What was wrong with a call, and what to try.
struct Refused {
    status: StatusCode,
    what: String,
    advice: String,
}

fn refused(status: StatusCode, what: impl Into<String>, advice: impl Into<String>) -> Refused {
    Refused { status, what: what.into(), advice: advice.into() }
}

pub(super) async fn control(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    desk.take(request).await.map_or_else(Refused::answer, |done| answer(StatusCode::OK, &done))
}

/// Whoever only looks there, or does anything else with it.
pub(super) async fn only_told() -> Response<Body> {
    let what = "controls are told here, and nothing is shown";
    let advice = "POST; GET /api/status shows what became of it";
    refused(StatusCode::METHOD_NOT_ALLOWED, what, advice).answer()
}

impl Refused {
    fn answer(self) -> Response<Body> {
        let Self { status, what, advice } = self;
        let mut response = answer(status, &json!({ "error": { "what": what, "try": advice } }));
        let told = match status {
            StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "Bearer")),
            StatusCode::METHOD_NOT_ALLOWED => Some((ALLOW, "POST")),
            _ => None,
        };
        if let Some((name, value)) = told {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn answer(status: StatusCode, said: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{said}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

impl Desk {
    async fn take(&self, request: Request) -> Result<Value, Refused> {
        if let Some((status, what, advice)) = objection(self.hosts, request.headers()) {
            return Err(refused(status, what, advice));
        }
        self.is_allowed(request.headers())?;
        let body = tokio::time::timeout(PATIENCE, to_bytes(request.into_body(), BODY_BYTES_MAX));
        let body = body.await.map_err(|_| {
            refused(StatusCode::REQUEST_TIMEOUT, "the control did not come to its end", "again")
        })?;
        let body = body.map_err(|_| {
            let what = format!("a control has at most {BODY_BYTES_MAX} bytes");
            refused(StatusCode::PAYLOAD_TOO_LARGE, what, "one control, and nothing else")
        })?;
        let told: Told = serde_json::from_slice(&body).map_err(|error| {
            refused(StatusCode::BAD_REQUEST, format!("that is no control: {error}"), HOW)
        })?;
        self.obey(told).await
    }

    fn is_allowed(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let given = only(headers, AUTHORIZATION.as_str());
        let given = given.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        if given.is_some_and(|given| self.token.is(given.as_bytes())) {
            return Ok(());
        }
        let advice =
            "the line in the file control.token of the state folder; each start has another";
        Err(refused(StatusCode::UNAUTHORIZED, "this takes the control token", advice))
    }

    async fn obey(&self, told: Told) -> Result<Value, Refused> {
        match told {
            Told::Pause { strategy } => self.switch(strategy, StrategyRun::Paused).await,
            Told::Resume { strategy } => self.resume(strategy).await,
            Told::Flatten {} => self.trip(KillLevel::Flatten).await,
            Told::Trip { level } => self.trip(level).await,
            Told::Reload { loosen } => self.reload(loosen).await,
            Told::Signal(signal) => self.signal(signal).await,
            Told::AskClear {} => self.ask_clear(),
            Told::Clear { question, at, signature } => self.clear(&question, at, &signature).await,
        }
    }

    async fn trip(&self, level: KillLevel) -> Result<Value, Refused> {
        let trip = Event::Trip(Trip { level, trigger: KillTrigger::Command });
        self.offer(vec![self.input(trip)]).await?;
        Ok(json!({ "taken": "trip", "level": level }))
    }

    /// It is said in the name of whoever is outside, and may do no more than from there.
    async fn signal(&self, signal: Signal) -> Result<Value, Refused> {
        let now = (self.clock)();
        if signal.expires <= now {
            let what = "the signal has expired, and has no effect";
            return Err(refused(StatusCode::CONFLICT, what, "one that counts for a while yet"));
        }
        if !self.strategies.contains(&signal.strategy) {
            return Err(self.nobody(signal.strategy));
        }
        self.offer(vec![Envelope::input(Source::External, now, Event::Signal(signal))]).await?;
        Ok(json!({ "taken": "signal" }))
    }

    /// The settings are read from files: not on the thread that answers.
    async fn reload(&self, loosen: Option<Loosening>) -> Result<Value, Refused> {
        let reload = Arc::clone(&self.reload);
        match tokio::task::spawn_blocking(move || reload(loosen.as_ref())).await {
            Ok(Ok(taken)) => Ok(taken),
            Ok(Err(why)) => {
                Err(refused(StatusCode::CONFLICT, why, "njord config check, which shows all"))
            }
            Err(_) => {
                let what = "the settings could not be read";
                Err(refused(StatusCode::SERVICE_UNAVAILABLE, what, "njord config check"))
            }
        }
    }

    async fn resume(&self, strategy: Option<StrategyId>) -> Result<Value, Refused> {
        let status = self.board.ask(|board| board.status((self.clock)()));
        if status.kill.level.is_some() {
            let what = "the kill switch is tripped, so nothing that is resumed could act";
            return Err(refused(StatusCode::CONFLICT, what, "njord kill clear"));
        }
        let out = status.strategies.iter().filter(|line| line.run == StrategyRun::Quarantined);
        let out: Vec<StrategyId> = out.map(|line| line.strategy).collect();
        if let Some(strategy) = strategy.filter(|strategy| out.contains(strategy)) {
            let what = format!("{strategy} is quarantined: it panicked, or broke its contract");
            return Err(refused(
                StatusCode::CONFLICT,
                what,
                "the log says why; mend it and restart",
            ));
        }
        self.switch(strategy, StrategyRun::Running).await
    }

    /// Pauses or resumes one strategy, or all of them.
    async fn switch(
        &self,
        strategy: Option<StrategyId>,
        run: StrategyRun,
    ) -> Result<Value, Refused> {
        let whom: Vec<StrategyId> = match strategy {
            None => self.strategies.clone(),
            Some(strategy) if self.strategies.contains(&strategy) => vec![strategy],
            Some(strategy) => return Err(self.nobody(strategy)),
        };
        let control = |strategy: &StrategyId| {
            let corr = Corr::new(*strategy, Origin::Operator, IntentSeq::new(0));
            self.input(Event::StrategyControl(StrategyControl { run })).with_corr(corr)
        };
        let told: Vec<Envelope> = whom.iter().map(control).collect();
        self.offer(told).await?;
        Ok(json!({ "taken": run, "strategies": whom }))
    }

    fn nobody(&self, strategy: StrategyId) -> Refused {
        let known: Vec<String> = self.strategies.iter().map(ToString::to_string).collect();
        let what = format!("no strategy is called {strategy}");
        refused(StatusCode::NOT_FOUND, what, known.join(", "))
    }

    fn ask_clear(&self) -> Result<Value, Refused> {
        let question = random_hex(self.entropy).map_err(|error| {
            let what = format!("no question can be made: {error}");
            refused(StatusCode::SERVICE_UNAVAILABLE, what, "again")
        })?;
        let question = self.questions.ask(question, (self.clock)());
        Ok(json!({ "question": question, "session": self.session }))
    }

    async fn clear(&self, question: &str, at: Ts, signature: &Signature) -> Result<Value, Refused> {
        if !self.questions.answered(question, at, (self.clock)()) {
            let what = "that answers no question of the last minute";
            return Err(refused(StatusCode::CONFLICT, what, "njord kill clear, which asks anew"));
        }
        let message = clearing_message(self.session, question, at);
        if !self.operator.signed(&message, signature) {
            let what = "the operator has not signed that";
            let advice = "the key whose public half is the operator.pub of this system";
            return Err(refused(StatusCode::FORBIDDEN, what, advice));
        }
        let operator = self.operator.fingerprint();
        self.offer(vec![self.input(Event::ClearKill(ClearKill::by(operator)))]).await?;
        Ok(json!({ "taken": "clear", "operator": format!("{operator:08x}") }))
    }

    fn input(&self, event: Event) -> Envelope {
        Envelope::input(Source::Operator, (self.clock)(), event)
    }

    /// Brings controls to the door, which may be slow to open: not on the thread that answers.
    async fn offer(&self, told: Vec<Envelope>) -> Result<(), Refused> {
        let controls = Arc::clone(&self.controls);
        let bringing = tokio::task::spawn_blocking(move || {
            told.into_iter().map(|envelope| controls(envelope)).find(|o| *o != Offered::Taken)
        });
        let advice = "njord kill trip, which also works without the process";
        match tokio::time::timeout(PATIENCE, bringing).await {
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(_)) | Err(_)) => {
                let what = "the process is going down and takes nothing more";
                Err(refused(StatusCode::SERVICE_UNAVAILABLE, what, advice))
            }
            Err(_) => {
                let what = "the process has not taken it yet: too much waits before it";
                Err(refused(StatusCode::SERVICE_UNAVAILABLE, what, advice))
            }
        }
    }
}

const HOW: &str =
    r#"{"do": "trip", "level": "cancel"}; also pause, resume, flatten, clear, reload, signal"#;
