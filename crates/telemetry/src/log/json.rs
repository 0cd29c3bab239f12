//! A record as one line of NDJSON, by the contract of `docs/LOGGING.md`.
//!
//! Every text that is not from the catalogue passes the search for secrets before it is written,
//! and fields with telling names are never shown. The result is one line whatever the texts hold.

use serde::Serialize;
use serde_json::{Map, Value};

use super::record::{Body, Fault, Gathered, Record, Shown, TEXT_MAX};
use crate::calendar::Rfc3339;
use crate::notice::sentence;
use crate::secrecy::{Cut, HIDDEN, Watched, is_secret_name};
use crate::shown_number::millis;

/// What stands in every line of a process.
pub(crate) struct Frame {
    pub(crate) service: String,
    pub(crate) env: &'static str,
    pub(crate) pid: u32,
}

/// The keys of a line, in the order in which they are written.
#[derive(Serialize)]
struct Line<'a> {
    ts: String,
    level: &'static str,
    msg: &'a str,
    component: &'a str,
    env: &'static str,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
struct ErrorPart<'a> {
    r#type: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    stack: &'a str,
}

/// A record in words, with the secrets gone: what both forms of the log are made of.
pub(crate) struct Told {
    pub(crate) message: String,
    pub(crate) component: String,
    pub(crate) trace: Option<String>,
    pub(crate) request: Option<String>,
    pub(crate) context: Map<String, Value>,
    pub(crate) fault: Option<(&'static str, String, String)>,
}

impl Told {
    pub(crate) fn of(record: &Record, frame: &Frame, watched: &Watched) -> Self {
        let mut context = Map::new();
        let mut message = String::new();
        let component = match &record.body {
            Body::Notice(notice) => {
                let mut words = String::new();
                sentence(notice, &mut words);
                watched.clean(&words, Cut::Whole, &mut message);
                context.insert("notice".to_owned(), notice.name().into());
                notice.each(&mut |name, value| put(&mut context, name, value, watched));
                record.component.to_owned()
            }
            Body::Text(text) => {
                clean(&text.message, watched, &mut message);
                for (name, shown) in &text.fields {
                    let value =
                        if is_secret_name(name) { HIDDEN.into() } else { cleaned(shown, watched) };
                    context.insert((*name).to_owned(), value);
                }
                if text.more {
                    context.insert("cut".to_owned(), true.into());
                }
                format!("{}.{}", frame.service, record.component.replace("::", "."))
            }
        };
        if message.is_empty() {
            message.push('-');
        }
        let trace = record.trace.and_then(|trace| unless_secret(trace.to_string(), watched));
        let request = record.request.and_then(|call| unless_secret(call.to_string(), watched));
        let fault = record.fault.as_deref().map(|f| fault(f, watched));
        Self { message, component, trace, request, context, fault }
    }
}

/// A library may put what it likes where an id belongs, and a secret may look like one.
fn unless_secret(id: String, watched: &Watched) -> Option<String> {
    let mut clean = String::new();
    watched.clean(&id, Cut::Whole, &mut clean);
    (clean == id).then_some(id)
}

/// Fields of notices are of closed types; only their texts could hold what somebody chose.
fn put(context: &mut Map<String, Value>, name: &str, value: Value, watched: &Watched) {
    let value = match value {
        Value::Null => return,
        Value::String(text) => {
            let mut shown = String::new();
            watched.clean(&text, Cut::Whole, &mut shown);
            shown.into()
        }
        other => other,
    };
    context.insert(name.to_owned(), value);
}

fn clean(text: &Gathered, watched: &Watched, out: &mut String) {
    watched.clean(&text.held, text.cut(), out);
    if text.cut() == Cut::Short {
        out.push('…');
    }
}

fn cleaned(shown: &Shown, watched: &Watched) -> Value {
    let exactly = |text: String| {
        let mut clean = String::new();
        watched.clean(&text, Cut::Whole, &mut clean);
        (clean != text).then(|| Value::from(clean))
    };
    match shown {
        Shown::Text(text) => {
            let mut out = String::new();
            clean(text, watched, &mut out);
            out.into()
        }
        Shown::Int(number) => exactly(number.to_string()).unwrap_or_else(|| (*number).into()),
        Shown::Uint(number) => exactly(number.to_string()).unwrap_or_else(|| (*number).into()),
        // What JSON has no number for is a text.
        Shown::Float(number) => serde_json::Number::from_f64(*number)
            .map_or_else(|| number.to_string().into(), Value::Number),
        Shown::Bool(truth) => (*truth).into(),
    }
}

fn fault(fault: &Fault, watched: &Watched) -> (&'static str, String, String) {
    let (mut message, mut stack) = (String::new(), String::new());
    clean(&fault.message, watched, &mut message);
    clean(&fault.stack, watched, &mut stack);
    (fault.kind, message, stack)
}

/// Appends the record as one line.
pub(crate) fn write(record: &Record, told: &Told, frame: &Frame, out: &mut Vec<u8>) {
    let part = |(kind, message, stack)| ErrorPart { r#type: kind, message, stack };
    let fault = told.fault.as_ref().map(|(kind, message, stack)| (*kind, &**message, &**stack));
    let error = fault.map(part);
    let line = Line {
        ts: Rfc3339(record.at).to_string(),
        level: record.level.name(),
        msg: &told.message,
        component: &told.component,
        env: frame.env,
        pid: frame.pid,
        trace_id: told.trace.as_deref(),
        request_id: told.request.as_deref(),
        tid: record.thread,
        duration_ms: record.took.map(millis),
        error,
        context: (!told.context.is_empty()).then_some(&told.context),
    };
    let start = out.len();
    if serde_json::to_writer(&mut *out, &line).is_err() {
        out.truncate(start); // cannot happen: every part is a text, a number or a truth
        return;
    }
    out.push(b'\n');
}

/// No line is longer than this: each text may grow sixfold when it is escaped.
pub(crate) const LINE_MAX: usize = 6 * (TEXT_MAX * 3 + 32 * 1024) + 4_096;
