//! The endpoint, over the router and over real sockets on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use contracts::Span;
use telemetry::http::{
    BindFault, Endpoint, Exposure, Hosts, Limits, Served, Token, bind, guarded, routes, serve,
};
use telemetry::{Gate, HealthSetup, Need, Pulse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::rig::{Rig, START, Wish};

const TOKEN: &str = "0123456789abcdef0123";

/// Calls a router as a connection would.
pub(crate) async fn call(
    router: &Router,
    request: Request<Body>,
) -> (StatusCode, HeaderMap, String) {
    let service = hyper_util::service::TowerToHyperService::new(router.clone());
    let response = hyper::service::Service::call(&service, request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(Body::new(body), 1 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

struct Desk {
    rig: Rig,
    router: Router,
    pulse: Pulse,
    need: Need,
}

fn desk(gate: Gate, token: Option<&str>) -> Desk {
    let rig = Rig::with(Wish { gate, ..Wish::default() });
    let mut health = HealthSetup::default();
    let pulse = health.pulse("sequencer", Span::from_secs(5), START);
    let need = health.need("journal");
    let endpoint = Endpoint {
        metrics: rig.metrics.clone(),
        health: health.done(),
        secrets: rig.secrets.clone(),
        token: token.map(|token| Token::new(token).unwrap()),
        log: rig.log.clone(),
        clock: rig.clock(),
    };
    let router =
        guarded(routes(Arc::new(endpoint)), Hosts::at(std::net::Ipv4Addr::LOCALHOST.into()));
    Desk { rig, router, pulse, need }
}

impl Desk {
    async fn get(&self, path: &str, authorization: Option<&str>) -> (u16, String) {
        let mut request = Request::get(path).header("host", "localhost:9100");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let (status, headers, text) =
            call(&self.router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers.contains_key("content-security-policy"));
        assert_eq!(headers["cache-control"], "no-store");
        (status.as_u16(), text)
    }
}

#[tokio::test]
async fn gate_off_answers_health_and_no_metrics() {
    let desk = desk(Gate::Off, None);
    assert_eq!(desk.get("/health", None).await.0, 200);
    let (status, text) = desk.get("/metrics", None).await;
    assert_eq!(status, 404);
    assert!(text.contains("try: NJORD_ENABLE_METRICS=1"), "{text}");
}

#[tokio::test]
async fn metrics_ask_for_the_token_where_there_is_one() {
    let free = desk(Gate::On, None);
    let (status, text) = free.get("/metrics", None).await;
    assert!(status == 200 && text.contains("\nnjord_build_info{"), "{text}");

    let desk = desk(Gate::On, Some(TOKEN));
    for wrong in [None, Some("Bearer 0123456789abcdef0124"), Some("Basic 0123456789abcdef0123")] {
        assert_eq!(desk.get("/metrics", wrong).await.0, 401);
    }
    let right = format!("Bearer {TOKEN}");
    assert_eq!(desk.get("/metrics", Some(&right)).await.0, 200);
    assert_eq!(desk.get("/health", None).await.0, 200, "health needs none");
    let series = "njord_http_requests_total{path=\"metrics\",status=\"refused\"}";
    assert_eq!(desk.rig.number(series), Some(3.0));
}

#[tokio::test]
async fn health_and_ready_tell_what_is_and_what_is_missing() {
    let desk = desk(Gate::On, None);
    let (status, text) = desk.get("/ready", None).await;
    assert_eq!(status, 503);
    assert_eq!(
        text,
        "{\"ok\":false,\"checks\":[{\"name\":\"sequencer\",\"ok\":true,\"state\":\"beating\",\
         \"silent_ms\":0,\"needed\":true},{\"name\":\"journal\",\"ok\":false,\"state\":\"waiting\",\
         \"needed\":true}]}\n"
    );
    desk.need.met();
    assert_eq!(desk.get("/ready", None).await.0, 200);
    assert_eq!(desk.get("/health/readiness", None).await.0, 200);
    desk.rig.wait(Span::from_secs(6));
    for path in ["/health", "/health/liveness", "/ready"] {
        assert_eq!(desk.get(path, None).await.0, 503, "{path}");
    }
    desk.pulse.beat(START + Span::from_secs(6));
    assert_eq!(desk.get("/health", None).await.0, 200);
    let (status, text) = desk.get("/elsewhere", None).await;
    assert!(status == 404 && text.contains("try: /health"), "{text}");
}

#[tokio::test]
async fn another_name_for_this_machine_is_turned_away() {
    let desk = desk(Gate::On, None);
    let request = Request::get("/metrics").header("host", "rebound.example:9100");
    let (status, _, text) = call(&desk.router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!text.contains("njord_"), "{text}");
}

/// Serves on a free port for as long as `during` takes.
async fn serving<T, F: Future<Output = T>>(
    limits: Limits,
    during: impl FnOnce(SocketAddr) -> F,
) -> (T, Served) {
    let desk = desk(Gate::On, None);
    let listener = bind("127.0.0.1:0".parse().unwrap(), Exposure::Loopback).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, desk.router.clone(), limits, async move {
        let _ = stopped.await;
    }));
    let result = during(address).await;
    let _ = stop.send(());
    (result, server.await.unwrap())
}

async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// All that comes until the other side closes; a reset counts as closing.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

const GET: &[u8] = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn socket_answers_and_ends_with_the_service() {
    let (answer, served) = serving(Limits::default(), |address| async move {
        let idle = send(address, b"").await;
        let answer = rest(send(address, GET).await).await;
        drop(idle);
        answer
    })
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\"ok\":true"), "{answer}");
    assert!(served.taken >= 1 && served.let_go == 0, "{served:?}");
}

#[tokio::test]
async fn hostile_heads_are_turned_away_and_others_are_served() {
    let limits = Limits { head_bytes_max: 8 * 1024, ..Limits::default() };
    let long =
        format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    let many = format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "a: b\r\n".repeat(500));
    let bad: [&[u8]; 5] = [
        long.as_bytes(),
        many.as_bytes(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"POST /health HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\nx",
    ];
    serving(limits, |address| async move {
        for head in bad {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let _ = stream.write_all(head).await;
            let _ = stream.shutdown().await;
            let answer = rest(stream).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
        assert!(rest(send(address, GET).await).await.starts_with("HTTP/1.1 200"));
    })
    .await;
}

#[tokio::test]
async fn caller_beyond_the_bound_is_told_so_whatever_it_has_asked() {
    let limits = Limits { connections_max: 2, ..Limits::default() };
    let (answers, served) = serving(limits, |address| async move {
        let held = [send(address, b"GET").await, send(address, b"GET").await];
        // More than any answer waits for: what is left unread would reset the connection, and the answer with it.
        let much = format!("GET /health HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20_000));
        let mut beyond = String::new();
        for asks in [b"".as_slice(), GET, much.as_bytes()] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // The answer is on its way before anything was asked.
            stream.readable().await.unwrap();
            stream.write_all(asks).await.unwrap();
            beyond.clear();
            stream.read_to_string(&mut beyond).await.unwrap();
            assert!(beyond.starts_with("HTTP/1.1 503") && beyond.contains("\"try\""), "{beyond}");
        }
        drop(held);
        let mut later = String::new();
        while !later.starts_with("HTTP/1.1 200") {
            later = rest(send(address, GET).await).await; // until the two have been seen to be gone
        }
        (beyond, later)
    })
    .await;
    assert!(answers.0.starts_with("HTTP/1.1 503"), "{answers:?}");
    assert!(served.let_go >= 1, "{served:?}");
}

#[tokio::test]
async fn caller_who_never_finishes_is_let_go_in_time() {
    let soon = Duration::from_millis(20);
    let quick = Limits { head_time_max: soon, ..Limits::default() };
    let (answer, _) = serving(quick, |address| async move {
        rest(send(address, b"GET /health HTTP/1.1\r\nhost: loc").await).await
    })
    .await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");

    let short = Limits { life_max: soon, farewell_max: soon, ..Limits::default() };
    let keep: &[u8] = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let (answer, _) =
        serving(short, |address| async move { rest(send(address, keep).await).await }).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn service_that_ends_does_not_wait_for_callers_who_stay() {
    let limits = Limits { farewell_max: Duration::from_millis(20), ..Limits::default() };
    let (stream, _) = serving(limits, |address| send(address, b"GET /health HT")).await;
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn port_is_taken_on_loopback_only_unless_more_is_meant() {
    let fault = |address: &'static str| async move {
        bind(address.parse().unwrap(), Exposure::Loopback).await.unwrap_err().to_string()
    };
    for exposed in ["0.0.0.0:0", "[::]:0", "192.0.2.1:9100", "[::ffff:192.0.2.1]:9100"] {
        let text = fault(exposed).await;
        assert!(text.contains("can be reached from other machines; try: 127.0.0.1"), "{text}");
    }
    let open = bind("0.0.0.0:0".parse().unwrap(), Exposure::Network).await.unwrap();
    assert!(open.local_addr().unwrap().ip().is_unspecified());

    let first = bind("127.0.0.1:0".parse().unwrap(), Exposure::Loopback).await.unwrap();
    assert!(first.local_addr().unwrap().ip().is_loopback());
    let taken = bind(first.local_addr().unwrap(), Exposure::Loopback).await.unwrap_err();
    assert!(
        matches!(taken, BindFault::Taken(_)) && taken.to_string().contains("try: njord status")
    );
    let refused = bind("192.0.2.1:9100".parse().unwrap(), Exposure::Network).await.unwrap_err();
    assert!(matches!(refused, BindFault::Refused(..)), "{refused}");
}
