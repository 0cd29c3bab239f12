//! Runs what pages mark as `sh run`: the blocks of a page as one script, in a copy of the repository, with `njord` and
//! the tools on the path and an empty home.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::docs::Doc;
use crate::markdown::Fence;
use crate::{Fault, Finding, Repository, docs};

/// Runs the marked blocks of every page, or of one, with `njord` from that folder, in a copy that it makes in an
/// empty one. Says how many blocks there were, and which page failed.
pub fn run(
    repository: &Repository,
    programs: &Path,
    scratch: &Path,
    page: Option<&str>,
) -> Result<(usize, Vec<Finding>), Fault> {
    let copy = scratch.join("njord");
    for path in repository.files()? {
        repository.copy(&path, &copy)?;
    }
    let (mut ran, mut found) = (0, Vec::new());
    for doc in docs::all(repository)?.iter().filter(|doc| page.is_none_or(|page| page == doc.path))
    {
        let blocks: Vec<&Fence> =
            doc.page.fences.iter().filter(|fence| fence.info == "sh run").collect();
        let Some(first) = blocks.first() else { continue };
        ran += blocks.len();
        if let Some(said) = fails(&script(doc), &copy, programs, scratch)? {
            let what = format!("the commands of this page fail:\n{said}");
            found.push(doc.finding(first.line, what, ""));
        }
    }
    Ok((ran, found))
}

/// The blocks of a page in one script, so that each finds what those before it have made. A block of another language
/// whose mark goes on with a path is a file that a person would write.
fn script(doc: &Doc) -> String {
    let mut text = "set -euo pipefail\n".to_owned();
    for fence in &doc.page.fences {
        let lines = fence.lines.join("\n");
        let file =
            fence.info.split_once(' ').map(|(_, path)| path).filter(|path| path.contains('/'));
        match file {
            Some(path) => text.push_str(
                &["cat >", path, " <<'END-OF-FILE'\n", &lines, "\nEND-OF-FILE\n"].concat(),
            ),
            None if fence.info == "sh run" => text.push_str(&(lines + "\n")),
            None => {}
        }
    }
    text
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
    // What others have written and was built for the repository is not built again. Our own packages are: `cargo` tells two
    // copies of one apart by the times of their files alone, unless a wrapper, and `env` is one that does nothing, does.
    let built = programs.parent().unwrap_or(programs);
    let path = format!(
        "export PATH=\"{}:$PATH\" CARGO_TARGET_DIR=\"{}\" RUSTC_WORKSPACE_WRAPPER=env",
        programs.display(),
        built.display()
    );
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
