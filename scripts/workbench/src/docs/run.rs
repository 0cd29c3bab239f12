//! Runs what pages mark as `sh run`: the blocks of a page as one script, in a copy of the repository, with `njord` and
//! the tools on the path and an empty home.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Fault, Finding, Repository, docs};

/// Runs the marked blocks of every page, with `njord` from that folder, in a copy that it makes in an empty one.
pub fn run(
    repository: &Repository,
    programs: &Path,
    scratch: &Path,
) -> Result<(usize, Vec<Finding>), Fault> {
    let copy = scratch.join("njord");
    for path in repository.files()? {
        let (from, to) = (repository.root().join(&path), copy.join(&path));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(Fault::io(folder))?;
        }
        fs::copy(&from, &to).map_err(Fault::io(&from))?;
    }
    let (mut ran, mut found) = (0, Vec::new());
    for doc in docs::all(repository)? {
        let blocks = doc.page.fences.iter().filter(|fence| fence.info == "sh run");
        let mut script = "set -euo pipefail\n".to_owned();
        let mut lines = Vec::new();
        for block in blocks {
            lines.push(block.line);
            script.push_str(&block.lines.join("\n"));
            script.push('\n');
        }
        let Some(line) = lines.first() else { continue };
        ran += lines.len();
        if let Some(said) = fails(&script, &copy, programs, scratch)? {
            found.push(doc.finding(*line, format!("the commands of this page fail:\n{said}"), ""));
        }
    }
    Ok((ran, found))
}

/// The end of what a script said, if it failed.
fn fails(
    script: &str,
    copy: &Path,
    programs: &Path,
    scratch: &Path,
) -> Result<Option<String>, Fault> {
    let home = scratch.join("home");
    fs::create_dir_all(&home).map_err(Fault::io(&home))?;
    let path = format!("export PATH=\"{}:$PATH\"", programs.display());
    let keep = "export CARGO_HOME=\"${CARGO_HOME:-$HOME/.cargo}\" RUSTUP_HOME=\"${RUSTUP_HOME:-$HOME/.rustup}\"";
    let script = format!("{keep}\n{path}\nexport HOME=\"{}\"\n{script}", home.display());
    let output = Command::new("bash").args(["-c", &script]).current_dir(copy).output();
    let output =
        output.map_err(|why| Fault::Program { command: "bash".into(), said: why.to_string() })?;
    if output.status.success() {
        return Ok(None);
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let from = said.lines().count().saturating_sub(20);
    Ok(Some(said.lines().skip(from).collect::<Vec<_>>().join("\n")))
}
