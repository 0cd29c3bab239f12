//! The feeds: what whoever brings the market data knows of each market, so that a process that has
//! missed something can be given a new beginning.

use std::collections::{BTreeMap, BTreeSet};

use book::Openings;
use contracts::{Envelope, Event, Feed, FeedState, Instrument, MarketStatus, Source, Symbol, Ts};

use super::{Action, World};
use crate::faults::Trouble;

/// How deep the books are that are kept; the markets of trials show no more.
const DEPTH: u16 = 10;

/// All feeds.
pub(super) struct Feeds {
    openings: Openings,
    /// The rules in force.
    rules: BTreeMap<Symbol, Instrument>,
    down: BTreeSet<Symbol>,
    /// What each process has missed.
    missed: Vec<BTreeSet<Symbol>>,
}

impl Feeds {
    /// The feeds of so many processes.
    pub(super) fn new(processes: usize) -> Self {
        let missed = vec![BTreeSet::new(); processes];
        let (openings, rules) = (Openings::new(DEPTH), BTreeMap::new());
        Self { openings, rules, down: BTreeSet::new(), missed }
    }

    /// The market has moved.
    pub(super) fn hear(&mut self, now: Ts, event: &Event) {
        self.openings.hear(now, event);
        if let Event::Instrument(rules) = event {
            self.rules.insert(rules.symbol, *rules);
        }
    }

    /// The markets there are.
    pub(super) fn symbols(&self) -> impl Iterator<Item = Symbol> {
        self.rules.keys().copied()
    }

    /// Whether nothing comes of that market.
    pub(super) fn is_down(&self, symbol: Symbol) -> bool {
        self.down.contains(&symbol)
    }

    /// A process has not heard something of a market.
    pub(super) fn missed(&mut self, node: usize, symbol: Symbol) {
        self.missed[node].insert(symbol);
    }

    /// What somebody is told who subscribes now; `None` in the middle of a message.
    fn opening(&mut self, symbol: Symbol, now: Ts) -> Option<Vec<Event>> {
        let mut opening = self.openings.opening(symbol, now)?;
        opening.push(Event::Feed(Feed { symbol, state: FeedState::Live }));
        Some(opening)
    }
}

impl World {
    /// Now and then the feed of a market breaks, and everybody is told that it did.
    pub(super) fn feeds_break(&mut self) -> Result<(), String> {
        let symbols: Vec<Symbol> = self.feeds.openings.symbols().collect();
        for symbol in symbols {
            if self.dice.chance_ppm(self.faults.feed_break_ppm) && self.feeds.down.insert(symbol) {
                let away = self.delay(self.faults.feed_break_max);
                self.tell_trouble(Trouble::FeedBroke)?;
                self.schedule(self.now + away, Action::FeedBack(symbol));
                for node in 0..self.nodes.len() {
                    self.tell_feed(node, symbol, FeedState::Down)?;
                }
            }
        }
        Ok(())
    }

    /// Now and then a market takes no orders for a while, or not all.
    pub(super) fn markets_close(&mut self) -> Result<(), String> {
        let rules: Vec<Instrument> = self.feeds.rules.values().copied().collect();
        for rules in rules.into_iter().filter(|rules| rules.status == MarketStatus::Online) {
            if self.dice.chance_ppm(self.faults.closed_ppm) {
                let closed =
                    [MarketStatus::PostOnly, MarketStatus::CancelOnly, MarketStatus::Maintenance];
                let status = self.dice.pick(&closed).copied().unwrap_or(MarketStatus::Maintenance);
                let away = self.delay(self.faults.closed_max);
                self.schedule(self.now + away, Action::Opened(rules.symbol));
                self.tell_trouble(Trouble::MarketClosed)?;
                self.market_becomes(rules, status)?;
            }
        }
        Ok(())
    }

    /// A market takes all orders again.
    pub(super) fn opened(&mut self, symbol: Symbol) -> Result<(), String> {
        let Some(rules) = self.feeds.rules.get(&symbol).copied() else { return Ok(()) };
        self.market_becomes(rules, MarketStatus::Online)
    }

    fn market_becomes(&mut self, rules: Instrument, status: MarketStatus) -> Result<(), String> {
        if rules.status == status {
            return Ok(());
        }
        let rules = Instrument { status, valid_from: self.now, ..rules };
        self.market_says(Event::Instrument(rules))
    }

    /// The feed of a market is back, and everybody begins anew with it.
    pub(super) fn feed_back(&mut self, symbol: Symbol) -> Result<(), String> {
        self.feeds.down.remove(&symbol);
        (0..self.nodes.len()).try_for_each(|node| self.subscribe(node, symbol))
    }

    /// Whoever has missed something notices, does not trust what it has any more, and asks anew.
    pub(super) fn find_gaps(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            if !self.hears(node) {
                continue;
            }
            for symbol in std::mem::take(&mut self.feeds.missed[node]) {
                if !self.feeds.is_down(symbol) {
                    self.tell_feed(node, symbol, FeedState::Gap)?;
                }
                let answer = self.delay(self.faults.delay_max);
                self.schedule(self.now + answer, Action::Subscribe(node, symbol));
            }
        }
        Ok(())
    }

    /// A process is told how a market stands now.
    pub(super) fn subscribe(&mut self, node: usize, symbol: Symbol) -> Result<(), String> {
        if self.feeds.is_down(symbol) {
            return self.tell_feed(node, symbol, FeedState::Down);
        }
        let opening = self.feeds.opening(symbol, self.now).filter(|_| self.hears(node));
        let Some(opening) = opening else {
            self.feeds.missed(node, symbol);
            return Ok(());
        };
        let crashes = self.nodes[node].crashes();
        for event in opening {
            let envelope = Envelope::input(Source::MdIngest, self.now, event);
            if self.nodes[node].listens_to(envelope.topic().kind()) {
                self.give(node, envelope)?;
            }
        }
        if self.nodes[node].crashes() > crashes {
            self.feeds.missed(node, symbol);
        }
        Ok(())
    }

    fn tell_feed(&mut self, node: usize, symbol: Symbol, state: FeedState) -> Result<(), String> {
        let envelope =
            Envelope::input(Source::MdIngest, self.now, Event::Feed(Feed { symbol, state }));
        if !self.hears(node) {
            self.feeds.missed(node, symbol);
        }
        if self.nodes[node].listens_to(envelope.topic().kind()) {
            self.give(node, envelope)?;
        }
        Ok(())
    }
}
