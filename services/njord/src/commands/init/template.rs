//! A crate for a strategy of one's own, from files that this repository compiles and tests itself.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use contracts::StrategyId;
use serde_json::json;

use super::Context;
use crate::failure::Failure;
use crate::finding::{self, Finding};
use crate::output::Answer;

const STRATEGY: &str = include_str!("../../../templates/strategy.rs");
const MAIN: &str = include_str!("../../../templates/main.rs.txt");
const MANIFEST: &str = include_str!("../../../templates/Cargo.toml.txt");
const README: &str = include_str!("../../../templates/README.md.txt");
const GITIGNORE: &str = include_str!("../../../templates/gitignore.txt");

/// Words that Rust keeps for itself, and crates that a crate cannot be called after.
const TAKEN: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "alloc",
    "contracts",
    "core",
    "indicators",
    "main",
    "njord",
    "proc_macro",
    "serde_json",
    "std",
    "strategy",
    "test",
];

/// The name of a strategy, as Rust and the settings both take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// Refused where Rust, or a roster, would refuse it.
    pub(crate) fn new(name: &str, context: &Context<'_>) -> Result<Self, Failure> {
        let advice = "lower case letters, digits and `_`, at most sixteen, such as mybot";
        let refused = |what: &str| {
            let shown: String = name.chars().take(40).collect();
            Err(Failure::new("name", "", format!("{shown:?} {what}")).advice(advice))
        };
        if StrategyId::new(name).is_err() || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return refused("is no name for a strategy");
        }
        if TAKEN.contains(&name) || name.ends_with('_') {
            return refused("means something else to the compiler");
        }
        if context.registry.class(name).is_ok() {
            return refused("is the name of a strategy that this program has already");
        }
        Ok(Self(name.to_owned()))
    }

    /// The last word of a path.
    pub(crate) fn of_folder(folder: &Path, context: &Context<'_>) -> Result<Self, Failure> {
        Self::new(&folder.file_name().unwrap_or_default().to_string_lossy(), context)
    }

    /// The type of that strategy: `my_bot` is `MyBot`.
    fn type_name(&self) -> String {
        let capitalized = |word: &str| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        self.0.split('_').map(capitalized).collect()
    }

    /// A template with the name in its places.
    fn put_into(&self, template: &str) -> String {
        template.replace("example_name", &self.0).replace("ExampleName", &self.type_name())
    }
}

/// Where the crate gets Njord from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// As the manifest says it.
    toml: String,
    /// The lock file that was tested with it.
    lock: Option<PathBuf>,
}

impl Dependency {
    /// A repository.
    pub(crate) fn git(url: &str, rev: Option<&str>) -> Result<Self, Failure> {
        for text in [Some(url), rev].into_iter().flatten() {
            if text.is_empty() || text.chars().any(|c| c.is_control() || c == '"' || c == '\\') {
                return Err(Failure::new(
                    "usage",
                    "--git",
                    format!("{text:?} is no address or commit"),
                )
                .advice("--git https://host/njord --rev COMMIT"));
            }
        }
        let rev = rev.map_or(String::new(), |rev| format!(", rev = \"{rev}\""));
        Ok(Self { toml: format!("{{ git = \"{url}\"{rev} }}"), lock: None })
    }

    /// A checkout on this machine.
    pub(crate) fn checkout(folder: &Path) -> Result<Self, Failure> {
        let at = folder.display().to_string();
        let whole = fs::canonicalize(folder).ok().filter(|whole| is_checkout(whole));
        let whole = whole.ok_or_else(|| {
            Failure::new("checkout", at.as_str(), "is no checkout of Njord")
                .advice("the folder that holds Njord's `services/njord`")
        })?;
        let service = whole.join("services/njord");
        let path =
            service.to_str().filter(|path| !path.contains(['"', '\\', '\n'])).ok_or_else(|| {
                Failure::new("checkout", at, "has a name that a manifest cannot hold")
                    .advice("a checkout with a plainer name, or --git URL")
            })?;
        let toml = format!("{{ path = \"{path}\" }}");
        Ok(Self { toml, lock: Some(whole.join("Cargo.lock")).filter(|lock| lock.is_file()) })
    }

    /// The checkout that this program was built in, or that it was started in.
    pub(crate) fn nearby() -> Result<Self, Failure> {
        let begin = [std::env::current_exe().ok(), std::env::current_dir().ok()];
        let above = begin.iter().flatten().flat_map(|begin| begin.ancestors());
        match above.into_iter().find(|folder| is_checkout(folder)) {
            Some(folder) => Self::checkout(folder),
            None => {
                Err(Failure::new("checkout", "", "it is not clear where the crate gets Njord from")
                    .advice("--path FOLDER for a checkout on this machine, or --git URL"))
            }
        }
    }
}

fn is_checkout(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("services/njord/Cargo.toml")).unwrap_or_default();
    manifest.contains("name = \"njord\"") && folder.join("Cargo.toml").is_file()
}

/// Makes the crate. The folder must not hold anything yet.
pub(crate) fn make_crate(
    folder: &Path,
    name: &Name,
    dependency: &Dependency,
) -> Result<Answer, Failure> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => fs::symlink_metadata(folder).is_err(),
    };
    if !is_empty {
        let what = "is there already, and nothing was written";
        return Err(Failure::new("exists", folder.display().to_string(), what)
            .advice("another name, or an empty folder"));
    }
    let manifest = MANIFEST.replace("{{njord}}", &dependency.toml);
    let module = format!("src/{}.rs", name.0);
    let mut files = vec![
        ("Cargo.toml", name.put_into(&manifest)),
        ("src/main.rs", name.put_into(MAIN)),
        (module.as_str(), name.put_into(STRATEGY)),
        ("README.md", name.put_into(README)),
        (".gitignore", GITIGNORE.to_owned()),
    ];
    if let Some(lock) = &dependency.lock {
        let text = fs::read_to_string(lock).map_err(|error| unwritable(lock, &error))?;
        files.push(("Cargo.lock", text));
    }
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(|error| unwritable(&source, &error))?;
    for (file, text) in &files {
        write_new(&folder.join(file), text)?;
    }
    let shown = folder.display().to_string();
    let what = format!("{shown}: a strategy, its test, and every command of njord");
    let text = finding::to_text(&[
        Finding::ok("crate", what),
        Finding::ok("njord", format!("comes from {}", dependency.toml)),
    ]);
    let text = format!(
        "{text}
next
  cd {shown}
  cargo test
  cargo run --release -- strategy explain {}
",
        name.0,
    );
    let written: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    Ok(Answer::done(text, json!({ "crate": shown, "name": name.0, "files": written })))
}

/// Makes one strategy more in a crate that is there.
pub(crate) fn make_module(
    folder: &Path,
    name: &str,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let name = Name::new(name, context)?;
    let main = folder.join("src/main.rs");
    if !main.is_file() {
        return Err(Failure::new("exists", main.display().to_string(), "there is no such file")
            .advice(format!(
                "{} init {} for a whole crate, or --crate FOLDER",
                context.program.typed, name.0
            )));
    }
    let file = folder.join(format!("src/{}.rs", name.0));
    write_new(&file, &name.put_into(STRATEGY))?;
    let (file, main, kind) = (file.display(), main.display(), name.type_name());
    let text = finding::to_text(&[Finding::ok("strategy", format!("{file}, with its test"))]);
    let text = format!(
        "{text}
next, in {main}
  mod {name};
  ...
  njord::cli().strategy::<{name}::{kind}>()
",
        name = name.0,
    );
    let json = json!({ "name": name.0, "file": file.to_string(), "type": kind });
    Ok(Answer::done(text, json))
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let at = path.display().to_string();
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Failure::new("exists", at, "is there already, and was not touched")
            .advice("another name");
    }
    Failure::new("unwritable", at, error.to_string()).advice("a folder that this user can write")
}
