//! Sections: the struct, its defaults, its reading and its description from one declaration.

use serde_json::Value;

use super::key::SectionSpec;
use crate::path::Path;
use crate::resolve::Reader;

/// A section of the settings; made by the macro below.
pub(crate) trait Section: Sized {
    /// What is known about it.
    fn describe() -> SectionSpec;

    /// Reads it below `at`; what is wrong is told to the reader, and the default stands in.
    fn read(reader: &mut Reader<'_>, at: &Path) -> Self;

    /// Every key with its value, in the order of declaration.
    fn show(&self) -> Vec<(&'static str, Value)>;
}

/// Whether a section is part of what decisions follow from.
pub(crate) enum Weight {
    /// Machines see it: other values can mean other decisions.
    Decides,
    /// Only the shell around them sees it.
    Serves,
}

/// Declares a section: `key: type = default, range, "unit";`.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident: $section:literal, $weight:ident {
            $(
                $(#[doc = $doc:literal])*
                $key:ident : $kind:ty = $default:expr, $range:expr, $unit:literal;
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $key: $kind, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )* }
            }
        }

        impl $crate::catalogue::Section for $name {
            fn describe() -> $crate::catalogue::SectionSpec {
                #[allow(unused_imports, reason = "not every section has a range")]
                use $crate::catalogue::Range::{Above, Any, AtLeast, Within};
                use $crate::catalogue::Setting;
                let weight = $crate::catalogue::Weight::$weight;
                $crate::catalogue::SectionSpec {
                    name: $section,
                    about: concat!($($about,)* "").trim_ascii(),
                    decides: matches!(weight, $crate::catalogue::Weight::Decides),
                    named: false,
                    keys: vec![$({
                        let range: $crate::catalogue::Range<$kind> = $range;
                        let default: $kind = $default;
                        $crate::catalogue::KeySpec {
                            name: stringify!($key),
                            kind: <$kind as Setting>::KIND,
                            default: default.show(),
                            range: range.shown(),
                            unit: $unit,
                            about: concat!($($doc,)* "").trim_ascii(),
                            schema: <$kind as Setting>::schema(),
                            table: <$kind as Setting>::TABLE,
                        }
                    },)*],
                }
            }

            fn read(reader: &mut $crate::resolve::Reader<'_>, at: &$crate::path::Path) -> Self {
                #[allow(unused_imports, reason = "not every section has a range")]
                use $crate::catalogue::Range::{Above, Any, AtLeast, Within};
                Self { $( $key: reader.take(&at.join(stringify!($key)), $default, &$range), )* }
            }

            fn show(&self) -> Vec<(&'static str, serde_json::Value)> {
                vec![$( (stringify!($key), $crate::catalogue::Setting::show(&self.$key)), )*]
            }
        }
    };
}
pub(crate) use section;
