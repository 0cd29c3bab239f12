//! What the venue shows to everybody: trades, book levels, tickers, bars, and how well we see them.

use crate::num::{Money, Price, Qty};
use crate::order::Side;
use crate::symbol::{Asset, Symbol};
use crate::time::{Span, Ts};
use crate::{ids::TradeId, wire::wire};

wire! {
    /// What may be traded, and by which rules. In force from `valid_from` until the next one.
    pub struct Instrument {
        /// The pair.
        pub symbol: Symbol,
        /// Prices are whole multiples of this.
        pub tick: Price,
        /// Quantities are whole multiples of this.
        pub lot: Qty,
        /// The smallest quantity of an order.
        pub qty_min: Qty,
        /// The smallest price times quantity of an order.
        pub cost_min: Money,
        /// From when these rules hold.
        pub valid_from: Ts,
        /// Decimals in which the venue books amounts of the quote currency.
        pub quote_decimals: u8,
        /// Decimals in which the venue prints prices; what its checksum is made of.
        pub price_decimals: u8,
        /// Decimals in which the venue prints quantities; what its checksum is made of.
        pub qty_decimals: u8,
        /// Whether orders are taken now.
        pub status: MarketStatus,
    }
}

impl Instrument {
    /// What is bought and sold.
    pub fn base(&self) -> Asset {
        self.symbol.base()
    }

    /// What it is paid with.
    pub fn quote(&self) -> Asset {
        self.symbol.quote()
    }
}

wire! {
    /// Which orders the venue takes for an instrument.
    pub enum MarketStatus {
        /// All.
        Online,
        /// Limit orders that rest, and cancels.
        PostOnly,
        /// Cancels.
        CancelOnly,
        /// None.
        Maintenance,
    }
}

wire! {
    /// A trade between others, as the venue reports it.
    pub struct Trade {
        /// The pair.
        pub symbol: Symbol,
        /// The price.
        pub price: Price,
        /// The quantity.
        pub qty: Qty,
        /// The venue's number of it.
        pub id: TradeId,
        /// When the venue says it happened.
        pub at: Ts,
        /// The side of the taker.
        pub taker: Side,
    }
}

wire! {
    /// One level of the book: the whole quantity that now rests at a price; zero removes the level.
    ///
    /// A message of the venue becomes as many of these as it has levels; the last one says so and
    /// carries the checksum. The first level of a snapshot empties the book.
    pub struct Level {
        /// The pair.
        pub symbol: Symbol,
        /// The price.
        pub price: Price,
        /// What rests there now.
        pub qty: Qty,
        /// When the venue says it happened.
        pub at: Ts,
        /// The venue's checksum of the book after this message; on the last level, where it has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub checksum: Option<u32>,
        /// Bids are buys, asks are sells.
        pub side: Side,
        /// Where in the message of the venue this level stands.
        pub part: LevelPart,
    }
}

wire! {
    /// Where a level stands in the venue's message.
    pub enum LevelPart {
        /// The first level of a snapshot: the book before it is void.
        SnapshotStart,
        /// A level with more to follow.
        More,
        /// The last level: the book is whole again.
        Last,
        /// First and last level of a snapshot.
        SnapshotOnly,
    }
}

impl LevelPart {
    /// Whether the book before this level is void.
    pub fn starts_snapshot(self) -> bool {
        matches!(self, Self::SnapshotStart | Self::SnapshotOnly)
    }

    /// Whether the book is whole after this level.
    pub fn ends_message(self) -> bool {
        matches!(self, Self::Last | Self::SnapshotOnly)
    }
}

wire! {
    /// The best prices and the last trade.
    pub struct Ticker {
        /// The pair.
        pub symbol: Symbol,
        /// The highest price somebody buys at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub bid: Option<Price>,
        /// The lowest price somebody sells at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub ask: Option<Price>,
        /// The price of the last trade.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub last: Option<Price>,
        /// What is bid for at the best price.
        pub bid_qty: Qty,
        /// What is offered at the best price.
        pub ask_qty: Qty,
        /// When the venue says it happened.
        pub at: Ts,
    }
}

wire! {
    /// The length of a bar.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Timeframe {
        /// A minute.
        #[serde(rename = "1m")]
        M1,
        /// Five minutes.
        #[serde(rename = "5m")]
        M5,
        /// A quarter of an hour.
        #[serde(rename = "15m")]
        M15,
        /// An hour.
        #[serde(rename = "1h")]
        H1,
        /// Four hours.
        #[serde(rename = "4h")]
        H4,
        /// A day.
        #[serde(rename = "1d")]
        D1,
    }
}

impl Timeframe {
    /// Every timeframe, the shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// The name, as people and topics write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    /// The timeframe of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timeframe| timeframe.name() == name)
    }

    /// The length.
    pub const fn span(self) -> Span {
        Span::MINUTE.times(match self {
            Self::M1 => 1,
            Self::M5 => 5,
            Self::M15 => 15,
            Self::H1 => 60,
            Self::H4 => 240,
            Self::D1 => 1_440,
        })
    }
}

wire! {
    /// A closed bar: what traded from `open_at` until one timeframe later. A bar without trades is
    /// flat at the last close.
    pub struct Bar {
        /// The pair.
        pub symbol: Symbol,
        /// The first price.
        pub open: Price,
        /// The highest price.
        pub high: Price,
        /// The lowest price.
        pub low: Price,
        /// The last price.
        pub close: Price,
        /// What traded.
        pub volume: Qty,
        /// When the bar began.
        pub open_at: Ts,
        /// How many trades it holds.
        pub trades: u32,
        /// Its length.
        pub timeframe: Timeframe,
    }
}

wire! {
    /// How well we see a market.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum FeedState {
        /// Complete and current.
        Live,
        /// Something is missing; prices must not be trusted until it is live again.
        Gap,
        /// Silent for longer than it should be.
        Stale,
        /// Not connected.
        Down,
    }
}

wire! {
    /// How well we see a market has changed.
    pub struct Feed {
        /// The pair.
        pub symbol: Symbol,
        /// What holds now.
        pub state: FeedState,
    }
}

wire! {
    /// The price by which the gate judges: sampled from the market data, and journaled in full so that
    /// the gate can be replayed without it.
    pub struct Mark {
        /// The pair.
        pub symbol: Symbol,
        /// The highest price somebody buys at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub bid: Option<Price>,
        /// The lowest price somebody sells at.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub ask: Option<Price>,
        /// The price of the last trade.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub last: Option<Price>,
        /// When we received the newest of these.
        pub seen: Ts,
        /// How old bid and ask are: when the venue made them or we received them, whichever is
        /// earlier. Absent means never.
        #[serde(default)]
        pub quoted: Ts,
        /// The same for the last trade.
        #[serde(default)]
        pub traded: Ts,
        /// How well we see the market.
        pub state: FeedState,
    }
}

impl Mark {
    /// The price at which a position is valued: the middle of the book, else the last trade.
    pub fn value_price(&self) -> Option<Price> {
        match (self.bid, self.ask) {
            (Some(bid), Some(ask)) => Some(bid.midpoint(ask)),
            _ => self.last.or(self.bid).or(self.ask),
        }
    }

    /// The price that an order of that side would meet: the other side of the book, else the last trade.
    pub fn touch(&self, side: Side) -> Option<Price> {
        match side {
            Side::Buy => self.ask.or(self.last).or(self.bid),
            Side::Sell => self.bid.or(self.last).or(self.ask),
        }
    }
}
