//! `status`: the state of the whole in a few lines; ours, the venue's, and the difference.

use std::fmt::Write as _;

use board::{
    Board, Mirror, Mirrored, NetShown, NotKnown, Standing, Status, StopShown, StrategyShown,
};
use clap::Args;
use contracts::{KillReading, Money, Span, StrategyRun, Ts};

use super::Context;
use crate::asking::shown::{amount, clock, moment, money, or_unknown, span, table, word};
use crate::asking::{Asking, Seen};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;

const EXAMPLE: &str = "\
Example:
  $ njord status
  ...
   what        ours     venue  diff  note
   orders         1         1     0  unknown 0
   USD     1,000.00  1,000.00     0
  ...
   kill switch clear; never drilled

Where each service is a process of its own, each has a line: whether it is up, since when, and how
far its journal is. Where nothing runs, the same comes from the journal, and the first line says as
of when. `?` is what cannot be known, and why stands below. Exit codes: 0 it is shown, 1 there is
nothing to show.";

/// Show the state of the whole.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    answer(&Asking::new(&arguments.settings, context)?, context)
}

/// The state of the whole.
pub(super) fn answer(asking: &Asking<'_>, context: &Context<'_>) -> Result<Answer, Failure> {
    let apart = if asking.status()?.is_some() { None } else { asking.apart()? };
    let seen = match &apart {
        Some(apart) => apart.seen(Board::status),
        None => asking.ask("/api/status", Board::status)?,
    };
    let mut json = seen.json("status", &seen.view);
    let mut text = text(&seen, &context.program.typed);
    if let Some(apart) = apart {
        text.push_str(&apart.text());
        json["services"] = apart.json();
    }
    Ok(Answer::done(text, json))
}

fn text(seen: &Seen<Status>, typed: &str) -> String {
    let status = &seen.view;
    let mut text = first_line(seen);
    text.push_str(&seen.note());
    text.push_str(&books(status));
    let _ = writeln!(text, " {}", compared(status));
    let feeds = &status.feeds;
    let stalest = feeds.stalest.filter(|_| seen.as_of.is_none());
    let stalest = stalest
        .map_or(String::new(), |feed| format!(", stalest {} {}", feed.symbol, span(feed.age)));
    let _ = writeln!(text, " feeds {}/{}{stalest}", feeds.live, feeds.known);
    let _ = writeln!(text, " {}", strategies(status));
    let hint = if status.refused.last.is_some() {
        format!(" ({typed} why --last-refused)")
    } else {
        String::new()
    };
    let _ = writeln!(text, " refused {}: {}{hint}", last_day(status), status.refused.last_day);
    let _ = writeln!(text, " {}", kill(status));
    if let Some(mirror) = &status.about.mirror {
        let _ = writeln!(text, " {}", mirrored(mirror, status.at));
    }
    for alert in status.alerts.iter().take(3) {
        let about = alert.symbol.map_or(String::new(), |symbol| format!(" {symbol}"));
        let _ = writeln!(text, " alert {} {}{about}", clock(alert.at), word(alert.code));
    }
    for what in &status.not_known {
        let _ = writeln!(text, " not known: {}", not_known(*what, status));
    }
    text
}

/// How far back the count of a day reaches: it is not for a whole one where only a part of that is known.
fn last_day(status: &Status) -> String {
    let since = status.known_since.filter(|since| status.at.since(*since) < Span::DAY);
    since.map_or("24h".to_owned(), |since| format!("since {}", clock(since)))
}

fn first_line(seen: &Seen<Status>) -> String {
    let status = &seen.view;
    let gate = match status.kill.level {
        Some(_) => "gate TRIPPED",
        None if is_unknown(status) => "gate ?",
        None => "gate ARMED",
    };
    let up = match seen.as_of {
        None => format!("up {}", span(status.at.since(status.about.started))),
        Some(_) => "down".to_owned(),
    };
    let (mode, session) = (status.about.mode.to_uppercase(), status.about.session);
    format!("{mode}   {gate}   {up}   session {session}\n")
}

fn books(status: &Status) -> String {
    let count = |n: Option<u64>| or_unknown(n, |n| n.to_string());
    let orders = &status.orders;
    let mut rows = vec![vec![
        "orders".to_owned(),
        orders.ours.to_string(),
        count(orders.venue),
        count(orders.diff),
        format!("unknown {}", orders.unknown),
    ]];
    rows.extend(status.positions.shown.iter().map(position));
    if status.positions.more > 0 {
        rows.push(vec![format!("and {} more", status.positions.more)]);
    }
    let cash = &status.cash;
    let told = status.portfolio.map(|portfolio| portfolio.cash);
    rows.push(vec![
        cash.asset.to_string(),
        or_unknown(cash.ours.or(told), money),
        or_unknown(cash.venue, money),
        or_unknown(cash.diff, difference),
        status.today.map_or(String::new(), |today| {
            let of = today.cap.map_or(String::new(), |cap| format!(" of -{}", money(cap)));
            format!("today {}{of}", money(today.result))
        }),
    ]);
    table(&["<what", "ours", "venue", "diff", "<note"], &rows)
}

/// When our books were last compared with the venue's, and what came of it.
fn compared(status: &Status) -> String {
    let Some(books) = status.compared.books else {
        return "books never compared with a statement of the venue".to_owned();
    };
    let ago = span(status.at.since(books.at));
    let came = match (books.open, books.repaired) {
        (0, 0) => "equal".to_owned(),
        (0, told) => format!("equal once {told} facts were taken from it"),
        (open, _) => format!("{open} DIFFERENCES stand open"),
    };
    format!("books compared {ago} ago: {came}; taken so far {}", books.repaired_all)
}

fn difference(diff: Money) -> String {
    if diff == Money::ZERO { "0".to_owned() } else { amount(diff) }
}

fn position(line: &NetShown) -> Vec<String> {
    vec![
        line.symbol.to_string(),
        amount(line.ours),
        or_unknown(line.venue, amount),
        or_unknown(line.diff, amount),
        line.stop.map_or(String::new(), |first| stop(&first, line.stops)),
    ]
}

/// The nearest stop that waits, and how many more there are.
pub(super) fn stop(stop: &StopShown, stops: u32) -> String {
    let place = if stop.at_venue { "at venue" } else { "on its way" };
    let more = if stops > 1 { format!(" and {} more", stops - 1) } else { String::new() };
    format!("stop {} {place}{more}", amount(stop.trigger))
}

fn strategies(status: &Status) -> String {
    let named = |wanted: &dyn Fn(&StrategyShown) -> bool| {
        let some = status.strategies.iter().filter(|line| wanted(line));
        some.map(|line| line.strategy.to_string()).collect::<Vec<_>>()
    };
    let here = |line: &StrategyShown| line.standing != Standing::Left;
    let of = |run| named(&|line: &StrategyShown| here(line) && line.run == run);
    let quiet = named(&|line| line.run == StrategyRun::Running && line.standing == Standing::Quiet);
    let left = named(&|line| !here(line));
    let (running, paused, out) =
        (of(StrategyRun::Running), of(StrategyRun::Paused), of(StrategyRun::Quarantined));
    let mut text = format!("strategies {} running", running.len());
    for (names, what) in
        [(quiet, "quiet so far"), (paused, "paused"), (out, "QUARANTINED"), (left, "gone")]
    {
        if !names.is_empty() {
            let _ = write!(text, ", {what} {}", names.join(" "));
        }
    }
    text
}

/// Whether nothing tells how the kill switch stands.
pub(super) fn is_unknown(status: &Status) -> bool {
    status.kill.level.is_none() && status.not_known.contains(&NotKnown::KillSwitch)
}

/// How the kill switch stands.
pub(super) fn kill(status: &Status) -> String {
    let kill = &status.kill;
    let mut text = match (kill.level, kill.trigger, kill.since) {
        (Some(level), Some(trigger), Some(since)) => format!(
            "kill switch TRIPPED at {} by {}, {} UTC",
            word(level),
            word(trigger),
            moment(since)
        ),
        _ if is_unknown(status) => "kill switch ?".to_owned(),
        _ => "kill switch clear".to_owned(),
    };
    for source in kill.sources.iter().filter(|source| source.reading != KillReading::Clear) {
        let _ = write!(text, "; {} {}", word(source.trigger), word(source.reading));
    }
    match status.about.drill {
        Some(drill) => {
            let ago = span(status.at.since(drill.at));
            let _ = write!(text, "; drill {ago} ago {}/{}", drill.passed, drill.of);
        }
        None => text.push_str("; never drilled"),
    }
    text
}

/// How what is said stands on the bus.
fn mirrored(mirror: &Mirror, now: Ts) -> String {
    let for_so_long = span(now.since(mirror.since));
    let why = mirror.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
    match mirror.standing {
        Mirrored::Whole => format!("bus {} has everything durable", mirror.at),
        Mirrored::Behind => format!("bus {} BEHIND for {for_so_long}{why}", mirror.at),
        Mirrored::Fenced => format!("bus {} FENCED for {for_so_long}{why}", mirror.at),
    }
}

fn not_known(what: NotKnown, status: &Status) -> String {
    let what = match what {
        NotKnown::OrdersFromBefore => {
            let since = status.known_since.unwrap_or(status.at);
            return format!(
                "orders that have not moved since {} UTC, and fills and refusals from before that; they are in the journal",
                moment(since)
            );
        }
        NotKnown::PositionsFromBefore => {
            "positions from before this began to listen that have not changed"
        }
        NotKnown::Cash => "cash by strategy; the sum is what the gate told last",
        NotKnown::Venue => "what the venue has: its own word was not heard",
        NotKnown::KillSwitch => {
            "how the kill switch stands: it has not moved since, and what it was before is further back in the journal than was read"
        }
        NotKnown::KillSources => "the polled sources of the kill switch",
        NotKnown::Overflowed => "sums: an amount left the range of exact arithmetic",
    };
    what.to_owned()
}
