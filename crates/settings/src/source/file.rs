//! Reads a file of settings: an ordinary file, of bounded size, in UTF-8.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::origin::{Lines, Origin};
use crate::problem::{Problem, ProblemKind};

/// A larger file holds no settings.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 20;

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Problem> {
    let at = Origin::whole_file(&path.display().to_string());
    let problem = |kind, what: String| Problem::new(kind, at.clone(), what);
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => problem(ProblemKind::MissingFile, "there is no such file".into())
            .advice("`njord init` to make one, or another path"),
        _ => problem(ProblemKind::Unreadable, error.to_string()).advice("its owner and its mode"),
    };
    // Looked at before it is opened: opening a pipe would wait for a writer.
    let looked = std::fs::metadata(path).map_err(unreadable)?;
    if !looked.is_file() {
        return Err(problem(ProblemKind::Unreadable, "is no ordinary file".into())
            .advice("the path of a TOML file"));
    }
    let mut bytes = Vec::new();
    let mut bounded = File::open(path).map_err(unreadable)?.take(FILE_BYTES_MAX + 1);
    bounded.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let what = format!("is larger than {FILE_BYTES_MAX} bytes");
        return Err(problem(ProblemKind::TooBig, what).advice("whether it is the right file"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let lines = Lines::of(&path.display().to_string(), &before);
        let what = format!("byte {valid} is not UTF-8");
        Problem::new(ProblemKind::NotUtf8, lines.at(before.len()), what)
            .advice("saving it as UTF-8")
    })
}
