//! What the main of each service is made of: its words, its settings, and the service as a process of its own.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use runtime::Ended;
use settings::{Environment, KeyFolder, Loaded, Problem, Sources, load};
use strategy::{Invalid, Registry};

use super::asked::Asked;
use super::in_turns::InTurns;
use super::launched::Report;
use super::one::Begun;
use super::service::ServiceSpec;
use super::telling::TerminalLook;
use super::turns::Next;

/// It could not go on.
const COULD_NOT_GO_ON: u8 = 4;

/// What is to be done, as the words say.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Launch(Words),
    Help,
    Version,
}

/// Where its settings are, and what it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Words {
    home: Option<PathBuf>,
    file: Option<PathBuf>,
    set: Vec<String>,
    loosen: bool,
    asked: Asked,
    quiet: bool,
}

/// What it says at its end, and how it ends.
#[derive(Debug, PartialEq, Eq)]
struct End {
    code: u8,
    said: String,
}

impl End {
    fn failed(code: u8, said: String) -> Self {
        Self { code, said }
    }
}

/// Runs that service by itself, as the words of this process say. `version` is that of its package.
///
/// Exit codes: 0 it was asked to end, 1 it could not begin, 2 the words mean nothing, 4 it could not go on.
pub fn alone(
    service: &ServiceSpec,
    registry: Result<Registry, Invalid>,
    version: &'static str,
) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = end_of(service, registry, version, &words, &Environment::of_process());
    // Where nobody reads it, there is nobody left to tell.
    let _ = if end.code == 0 {
        io::stdout().write_all(end.said.as_bytes())
    } else {
        io::stderr().write_all(end.said.as_bytes())
    };
    ExitCode::from(end.code)
}

fn end_of(
    service: &ServiceSpec,
    registry: Result<Registry, Invalid>,
    version: &'static str,
    words: &[OsString],
    environment: &Environment,
) -> End {
    let name = service.name;
    let words = match wanted(words) {
        Ok(Wanted::Help) => return End { code: 0, said: help(name) },
        Ok(Wanted::Version) => return End { code: 0, said: format!("{name} {version}\n") },
        Ok(Wanted::Launch(words)) => words,
        Err(what) => {
            return End::failed(2, format!("error: {name}: {what}; try: {name} --help\n"));
        }
    };
    let failed = |problems: &dyn std::fmt::Display| {
        let lines = problems.to_string();
        let lines = lines.lines().map(|line| format!("error: {name}: {line}\n"));
        End::failed(1, lines.collect())
    };
    let (loosens, asked) = (words.loosen, words.asked);
    let reads = {
        let (words, environment) = (words.clone(), environment.clone());
        move || settings(&words, &environment)
    };
    let loaded = match reads() {
        Ok(loaded) => loaded,
        Err(problems) => return failed(&problems),
    };
    let registry = match registry {
        Ok(registry) => registry,
        Err(invalid) => return failed(&invalid),
    };
    let build = format!("{name} {version}");
    let look = TerminalLook { no_color: environment.no_color(), quiet: words.quiet };
    let operator = match operator(&loaded, loosens) {
        Ok(operator) => operator,
        Err(problem) => return failed(&problem),
    };
    let turns =
        InTurns { service, registry: &registry, environment, build: &build, version, look, asked };
    let mut is_first = true;
    let each = |begun: &mut Begun| {
        if std::mem::take(&mut is_first) && io::stdout().is_terminal() {
            let _ = io::stdout().write_all(begun.line().as_bytes());
        }
        Ok(())
    };
    let overdue = |remaining: &[&str]| {
        let who = remaining.join(", ");
        let text = format!("error: {name}: {who} did not end in time; start it again\n");
        let _ = io::stderr().write_all(text.as_bytes());
        process::exit(i32::from(COULD_NOT_GO_ON));
    };
    match turns.run(Next { loaded, operator }, Box::new(reads), each, overdue) {
        Ok(report) => ended(name, &report),
        Err(why) => failed(&why),
    }
}

/// The operator, where somebody stands by loosened limits.
pub fn operator(loaded: &Loaded, loosens: bool) -> Result<Option<u32>, Problem> {
    if !loosens {
        return Ok(None);
    }
    let key = KeyFolder::at(&loaded.places().keys).operator()?;
    Ok(Some(key.public().fingerprint()))
}

fn ended(name: &str, report: &Report) -> End {
    if report.ended == Ended::InPeace && report.died.is_empty() {
        return End { code: 0, said: String::new() };
    }
    let why = match report.died.as_slice() {
        [] => format!("{:?}", report.ended),
        died => format!("{} ended by itself", died.join(", ")),
    };
    let said = format!("error: {name}: it could not go on: {why}; the log says more\n");
    End::failed(COULD_NOT_GO_ON, said)
}

fn wanted(words: &[OsString]) -> Result<Wanted, String> {
    let mut wanted = Words::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        let (name, own) =
            text.split_once('=').map_or((text, None), |(name, own)| (name, Some(own)));
        let mut value = |what: &str| match own {
            Some(own) => Ok(OsString::from(own)),
            None => words.next().cloned().ok_or(format!("{name} names no {what}")),
        };
        match name {
            "--help" | "-h" => return Ok(Wanted::Help),
            "--version" | "-V" => return Ok(Wanted::Version),
            "--quiet" | "-q" => wanted.quiet = true,
            "--loosen" => wanted.loosen = true,
            "--get-out" => wanted.asked.get_out = true,
            "--accept-break" => wanted.asked.accept_break = true,
            "--home" => wanted.home = Some(value("folder")?.into()),
            "--config" => wanted.file = Some(value("file")?.into()),
            "--set" => {
                let said = value("key")?.into_string();
                wanted.set.push(said.map_err(|_| "--set is not text".to_owned())?);
            }
            _ => return Err(format!("{:?} means nothing", word.display().to_string())),
        }
    }
    Ok(Wanted::Launch(wanted))
}

fn help(name: &str) -> String {
    format!(
        "{name}: one service of Njord as a process of its own\n\n\
         usage: {name} [--home FOLDER] [--config FILE] [--set KEY=VALUE]...\n\n\
         \x20 --home FOLDER    the folder that holds `config`; where nothing is said, this one\n\
         \x20 --config FILE    one file more, stronger than those in `config`\n\
         \x20 --set KEY=VALUE  one value, stronger than everything else; may be said often\n\
         \x20 --loosen         put limits in force that the settings have loosened; needs the operator's key\n\
         \x20 --get-out        start only to get out: what the journal does not repeat is left out, all is cancelled\n\
         \x20 --accept-break   stand by a journal whose chain is broken; needs the operator's key\n\
         \x20 --quiet          show no log on the terminal; the files have it all\n\
         \x20 --version        which build this is\n\n\
         It reaches the other services by Redis: bus.kind = \"redis\" and bus.url say where that is. `njord up`\n\
         runs all of them in one process, which needs no Redis. At SIGHUP it reads its settings anew.\n"
    )
}

fn settings(words: &Words, environment: &Environment) -> Result<Loaded, settings::Problems> {
    let sources = match &words.home {
        Some(home) => Sources::in_home(home),
        None if Path::new("config").exists() => Sources::in_home(""),
        None => Sources::none(),
    };
    let sources = match &words.file {
        Some(file) => sources.with_file(file),
        None => sources,
    };
    load(&sources.with_environment(environment.clone()).with_flags(words.set.iter().cloned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Staff;

    fn check(words: &[&str], code: u8, said: &str) {
        let service = ServiceSpec {
            name: "some-service",
            machines: |_| unreachable!("nothing is built"),
            staff: |_| Ok(Staff::default()),
        };
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let registry = strategies::registry();
        let end = end_of(&service, registry, "1.2.3", &words, &Environment::default());
        assert_eq!(end.code, code, "{end:?}");
        assert!(end.said.starts_with(said), "{end:?}");
        assert!(
            end.said.ends_with('\n') && (code == 0 || end.said.lines().count() == 1),
            "{end:?}"
        );
    }

    #[test]
    fn service_without_a_bus_ends_with_one_line_and_leaves_its_home_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        fs::write(home.path().join("config/base.toml"), "[run]\nsession = 3\n").unwrap();
        let folder = home.path().to_str().unwrap();
        let line = "error: some-service: bus.kind = \"none\": as a process of its own ";
        check(&["--home", folder], 1, line);
        check(&[&format!("--home={folder}"), "--set", "run.session=4"], 1, line);
        check(&[], 1, line);
        let set =
            ["--home", folder, "--set=bus.kind=redis", "--set=bus.url=rediss://127.0.0.1:1/0"];
        check(&set, 1, "error: some-service: bus.url: ");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "it wrote something");
    }

    #[test]
    fn service_alone_says_what_is_wrong_with_its_settings() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        fs::write(home.path().join("config/base.toml"), "[run]\nsesion = 3\n").unwrap();
        let folder = home.path().to_str().unwrap();
        let line = format!("error: some-service: {folder}/config/base.toml:2:1: ");
        check(&["--home", folder], 1, &line);
    }

    #[test]
    fn service_alone_understands_few_words() {
        check(&["--version"], 0, "some-service 1.2.3\n");
        check(&["-h"], 0, "some-service: one service of Njord");
        for (words, what) in [
            (&["--home"][..], "--home names no folder"),
            (&["up"], "\"up\" means nothing"),
            (&["--hme=x"], "\"--hme=x\" means nothing"),
            (&["\u{1b}[31m"], "\"\\u{1b}[31m\" means nothing"),
        ] {
            check(words, 2, &format!("error: some-service: {what}; try: some-service --help\n"));
        }
    }
}
