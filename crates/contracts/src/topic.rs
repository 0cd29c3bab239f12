//! Topics: what is said where. A topic follows from the event; nobody chooses one.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::market::Timeframe;
use crate::symbol::Symbol;

/// A topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `md.trades.{symbol}`
    Trades(Symbol),
    /// `md.book.{symbol}`
    Book(Symbol),
    /// `md.ticker.{symbol}`
    Ticker(Symbol),
    /// `md.ohlcv.{timeframe}.{symbol}`
    Ohlcv(Timeframe, Symbol),
    /// `md.instrument.{symbol}`
    Instrument(Symbol),
    /// `md.feed.{symbol}`
    Feed(Symbol),
    /// `risk.mark.{symbol}`
    Mark(Symbol),
    /// `strat.intent`
    Intent,
    /// `risk.decision`
    Decision,
    /// `orders.accepted`
    OrdersAccepted,
    /// `orders.update`
    OrdersUpdate,
    /// `fills.new`
    Fills,
    /// `venue.request`
    VenueRequest,
    /// `venue.report`
    VenueReport,
    /// `positions.snapshot`
    Positions,
    /// `portfolio.snapshot`
    Portfolio,
    /// `control.kill`
    ControlKill,
    /// `control.poll`
    ControlPoll,
    /// `control.strategy`
    ControlStrategy,
    /// `control.limits`
    ControlLimits,
    /// `control.wake`
    Wake,
    /// `telemetry.head`
    Heads,
    /// `telemetry.gap`
    Gaps,
    /// `telemetry.dead_letter`
    DeadLetters,
    /// `alerts.fired`
    Alerts,
    /// `strat.signal`
    Signal,
}

/// A topic without its symbol: what machines subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TopicKind {
    /// Trades.
    Trades,
    /// Book levels.
    Book,
    /// Tickers.
    Ticker,
    /// Bars.
    Ohlcv,
    /// Instrument rules.
    Instrument,
    /// Feed states.
    Feed,
    /// Marks.
    Mark,
    /// Intents.
    Intent,
    /// Decisions.
    Decision,
    /// Accepted orders.
    OrdersAccepted,
    /// Order updates.
    OrdersUpdate,
    /// Fills.
    Fills,
    /// Requests to the venue.
    VenueRequest,
    /// Reports of the venue.
    VenueReport,
    /// Positions.
    Positions,
    /// Portfolios.
    Portfolio,
    /// The kill switch.
    ControlKill,
    /// Polls of kill sources.
    ControlPoll,
    /// Strategies paused and resumed.
    ControlStrategy,
    /// Changes of limits.
    ControlLimits,
    /// Timers.
    Wake,
    /// Heads.
    Heads,
    /// Gaps.
    Gaps,
    /// Dead letters.
    DeadLetters,
    /// Alerts.
    Alerts,
    /// Signals of programs outside. Kinds are counted by their place: a new one comes last.
    Signal,
}

/// How much a loss on a topic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The next message makes good for a lost one; a gap only makes us careful.
    Lossy,
    /// Nothing may be lost: journaled before it is told, repeated until it is taken.
    Durable,
}

impl TopicKind {
    /// Every kind.
    pub const ALL: [Self; 26] = [
        Self::Trades,
        Self::Book,
        Self::Ticker,
        Self::Ohlcv,
        Self::Instrument,
        Self::Feed,
        Self::Mark,
        Self::Intent,
        Self::Decision,
        Self::OrdersAccepted,
        Self::OrdersUpdate,
        Self::Fills,
        Self::VenueRequest,
        Self::VenueReport,
        Self::Positions,
        Self::Portfolio,
        Self::ControlKill,
        Self::ControlPoll,
        Self::ControlStrategy,
        Self::ControlLimits,
        Self::Wake,
        Self::Heads,
        Self::Gaps,
        Self::DeadLetters,
        Self::Alerts,
        Self::Signal,
    ];

    /// Whether it is about one market each: one topic per symbol.
    pub const fn is_of_a_market(self) -> bool {
        matches!(
            self,
            Self::Trades
                | Self::Book
                | Self::Ticker
                | Self::Ohlcv
                | Self::Instrument
                | Self::Feed
                | Self::Mark
        )
    }

    /// The name, without symbol and timeframe.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Trades => "md.trades",
            Self::Book => "md.book",
            Self::Ticker => "md.ticker",
            Self::Ohlcv => "md.ohlcv",
            Self::Instrument => "md.instrument",
            Self::Feed => "md.feed",
            Self::Mark => "risk.mark",
            Self::Intent => "strat.intent",
            Self::Decision => "risk.decision",
            Self::OrdersAccepted => "orders.accepted",
            Self::OrdersUpdate => "orders.update",
            Self::Fills => "fills.new",
            Self::VenueRequest => "venue.request",
            Self::VenueReport => "venue.report",
            Self::Positions => "positions.snapshot",
            Self::Portfolio => "portfolio.snapshot",
            Self::ControlKill => "control.kill",
            Self::ControlPoll => "control.poll",
            Self::ControlStrategy => "control.strategy",
            Self::ControlLimits => "control.limits",
            Self::Wake => "control.wake",
            Self::Heads => "telemetry.head",
            Self::Gaps => "telemetry.gap",
            Self::DeadLetters => "telemetry.dead_letter",
            Self::Alerts => "alerts.fired",
            Self::Signal => "strat.signal",
        }
    }

    /// How much a loss matters.
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Trades
            | Self::Book
            | Self::Ticker
            | Self::Ohlcv
            | Self::Instrument
            | Self::Feed
            | Self::Mark
            | Self::Positions
            | Self::Portfolio
            | Self::ControlPoll
            | Self::Wake
            | Self::Heads
            | Self::Gaps
            | Self::DeadLetters => Delivery::Lossy,
            Self::Intent
            | Self::Decision
            | Self::OrdersAccepted
            | Self::OrdersUpdate
            | Self::Fills
            | Self::VenueRequest
            | Self::VenueReport
            | Self::ControlKill
            | Self::ControlStrategy
            | Self::ControlLimits
            | Self::Alerts
            | Self::Signal => Delivery::Durable,
        }
    }
}

impl Topic {
    /// The kind.
    #[inline]
    pub const fn kind(&self) -> TopicKind {
        match self {
            Self::Trades(_) => TopicKind::Trades,
            Self::Book(_) => TopicKind::Book,
            Self::Ticker(_) => TopicKind::Ticker,
            Self::Ohlcv(..) => TopicKind::Ohlcv,
            Self::Instrument(_) => TopicKind::Instrument,
            Self::Feed(_) => TopicKind::Feed,
            Self::Mark(_) => TopicKind::Mark,
            Self::Intent => TopicKind::Intent,
            Self::Decision => TopicKind::Decision,
            Self::OrdersAccepted => TopicKind::OrdersAccepted,
            Self::OrdersUpdate => TopicKind::OrdersUpdate,
            Self::Fills => TopicKind::Fills,
            Self::VenueRequest => TopicKind::VenueRequest,
            Self::VenueReport => TopicKind::VenueReport,
            Self::Positions => TopicKind::Positions,
            Self::Portfolio => TopicKind::Portfolio,
            Self::ControlKill => TopicKind::ControlKill,
            Self::ControlPoll => TopicKind::ControlPoll,
            Self::ControlStrategy => TopicKind::ControlStrategy,
            Self::ControlLimits => TopicKind::ControlLimits,
            Self::Wake => TopicKind::Wake,
            Self::Heads => TopicKind::Heads,
            Self::Gaps => TopicKind::Gaps,
            Self::DeadLetters => TopicKind::DeadLetters,
            Self::Alerts => TopicKind::Alerts,
            Self::Signal => TopicKind::Signal,
        }
    }

    /// The symbol, for topics that have one each.
    #[inline]
    pub const fn symbol(&self) -> Option<Symbol> {
        match self {
            Self::Trades(symbol)
            | Self::Book(symbol)
            | Self::Ticker(symbol)
            | Self::Ohlcv(_, symbol)
            | Self::Instrument(symbol)
            | Self::Feed(symbol)
            | Self::Mark(symbol) => Some(*symbol),
            _ => None,
        }
    }

    /// How much a loss matters.
    pub const fn delivery(&self) -> Delivery {
        self.kind().delivery()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().prefix())?;
        if let Self::Ohlcv(timeframe, _) = self {
            write!(f, ".{}", timeframe.name())?;
        }
        match self.symbol() {
            Some(symbol) => write!(f, ".{}-{}", symbol.base(), symbol.quote()),
            None => Ok(()),
        }
    }
}

/// The text names no topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a topic")]
pub struct NotATopic;

impl FromStr for Topic {
    type Err = NotATopic;

    fn from_str(text: &str) -> Result<Self, NotATopic> {
        // A symbol may hold dots, so the prefix is matched, not split off.
        let rest_of = |kind: TopicKind| text.strip_prefix(kind.prefix());
        let kind = TopicKind::ALL.into_iter().find(|kind| {
            rest_of(*kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let kind = kind.ok_or(NotATopic)?;
        let rest = rest_of(kind).unwrap_or_default().trim_start_matches('.');
        let symbol = |text: &str| Symbol::from_topic(text).map_err(|_| NotATopic);
        let plain = |topic| if rest.is_empty() { Ok(topic) } else { Err(NotATopic) };
        match kind {
            TopicKind::Trades => symbol(rest).map(Self::Trades),
            TopicKind::Book => symbol(rest).map(Self::Book),
            TopicKind::Ticker => symbol(rest).map(Self::Ticker),
            TopicKind::Ohlcv => {
                let (timeframe, name) = rest.split_once('.').ok_or(NotATopic)?;
                let timeframe = Timeframe::parse(timeframe).ok_or(NotATopic)?;
                symbol(name).map(|symbol| Self::Ohlcv(timeframe, symbol))
            }
            TopicKind::Instrument => symbol(rest).map(Self::Instrument),
            TopicKind::Feed => symbol(rest).map(Self::Feed),
            TopicKind::Mark => symbol(rest).map(Self::Mark),
            TopicKind::Intent => plain(Self::Intent),
            TopicKind::Decision => plain(Self::Decision),
            TopicKind::OrdersAccepted => plain(Self::OrdersAccepted),
            TopicKind::OrdersUpdate => plain(Self::OrdersUpdate),
            TopicKind::Fills => plain(Self::Fills),
            TopicKind::VenueRequest => plain(Self::VenueRequest),
            TopicKind::VenueReport => plain(Self::VenueReport),
            TopicKind::Positions => plain(Self::Positions),
            TopicKind::Portfolio => plain(Self::Portfolio),
            TopicKind::ControlKill => plain(Self::ControlKill),
            TopicKind::ControlPoll => plain(Self::ControlPoll),
            TopicKind::ControlStrategy => plain(Self::ControlStrategy),
            TopicKind::ControlLimits => plain(Self::ControlLimits),
            TopicKind::Wake => plain(Self::Wake),
            TopicKind::Heads => plain(Self::Heads),
            TopicKind::Gaps => plain(Self::Gaps),
            TopicKind::DeadLetters => plain(Self::DeadLetters),
            TopicKind::Alerts => plain(Self::Alerts),
            TopicKind::Signal => plain(Self::Signal),
        }
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(
    Topic,
    Name("A topic, such as `md.trades.BTC-USD`."),
    "^[a-z]+\\.[a-z_]+(\\.[0-9]+[mhd])?(\\.[A-Za-z0-9.]+-[A-Za-z0-9.]+)?$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::symbol;

    #[test]
    fn topic_text_round_trips() {
        let (btc, dotted) = (symbol("BTC/USD"), symbol("ETH.F/USD"));
        let with_symbol = [
            Topic::Trades(btc),
            Topic::Book(dotted),
            Topic::Ticker(btc),
            Topic::Ohlcv(Timeframe::M5, dotted),
            Topic::Instrument(btc),
            Topic::Feed(btc),
            Topic::Mark(btc),
        ];
        for topic in with_symbol {
            assert_eq!(topic.to_string().parse(), Ok(topic), "{topic}");
        }
        assert_eq!(with_symbol[3].to_string(), "md.ohlcv.5m.ETH.F-USD");
        let plain = TopicKind::ALL
            .into_iter()
            .filter(|kind| !with_symbol.iter().any(|topic| topic.kind() == *kind));
        for kind in plain {
            let topic: Topic = kind.prefix().parse().unwrap();
            assert_eq!((topic.kind(), topic.to_string().as_str()), (kind, kind.prefix()));
        }
    }

    #[test]
    fn topic_hostile_text_refused() {
        for text in [
            "",
            "md",
            "md.trades",
            "md.trades.BTCUSD",
            "strat.intent.x",
            "md.ohlcv.7m.BTC-USD",
            "md.tradesX.BTC-USD",
            "STRAT.INTENT",
            "strat.intents",
        ] {
            assert_eq!(text.parse::<Topic>(), Err(NotATopic), "{text:?}");
        }
    }
}
