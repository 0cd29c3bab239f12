//! Writes the kept JSON Schemas and the Python and TypeScript types of the wire format.
//!
//! `cargo run -p contracts --features schema --example generate_types`
#![allow(clippy::print_stdout, reason = "a tool for the command line says what it did")]

use std::error::Error;
use std::fs;
use std::path::Path;

use contracts::export::{self, SCHEMAS, TYPES};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A schema of a type that is gone must go too.
    if root.join(SCHEMAS).exists() {
        fs::remove_dir_all(root.join(SCHEMAS))?;
    }
    fs::create_dir_all(root.join(SCHEMAS))?;
    fs::create_dir_all(root.join(TYPES))?;
    let files = export::files()?;
    for file in &files {
        fs::write(root.join(&file.path), &file.text)?;
    }
    println!("{} files written below {}", files.len(), root.display());
    Ok(())
}
