//! Where settings come from: TOML files, environment variables, flags. Each becomes a list of leaves with
//! their places.

mod environment;
mod file;
mod flags;
mod toml_text;

pub use environment::Environment;

pub(crate) use environment::{ENABLE_LIVE, named_variables};
pub(crate) use file::read_text;
pub(crate) use flags::{leaves_of_flags, parse_key};
pub(crate) use toml_text::leaves_of_toml;
