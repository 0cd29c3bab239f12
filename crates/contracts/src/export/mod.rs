//! The wire format for readers in other languages: JSON Schemas, Python and TypeScript types.
//!
//! Everything is derived from the Rust types, as text; nothing here touches a file. The kept files are
//! written by `cargo run -p contracts --features schema --example generate_types`, and a test compares
//! them with what this module says. Compiled only with the `schema` feature.

mod json;
mod message;
mod model;
mod python;
mod text;
mod typescript;

use crate::event::Event;

pub use model::Inexpressible;

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is kept, relative to the folder of this crate.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// The folder of the schemas.
pub const SCHEMAS: &str = "schemas";
/// The folder of the types.
pub const TYPES: &str = "types";

/// Every generated file: a schema for each type of event, and the types of both languages.
pub fn files() -> Result<Vec<File>, Inexpressible> {
    let format = message::format()?;
    let mut files = Vec::new();
    for (name, schema) in message::schemas(&format) {
        let path = format!("{SCHEMAS}/{name}.json");
        files.push(File { path, text: json::pretty(&schema) });
    }
    let model = model::Model::of(&format)?;
    let python = python::write(&model);
    files.push(File { path: format!("{TYPES}/njord.py"), text: python });
    let typescript = typescript::write(&model);
    files.push(File { path: format!("{TYPES}/njord.ts"), text: typescript });
    debug_assert_eq!(files.len(), Event::NAMES.len() + 2);
    Ok(files)
}
