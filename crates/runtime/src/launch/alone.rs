//! One service as a process of its own: what the main of each service is made of.
//!
//! Alone it would reach the others by a bus, and there is none in this build. So it reads its words and its
//! settings, says that, and ends: it opens no journal, takes no lock, and starts nothing.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use settings::{Environment, Sources, load};

use super::service::ServiceSpec;

/// What is to be done, as the words say.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Launch(Option<PathBuf>),
    Help,
    Version,
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

/// Launches that service by itself, as the words of this process say. `version` is that of its package.
///
/// Exit codes: 1 it could not begin, 2 the words mean nothing.
pub fn alone(service: &ServiceSpec, version: &str) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let end = end_of(service, version, &words, &Environment::of_process());
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
    version: &str,
    words: &[OsString],
    environment: &Environment,
) -> End {
    let name = service.name;
    match wanted(words) {
        Ok(Wanted::Help) => End { code: 0, said: help(name) },
        Ok(Wanted::Version) => End { code: 0, said: format!("{name} {version}\n") },
        Ok(Wanted::Launch(home)) => launch(name, home.as_deref(), environment),
        Err(what) => End::failed(2, format!("error: {name}: {what}; try: {name} --help\n")),
    }
}

fn wanted(words: &[OsString]) -> Result<Wanted, String> {
    let mut home = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Wanted::Help),
            Some("--version" | "-V") => return Ok(Wanted::Version),
            Some("--home") => {
                let folder = words.next().ok_or("--home names no folder")?;
                home = Some(PathBuf::from(folder));
            }
            Some(said) if said.starts_with("--home=") => {
                home = Some(PathBuf::from(&said["--home=".len()..]));
            }
            _ => return Err(format!("{:?} means nothing", word.display().to_string())),
        }
    }
    Ok(Wanted::Launch(home))
}

fn help(name: &str) -> String {
    format!(
        "{name}: one service of Njord as a process of its own\n\n\
         Usage: {name} [--home FOLDER]\n\n\
         \x20 --home FOLDER  the folder that holds `config`; where nothing is said, this one\n\
         \x20 --version      which build this is\n\n\
         Alone it reaches the other services by a bus, and there is none in this build:\n\
         `njord up` runs all of them in one process.\n"
    )
}

fn launch(name: &str, home: Option<&Path>, environment: &Environment) -> End {
    let sources = match home {
        Some(home) => Sources::in_home(home),
        None if Path::new("config").exists() => Sources::in_home(""),
        None => Sources::none(),
    };
    if let Err(problems) = load(&sources.with_environment(environment.clone())) {
        let lines: Vec<String> =
            problems.to_string().lines().map(|line| format!("error: {name}: {line}\n")).collect();
        return End::failed(1, lines.concat());
    }
    let of_home = home.map_or(String::new(), |home| format!(" --home {}", home.display()));
    End::failed(
        1,
        format!(
            "error: {name}: nothing was started: alone it reaches the other services by a bus, and there \
             is none in this build; try: njord up{of_home}, which runs all of them in one process\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::launch::Staff;

    fn check(words: &[&str], code: u8, said: &str) {
        let service = ServiceSpec {
            name: "some-service",
            machines: |_| unreachable!("nothing is built"),
            staff: |_| Ok(Staff::default()),
        };
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let end = end_of(&service, "1.2.3", &words, &Environment::default());
        assert_eq!(end.code, code, "{end:?}");
        assert!(end.said.starts_with(said), "{end:?}");
        assert!(
            end.said.ends_with('\n') && (code == 0 || end.said.lines().count() == 1),
            "{end:?}"
        );
    }

    #[test]
    fn service_alone_ends_with_one_line_and_leaves_its_home_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        fs::write(home.path().join("config/base.toml"), "[run]\nsession = 3\n").unwrap();
        let folder = home.path().to_str().unwrap();
        let line = "error: some-service: nothing was started: alone it reaches the other services by a bus, \
                    and there is none in this build; try: njord up";
        check(&["--home", folder], 1, &format!("{line} --home {folder}, "));
        check(&[&format!("--home={folder}")], 1, &format!("{line} --home {folder}, "));
        check(&[], 1, &format!("{line}, "));
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
