//! A new home: a commented configuration and fresh keys. Never in the place of something that is there.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::origin::Origin;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::publish;
use crate::secrets::{
    Entropy, KeyFolder, KeyName, create, create_guarded, generate, guard_own_folder,
};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Init {
    /// The home: `config` comes into it.
    pub home: PathBuf,
    /// The folder for the keys: `var/keys` in the home where nothing else is said.
    pub keys: Option<PathBuf>,
    /// Whether what is there already is left as it is, instead of refused: to finish what was begun.
    pub keep_existing: bool,
}

/// One thing that was done, or did not need to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A folder was made.
    Folder(PathBuf),
    /// A file of the configuration was written.
    Config(PathBuf),
    /// A key was made, readable by its owner alone.
    Key(PathBuf),
    /// It was there, and was not touched.
    Kept(PathBuf),
}

/// Makes configuration and keys. Nothing is written unless all of it can be.
pub fn init(wanted: &Init, entropy: Entropy<'_>) -> Result<Vec<Made>, Problems> {
    let config = wanted.home.join("config");
    let keys = wanted.keys.clone().unwrap_or_else(|| wanted.home.join("var/keys"));
    let files: Vec<(PathBuf, String)> =
        publish::config_files().into_iter().map(|(name, text)| (config.join(name), text)).collect();
    let mut key_files = key_files(&keys, entropy)?;
    if wanted.keep_existing {
        fit_pair(&keys, &mut key_files)?;
    } else {
        let of_config = files.iter().map(|(path, _)| path);
        refuse_existing(of_config.chain(key_files.iter().map(|(path, _)| path)))?;
    }

    let mut made = Vec::new();
    make_folder(&config, 0o755, &mut made)?;
    make_folder(&keys, 0o700, &mut made)?;
    guard_own_folder(&keys)?;
    for (path, text) in &files {
        if fs::symlink_metadata(path).is_ok() {
            made.push(Made::Kept(path.clone()));
        } else {
            create(path, text.as_bytes(), 0o644)?;
            made.push(Made::Config(path.clone()));
        }
    }
    for (path, text) in &key_files {
        if fs::symlink_metadata(path).is_ok() {
            made.push(Made::Kept(path.clone()));
        } else {
            create_guarded(path, text.as_bytes())?;
            made.push(Made::Key(path.clone()));
        }
    }
    Ok(made)
}

fn key_files(
    folder: &Path,
    entropy: Entropy<'_>,
) -> Result<Vec<(PathBuf, Zeroizing<String>)>, Problem> {
    let keys = generate(entropy).map_err(|error| {
        let at = Origin::whole_file(&folder.display().to_string());
        let what = format!("no keys could be made: {error}");
        Problem::new(ProblemKind::Unwritable, at, what).advice("another machine")
    })?;
    Ok(keys.into_iter().map(|(name, text)| (folder.join(name.file()), text)).collect())
}

fn refuse_existing<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), Problems> {
    let mut problems = Problems::default();
    for path in paths.filter(|path| fs::symlink_metadata(path).is_ok()) {
        let at = Origin::whole_file(&path.display().to_string());
        problems.push(
            Problem::new(ProblemKind::Exists, at, "is there already, and nothing was written")
                .advice("another folder, or keeping what is there"),
        );
    }
    problems.or(())
}

/// What is there decides about the operator's pair: to a private key its own public half is made, and to
/// a public one, whose private half somebody keeps elsewhere, nothing.
fn fit_pair(keys: &Path, files: &mut Vec<(PathBuf, Zeroizing<String>)>) -> Result<(), Problem> {
    let [private, public] =
        [KeyName::Operator, KeyName::OperatorPublic].map(|name| keys.join(name.file()));
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    match (is_there(&private), is_there(&public)) {
        (true, false) => {
            let fitting = KeyFolder::at(keys).operator_public_text()?;
            for (_, text) in files.iter_mut().filter(|(path, _)| *path == public) {
                text.clone_from(&fitting);
            }
        }
        (false, true) => files.retain(|(path, _)| *path != private),
        (true, true) | (false, false) => {}
    }
    Ok(())
}

fn make_folder(folder: &Path, mode: u32, made: &mut Vec<Made>) -> Result<(), Problem> {
    match fs::metadata(folder) {
        Ok(held) if held.is_dir() => return Ok(()),
        Ok(_) => return Err(unwritable(folder, "is there and is no folder")),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(unwritable(folder, &error.to_string()));
        }
        Err(_) => {}
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder(above, 0o755, made)?;
    }
    let built = fs::DirBuilder::new().mode(mode).create(folder);
    built.map_err(|error| unwritable(folder, &error.to_string()))?;
    made.push(Made::Folder(folder.to_owned()));
    Ok(())
}

fn unwritable(folder: &Path, what: &str) -> Problem {
    let at = Origin::whole_file(&folder.display().to_string());
    Problem::new(ProblemKind::Unwritable, at, what).advice("a folder that this user can write")
}
