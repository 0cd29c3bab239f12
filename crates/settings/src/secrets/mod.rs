//! Secrets: where they come from, who may read their files, and how they stay hidden.
//!
//! A secret has no text form, no serialization and no equality; its memory is wiped when it is dropped.
//! Sources, the strongest first: an environment variable, a file readable by its owner alone, the same
//! file encrypted with age.

mod age;
mod guard;
mod keys;
mod names;
mod store;
mod value;

pub use keys::{KeyFolder, OperatorKey, OperatorPublic, SharedKey};
pub use names::SecretName;
pub use store::Secrets;
pub use value::Secret;

pub(crate) use guard::{create, create_guarded, guard_own_folder};
pub(crate) use keys::{Entropy, KeyName, generate};
