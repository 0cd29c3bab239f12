//! What is known about each key and each section, and how a path is looked up among them.

use serde_json::Value;

use super::range::Range;
use crate::nearest::nearest;
use crate::path::Path;

/// One key.
#[derive(Clone, Debug)]
pub struct KeySpec {
    /// The key inside its section.
    pub name: &'static str,
    /// What it takes, in a few words.
    pub kind: &'static str,
    /// What holds where nothing is said; null where nothing holds.
    pub default: Value,
    /// What values are allowed.
    pub range: Range<Value>,
    /// The unit of the value; empty where it has none.
    pub unit: &'static str,
    /// What it means.
    pub about: &'static str,
    /// The JSON Schema of what may be written.
    pub schema: Value,
    /// Whether it is a table whose entries may come from different files.
    pub table: bool,
}

/// One section.
#[derive(Clone, Debug)]
pub(crate) struct SectionSpec {
    /// Its name in the file.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Whether it is part of what decisions follow from, and so of the hash of them.
    pub decides: bool,
    /// Whether there are many, each under a name of its own.
    pub named: bool,
    /// Its keys, in the order of declaration.
    pub keys: Vec<KeySpec>,
}

/// Every section.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue(pub(crate) Vec<SectionSpec>);

/// What a path leads to.
pub(crate) enum Found<'a> {
    /// A key, or an entry of a key that is a table.
    Key(&'a KeySpec),
    /// A section, or the place of named ones: keys stand below it.
    Section,
    /// Below a key that has one value.
    Beyond(&'a KeySpec),
    /// Nothing.
    Nothing,
}

impl Catalogue {
    /// What the path leads to.
    pub(crate) fn find(&self, path: &Path) -> Found<'_> {
        let words = path.words();
        let Some(first) = words.first() else { return Found::Section };
        let Some(section) = self.0.iter().find(|section| section.name == first) else {
            return Found::Nothing;
        };
        let above = if section.named { 2 } else { 1 };
        let Some(name) = words.get(above) else { return Found::Section };
        let Some(key) = section.keys.iter().find(|key| key.name == name) else {
            return Found::Nothing;
        };
        match words.len() - above {
            1 => Found::Key(key),
            _ if key.table => Found::Key(key),
            _ => Found::Beyond(key),
        }
    }

    /// The known path nearest to an unknown one: a slip in the section, in the key, or the right key in
    /// the wrong section.
    pub(crate) fn suggest(&self, path: &Path) -> Option<Path> {
        let words = path.words();
        let first = words.first()?;
        let by_name = |name: &str| self.0.iter().find(|section| section.name == name);
        let Some(section) = by_name(first) else {
            let near = nearest(first, self.0.iter().map(|section| section.name));
            let moved =
                near.map(|near| Path([vec![near.to_owned()], words[1..].to_vec()].concat()));
            return moved.or_else(|| self.elsewhere(first));
        };
        let above = if section.named { 2 } else { 1 };
        let name = words.get(above)?;
        let near = nearest(name, section.keys.iter().map(|key| key.name));
        let beside = |near: &str| Path(words[..above].to_vec()).join(near);
        // The very word in another section is a better guess than a like one here.
        self.exactly(name).or_else(|| near.map(beside)).or_else(|| self.elsewhere(name))
    }

    fn exactly(&self, name: &str) -> Option<Path> {
        let plain = self.0.iter().filter(|section| !section.named);
        let holding = plain.clone().find(|section| section.keys.iter().any(|key| key.name == name));
        holding.map(|section| Path::from([section.name, name]))
    }

    fn elsewhere(&self, name: &str) -> Option<Path> {
        let plain = self.0.iter().filter(|section| !section.named);
        let near = nearest(name, plain.flat_map(|section| section.keys.iter().map(|key| key.name)));
        near.and_then(|near| self.exactly(near))
    }

    /// The names that may stand below a path, for a message.
    pub(crate) fn below(&self, path: &Path) -> Vec<&'static str> {
        let words = path.words();
        let section =
            words.first().and_then(|first| self.0.iter().find(|section| section.name == first));
        match section {
            None => self.0.iter().map(|section| section.name).collect(),
            Some(section) => section.keys.iter().map(|key| key.name).collect(),
        }
    }
}
