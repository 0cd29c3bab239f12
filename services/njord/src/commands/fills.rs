//! `fills`: what has traded lately.

use board::{FillShown, Listed};
use clap::Args;

use super::Context;
use super::orders::{cut, more};
use crate::asking::Asking;
use crate::asking::shown::{amount, moment, or_unknown, table, word};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord fills --last 5
  ...

Exit codes: 0 they are shown, 1 there is nothing to ask.";

/// List the last fills, the latest first.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// How many.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    last: usize,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    answer(&Asking::new(&arguments.settings, context)?, arguments.last)
}

/// So many of the last fills.
pub(super) fn answer(asking: &Asking<'_>, last: usize) -> Result<Answer, Failure> {
    let mut seen = asking.ask("/api/fills", |board, _| board.fills())?;
    cut(&mut seen.view, last);
    let text = seen.note() + &text(&seen.view);
    Ok(Answer::done(text, seen.json("fills", &seen.view)))
}

fn text(fills: &Listed<FillShown>) -> String {
    if fills.shown.is_empty() && fills.more == 0 {
        return "no fill that is remembered\n".to_owned();
    }
    let rows: Vec<Vec<String>> = fills.shown.iter().map(row).collect();
    let titles = [
        "<at",
        "<order",
        "<strategy",
        "<side",
        "qty",
        "<symbol",
        "price",
        "fee",
        "<asset",
        "<liquidity",
    ];
    table(&titles, &rows) + &more(fills.more)
}

fn row(fill: &FillShown) -> Vec<String> {
    vec![
        moment(fill.at),
        fill.id.short().to_string(),
        or_unknown(fill.strategy, |strategy| strategy.to_string()),
        fill.side.name().to_owned(),
        amount(fill.qty),
        fill.symbol.to_string(),
        amount(fill.price),
        amount(fill.fee),
        fill.fee_asset.to_string(),
        word(fill.liquidity),
    ]
}
