//! `orders`: every open order.

use board::{Listed, OrderShown};
use clap::Args;

use super::Context;
use crate::asking::Asking;
use crate::asking::shown::{amount, clock, or_unknown, table, word};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord orders
   id    strategy   side  filled    of  symbol       at  state  since
   b0b0  ema_cross  buy        0  0.02  BTC/USD  60,000  new    00:00:50

An order of state `unknown` may be live, filled, or never have arrived; nothing new of its instrument is
opened until the venue has said which. Exit codes: 0 they are shown, 1 there is nothing to ask.";

/// List the open orders.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    answer(&Asking::new(&arguments.settings, context)?, usize::MAX)
}

/// So many open orders at most.
pub(super) fn answer(asking: &Asking<'_>, at_most: usize) -> Result<Answer, Failure> {
    let mut seen = asking.ask("/api/orders", |board, _| board.orders())?;
    cut(&mut seen.view, at_most);
    let text = seen.note() + &text(&seen.view);
    Ok(Answer::done(text, seen.json("orders", &seen.view)))
}

fn text(orders: &Listed<OrderShown>) -> String {
    if orders.shown.is_empty() {
        return "no open order\n".to_owned();
    }
    let rows: Vec<Vec<String>> = orders.shown.iter().map(row).collect();
    let titles = ["<id", "<strategy", "<side", "filled", "of", "<symbol", "at", "<state", "<since"];
    table(&titles, &rows) + &more(orders.more)
}

fn row(order: &OrderShown) -> Vec<String> {
    vec![
        order.id.short().to_string(),
        or_unknown(order.strategy, |strategy| strategy.to_string()),
        or_unknown(order.side, |side| side.name().to_owned()),
        amount(order.filled),
        amount(order.qty),
        or_unknown(order.symbol, |symbol| symbol.to_string()),
        price(order),
        or_unknown(order.state, word),
        clock(order.began),
    ]
}

/// At which price it may trade.
pub(crate) fn price(order: &OrderShown) -> String {
    match (order.trigger, order.limit) {
        (Some(trigger), _) => format!("stop {}", amount(trigger)),
        (None, Some(limit)) => amount(limit),
        (None, None) => "market".to_owned(),
    }
}

/// Leaves the first of a list; the rest is counted.
pub(super) fn cut<T>(list: &mut Listed<T>, at_most: usize) {
    let beyond = list.shown.len().saturating_sub(at_most);
    list.shown.truncate(at_most);
    list.more += beyond as u64;
}

/// How many more there are than are shown.
pub(crate) fn more(more: u64) -> String {
    if more == 0 { String::new() } else { format!(" and {more} more\n") }
}
