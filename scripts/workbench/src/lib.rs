//! The workbench: what the tasks of this repository are made of. It knows which targets a change affects, keeps
//! the manifest, the pages and the roadmap fresh, and finds what the docs say and the code does not do.
//!
//! It never trades, never talks to a network, and writes only the files that are made from others. It relies on
//! `git` and `cargo` on the path.

pub mod affected;
pub mod broken;
pub mod carry;
pub mod changelog;
pub mod changes;
pub mod commits;
pub mod docs;
pub mod fault;
pub mod markdown;
pub mod pages;
pub mod repository;
pub mod roadmap;
pub mod servers;
pub mod targets;
pub mod tasks;
pub mod words;

pub use fault::{Fault, Finding};
pub use repository::Repository;
