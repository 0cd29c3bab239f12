//! What can be asked: the answers of the board as JSON.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::get;
use board::{Board, NotFound, Status, Why};
use contracts::Ts;
use serde::Serialize;
use serde_json::{Value, json};
use telemetry::Clock;

use super::shared::SharedBoard;

#[derive(Clone)]
struct Asked {
    board: SharedBoard,
    clock: Clock,
}

/// A question: its path, and how a board answers it.
type Question = (&'static str, fn(&Board, Ts) -> Value);

/// The questions without anything to fill in.
const QUESTIONS: [Question; 6] = [
    ("/api/status", |board, now| value(&board.status(now))),
    ("/api/orders", |board, _| value(&board.orders())),
    ("/api/positions", |board, _| value(&board.positions())),
    ("/api/fills", |board, _| value(&board.fills())),
    ("/api/balance", |board, now| balance_of(&board.status(now))),
    ("/api/refusals", |board, _| value(&board.refusals())),
];

pub(super) fn routes(board: SharedBoard, clock: Clock) -> Router {
    let mut routes = Router::new().route("/api/why/{id}", get(why));
    for (path, question) in QUESTIONS {
        let answer = move |State(asked): State<Asked>| async move {
            let now = (asked.clock)();
            json_answer(StatusCode::OK, &asked.board.ask(|board| question(board, now)))
        };
        routes = routes.route(path, get(answer));
    }
    routes.with_state(Asked { board, clock })
}

async fn why(State(asked): State<Asked>, Path(id): Path<String>) -> Response<Body> {
    match asked.board.ask(|board| story(board, &id)) {
        Ok(why) => json_answer(StatusCode::OK, &value(&why)),
        Err(not_found) => {
            let status = match not_found {
                NotFound::NotAnId => StatusCode::BAD_REQUEST,
                _ => StatusCode::NOT_FOUND,
            };
            json_answer(status, &json!({ "not_found": not_found }))
        }
    }
}

/// The story of an order, by the beginning of its id or as the one that was refused last.
pub(crate) fn story(board: &Board, id: &str) -> Result<Why, NotFound> {
    if id == "last-refused" { board.why_last_refused() } else { board.why(id) }
}

/// Money: of the account, and of each strategy.
pub(crate) fn balance_of(status: &Status) -> Value {
    let of = |line: &board::StrategyShown| {
        json!({ "strategy": line.strategy, "cash": line.cash, "realised": line.realised,
                "unrealised": line.unrealised, "fees": line.fees })
    };
    let strategies: Vec<Value> = status.strategies.iter().map(of).collect();
    json!({
        "cash": status.cash, "portfolio": status.portfolio, "today": status.today,
        "strategies": strategies, "not_known": status.not_known,
    })
}

/// What stands on the page: everything at once, so that it fits together.
pub(super) fn whole(board: &Board, now: Ts) -> Value {
    json!({
        "status": board.status(now), "orders": board.orders(), "positions": board.positions(),
        "fills": beginning(value(&board.fills())),
        "refusals": beginning(value(&board.refusals())),
    })
}

/// The page shows the latest of a list; the rest can be asked for.
fn beginning(mut list: Value) -> Value {
    const ON_THE_PAGE: usize = 15;
    if let Some(shown) = list["shown"].as_array_mut() {
        let more = shown.len().saturating_sub(ON_THE_PAGE);
        shown.truncate(ON_THE_PAGE);
        list["more"] = Value::from(list["more"].as_u64().unwrap_or(0) + more as u64);
    }
    list
}

/// A view as JSON. Views are plain data, which can always be written.
fn value(view: &impl Serialize) -> Value {
    serde_json::to_value(view).unwrap_or(Value::Null)
}

fn json_answer(status: StatusCode, said: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{said}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
