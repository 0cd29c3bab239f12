//! `init`: a home for Njord (configuration and keys), or a crate for a strategy of one's own.

mod home;
pub(crate) mod template;

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::failure::Failure;
use crate::output::Answer;
use template::Dependency;

const EXAMPLE: &str = "\
Examples:
  $ njord init
  ok   config   5 files in config: every key stands in base.toml, with its meaning
  ok   keys     12 files in var/keys: for this user alone
  ...

  $ njord init mybot --path /opt/njord
  ok   crate    mybot: a strategy, its test, and every command of njord
  ...

Nothing that is there is overwritten. `--keep` makes only what is missing.";

/// Make a configuration and keys, or, with a name, a crate for a strategy of your own.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The folder of a new strategy crate; its last word is the name of the strategy.
    name: Option<PathBuf>,

    /// Where `config` and `var` are made; where nothing is said, here.
    #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
    home: Option<PathBuf>,

    /// Leave what is there as it is, and make only what is missing.
    #[arg(long, conflicts_with = "name")]
    keep: bool,

    /// The crate depends on the checkout of Njord in that folder; where nothing is said, on the one that
    /// this program, or the folder it was started in, belongs to.
    #[arg(long, value_name = "FOLDER", requires = "name", help_heading = "Strategy crate")]
    path: Option<PathBuf>,

    /// The crate depends on the repository of Njord at that address.
    #[arg(
        long,
        value_name = "URL",
        requires = "name",
        conflicts_with = "path",
        help_heading = "Strategy crate"
    )]
    git: Option<String>,

    /// The commit of `--git`.
    #[arg(long, value_name = "COMMIT", requires = "git", help_heading = "Strategy crate")]
    rev: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let Some(folder) = &arguments.name else {
        return home::make(arguments.home.as_deref(), arguments.keep, context);
    };
    let name = template::Name::of_folder(folder, context)?;
    let dependency = match (&arguments.git, &arguments.path) {
        (Some(url), _) => Dependency::git(url, arguments.rev.as_deref())?,
        (None, Some(path)) => Dependency::checkout(path)?,
        (None, None) => Dependency::nearby()?,
    };
    template::make_crate(folder, &name, &dependency)
}
