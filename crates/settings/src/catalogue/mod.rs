//! The catalogue: every key there is, declared once. From it come reading, checking, explaining, the
//! commented configuration, the page of all keys and the JSON Schema, so that none of them can lie.

mod amounts;
mod key;
mod lists;
mod range;
mod section;
mod setting;
mod words;

pub use key::KeySpec;
pub use lists::Params;
pub use range::Range;
pub use setting::Bytes;

pub(crate) use key::{Catalogue, Found, SectionSpec};
pub(crate) use section::{Section, Weight, section};
pub(crate) use setting::{RawValue, Setting, Wrong};
pub(crate) use words::words;
