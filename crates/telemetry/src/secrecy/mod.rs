//! The last line of defence: no secret leaves through a log, a terminal, a metric or an error.
//!
//! Secrets should never reach a log in the first place. Should one nevertheless, two nets hold it:
//! values that were registered are found in any of the forms in which programs print them, and
//! values that stand behind a telling name (`api_key=…`, `Authorization: …`) are hidden without
//! being known. Order ids, hashes and prices pass unchanged.

mod forms;
mod names;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use names::{hide_named, is_secret_name};

/// What stands where a secret stood.
pub const HIDDEN: &str = "[redacted]";

/// A shorter text cannot be told from ordinary words.
const LENGTH_MIN: usize = 6;
/// A longer text is cut to this; finding its beginning is enough to hide it.
const LENGTH_MAX: usize = 4_096;
/// How many secrets may be registered.
const SECRETS_MAX: usize = 256;

/// Why a secret cannot be watched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwatchable {
    /// Too short.
    #[error("a secret of fewer than {LENGTH_MIN} characters cannot be hidden; try a longer one")]
    TooShort,
    /// Too many.
    #[error("at most {SECRETS_MAX} secrets can be hidden")]
    TooMany,
}

/// The values that must appear nowhere. Clones share what is registered.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Arc<Watched>>>);

impl Secrets {
    /// From now on this value is hidden, as it is and in the forms in which programs print it.
    pub fn register(&self, value: &str) -> Result<(), Unwatchable> {
        let value = value.trim();
        if value.len() < LENGTH_MIN {
            return Err(Unwatchable::TooShort);
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.count >= SECRETS_MAX {
            return Err(Unwatchable::TooMany);
        }
        *held = Arc::new(held.with(&value[..floor_boundary(value, LENGTH_MAX)]));
        Ok(())
    }

    /// What is watched for now.
    pub(crate) fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The text without any secret; how everything is told that leaves the process.
    pub fn cleaned(&self, text: &str) -> String {
        let mut cleaned = String::with_capacity(text.len());
        self.watched().clean(text, Cut::Whole, &mut cleaned);
        cleaned
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} registered)", self.watched().count)
    }
}

/// Whether a text is all of what was to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It is.
    Whole,
    /// It was cut at its end, perhaps in the middle of a secret.
    Short,
}

/// Every form of every secret. Immutable once made, so that readers need no lock while they look.
#[derive(Default)]
pub(crate) struct Watched {
    /// Longest first, so that a form that contains another is hidden whole.
    forms: Vec<String>,
    /// Which pairs of bytes begin a form: most positions of most texts are dismissed by this alone.
    begins: Begins,
    count: usize,
}

impl Watched {
    fn with(&self, value: &str) -> Self {
        let mut forms = self.forms.clone();
        forms.extend(forms::of(value));
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let mut begins = Begins::default();
        for form in &forms {
            begins.add(form.as_bytes());
        }
        Self { forms, begins, count: self.count + 1 }
    }

    /// Appends `text` to `out` without any secret.
    pub(crate) fn clean(&self, text: &str, cut: Cut, out: &mut String) {
        if self.forms.is_empty() {
            hide_named(text, out);
            return;
        }
        let mut unmasked = String::with_capacity(text.len());
        self.mask(text, cut, &mut unmasked);
        hide_named(&unmasked, out);
    }

    fn mask(&self, text: &str, cut: Cut, out: &mut String) {
        let bytes = text.as_bytes();
        let (mut kept, mut place) = (0, 0);
        while place < bytes.len() {
            match self.form_at(&bytes[place..], cut) {
                None => place += 1,
                Some(length) => {
                    out.push_str(&text[kept..place]);
                    out.push_str(HIDDEN);
                    place += length;
                    kept = place;
                }
            }
        }
        out.push_str(&text[kept..]);
    }

    /// The length of the form that begins here. At the end of a cut text the beginning of one is
    /// enough.
    fn form_at(&self, rest: &[u8], cut: Cut) -> Option<usize> {
        let may_end_short = cut == Cut::Short && rest.len() < LENGTH_MAX;
        if !may_end_short && !self.begins.may(rest) {
            return None;
        }
        let fits = |form: &&String| {
            rest.starts_with(form.as_bytes())
                || may_end_short && rest.len() < form.len() && form.as_bytes().starts_with(rest)
        };
        self.forms.iter().find(fits).map(|form| form.len().min(rest.len()))
    }
}

/// A small set of pairs of bytes, with false positives and no false negatives.
#[derive(Default)]
struct Begins([u64; 16]);

impl Begins {
    fn place(pair: &[u8]) -> (usize, u64) {
        let mixed = (u32::from(pair[0]) | u32::from(pair[1]) << 8).wrapping_mul(0x9E37_79B1) >> 22;
        ((mixed >> 6) as usize, 1 << (mixed & 63))
    }

    fn add(&mut self, form: &[u8]) {
        if form.len() >= 2 {
            let (word, bit) = Self::place(form);
            self.0[word] |= bit;
        }
    }

    fn may(&self, rest: &[u8]) -> bool {
        rest.len() >= 2 && {
            let (word, bit) = Self::place(rest);
            self.0[word] & bit != 0
        }
    }
}

/// The last boundary between characters at or before `limit`.
pub(crate) fn floor_boundary(text: &str, limit: usize) -> usize {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLANTED: &str = "kQH5HW/8p1uG\"VbFgPQt7x==";

    fn planted() -> Secrets {
        let secrets = Secrets::default();
        secrets.register(PLANTED).unwrap();
        secrets
    }

    fn check(text: &str) {
        let cleaned = planted().cleaned(text);
        assert!(cleaned.contains(HIDDEN), "{text} -> {cleaned}");
        for form in forms::of(PLANTED) {
            assert!(!cleaned.contains(&form), "{text} -> {cleaned}");
        }
    }

    #[test]
    fn secret_is_hidden_in_every_form_that_programs_print() {
        check(PLANTED);
        check(&format!("venue said: {PLANTED}, twice: {PLANTED}"));
        check(&format!("{PLANTED:?}"));
        check(&serde_json::to_string(PLANTED).unwrap());
        check(&format!("{:?}", PLANTED.as_bytes()));
    }

    #[test]
    fn secret_bytes_in_hexadecimal_percent_and_base64_are_hidden() {
        let hex = forms::of(PLANTED)[4].clone();
        assert!(hex.starts_with("6b514835"), "{hex}");
        check(&hex);
        check(&hex.to_uppercase());
        check("key kQH5HW%2F8p1uG%22VbFgPQt7x%3D%3D end");
        check("a1FINUhXLzhwMXVHIlZiRmdQUXQ3eD09");
    }

    #[test]
    fn secret_cut_at_the_end_of_a_text_is_hidden_too() {
        for length in 1..PLANTED.len() {
            let text = format!("cut here {}", &PLANTED[..length]);
            let mut cleaned = String::new();
            planted().watched().clean(&text, Cut::Short, &mut cleaned);
            assert_eq!(cleaned, format!("cut here {HIDDEN}"));
        }
    }

    #[test]
    fn hashes_order_ids_and_prices_pass_unchanged() {
        let text = "order a91c0000000000000000000000000000 at 61207.3, hash \
            9c41aa00bb11cc22dd33ee44ff5566778899aabbccddeeff0011223344556677, BTC/USD 30,603.65";
        assert_eq!(planted().cleaned(text), text);
        assert_eq!(Secrets::default().cleaned(text), text);
    }

    #[test]
    fn secret_too_short_or_too_many_is_refused_and_said() {
        let secrets = Secrets::default();
        assert_eq!(secrets.register("12345"), Err(Unwatchable::TooShort));
        assert_eq!(secrets.register("  12345\n"), Err(Unwatchable::TooShort));
        for number in 0..SECRETS_MAX {
            secrets.register(&format!("secret-number-{number:04}")).unwrap();
        }
        assert_eq!(secrets.register("one too many"), Err(Unwatchable::TooMany));
        assert_eq!(secrets.cleaned("secret-number-0255!"), format!("{HIDDEN}!"));
        assert_eq!(format!("{secrets:?}"), "Secrets(256 registered)");
    }

    #[test]
    fn secret_longer_than_watched_is_hidden_by_its_beginning() {
        let secrets = Secrets::default();
        let long = "é7".repeat(LENGTH_MAX);
        secrets.register(&long).unwrap();
        assert!(secrets.cleaned(&long).starts_with(HIDDEN));
    }

    proptest! {
        #[test]
        fn secret_anywhere_in_any_text_is_hidden(
            secret in "[ -~é]{6,40}", before in "\\PC{0,40}", after in "\\PC{0,40}",
        ) {
            let secrets = Secrets::default();
            if secrets.register(&secret).is_ok() {
                let cleaned = secrets.cleaned(&format!("{before}{secret}{after}"));
                let rest = cleaned.replace(HIDDEN, "\u{0}");
                prop_assert!(!rest.contains(secret.trim()), "{cleaned}");
            }
        }

        #[test]
        fn text_without_a_secret_and_without_names_is_unchanged(text in "[0-9 /.+-]{0,80}") {
            prop_assert_eq!(planted().cleaned(&text), text);
        }
    }
}
