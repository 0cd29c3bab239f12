//! The line to the client: one message a line, over standard input and output.
//!
//! A line has a bound, and so has the number of questions that wait for their answers: who asks more is not heard until
//! some are answered. When the client hangs up, what it asked before is still answered. What is no message is passed
//! over, or answered as such where it is JSON.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{ClientNotification, ErrorData, JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::Notify;

/// No message is longer: what can be asked here fits into a hundredth of it.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;
/// So many questions wait for their answers at most.
const OPEN_MAX: usize = 16;

type Said = RxJsonRpcMessage<RoleServer>;
type Answered = TxJsonRpcMessage<RoleServer>;

/// Both directions.
pub(super) struct Pipe<I, O> {
    from: BufReader<I>,
    /// What has come of a line so far.
    line: Vec<u8>,
    /// Nothing more is heard.
    ended: bool,
    ends: Arc<Ends<O>>,
}

/// What answers need, which are sent while others are still being worked out.
struct Ends<O> {
    to: tokio::sync::Mutex<O>,
    /// The questions that wait.
    open: Mutex<Vec<RequestId>>,
    /// One of them does not wait any more.
    answered: Notify,
    trouble: Arc<Trouble>,
}

/// Why the line was cut, where it was not the client's wish.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<String>>);

impl Trouble {
    fn is(&self, what: &str) {
        *locked(&self.0) = Some(what.to_owned());
    }

    /// What it was, if there was any.
    pub(super) fn was(&self) -> Option<String> {
        locked(&self.0).take()
    }
}

/// What a look at the line comes to.
enum Came {
    Line,
    End,
    TooMuch,
}

impl<I: AsyncRead + Unpin, O> Pipe<I, O> {
    pub(super) fn new(from: I, to: O, trouble: Arc<Trouble>) -> Self {
        let (to, open) = (tokio::sync::Mutex::new(to), Mutex::new(Vec::new()));
        let ends = Ends { to, open, answered: Notify::new(), trouble };
        let (from, line) = (BufReader::new(from), Vec::new());
        Self { from, line, ended: false, ends: Arc::new(ends) }
    }

    /// Waits for a line. Whoever stops waiting in the middle goes on where it was.
    async fn come(&mut self) -> Came {
        loop {
            let Ok(held) = self.from.fill_buf().await else { return Came::End };
            if held.is_empty() {
                return if self.line.is_empty() { Came::End } else { Came::Line };
            }
            let end = held.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(held.len(), |end| end + 1);
            if self.line.len() + part > LINE_BYTES_MAX {
                return Came::TooMuch;
            }
            self.line.extend_from_slice(&held[..part]);
            self.from.consume(part);
            if end.is_some() {
                return Came::Line;
            }
        }
    }
}

impl<O> Ends<O> {
    /// Waits until no more questions wait than that.
    async fn room(&self, at_most: usize) {
        while locked(&self.open).len() > at_most {
            self.answered.notified().await;
        }
    }

    /// A question came, or was called off.
    fn heard(&self, said: &Said) {
        match said {
            JsonRpcMessage::Request(request) => {
                let mut open = locked(&self.open);
                if !open.contains(&request.id) {
                    open.push(request.id.clone());
                }
            }
            JsonRpcMessage::Notification(told) => {
                if let ClientNotification::CancelledNotification(cancelled) = &told.notification {
                    self.close(cancelled.params.request_id.as_ref());
                }
            }
            _ => {}
        }
    }

    fn close(&self, id: Option<&RequestId>) {
        if let Some(id) = id {
            locked(&self.open).retain(|open| open != id);
            self.answered.notify_one();
        }
    }
}

impl<I, O> Transport<RoleServer> for Pipe<I, O>
where
    I: AsyncRead + Send + Unpin,
    O: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: Answered,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let ends = Arc::clone(&self.ends);
        async move {
            let id = match &item {
                JsonRpcMessage::Response(response) => Some(response.id.clone()),
                JsonRpcMessage::Error(error) => error.id.clone(),
                _ => None,
            };
            let mut line = serde_json::to_vec(&item).map_err(io::Error::other)?;
            line.push(b'\n');
            let mut to = ends.to.lock().await;
            let written = async {
                to.write_all(&line).await?;
                to.flush().await
            };
            let written = written.await;
            ends.close(id.as_ref());
            written
        }
    }

    async fn receive(&mut self) -> Option<Said> {
        loop {
            if self.ended {
                self.ends.room(0).await;
                return None;
            }
            self.ends.room(OPEN_MAX - 1).await;
            match self.come().await {
                Came::Line => {}
                Came::End => {
                    self.ended = true;
                    continue;
                }
                Came::TooMuch => {
                    self.ends.trouble.is("a line is longer than any message is");
                    self.ended = true;
                    continue;
                }
            }
            let line = std::mem::take(&mut self.line);
            match serde_json::from_slice::<Said>(&line) {
                Ok(said) => {
                    self.ends.heard(&said);
                    return Some(said);
                }
                Err(error) if error.is_data() => {
                    let what =
                        ErrorData::invalid_request(format!("this is no request: {error}"), None);
                    let _ = self.send(Answered::error(what, id_in(&line))).await;
                }
                Err(_) => {}
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.ends.to.lock().await.flush().await
    }
}

/// The id of something that is no request.
fn id_in(line: &[u8]) -> Option<RequestId> {
    let said: serde_json::Value = serde_json::from_slice(line).ok()?;
    serde_json::from_value(said.get("id")?.clone()).ok()
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
