//! What is said, message by message.

use book::{Applied, Book, State};
use contracts::{Envelope, Event, Instrument, Level, Price, Qty, Side, Source};
use contracts::{Symbol, SymbolMap, Ticker, Trade, Ts, codec};
use simvenue::synthetic::{Market, Streams, SymbolConfig, btc_usd, eth_usd, sol_usd};

use crate::{all_four, market};

/// The hashes of the first 100 000 messages of each preset with seed 7, and of all four together.
/// They change only when the market is meant to be another one; they are the same on every machine, in
/// debug and release.
const GOLDEN: [u64; 5] = [
    0xd3f8_61b3_9eb4_2098,
    0xf87b_fd4a_fe04_fb63,
    0x5f0e_9170_4d17_492b,
    0xa706_b92a_aab0_dbd5,
    0x3357_2d0c_34a2_e364,
];

/// FNV-1a over canonical lines.
fn hash(market: Market, messages: usize) -> u64 {
    let (mut hash, mut line) = (0xcbf2_9ce4_8422_2325_u64, Vec::new());
    for (at, event) in market.take(messages) {
        line.clear();
        codec::write(&Envelope::input(Source::MdIngest, at, event), &mut line);
        line.push(b'\n');
        for &byte in &line {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

#[test]
fn market_same_seed_same_bytes_as_ever() {
    let of = |symbols: &[SymbolConfig]| hash(market(Streams::CheckedBook, symbols, 7), 100_000);
    let [btc, doge, eth, sol] = all_four().map(|preset| of(&[preset]));
    assert_eq!([btc, doge, eth, sol, of(&all_four())], GOLDEN);
}

#[test]
fn market_other_seed_other_bytes() {
    let of = |seed| hash(market(Streams::Trades, &all_four(), seed), 1_000);
    assert_ne!(of(1), of(2));
    assert_ne!(of(0), of(u64::MAX));
}

fn trades(market: Market, symbol: Symbol, count: usize) -> Vec<Trade> {
    let trades = market.filter_map(|(_, event)| match event {
        Event::Trade(trade) if trade.symbol == symbol => Some(trade),
        _ => None,
    });
    trades.take(count).collect()
}

#[test]
fn trades_the_same_whatever_else_is_said() {
    let symbol = btc_usd().instrument.symbol;
    let of = |streams| trades(market(streams, &[btc_usd()], 3), symbol, 20_000);
    let alone = of(Streams::Trades);
    for streams in [Streams::Ticker, Streams::Book, Streams::CheckedBook] {
        assert!(of(streams) == alone, "{streams:?}");
    }
}

#[test]
fn market_of_several_symbols_is_their_own_markets_merged_by_time_then_symbol() {
    for streams in [Streams::Trades, Streams::Book] {
        let own = |config| market(streams, &[config], 3).take(40_000).enumerate();
        let mut merged: Vec<_> = [btc_usd(), eth_usd(), sol_usd()]
            .into_iter()
            .enumerate()
            .flat_map(|(rank, config)| {
                own(config).map(move |(place, (at, event))| (at, rank, place, event))
            })
            .collect();
        merged.sort_by_key(|(at, rank, place, _)| (*at, *rank, *place));
        let together = market(streams, &[sol_usd(), eth_usd(), btc_usd()], 3);
        let expected = merged.into_iter().map(|(at, _, _, event)| (at, event)).take(40_000);
        assert!(together.take(40_000).eq(expected), "{streams:?}");
    }
}

#[test]
fn opening_rules_then_snapshot_then_best_prices() {
    let levels = usize::from(btc_usd().levels);
    let opening: Vec<_> = market(Streams::CheckedBook, &[eth_usd(), btc_usd()], 1)
        .take(2 * (2 * levels + 2))
        .collect();
    assert!(opening.iter().all(|(at, _)| *at == opening[0].0));
    for (said, config) in opening.chunks(2 * levels + 2).zip([btc_usd(), eth_usd()]) {
        let events: Vec<Event> = said.iter().map(|(_, event)| *event).collect();
        assert_eq!(events[0], Event::Instrument(config.instrument));
        let parts: Vec<Level> = events[1..=2 * levels].iter().map(level).collect();
        assert!(parts[0].part.starts_snapshot());
        assert!(parts[1..].iter().all(|level| !level.part.starts_snapshot()));
        assert_eq!(parts.iter().filter(|level| level.part.ends_message()).count(), 1);
        assert!(parts[2 * levels - 1].part.ends_message());
        assert!(parts[2 * levels - 1].checksum.is_some());
        assert!(matches!(events[1 + 2 * levels], Event::Ticker(ticker) if ticker.last.is_none()));
    }
}

fn level(event: &Event) -> Level {
    match event {
        Event::Level(level) => *level,
        other => panic!("{other:?} is no level"),
    }
}

#[test]
fn market_million_messages_keep_every_promise() {
    let mut reader = Reader::of(&all_four());
    for (at, event) in market(Streams::CheckedBook, &all_four(), 11).take(1_000_000) {
        reader.read(at, &event);
    }
    assert!(reader.trades > 20_000 && reader.sweeps > 400, "{reader:?}");
}

/// Reads a market as a distrustful customer does.
#[derive(Debug)]
pub(crate) struct Reader {
    now: Ts,
    symbols: SymbolMap<Seen>,
    pub(crate) trades: u64,
    pub(crate) sweeps: u64,
}

/// What is known of one symbol.
#[derive(Debug)]
struct Seen {
    rules: Instrument,
    levels: usize,
    is_known: bool,
    book: Book,
    last_trade: u64,
    last_price: Option<Price>,
    best: Option<(Price, Price)>,
    /// What the order of this moment has taken, and the next message must take from the book.
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    side: Side,
    price: Price,
    shown: Qty,
    qty: Qty,
}

impl Reader {
    pub(crate) fn of(symbols: &[SymbolConfig]) -> Self {
        let seen = |config: &SymbolConfig| (config.instrument.symbol, Seen::new(config));
        let symbols = symbols.iter().map(seen).collect();
        Self { now: Ts::ZERO, symbols, trades: 0, sweeps: 0 }
    }

    pub(crate) fn read(&mut self, at: Ts, event: &Event) {
        assert!(at >= self.now && at.nanos() % 1_000 == 0, "times never fall: {event:?}");
        self.now = at;
        match event {
            Event::Instrument(rules) => self.seen(rules.symbol).instrument(rules),
            Event::Trade(trade) => {
                assert_eq!(trade.at, at);
                self.trades += 1;
                self.sweeps += u64::from(self.seen(trade.symbol).trade(trade));
            }
            Event::Level(level) => {
                assert_eq!(level.at, at);
                self.seen(level.symbol).level(level);
            }
            Event::Ticker(ticker) => {
                assert_eq!(ticker.at, at);
                self.seen(ticker.symbol).ticker(ticker);
            }
            other => panic!("{other:?} is nothing that a market says"),
        }
    }

    fn seen(&mut self, symbol: Symbol) -> &mut Seen {
        self.symbols.get_mut(symbol).expect("a symbol that was asked for")
    }
}

impl Seen {
    fn new(config: &SymbolConfig) -> Self {
        Self {
            rules: config.instrument,
            levels: config.levels.into(),
            is_known: false,
            book: Book::new(config.instrument.symbol, config.levels),
            last_trade: 0,
            last_price: None,
            best: None,
            taken: Vec::new(),
        }
    }

    fn instrument(&mut self, rules: &Instrument) {
        assert!(!self.is_known && *rules == self.rules);
        self.book.follow(rules);
        self.is_known = true;
    }

    /// Checks a trade; says whether its order went beyond the best level.
    fn trade(&mut self, trade: &Trade) -> bool {
        assert!(self.is_known);
        self.fits(trade.price, trade.qty);
        assert!(!trade.qty.is_zero());
        self.last_trade += 1;
        assert_eq!(trade.id.get(), self.last_trade, "trades are numbered without a gap");
        self.last_price = Some(trade.price);
        self.take(trade);
        self.taken.len() > 1
    }

    fn take(&mut self, trade: &Trade) {
        if let Some(taken) = self.taken.last_mut()
            && taken.price == trade.price
        {
            taken.qty = taken.qty.plus(trade.qty).unwrap();
        } else {
            let side = trade.taker.opposite();
            let view = self.book.whole().expect("trades happen between messages");
            let met = view.levels(side).nth(self.taken.len()).expect("a level is there");
            assert_eq!(met.price, trade.price, "an order takes level after level");
            assert!(self.taken.last().is_none_or(|taken| taken.qty == taken.shown));
            let (price, shown, qty) = (trade.price, met.qty, trade.qty);
            self.taken.push(Taken { side, price, shown, qty });
        }
        let taken = self.taken.last().unwrap();
        assert!(taken.qty <= taken.shown, "no more is taken than was shown");
    }

    fn level(&mut self, level: &Level) {
        assert!(self.is_known);
        self.fits(level.price, level.qty);
        assert_eq!(level.part.starts_snapshot(), self.book.state() == State::Empty);
        if !self.taken.is_empty() {
            let taken = self.taken.remove(0);
            let left = taken.shown.minus(taken.qty).unwrap();
            assert_eq!((level.side, level.price, level.qty), (taken.side, taken.price, left));
        }
        match self.book.apply(level.at, level) {
            Applied::Partial => assert!(level.checksum.is_none()),
            Applied::Whole => self.whole(),
            other => panic!("{other:?} after {level:?}"),
        }
    }

    fn whole(&self) {
        assert!(self.taken.is_empty(), "what was taken is gone with the next message");
        let view = self.book.whole().unwrap();
        let shown = (view.len(Side::Buy), view.len(Side::Sell));
        assert_eq!(shown, (self.levels, self.levels), "as many levels as were asked for");
    }

    fn ticker(&mut self, ticker: &Ticker) {
        let (bid, ask) = (ticker.bid.unwrap(), ticker.ask.unwrap());
        assert!(bid < ask && self.best != Some((bid, ask)), "said when it changes");
        assert_eq!(ticker.last, self.last_price);
        let view = self.book.whole().expect("a ticker follows a whole book");
        let (best_bid, best_ask) = (view.best_bid().unwrap(), view.best_ask().unwrap());
        assert_eq!((bid, ticker.bid_qty), (best_bid.price, best_bid.qty));
        assert_eq!((ask, ticker.ask_qty), (best_ask.price, best_ask.qty));
        self.best = Some((bid, ask));
    }

    fn fits(&self, price: Price, qty: Qty) {
        assert!(price.is_multiple_of(self.rules.tick), "{price} is no price");
        assert!(qty.is_multiple_of(self.rules.lot), "{qty} is no quantity");
    }
}
