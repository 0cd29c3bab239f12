//! The words of the program: every sub-command with what it takes. Pages that call it are held against them.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::carry::Deed;

/// What the tasks of this repository are made of.
#[derive(Debug, Parser)]
pub struct Words {
    /// What is to be done.
    #[command(subcommand)]
    pub what: What,
}

/// Everything that it does.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Which targets a change affects; builds, tests or lints them.
    Affected {
        /// What to do with them.
        #[arg(value_enum, default_value_t = Do::List)]
        what: Do,
        /// The commit to compare with.
        #[arg(long)]
        base: Option<String>,
        /// One JSON document on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Builds, tests or lints the one target of that name.
    Target {
        /// What to do with it.
        #[arg(value_enum)]
        what: Do,
        /// The target.
        name: String,
    },
    /// Writes everything that is made from the rest: targets.json, its tasks, parts of pages, ROADMAP.md.
    Reindex,
    /// Whether the manifest of targets is fresh, and each within its budgets.
    Targets(Mode),
    /// Whether every task does something that is there, and says what.
    Tasks(Mode),
    /// Whether the hub and the pages of the packages are whole and fresh.
    Pages(Mode),
    /// Whether the roadmap is fresh, and every claim in it has its test.
    Roadmap(Mode),
    /// The next thing on the roadmap.
    Next,
    /// The ledger of evidence, in Markdown.
    Ledger,
    /// Whether the docs say what is so; with `--run`, the commands that they mark are executed.
    Docs {
        /// Whether files are written.
        #[command(flatten)]
        mode: Mode,
        /// Execute what is marked `sh run`, with the programs of that folder on the path.
        #[arg(long, value_name = "FOLDER")]
        run: Option<PathBuf>,
        /// Only what that page marks.
        #[arg(long)]
        page: Option<String>,
        /// An empty folder to work in.
        #[arg(long, value_name = "FOLDER", default_value = "target/docs")]
        scratch: PathBuf,
    },
    /// Breaks a copy of the repository on purpose, and sees each gate fail there; `scripts/broken.sh` calls it.
    Broken {
        /// Where the copy is made; what lies there is gone.
        #[arg(long, value_name = "FOLDER")]
        scratch: PathBuf,
        /// The gates that build the whole copy, too.
        #[arg(long)]
        all: bool,
    },
    /// Starts every server for agents that is installed here, and lists its tools.
    Servers {
        /// Where our own programs are, built; where nothing is said, `cargo run` builds them.
        #[arg(long)]
        programs: Option<PathBuf>,
    },
    /// What has changed since the last release, from the commit messages; or whether CHANGELOG.md has its form.
    Changelog {
        /// Looks at the file, and changes nothing.
        #[arg(long)]
        check: bool,
        /// Makes what is unreleased this release.
        #[arg(long, value_name = "X.Y.Z", conflicts_with = "check")]
        release: Option<String>,
    },
    /// Whether commit messages have their form.
    Commits {
        /// Whether files are written.
        #[command(flatten)]
        mode: Mode,
        /// The commit to begin after.
        #[arg(long)]
        base: Option<String>,
        /// A file with the one message to look at, and what is staged with it.
        #[arg(long)]
        message: Option<PathBuf>,
    },
}

/// Whether files are written.
#[derive(Debug, clap::Args)]
pub struct Mode {
    /// Looks, and changes nothing; so it is without a word.
    #[arg(long)]
    pub check: bool,
    /// Writes what is made.
    #[arg(long, conflicts_with = "check")]
    pub write: bool,
}

/// What to do with targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Do {
    /// Name them.
    List,
    /// Build them.
    Build,
    /// Test them.
    Test,
    /// Lint them.
    Lint,
}

impl Do {
    /// What is done with each; for a list nothing is.
    pub fn deed(self) -> Option<Deed> {
        match self {
            Self::List => None,
            Self::Build => Some(Deed::Build),
            Self::Test => Some(Deed::Test),
            Self::Lint => Some(Deed::Lint),
        }
    }
}
