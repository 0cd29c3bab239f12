//! The connection that writes.

use std::collections::BTreeMap;

use ::redis::{Cmd, RedisError, Value, cmd, pipe};

use super::Line;
use super::reading::{entries, position_key};
use super::scripts::{APPEND, GIVE_BACK, LEND};
use crate::line::{
    Answer, Appended, Ask, End, Entry, Fault, Found, Keep, KillKey, Message, Standing, Writing,
};
use crate::place::{Position, RawId, ReaderName, Stream};

/// The first entry, the last one, how many there are, and how far readers are.
type Looked = (Value, Value, u64, Vec<Option<String>>);

/// A connection with our scripts, each under the name that the server gave it.
pub(super) struct Writer {
    line: Line,
    append: String,
    lend: String,
    give_back: String,
}

impl Writer {
    pub(super) fn on(mut line: Line) -> Result<Self, Fault> {
        let mut load = |script| {
            let loaded = cmd("SCRIPT").arg("LOAD").arg(script).query(&mut line.connection);
            loaded.map_err(|error| line.fault(&error))
        };
        let (append, lend, give_back) = (load(APPEND)?, load(LEND)?, load(GIVE_BACK)?);
        Ok(Self { line, append, lend, give_back })
    }

    fn ask<T: ::redis::FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Fault> {
        let answer = command.query(&mut self.line.connection);
        answer.map_err(|error: RedisError| self.line.fault(&error))
    }
}

impl Writing for Writer {
    fn append(
        &mut self,
        stream: Stream,
        after: Position,
        entries: &[Entry],
        most: u64,
    ) -> Result<Appended, Fault> {
        let mut command = cmd("EVALSHA");
        command.arg(&self.append).arg(1).arg(stream.to_string());
        command.arg(after.to_string()).arg(most).arg(stream.channel());
        for Entry { position, before, text, mac } in entries {
            let (position, before) = (position.to_string(), before.to_string());
            command.arg(position).arg(before).arg(mac.to_string()).arg(text.as_slice());
        }
        let answer: Result<(i64, u64), RedisError> = command.query(&mut self.line.connection);
        let (taken, length) = match answer {
            Ok(answer) => answer,
            // Something else stands under the name of the stream: no end of ours is there.
            Err(error) if is_wrong_type(&error) => return Ok(Appended::Elsewhere),
            Err(error) => return Err(self.line.fault(&error)),
        };
        Ok(match usize::try_from(taken) {
            Ok(entries) => Appended::Taken { entries, length },
            Err(_) => Appended::Elsewhere,
        })
    }

    fn tell(&mut self, messages: &[Message]) -> Result<(), Fault> {
        let mut pipe = pipe();
        for Message { channel, text } in messages {
            pipe.cmd("PUBLISH").arg(channel).arg(text.as_slice()).ignore();
        }
        pipe.exec(&mut self.line.connection).map_err(|error| self.line.fault(&error))
    }

    fn look(&mut self, stream: Stream, readers: &[ReaderName]) -> Result<Standing, Fault> {
        let key = stream.to_string();
        let mut pipe = pipe();
        // One step: between two of them the stream could move.
        pipe.atomic();
        pipe.cmd("XRANGE").arg(&key).arg("-").arg("+").arg("COUNT").arg(1);
        pipe.cmd("XREVRANGE").arg(&key).arg("+").arg("-").arg("COUNT").arg(1);
        pipe.cmd("XLEN").arg(&key);
        let names: Vec<&str> = readers.iter().map(ReaderName::as_str).collect();
        // A name that no reader can have, so that the command has at least one.
        pipe.cmd("HMGET").arg(position_key(stream)).arg("").arg(names);
        let answer: Result<Looked, RedisError> = pipe.query(&mut self.line.connection);
        let (first, last, length, positions) = match answer {
            Ok(answer) => answer,
            Err(error) if is_wrong_type(&error) => {
                let readers = vec![None; readers.len()];
                return Ok(Standing { length: 0, first: None, end: End::Strange, readers });
            }
            Err(error) => return Err(self.line.fault(&error)),
        };
        let (first, last) = (self.only(&first)?, self.only(&last)?);
        let end = self.end(&key, last)?;
        let read = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let readers = positions.into_iter().skip(1).map(read).collect();
        Ok(Standing { length, first, end, readers })
    }

    fn clear(&mut self, stream: Stream) -> Result<(), Fault> {
        self.ask(cmd("DEL").arg(stream.to_string()))
    }

    fn trim(&mut self, stream: Stream, keep: Keep) -> Result<(), Fault> {
        let mut command = cmd("XTRIM");
        command.arg(stream.to_string());
        match keep {
            Keep::From(position) => command.arg("MINID").arg("=").arg(position.to_string()),
            Keep::Last(most) => command.arg("MAXLEN").arg("=").arg(most),
        };
        self.ask(&command)
    }

    fn lend(&mut self, ask: &Ask) -> Result<Answer, Fault> {
        let mut command = cmd("EVALSHA");
        command.arg(&self.lend).arg(2).arg(lease_key(ask)).arg(format!("{}:token", lease_key(ask)));
        let term = (ask.term.nanos() / 1_000_000).max(1);
        command.arg(&ask.who).arg(term).arg(ask.above.to_string());
        let token: String = self.ask(&command)?;
        if token == "-1" {
            return Ok(Answer::Theirs);
        }
        let token: u64 = token.parse().map_err(|_| self.line.nonsense("a token is no number"))?;
        let above = token > ask.above;
        above.then_some(Answer::Yours(token)).ok_or_else(|| self.line.nonsense("an old token"))
    }

    fn give_back(&mut self, ask: &Ask) -> Result<(), Fault> {
        let mut command = cmd("EVALSHA");
        command.arg(&self.give_back).arg(1).arg(lease_key(ask)).arg(&ask.who);
        self.ask(&command)
    }

    fn kill_key(&mut self, key: &str) -> Result<KillKey, Fault> {
        let value: Result<Option<Vec<u8>>, RedisError> =
            cmd("GET").arg(key).query(&mut self.line.connection);
        match value {
            Ok(value) => Ok(KillKey::of(value.as_deref())),
            Err(error) if is_wrong_type(&error) => Ok(KillKey::Strange),
            Err(error) => Err(self.line.fault(&error)),
        }
    }
}

impl Writer {
    fn only(&self, answer: &Value) -> Result<Option<Found>, Fault> {
        let found =
            entries(answer).ok_or_else(|| self.line.nonsense("an entry of another shape"))?;
        Ok(found.into_iter().next())
    }

    /// How a stream ends: by its last entry, or in a place where there is none.
    fn end(&mut self, key: &str, last: Option<Found>) -> Result<End, Fault> {
        let info: Result<BTreeMap<String, Value>, RedisError> =
            cmd("XINFO").arg("STREAM").arg(key).query(&mut self.line.connection);
        let info = match (info, &last) {
            (Ok(info), _) => info,
            // No such stream, or something else under its name.
            (Err(error), None) if !error.is_io_error() => {
                let gone: bool = self.ask(cmd("EXISTS").arg(key)).map(|there: u8| there == 0)?;
                return Ok(if gone { End::Nothing } else { End::Strange });
            }
            (Err(error), _) => return Err(self.line.fault(&error)),
        };
        let generated = match info.get("last-generated-id") {
            Some(Value::BulkString(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        };
        let generated: Option<RawId> = generated.and_then(|text| text.parse().ok());
        Ok(match last {
            // Our own connection is the only one that may have appended in between; what others did shows later.
            Some(found) if generated == Some(found.id) => End::At(found),
            None if generated == Some(RawId::default()) => End::Nothing,
            _ => End::Strange,
        })
    }
}

fn is_wrong_type(error: &RedisError) -> bool {
    // The error of a script says it in its words.
    error.code() == Some("WRONGTYPE") || error.to_string().contains("WRONGTYPE")
}

fn lease_key(ask: &Ask) -> String {
    format!("lease:{}", ask.what)
}
