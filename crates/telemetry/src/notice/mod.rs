//! The catalogue of what the system says about itself: each thing has a name, a level, fields of
//! fixed types and one sentence for people.
//!
//! A notice is plain data, `Copy`, made without allocation on whatever thread has something to say.
//! Words are made of it later, on the thread that writes. No free text is ever part of one: whoever
//! has an error to show hands it over beside the notice, where secrets are looked for.

mod catalogue;
mod words;

use crate::level::Level;

pub use catalogue::Notice;
pub(crate) use words::{plain, sentence};

/// What the documentation, dashboards and alert rules may know of a kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeKind {
    /// Its name; also the value of the label `notice`.
    pub name: &'static str,
    /// How much it matters.
    pub level: Level,
    /// When it is said.
    pub when: &'static str,
    /// The sentence; `{field}` stands for a field.
    pub sentence: &'static str,
    /// Its fields.
    pub fields: &'static [&'static str],
}

/// Declares [`Notice`] with everything that must know each of its variants, so that none can be
/// added to one place and forgotten in another.
macro_rules! notices {
    ($(
        #[doc = $when:literal]
        $variant:ident { $($field:ident: $type:ty),* $(,)? } =
            $name:literal, $level:ident, $sentence:literal;
    )*) => {
        /// Something that those who run the system may want to know.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(missing_docs, reason = "fields are named after what they hold")]
        pub enum Notice { $(#[doc = $when] $variant { $($field: $type),* },)* }

        impl Notice {
            /// Every kind, in the order of declaration.
            pub const KINDS: &'static [$crate::notice::NoticeKind] = &[$(
                $crate::notice::NoticeKind {
                    name: $name,
                    level: $crate::level::Level::$level,
                    when: $when.trim_ascii(),
                    sentence: $sentence,
                    fields: &[$(stringify!($field)),*],
                },
            )*];

            /// Its place among the kinds.
            pub fn place(&self) -> usize {
                #[derive(Clone, Copy)]
                enum Place { $($variant),* }
                (match self { $(Self::$variant { .. } => Place::$variant,)* }) as usize
            }

            /// Shows every field to `see`.
            pub(crate) fn each(&self, see: &mut dyn FnMut(&'static str, serde_json::Value)) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        $(see(stringify!($field), $crate::notice::words::shown($field));)*
                    })*
                }
                let _ = see;
            }
        }
    };
}
use notices;

impl Notice {
    /// What is known of its kind.
    pub fn kind(&self) -> &'static NoticeKind {
        &Self::KINDS[self.place()]
    }

    /// How much it matters.
    pub fn level(&self) -> Level {
        self.kind().level
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.kind().name
    }
}
