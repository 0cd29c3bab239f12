//! The endpoint: `/metrics`, `/health` and `/ready`, on loopback, for programs on this machine.
//!
//! The routes are a plain `axum::Router`, so that a later page can be merged into them and share
//! guard, bounds and port. Nothing here changes anything: every route reads.

mod bind;
mod guard;
mod serve;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::get;

use crate::health::{Condition, Health};
use crate::log::{Clock, Log};
use crate::metrics::{Gate, Metrics, PathKind, StatusClass};
use crate::notice::Notice;
use crate::secrecy::Secrets;

pub use bind::{BindFault, Exposure, bind};
pub use guard::{Hosts, InvalidToken, Token, guarded};
pub use serve::{Limits, Served, serve};

/// What the endpoint answers from.
pub struct Endpoint {
    /// The numbers.
    pub metrics: Metrics,
    /// How the service is.
    pub health: Health,
    /// What must appear nowhere.
    pub secrets: Secrets,
    /// What `/metrics` asks for, where it asks for something.
    pub token: Option<Token>,
    /// Where refused calls are noted.
    pub log: Log,
    /// Tells the time.
    pub clock: Clock,
}

/// The routes, without guard; see [`guarded`].
pub fn routes(endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/health/liveness", get(health))
        .route("/ready", get(ready))
        .route("/health/readiness", get(ready))
        .fallback(elsewhere)
        .with_state(endpoint)
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// The format that Prometheus has read since its beginnings.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

async fn metrics(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap) -> Response<Body> {
    let (status, kind, text) = endpoint.metrics_text(&headers);
    let mut response = answer(status, kind, text);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    endpoint.note(PathKind::Metrics, status);
    response
}

async fn health(State(endpoint): State<Arc<Endpoint>>) -> Response<Body> {
    let condition = endpoint.health.alive((endpoint.clock)());
    endpoint.condition(PathKind::Health, &condition)
}

async fn ready(State(endpoint): State<Arc<Endpoint>>) -> Response<Body> {
    let condition = endpoint.health.ready((endpoint.clock)());
    endpoint.condition(PathKind::Ready, &condition)
}

async fn elsewhere(State(endpoint): State<Arc<Endpoint>>) -> Response<Body> {
    endpoint.note(PathKind::Elsewhere, StatusCode::NOT_FOUND);
    answer(StatusCode::NOT_FOUND, TEXT, "nothing here; try: /health, /ready, /metrics\n".to_owned())
}

impl Endpoint {
    fn metrics_text(&self, headers: &HeaderMap) -> (StatusCode, &'static str, String) {
        if self.metrics.gate() == Gate::Off {
            let hint = "metrics are off; try: NJORD_ENABLE_METRICS=1 and a restart\n";
            return (StatusCode::NOT_FOUND, TEXT, hint.to_owned());
        }
        if self.token.as_ref().is_some_and(|token| !token.opens(headers)) {
            let hint =
                "this takes the metrics token; try: the header Authorization: Bearer TOKEN\n";
            return (StatusCode::UNAUTHORIZED, TEXT, hint.to_owned());
        }
        match self.metrics.text(&self.secrets) {
            Ok(text) => (StatusCode::OK, EXPOSITION, text),
            Err(fault) => {
                (StatusCode::INTERNAL_SERVER_ERROR, TEXT, self.secrets.cleaned(&fault.to_string()))
            }
        }
    }

    fn condition(&self, path: PathKind, condition: &Condition) -> Response<Body> {
        let status = if condition.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        self.note(path, status);
        let text = serde_json::to_string(condition).unwrap_or_else(|_| "{\"ok\":false}".to_owned());
        answer(status, JSON, self.secrets.cleaned(&text) + "\n")
    }

    /// Counts the call. Health that is not well is an answer, not a call turned away.
    fn note(&self, path: PathKind, status: StatusCode) {
        let class = match status.as_u16() {
            200..=399 => StatusClass::Ok,
            400..=499 => StatusClass::Refused,
            _ => StatusClass::Failed,
        };
        self.metrics.answered(path, class);
        let why = match status {
            StatusCode::UNAUTHORIZED => "no or a wrong token",
            StatusCode::NOT_FOUND => "nothing there",
            _ => return,
        };
        self.log.tell(Notice::HttpTurnedAway { status: status.as_u16(), why });
    }
}

fn answer(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
