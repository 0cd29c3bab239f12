//! What is printed: an answer as text for people or as one JSON document for programs, and errors.
//!
//! A reader who has gone away is no error. Colours are for terminals, and for nobody who asked for none.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;

/// What a command has to say.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people; ends with a line end.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// How it ended.
    pub(crate) exit: Exit,
}

impl Answer {
    /// A good one.
    pub(crate) fn done(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, exit: Exit::Done }
    }

    /// The same with nothing more to say to people.
    pub(crate) fn silent(self) -> Self {
        Self { text: String::new(), ..self }
    }
}

/// How output looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// One JSON document instead of text.
    pub(crate) json: bool,
    /// Whether somebody asked for no colours.
    pub(crate) no_color: bool,
}

/// Whether a story is told while it happens, or only its end, for programs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hush(bool);

impl Hush {
    /// As output is to look.
    pub(crate) const fn of(look: Look) -> Self {
        Self(look.json)
    }

    /// Nothing is told on the way, whoever looks.
    pub(crate) const fn silent() -> Self {
        Self(true)
    }

    /// Nothing is told on the way.
    pub(crate) const fn is_hushed(self) -> bool {
        self.0
    }
}

/// Prints an answer or a failure of `command`, and says how it ended.
pub(crate) fn conclude(look: Look, command: &str, outcome: Result<Answer, Failure>) -> Exit {
    let printed = match outcome {
        Ok(answer) => print_answer(look, command, &answer).map(|()| answer.exit),
        Err(failure) => Err(failure),
    };
    printed.unwrap_or_else(|failure| {
        complain(look, command, &failure);
        failure.ending()
    })
}

/// Prints a failure of `command`.
pub(crate) fn complain(look: Look, command: &str, failure: &Failure) {
    let text = if look.json {
        document(command, failure.ending(), failure.to_json())
    } else {
        painted(&failure.to_string(), !look.no_color && io::stderr().is_terminal())
    };
    // Where even that cannot be written there is nobody left to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn print_answer(look: Look, command: &str, answer: &Answer) -> Result<(), Failure> {
    let text = if look.json {
        document(command, answer.exit, json!({ "result": answer.json }))
    } else {
        painted(&answer.text, !look.no_color && io::stdout().is_terminal())
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new("output", "standard output", format!("cannot be written: {error}"))
                .advice("another place for it; what the command did is done"))
        }
        _ => Ok(()),
    }
}

/// One line: which command, how it ended, and what it has to say.
fn document(command: &str, exit: Exit, said: Value) -> String {
    let mut document = json!({ "command": command, "exit": exit.code() });
    if let (Value::Object(fields), Value::Object(said)) = (&mut document, said) {
        fields.extend(said);
    }
    format!("{document}\n")
}

/// Prints a part of a story that goes on; a reader who has gone away misses nothing.
pub(crate) fn tell(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Shows how far long work has come, where a person is looking.
pub(crate) fn progress(text: &str) {
    let mut screen = io::stderr().lock();
    if screen.is_terminal() {
        // Back to the beginning of the line, and what stood there is gone.
        let _ = write!(screen, "\r\x1b[K{text}");
        let _ = screen.flush();
    }
}

/// The words that begin a line and have a colour of their own.
const PAINTED: [(&str, u8); 4] = [("ok ", 32), ("warn ", 33), ("FAIL ", 31), ("error:", 31)];

fn painted(text: &str, colours: bool) -> String {
    if !colours {
        return text.to_owned();
    }
    let mut painted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let found = PAINTED.iter().find(|(word, _)| line.starts_with(word));
        let _ = match found {
            Some((word, colour)) => {
                write!(painted, "\x1b[{colour}m{word}\x1b[0m{}", &line[word.len()..])
            }
            None => write!(painted, "{line}"),
        };
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn painted_words_at_the_beginning_of_lines_and_only_where_wanted() {
        let text = "ok   config   fine\nnot ok either\nFAIL keys\n";
        assert_eq!(painted(text, false), text);
        let colourful =
            "\x1b[32mok \x1b[0m  config   fine\nnot ok either\n\x1b[31mFAIL \x1b[0mkeys\n";
        assert_eq!(painted(text, true), colourful);
    }

    #[test]
    fn document_is_one_line() {
        let line = document("config check", Exit::Failed, json!({ "result": { "a": "b\nc" } }));
        assert_eq!(
            line,
            "{\"command\":\"config check\",\"exit\":1,\"result\":{\"a\":\"b\\nc\"}}\n"
        );
    }
}
