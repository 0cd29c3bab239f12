//! `signal`: a program outside says which position a strategy is to have. One signal by words, or any number of
//! them by lines on standard input, each of which is answered by a line.
//!
//! It knows nothing of markets and judges nothing: that the strategy heeds it, and that the gate lets it, is theirs.

use std::io::{self, BufRead, IsTerminal as _, Read as _};

use ::strategy::ParamValue as _;
use clap::Args;
use contracts::{Label, Net, Price, Signal, Span, StrategyId, Symbol, Ts};
use runtime::wall_clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Context;
use crate::asking::{Asking, Several};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{self, Finding, Level};
use crate::loading::Settings;
use crate::output::{Answer, tell};

const EXAMPLE: &str = r#"Example:
  $ njord signal follow_signals BTC/USD 0.002 --for 2m
  ok   signal          follow_signals wants 0.002 of BTC/USD
  ok   strategy-engine has it on its disk
  $ python3 model.py | njord signal
  ok   signal          follow_signals wants 0.002 of BTC/USD
  ...

A line on standard input is {"strategy": "follow_signals", "symbol": "BTC/USD", "target": "0.002"},
with "limit", "for" and "why" where they are wanted. Each is answered by a line, in their order;
with --json by a document of its own. A target is a position and not an order: said twice it
does no harm, and the last one counts. Only a strategy that goes by signals heeds one, and the
gate judges whatever follows. Exit codes: 0 each of them was taken, 1 not each, 2 the words mean
nothing."#;

/// No line is longer.
const LINE_BYTES_MAX: u64 = 4_096;
/// How long a signal counts where nothing is said.
const USUAL: &str = "60s";

/// Say which position a program outside wants a strategy to have.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The strategy; where nothing is said, signals come as lines on standard input.
    #[arg(requires = "target")]
    strategy: Option<StrategyId>,

    /// The pair.
    symbol: Option<Symbol>,

    /// The position: above zero long, zero is none.
    #[arg(allow_negative_numbers = true)]
    target: Option<Net>,

    /// The worst price at which to buy or sell for it.
    #[arg(long, value_name = "PRICE", requires = "target")]
    limit: Option<Price>,

    /// How long it counts: 30s, 5m.
    #[arg(long, value_name = "TIME", default_value = USUAL)]
    r#for: String,

    /// Why, in a word.
    #[arg(long, value_name = "WORD", default_value = "", hide_default_value = true)]
    why: String,

    #[command(flatten)]
    settings: Settings,
}

/// A signal as programs write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    strategy: StrategyId,
    symbol: Symbol,
    target: Net,
    limit: Option<Price>,
    r#for: Option<String>,
    #[serde(default)]
    why: String,
}

impl Line {
    /// What it says, said now.
    fn signal(&self, usual: &str, now: Ts) -> Result<Signal, String> {
        let span = Value::from(self.r#for.as_deref().unwrap_or(usual));
        let span = Span::read(&span).map_err(|wrong| format!("for: {wrong}"))?;
        if span <= Span::ZERO {
            return Err("for: a signal has to count for a while".to_owned());
        }
        let Self { strategy, symbol, target, limit, .. } = *self;
        let why = Label::new(&self.why);
        Ok(Signal { strategy, symbol, target, limit, expires: now + span, why })
    }
}

/// Whom it is said to.
enum Hearer<'a> {
    Running(&'a Asking<'a>),
    Several(Several<'a>),
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let by_words = match (arguments.strategy, arguments.symbol, arguments.target) {
        (Some(strategy), Some(symbol), Some(target)) => {
            let (limit, why) = (arguments.limit, arguments.why.clone());
            Some(Line { strategy, symbol, target, limit, r#for: None, why })
        }
        _ => None,
    };
    if by_words.is_none() && io::stdin().is_terminal() {
        let what = "there is a word missing: the signal, or lines of them on standard input";
        let advice = format!("{} signal STRATEGY SYMBOL TARGET", context.program.typed);
        return Err(Failure::new("usage", "", what).advice(advice).exit(Exit::Usage));
    }
    let asking = Asking::new(&arguments.settings, context)?;
    let hearer = match asking.several_outside()? {
        Some(several) => Hearer::Several(several),
        None => Hearer::Running(&asking),
    };
    match by_words {
        Some(line) => {
            let (signal, found) = hearer.say(&line, &arguments.r#for)?;
            let json = json!({ "signal": signal, "findings": finding::to_json(&found) });
            Ok(finding::to_answer(&found, json))
        }
        None => each_line(&hearer, &arguments.r#for, context),
    }
}

impl Hearer<'_> {
    /// Says it; the signal, and what is found of it.
    fn say(&self, line: &Line, usual: &str) -> Result<(Signal, Vec<Finding>), Failure> {
        let now = wall_clock()();
        let signal = line.signal(usual, now).map_err(|what| Failure::new("signal", "", what))?;
        let Signal { strategy, symbol, target, .. } = signal;
        let said = format!("{strategy} wants {target} of {symbol}");
        let mut found = vec![Finding::ok("signal", said)];
        match self {
            Self::Running(asking) => {
                let mut control = json!(signal);
                control["do"] = json!("signal");
                asking.tell_running(&control)?;
            }
            Self::Several(several) => found.extend(several.signal(&signal, now)?),
        }
        Ok((signal, found))
    }
}

/// Takes one line after the other until there are no more. One that is wrong is answered, and left aside.
fn each_line(hearer: &Hearer<'_>, usual: &str, context: &Context<'_>) -> Result<Answer, Failure> {
    let (mut lines, mut taken, mut number) = (io::stdin().lock(), 0_u64, 0_u64);
    while let Some(line) = next_line(&mut lines)? {
        number += 1;
        let said = read(&line).and_then(|line| hearer.say(&line, usual));
        let found = match said {
            Ok((_, found)) => found,
            Err(why) => vec![Finding::fail("signal", format!("line {number}: {}", why.first()))],
        };
        let wrong = found.iter().position(|finding| finding.level == Level::Fail);
        taken += u64::from(wrong.is_none());
        if context.look.json {
            let found = finding::to_json(&found);
            let said = json!({ "line": number, "taken": wrong.is_none(), "findings": found });
            tell(&format!("{said}\n"));
        } else {
            // A line for a line: what is wrong, or that it was taken.
            let told = wrong.unwrap_or(0);
            tell(&finding::to_text(&found[told..=told]));
        }
    }
    let exit = if taken == number { Exit::Done } else { Exit::Failed };
    let json = json!({ "lines": number, "taken": taken });
    Ok(Answer { exit, ..Answer::done("", json) })
}

fn read(line: &[u8]) -> Result<Line, Failure> {
    serde_json::from_slice(line).map_err(|error| Failure::new("signal", "", error.to_string()))
}

/// The next line that is not empty; nothing where there are no more.
fn next_line(lines: &mut impl BufRead) -> Result<Option<Vec<u8>>, Failure> {
    loop {
        let mut line = Vec::new();
        let read = lines.take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        let read = read.map_err(|error| {
            Failure::new("signal", "standard input", format!("cannot be read: {error}"))
        })?;
        if read as u64 == LINE_BYTES_MAX {
            let what = format!("a line has more than {LINE_BYTES_MAX} bytes");
            return Err(Failure::new("signal", "standard input", what)
                .advice("one signal a line, and nothing else"));
        }
        if read == 0 || !line.trim_ascii().is_empty() {
            return Ok((read > 0).then_some(line));
        }
    }
}
