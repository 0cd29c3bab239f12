//! Commands: every block of shell commands is marked `sh run` (a check executes it) or `sh example` (it stands for
//! what a person would do), and in both, and in code between backticks, programs, packages, tasks, commands of `njord`
//! and their flags, and the words behind our scripts exist.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{MetadataCommand, Package};

use crate::docs::Doc;
use crate::docs::scripts::Scripts;
use crate::markdown::Fence;
use crate::tasks::Tasks;
use crate::{Fault, Finding, Repository};

/// The page that lists every command of `njord`, made from the code.
const CLI_PAGE: &str = "docs/cli.md";
/// Languages of a block that are a shell's.
const SHELLS: &[&str] = &["bash", "console", "sh", "shell", "zsh"];
/// Words that begin a command. A block without a mark whose line begins so is taken for one of commands.
const TELLING: &[&str] =
    &["cargo", "curl", "git", "grep", "mise", "njord", "npm", "pip", "sudo", "systemctl"];
/// Programs of the machine that pages may use beside our own.
const PROGRAMS: &[&str] = &[
    "age",
    "age-keygen",
    "ast-grep",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "curl",
    "diff",
    "echo",
    "env",
    "export",
    "find",
    "git",
    "grep",
    "head",
    "install",
    "journalctl",
    "jq",
    "kill",
    "ls",
    "mkdir",
    "mv",
    "openssl",
    "printf",
    "python3",
    "redis-cli",
    "redis-server",
    "rm",
    "rsync",
    "sed",
    "sha256sum",
    "sort",
    "sudo",
    "systemctl",
    "systemd-analyze",
    "tail",
    "tar",
    "test",
    "touch",
    "true",
    "useradd",
    "wc",
    "zcat",
];
/// Words of `cargo` that are used here.
const CARGO: &[&str] = &[
    "add", "bench", "build", "check", "clippy", "deny", "doc", "fetch", "fmt", "install",
    "llvm-cov", "machete", "metadata", "mutants", "nextest", "run", "test", "tree", "update",
];

pub(super) fn check(repository: &Repository, docs: &[Doc]) -> Result<Vec<Finding>, Fault> {
    let known = Known::read(repository, docs)?;
    let mut found = Vec::new();
    for doc in docs {
        for fence in &doc.page.fences {
            found.extend(mark(fence).map(|(line, what)| {
                doc.finding(line, what, "```sh run (a check runs it), ```sh example, or ```text")
            }));
        }
        for (line, command) in commands(doc) {
            let hint = "a command that exists";
            found.extend(known.objection(&command).map(|what| doc.finding(line, what, hint)));
        }
    }
    Ok(found)
}

/// What is wrong with the mark of a block.
fn mark(fence: &Fence) -> Option<(usize, String)> {
    let mut words = fence.info.split_whitespace();
    let (language, how) = (words.next().unwrap_or_default(), words.next());
    if SHELLS.contains(&language) {
        let marked = language == "sh" && matches!(how, Some("run" | "example"));
        return (!marked).then(|| (fence.line, format!("`{}` is not marked", fence.info)));
    }
    let telling = |line: &String| {
        let word = line.split(' ').next().unwrap_or_default();
        TELLING.contains(&word) || word.starts_with("NJORD_") || word.starts_with("scripts/")
    };
    let plain = language.is_empty() && fence.lines.iter().any(telling);
    plain.then(|| (fence.line, "holds commands and is not marked".to_owned()))
}

/// Every command of a page with its line: of marked blocks, and of code spans that begin like one.
fn commands(doc: &Doc) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for fence in doc.page.fences.iter().filter(|fence| fence.info.starts_with("sh ")) {
        found.extend(lines(fence));
    }
    for (line, span) in &doc.page.spans {
        let first = span.split(' ').next().unwrap_or_default();
        let ours = ["cargo", "mise", "njord"].contains(&first) && span.contains(' ');
        if ours || first.starts_with("scripts/") && first.contains('.') {
            found.push((*line, span.clone()));
        }
    }
    found
}

/// The commands of a block, continued lines joined, comments and prompts gone.
pub(super) fn lines(fence: &Fence) -> Vec<(usize, String)> {
    let (mut found, mut open) = (Vec::new(), None::<(usize, String)>);
    for (number, line) in (fence.line + 1..).zip(&fence.lines) {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let (at, mut text) = open.take().unwrap_or((number, String::new()));
        text.push_str(line.strip_suffix('\\').unwrap_or(line));
        if line.ends_with('\\') {
            open = Some((at, text + " "));
        } else if !text.is_empty() && !text.starts_with('#') {
            found.push((at, text));
        }
    }
    found
}

/// What there is to call.
struct Known<'a> {
    repository: &'a Repository,
    packages: Vec<Package>,
    tasks: Tasks,
    scripts: Scripts<'a>,
    /// The commands of `njord` with their flags.
    njord: BTreeMap<String, BTreeSet<String>>,
    sources: BTreeMap<String, String>,
}

impl<'a> Known<'a> {
    fn read(repository: &'a Repository, docs: &[Doc]) -> Result<Self, Fault> {
        let manifest = repository.root().join("Cargo.toml");
        let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
        let packages = metadata.map_err(|why| Fault::form("Cargo.toml", why))?.packages;
        let page = docs.iter().filter(|doc| doc.path == CLI_PAGE);
        let mut sources = BTreeMap::new();
        for path in repository.files_of("rs")? {
            let text = repository.read(&path)?;
            sources.insert(path, text);
        }
        let njord = page.flat_map(njord).collect();
        let (tasks, scripts) = (Tasks::read(repository)?, Scripts::read(repository)?);
        Ok(Self { repository, packages, tasks, scripts, njord, sources })
    }

    /// What is wrong with a command line, in any of its parts.
    fn objection(&self, line: &str) -> Option<String> {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let line = unquoted(line).replace("&&", "\u{0}").replace("||", "\u{0}");
        line.split(['\u{0}', '|', ';', '(', ')']).find_map(|part| self.part(part))
    }

    fn part(&self, part: &str) -> Option<String> {
        let words = part.split_whitespace();
        let assigns = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_variable(name));
        let words: Vec<&str> =
            words.skip_while(assigns).skip_while(|word| *word == "sudo").collect();
        let (program, rest) = words.split_first()?;
        match *program {
            "cargo" => self.cargo(rest),
            "njord" => self.njord(rest),
            "mise" => self.mise(rest),
            path if path.contains('/') && !path.starts_with(['/', '~', '<', '$']) => {
                let path = path.trim_start_matches("./");
                let there = self.repository.has(path) || path.contains("target/");
                let lost = (!there).then(|| format!("`{path}` is not there"));
                lost.or_else(|| self.scripts.objection(path, rest))
            }
            other => {
                let known = PROGRAMS.contains(&other) || !other.starts_with(char::is_alphabetic);
                (!known).then(|| format!("`{other}` is no program that these pages know"))
            }
        }
    }

    fn mise(&self, words: &[&str]) -> Option<String> {
        let (&verb, rest) = words.split_first()?;
        let task = rest.iter().find(|word| !word.starts_with('-'))?;
        let open = task.contains(['<', '…', '|', '*'])
            || task.bytes().any(|byte| byte.is_ascii_uppercase());
        (verb == "run" && !open && !self.tasks.has(task))
            .then(|| format!("there is no task `{task}`"))
    }

    fn cargo(&self, words: &[&str]) -> Option<String> {
        let verb = words.iter().find(|word| !word.starts_with(['+', '-']))?;
        if !CARGO.contains(verb) {
            return Some(format!("`cargo {verb}` is not used here"));
        }
        let cut = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let (own, passed) = words.split_at(cut);
        let packages = after(own, &["-p", "--package"]);
        let unknown = |name: &&str| !open(name) && self.package(name).is_none();
        if let Some(name) = packages.iter().copied().find(unknown) {
            return Some(format!("there is no package `{name}`"));
        }
        for (flag, kind) in [("--example", "example"), ("--test", "test"), ("--bench", "bench")] {
            for name in after(own, &[flag]) {
                let has = |package: &Package| {
                    let mut targets = package.targets.iter();
                    targets.any(|target| {
                        target.name == name && target.kind.iter().any(|of| of.to_string() == kind)
                    })
                };
                let mut of = packages.iter().filter_map(|package| self.package(package));
                if !packages.is_empty() && !open(name) && !of.any(has) {
                    return Some(format!("no {kind} `{name}` in {}", packages.join(", ")));
                }
            }
        }
        if let Some(path) = after(own, &["--path"]).first() {
            let there = self.repository.has(&format!("{path}/Cargo.toml")) || open(path);
            return (!there).then(|| format!("there is no package in `{path}`"));
        }
        let ours = packages.is_empty() || packages == ["njord"];
        if *verb == "run" && ours && after(own, &["--example"]).is_empty() && passed.len() > 1 {
            return self.njord(&passed[1..]);
        }
        if *verb == "nextest" { self.filters(own, &packages) } else { None }
    }

    /// Words that choose tests by a part of their name choose at least one.
    fn filters(&self, own: &[&str], packages: &[&str]) -> Option<String> {
        let (mut words, mut filters) =
            (own.iter().skip_while(|word| **word != "run").skip(1), Vec::new());
        while let Some(word) = words.next() {
            let takes = ["-p", "--package", "--test", "-E", "--features", "--no-tests", "--bin"];
            if takes.contains(word) {
                words.next();
            } else if !word.starts_with('-') && !open(word) {
                filters.push(*word);
            }
        }
        let folders: Vec<String> = packages
            .iter()
            .filter_map(|name| self.package(name)?.manifest_path.parent())
            .filter_map(|folder| folder.strip_prefix(self.repository.root()).ok())
            .map(ToString::to_string)
            .collect();
        let within = |path: &String| {
            folders.is_empty() || folders.iter().any(|folder| path.starts_with(folder.as_str()))
        };
        let found = |filter: &str| {
            let mut held = self.sources.iter().filter(|(path, _)| within(path));
            held.any(|(path, text)| path.contains(filter) || text.contains(filter))
        };
        let lost = filters
            .into_iter()
            .find(|filter| !found(filter.rsplit("::").next().unwrap_or(filter)))?;
        Some(format!("no test is called {lost:?}"))
    }

    fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name.as_str() == name)
    }

    /// What is wrong with words behind `njord`.
    fn njord(&self, words: &[&str]) -> Option<String> {
        let plain = |word: &&&str| word.starts_with(|sign: char| sign.is_ascii_lowercase());
        let named: Vec<&str> = words.iter().take_while(plain).copied().collect();
        let command = (1..=named.len()).rev().map(|count| named[..count].join(" "));
        let command = command.into_iter().find(|name| self.njord.contains_key(name));
        let group = |name: &str| self.njord.keys().any(|held| held.split(' ').next() == Some(name));
        let Some(command) = command else {
            let first = named.first().filter(|name| **name != "help" && !group(name))?;
            return Some(format!("there is no command `njord {first}`"));
        };
        let flags = self.njord.get(&command)?;
        let flag = |word: &&str| {
            word.split('=').next().unwrap_or(word).trim_end_matches([',', ']']).to_owned()
        };
        let used = words.iter().filter(|word| word.starts_with("--")).map(flag);
        let lost = used.into_iter().find(|flag| flag.len() > 2 && !flags.contains(flag))?;
        Some(format!("`njord {command}` has no flag {lost}"))
    }
}

/// The commands on the page of `njord`, each with its flags.
fn njord(doc: &Doc) -> BTreeMap<String, BTreeSet<String>> {
    let mut commands = BTreeMap::new();
    for (line, heading) in &doc.page.headings {
        let Some(name) = heading.strip_prefix("njord ") else { continue };
        let help = doc.page.fences.iter().find(|fence| fence.line > *line);
        let text = help.map(|fence| fence.lines.join(" ")).unwrap_or_default();
        let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-'));
        let flags = words.filter(|word| word.starts_with("--")).map(ToOwned::to_owned);
        let always = ["--help", "--version"].map(ToOwned::to_owned);
        commands.insert(name.to_owned(), flags.chain(always).collect());
    }
    commands
}

/// A line with a mark in the place of everything that is quoted.
fn unquoted(line: &str) -> String {
    let mut parts = line.split('\'');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        text.push_str(if number % 2 == 0 { part } else { "$QUOTED" });
    }
    text
}

/// The words that stand behind one of those flags.
fn after<'a>(words: &[&'a str], flags: &[&str]) -> Vec<&'a str> {
    let pairs = words.windows(2).filter(|pair| flags.contains(&pair[0]));
    pairs.map(|pair| pair[1]).collect()
}

/// Whether a word stands for any other.
pub(super) fn open(word: &str) -> bool {
    word.contains(['<', '$', '…', '{']) || word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
