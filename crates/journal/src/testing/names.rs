//! The names on a disk, which of them are safe, and what a loss of power leaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kernel::Seeded;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    File(usize),
}

#[derive(Clone, Debug)]
enum Change {
    Make(PathBuf, Node),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

type Tree = BTreeMap<PathBuf, Node>;

#[derive(Debug, Default)]
pub(super) struct Names {
    seen: Tree,
    safe: Tree,
    /// What was changed since, in order.
    changes: Vec<Change>,
}

impl Change {
    /// The folder whose sync makes it safe.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Make(path, _) | Self::Remove(path) | Self::Rename(_, path) => path.parent(),
        }
    }

    fn apply(&self, tree: &mut Tree) {
        match self {
            Self::Make(path, node) => drop(tree.insert(path.clone(), *node)),
            Self::Remove(path) => drop(tree.remove(path)),
            Self::Rename(from, to) => {
                let moved: Vec<PathBuf> =
                    tree.keys().filter(|path| path.starts_with(from)).cloned().collect();
                for path in moved {
                    let Some(node) = tree.remove(&path) else { continue };
                    let rest = path.strip_prefix(from).unwrap_or(Path::new(""));
                    let at = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                    tree.insert(at, node);
                }
            }
        }
    }
}

impl Names {
    pub(super) fn get(&self, path: &Path) -> Option<Node> {
        self.seen.get(path).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Node)> {
        self.seen.iter()
    }

    pub(super) fn make(&mut self, path: PathBuf, node: Node) {
        self.change(Change::Make(path, node));
    }

    pub(super) fn remove(&mut self, path: PathBuf) {
        self.change(Change::Remove(path));
    }

    pub(super) fn rename(&mut self, from: PathBuf, to: PathBuf) {
        self.change(Change::Rename(from, to));
    }

    pub(super) fn plant(&mut self, path: PathBuf, node: Node) {
        self.safe.insert(path.clone(), node);
        self.seen.insert(path, node);
    }

    pub(super) fn pluck(&mut self, path: &Path) {
        self.safe.remove(path);
        self.seen.remove(path);
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.changes.push(change);
    }

    pub(super) fn sync(&mut self, folder: &Path) {
        for change in std::mem::take(&mut self.changes) {
            if change.folder() == Some(folder) {
                change.apply(&mut self.safe);
            } else {
                self.changes.push(change);
            }
        }
    }

    pub(super) fn lose_power(&mut self, dice: &mut Seeded) {
        for change in std::mem::take(&mut self.changes) {
            if dice.below(2) == 0 {
                change.apply(&mut self.safe);
            }
        }
        // What stands in a folder that is not there is not there either.
        let is_folder = |tree: &Tree, path: &Path| tree.get(path) == Some(&Node::Folder);
        let safe = self.safe.clone();
        self.safe.retain(|path, _| {
            path.ancestors().skip(1).all(|folder| {
                folder.parent().is_none()
                    || folder.as_os_str().is_empty()
                    || is_folder(&safe, folder)
            })
        });
        self.seen.clone_from(&self.safe);
    }
}
