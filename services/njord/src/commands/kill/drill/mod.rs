//! `kill drill`: the kill switch pulled for real, again and again, each time in another way.
//!
//! Every drill has a home, a venue and a trader of its own; nothing here touches what runs. What is checked
//! is read from the journals of both, and not from what anybody says about itself.

mod disk;
mod evidence;
mod hangs;
mod rehearsal;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use board::Drill;
use clap::Args;
use contracts::Span;
use launch::put;
use runtime::wall_clock;
use serde_json::{Value, json};

use crate::asking::shown::table;
use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::{Answer, progress};
use crate::serving::DRILL_FILE;
pub(super) use disk::DrillFiles;
pub(super) use hangs::Hangs;
use rehearsal::{DRILLS, Rehearsal};

const EXAMPLE: &str = "\
Example:
  $ njord kill drill
  ...

Each drill starts a venue and a trader of its own in a folder of its own, waits for resting orders, pulls one
trigger, and looks into both journals: no new order after the trip, no order left at the venue, the latch
still tripped after a kill -9, and nothing but the operator's key clears it. What runs here is not touched.
Takes about two minutes. `njord status` shows when the last one was, and how it went.
Exit codes: 0 everything held, 1 something did not.";

/// Pull the kill switch in nine ways, on processes of its own, and see whether it holds.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The folder for everything that is made; where nothing is said, runs/drill.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,

    #[command(flatten)]
    settings: Settings,
}

/// How a drill went.
struct Went {
    name: &'static str,
    what: &'static str,
    /// How long it took until no order was left; or what did not hold.
    outcome: Result<Span, String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let state = arguments.settings.load(context.environment)?.places().state.clone();
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("runs/drill"));
    let clock = wall_clock();
    let mut all = Vec::new();
    for drill in DRILLS {
        if !context.look.json {
            progress(&format!("{}: {}", drill.name, drill.what));
        }
        let rehearsal = Rehearsal::of(drill, &folder.join(drill.name), clock.clone());
        let outcome = rehearsal.and_then(Rehearsal::run).map_err(|failure| failure.first());
        all.push(Went { name: drill.name, what: drill.what, outcome });
    }
    if !context.look.json {
        progress("");
    }
    let passed = all.iter().filter(|went| went.outcome.is_ok()).count();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let drill = Drill { at: clock(), passed: count(passed), of: count(all.len()) };
    let kept = keep(&state, drill)?;
    let exit = if passed == all.len() { Exit::Done } else { Exit::Failed };
    Ok(Answer { text: text(&all), json: to_json(&all, drill, kept), exit })
}

/// Keeps the result where `status` finds it; whether there is such a place.
fn keep(state: &Path, drill: Drill) -> Result<bool, Failure> {
    if !state.is_dir() {
        return Ok(false);
    }
    let file = state.join(DRILL_FILE);
    put(&file, &format!("{}\n", json!(drill))).map(|()| true).map_err(|error| {
        let what = format!("the result cannot be kept: {error}");
        Failure::new("drill", file.display().to_string(), what).advice("the same as its owner")
    })
}

fn text(all: &[Went]) -> String {
    let row = |went: &Went| {
        let (held, took) = match &went.outcome {
            Ok(took) => ("yes", took.millis().to_string()),
            Err(_) => ("NO", "-".to_owned()),
        };
        vec![went.name.to_owned(), went.what.to_owned(), held.to_owned(), took]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let mut text = table(&["<drill", "<what", "held", "ms"], &rows);
    for went in all {
        if let Err(why) = &went.outcome {
            let _ = writeln!(text, "FAIL {}: {why}", went.name);
        }
    }
    text
}

fn to_json(all: &[Went], drill: Drill, kept: bool) -> Value {
    let drills: Vec<Value> = all
        .iter()
        .map(|went| {
            let took = went.outcome.as_ref().ok().map(|took| took.millis());
            json!({
                "drill": went.name, "what": went.what, "held": went.outcome.is_ok(), "ms": took,
                "why": went.outcome.as_ref().err(),
            })
        })
        .collect();
    json!({ "drills": drills, "at": drill.at, "passed": drill.passed, "of": drill.of, "kept": kept })
}
