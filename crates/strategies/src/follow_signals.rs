//! Brings its positions to where signals of a program outside want them.
//!
//! A signal says a position and not an order: whatever is asked for follows from what is held and what is open, so
//! that one that is said twice, or after a restart, doubles nothing. Of a pair one order is open at a time. One that
//! leads elsewhere by now is cancelled, and the next is asked for when it is gone; an order of unknown fate is waited
//! for. Between two moves on a pair passes a while, whatever comes back, and after a refusal a longer one.

use contracts::{
    Feed, FeedState, Fill, Label, Net, OrderState, OrderUpdate, Price, Qty, Refusal, Side, Signal,
    Span, Symbol, SymbolMap, Ts,
};
use serde::{Deserialize, Serialize};
use strategy::{Cx, Heeded, Invalid, OpenOrder, PerSymbol, Setup, Strategy, ensure, params};

use crate::is_enough;

params! {
    /// What following signals takes.
    pub struct Config {
        /// The most of a pair that a signal may want; one that wants more, or a short position, has no effect.
        most: Qty = "0.01";
        /// How long a signal counts at most, whatever it says itself.
        counts: Span = "5m", in "1s"..="24h";
        /// Whether it closes what it holds when no signal counts any more; otherwise it keeps it.
        close_on_silence: bool = false;
        /// Whether its orders rest at their own side of the book instead of taking what is there.
        passive: bool = false;
        /// How long an order may stand before it is asked for anew, if its price would be another one then.
        patience: Span = "15s", in "1s"..="1h";
        /// The shortest time between two moves on a pair.
        pace: Span = "1s", in "100ms"..="1m";
        /// How long it rests on a pair after a refusal.
        rest: Span = "30s", in "1s"..="24h";
    }
}

/// What is wanted of one symbol, and what was last done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    wanted: Option<Wanted>,
    /// What the last order was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    asked: Option<Asked>,
    /// Nothing is said on this symbol before.
    not_before: Ts,
    /// When to look again though nothing happens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    look: Option<Ts>,
}

/// A position, and how to come there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    target: Net,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    limit: Option<Price>,
    /// Until when; what is wanted because nobody says anything is wanted for good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<Ts>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    why: Option<Label>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    target: Net,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    limit: Option<Price>,
    /// The price that it was asked for at; nothing where any was good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    price: Option<Price>,
    at: Ts,
}

/// Nobody knows at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NoPrice;

/// Follows signals; its settings say how.
pub struct FollowSignals {
    config: Config,
    followed: PerSymbol<Followed>,
}

const TIMER: &str = "look";

impl FollowSignals {
    /// Does what is to be done on a symbol, and sets the timer for what is to be done later.
    fn turn(&mut self, symbol: Symbol, cx: &mut Cx<'_>) {
        let followed = self.followed.of(symbol);
        followed.look = self.config.follow(symbol, followed, cx);
        match self.followed.states().iter().filter_map(|(_, one)| one.look).min() {
            Some(at) => cx.timer(TIMER, at),
            None => cx.cancel_timer(TIMER),
        }
    }
}

impl Config {
    /// Brings one symbol further; when to look again though nothing happens.
    fn follow(&self, symbol: Symbol, followed: &mut Followed, cx: &mut Cx<'_>) -> Option<Ts> {
        let now = cx.now();
        if followed.wanted.and_then(|wanted| wanted.until).is_some_and(|until| until <= now) {
            followed.wanted = self.close_on_silence.then(Wanted::nothing);
        }
        let ends = followed.wanted.and_then(|wanted| wanted.until);
        let standing = cx.open_orders().iter().find(|order| order.symbol == symbol).cloned();
        let next = match (standing, followed.wanted) {
            (Some(order), wanted) => self.mind(&order, wanted, followed, cx),
            (None, Some(wanted)) => self.approach(symbol, wanted, followed, cx),
            (None, None) => None,
        };
        next.into_iter().chain(ends).min()
    }

    /// An order stands: it is left alone while it leads where it should, and for so long as it may.
    fn mind(
        &self,
        order: &OpenOrder,
        wanted: Option<Wanted>,
        followed: &mut Followed,
        cx: &mut Cx<'_>,
    ) -> Option<Ts> {
        // What becomes of one that nobody has answered yet, or of unknown fate, will be told.
        let settled = matches!(order.state, OrderState::New | OrderState::PartiallyFilled);
        if !settled || order.cancelling {
            return None;
        }
        let now = cx.now();
        let leads_there = |asked: &Asked| {
            wanted.filter(|to| (to.target, to.limit) == (asked.target, asked.limit))
        };
        let asked = followed.asked.and_then(|asked| Some((leads_there(&asked)?, asked)));
        let why = match asked {
            None => "wanted no more",
            Some((_, asked)) if now < asked.at + self.patience => {
                return Some(asked.at + self.patience);
            }
            Some((wanted, Asked { price: price @ Some(_), .. }))
                if self.price(order.symbol, order.side, wanted, cx) == Ok(price) =>
            {
                return Some(now + self.patience);
            }
            Some(_) => "not filled",
        };
        if now < followed.not_before {
            return Some(followed.not_before);
        }
        followed.not_before = now + self.pace;
        cx.cancel(order.id, why);
        None
    }

    /// No order stands: one is asked for, if anything is missing.
    fn approach(
        &self,
        symbol: Symbol,
        wanted: Wanted,
        followed: &mut Followed,
        cx: &mut Cx<'_>,
    ) -> Option<Ts> {
        let (now, held) = (cx.now(), cx.position(symbol));
        let missing = wanted.target.plus(-held).ok()?;
        let side = missing.side()?;
        if side == Side::Buy && cx.feed(symbol) != FeedState::Live {
            // It would be refused; that the market is seen again will be told.
            return None;
        }
        if cx.instrument(symbol).is_some() && !is_enough(missing.size(), symbol, cx) {
            return None;
        }
        if now < followed.not_before {
            return Some(followed.not_before);
        }
        let mut was_sent = false;
        if let Ok(price) = self.price(symbol, side, wanted, cx) {
            let Wanted { target, limit, why, .. } = wanted;
            followed.asked = Some(Asked { target, limit, price, at: now });
            was_sent = self.ask(symbol, (side, missing.size()), (price, why), cx);
        }
        followed.not_before = now + if was_sent { self.pace } else { self.rest };
        (!was_sent).then_some(followed.not_before)
    }

    /// The price at which to ask; nothing where any is good.
    fn price(
        &self,
        symbol: Symbol,
        side: Side,
        wanted: Wanted,
        cx: &Cx<'_>,
    ) -> Result<Option<Price>, NoPrice> {
        if !self.passive {
            return Ok(wanted.limit);
        }
        // Who buys stands where those who sell at once would meet him.
        let own = cx.touch(symbol, side.opposite()).ok_or(NoPrice)?;
        Ok(Some(wanted.limit.map_or(own, |limit| no_worse(side, limit, own))))
    }

    /// Asks for what is missing; whether it was sent.
    fn ask(
        &self,
        symbol: Symbol,
        (side, qty): (Side, Qty),
        (price, why): (Option<Price>, Option<Label>),
        cx: &mut Cx<'_>,
    ) -> bool {
        let request = match side {
            Side::Buy => cx.buy(symbol, qty),
            // Nothing is wanted below zero: who sells only leaves.
            Side::Sell => cx.sell(symbol, qty).reduce_only(),
        };
        let request = match price {
            Some(price) if self.passive => request.limit(price).post_only(),
            Some(price) => request.limit(price),
            None => request,
        };
        request.send(why.unwrap_or_default().as_str()).is_some()
    }
}

impl Wanted {
    /// What is wanted of who holds what nobody speaks of any more.
    fn nothing() -> Self {
        Self { target: Net::ZERO, limit: None, until: None, why: Some(Label::new("silence")) }
    }
}

/// Whichever of the two is the better price for that side.
fn no_worse(side: Side, one: Price, other: Price) -> Price {
    match side {
        Side::Buy => one.min(other),
        Side::Sell => one.max(other),
    }
}

impl Strategy for FollowSignals {
    const NAME: &'static str = "follow_signals";
    const ABOUT: &'static str = "brings its position to where a program outside wants it";

    type Config = Config;
    type State = SymbolMap<Followed>;

    fn on_start(config: Config, setup: &mut Setup) -> Result<Self, Invalid> {
        ensure!(!config.most.is_zero(), "most must be above zero");
        setup.book();
        let followed = setup.per_symbol(|_| Followed::default());
        Ok(Self { config, followed })
    }

    fn on_signal(&mut self, signal: &Signal, cx: &mut Cx<'_>) -> Heeded {
        if signal.target < Net::ZERO || signal.target.size() > self.config.most {
            return Heeded::No;
        }
        let until = signal.expires.min(cx.now() + self.config.counts);
        self.followed.of(signal.symbol).wanted = Some(Wanted {
            target: signal.target,
            limit: signal.limit,
            until: Some(until),
            why: Some(signal.why).filter(|why| *why != Label::NONE),
        });
        self.turn(signal.symbol, cx);
        Heeded::Yes
    }

    fn on_timer(&mut self, _name: Label, cx: &mut Cx<'_>) {
        for symbol in cx.symbols().to_vec() {
            if self.followed.of(symbol).look.is_some_and(|at| at <= cx.now()) {
                self.turn(symbol, cx);
            }
        }
    }

    fn on_order(&mut self, update: &OrderUpdate, cx: &mut Cx<'_>) {
        self.turn(update.symbol, cx);
    }

    fn on_fill(&mut self, fill: &Fill, cx: &mut Cx<'_>) {
        self.turn(fill.symbol, cx);
    }

    fn on_feed(&mut self, feed: &Feed, cx: &mut Cx<'_>) {
        if feed.state == FeedState::Live {
            self.turn(feed.symbol, cx);
        }
    }

    fn on_refused(&mut self, refusal: &Refusal, cx: &mut Cx<'_>) {
        if let Some(symbol) = refusal.symbol {
            self.followed.of(symbol).not_before = cx.now() + self.config.rest;
            self.turn(symbol, cx);
        }
    }

    fn state(&self) -> &Self::State {
        self.followed.states()
    }

    fn restore(&mut self, state: Self::State) -> Result<(), Invalid> {
        self.followed.restore(state);
        Ok(())
    }
}
