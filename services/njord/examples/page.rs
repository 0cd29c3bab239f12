//! Serves the page of a desk that trades in a simulated world, to be looked at: `page FOLDER` listens on a
//! free port of loopback and says which; it ends when its standard input does. Controls go nowhere, except
//! that a trip is shown.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for looking")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use board::{About, Board, BoardConfig, Drill};
use contracts::{
    Asset, Envelope, Event, KillState, LimitKey, Money, RunId, Source, Span, StrategyId, Ts,
};
use njord::contracts;
use njord::serving::{Parts, Serving, SharedBoard};
use runtime::{ManualClock, Offered, Stop};
use settings::KeyFolder;
use sim::{Faults, Happening, Layout, Observer, Trial};

/// The board is told until then: in the middle of trading.
const UNTIL: Span = Span::from_secs(38);

struct Watch {
    board: Rc<RefCell<Board>>,
    began: Option<Ts>,
    ended: Rc<RefCell<Ts>>,
}

impl Observer for Watch {
    fn happened(&mut self, now: Ts, what: Happening<'_>) -> Result<(), String> {
        let began = *self.began.get_or_insert(now);
        if now.since(began) > UNTIL {
            return Ok(());
        }
        *self.ended.borrow_mut() = now;
        if let Happening::Said(_, envelope) | Happening::VenueSaid(envelope) = what {
            self.board.borrow_mut().hear(envelope);
        }
        Ok(())
    }
}

fn traded() -> (Board, Ts) {
    let trades_for = Span::from_secs(60);
    let (layout, faults) = (Layout::Embedded, Faults::none());
    let trial = Trial { seed: 7, layout, faults, trades_for, spot: true, mischief: true };
    let outcome = trial.run(Vec::new()).unwrap();
    let cash: Vec<(StrategyId, Money)> =
        outcome.accounts.iter().map(|account| (account.strategy, account.start)).collect();
    let began = Ts::from_nanos(1_767_225_600_000_000_000);
    let limits_at = LimitKey::ALL.map(|key| (key, "config/paper.toml:41:1".to_owned()));
    let config = BoardConfig {
        about: About {
            mode: "paper".to_owned(),
            session: RunId::new(7),
            build: "example".to_owned(),
            started: began - Span::DAY.times(6) - Span::MINUTE.times(247),
            settings: String::new(),
            drill: Some(Drill { at: began - Span::DAY.times(2), passed: 60, of: 60 }),
            mirror: None,
        },
        currency: Asset::new("USD").unwrap(),
        roster: cash.iter().map(|(strategy, _)| *strategy).collect(),
        cash,
        daily_loss_cap: Some(Money::from_units(200)),
        daily_loss_kill: Some(Money::from_units(400)),
        limits_at: limits_at.into_iter().collect::<BTreeMap<_, _>>(),
    };
    let board = Rc::new(RefCell::new(Board::from_first(config)));
    let ended = Rc::new(RefCell::new(began));
    let watch = Watch { board: Rc::clone(&board), began: None, ended: Rc::clone(&ended) };
    trial.run(vec![Box::new(watch)]).unwrap();
    let (board, ended) = (board.borrow().clone(), *ended.borrow());
    (board, ended)
}

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    let (board, now) = traded();
    let board = SharedBoard::new(board);
    let shown = board.clone();
    let controls = move |told: Envelope| {
        if let Event::Trip(trip) = told.event {
            let (level, since) = (Some(trip.level), told.ts);
            let state = Event::KillState(KillState { level, trigger: trip.trigger, since });
            shown.hear(&Envelope::input(Source::RiskEngine, told.ts, state));
        }
        Offered::Taken
    };
    let parts = Parts {
        board,
        controls: Arc::new(controls),
        reload: Arc::new(|_| Err("nothing to reload".to_owned())),
        operator: KeyFolder::at(folder.join("var/keys")).operator_public().unwrap(),
        session: RunId::new(7),
        strategies: Vec::new(),
        telemetry: axum::Router::new(),
        clock: ManualClock::at(now + Span::from_millis(400)).handle(),
        entropy: runtime::entropy,
        state: folder.join("var"),
    };
    let serving = Serving::prepare(TcpListener::bind("127.0.0.1:0").unwrap(), parts).unwrap();
    println!("http://{}/", serving.address());
    let stop = Stop::default();
    thread::scope(|threads| {
        threads.spawn(|| serving.run(&stop));
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stop.say();
    });
}
