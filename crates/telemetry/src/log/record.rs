//! What is said, on its way from the thread that says it to the thread that writes it.
//!
//! A notice travels as plain data: nothing is allocated or formatted where it is said. Free text
//! (from libraries, and from errors) is gathered up to a bound, on threads that do not decide.

use std::fmt::{self, Write};

use contracts::{Span, Ts};

use crate::level::Level;
use crate::notice::Notice;
use crate::secrecy::{Cut, floor_boundary};
use crate::trace::{RequestId, TraceId};

/// The longest message, field or error text; what is longer is cut, and the line says so.
pub(crate) const TEXT_MAX: usize = 8 * 1024;
/// The most fields of one line; more are left out, and the line says so.
pub(crate) const FIELDS_MAX: usize = 32;
/// The most text that all fields of one line hold together.
const FIELDS_TEXT_MAX: usize = 32 * 1024;

/// One line to be.
pub(crate) struct Record {
    pub(crate) at: Ts,
    pub(crate) level: Level,
    pub(crate) component: &'static str,
    pub(crate) thread: u32,
    pub(crate) trace: Option<TraceId>,
    pub(crate) request: Option<RequestId>,
    pub(crate) took: Option<Span>,
    pub(crate) body: Body,
    pub(crate) fault: Option<Box<Fault>>,
}

/// What is said.
pub(crate) enum Body {
    /// Something of the catalogue.
    Notice(Notice),
    /// Something a library says.
    Text(Box<Text>),
}

/// What a library says, in its own words.
#[derive(Default)]
pub(crate) struct Text {
    pub(crate) message: Gathered,
    pub(crate) fields: Vec<(&'static str, Shown)>,
    /// Fields were left out.
    pub(crate) more: bool,
    gathered: usize,
}

impl Text {
    /// Adds a field, as long as there is room.
    pub(crate) fn field(&mut self, name: &'static str, shown: Shown) {
        let length = if let Shown::Text(text) = &shown { text.held.len() } else { 8 };
        if self.fields.len() == FIELDS_MAX || self.gathered + length > FIELDS_TEXT_MAX {
            self.more = true;
            return;
        }
        self.gathered += length;
        self.fields.push((name, shown));
    }
}

/// The value of a field.
pub(crate) enum Shown {
    Text(Gathered),
    Int(i64),
    Uint(u64),
    Float(f64),
    Bool(bool),
}

/// An error, as people need it: what kind, what it says, and what caused it.
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) message: Gathered,
    /// The causes, outermost first, or where a panic happened.
    pub(crate) stack: Gathered,
}

impl Fault {
    const CAUSES_MAX: usize = 16;

    pub(crate) fn of(kind: &'static str, error: &dyn std::error::Error) -> Self {
        let (mut message, mut stack) = (Gathered::default(), Gathered::default());
        let _ = write!(message, "{error}");
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        for cause in causes.take(Self::CAUSES_MAX) {
            let separator = if stack.held.is_empty() { "" } else { "\n" };
            if write!(stack, "{separator}{cause}").is_err() {
                break;
            }
        }
        Self { kind, message, stack }
    }
}

/// A text that knows its bound. Writing past it fails, so that whoever formats something endless
/// stops.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) held: String,
    cut: bool,
}

impl Gathered {
    pub(crate) fn of(shown: &dyn fmt::Display) -> Self {
        let mut gathered = Self::default();
        let _ = write!(gathered, "{shown}");
        gathered
    }

    pub(crate) fn cut(&self) -> Cut {
        if self.cut { Cut::Short } else { Cut::Whole }
    }
}

impl Write for Gathered {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = TEXT_MAX - self.held.len();
        let fits = floor_boundary(text, room);
        self.held.push_str(&text[..fits]);
        if fits < text.len() {
            self.cut = true;
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// The number of this thread among those that ever said something.
pub(crate) fn thread_number() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    thread_local! {
        static OWN: u32 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    OWN.try_with(|own| *own).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_small_enough_to_be_copied_about() {
        assert!(size_of::<Record>() <= 384, "{}", size_of::<Record>());
    }

    #[test]
    fn gathered_stops_what_is_endless_at_a_whole_character() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("aé")?;
                }
            }
        }
        let gathered = Gathered::of(&Endless);
        assert!(gathered.held.len() <= TEXT_MAX && gathered.held.len() > TEXT_MAX - 2);
        assert_eq!(gathered.cut(), Cut::Short);
        assert_eq!(Gathered::of(&"short").cut(), Cut::Whole);
    }

    #[test]
    fn text_fields_beyond_the_bound_are_left_out_and_said() {
        let mut text = Text::default();
        for _ in 0..5 {
            text.field("long", Shown::Text(Gathered::of(&"x".repeat(TEXT_MAX))));
        }
        assert_eq!((text.fields.len(), text.more), (4, true));
        let mut text = Text::default();
        for number in 0..=FIELDS_MAX as u64 {
            text.field("n", Shown::Uint(number));
        }
        assert_eq!((text.fields.len(), text.more), (FIELDS_MAX, true));
    }
}
