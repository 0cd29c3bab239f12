//! Getting out of a position: the way is cleared, and the wish is kept until nothing is held.
//!
//! A close can be refused for a moment: the orders that guard the position may still hold what is to
//! be sold, the price may be stale, an immediate order may find nobody. A strategy that decided to
//! leave and was refused must not stay in by accident, so the host asks again, less and less often,
//! until the position is gone or the strategy has changed its mind. Only what is too small for the
//! venue is given up.

use contracts::{Bps, Event, IntentSeq, Label, OrderId, Protect, Qty, Side, Span, Symbol, Ts};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::request::{Aim, OrderRequest};
use crate::unsent::Unsent;

/// How long after the first attempt the second is made; then twice as long each time.
pub(crate) const WAIT_FIRST: Span = Span::SECOND;
/// The longest wait between two attempts.
const WAIT_MAX: Span = Span::MINUTE;

/// The wish to hold nothing of a symbol.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(crate) symbol: Symbol,
    #[serde(skip_serializing_if = "is_none", default = "nothing")]
    why: Label,
    /// When to look again.
    at: Ts,
    wait: Span,
    /// The number that the next intent had when it was said.
    since: IntentSeq,
}

fn is_none(why: &Label) -> bool {
    *why == Label::NONE
}

fn nothing() -> Label {
    Label::NONE
}

/// An entry whose fills are guarded by protective orders.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Guarded {
    pub(crate) entry: OrderId,
    pub(crate) symbol: Symbol,
    pub(crate) exit_side: Side,
    pub(crate) intent: IntentSeq,
}

/// The wishes of one strategy, at most one for each symbol.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Closings {
    wishes: Vec<Closing>,
}

impl Closings {
    /// When to look again at the first.
    pub(crate) fn next(&self) -> Option<Ts> {
        self.wishes.iter().map(|wish| wish.at).min()
    }

    fn keep(&mut self, wish: Closing) {
        let _ = self.drop(wish.symbol);
        self.wishes.push(wish);
    }

    /// The strategy has changed its mind, or holds nothing any more.
    /// Whether there was such a wish; then the timer is to be moved.
    pub(crate) fn drop(&mut self, symbol: Symbol) -> bool {
        let before = self.wishes.len();
        self.wishes.retain(|held| held.symbol != symbol);
        self.wishes.len() < before
    }

    /// Something has happened that may let the next attempt pass; whether anybody waits for it.
    pub(crate) fn hurry(&mut self, symbol: Symbol, now: Ts) -> bool {
        let wish = self.wishes.iter_mut().find(|held| held.symbol == symbol && held.at > now);
        wish.map(|wish| wish.at = now).is_some()
    }

    /// Forgets what was wished in a call that came to nothing.
    pub(crate) fn forget_after(&mut self, last: IntentSeq) {
        self.wishes.retain(|held| held.since <= last);
    }

    fn take_due(&mut self, now: Ts) -> Option<Closing> {
        let place = self.wishes.iter().position(|wish| wish.at <= now)?;
        Some(self.wishes.remove(place))
    }
}

impl Cx<'_> {
    /// Cancels what would open more and removes the guards, whose orders hold what is to be closed;
    /// whether there was any of that.
    fn clear_the_way(&mut self, symbol: Symbol, why: Label) -> bool {
        let held = self.position(symbol).side();
        let cancelled = self.cancel_openers(symbol, held, why);
        let guards = self.desk.take_guards(symbol);
        let mut cleared = cancelled;
        for Guarded { entry, symbol, exit_side, .. } in guards {
            if self.said.has_room(1) {
                let (stop, target, trail) = (Bps::default(), Bps::default(), Bps::default());
                let none = Protect { entry, symbol, exit_side, stop, target, trail };
                self.said.push(Event::Protect(none));
                cleared = true;
            }
        }
        cleared
    }

    /// What is held and not being closed by an own order, with the side that closes it.
    fn left_to_close(&self, symbol: Symbol) -> Option<(Side, Qty)> {
        let held = self.position(symbol);
        let side = held.side()?.opposite();
        let closing = self.desk.orders.of(symbol).filter(|order| order.side == side);
        let covered = |left: Qty, part: Qty| left.saturating_minus(part);
        Some((side, closing.fold(held.size(), |left, order| covered(left, order.to_come()))))
    }

    /// Looks again at the first close that is due.
    pub(crate) fn close_again(&mut self) {
        let Some(wish) = self.desk.closings.take_due(self.now) else { return };
        let wait = wish.wait.times(2).min(WAIT_MAX);
        // What is not sent is looked at again; only the reason that ends it is noted.
        let mut again = OrderRequest::new(self, wish.symbol, Aim::Close);
        if let Err(Unsent::BelowMinimum) = again.close(wish.why, wait) {
            self.note_unsent(Unsent::BelowMinimum, Some(wish.symbol));
        }
    }
}

impl OrderRequest<'_, '_> {
    /// Clears the way, asks for what is left, and keeps the wish until nothing is. A close at a limit
    /// price is an order like any other: it rests, and is not asked for again.
    pub(crate) fn close(&mut self, why: Label, wait: Span) -> Result<Option<OrderId>, Unsent> {
        let symbol = self.symbol;
        self.cx.may_trade(symbol, true)?;
        let since = self.cx.desk.said.next();
        let cleared = self.cx.clear_the_way(symbol, why);
        let spec = match self.cx.left_to_close(symbol) {
            Some((side, left)) if !left.is_zero() => self.spec(side, left.into()),
            _ => Err(Unsent::NothingToClose),
        };
        let is_over = self.cx.is_flat(symbol) || spec == Err(Unsent::BelowMinimum);
        if self.limit.is_none() && !is_over {
            let at = self.cx.now + wait;
            self.cx.desk.closings.keep(Closing { symbol, why, at, wait, since });
            self.cx.said.timers_moved = true;
        }
        match spec {
            Err(Unsent::NothingToClose) if cleared => Ok(None),
            spec => spec.map(|spec| self.cx.place(&spec, self.guard, why)),
        }
    }
}
