//! `GET /events`: the whole page, told anew whenever something has changed, four times a second at most.
//!
//! It is written once for everybody who looks. Who reads slowly gets the latest and misses what was between;
//! nothing waits for anybody. After so many lookers the next one is told so.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use telemetry::Clock;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time;

use super::answers::whole;
use super::shared::SharedBoard;

/// How many may look at a time. Each holds a connection, of which there are more.
pub(crate) const LOOKERS_MAX: usize = 16;
/// At most four times a second.
const EVERY: Duration = Duration::from_millis(250);
/// Ages grow even where nothing comes: then once a second.
const AT_LEAST_EVERY: u32 = 4;

/// The stream of all who look.
#[derive(Clone)]
pub(super) struct Live {
    board: SharedBoard,
    clock: Clock,
    places: Arc<Semaphore>,
    latest: Arc<Mutex<Option<watch::Sender<Bytes>>>>,
}

impl Live {
    pub(super) fn new(board: SharedBoard, clock: Clock) -> Self {
        let (latest, _) = watch::channel(Bytes::new());
        let latest = Arc::new(Mutex::new(Some(latest)));
        Self { board, clock, places: Arc::new(Semaphore::new(LOOKERS_MAX)), latest }
    }

    /// Tells everybody who looks, for as long as it is let.
    pub(super) async fn tell(self) {
        let mut ticks = time::interval(EVERY);
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let (mut told, mut silent) = (None, 0);
        loop {
            ticks.tick().await;
            let changes = self.board.changes();
            silent += 1;
            if told == Some(changes) && silent < AT_LEAST_EVERY || self.lookers() == 0 {
                continue;
            }
            (told, silent) = (Some(changes), 0);
            let written = self.written();
            self.with(|latest| drop(latest.send_replace(written)));
        }
    }

    /// Ends every stream.
    pub(super) fn end(&self) {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn lookers(&self) -> usize {
        LOOKERS_MAX - self.places.available_permits()
    }

    fn written(&self) -> Bytes {
        let whole = self.board.ask(|board| whole(board, (self.clock)()));
        Bytes::from(format!("event: board\ndata: {whole}\n\n"))
    }

    fn with<T>(&self, of: impl FnOnce(&watch::Sender<Bytes>) -> T) -> Option<T> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(of)
    }
}

pub(super) async fn events(State(live): State<Live>) -> Response<Body> {
    let place = Arc::clone(&live.places).try_acquire_owned();
    let watching = live.with(watch::Sender::subscribe);
    let (Ok(place), Some(mut watching)) = (place, watching) else {
        let text = format!("{LOOKERS_MAX} pages are open, which is all there can be; close one\n");
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    };
    // One waits to be read; a later one replaces what was not handed over yet.
    let (hand_over, read) = mpsc::channel(1);
    let first = Bytes::from([b"retry: 1000\n\n".as_slice(), &live.written()].concat());
    watching.mark_unchanged();
    tokio::spawn(async move {
        let _place = place;
        let mut next = first;
        while hand_over.send(next).await.is_ok() {
            tokio::select! {
                () = hand_over.closed() => return,
                changed = watching.changed() => if changed.is_err() { return },
            }
            next = watching.borrow_and_update().clone();
        }
    });
    let mut response = Response::new(Body::new(Stream(read)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A body that comes as it is handed over.
struct Stream(mpsc::Receiver<Bytes>);

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
