//! `doctor`: whether this machine and this home are ready; every check is a line.

mod chain;
mod clock;
mod disk;
mod keys;
mod logs;
mod ports;

use runtime::wall_clock;
use serde_json::json;
use settings::{Loaded, Mode, Problem};

use super::Context;
use crate::exit::Exit;
use crate::finding::{self, Finding, Level};
use crate::loading::Settings;
use crate::output::Answer;
use crate::roster;

const EXAMPLE: &str = "\
Example, in a folder where `njord init` was:
  $ njord doctor
  ok   config   2 layers, 29 keys set, 0 unknown keys; mode paper, env dev
  ok   roster   ema_cross on BTC/USD, ETH/USD
  ok   keys     all 11 that it takes to run are in var/keys, for this user alone
  ...
  paper READY

A warning is something that works and is probably not meant. FAIL has to be mended first, and
exits with 3. Nothing is changed; the disk is measured with a small file that is gone afterwards.";

/// Check whether this machine and this folder are ready.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Answer {
    let Arguments { settings } = arguments;
    let (mode, findings) = match settings.load(context.environment) {
        Ok(loaded) => {
            let mut findings = of_config(settings, &loaded, context);
            findings.extend(of_home(settings, &loaded, context));
            (Some(loaded.settings().run.mode.name()), findings)
        }
        Err(problems) => {
            let listed = problems.listed().iter();
            let wrong = listed.map(|problem| Finding::problem("config", problem)).collect();
            (None, wrong)
        }
    };
    let failed = findings.iter().filter(|finding| finding.level == Level::Fail).count();
    let ready = finding::worst(&findings) < Level::Fail;
    // Settings that are wrong do not say what is to be run.
    let of = mode.map_or(String::new(), |mode| format!("{mode} "));
    let verdict = match failed {
        0 => format!("{of}READY\n"),
        1 => format!("{of}NOT READY: 1 thing has to be mended first\n"),
        more => format!("{of}NOT READY: {more} things have to be mended first\n"),
    };
    let json = json!({ "ready": ready, "mode": mode, "findings": finding::to_json(&findings) });
    let exit = if ready { Exit::Done } else { Exit::NotReady };
    Answer { text: finding::to_text(&findings) + &verdict, json, exit }
}

/// What the settings say, and what they probably do not mean.
fn of_config(settings: &Settings, loaded: &Loaded, context: &Context<'_>) -> Vec<Finding> {
    let run = &loaded.settings().run;
    let mut findings = vec![if settings.has_folder() {
        let what = format!(
            "{} layers, {} keys set, 0 unknown keys; mode {}, env {}",
            loaded.layers().len(),
            loaded.keys_set(),
            run.mode.name(),
            run.env.name(),
        );
        Finding::ok("config", what)
    } else {
        Finding::warn("config", "no folder `config` here: the built-in values hold")
            .advice(format!("{} init", context.program.typed))
    }];
    // What concerns live trading has a line of its own.
    let notices = loaded.notices().iter().filter(|notice| !notice.starts_with("nothing is sent"));
    findings.extend(notices.map(|notice| Finding::warn("config", notice)));
    match roster::check(loaded, &context.registry) {
        Ok(strategies) if strategies.is_empty() => {
            let what = "no strategy is enabled, so nothing will trade";
            findings.push(Finding::warn("roster", what).advice("[strategies.ema_cross]"));
        }
        Ok(strategies) => {
            findings.extend(strategies.into_iter().map(|line| Finding::ok("roster", line)));
        }
        Err(problems) => {
            let wrong = problems.listed().iter();
            findings.extend(wrong.map(|problem| Finding::problem(about(problem), problem)));
        }
    }
    if let Err(problems) = launch::runs_here(loaded) {
        findings.extend(problems.listed().iter().map(|problem| Finding::problem("run", problem)));
    }
    findings
}

/// What a problem of settings that do not fit together is about.
fn about(problem: &Problem) -> &'static str {
    let of_strategies = problem.key.as_deref().is_some_and(|key| key.starts_with("strategies."));
    if of_strategies { "roster" } else { "config" }
}

/// What is there besides settings.
fn of_home(settings: &Settings, loaded: &Loaded, context: &Context<'_>) -> Vec<Finding> {
    let clock = wall_clock();
    let now = clock();
    let mut findings = keys::check(settings, loaded, context);
    findings.extend(disk::check(loaded, &clock));
    findings.extend(chain::check(loaded, &context.program.typed));
    findings.push(logs::check(loaded));
    findings.extend(ports::check(loaded));
    findings.push(clock::check(loaded, now));
    findings.push(kill_file(loaded, &context.program.typed));
    if loaded.settings().run.mode == Mode::Live {
        findings.push(live(loaded));
    }
    findings
}

/// Whether the file that trips the kill switch is there.
fn kill_file(loaded: &Loaded, typed: &str) -> Finding {
    let file = &loaded.places().kill_file;
    let shown = file.display();
    match std::fs::symlink_metadata(file) {
        Ok(_) => Finding::warn("kill", format!("{shown} is there: the kill switch is tripped"))
            .advice(format!("{typed} kill clear, once you know why it is there and it runs")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::ok("kill", format!("clear; making {shown} trips the kill switch"))
        }
        Err(error) => Finding::fail("kill", format!("{shown}: {error}: it counts as tripped"))
            .advice("a place that this user can read, as kill.file"),
    }
}

/// Whether both keys of live trading are turned.
fn live(loaded: &Loaded) -> Finding {
    match loaded.live_permit() {
        Ok(_) => Finding::ok("live", "both keys are turned: orders will be real"),
        Err(why) => Finding::fail("live", why.to_string()),
    }
}
