//! What stays open at the venue when a process ends in peace: nobody looks after it until the next start.

use board::{Board, Listed, OrderShown, PositionShown};
use contracts::Origin;
use serde_json::{Value, json};

use crate::asking::shown::{amount, or_unknown};
use crate::commands::orders::{more, price};

/// So many orders, and so many positions, stand in the last words; the rest is counted.
const NAMED_MAX: usize = 8;

/// Orders that are open, and what is held.
pub(crate) struct Left {
    orders: Listed<OrderShown>,
    positions: Vec<PositionShown>,
}

impl Left {
    /// What that board knows of it.
    pub(crate) fn of(board: &Board) -> Self {
        let mut positions = board.positions().shown;
        positions.retain(|position| !position.net.is_flat());
        Self { orders: board.orders(), positions }
    }

    /// How many orders are open, and how many of these guard a position.
    fn counts(&self) -> (u64, u64) {
        let guards = |order: &&OrderShown| order.origin == Some(Origin::Protector);
        let protective = self.orders.shown.iter().filter(guards).count() as u64;
        (self.orders.shown.len() as u64 + self.orders.more, protective)
    }

    /// For people.
    pub(crate) fn to_text(&self) -> String {
        let (open, protective) = self.counts();
        if open == 0 && self.positions.is_empty() {
            return "open   no order, no position\n".to_owned();
        }
        let mut text = match open {
            0 => "open   no order\n".to_owned(),
            open => {
                format!("open   {open} orders stay at the venue, {protective} of them protective\n")
            }
        };
        text.extend(self.orders.shown.iter().take(NAMED_MAX).map(line));
        text += &more(open.saturating_sub(NAMED_MAX as u64));
        let held = |position: &PositionShown| {
            let PositionShown { strategy, symbol, net, .. } = position;
            format!("holds  {strategy} {} {symbol}\n", amount(net))
        };
        text.extend(self.positions.iter().take(NAMED_MAX).map(held));
        text + &more(self.positions.len().saturating_sub(NAMED_MAX) as u64)
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        let (open, protective) = self.counts();
        json!({
            "open": open,
            "protective": protective,
            "orders": self.orders,
            "positions": self.positions,
        })
    }
}

fn line(order: &OrderShown) -> String {
    let guards = if order.origin == Some(Origin::Protector) { "'s guard" } else { "" };
    format!(
        "       {} {}{guards} {} {} {} at {}\n",
        order.id.short(),
        or_unknown(order.strategy, |strategy| strategy.to_string()),
        or_unknown(order.side, |side| side.name().to_owned()),
        amount(order.qty.saturating_minus(order.filled)),
        or_unknown(order.symbol, |symbol| symbol.to_string()),
        price(order),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(bits: &str, origin: &str, trigger: &Value) -> OrderShown {
        let order = json!({
            "id": bits.repeat(8), "strategy": "ema_cross", "origin": origin, "symbol": "BTC/USD",
            "side": "sell", "qty": "0.02", "filled": "0.005", "limit": "60000", "trigger": trigger,
            "state": "new", "reason": "none", "fees": [], "began": "0", "moved": "0",
        });
        serde_json::from_value(order).unwrap()
    }

    #[test]
    fn last_words_name_orders_guards_and_positions() {
        let position = json!({
            "strategy": "ema_cross", "symbol": "BTC/USD", "net": "0.015", "realised": "0",
            "fees": "0", "stops": 1,
        });
        let guard = order("b0b0", "protector", &json!("59000"));
        let shown = vec![order("a91c", "strategy", &Value::Null), guard];
        let positions = vec![serde_json::from_value(position).unwrap()];
        let left = Left { orders: Listed { shown, more: 0 }, positions };
        assert_eq!(
            left.to_text(),
            "open   2 orders stay at the venue, 1 of them protective\n       \
             a91c ema_cross sell 0.015 BTC/USD at 60,000\n       \
             b0b0 ema_cross's guard sell 0.015 BTC/USD at stop 59,000\n\
             holds  ema_cross 0.015 BTC/USD\n"
        );
        let json = left.to_json();
        assert_eq!((&json["open"], &json["protective"]), (&2.into(), &1.into()));
        assert_eq!(json["positions"][0]["net"], "0.015");
    }

    #[test]
    fn last_words_say_that_nothing_is_open_and_count_what_they_do_not_name() {
        let many = |count| Left {
            orders: Listed { shown: vec![order("a91c", "strategy", &Value::Null); count], more: 0 },
            positions: Vec::new(),
        };
        assert_eq!(many(0).to_text(), "open   no order, no position\n");
        let text = many(10).to_text();
        assert!(text.starts_with("open   10 orders stay at the venue, 0 of them"), "{text}");
        assert!(text.lines().count() == 10 && text.ends_with(" and 2 more\n"), "{text}");
    }
}
