//! A running server with a board and doors behind it, over real sockets: a process that does as it is told.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use board::{About, Board, BoardConfig};
use contracts::testing::{asset, money, price, qty, secs, strategy, symbol};
use contracts::{
    Breach, Corr, Envelope, Epoch, Event, Figures, IntentSeq, KillLevel, KillState, KillTrigger,
    Label, Lifetime, OrderAccepted, OrderId, OrderKind, OrderSpec, OrderState, OrderUpdate, Origin,
    Place, Reason, Refusal, Report, RunId, Says, Seq, Side, Source, StrategyId, Ts, VenueReason,
};
use njord::contracts;
use njord::serving::{Parts, Serving, SharedBoard, TOKEN_FILE};
use runtime::{ManualClock, Offered, Stop};
use serde_json::Value;
use settings::KeyFolder;
use telemetry::Clock;

use crate::rig::Desk;

/// A running server with a board and doors behind it.
pub(crate) struct Up {
    pub(crate) home: Desk,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) board: SharedBoard,
    offered: Arc<Mutex<Vec<Envelope>>>,
}

pub(crate) fn ema() -> StrategyId {
    strategy("ema_cross")
}

fn empty_board() -> Board {
    Board::from_first(BoardConfig {
        about: About {
            mode: "paper".to_owned(),
            session: RunId::new(7),
            build: "test".to_owned(),
            started: secs(10),
            settings: String::new(),
            drill: None,
            mirror: None,
        },
        currency: asset("USD"),
        roster: vec![ema()],
        cash: vec![(ema(), money("1000"))],
        daily_loss_cap: None,
        daily_loss_kill: None,
        limits_at: std::collections::BTreeMap::new(),
    })
}

/// Runs a server for as long as `with` takes, at a time that stands still.
pub(crate) fn up(with: impl FnOnce(&Up)) {
    up_in(Desk::home(), Offered::Taken, ManualClock::at(secs(100)).handle(), with);
}

/// Runs a server in that home, behind doors that answer so.
pub(crate) fn up_in(home: Desk, answer: Offered, clock: Clock, with: impl FnOnce(&Up)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let board = SharedBoard::new(empty_board());
    let offered = Arc::new(Mutex::new(Vec::new()));
    let (door, obedient) = (Arc::clone(&offered), board.clone());
    let elsewhere = || async { (axum::http::StatusCode::NOT_FOUND, "nothing here\n") };
    let parts = Parts {
        board: board.clone(),
        controls: Arc::new(move |envelope| {
            door.lock().unwrap().push(envelope);
            obey(&obedient, &envelope);
            answer
        }),
        reload: Arc::new(|_| Err("nothing to reload".to_owned())),
        operator: KeyFolder::at(home.path("var/keys")).operator_public().unwrap(),
        session: RunId::new(7),
        strategies: vec![ema(), strategy("market_maker")],
        telemetry: axum::Router::new().fallback(elsewhere),
        clock,
        entropy: runtime::entropy,
        state: home.path("var"),
    };
    let serving = Serving::prepare(listener, parts).unwrap();
    let token = fs::read_to_string(home.path("var").join(TOKEN_FILE)).unwrap().trim().to_owned();
    let up = Up { home, address: serving.address(), token, board, offered };
    let stop = Stop::default();
    thread::scope(|threads| {
        let served = threads.spawn(|| serving.run(&stop));
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| with(&up)));
        stop.say();
        served.join().unwrap().unwrap();
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
    });
    assert!(fs::metadata(up.home.path("var").join(TOKEN_FILE)).is_err(), "the token stayed");
}

/// What a process says to a control.
fn obey(board: &SharedBoard, told: &Envelope) {
    let level = match told.event {
        Event::Trip(trip) => Some(trip.level),
        Event::ClearKill(_) => None,
        _ => return board.hear(told),
    };
    let (trigger, since) = (KillTrigger::Command, told.ts);
    let state = Event::KillState(KillState { level, trigger, since });
    board.hear(&Envelope::input(Source::RiskEngine, told.ts, state));
}

/// An answer: its code, its head in lower case, its body.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Up {
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends bytes as they are and reads the answer to its end.
    pub(crate) fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Whoever is turned away early may not be there to hear the rest.
        let _ = stream.write_all(request);
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8(said).unwrap();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| unreachable!("{said:?}"));
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let (head, body) = (head.to_ascii_lowercase(), body.to_owned());
        Answer { code: code.unwrap(), head, body }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        self.raw(head.as_bytes())
    }

    /// Posts a control with those headers in place of the usual ones of that name.
    pub(crate) fn post(&self, body: &str, others: &[(&str, &str)]) -> Answer {
        let usual = [
            ("host", self.address.to_string()),
            ("content-type", "application/json".to_owned()),
            ("authorization", format!("Bearer {}", self.token)),
        ];
        let replaced = |name: &str| others.iter().any(|(other, _)| *other == name);
        let kept = usual.iter().filter(|(name, _)| !replaced(name));
        let kept = kept.map(|(name, value)| (*name, value.as_str()));
        let mut head = "POST /api/control HTTP/1.1\r\nconnection: close\r\n".to_owned();
        for (name, value) in kept.chain(others.iter().copied()) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n{body}", body.len());
        self.raw(head.as_bytes())
    }

    pub(crate) fn tell(&self, body: &Value) -> Answer {
        self.post(&body.to_string(), &[])
    }

    /// What came to the doors since the last time.
    pub(crate) fn came(&self) -> Vec<Envelope> {
        std::mem::take(&mut self.offered.lock().unwrap())
    }

    /// Opens the stream and reads until the first whole board.
    pub(crate) fn looks(&self) -> TcpStream {
        let mut stream = self.connect();
        let head = format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).unwrap();
        let said = until(&mut stream, "event: board");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        stream
    }
}

/// Reads until that has come.
pub(crate) fn until(stream: &mut TcpStream, wanted: &str) -> String {
    let (mut said, mut bytes) = (String::new(), [0; 4_096]);
    while !said.contains(wanted) {
        let read = stream.read(&mut bytes).unwrap();
        assert!(read > 0, "it ended before {wanted:?}: {said}");
        said += &String::from_utf8_lossy(&bytes[..read]);
    }
    said
}

pub(crate) fn tripped() -> Envelope {
    let (level, trigger) = (Some(KillLevel::Cancel), KillTrigger::Command);
    let state = Event::KillState(KillState { level, trigger, since: secs(99) });
    let mut said = Envelope::input(Source::RiskEngine, secs(99), state);
    (said.epoch, said.seq) = (Epoch(1), Seq::new(1));
    said
}

impl Up {
    /// The gate has refused an order, as large as in the example of `njord why`.
    pub(crate) fn refuses_something(&self) {
        let corr = Corr::new(ema(), Origin::Strategy, IntentSeq::new(1));
        let id = OrderId::from_bits(0xa91c << 112).unwrap();
        let (symbol, kind) = (symbol("BTC/USD"), OrderKind::Market);
        let spec = OrderSpec::new(symbol, Side::Buy, qty("0.5"), kind, Lifetime::UntilCancelled);
        let place =
            Place { id, spec: spec.unwrap(), expires: Ts::MAX, why: Label::new("cross up") };
        let figures = Figures::Money { found: money("30603.65"), allowed: money("10000") };
        let refusal = Refusal {
            id: Some(id),
            fault: None,
            symbol: Some(symbol),
            breach: Breach { reason: Reason::OrderNotional, figures },
            qty_max: qty("0.16337"),
            limits: 7,
            broken: 1,
        };
        for (src, event) in [
            (Source::StrategyEngine, Event::Place(place)),
            (Source::RiskEngine, Event::Refused(refusal)),
        ] {
            self.board.hear(&Envelope::input(src, secs(50), event).with_corr(corr));
        }
    }

    /// An order of a strategy lives at the venue.
    pub(crate) fn has_an_order(&self) {
        let corr = Corr::new(ema(), Origin::Strategy, IntentSeq::new(2));
        let id = OrderId::from_bits(0xb0b0 << 112).unwrap();
        let (symbol, kind) = (symbol("BTC/USD"), OrderKind::Limit(price("60000")));
        let spec = OrderSpec::new(symbol, Side::Buy, qty("0.02"), kind, Lifetime::UntilCancelled);
        let spec = spec.unwrap();
        let report = Report {
            id,
            venue_ref: None,
            symbol: Some(symbol),
            qty: spec.qty(),
            filled: qty("0"),
            limit: spec.limit(),
            at: secs(50),
            answers: None,
            says: Says::Accepted,
            reason: VenueReason::None,
        };
        let update = OrderUpdate {
            id,
            symbol,
            qty: spec.qty(),
            filled: qty("0"),
            limit: spec.limit(),
            venue_ref: None,
            settles: None,
            state: OrderState::New,
            reason: VenueReason::None,
        };
        for (src, event) in [
            (Source::ExecutionGateway, Event::Accepted(OrderAccepted { id, spec })),
            (Source::Venue, Event::Report(report)),
            (Source::ExecutionGateway, Event::Order(update)),
        ] {
            self.board.hear(&Envelope::input(src, secs(50), event).with_corr(corr));
        }
    }
}
