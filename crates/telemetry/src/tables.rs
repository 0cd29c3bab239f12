//! The tables of `docs/MONITORING.md`, made from the catalogues, so that the page cannot lie.
//!
//! Touches no file: the example `monitoring_tables` writes what a test compares.

use std::fmt::Write as _;

use crate::metrics::METRICS;
use crate::notice::Notice;

/// The page has no place for a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page has no lines `{0}` and `<!-- end -->`")]
pub struct NoPlace(String);

/// Every metric.
pub fn metrics() -> String {
    let mut table = "| metric | type | labels | what it says |\n|---|---|---|---|\n".to_owned();
    for metric in METRICS {
        let labels: Vec<_> =
            metric.labels.iter().map(|(name, set)| format!("`{name}`: {}", set.said())).collect();
        let (name, kind, help) = (metric.name, metric.kind.name(), metric.help);
        let _ = writeln!(table, "| `{name}` | {kind} | {} | {help} |", labels.join("; "));
    }
    table
}

/// Every notice.
pub fn notices() -> String {
    let mut table = "| notice | level | when | fields |\n|---|---|---|---|\n".to_owned();
    for kind in Notice::KINDS {
        let fields: Vec<_> = kind.fields.iter().map(|name| format!("`{name}`")).collect();
        let (name, level, when) = (kind.name, kind.level, kind.when);
        let _ = writeln!(table, "| `{name}` | {level} | {when} | {} |", fields.join(", "));
    }
    table
}

/// The page with fresh tables.
pub fn renewed(page: &str) -> Result<String, NoPlace> {
    let page = replaced(page, "<!-- metrics -->", &metrics())?;
    replaced(&page, "<!-- notices -->", &notices())
}

fn replaced(page: &str, mark: &str, table: &str) -> Result<String, NoPlace> {
    let missing = || NoPlace(mark.to_owned());
    let (before, rest) = page.split_once(mark).ok_or_else(missing)?;
    let (_, after) = rest.split_once("<!-- end -->").ok_or_else(missing)?;
    Ok(format!("{before}{mark}\n{table}<!-- end -->{after}"))
}
