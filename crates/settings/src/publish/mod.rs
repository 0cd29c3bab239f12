//! What is made from the catalogue for others: the commented configuration, the page of all keys, the JSON
//! Schema.

mod commented;
mod page;
mod schema;

pub use commented::config_files;
pub use page::page;
pub use schema::{schema, schema_text};

pub(crate) use commented::toml_value;
