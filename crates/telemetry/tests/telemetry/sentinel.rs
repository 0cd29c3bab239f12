//! Planted secrets appear nowhere: not in files, compressed files, the terminal, metrics, answers,
//! panics, errors, or whatever `Debug` prints.

use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::sync::Arc;
use std::thread;

use axum::body::Body;
use axum::http::Request;
use contracts::Span;
use telemetry::http::{Endpoint, Token, routes};
use telemetry::{Env, HealthSetup, LogSetup, Notice, Rotation, Said, Service, Unwatchable};

use crate::endpoint::call;
use crate::rig::{RUN, Rig, Wish};

/// As venues give them: base64, with everything in it that some form escapes.
const API_SECRET: &str =
    "FRs+gtq09rR7OFtKj9BGhyOGS3u5vtY/EdiIBO9kD8NFtRX7w7LeJDSrX6cq1D8zmQmGkWFjksuhBvKOAWJohQ==";
/// As people choose them.
const PASSPHRASE: &str = "correct \"horse\" \\ battery, stäple";
/// As programs make them.
const TOKEN: &str = "b7e23ec29af22b0b4e41da31e868d572";

const PLANTED: [&str; 3] = [API_SECRET, PASSPHRASE, TOKEN];

#[derive(Debug)]
struct Careless {
    key: &'static str,
    bytes: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
#[error("signing with {0} failed")]
struct Leaky(&'static str, #[source] std::io::Error);

fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let debug = format!("{secret:?}");
    let list = format!("{bytes:?}");
    let json = serde_json::to_string(secret).unwrap();
    let twice = serde_json::to_string(&json).unwrap();
    let bare = |quoted: &str| quoted[1..quoted.len() - 1].to_owned();
    // A third of it is still too much.
    let begin: String = secret.chars().take(secret.chars().count() / 3).collect();
    vec![secret.to_owned(), begin, hex, bare(&debug), bare(&list), bare(&json), bare(&twice)]
}

fn check(place: &str, text: &str) {
    for secret in PLANTED {
        for form in forms(secret) {
            let shown = text.lines().find(|line| line.contains(&form));
            assert!(shown.is_none(), "{place} shows {form}: {:.300}", shown.unwrap_or_default());
        }
    }
}

fn rig() -> Rig {
    let rotation = Rotation { bytes_max: 20_000, files_max: 50, ..Rotation::DEVELOPMENT };
    let rig = Rig::with(Wish { rotation, ..Wish::default() });
    for secret in PLANTED {
        rig.secrets.register(secret).unwrap();
    }
    rig
}

/// Everything wrong that somebody could do with a secret.
fn spill(rig: &Rig, secret: &'static str) {
    let careless = Careless { key: secret, bytes: secret.as_bytes().to_vec() };
    tracing::subscriber::with_default(rig.log.subscriber(), || {
        tracing::info!("a message with {secret} in it, and {secret:?} again");
        tracing::info!(field = secret, debug = ?careless, "fields");
        tracing::info!(json = %serde_json::json!({"body": secret, "n": 1}), "a body");
        tracing::info!(url = %format!("https://user:{secret}@venue/x?nonce=1&sign={secret}"), "a call");
        tracing::info!("Authorization: Bearer {secret}");
        tracing::info!(padded = %format!("{}{secret}", "x".repeat(8 * 1024 - 20)), "cut in the middle");
        let error = Leaky(secret, std::io::Error::other(format!("key {secret} is unknown")));
        tracing::error!(error = &error as &(dyn std::error::Error + 'static), "an error");
        rig.log.tell(Said::from(Notice::CallFailed { to: "venue", call: "sign" }).because(&error));
        let span = tracing::info_span!("call", trace_id = secret, request_id = %secret);
        span.in_scope(|| tracing::warn!("in a span made of it"));
    });
    assert!(!careless.key.is_empty() && !careless.bytes.is_empty());
}

#[test]
fn planted_secrets_are_in_no_file_and_on_no_terminal() {
    let mut rig = rig();
    for _ in 0..10 {
        for secret in PLANTED {
            spill(&rig, secret);
        }
        rig.drain();
        rig.wait(Span::SECOND);
    }
    let names = rig.place.names();
    assert!(names.iter().any(|name| name.ends_with(".gz")), "{names:?}");
    let mut hidden = 0;
    for name in &names {
        let text = rig.place.text(name);
        crate::contract::check(&crate::rig::lines(&text));
        check(name, &text);
        hidden += text.matches("[redacted]").count();
    }
    check("the terminal", &rig.screen());
    // Twelve places in each spill would show it, were it not hidden.
    assert!(hidden >= 10 * PLANTED.len() * 12, "{hidden}");
}

#[test]
fn sentinel_test_can_fail() {
    let rig = Rig::new();
    spill(&rig, API_SECRET);
    let mut rig = rig;
    rig.drain();
    let text = rig.place.text("njord.jsonl");
    assert!(text.contains(API_SECRET), "not registered, so only telling names hide it");
    assert!(panic::catch_unwind(|| check("the file", &text)).is_err());
}

#[test]
fn panics_are_said_in_the_log_without_secrets() {
    let mut rig = rig();
    let of_process = rig.log.of_process();
    tracing::warn!(secret = API_SECRET, "a library speaks");
    let panicked = thread::Builder::new()
        .name("strategy-3".to_owned())
        .spawn(|| panic!("no order with {API_SECRET} and {PASSPHRASE:?}"))
        .unwrap()
        .join();
    drop(of_process);
    tracing::warn!("nobody hears it");
    assert!(panicked.is_err());
    let lines = rig.lines();
    crate::contract::check(&lines);
    assert_eq!((lines.len(), &lines[0]["msg"]), (2, &"a library speaks".into()));
    assert_eq!(lines[1]["context"]["notice"], "panicked");
    let error = &lines[1]["error"];
    assert_eq!(error["message"], "no order with [redacted] and \"[redacted]\"");
    let stack = error["stack"].as_str().unwrap();
    assert!(stack.contains("sentinel.rs") && stack.ends_with("on thread strategy-3"), "{stack}");
    check("the file", &rig.place.text("njord.jsonl"));
    check("the terminal", &rig.screen());
}

#[tokio::test]
async fn answers_and_metrics_show_no_secret() {
    let rig = rig();
    let mut health = HealthSetup::default();
    health.need(API_SECRET);
    let endpoint = Arc::new(Endpoint {
        metrics: rig.metrics.clone(),
        health: health.done(),
        secrets: rig.secrets.clone(),
        token: Some(Token::new(TOKEN).unwrap()),
        log: rig.log.clone(),
        clock: rig.clock(),
    });
    spill(&rig, TOKEN);
    for path in ["/metrics", "/health", "/ready", "/nowhere"] {
        let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
        let (_, headers, text) =
            call(&routes(Arc::clone(&endpoint)), request.body(Body::empty()).unwrap()).await;
        check(path, &text);
        check(path, &format!("{headers:?}"));
    }
}

#[test]
fn debug_of_everything_public_shows_no_secret() {
    let rig = rig();
    let setup = LogSetup::new(Service::new("x").unwrap(), Env::Dev, RUN);
    let token = Token::new(TOKEN).unwrap();
    let text = format!(
        "{:?} {:?} {:?} {:?} {setup:?} {token:?}",
        rig.secrets, rig.log, rig.metrics, rig.place.0
    );
    check("Debug", &text);
    assert!(text.contains("Secrets(3 registered)") && text.contains("Token(redacted)"));
}

#[test]
fn last_resort_shows_no_secret() {
    let place = crate::rig::Place::new();
    fs::create_dir_all(&place.0).unwrap();
    fs::write(place.0.join(TOKEN), "a file").unwrap();
    let secrets = telemetry::Secrets::default();
    secrets.register(TOKEN).unwrap();
    assert_eq!(secrets.register("short"), Err(Unwatchable::TooShort));
    let rig = Rig::new();
    let mut setup = LogSetup::new(Service::new("x").unwrap(), Env::Dev, RUN);
    setup.folder =
        Some(telemetry::Folder { path: place.0.join(TOKEN), rotation: Rotation::DEVELOPMENT });
    setup.last_resort = Box::new(rig.last_resort.clone());
    let _opened = telemetry::open(setup, rig.clock(), &secrets, &rig.metrics);
    let said = rig.last_resort.text();
    assert!(said.contains("[redacted] for logs cannot be used"), "{said}");
    check("the last resort", &said);
}
