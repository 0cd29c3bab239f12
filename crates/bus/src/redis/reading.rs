//! The connection that reads streams.

use std::collections::BTreeMap;
use std::time::Duration;

use ::redis::{RedisError, Value, cmd};

use super::Line;
use crate::line::{Fault, Fetching, Found};
use crate::place::{Position, RawId, ReaderName, Stream};
use crate::trust::Mac;

pub(super) struct Reading(pub(super) Line);

/// Where readers of a stream say how far they are.
pub(super) fn position_key(stream: Stream) -> String {
    format!("position:{stream}")
}

impl Fetching for Reading {
    fn fetch(
        &mut self,
        after: &[(Stream, RawId)],
        most: usize,
        patience: Duration,
    ) -> Result<Vec<(Stream, Found)>, Fault> {
        let line = &mut self.0;
        let mut command = cmd("XREAD");
        command.arg("COUNT").arg(most.max(1));
        if !patience.is_zero() {
            // A pause of nothing would be one for ever. The server looks at its clock ten times a second.
            command.arg("BLOCK").arg(patience.as_millis().max(1) as u64);
        }
        command.arg("STREAMS");
        for (stream, _) in after {
            command.arg(stream.to_string());
        }
        for (_, id) in after {
            command.arg(id.to_string());
        }
        let timeout = Some(patience + line.answer_timeout);
        line.connection.set_read_timeout(timeout).map_err(|error| line.fault(&error))?;
        let answer: Result<Value, RedisError> = command.query(&mut line.connection);
        let answer = answer.map_err(|error| line.fault(&error))?;
        found(&answer, after).ok_or_else(|| line.nonsense("an answer of another shape"))
    }

    fn place(&mut self, reader: &ReaderName, read: &[(Stream, Position)]) -> Result<(), Fault> {
        let line = &mut self.0;
        let timeout = Some(line.answer_timeout);
        line.connection.set_read_timeout(timeout).map_err(|error| line.fault(&error))?;
        let mut pipe = ::redis::pipe();
        for (stream, position) in read {
            let key = position_key(*stream);
            pipe.cmd("HSET").arg(key).arg(reader.as_str()).arg(position.to_string()).ignore();
        }
        pipe.exec(&mut line.connection).map_err(|error| line.fault(&error))
    }
}

fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        Value::Nil => Some(&[]),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    std::str::from_utf8(bytes(value)?).ok()
}

/// The entries of each stream that was asked for.
fn found(answer: &Value, asked: &[(Stream, RawId)]) -> Option<Vec<(Stream, Found)>> {
    let names: BTreeMap<String, Stream> =
        asked.iter().map(|(stream, _)| (stream.to_string(), *stream)).collect();
    let mut all = Vec::new();
    for of_stream in items(answer)? {
        let [name, of_stream] = items(of_stream)? else { return None };
        let stream = *names.get(text(name)?)?;
        all.extend(entries(of_stream)?.into_iter().map(|entry| (stream, entry)));
    }
    Some(all)
}

/// A list of entries. What is not one of ours has no code and no text, and will not be believed.
pub(super) fn entries(answer: &Value) -> Option<Vec<Found>> {
    items(answer)?.iter().map(entry).collect()
}

fn entry(value: &Value) -> Option<Found> {
    let [id, fields] = items(value)? else { return None };
    let id = text(id)?.parse().ok()?;
    let mut found = Found { id, before: None, text: Vec::new(), mac: None };
    for pair in items(fields)?.chunks(2) {
        let [name, value] = pair else { return None };
        let value = bytes(value)?;
        match bytes(name)? {
            b"before" => {
                let before = std::str::from_utf8(value).ok();
                found.before = before.and_then(|text| text.parse().ok());
            }
            b"mac" => found.mac = Mac::from_hex(value),
            b"text" => found.text = value.to_vec(),
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn entry_of_somebody_else_is_read_and_has_no_code() {
        let foreign = Value::Array(vec![bulk("7-1"), Value::Array(vec![bulk("a"), bulk("b")])]);
        let found = entry(&foreign).unwrap();
        assert_eq!((found.id, found.before, found.mac), (RawId(7, 1), None, None));
        let broken = Value::Array(vec![bulk("1-1"), Value::Array(vec![bulk("before"), bulk("x")])]);
        assert_eq!(entry(&broken).unwrap().before, None);
        for nonsense in [Value::Int(1), Value::Array(vec![bulk("x-1"), Value::Nil])] {
            assert_eq!(entry(&nonsense), None, "{nonsense:?}");
        }
    }
}
