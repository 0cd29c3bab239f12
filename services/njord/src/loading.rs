//! Where a command finds its settings, and how it loads them.

use std::path::{Path, PathBuf};

use clap::Args;
use launch::Reads;
use settings::{Environment, Loaded, Problems, Sources, load, load_to_get_out};

/// Where settings come from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The folder that holds `config`; where nothing is said, this one.
    #[arg(long, value_name = "FOLDER", help_heading = "Settings")]
    pub(crate) home: Option<PathBuf>,

    /// One file more, stronger than those in `config`.
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,

    /// One value, stronger than everything else; may be said often.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings")]
    set: Vec<String>,
}

impl Settings {
    /// The same, with one value more that is stronger than everything else.
    pub(crate) fn and(&self, setting: String) -> Self {
        let mut settings = self.clone();
        settings.set.push(setting);
        settings
    }

    /// Whether there is a folder `config`, or somebody named its home.
    pub(crate) fn has_folder(&self) -> bool {
        self.home.is_some() || Path::new("config").exists()
    }

    /// Loads them again and again.
    pub(crate) fn reads(&self, environment: &Environment) -> Reads {
        let (settings, environment) = (self.clone(), environment.clone());
        Box::new(move || settings.load(&environment))
    }

    /// Loads them. Without a folder `config` what the program itself holds is in force.
    pub(crate) fn load(&self, environment: &Environment) -> Result<Loaded, Problems> {
        load(&self.sources(environment))
    }

    /// Loads them as far as they can be read, to stop what runs.
    pub(crate) fn load_to_get_out(&self, environment: &Environment) -> (Loaded, Problems) {
        load_to_get_out(&self.sources(environment))
    }

    fn sources(&self, environment: &Environment) -> Sources {
        let sources = match &self.home {
            Some(home) => Sources::in_home(home),
            None if self.has_folder() => Sources::in_home(""),
            None => Sources::none(),
        };
        let sources = match &self.config {
            Some(file) => sources.with_file(file),
            None => sources,
        };
        sources.with_environment(environment.clone()).with_flags(self.set.iter().cloned())
    }
}
