//! Where things are: every folder and file that the settings name, resolved once.

use std::path::{Component, Path, PathBuf};

use crate::source::Environment;
use crate::tree::{Env, Settings};

/// Every place, absolute or relative to where the program was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The folder that holds `config`.
    pub home: PathBuf,
    /// Everything that must survive.
    pub state: PathBuf,
    /// The journal.
    pub journal: PathBuf,
    /// Where its old segments are moved to.
    pub archive: PathBuf,
    /// Log files.
    pub logs: PathBuf,
    /// Key files.
    pub keys: PathBuf,
    /// The file that trips the kill switch.
    pub kill_file: PathBuf,
    /// The plain file of secrets.
    pub secrets_file: Option<PathBuf>,
    /// The encrypted file of secrets, and the identity that opens it.
    pub age: Option<(PathBuf, PathBuf)>,
}

impl Places {
    pub(crate) fn of(settings: &Settings, home: &Path, environment: &Environment) -> Self {
        let dev = settings.run.env == Env::Dev;
        let state = match (&settings.run.state, environment.get("STATE_DIRECTORY")) {
            (Some(said), _) => home.join(said),
            (None, _) if dev => home.join("var"),
            (None, Some(folders)) => first_folder(folders),
            (None, None) => PathBuf::from("/var/lib/njord"),
        };
        let logs = match &settings.telemetry.log_dir {
            Some(said) => home.join(said),
            None if dev => home.join("logs"),
            None => log_folder(environment, &state),
        };
        let config = home.join("config");
        let sources = &settings.secrets;
        let age = sources.age_file.as_ref().zip(sources.age_identity.as_ref());
        Self {
            home: home.to_owned(),
            journal: state.join(&settings.journal.dir),
            archive: state.join(&settings.journal.archive),
            keys: state.join(&sources.keys),
            kill_file: state.join(&settings.kill.file),
            secrets_file: sources.file.as_ref().map(|file| config.join(file)),
            age: age.map(|(file, identity)| (config.join(file), config.join(identity))),
            logs,
            state,
        }
    }
}

/// A key, and the place that it names.
pub(crate) type Named<'a> = ([&'static str; 2], &'a Path);

impl Places {
    /// The first two that are one, or of which one lies in the other: what is written in one would be taken for
    /// something else in the other.
    pub(crate) fn clash(&self) -> Option<[Named<'_>; 2]> {
        let named: [Named<'_>; 5] = [
            (["journal", "dir"], &self.journal),
            (["journal", "archive"], &self.archive),
            (["secrets", "keys"], &self.keys),
            (["telemetry", "log_dir"], &self.logs),
            (["kill", "file"], &self.kill_file),
        ];
        let meet = |one: &Path, other: &Path| {
            let (one, other) = (plain(one), plain(other));
            one.starts_with(&other) || other.starts_with(&one)
        };
        named.iter().enumerate().find_map(|(index, this)| {
            let other = named[..index].iter().find(|other| meet(this.1, other.1))?;
            Some([*this, *other])
        })
    }
}

/// The same path without steps that lead nowhere; links are not followed.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, step| {
        match (step, plain.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(plain.pop()),
            (step, _) => plain.push(step),
        }
        plain
    })
}

/// What systemd gives may be several folders with colons between them.
fn first_folder(folders: &str) -> PathBuf {
    PathBuf::from(folders.split(':').next().unwrap_or(folders))
}

/// The folder of logs where nobody names one: of the service, else of the user, else with the rest.
fn log_folder(environment: &Environment, state: &Path) -> PathBuf {
    let said = |name| environment.get(name).filter(|value| !value.is_empty());
    if let Some(folders) = said("LOGS_DIRECTORY") {
        return first_folder(folders);
    }
    let of_user = match (said("XDG_STATE_HOME"), said("HOME")) {
        (Some(folder), _) => PathBuf::from(folder),
        (None, Some(home)) if cfg!(target_os = "macos") => {
            return PathBuf::from(home).join("Library/Logs/njord");
        }
        (None, Some(home)) => PathBuf::from(home).join(".local/state"),
        (None, None) => return state.join("logs"),
    };
    of_user.join("njord/logs")
}
