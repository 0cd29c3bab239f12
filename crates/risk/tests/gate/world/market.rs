//! The markets of the world: what is quoted and traded, and which of it the gate has to judge by.

use contracts::testing::{price, qty, symbol};
use contracts::{
    Event, Feed, FeedState, Instrument, Mark, MarketStatus, Price, Side, Source, Span, Symbol,
    Ticker, Trade, TradeId, Ts,
};

use super::World;
use crate::rig::instrument;

/// Where they begin. The last is quoted seldom and on one side, and nobody ever trades there.
pub(super) const MARKETS: [(&str, &str); 4] =
    [("BTC/USD", "100"), ("ETH/USD", "20"), ("SOL/USD", "5"), (THIN, "2")];
const THIN: &str = "ADA/USD";
/// Nothing is paid with this.
pub(super) const ABROAD: &str = "BTC/EUR";
/// What is older than what is known by more than this, and more than a price may be old, was not late: a clock was
/// set.
const LATE_AT_MOST: Span = Span::from_secs(10);
const MARKED_WITHIN: Span = Span::from_millis(100);

/// A market as it is.
pub(super) struct Quoted {
    /// About what it is worth.
    pub(super) guide: Price,
    /// What the gate has to say of it, once anything was told.
    told: Option<Mark>,
    /// When that changed.
    changed: Ts,
    /// The lowest and highest price traded at since the gate said its last mark.
    reach: Option<(Price, Price)>,
    pub(super) rules: Instrument,
}

impl Quoted {
    pub(super) fn new(name: &str, guide: &str) -> Self {
        let (rules, guide) = (instrument(name), price(guide));
        Self { guide, told: None, changed: Ts::ZERO, reach: None, rules }
    }

    /// What is known is changed at that time.
    fn tell(&mut self, now: Ts) -> &mut Mark {
        self.changed = now;
        self.told.get_or_insert(Mark {
            symbol: self.rules.symbol,
            bid: None,
            ask: None,
            last: None,
            seen: Ts::ZERO,
            quoted: Ts::ZERO,
            traded: Ts::ZERO,
            state: FeedState::Live,
        })
    }

    fn traded_at(&mut self, now: Ts, price: Price, at: Ts, age_max: Span) {
        let mark = self.tell(now);
        if !is_late(at, mark.traded, age_max) {
            (mark.last, mark.traded) = (Some(price), at);
        }
        let (low, high) = self.reach.unwrap_or((price, price));
        self.reach = Some((low.min(price), high.max(price)));
    }
}

fn is_late(at: Ts, known: Ts, age_max: Span) -> bool {
    at < known && known.since(at) <= LATE_AT_MOST.max(age_max)
}

impl World {
    pub(crate) fn guide(&self, symbol: Symbol) -> Price {
        self.quotes[&symbol].guide
    }

    pub(crate) fn market(&mut self) -> Symbol {
        let thin = self.dice.below(12) == 0;
        if thin { symbol(THIN) } else { symbol(self.one_of(&MARKETS[..3]).0) }
    }

    /// An instrument that the gate cannot know: one that nobody told it of, or one that is paid otherwise.
    pub(crate) fn stranger(&mut self) -> Symbol {
        symbol(self.one_of(&[ABROAD, "XYZ/USD"]))
    }

    /// The price moves a bit, and is quoted or traded at.
    pub(super) fn price_moves(&mut self) {
        let market = self.market();
        let at = self.near(self.guide(market), -150, 150);
        self.quotes.get_mut(&market).unwrap().guide = at;
        if self.dice.below(3) == 0 && market != symbol(THIN) {
            return self.trade_prints(market);
        }
        self.quote(market);
    }

    /// When something that is told now was true: seldom a while ago, or by a clock that was set back.
    fn moment(&mut self) -> Ts {
        let now = self.rig.now;
        match self.dice.below(60) {
            0..3 => now - Span::from_millis(self.dice.between(1, 9_000)),
            3 => now - Span::from_millis(self.dice.between(9_000, 60_000)),
            _ => now,
        }
    }

    pub(super) fn quote(&mut self, market: Symbol) {
        let (now, at) = (self.rig.now, self.moment());
        let is_thin = market == symbol(THIN);
        let bid = self.guide(market);
        let ask = bid.plus_ticks(price("0.01"), self.dice.between(0, 4)).unwrap();
        let halves = if is_thin { 2 } else { 25 };
        let bid = Some(bid).filter(|_| self.dice.below(halves) > 0);
        let ask = Some(ask).filter(|_| self.dice.below(halves) > 0);
        let last = bid.filter(|_| !is_thin && self.dice.below(3) > 0);
        let (bid_qty, ask_qty) = (qty("1"), qty("1"));
        let ticker = Ticker { symbol: market, bid, ask, last, bid_qty, ask_qty, at };
        self.rig.say(Source::MdIngest, None, Event::Ticker(ticker));
        let age_max = self.shadow.limits.price_age_max;
        let quoted = self.quotes.get_mut(&market).unwrap();
        let mark = quoted.tell(now);
        mark.seen = now;
        if !is_late(at, mark.quoted, age_max) {
            (mark.bid, mark.ask, mark.quoted) = (bid, ask, at);
        }
        // What was last by an old ticker is not the last any more.
        if let Some(last) = last.filter(|_| at >= mark.traded) {
            quoted.traded_at(now, last, at, age_max);
        }
    }

    fn trade_prints(&mut self, market: Symbol) {
        let (now, at, price) = (self.rig.now, self.moment(), self.guide(market));
        let (id, taker) = (TradeId::new(1), Side::Buy);
        let trade = Trade { symbol: market, price, qty: qty("1"), id, at, taker };
        self.rig.say(Source::MdIngest, None, Event::Trade(trade));
        let age_max = self.shadow.limits.price_age_max;
        let quoted = self.quotes.get_mut(&market).unwrap();
        quoted.tell(now).seen = now;
        quoted.traded_at(now, price, at, age_max);
    }

    pub(super) fn feed(&mut self) {
        let (market, fails, now) = (self.market(), self.dice.below(5) == 0, self.rig.now);
        let state = if fails { FeedState::Gap } else { FeedState::Live };
        self.rig.say(Source::MdIngest, None, Event::Feed(Feed { symbol: market, state }));
        self.quotes.get_mut(&market).unwrap().tell(now).state = state;
    }

    /// The venue says which orders it takes in a market.
    pub(super) fn status(&mut self) {
        let closed = [MarketStatus::PostOnly, MarketStatus::CancelOnly, MarketStatus::Maintenance];
        let (market, closes) = (self.market(), self.dice.below(10) == 0);
        let status = if closes { self.one_of(&closed) } else { MarketStatus::Online };
        let rules = &mut self.quotes.get_mut(&market).unwrap().rules;
        rules.status = status;
        self.rig.say(Source::MdIngest, None, Event::Instrument(*rules));
        self.shadow.markets.get_mut(&market).unwrap().instrument.status = status;
    }

    /// Takes note of what the gate said it judges by.
    pub(crate) fn hear(&mut self) {
        for said in std::mem::take(&mut self.rig.heard) {
            if let Event::Mark(mark) = said.event {
                let quoted = self.quotes.get_mut(&mark.symbol).unwrap();
                assert_eq!(Some(mark), quoted.told, "a mark that nobody quoted");
                self.shadow.marked(mark, quoted.reach.take());
            }
        }
    }

    /// Whatever was told before a round of marks has to be known after it.
    pub(super) fn all_are_marked(&self) {
        for (symbol, quoted) in &self.quotes {
            let age = self.rig.now.since(quoted.changed);
            let is_marked = self.shadow.markets[symbol].mark == quoted.told;
            assert!(is_marked || age < MARKED_WITHIN, "{symbol} was not marked in time");
        }
    }
}
