//! `balance`: cash, equity and results, of the account and of each strategy.

use std::fmt::Write as _;

use board::{Board, Status, StrategyShown};
use clap::Args;

use super::Context;
use crate::asking::Asking;
use crate::asking::shown::{money, or_unknown, table};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;
use crate::serving::balance_of;

const EXAMPLE: &str = "\
Example:
  $ njord balance
  ...

Exit codes: 0 it is shown, 1 there is nothing to ask.";

/// Show cash, equity and results.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    answer(&Asking::new(&arguments.settings, context)?)
}

/// Cash, equity and results.
pub(super) fn answer(asking: &Asking<'_>) -> Result<Answer, Failure> {
    let seen = asking.ask("/api/status", Board::status)?;
    let text = seen.note() + &text(&seen.view);
    Ok(Answer::done(text, seen.json("balance", &balance_of(&seen.view))))
}

fn text(status: &Status) -> String {
    let asset = status.cash.asset;
    let mut text = String::new();
    if let Some(account) = &status.portfolio {
        let _ = writeln!(
            text,
            " equity {} {asset}: cash {}, open {}, closed {}, fees {}",
            money(account.equity),
            money(account.cash),
            money(account.unrealised),
            money(account.realised),
            money(account.fees)
        );
    }
    if let Some(today) = &status.today {
        let of = today.cap.map_or(String::new(), |cap| format!(" of -{}", money(cap)));
        let _ = writeln!(text, " today {}{of}", money(today.result));
    }
    let (ours, venue) = (status.cash.ours, status.cash.venue);
    let _ = writeln!(
        text,
        " cash {asset}: ours {}, venue {}, diff {}",
        or_unknown(ours, money),
        or_unknown(venue, money),
        or_unknown(status.cash.diff, money)
    );
    let rows: Vec<Vec<String>> = status.strategies.iter().map(row).collect();
    text + &table(&["<strategy", "cash", "closed", "open", "fees"], &rows)
}

fn row(line: &StrategyShown) -> Vec<String> {
    vec![
        line.strategy.to_string(),
        or_unknown(line.cash, money),
        money(line.realised),
        or_unknown(line.unrealised, money),
        money(line.fees),
    ]
}
