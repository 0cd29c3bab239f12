//! A folder with a configuration, for one test.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use settings::{Environment, Loaded, Problem, ProblemKind, Problems, Sources, load};
use tempfile::TempDir;

/// A home that is gone after the test.
pub(crate) struct Home(TempDir);

impl Home {
    /// With that text in `config/base.toml`.
    pub(crate) fn with(base: &str) -> Self {
        let home = Self(TempDir::new().unwrap());
        fs::create_dir(home.path().join("config")).unwrap();
        home.put("config/base.toml", base)
    }

    /// With nothing in `config/base.toml`.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With one file more, closed to others.
    pub(crate) fn put(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        let folders =
            fs::DirBuilder::new().recursive(true).mode(0o700).create(path.parent().unwrap());
        folders.unwrap();
        fs::write(&path, content).unwrap();
        self.mode(name, 0o600)
    }

    /// With another mode for a file.
    pub(crate) fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources::in_home(self.path())
    }

    pub(crate) fn load(&self) -> Result<Loaded, Problems> {
        load(&self.sources())
    }

    /// Loads with flags.
    pub(crate) fn load_with(&self, flags: &[&str]) -> Result<Loaded, Problems> {
        load(&self.sources().with_flags(flags.iter().copied()))
    }

    /// Loads with environment variables.
    pub(crate) fn load_in(&self, variables: &[(&str, &str)]) -> Result<Loaded, Problems> {
        load(&self.sources().with_environment(environment(variables)))
    }

    /// A message with the home's own path left out.
    pub(crate) fn plain(&self, message: &impl ToString) -> String {
        message.to_string().replace(&format!("{}/", self.path().display()), "")
    }
}

pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::of(variables.iter().copied())
}

/// The problems, as kind and message.
pub(crate) fn refused(
    home: &Home,
    outcome: Result<Loaded, Problems>,
) -> Vec<(ProblemKind, String)> {
    let problems = outcome.map(|_| ()).unwrap_err();
    problems.listed().iter().map(|problem: &Problem| (problem.kind, home.plain(problem))).collect()
}
