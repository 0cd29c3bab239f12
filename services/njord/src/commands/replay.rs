//! `replay`: a journal, repeated by the machines that decided it.

use std::path::PathBuf;

use clap::Args;
use contracts::Epoch;
use launch::{Whose, journal_of, repeat};
use runtime::{Change, Parting, Whole, wall_clock};
use serde_json::{Value, json};

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;
use crate::running::{self, service_of, services};

const EXAMPLE: &str = "\
Example:
  $ njord replay
  ok   replay   61402 inputs of 3 starts taken again: all 2210 outputs are byte for byte what the journal holds
  ok   state    5 kept states are the same; at the end 00112233445566778899aabbccddeeff

It takes every input from the first record to the last, with the machines that the settings and this build
make, and compares everything that they say. It only reads: the journal may be in use, and the keys must be
those that it was made with. A start with other settings is passed over, and that is said.
Exit codes: 0 it repeats, 1 it does not, or not all of it could be tried.";

/// Repeat a journal from its first record to its last, and compare everything that is said.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The folder of the journal; where nothing is said, that of the settings.
    folder: Option<PathBuf>,

    /// It is the journal of the simulated venue that is a process of its own.
    #[arg(long)]
    venue: bool,

    /// It is the journal of that service, which is a process of its own.
    #[arg(long, value_name = "SERVICE", conflicts_with = "venue")]
    service: Option<String>,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let loaded = arguments.settings.load(context.environment)?;
    let places = loaded.places();
    let services = services();
    let (whose, usual) = if arguments.venue {
        (Whose::Venue, places.state.join("venue"))
    } else if let Some(name) = &arguments.service {
        let service = service_of(&services, name)?;
        (Whose::One(service), journal_of(&loaded, service.name))
    } else {
        (Whose::Whole(&services), places.journal.clone())
    };
    let folder = arguments.folder.clone().unwrap_or(usual);
    if std::fs::symlink_metadata(&folder).is_err() {
        let what = "there is no such folder, so there is no journal to replay";
        return Err(Failure::new("journal", folder.display().to_string(), what)
            .advice("the folder of a journal; the first start makes one"));
    }
    let whole = repeat(whose, &folder, running::deps(&loaded, context, &wall_clock()))
        .map_err(|why| running::not_launched(why, &loaded.places().keys, context))?;
    let exit = if repeats(&whole) { Exit::Done } else { Exit::Failed };
    let text = finding::to_text(&findings(&whole));
    Ok(Answer { text, json: to_json(&whole, &folder.display().to_string()), exit })
}

/// Whether everything was tried, and is the same.
pub(crate) fn repeats(whole: &Whole) -> bool {
    let over = whole.passed_over;
    whole.parted.is_none() && over.other_settings == 0 && (whole.inputs > 0 || over.no_state == 0)
}

/// What a parting is, in one line.
pub(crate) fn parting(parting: &Parting) -> String {
    let Parting { record, start: Epoch(start), why, .. } = parting;
    format!("record {record}, of start {start}, is not repeated: {why}")
}

/// What there is to say of the states that were kept.
fn about_states(whole: &Whole) -> Vec<Finding> {
    let Whole { states, raised, state, .. } = whole;
    let mut findings = Vec::new();
    if whole.parted.is_none() && whole.inputs > 0 {
        let text = format!("{states} kept states are the same; at the end {state:032x}");
        findings.push(Finding::ok("state", text));
    }
    if *raised > 0 {
        let text = format!(
            "{raised} kept states are in the layout of an older build and became others than replayed; it went on from those, as a start of this build does"
        );
        findings.push(Finding::warn("layout", text));
    }
    findings
}

fn findings(whole: &Whole) -> Vec<Finding> {
    let Whole { records, starts, inputs, outputs, unwritten, torn, passed_over, .. } = whole;
    let mut findings = vec![match &whole.parted {
        None if *inputs == 0 && *records > 0 => {
            Finding::fail("replay", format!("nothing of {records} records could be taken again"))
        }
        None => Finding::ok(
            "replay",
            format!(
                "{inputs} inputs of {starts} starts taken again: all {outputs} outputs are byte for byte what the journal holds"
            ),
        ),
        Some(parted) => {
            let advice = match &parted.other_build {
                Some(build) => format!("the build that wrote it: {build}"),
                None => "`audit verify` for the chain; if that holds, report it".to_owned(),
            };
            let what = parting(parted);
            Finding::fail("replay", format!("{what}; {outputs} outputs before it are the same"))
                .advice(advice)
        }
    }];
    findings.extend(about_states(whole));
    if passed_over.other_settings > 0 {
        let count = passed_over.other_settings;
        let text = format!("{count} inputs and outputs are of starts with other settings");
        findings.push(Finding::warn("settings", text).advice("the settings of those starts"));
    }
    if passed_over.left_out > 0 {
        let count = passed_over.left_out;
        let text = format!("{count} inputs and outputs were left out by a later start, as it says");
        findings.push(Finding::warn("left out", text));
    }
    if passed_over.no_state > 0 {
        let count = passed_over.no_state;
        let text = format!("{count} inputs and outputs rest on a state that is not here");
        findings.push(Finding::warn("before", text));
    }
    findings.extend(whole.changes.iter().map(|change| Finding::warn("change", changed(change))));
    if whole.unlisted > 0 {
        findings.push(Finding::warn("change", format!("and {} more", whole.unlisted)));
    }
    if *unwritten > 0 || *torn {
        let text = format!(
            "the last input is not answered in full: {unwritten} outputs are still to be written{}",
            if *torn { ", and bytes at the end are not whole" } else { "" },
        );
        findings.push(
            Finding::warn("end", text)
                .advice("nothing: it is being written, or the next start does"),
        );
    }
    findings
}

fn changed(change: &Change) -> String {
    let Change { record, start: Epoch(start), settings, build } = change;
    let said = |what: &str, pair: &Option<(String, String)>| {
        pair.as_ref().map(|(was, is)| format!("{what} {is} in the place of {was}"))
    };
    let both: Vec<String> =
        [said("settings", settings), said("build", build)].into_iter().flatten().collect();
    format!("start {start}, record {record}: {}", both.join("; "))
}

fn to_json(whole: &Whole, folder: &str) -> Value {
    let changes: Vec<Value> = whole
        .changes
        .iter()
        .map(|change| {
            json!({
                "record": change.record, "start": change.start.0,
                "settings": change.settings, "build": change.build,
            })
        })
        .collect();
    let parted = whole.parted.as_ref().map(|parted| {
        json!({
            "record": parted.record, "start": parted.start.0,
            "other_build": parted.other_build, "why": parted.why.to_string(),
        })
    });
    json!({
        "folder": folder, "repeats": repeats(whole), "records": whole.records,
        "starts": whole.starts, "inputs": whole.inputs, "outputs": whole.outputs,
        "states": whole.states, "raised": whole.raised, "state": format!("{:032x}", whole.state), "parted": parted,
        "passed_over": {
            "other_settings": whole.passed_over.other_settings,
            "left_out": whole.passed_over.left_out, "no_state": whole.passed_over.no_state,
        },
        "changes": changes, "unlisted": whole.unlisted,
        "unwritten": whole.unwritten, "torn": whole.torn,
    })
}
