//! `positions`: what each strategy holds, what it is worth, and what guards it.

use board::{Listed, PositionShown};
use clap::Args;

use super::Context;
use super::orders::{cut, more};
use super::status::stop;
use crate::asking::Asking;
use crate::asking::shown::{amount, money, or_unknown, table};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord positions --all
  ...

Exit codes: 0 they are shown, 1 there is nothing to ask.";

/// List what each strategy holds.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// Also what was held once and is flat now.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    answer(&Asking::new(&arguments.settings, context)?, arguments.all, usize::MAX)
}

/// So many positions at most; all of them are those that were held once, too.
pub(super) fn answer(asking: &Asking<'_>, all: bool, at_most: usize) -> Result<Answer, Failure> {
    let mut seen = asking.ask("/api/positions", |board, _| board.positions())?;
    if !all {
        seen.view.shown.retain(|position| !position.net.is_flat());
    }
    cut(&mut seen.view, at_most);
    let text = seen.note() + &text(&seen.view);
    Ok(Answer::done(text, seen.json("positions", &seen.view)))
}

fn text(positions: &Listed<PositionShown>) -> String {
    if positions.shown.is_empty() {
        return "no position\n".to_owned();
    }
    let rows: Vec<Vec<String>> = positions.shown.iter().map(row).collect();
    let titles = [
        "<strategy",
        "<symbol",
        "net",
        "average",
        "price",
        "value",
        "open",
        "closed",
        "fees",
        "<guard",
    ];
    table(&titles, &rows) + &more(positions.more)
}

fn row(position: &PositionShown) -> Vec<String> {
    let guard = match (&position.stop, &position.guard) {
        (Some(first), _) => stop(first, position.stops),
        (None, Some(guard)) if guard.stop.get() > 0 => {
            format!("stop at {} bps, not placed", guard.stop.get())
        }
        _ => String::new(),
    };
    vec![
        position.strategy.to_string(),
        position.symbol.to_string(),
        amount(position.net),
        position.average.map_or(String::new(), amount),
        or_unknown(position.price, amount),
        or_unknown(position.value, money),
        or_unknown(position.unrealised, money),
        money(position.realised),
        money(position.fees),
        guard,
    ]
}
