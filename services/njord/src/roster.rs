//! The strategies that the settings name, for people: what each of them is and trades, in a line.

use settings::{Loaded, Problems};
use strategy::{Registry, RosterEntry};

/// The strategies of settings that fit together, or everything that does not.
pub(crate) fn check(loaded: &Loaded, registry: &Registry) -> Result<Vec<String>, Problems> {
    let roster = launch::fits(loaded, registry)?;
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
