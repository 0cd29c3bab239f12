//! The venue as a machine: takes market data and requests, and lets time pass in order.
//!
//! What is due by now happens before the message that came: a lifetime ends before the trade after
//! it, a request takes effect before the quote after it. So nothing depends on whether a timer or the
//! message of the same moment is delivered first.

use contracts::{
    Asset, Envelope, Event, Feed, FeedState, Instrument, Level, Money, OrderId, OrderSpec, Qty,
    RosterControl, RosterStep, Says, SealKey, Source, Symbol, SymbolMap, Ticker, TopicKind, Trade,
    Ts, VenueReason,
};
use kernel::{Layout, Machine, Outbox, Seeded, StateError, Topics};

use crate::account::{Account, Balance};
use crate::config::VenueConfig;
use crate::executions::Executions;
use crate::fees::Volume;
use crate::floor::{Desk, Floor, Market};
use crate::given::Given;
use crate::ladder::OwnOrders;
use crate::orders::Orders;
use crate::rules::Rules;
use crate::travel::{Request, Way, bound_reached};

/// The one timer: the next moment at which something is due.
const NEXT_DUE: u32 = 1;

/// One simulated venue with one account: takes sealed requests, trades them against the given market,
/// and reports.
pub struct SimVenue {
    pub(crate) config: VenueConfig,
    pub(crate) key: SealKey,
    pub(crate) markets: SymbolMap<Market>,
    pub(crate) desk: Desk,
    pub(crate) requests: Way<Request>,
    /// When the dead man's switch fires.
    pub(crate) dead_man: Option<Ts>,
    /// The moment that the timer is set to; `Ts::MAX` while it is not.
    pub(crate) armed: Ts,
}

/// What becomes due, in the order of precedence at one moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Expiry,
    DeadMan,
    Request,
    Report,
}

impl SimVenue {
    /// A venue that knows no instrument yet and acts on requests sealed with `key`.
    pub fn new(config: VenueConfig, key: SealKey) -> Self {
        let seed = Seeded::new(config.latency.seed);
        let way = config.messages_travelling_max;
        let desk = Desk {
            orders: Orders::new(config.orders_remembered),
            account: Account::new(config.funds.start()),
            volume: Volume::new(),
            executions: Executions::new(config.executions_remembered),
            reports: Way::new(config.latency.response, seed.fork("response"), way),
            expiries: std::collections::BTreeSet::new(),
            priority: 0,
            number: 0,
            plan: Vec::with_capacity(usize::from(config.taken_levels_max)),
        };
        let requests = Way::new(config.latency.entry, seed.fork("entry"), way);
        let markets = SymbolMap::new();
        Self { config, key, markets, desk, requests, dead_man: None, armed: Ts::MAX }
    }

    /// What the account has of an asset.
    pub fn balance(&self, asset: Asset) -> Balance {
        self.desk.account.balance(asset)
    }

    /// Everything the account has, by asset.
    pub fn balances(&self) -> impl Iterator<Item = (Asset, Balance)> {
        self.desk.account.balances()
    }

    /// The open orders in the order in which they were taken: id, terms, and what has traded.
    pub fn open_orders(&self) -> Vec<(OrderId, OrderSpec, Qty)> {
        let open = self.desk.orders.open().into_iter();
        open.map(|slot| {
            let order = &self.desk.orders[slot];
            (order.id, order.spec, order.filled)
        })
        .collect()
    }

    /// The volume of the last thirty days that counts towards the fee tier.
    pub fn volume(&self, now: Ts) -> Money {
        self.desk.volume.clone().at(now)
    }

    /// The market of a symbol, made when it is first heard of; `None` beyond the bound.
    #[inline]
    fn market(&mut self, symbol: Symbol) -> Option<&mut Market> {
        if self.markets.is_full() && self.markets.get(symbol).is_none() {
            return None;
        }
        Some(self.markets.get_or_insert_with(symbol, || Market {
            rules: Rules::default(),
            given: Given::new(symbol),
            own: OwnOrders::default(),
        }))
    }

    /// The floor of a symbol that is known.
    pub(crate) fn floor<'a, 'b>(
        &'a mut self,
        symbol: Symbol,
        now: Ts,
        out: &'a mut Outbox<'b>,
    ) -> Option<Floor<'a, 'b>> {
        let market = self.markets.get_mut(symbol)?;
        Some(Floor { config: &self.config, market, desk: &mut self.desk, out, now })
    }

    #[inline]
    fn on_trade(&mut self, now: Ts, trade: &Trade, out: &mut Outbox<'_>) {
        let Some(market) = self.market(trade.symbol) else { return };
        market.given.see_trade(trade.price, trade.at);
        if !market.own.is_empty()
            && let Some(mut floor) = self.floor(trade.symbol, now, out)
        {
            floor.trade(trade);
            self.arm(out);
        }
    }

    #[inline]
    fn on_ticker(&mut self, now: Ts, ticker: &Ticker, out: &mut Outbox<'_>) {
        let Some(market) = self.market(ticker.symbol) else { return };
        let traded = market.given.see_ticker(now, ticker);
        if !market.own.is_empty()
            && let Some(mut floor) = self.floor(ticker.symbol, now, out)
        {
            floor.quoted(traded);
            self.arm(out);
        }
    }

    #[inline]
    fn on_level(&mut self, now: Ts, level: &Level, out: &mut Outbox<'_>) {
        let depth = self.config.book_depth;
        let Some(market) = self.market(level.symbol) else { return };
        let seen = market.given.see_level(now, level, depth);
        if !market.own.is_empty()
            && let Some(mut floor) = self.floor(level.symbol, now, out)
        {
            floor.shown(level, seen);
            self.arm(out);
        }
    }

    fn on_instrument(&mut self, now: Ts, rules: &Instrument, out: &mut Outbox<'_>) {
        // Said here, where it is rare, and not for each trade of a market that has no room.
        if !self.market(rules.symbol).is_some_and(|market| market.rules.learn(now, rules)) {
            out.emit_alone(bound_reached());
        }
    }

    fn on_feed(&mut self, feed: &Feed) {
        if let Some(market) = self.market(feed.symbol) {
            market.given.trust(feed.state == FeedState::Live);
        }
    }

    /// What is due next, and when.
    fn next_due(&self) -> (Ts, Due) {
        let expiry = self.desk.expiries.first().map_or(Ts::MAX, |(until, ..)| *until);
        let due = [
            (expiry, Due::Expiry),
            (self.dead_man.unwrap_or(Ts::MAX), Due::DeadMan),
            (self.requests.next(), Due::Request),
            (self.desk.reports.next(), Due::Report),
        ];
        due.into_iter().min().unwrap_or((Ts::MAX, Due::Report))
    }

    /// Lets everything happen that is due by now, in its order.
    #[cold]
    fn advance(&mut self, now: Ts, out: &mut Outbox<'_>) {
        loop {
            let (at, due) = self.next_due();
            if at > now || at == Ts::MAX {
                return;
            }
            match due {
                Due::Expiry => self.expire(now, out),
                Due::DeadMan => {
                    self.dead_man = None;
                    self.cancel_open(now, VenueReason::DeadMan, out);
                }
                Due::Request => {
                    if let Some(request) = self.requests.receive() {
                        self.perform(now, &request, out);
                    }
                }
                Due::Report => self.desk.reports.deliver(now, out),
            }
        }
    }

    fn expire(&mut self, now: Ts, out: &mut Outbox<'_>) {
        let Some((.., slot)) = self.desk.expiries.pop_first() else { return };
        let symbol = self.desk.orders[slot].spec.symbol();
        if let Some(mut floor) = self.floor(symbol, now, out) {
            floor.finish(slot, Says::Expired, VenueReason::LifetimeEnded);
        }
    }

    /// A start with other settings: more funds are paid in.
    #[cold]
    fn adopt(&mut self, from: Source, out: &mut Outbox<'_>) {
        if from == Source::Runtime && self.desk.account.raise(self.config.funds.start()).is_err() {
            out.halt("the funds of the account leave the range of an amount");
        }
    }

    /// Sets the timer to what is due next.
    pub(crate) fn arm(&mut self, out: &mut Outbox<'_>) {
        let (next, _) = self.next_due();
        if next == self.armed {
            return;
        }
        if next == Ts::MAX {
            out.cancel_wake(NEXT_DUE);
        } else {
            out.wake_at(NEXT_DUE, next);
        }
        self.armed = next;
    }
}

impl Machine for SimVenue {
    fn source(&self) -> Source {
        Source::Venue
    }

    fn interests(&self) -> Topics {
        Topics::of(&[
            TopicKind::Trades,
            TopicKind::Book,
            TopicKind::Ticker,
            TopicKind::Instrument,
            TopicKind::Feed,
            TopicKind::VenueRequest,
            TopicKind::ControlStrategy,
        ])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        if now >= self.armed {
            self.advance(now, out);
            self.arm(out);
        }
        match &input.event {
            Event::Trade(trade) => self.on_trade(now, trade, out),
            Event::Ticker(ticker) => self.on_ticker(now, ticker, out),
            Event::Level(level) => self.on_level(now, level, out),
            Event::Instrument(rules) => self.on_instrument(now, rules, out),
            Event::Feed(feed) => self.on_feed(feed),
            Event::Roster(RosterControl { step: RosterStep::Adopt }) => self.adopt(input.src, out),
            Event::AskStatement(ask) => self.show_account(now, ask, out),
            event => {
                if let Some(request) = Request::from_event(event) {
                    self.on_request(now, request, out);
                }
            }
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        crate::snapshot::save(self, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        *self = crate::snapshot::load(state, self.config.clone(), self.key.clone())?;
        Ok(())
    }
}
