//! Time: what is due for an order when nothing was heard.
//!
//! Silence never ends an order. It makes its fate unknown, and the gateway asks, again and again with
//! growing pauses, until the venue has said what became of it.

use contracts::{Event, OrderId, Span, Ts};
use kernel::Outbox;

use super::Gateway;

/// The first pause after a question.
const ASK_AFTER: Span = Span::SECOND;

impl Gateway {
    /// The timer of an order has fired.
    pub(super) fn due(&mut self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get_mut(id) else { return };
        if order.is_unanswered() && !order.unknown {
            order.unknown = true;
            let (corr, update) = (order.corr, order.update(None));
            out.emit_for(corr, Event::Order(update));
        }
        let cancel_wanted = order.cancel_wanted;
        order.asked = order.asked.saturating_add(1);
        if cancel_wanted {
            self.send_cancel(id, out);
        }
        self.send_query(id, out);
        self.schedule(now, id, out);
    }

    /// Asks a moment from now: the missing word may already be on its way.
    pub(super) fn ask_soon(&self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        if let Some(order) = self.state.open.get(id) {
            out.wake_at(order.timer, now + self.pause(order.asked));
        }
    }

    /// When the order is looked at again.
    pub(super) fn schedule(&self, now: Ts, id: OrderId, out: &mut Outbox<'_>) {
        let Some(order) = self.state.open.get(id) else { return };
        let restless = order.is_unanswered()
            || order.unknown
            || order.cancel_wanted
            || order.amend.is_some()
            || order.misses_executions();
        let pause = if !restless {
            self.config.check_every
        } else if order.asked == 0 {
            self.config.answer_timeout
        } else {
            self.pause(order.asked)
        };
        out.wake_at(order.timer, now + pause);
    }

    fn pause(&self, asked: u32) -> Span {
        ASK_AFTER.times(1 << asked.min(5)).min(self.config.ask_every_max)
    }
}
