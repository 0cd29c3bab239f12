//! `audit`: whether a journal is what was written.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use journal::verify::{Ask, Report, Verdict};
use serde_json::json;
use settings::KeyFolder;

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::loading::Settings;
use crate::output::Answer;

const VERIFY: &str = "\
Example:
  $ njord audit verify var/journal --anchor 7-1:38:00112233445566778899aabbccddeeff
  ok   audit    journal 7-1: 38 records in 3 segments, chain intact
  ok   anchor   every record is covered by an anchor

Exit codes: 0 intact, 2 good up to a torn tail, 3 broken.";

/// Look at a journal from outside.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a journal record by record, offline, and name the first bad one.
    #[command(after_help = VERIFY)]
    Verify(VerifyArguments),
}

/// What is to be verified.
#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The folder of a journal, or of a part such as an archive; where nothing is said, the whole journal of the
    /// settings, with its archive.
    folder: Option<PathBuf>,

    /// A record that somebody outside has seen, as RUN-EPOCH:NUMBER:MAC; may be said often.
    #[arg(long, value_name = "ANCHOR")]
    anchor: Vec<String>,

    /// The folder of the keys; where nothing is said, that of the settings.
    #[arg(long, value_name = "FOLDER", conflicts_with = "without_key")]
    keys: Option<PathBuf>,

    /// Check numbers, checksums and anchors only: a weaker answer, for who has no key.
    #[arg(long)]
    without_key: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(command: &Command, context: &Context<'_>) -> Result<Answer, Failure> {
    let Command::Verify(arguments) = command;
    verify(arguments, context)
}

fn verify(arguments: &VerifyArguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let Where { folder, archive, keys } = places(arguments, context)?;
    let mut ask = match keys {
        None => Ask::without_key(),
        Some(keys) => {
            let key = KeyFolder::at(keys).journal().map_err(|problem| {
                problem.advice("--keys FOLDER, or --without-key for a weaker answer")
            })?;
            Ask::with_key(*key.expose())
        }
    };
    for anchor in &arguments.anchor {
        ask = ask.anchor(anchor)?;
    }
    if std::fs::symlink_metadata(&folder).is_err() {
        let what = "there is no such folder, so there is no journal to verify";
        return Err(Failure::new("journal", folder.display().to_string(), what)
            .advice("the folder of a journal; the first start makes one"));
    }
    let report = match &archive {
        Some(archive) => ask.journal(&folder, archive)?,
        None => ask.folder(&folder)?,
    };
    Ok(answer(&folder, &report))
}

/// What was found out about the journal in that folder.
pub(super) fn answer(folder: &Path, report: &Report) -> Answer {
    let exit = match report.verdict {
        Verdict::Intact => Exit::Done,
        Verdict::Torn { .. } => Exit::Torn,
        Verdict::Broken { .. } => Exit::Broken,
    };
    let text = finding::to_text(&findings(report));
    let json = json!({ "folder": folder.display().to_string(), "report": report });
    Answer { text, json, exit }
}

/// Where everything is that is verified.
struct Where {
    folder: PathBuf,
    /// Where its beginning may be; nothing where the folder may be a part of a journal.
    archive: Option<PathBuf>,
    keys: Option<PathBuf>,
}

/// The journal's folder, and that of the keys if one is wanted. Settings are read only where they are needed.
fn places(arguments: &VerifyArguments, context: &Context<'_>) -> Result<Where, Failure> {
    let VerifyArguments { folder, keys, without_key, settings, .. } = arguments;
    if let Some(folder) = folder
        && (*without_key || keys.is_some())
    {
        return Ok(Where { folder: folder.clone(), archive: None, keys: keys.clone() });
    }
    let loaded = settings.load(context.environment)?;
    let places = loaded.places();
    let is_ours = |folder: &PathBuf| {
        let whole = |folder: &Path| std::fs::canonicalize(folder).ok();
        whole(folder).is_some_and(|folder| whole(&places.journal) == Some(folder))
    };
    let archive = folder.as_ref().is_none_or(is_ours).then(|| places.archive.clone());
    let folder = folder.clone().unwrap_or_else(|| places.journal.clone());
    let keys = keys.clone().unwrap_or_else(|| places.keys.clone());
    Ok(Where { folder, archive, keys: (!without_key).then_some(keys) })
}

fn findings(report: &Report) -> Vec<Finding> {
    let Report { journal, records, segments, first, .. } = report;
    let name = if journal.is_empty() { "a journal without a name" } else { journal };
    let from = if *first > 1 { format!(", from record {first} on") } else { String::new() };
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let good = format!(
        "journal {name}: {records} record{}{from} in {segments} segment{}",
        plural(*records),
        plural(*segments),
    );
    let mut findings = vec![match &report.verdict {
        Verdict::Intact if report.keyed => Finding::ok("audit", format!("{good}, chain intact")),
        Verdict::Intact => {
            Finding::warn("audit", format!("{good}, checksums fit; the chain was not checked"))
                .advice("the same with the key")
        }
        Verdict::Torn { seq, bytes } => Finding::warn(
            "audit",
            format!("{good} good; TORN at record {seq}: {bytes} bytes at the end are not whole"),
        )
        .advice("nothing: the next start cuts them off and notes it; a loss of power does this"),
        Verdict::Broken { seq, why } => {
            Finding::fail("audit", format!("{good} good; BROKEN at record {seq}: {why}"))
                .advice("leave it as it is, and compare it with a copy")
        }
    }];
    if *first > 1 && !matches!(report.verdict, Verdict::Broken { .. }) {
        let what = format!("records 1 to {} are not among what was looked at", first - 1);
        findings.push(Finding::warn("start", what).advice(
            "njord audit verify without a folder, which looks into the archive of the settings as well",
        ));
    }
    findings.extend(report.predecessor.as_ref().map(|before| {
        Finding::warn("before", format!("follows a broken journal, good up to {before}"))
    }));
    findings.push(match (report.unanchored, &report.last) {
        (Some(window), Some(last)) => Finding::warn(
            "anchor",
            format!(
                "records {} to {} are covered by no anchor, so a cut there would go unseen",
                window.from, window.to,
            ),
        )
        .advice(format!("keep {last} elsewhere, and --anchor it next time")),
        (None, Some(_)) if *first > 1 => {
            Finding::ok("anchor", format!("every record from {first} on is covered by an anchor"))
        }
        (None, Some(_)) => Finding::ok("anchor", "every record is covered by an anchor"),
        (_, None) => Finding::warn("anchor", "there is no good record to keep"),
    });
    findings
}
