//! A second venue, small, slow and obviously right: whole numbers, plain lists, one lot at a time.
//! It knows no latency (see `far`), no fees (see `tiers`) and no bounds. What it says must be what the real one says.

use simvenue::SelfTrade;

/// Buy is `true` throughout: this venue shares no type with the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Market,
    Limit(u64),
    Stop(u64),
    StopLimit(u64, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Gtc,
    Post,
    Ioc,
    /// So many seconds from now.
    Gtd(u64),
}

/// What can happen. Prices in ticks, quantities in lots; a book side is a list of levels.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Submit { buy: bool, qty: u64, kind: Kind, life: Life },
    Cancel(usize),
    Amend { order: usize, qty: u64, limit: Option<u64>, trigger: Option<u64> },
    CancelAll,
    Trade { price: u64, qty: u64, taker_buys: bool },
    Ticker { bid: (u64, u64), ask: (u64, u64), last: Option<u64> },
    Book { bids: Vec<(u64, u64)>, asks: Vec<(u64, u64)> },
    Level { bids: bool, price: u64, qty: u64, last: bool },
    Pass(u64),
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Coming,
    /// A stop that was not reached.
    Waiting,
    /// In the book.
    Resting,
    Over,
}

#[derive(Clone, Debug)]
struct Order {
    id: usize,
    buy: bool,
    qty: u64,
    filled: u64,
    kind: Kind,
    life: Life,
    until: Option<u64>,
    priority: u64,
    number: u64,
    ahead: Option<u64>,
    stage: Stage,
}

impl Order {
    fn limit(&self) -> Option<u64> {
        match self.kind {
            Kind::Limit(limit) | Kind::StopLimit(_, limit) => Some(limit),
            _ => None,
        }
    }

    fn trigger(&self) -> Option<u64> {
        match self.kind {
            Kind::Stop(trigger) | Kind::StopLimit(trigger, _) => Some(trigger),
            _ => None,
        }
    }
}

/// Best bid, best ask (price, quantity), and when they came.
type Quotes = ((u64, u64), (u64, u64), u64);

/// A level of others that we took from.
#[derive(Clone, Debug)]
struct TakenLevel {
    by_book: bool,
    bids: bool,
    price: u64,
    shown: u64,
    taken: u64,
}

pub(crate) struct Twin {
    self_trade: SelfTrade,
    /// Whether nobody is ever in front of us.
    front: bool,
    age_max: u64,
    now: u64,
    orders: Vec<Order>,
    counter: u64,
    numbers: u64,
    amends: u32,
    /// (is a bid, price, quantity), and when it was last whole; `None` until a snapshot, or unsafe.
    book: Option<Vec<(bool, u64, u64)>>,
    book_at: u64,
    partial: bool,
    ticker: Option<Quotes>,
    last: Option<(u64, u64)>,
    taken: Vec<TakenLevel>,
    said: Vec<String>,
    /// The fill that is being dealt out: the order, the price, whether as maker, and how many lots.
    fill: Option<(usize, u64, bool, u64)>,
}

/// Whether a buyer (or seller) would rather trade at `price` than at `other`.
fn better(buy: bool, price: u64, other: u64) -> bool {
    if buy { price < other } else { price > other }
}

impl Twin {
    pub(crate) fn new(self_trade: SelfTrade, front: bool, age_max: u64) -> Self {
        Self {
            self_trade,
            front,
            age_max,
            now: 1,
            orders: Vec::new(),
            counter: 0,
            numbers: 0,
            amends: 0,
            book: None,
            book_at: 0,
            partial: false,
            ticker: None,
            last: None,
            taken: Vec::new(),
            said: Vec::new(),
            fill: None,
        }
    }

    /// What is said because of this.
    pub(crate) fn act(&mut self, act: &Act) -> Vec<String> {
        match act {
            Act::Submit { buy, qty, kind, life } => self.submit(*buy, *qty, *kind, *life),
            Act::Cancel(order) => self.cancel(*order),
            Act::Amend { order, qty, limit, trigger } => {
                self.amend(*order, *qty, *limit, *trigger);
            }
            Act::CancelAll => {
                for index in self.by_number() {
                    self.end(index, "Cancelled Requested");
                }
            }
            Act::Trade { price, qty, taker_buys } => self.trade(*price, *qty, *taker_buys),
            Act::Ticker { bid, ask, last } => self.ticked(*bid, *ask, *last),
            Act::Book { bids, asks } => self.new_book(bids, asks),
            Act::Level { bids, price, qty, last } => self.level(*bids, *price, *qty, *last),
            Act::Pass(seconds) => self.pass(*seconds),
        }
        self.flush();
        std::mem::take(&mut self.said)
    }

    fn by_number(&self) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.orders.len())
            .filter(|index| self.orders[*index].stage != Stage::Over)
            .collect();
        open.sort_by_key(|index| self.orders[*index].number);
        open
    }

    // What is said.

    fn flush(&mut self) {
        if let Some((id, price, maker, qty)) = self.fill.take() {
            let who = if maker { "Maker" } else { "Taker" };
            self.said.push(format!("#{id} {qty}@{price} {who}"));
        }
    }

    fn say(&mut self, index: usize, what: &str) {
        self.flush();
        let order = &self.orders[index];
        self.said.push(format!("#{} {what} {}/{}", order.id, order.filled, order.qty));
    }

    fn end(&mut self, index: usize, what: &str) {
        let order = &mut self.orders[index];
        order.stage = Stage::Over;
        self.say(index, what);
    }

    /// One lot trades; whether that was the last.
    fn fill_one(&mut self, index: usize, price: u64, maker: bool) -> bool {
        let order = &mut self.orders[index];
        order.filled += 1;
        assert!(order.filled <= order.qty);
        let (id, done) = (order.id, order.filled == order.qty);
        match &mut self.fill {
            Some((of, at, who, qty)) if (*of, *at, *who) == (id, price, maker) => *qty += 1,
            _ => {
                self.flush();
                self.fill = Some((id, price, maker, 1));
            }
        }
        if done {
            self.end(index, "Filled");
        }
        done
    }

    // What the market shows.

    /// The levels of a side as they can be believed now, and whether they are the book's.
    fn shown(&self, bids: bool) -> Option<(bool, Vec<(u64, u64)>)> {
        if let Some(book) = self.book.as_ref().filter(|_| !self.partial)
            && self.now - self.book_at <= self.age_max
        {
            let side = book.iter().filter(|level| level.0 == bids);
            let mut levels: Vec<(u64, u64)> = side.map(|level| (level.1, level.2)).collect();
            levels.sort_by_key(|level| if bids { u64::MAX - level.0 } else { level.0 });
            return Some((true, levels));
        }
        let (bid, ask, seen) = self.ticker?;
        if self.now - seen > self.age_max {
            return None;
        }
        let best = if bids { bid } else { ask };
        Some((false, if best.1 > 0 { vec![best] } else { Vec::new() }))
    }

    /// The best level of a side that has a lot left for us: price, shown, whether it is the book's.
    fn offer(&self, bids: bool) -> Option<(u64, u64, bool)> {
        let (by_book, levels) = self.shown(bids)?;
        let left = |price: u64, shown: u64| {
            let ours = self.taken.iter().filter(|level| level.bids == bids && level.price == price);
            shown > ours.map(|level| level.taken).sum()
        };
        let best = levels.into_iter().find(|(price, shown)| left(*price, *shown))?;
        Some((best.0, best.1, by_book))
    }

    fn take_one(&mut self, bids: bool, (price, shown, by_book): (u64, u64, bool)) {
        let level = self
            .taken
            .iter_mut()
            .find(|level| (level.by_book, level.bids, level.price) == (by_book, bids, price));
        match level {
            Some(level) => level.taken += 1,
            None => self.taken.push(TakenLevel { by_book, bids, price, shown, taken: 1 }),
        }
    }

    /// What rests at a price, if that can be seen.
    fn shown_at(&self, bids: bool, price: u64) -> Option<u64> {
        let (by_book, levels) = self.shown(bids)?;
        if let Some(level) = levels.iter().find(|level| level.0 == price) {
            return Some(level.1);
        }
        let beyond = if by_book { levels.last()? } else { levels.first()? };
        better(!bids, price, beyond.0).then_some(0)
    }

    fn forget(&mut self, by_book: bool) {
        let book = self.book.clone().unwrap_or_default();
        let ticker = self.ticker;
        self.taken.retain(|level| {
            if level.by_book != by_book {
                return true;
            }
            let shown = if by_book {
                let same = |l: &&(bool, u64, u64)| (l.0, l.1) == (level.bids, level.price);
                book.iter().find(same).map_or(0, |found| found.2)
            } else {
                let best = ticker.map(|(bid, ask, _)| if level.bids { bid } else { ask });
                best.filter(|best| best.0 == level.price).map_or(0, |best| best.1)
            };
            shown == level.shown
        });
    }

    fn ticked(&mut self, bid: (u64, u64), ask: (u64, u64), last: Option<u64>) {
        self.ticker = Some((bid, ask, self.now));
        self.forget(false);
        let newer = last.is_some() && self.last.is_none_or(|(_, at)| at < self.now);
        if let Some(last) = last.filter(|_| newer) {
            self.last = Some((last, self.now));
        }
        let book_seen =
            self.book.is_some() && !self.partial && self.now - self.book_at <= self.age_max;
        if !book_seen {
            self.cross();
        }
        if newer {
            self.fire();
        }
    }

    fn new_book(&mut self, bids: &[(u64, u64)], asks: &[(u64, u64)]) {
        let mut book: Vec<(bool, u64, u64)> = Vec::new();
        for (is_bid, levels) in [(true, bids), (false, asks)] {
            for (price, qty) in levels {
                book.retain(|level| (level.0, level.1) != (is_bid, *price));
                book.push((is_bid, *price, *qty));
            }
        }
        book.retain(|level| level.2 > 0);
        self.book = Some(book);
        self.whole();
    }

    fn level(&mut self, bids: bool, price: u64, qty: u64, last: bool) {
        let Some(book) = &mut self.book else { return };
        book.retain(|level| (level.0, level.1) != (bids, price));
        if qty > 0 {
            book.push((bids, price, qty));
        }
        if last { self.whole() } else { self.partial = true }
    }

    /// A message of the book has ended.
    fn whole(&mut self) {
        self.partial = false;
        self.book_at = self.now;
        let Some(book) = &self.book else { return };
        let bid = book.iter().filter(|level| level.0).map(|level| level.1).max();
        let ask = book.iter().filter(|level| !level.0).map(|level| level.1).min();
        if let (Some(bid), Some(ask)) = (bid, ask)
            && bid >= ask
        {
            self.book = None;
            return;
        }
        self.forget(true);
        self.cross();
    }

    // What we do.

    /// The first own order to be served on a side.
    fn first(&self, buy: bool) -> Option<usize> {
        let resting = self.orders.iter().enumerate();
        let resting =
            resting.filter(|(_, order)| order.stage == Stage::Resting && order.buy == buy);
        let key = |order: &Order| {
            let price = order.limit().unwrap_or(0);
            (if buy { u64::MAX - price } else { price }, order.priority)
        };
        resting.min_by_key(|(_, order)| key(order)).map(|(index, _)| index)
    }

    fn would_trade(&self, buy: bool, limit: Option<u64>) -> bool {
        let reaches = |price: u64| limit.is_none_or(|limit| !better(buy, limit, price));
        let own = self.first(!buy).and_then(|index| self.orders[index].limit());
        own.is_some_and(reaches) || self.offer(!buy).is_some_and(|offer| reaches(offer.0))
    }

    fn submit(&mut self, buy: bool, qty: u64, kind: Kind, life: Life) {
        let until = match life {
            Life::Gtd(seconds) => Some(self.now + seconds),
            _ => None,
        };
        let (id, index) = (self.orders.len() + 1, self.orders.len());
        self.orders.push(Order {
            id,
            buy,
            qty,
            filled: 0,
            kind,
            life,
            until,
            priority: 0,
            number: 0,
            ahead: None,
            stage: Stage::Coming,
        });
        if life == Life::Gtd(0) {
            return self.end(index, "Rejected LifetimeEnded");
        }
        let limit = self.orders[index].limit();
        if kind == Kind::Market && !self.would_trade(buy, None) {
            return self.end(index, "Rejected NoLiquidity");
        }
        self.counter += 1;
        self.numbers += 1;
        self.orders[index].priority = self.counter;
        self.orders[index].number = self.numbers;
        self.say(index, "Accepted");
        if life == Life::Post && self.would_trade(buy, limit) {
            return self.end(index, "Cancelled WouldTake");
        }
        if self.orders[index].trigger().is_some() {
            self.orders[index].stage = Stage::Waiting;
            self.fire();
        } else {
            self.arrive(index);
        }
    }

    fn cancel(&mut self, order: usize) {
        match self.orders.get(order) {
            Some(known) if known.stage != Stage::Over => self.end(order, "Cancelled Requested"),
            Some(_) => self.say(order, "CancelRejected UnknownOrder"),
            None => {}
        }
    }

    /// Takes lot by lot, then rests or goes.
    fn arrive(&mut self, index: usize) {
        let (buy, limit) = (self.orders[index].buy, self.orders[index].limit());
        let reaches = |price: u64| limit.is_none_or(|limit| !better(buy, limit, price));
        loop {
            let own = self.first(!buy).map(|own| (own, self.orders[own].limit().unwrap_or(0)));
            let own = own.filter(|(_, price)| reaches(*price));
            let offer = self.offer(!buy).filter(|offer| reaches(offer.0));
            match (own, offer) {
                (Some((own, price)), offer)
                    if offer.is_none_or(|offer| !better(buy, offer.0, price)) =>
                {
                    if self.self_trade != SelfTrade::CancelNewest {
                        self.end(own, "Cancelled SelfTrade");
                    }
                    if self.self_trade != SelfTrade::CancelOldest {
                        return self.end(index, "Cancelled SelfTrade");
                    }
                }
                (_, Some(offer)) => {
                    self.take_one(!buy, offer);
                    if self.fill_one(index, offer.0, false) {
                        return;
                    }
                }
                (_, None) => break,
            }
        }
        match limit {
            None => self.end(index, "Cancelled NoLiquidity"),
            Some(_) if self.orders[index].life == Life::Ioc => {
                self.end(index, "Cancelled ImmediateRest");
            }
            Some(limit) => {
                let ahead = if self.front { Some(0) } else { self.shown_at(buy, limit) };
                self.orders[index].ahead = ahead;
                self.orders[index].stage = Stage::Resting;
            }
        }
    }

    fn amend(&mut self, index: usize, qty: u64, limit: Option<u64>, trigger: Option<u64>) {
        self.amends += 1;
        let to = format!(" to {}", self.amends);
        let Some(order) = self.orders.get(index).cloned() else { return };
        let kind = match order.kind {
            Kind::Limit(old) => Kind::Limit(limit.unwrap_or(old)),
            Kind::Stop(old) => Kind::Stop(trigger.unwrap_or(old)),
            Kind::StopLimit(old, old_limit) => {
                Kind::StopLimit(trigger.unwrap_or(old), limit.unwrap_or(old_limit))
            }
            Kind::Market => Kind::Market,
        };
        let new = Order { qty, kind, ..order.clone() };
        let has_other_fields = limit.is_some() && order.limit().is_none()
            || trigger.is_some() && order.trigger().is_none();
        let moves =
            order.stage == Stage::Resting && (new.limit() != order.limit() || qty > order.qty);
        let refused = if order.stage == Stage::Over {
            Some("UnknownOrder")
        } else if has_other_fields {
            Some("Invalid")
        } else if qty > order.filled
            && moves
            && order.life == Life::Post
            && self.would_trade(order.buy, new.limit())
        {
            Some("WouldTake")
        } else {
            None
        };
        if let Some(reason) = refused {
            self.say(index, &format!("AmendRejected {reason}"));
        } else if qty < order.filled {
            self.end(index, "Cancelled Requested");
        } else if qty == order.filled {
            self.orders[index].qty = qty;
            self.end(index, "Filled");
        } else {
            let elsewhere = order.stage == Stage::Waiting && new.trigger() != order.trigger();
            self.orders[index] =
                Order { stage: if moves { Stage::Coming } else { order.stage }, ..new };
            self.say(index, "Amended");
            if moves || elsewhere {
                self.counter += 1;
                self.orders[index].priority = self.counter;
            }
            if let Some(last) = self.said.last_mut() {
                last.push_str(&to);
            }
            if moves {
                self.arrive(index);
            } else if elsewhere {
                self.fire();
            }
            return;
        }
        if let Some(last) = self.said.last_mut() {
            last.push_str(&to);
        }
    }

    /// Quotes of others cross us, lot by lot.
    fn cross(&mut self) {
        for buy in [true, false] {
            while let Some(index) = self.first(buy) {
                let limit = self.orders[index].limit().unwrap_or(0);
                let Some(offer) = self.offer(!buy).filter(|offer| !better(buy, limit, offer.0))
                else {
                    break;
                };
                self.take_one(!buy, offer);
                self.fill_one(index, limit, true);
            }
        }
    }

    fn trade(&mut self, price: u64, qty: u64, taker_buys: bool) {
        self.last = Some((price, self.now));
        for buy in [true, false] {
            self.share(buy, price, qty, taker_buys);
        }
        self.fire();
    }

    /// Deals a trade out lot by lot.
    fn share(&mut self, buy: bool, price: u64, qty: u64, taker_buys: bool) {
        for order in &mut self.orders {
            let limit = order.limit().unwrap_or(0);
            if order.stage == Stage::Resting && order.buy == buy && better(buy, price, limit) {
                order.ahead = Some(0);
            }
        }
        let mut here = Vec::new();
        let mut served: Vec<usize> = (0..self.orders.len()).collect();
        served.sort_by_key(|index| self.orders[*index].priority);
        for index in served {
            let order = &self.orders[index];
            let at_price =
                order.stage == Stage::Resting && order.buy == buy && order.limit() == Some(price);
            if at_price && taker_buys != buy {
                let ahead = order.ahead.or_else(|| self.shown_at(buy, price));
                self.orders[index].ahead = ahead;
                if ahead.is_none() {
                    break;
                }
                here.push(index);
            }
        }
        for _ in 0..qty {
            let first = self.first(buy);
            let through =
                first.filter(|index| better(buy, price, self.orders[*index].limit().unwrap_or(0)));
            if let Some(index) = through {
                let limit = self.orders[index].limit().unwrap_or(0);
                self.fill_one(index, limit, true);
                continue;
            }
            let Some(index) =
                here.iter().copied().find(|index| self.orders[*index].stage != Stage::Over)
            else {
                return;
            };
            if self.orders[index].ahead == Some(0) {
                self.fill_one(index, price, true);
            } else {
                for index in &here {
                    let ahead = &mut self.orders[*index].ahead;
                    *ahead = ahead.map(|ahead| ahead.saturating_sub(1));
                }
            }
        }
    }

    fn fire(&mut self) {
        let Some((last, _)) = self.last else { return };
        for buy in [true, false] {
            loop {
                let waiting = self.orders.iter().enumerate().filter(|(_, order)| {
                    let trigger = order.trigger().unwrap_or(0);
                    order.stage == Stage::Waiting && order.buy == buy && !better(buy, last, trigger)
                });
                let next = waiting.min_by_key(|(_, order)| {
                    let trigger = order.trigger().unwrap_or(0);
                    (if buy { trigger } else { u64::MAX - trigger }, order.priority)
                });
                let Some((index, _)) = next else { break };
                self.counter += 1;
                self.orders[index].priority = self.counter;
                self.orders[index].stage = Stage::Coming;
                self.arrive(index);
            }
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        let mut over: Vec<usize> = self.by_number();
        over.retain(|index| self.orders[*index].until.is_some_and(|until| until <= self.now));
        over.sort_by_key(|index| (self.orders[*index].until, self.orders[*index].number));
        for index in over {
            self.end(index, "Expired LifetimeEnded");
        }
    }
}
