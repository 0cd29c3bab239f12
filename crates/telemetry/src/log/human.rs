//! A record as people read it at a terminal: the time, how much it matters, who says it, the
//! sentence.
//!
//! Control characters never reach the terminal: whoever can put text into a log could otherwise
//! move the cursor, hide lines, or name a window. Ids are shortened to what is enough to find them.

use std::fmt::Write as _;

use serde_json::Value;

use super::json::Told;
use super::record::{Body, Record};
use crate::calendar::TimeOfDay;
use crate::level::Level;
use crate::notice::plain;
use crate::shown_number::millis;

/// How lines look to whoever reads along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As the file has them, for programs.
    Json,
    /// Letters only.
    Plain,
    /// With colours.
    Coloured,
}

impl Style {
    /// Colours for a terminal, unless `NO_COLOR` holds something; nothing else gets them.
    pub fn choose(is_terminal: bool, no_color: Option<&str>) -> Self {
        let unwanted = no_color.is_some_and(|value| !value.is_empty());
        if is_terminal && !unwanted { Self::Coloured } else { Self::Plain }
    }

    fn paint(self, colour: &str, text: &str, out: &mut String) {
        match self {
            Self::Json | Self::Plain => out.push_str(text),
            Self::Coloured if colour.is_empty() => out.push_str(text),
            Self::Coloured => {
                let _ = write!(out, "\u{1b}[{colour}m{text}\u{1b}[0m");
            }
        }
    }
}

const DIM: &str = "2";

fn colour(level: Level) -> &'static str {
    match level {
        Level::Debug => DIM,
        Level::Info => "32",
        Level::Warn => "33",
        Level::Error => "1;31",
    }
}

/// Appends the record as one line.
pub(crate) fn write(record: &Record, told: &Told, style: Style, out: &mut String) {
    style.paint(DIM, &TimeOfDay(record.at).to_string(), out);
    out.push_str("  ");
    style.paint(colour(record.level), &format!("{:<5}", record.level), out);
    out.push_str("  ");
    style.paint("36", &format!("{:<17}", visible(&told.component)), out);
    out.push(' ');
    out.push_str(&short_ids(&visible(&told.message)));
    let mut rest = String::new();
    extras(record, told, &mut rest);
    if !rest.is_empty() {
        style.paint(DIM, &rest, out);
    }
    out.push('\n');
}

/// What the sentence does not already say.
fn extras(record: &Record, told: &Told, out: &mut String) {
    if let Some((_, message, stack)) = &told.fault {
        let _ = write!(out, ": {}", visible(message));
        for cause in stack.lines() {
            let _ = write!(out, "; {}", visible(cause));
        }
    }
    if let Body::Text(_) = record.body {
        for (name, value) in &told.context {
            let mut words = String::new();
            plain(value, &mut words);
            let quote = if value.is_string() && words.contains(' ') { "\"" } else { "" };
            let _ = write!(out, "  {}={quote}{}{quote}", visible(name), visible(&words));
        }
    }
    if let Some(took) = record.took {
        let _ = write!(out, "  {} ms", Value::from(millis(took)));
    }
    if let Some(short) = told.trace.as_ref().and_then(|trace| trace.get(..4)) {
        let _ = write!(out, "  #{short}");
    }
}

/// Each control character as a visible one.
fn visible(text: &str) -> String {
    let hidden = |letter: char| letter.is_control() || is_invisible(letter);
    if !text.contains(hidden) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if hidden(letter) => {
                let _ = write!(shown, "\\u{{{:x}}}", letter as u32);
            }
            letter => shown.push(letter),
        }
        shown
    })
}

/// Letters that change how others are shown: direction marks, joiners, separators of lines.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Order ids by their first four digits, as everywhere where people read them.
fn short_ids(text: &str) -> String {
    const ID: usize = 32;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
        let end = rest[start..].find(|letter: char| !letter.is_ascii_alphanumeric());
        let end = end.map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_id = word.len() == ID && word.bytes().all(digits);
        out.push_str(&rest[..start]);
        out.push_str(if is_id { &word[..4] } else { word });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_colours_only_a_terminal_that_wants_them() {
        assert_eq!(Style::choose(true, None), Style::Coloured);
        assert_eq!(Style::choose(true, Some("")), Style::Coloured);
        assert_eq!(Style::choose(true, Some("1")), Style::Plain);
        assert_eq!(Style::choose(false, None), Style::Plain);
    }

    #[test]
    fn human_control_characters_are_made_visible() {
        assert_eq!(visible("plain ü"), "plain ü");
        assert_eq!(visible("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb c");
        assert_eq!(visible("x\u{202e}y\u{9b}z"), "x\\u{202e}y\\u{9b}z");
    }

    #[test]
    fn human_order_ids_are_shortened_and_other_words_are_not() {
        let id = "a91c0000000000000000000000000000";
        assert_eq!(short_ids(&format!("order {id}, x")), "order a91c, x");
        assert_eq!(short_ids(&format!("({id})")), "(a91c)");
        for text in ["", "A91C0000000000000000000000000000", "é 1.5 a91c", &format!("{id}00")] {
            assert_eq!(short_ids(text), text);
        }
    }
}
