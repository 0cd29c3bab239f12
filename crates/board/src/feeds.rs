//! How well each market is seen, and at what price it stood last.

use contracts::{Envelope, Event, Feed, FeedState, Mark, Price, Symbol, SymbolMap, Ts};

use crate::view::{FeedShown, FeedsShown};

/// More markets than this that are not well are counted, not listed.
const UNWELL_LISTED: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Market {
    state: FeedState,
    seen: Ts,
    price: Option<Price>,
    mark: Option<Mark>,
}

/// Every market that was ever heard of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feeds(SymbolMap<Market>);

impl Feeds {
    /// Takes anything about a market.
    pub(crate) fn hear(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Mark(mark) => self.marked(mark),
            Event::Feed(Feed { symbol, state }) => {
                if let Some(market) = self.market(*symbol) {
                    market.state = *state;
                }
            }
            event => {
                let Some(symbol) = event.topic().symbol() else { return };
                if let Some(market) = self.market(symbol) {
                    market.seen = market.seen.max(envelope.rx);
                }
            }
        }
    }

    fn marked(&mut self, mark: &Mark) {
        if let Some(market) = self.market(mark.symbol) {
            market.state = mark.state;
            market.seen = market.seen.max(mark.seen);
            market.price = mark.value_price().or(market.price);
            market.mark = Some(*mark);
        }
    }

    /// The market of a symbol; none beyond the bound that everything with symbols shares.
    fn market(&mut self, symbol: Symbol) -> Option<&mut Market> {
        if self.0.is_full() && self.0.get(symbol).is_none() {
            return None;
        }
        let new = || Market { state: FeedState::Down, seen: Ts::ZERO, price: None, mark: None };
        Some(self.0.get_or_insert_with(symbol, new))
    }

    /// The price at which a position is valued.
    pub(crate) fn price(&self, symbol: Symbol) -> Option<Price> {
        self.0.get(symbol).and_then(|market| market.price)
    }

    /// By what the gate judged last.
    pub(crate) fn mark(&self, symbol: Symbol) -> Option<Mark> {
        self.0.get(symbol).and_then(|market| market.mark)
    }

    pub(crate) fn shown(&self, now: Ts) -> FeedsShown {
        let shown = |(symbol, market): (Symbol, &Market)| FeedShown {
            symbol,
            state: market.state,
            age: now.since(market.seen),
        };
        let mut all: Vec<FeedShown> = self.0.iter().map(shown).collect();
        all.sort_by(|a, b| b.age.cmp(&a.age).then(a.symbol.cmp(&b.symbol)));
        let is_live = |feed: &&FeedShown| feed.state == FeedState::Live;
        let unwell = all.iter().filter(|feed| !is_live(feed)).take(UNWELL_LISTED);
        FeedsShown {
            known: all.len() as u64,
            live: all.iter().filter(is_live).count() as u64,
            stalest: all.first().copied(),
            unwell: unwell.copied().collect(),
        }
    }
}
