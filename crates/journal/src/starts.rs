//! The count of starts, beside the journal: it must not go back even where the journal's own word of it is
//! damaged, because streams of other processes are numbered by it.

use std::io::Read as _;
use std::path::Path;

use contracts::Epoch;

use crate::chain::{Chain, Tag};
use crate::fault::Fault;
use crate::files::{Files, is_full, remove_if_there};

const NAME: &str = "starts";
/// A number, a tag, and what stands between them.
const BYTES_MAX: u64 = 64;

/// The last start that was counted here; zero where nothing authentic stands.
pub(crate) fn read(files: &dyn Files, root: &Path, chain: &Chain) -> Result<Epoch, Fault> {
    let path = root.join(NAME);
    let mut text = String::new();
    let read = files.read(&path).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(authentic(&text, chain).unwrap_or_default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Epoch(0)),
        // Not text: damaged. The journal has the number too.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(Epoch(0)),
        Err(error) => Err(Fault::disk("reading", &path, &error)),
    }
}

fn authentic(text: &str, chain: &Chain) -> Option<Epoch> {
    let (number, tag) = text.trim_end().split_once(' ')?;
    let tag: Tag = tag.parse().ok()?;
    (chain.tag(Tag::NONE, number.as_bytes()) == tag).then_some(())?;
    number.parse().ok().map(Epoch)
}

/// Counts a start; it is safe when this returns.
pub(crate) fn write(
    files: &dyn Files,
    root: &Path,
    chain: &Chain,
    epoch: Epoch,
) -> Result<(), Fault> {
    let (path, unfinished) = (root.join(NAME), root.join("starts.part"));
    let number = epoch.0.to_string();
    let line = format!("{number} {}\n", chain.tag(Tag::NONE, number.as_bytes()));
    let written = (|| {
        remove_if_there(files, &unfinished)?;
        let mut file = files.create(&unfinished)?;
        file.append(line.as_bytes())?;
        file.sync()?;
        files.rename(&unfinished, &path)?;
        files.sync_folder(root)
    })();
    match written {
        // On a full disk the journal's own word must do.
        Err(error) if is_full(&error) => Ok(()),
        written => written.map_err(|error| Fault::disk("writing", &path, &error)),
    }
}
