//! Whether every key can be read, and every secret that was given.

use contracts::Source;
use settings::{KeyFolder, Loaded, Mode, Problem, ProblemKind, SecretName, Secrets};

use super::Context;
use crate::finding::Finding;
use crate::loading::Settings;

/// What live trading cannot do without.
const NEEDED_LIVE: [SecretName; 2] = [SecretName::KrakenKey, SecretName::KrakenSecret];

pub(super) fn check(settings: &Settings, loaded: &Loaded, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = vec![keys(settings, loaded, context)];
    findings.extend(operator(loaded));
    findings.extend(secrets(loaded, context));
    findings
}

/// The keys that a running system needs.
fn keys(settings: &Settings, loaded: &Loaded, context: &Context<'_>) -> Finding {
    let at = &loaded.places().keys;
    let folder = KeyFolder::at(at);
    let mut read: Vec<Result<(), Problem>> =
        vec![folder.operator_public().map(drop), folder.journal().map(drop)];
    read.extend(Source::ALL.map(|source| folder.source(source).map(drop)));
    let all = read.len();
    let wrong: Vec<Problem> = read.into_iter().filter_map(Result::err).collect();
    let (shown, typed) = (at.display(), &context.program.typed);
    let missing = wrong.iter().filter(|wrong| wrong.kind == ProblemKind::MissingFile).count();
    match wrong.iter().find(|wrong| wrong.kind != ProblemKind::MissingFile) {
        Some(problem) => Finding::problem("keys", problem),
        None if missing == 0 => Finding::ok(
            "keys",
            format!("all {all} that it takes to run are in {shown}, for this user alone"),
        ),
        None if missing == all => {
            // Where a configuration is there already, only the keys are to be made.
            let keep = if settings.has_folder() { " --keep" } else { "" };
            Finding::fail("keys", format!("there are none in {shown}"))
                .advice(format!("{typed} init{keep}, which makes them"))
        }
        None => Finding::fail("keys", format!("{missing} of {all} are missing in {shown}"))
            .advice(format!("your copy of them, or {typed} init --keep for new ones")),
    }
}

/// The operator's own key is needed to arm and to loosen, never to run.
fn operator(loaded: &Loaded) -> Option<Finding> {
    let has_private = KeyFolder::at(&loaded.places().keys).operator().is_ok();
    (has_private && loaded.settings().run.mode == Mode::Live).then(|| {
        Finding::warn("operator", "the operator's key lies on this machine, which trades live")
            .advice("moving operator.key to where you keep such things")
    })
}

fn secrets(loaded: &Loaded, context: &Context<'_>) -> Vec<Finding> {
    let secrets = match Secrets::open(loaded.places(), context.environment) {
        Ok(secrets) => secrets,
        Err(problems) => {
            let listed = problems.listed().iter();
            return listed.map(|problem| Finding::problem("secrets", problem)).collect();
        }
    };
    let needed: &[SecretName] =
        if loaded.settings().run.mode == Mode::Live { &NEEDED_LIVE } else { &[] };
    let missing = needed.iter().filter_map(|name| secrets.need(*name).err());
    let mut findings: Vec<Finding> =
        missing.map(|problem| Finding::problem("secrets", &problem)).collect();
    findings.extend(
        launch::metrics_token(&secrets).err().map(|why| Finding::fail("secrets", why.to_string())),
    );
    if findings.is_empty() {
        let names: Vec<&str> = secrets.origins().map(|(name, _)| name.key()).collect();
        let what = match names.as_slice() {
            [] => "none given, none needed".to_owned(),
            names => format!("{} given; no value is ever shown", names.join(", ")),
        };
        findings.push(Finding::ok("secrets", what));
    }
    findings
}
