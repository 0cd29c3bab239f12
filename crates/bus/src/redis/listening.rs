//! The connection that hears channels.

use std::collections::VecDeque;
use std::time::Duration;

use ::redis::{Msg, RedisError, Value, cmd};

use super::Line;
use crate::line::{Fault, Hearing, Message};
use crate::place::Channel;

pub(super) struct Listening {
    line: Line,
    /// Came between the confirmations.
    waiting: VecDeque<Message>,
}

impl Listening {
    /// Subscribes, and waits until the server has confirmed each.
    pub(super) fn on(line: Line, channels: &[Channel]) -> Result<Self, Fault> {
        let mut listening = Self { line, waiting: VecDeque::new() };
        let names: Vec<(String, bool)> = channels.iter().map(|channel| channel.name()).collect();
        for (command, is_pattern) in [("SUBSCRIBE", false), ("PSUBSCRIBE", true)] {
            let names: Vec<&str> = names
                .iter()
                .filter(|(_, pattern)| *pattern == is_pattern)
                .map(|(name, _)| name.as_str())
                .collect();
            if !names.is_empty() {
                let packed = cmd(command).arg(&names).get_packed_command();
                listening.subscribe(&packed, names.len())?;
            }
        }
        Ok(listening)
    }

    fn subscribe(&mut self, command: &[u8], mut unconfirmed: usize) -> Result<(), Fault> {
        let line = &mut self.line;
        line.connection.send_packed_command(command).map_err(|error| line.fault(&error))?;
        while unconfirmed > 0 {
            let answer = line.connection.recv_response().map_err(|error| line.fault(&error))?;
            let answer = match answer {
                Value::ServerError(refused) => return Err(line.fault(&refused.into())),
                answer => answer,
            };
            match Msg::from_value(&answer) {
                Some(message) => self.waiting.push_back(said(&message)),
                None => unconfirmed -= 1,
            }
        }
        Ok(())
    }
}

fn said(message: &Msg) -> Message {
    let channel = message.get_channel_name().to_owned();
    Message { channel, text: message.get_payload_bytes().to_vec() }
}

impl Hearing for Listening {
    fn hear(&mut self, patience: Duration) -> Result<Option<Message>, Fault> {
        if let Some(message) = self.waiting.pop_front() {
            return Ok(Some(message));
        }
        let line = &mut self.line;
        let timeout = Some(patience.max(Duration::from_millis(1)));
        line.connection.set_read_timeout(timeout).map_err(|error| line.fault(&error))?;
        let mut wrapper = line.connection.as_pubsub();
        let heard: Result<Msg, RedisError> = wrapper.get_message();
        // Dropped, it would unsubscribe. It holds nothing but the borrow: what it reads it hands out.
        std::mem::forget(wrapper);
        match heard {
            Ok(message) => Ok(Some(said(&message))),
            Err(error) if error.is_timeout() => Ok(None),
            Err(error) => Err(line.fault(&error)),
        }
    }
}
