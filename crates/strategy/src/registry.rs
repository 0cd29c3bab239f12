//! The classes of strategy that a program knows, by name.

use crate::hears::{Begin, begin};
use crate::invalid::Invalid;
use crate::params::{ParamInfo, Params, unknown};
use crate::roster::{Instance, RosterEntry};
use crate::strategy::Strategy;

/// The classes that may be named in a roster.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Sorted by name.
    classes: Vec<Class>,
}

/// A class of strategies.
#[derive(Clone, Debug)]
pub struct Class {
    name: &'static str,
    about: &'static str,
    params: fn() -> Vec<ParamInfo>,
    pub(crate) begin: Begin,
}

impl Class {
    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, in one line.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Its parameters, in the order of declaration.
    pub fn params(&self) -> Vec<ParamInfo> {
        (self.params)()
    }
}

impl Registry {
    /// No classes.
    pub fn new() -> Self {
        Self::default()
    }

    /// One class more; refused where the name is taken.
    pub fn with<S: Strategy>(mut self) -> Result<Self, Invalid> {
        let place = self.classes.partition_point(|class| class.name < S::NAME);
        if self.classes.get(place).is_some_and(|class| class.name == S::NAME) {
            return Err(Invalid::new(format!("two classes are called `{}`", S::NAME))
                .advice("another name for one of them"));
        }
        let (name, about, params) = (S::NAME, S::ABOUT, S::Config::describe);
        self.classes.insert(place, Class { name, about, params, begin: begin::<S> });
        Ok(self)
    }

    /// Every class, by name.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of that name.
    pub fn class(&self, name: &str) -> Result<&Class, Invalid> {
        self.classes.iter().find(|class| class.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.classes.iter().map(Class::name).collect();
            unknown("strategy", name, &names)
        })
    }

    /// Begins one entry, whether it is enabled or not.
    pub fn begin(&self, entry: &RosterEntry) -> Result<Instance, Invalid> {
        let name = entry.class.as_deref().unwrap_or(entry.id.as_str());
        let class = self.class(name).map_err(|invalid| invalid.at(entry.id.as_str()))?;
        let kind = (class.name, class.begin);
        let instance = Instance::begin(kind, entry.id, &entry.symbols, &entry.params)?;
        Ok(instance.with_state(entry.state))
    }

    /// Begins every entry that is enabled. The others are not loaded at all.
    pub fn assemble(&self, roster: &[RosterEntry]) -> Result<Vec<Instance>, Invalid> {
        roster.iter().filter(|entry| entry.enabled).map(|entry| self.begin(entry)).collect()
    }
}
