//! Types that are one of some words.

/// Declares a type that is one of some words, each with what it means.
macro_rules! words {
    ($(
        $(#[doc = $about:literal])*
        pub enum $name:ident { $( $(#[doc = $what:literal])* $word:ident = $text:literal, )* }
    )*) => {$(
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $( $(#[doc = $what])* $word, )* }

        impl $name {
            /// The word.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$word => $text, )* }
            }
        }
        $crate::catalogue::words!(@setting $name { $($word = $text,)* });
    )*};
    // For a type that is declared elsewhere.
    (@setting $name:ident { $( $word:ident = $text:literal, )* }) => {
        impl $crate::catalogue::Setting for $name {
            const KIND: &'static str = concat!("one of" $(, " ", $text)*);
            fn read(
                raw: &$crate::catalogue::RawValue<'_>,
            ) -> Result<Self, $crate::catalogue::Wrong> {
                match raw.0.text().as_deref() {
                    $( Some($text) => Ok(Self::$word), )*
                    _ => Err($crate::catalogue::Wrong::not::<Self>(raw).nearest(raw, &[$($text),*])),
                }
            }
            fn show(&self) -> serde_json::Value {
                serde_json::Value::from(match self { $( Self::$word => $text, )* })
            }
            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": [$($text),*] })
            }
        }
    };
}
pub(crate) use words;

use contracts::KillLevel;

words!(@setting KillLevel { Entries = "entries", Cancel = "cancel", Flatten = "flatten", });
