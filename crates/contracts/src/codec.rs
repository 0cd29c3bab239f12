//! The one codec: canonical JSON. Keys in a fixed order, amounts and 64-bit numbers as strings,
//! absent fields left out, no white space, no floats. Equal messages are equal bytes.
//!
//! JSON exists only at the edges: files, sockets, hashes. Between machines an [`Envelope`] is copied.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::control::DecodeFault;
use crate::envelope::{Cause, Envelope};
use crate::event::Event;
use crate::ids::{Corr, Epoch, Seq, Source};
use crate::time::Ts;
use crate::topic::Topic;

/// The longest message that is read, in bytes. Ours are below a kilobyte.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// A message that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("message cannot be read ({fault:?}): {detail}")]
pub struct Unreadable {
    /// The kind of fault, as the dead-letter event carries it.
    pub fault: DecodeFault,
    /// What exactly, for a person.
    pub detail: String,
}

#[derive(Serialize)]
struct Head<'a> {
    v: u8,
    src: Source,
    epoch: Epoch,
    topic: Topic,
    seq: Seq,
    ts: Ts,
    rx: Ts,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corr: Option<Corr>,
    r#type: &'a str,
}

#[derive(Deserialize)]
struct Read<'a> {
    v: u8,
    src: Source,
    epoch: Epoch,
    topic: Topic,
    seq: Seq,
    ts: Ts,
    rx: Ts,
    #[serde(default)]
    cause: Option<Cause>,
    #[serde(default)]
    corr: Option<Corr>,
    r#type: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// The version alone: read first, so that an unknown version is told from a broken message.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// Appends the canonical form of `envelope` to `out`, without a line end.
pub fn write(envelope: &Envelope, out: &mut Vec<u8>) {
    let head = Head {
        v: Envelope::VERSION,
        src: envelope.src,
        epoch: envelope.epoch,
        topic: envelope.topic(),
        seq: envelope.seq,
        ts: envelope.ts,
        rx: envelope.rx,
        cause: envelope.cause,
        corr: envelope.corr,
        r#type: envelope.event.name(),
    };
    // Writing plain data into a vector cannot fail; were it ever to, the line would be cut short and
    // every reader would refuse it.
    let _ = serde_json::to_writer(&mut *out, &head);
    out.pop();
    out.extend_from_slice(b",\"body\":");
    let _ = envelope.event.write_body(out);
    out.push(b'}');
}

/// The canonical form of `envelope`.
pub fn to_line(envelope: &Envelope) -> String {
    let mut out = Vec::with_capacity(512);
    write(envelope, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Reads one message. Unknown fields are ignored; everything else must be as this build writes it.
pub fn read(line: &[u8]) -> Result<Envelope, Unreadable> {
    let unreadable = |fault, detail: String| Unreadable { fault, detail };
    if line.len() > MESSAGE_BYTES_MAX {
        let detail = format!("{} bytes, at most {MESSAGE_BYTES_MAX}", line.len());
        return Err(unreadable(DecodeFault::NotJson, detail));
    }
    let text = core::str::from_utf8(line)
        .map_err(|error| unreadable(DecodeFault::NotJson, error.to_string()))?;
    let by_name = |part: &str, text: &str| {
        // Derived readers also take a list of values in place of named fields; we never write that.
        let named = !text.trim_start().starts_with('[');
        named
            .then_some(())
            .ok_or_else(|| unreadable(DecodeFault::Field, format!("{part} is a list")))
    };
    by_name("the message", text)?;
    let version: Version = serde_json::from_str(text).map_err(|error| {
        let fault = if error.is_data() { DecodeFault::Field } else { DecodeFault::NotJson };
        unreadable(fault, error.to_string())
    })?;
    if version.v != u64::from(Envelope::VERSION) {
        return Err(unreadable(DecodeFault::UnknownVersion, format!("version {}", version.v)));
    }
    let read: Read<'_> = serde_json::from_str(text)
        .map_err(|error| unreadable(DecodeFault::Field, error.to_string()))?;
    debug_assert_eq!(read.v, Envelope::VERSION);
    by_name("the body", read.body.get())?;
    let event = Event::read_body(read.r#type, read.body.get())
        .ok_or_else(|| unreadable(DecodeFault::UnknownType, format!("type {:?}", read.r#type)))?
        .map_err(|error| unreadable(DecodeFault::Field, format!("{}: {error}", read.r#type)))?;
    if event.topic() != read.topic {
        let detail = format!("{} on {}", event.topic(), read.topic);
        return Err(unreadable(DecodeFault::WrongTopic, detail));
    }
    let Read { src, epoch, seq, ts, rx, cause, corr, .. } = read;
    Ok(Envelope { src, epoch, seq, ts, rx, cause, corr, event })
}
