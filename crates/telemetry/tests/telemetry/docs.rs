//! The documentation says what the code does: its tables are the ones that the code makes.

use std::fs;
use std::path::Path;

use telemetry::tables::{self, renewed};
use telemetry::{METRICS, Notice};

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

#[test]
fn monitoring_page_holds_the_tables_of_the_code() {
    let kept = page("MONITORING.md");
    let fresh = renewed(&kept).unwrap();
    assert!(kept == fresh, "try: cargo run -p telemetry --example monitoring_tables");
    for metric in METRICS {
        assert!(kept.contains(&format!("`{}`", metric.name)), "{}", metric.name);
    }
    for kind in Notice::KINDS {
        assert!(kept.contains(&format!("`{}`", kind.name)), "{}", kind.name);
    }
}

#[test]
fn page_without_marks_is_refused_and_old_tables_are_replaced() {
    assert!(renewed("no marks").is_err());
    let page = "a\n<!-- metrics -->\nSTALE\n<!-- end -->\nb\n<!-- notices -->\n<!-- end -->\nc\n";
    let fresh = renewed(page).unwrap();
    assert!(
        fresh.starts_with("a\n<!-- metrics -->\n| metric |")
            && fresh.ends_with("<!-- end -->\nc\n")
    );
    assert!(!fresh.contains("STALE") && renewed(&fresh).unwrap() == fresh);
    assert!(fresh.contains(&tables::notices()));
}

#[test]
fn logging_page_names_every_field_of_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&page("logging.schema.json")).unwrap();
    let text = page("LOGGING.md");
    for field in schema["properties"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("| `{field}` |")), "{field}");
    }
}
