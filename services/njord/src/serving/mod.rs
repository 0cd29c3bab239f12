//! What a running system shows and is told over HTTP, on loopback: the page, its live stream, JSON for
//! programs, and the controls.
//!
//! Whoever is on this machine may look; telling takes the token that is made anew at each start and lies in
//! a file only its owner can read, and clearing the kill switch takes the operator's signature besides.
//! Everything here has a bound, and nothing here decides: a control is offered to the process like any
//! other input. It relies on `telemetry` for connections and their limits and on `board` for every answer.

mod answers;
mod clearing;
mod control;
mod doorstep;
mod fold;
mod guard;
mod live;
mod page;
mod shared;
mod together;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use contracts::{Envelope, RunId, StrategyId};
use launch::Loosening;
use runtime::{Offered, Stop};
use serde_json::Value;
use settings::OperatorPublic;
use telemetry::Clock;
use telemetry::http::{Hosts, Limits, Served, guarded, serve};

pub use clearing::clearing_message;
pub use doorstep::{ADDRESS_FILE, LOCK_FILE, TOKEN_FILE};
pub(crate) use doorstep::{Door, Doorstep};
pub use fold::{Folded, READ_BYTES_MAX, board_config, fold};
pub use shared::{BoardEar, BoardOutlet, SharedBoard};

pub(crate) use answers::{balance_of, story};
pub(crate) use fold::{DRILL_FILE, about};
pub(crate) use together::{Reached, Together};

use clearing::Questions;
use control::Desk;
use doorstep::{NotLaid, Token};
use live::Live;

/// Where controls go: the doors of the process.
pub type Controls = Arc<dyn Fn(Envelope) -> Offered + Send + Sync>;
/// Reads the settings anew, and lets the process go on with them: what it takes, or why it does not. Limits that
/// they have loosened take the operator's signature.
pub type Reloads = Arc<dyn Fn(Option<&Loosening>) -> Result<Value, String> + Send + Sync>;
/// Fills bytes with what nobody can guess.
pub type Entropy = fn(&mut [u8]) -> io::Result<()>;

/// How often somebody looks whether it is time to stop.
const STOP_EVERY: Duration = Duration::from_millis(50);

/// What is served, and from what.
pub struct Parts {
    /// Everything that can be asked.
    pub board: SharedBoard,
    /// Where controls go.
    pub controls: Controls,
    /// Reads the settings anew, and lets the process go on with them.
    pub reload: Reloads,
    /// Who may clear the kill switch.
    pub operator: OperatorPublic,
    /// The session.
    pub session: RunId,
    /// The strategies that can be paused.
    pub strategies: Vec<StrategyId>,
    /// `/metrics`, `/health` and `/ready`, with their answer to whatever is not there.
    pub telemetry: Router,
    /// Tells the time.
    pub clock: Clock,
    /// What nobody can guess.
    pub entropy: Entropy,
    /// The folder in which commands look for the token and the address.
    pub state: PathBuf,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum NotServing {
    /// The port was taken and cannot be used.
    #[error("the port cannot be listened on: {0}")]
    Port(io::Error),
    /// The files of the doorstep.
    #[error("{}: cannot be written: {why}; try: a state folder that this user owns", path.display())]
    Doorstep {
        /// Which.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// The state folder is somebody else's, who lives.
    #[error("{}: another process keeps its state there; try: stop it, or another run.state", .0.display())]
    Taken(PathBuf),
    /// No token can be made.
    #[error("the system gives nothing that cannot be guessed: {0}")]
    Entropy(io::Error),
}

/// Ready to serve: the port is taken, the token lies in its file.
pub struct Serving {
    listener: TcpListener,
    address: SocketAddr,
    doorstep: Doorstep,
    live: Live,
    routes: Router,
}

impl Serving {
    /// Makes a token and puts it where commands find it. The listener is one that [`telemetry`] would allow:
    /// on loopback, unless somebody asked for more in so many words.
    pub fn prepare(listener: TcpListener, parts: Parts) -> Result<Self, NotServing> {
        listener.set_nonblocking(true).map_err(NotServing::Port)?;
        let address = listener.local_addr().map_err(NotServing::Port)?;
        let token = Token::new(parts.entropy).map_err(NotServing::Entropy)?;
        let doorstep = match Doorstep::lay(&parts.state, from_here(address), &token) {
            Ok(doorstep) => doorstep,
            Err(NotLaid::Taken) => return Err(NotServing::Taken(parts.state)),
            Err(NotLaid::Unwritable(path, why)) => return Err(NotServing::Doorstep { path, why }),
        };
        let Parts { board, controls, reload, operator, session, strategies, telemetry, .. } = parts;
        let (clock, entropy) = (parts.clock, parts.entropy);
        let live = Live::new(board.clone(), clock.clone());
        let shown = Router::new()
            .route("/", get(page::page).with_state(entropy))
            .route("/events", get(live::events).with_state(live.clone()))
            .merge(answers::routes(board.clone(), clock.clone()))
            .merge(telemetry);
        let questions = Questions::default();
        let desk = Desk {
            token,
            controls,
            reload,
            operator,
            session,
            strategies,
            clock,
            entropy,
            board,
            questions,
            hosts: Hosts::at(address.ip()),
        };
        let control = post(control::control).fallback(control::only_told);
        let told = Router::new().route("/api/control", control);
        let told = told.with_state(Arc::new(desk));
        let routes = guarded(shown, Hosts::at(address.ip())).merge(told);
        Ok(Self { listener, address, doorstep, live, routes })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves on this thread until it is told to stop; then the files of the doorstep go.
    pub fn run(self, stop: &Stop) -> Result<Served, NotServing> {
        let Self { listener, live, routes, doorstep, .. } = self;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(NotServing::Port)?;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).map_err(NotServing::Port)?;
            let telling = tokio::spawn(live.clone().tell());
            let served = serve(listener, routes, Limits::default(), stopped(stop, live)).await;
            telling.abort();
            Ok(served)
        });
        // A control that waits at a door that is never opened is not waited for.
        runtime.shutdown_background();
        doorstep.clear();
        served
    }
}

/// Where a command on this machine reaches whoever listens there: on every address is on loopback, too.
fn from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Waits for the word; then the streams are ended, so that nobody waits for them.
async fn stopped(stop: &Stop, live: Live) {
    while !stop.is_said() {
        tokio::time::sleep(STOP_EVERY).await;
    }
    live.end();
}
