//! Writes what is made from the catalogue: `config/base.toml`, `config/schema.json`,
//! `docs/configuration.md`. Run it after a key has changed; a test tells when that was forgotten.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (name, text) in settings::publish::config_files() {
        fs::write(root.join("config").join(name), text)?;
    }
    fs::write(root.join("docs/configuration.md"), settings::publish::page())
}
