//! Renews the tables of `docs/MONITORING.md`: `cargo run -p telemetry --example monitoring_tables`.

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/MONITORING.md");
    let kept = fs::read_to_string(&page)?;
    fs::write(&page, telemetry::tables::renewed(&kept)?)?;
    Ok(())
}
