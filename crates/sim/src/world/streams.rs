//! The streams between processes: pushed as they grow, asked for where something is missing.

use contracts::{Envelope, Span, Ts};

use super::{Action, World};
use crate::node::StreamKey;

/// The most messages of a stream that answer one question for them.
const PULL_MAX: u64 = 256;
/// The shortest pause between two questions for the same stream.
const ASK_EVERY: Span = Span::from_millis(200);

impl World {
    pub(super) fn pushed(
        &mut self,
        to: usize,
        key: StreamKey,
        index: u64,
        envelope: Envelope,
    ) -> Result<(), String> {
        if !self.nodes[to].is_up() {
            return Ok(());
        }
        match index.cmp(&self.nodes[to].taken(key)) {
            std::cmp::Ordering::Less => Ok(()),
            std::cmp::Ordering::Equal => self.give(to, envelope),
            std::cmp::Ordering::Greater => self.ask(to, key),
        }
    }

    /// Asks whoever offers the stream for what comes next; not again while an answer may be under way.
    pub(super) fn ask(&mut self, by: usize, key: StreamKey) -> Result<(), String> {
        let asked = self.asked.entry((by, key)).or_insert(Ts::ZERO);
        if self.now.since(*asked) < ASK_EVERY {
            return Ok(());
        }
        *asked = self.now;
        let index = self.nodes[by].taken(key);
        for from in 0..self.nodes.len() {
            if from != by && self.nodes[from].heads().any(|(held, _)| held == key) {
                self.transmit(by, from, Action::Pull { from, by, key, index })?;
            }
        }
        Ok(())
    }

    pub(super) fn pulled(
        &mut self,
        from: usize,
        by: usize,
        key: StreamKey,
        index: u64,
    ) -> Result<(), String> {
        if !self.nodes[from].is_up() {
            return Ok(());
        }
        let said = (index..index + PULL_MAX).map_while(|index| self.nodes[from].said(key, index));
        let envelopes: Vec<Envelope> = said.copied().collect();
        if envelopes.is_empty() {
            return Ok(());
        }
        self.transmit(from, by, Action::Batch { to: by, key, index, envelopes })
    }

    pub(super) fn head(&mut self, to: usize, key: StreamKey, length: u64) -> Result<(), String> {
        if self.nodes[to].is_up() && self.nodes[to].taken(key) < length {
            return self.ask(to, key);
        }
        Ok(())
    }

    pub(super) fn heads(&mut self, from: usize) -> Result<(), String> {
        if !self.nodes[from].is_up() {
            return Ok(());
        }
        let heads: Vec<_> = self.nodes[from].heads().collect();
        for (key, length) in heads {
            for to in 0..self.nodes.len() {
                if to != from && self.nodes[to].listens_to(key.1) {
                    self.transmit(from, to, Action::Head { to, key, length })?;
                }
            }
        }
        Ok(())
    }
}
