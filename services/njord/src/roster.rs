//! The strategies that the settings name, for people: what each of them is and trades, in a line.

use settings::{Loaded, Problems};
use strategy::{Registry, RosterEntry};

/// Begins every strategy that is enabled, to see whether it can.
pub(crate) fn check(loaded: &Loaded, registry: &Registry) -> Result<Vec<String>, Problems> {
    let roster = launch::roster(loaded, registry)?;
    Ok(roster.iter().map(line).collect())
}

fn line(entry: &RosterEntry) -> String {
    let class = match &entry.class {
        Some(class) if class != entry.id.as_str() => format!(" ({class})"),
        _ => String::new(),
    };
    let symbols: Vec<String> = entry.symbols.iter().map(ToString::to_string).collect();
    format!("{}{class} on {}", entry.id, symbols.join(", "))
}
