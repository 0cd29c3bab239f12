//! Takes connections and answers them, within bounds that no caller can stretch: how many at a
//! time, how large a head, how long a head may take, how long a connection may live.
//!
//! A caller beyond the bound is told so and let go, so that a flood of idle connections does not hide a
//! health check for long. All connections end with the future that serves them.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time;

/// The bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections at a time.
    pub connections_max: usize,
    /// How large the head of a request may be.
    pub head_bytes_max: usize,
    /// How long the head of a request may take, and how long a connection may wait for the next
    /// one.
    pub head_time_max: Duration,
    /// How long a connection may live; streams are cut too, and come again by themselves.
    pub life_max: Duration,
    /// How long connections may take to end when the service does.
    pub farewell_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 64,
            head_bytes_max: 16 * 1024,
            head_time_max: Duration::from_secs(5),
            life_max: Duration::from_mins(5),
            farewell_max: Duration::from_secs(2),
        }
    }
}

/// What was done until it was told to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Connections taken.
    pub taken: u64,
    /// Connections let go because there were too many.
    pub let_go: u64,
}

/// How many may be told at a time that there are too many; beyond that nobody is told anything.
const TOLD_MAX: usize = 64;
/// How long that may take, and how much of what they ask is read meanwhile.
const TOLD_WITHIN: Duration = Duration::from_secs(1);
const ASKED_BYTES_MAX: u64 = 64 * 1024;
/// After a failed accept (no file handles left, say) the next attempt waits.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is done, then ends all connections.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Served {
    let mut served = Served::default();
    let (mut connections, mut told_to_go) = (JoinSet::new(), JoinSet::new());
    let mut stop = pin!(stop);
    let (told, telling) = tokio::sync::watch::channel(());
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            Some(_) = told_to_go.join_next(), if !told_to_go.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < limits.connections_max => {
                    served.taken += 1;
                    let (routes, mut telling) = (routes.clone(), telling.clone());
                    connections.spawn(async move {
                        let told = async move { drop(telling.changed().await) };
                        converse(stream, routes, limits, told).await;
                    });
                }
                Ok((stream, _)) => {
                    served.let_go += 1;
                    if told_to_go.len() < TOLD_MAX {
                        told_to_go.spawn(let_go(stream, limits.connections_max));
                    }
                }
                Err(_) => time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    drop(told);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = time::timeout(limits.farewell_max, ended).await;
    connections.shutdown().await;
    served
}

/// Says why there is no answer. What they ask is read all the same: a connection that is closed over something
/// unread is reset, and the answer with it.
async fn let_go(mut stream: TcpStream, connections_max: usize) {
    let said = format!(
        "{{\"error\":{{\"what\":\"{connections_max} connections are open, which is all there can be\",\
         \"try\":\"again in a few seconds, with fewer pages and programs that look\"}}}}\n"
    );
    let head = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n\
                content-type: application/json\r\ncache-control: no-store\r\n";
    let answer = format!("{head}content-length: {}\r\n\r\n{said}", said.len());
    let tell = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut asked = stream.take(ASKED_BYTES_MAX);
        tokio::io::copy(&mut asked, &mut tokio::io::sink()).await
    };
    let _ = time::timeout(TOLD_WITHIN, tell).await;
}

/// One connection, until it ends, its time is over, or the service ends. Whatever goes wrong on it
/// is the caller's concern.
async fn converse<S>(stream: S, routes: Router, limits: Limits, stop: impl Future<Output = ()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time_max)
        .max_buf_size(limits.head_bytes_max.max(8_192))
        .max_headers(64)
        .half_close(false);
    let service = TowerToHyperService::new(routes);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let over = async {
        tokio::select! {
            () = stop => {}
            () = time::sleep(limits.life_max) => {}
        }
    };
    tokio::select! {
        _ = connection.as_mut() => return,
        () = over => connection.as_mut().graceful_shutdown(),
    }
    // What is being answered may finish; a caller that does not read loses it.
    let _ = time::timeout(limits.farewell_max, connection).await;
}
