//! This program: what it is called, how it was started, and which build it is.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

/// What the program is called, and how a person calls it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its name, such as `njord`.
    pub(crate) name: String,
    /// What was typed to start it, such as `target/release/njord`.
    pub(crate) typed: String,
}

impl Program {
    /// From the first word of the command line, which may be anything.
    pub(crate) fn of(first: Option<&OsStr>) -> Self {
        let plain = |text: &&str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-/+~".contains(c);
            !text.is_empty() && !text.starts_with('-') && text.chars().all(fits)
        };
        let typed = first.and_then(OsStr::to_str).filter(plain);
        let name = typed.and_then(|typed| Path::new(typed).file_name()).and_then(OsStr::to_str);
        let (Some(typed), Some(name)) = (typed, name) else {
            return Self { name: "njord".to_owned(), typed: "njord".to_owned() };
        };
        Self { name: name.to_owned(), typed: typed.to_owned() }
    }
}

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
const COMMIT: &str = env!("NJORD_COMMIT");
const PROFILE: &str = env!("NJORD_PROFILE");
const TARGET: &str = env!("NJORD_TARGET");
const RUSTC: &str = env!("NJORD_RUSTC");

/// The build in a line.
pub(crate) fn version() -> String {
    format!("njord {VERSION} ({COMMIT}, {PROFILE}, {TARGET}, {RUSTC})")
}

/// The build, as journals name it.
pub(crate) const fn build() -> &'static str {
    concat!(
        "njord ",
        env!("CARGO_PKG_VERSION"),
        " ",
        env!("NJORD_COMMIT"),
        " ",
        env!("NJORD_PROFILE")
    )
}

/// The build for programs.
pub(crate) fn version_json() -> Value {
    json!({
        "version": VERSION, "commit": COMMIT, "profile": PROFILE, "target": TARGET, "rustc": RUSTC,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_is_called_as_it_was_typed_unless_that_is_odd() {
        let of = |first: &str| {
            let program = Program::of(Some(OsStr::new(first)));
            (program.name, program.typed)
        };
        let same = |name: &str, typed: &str| (name.to_owned(), typed.to_owned());
        assert_eq!(of("target/release/mybot"), same("mybot", "target/release/mybot"));
        assert_eq!(of("mybot"), same("mybot", "mybot"));
        for odd in ["", "/", "..", "a b", "--help", "a\nb", "a;b", "\u{1b}[31m"] {
            assert_eq!(of(odd), same("njord", "njord"), "{odd:?}");
        }
        assert_eq!(Program::of(None).name, "njord");
    }
}
