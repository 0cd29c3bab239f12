//! The same way with nothing but PUBLISH and SUBSCRIBE: the same texts, on as many passes, over the same server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;

use bus::{Bus, Channel, Hearing, Message, Writing};
use contracts::testing::symbol;
use contracts::{Topic, TopicKind, codec};

use crate::messages::{message, party};
use crate::way::{GATEWAY, Midway, PASSES, PATIENCE};

/// Channels on which nobody else says anything meanwhile, one of a market and three without a symbol, as those of
/// the services.
const CHANNELS: [TopicKind; 4] =
    [TopicKind::Ticker, TopicKind::Positions, TopicKind::Portfolio, TopicKind::ControlPoll];

/// The beginning and the end of it.
pub(crate) struct Relay {
    mouth: Box<dyn Writing>,
    first: Message,
    end: Box<dyn Hearing>,
}

impl Relay {
    /// Three that pass on, on threads of their own until it is over.
    pub(crate) fn new<'threads>(
        bus: &Arc<dyn Bus>,
        threads: &'threads Scope<'threads, '_>,
        is_over: &'threads AtomicBool,
        midway: &Midway,
    ) -> Self {
        let mut ears =
            CHANNELS.map(|kind| bus.listener(&[Channel::Kind(kind)]).unwrap()).into_iter();
        for pass in 1..PASSES.len() {
            let (mut ear, mut mouth) = (ears.next().unwrap(), bus.writer().unwrap());
            let next = passed_on(pass);
            let midway = (pass == GATEWAY).then(|| midway.clone());
            threads.spawn(move || {
                while !is_over.load(Ordering::Acquire) {
                    if ear.hear(PATIENCE).unwrap().is_some() {
                        midway.iter().for_each(Midway::reached);
                        mouth.tell(std::slice::from_ref(&next)).unwrap();
                    }
                }
            });
        }
        Self { mouth: bus.writer().unwrap(), first: passed_on(0), end: ears.next().unwrap() }
    }

    /// Once all the way.
    pub(crate) fn trip(&mut self) {
        self.mouth.tell(std::slice::from_ref(&self.first)).unwrap();
        while self.end.hear(PATIENCE).unwrap().is_none() {}
    }
}

/// What our services say on that pass, on a channel of the relay.
fn passed_on(pass: usize) -> Message {
    let kind = PASSES[pass];
    let text = codec::to_line(&message(kind, party(kind).0, 1_000)).into_bytes();
    let channel = match CHANNELS[pass] {
        TopicKind::Ticker => Topic::Ticker(symbol("BTC/USD")).to_string(),
        plain => plain.prefix().to_owned(),
    };
    Message { channel, text }
}
