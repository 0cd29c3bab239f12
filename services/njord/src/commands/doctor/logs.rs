//! Whether logs can be written where the settings want them.

use std::fs;
use std::path::Path;

use settings::Loaded;

use super::disk::{nearest, try_a_file};
use crate::finding::Finding;

pub(super) fn check(loaded: &Loaded) -> Finding {
    let logs = &loaded.places().logs;
    let shown = logs.display();
    match written(logs) {
        Ok(()) => Finding::ok("logs", format!("can be written in {shown}")),
        Err(why) => Finding::fail("logs", format!("{shown} cannot be used for logs: {why}"))
            .advice("a folder that this user can write, as telemetry.log_dir"),
    }
}

/// Tries it where the folder is, or where it will be made.
fn written(logs: &Path) -> std::io::Result<()> {
    // Something else in its place is an error here already.
    let folder = match fs::read_dir(logs) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => nearest(logs),
        Err(error) => return Err(error),
        Ok(_) => Some(logs.to_owned()),
    };
    folder.map_or(Ok(()), |folder| try_a_file(&folder))
}
