//! Draws what a synthetic market does, and says how it compares with a real one:
//! `market --seed 7 --symbol BTC/USD --hours 24`.
//!
//! Everything shown is read from the stream of events, as a customer would; only the line of regimes is
//! what no trader is ever told.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod chart;
mod past;
mod statistics;

use std::io::IsTerminal as _;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::str::FromStr;

use contracts::{Span, Ts};
use simvenue::synthetic::{
    Market, MarketConfig, Streams, SymbolConfig, btc_usd, doge_usd, eth_usd, sol_usd,
};

use crate::chart::Canvas;
use crate::past::Past;

const USAGE: &str = "market [--seed N] [--symbol BTC/USD|ETH/USD|SOL/USD|DOGE/USD] [--hours 1..2160] \
                     [--width 24..240] [--height 8..60]";
/// Where the simulated day begins: 2026-01-05 00:00 UTC, a Monday.
const START: Ts = Ts::from_nanos(1_767_571_200_000_000_000);

/// What was asked for on the command line.
struct Wish {
    seed: u64,
    preset: SymbolConfig,
    hours: i64,
    width: usize,
    height: usize,
}

fn main() -> ExitCode {
    let wish = match Wish::read(std::env::args().skip(1).collect()) {
        Ok(wish) => wish,
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let config = MarketConfig { start: START, streams: Streams::Book, symbols: vec![wish.preset] };
    match Market::new(config, wish.seed) {
        Ok(market) => show(&wish, market),
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn show(wish: &Wish, market: Market) {
    let length = Span::MINUTE.times(60 * wish.hours);
    let past = Past::read(market, &wish.preset, length, wish.width);
    let canvas = Canvas { height: wish.height, colour: std::io::stdout().is_terminal() };
    println!("{}, seed {}, {} hours", wish.preset.instrument.symbol, wish.seed, wish.hours);
    print!("{}", canvas.draw(&past));
    print!("{}", statistics::tell(&past, &wish.preset));
}

impl Wish {
    fn read(arguments: Vec<String>) -> Result<Self, String> {
        let (mut seed, mut symbol, mut hours) = (7, String::from("BTC/USD"), 24);
        let (mut width, mut height) = (96, 20);
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(format!("{name} needs a value"))?;
            match name.as_str() {
                "--seed" => seed = number(&name, &value, 0..=u64::MAX)?,
                "--symbol" => symbol = value,
                "--hours" => hours = number(&name, &value, 1..=2_160)?,
                "--width" => width = number(&name, &value, 24..=240)?,
                "--height" => height = number(&name, &value, 8..=60)?,
                _ => return Err(format!("{name} is not known")),
            }
        }
        let preset = [btc_usd(), eth_usd(), sol_usd(), doge_usd()]
            .into_iter()
            .find(|preset| preset.instrument.symbol.as_str() == symbol)
            .ok_or(format!("there is no preset for {symbol}"))?;
        Ok(Self { seed, preset, hours, width, height })
    }
}

fn number<T: FromStr + PartialOrd>(
    name: &str,
    text: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, String> {
    let wrong = || format!("{name}: {text} is not possible");
    text.parse().ok().filter(|value| allowed.contains(value)).ok_or_else(wrong)
}
