//! Where a value came from: the file and line, the environment variable, the flag, or nobody.

use std::fmt;
use std::sync::Arc;

/// Where a value, or a problem, came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything; the program's own value holds.
    Default,
    /// A place in a file. Line and column count from 1; line 0 is the file as a whole.
    File {
        /// The file as it was named.
        file: Arc<str>,
        /// The line.
        line: u32,
        /// The column, in characters.
        column: u32,
    },
    /// The environment variable of that name.
    Variable(String),
    /// The flag `--set` for that key.
    Flag(String),
}

impl Origin {
    /// The file as a whole.
    pub fn whole_file(file: &str) -> Self {
        Self::File { file: file.into(), line: 0, column: 0 }
    }

    /// The line of a file, `config/paper.toml:41`, or the variable, or the flag: what a person looks for.
    pub fn brief(&self) -> String {
        match self {
            Self::File { file, line, .. } if *line > 0 => format!("{file}:{line}"),
            other => other.to_string(),
        }
    }
}

/// The lines of a text, so that the place of each of many values is found quickly.
pub(crate) struct Lines<'a> {
    file: Arc<str>,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of `text`, which is the content of `file`.
    pub(crate) fn of(file: &str, text: &'a str) -> Self {
        let after_newline =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file: file.into(), text, starts: [0].into_iter().chain(after_newline).collect() }
    }

    /// The place of a byte; the end of the text for what is in no place of it.
    pub(crate) fn at(&self, offset: usize) -> Origin {
        let offset = if self.text.is_char_boundary(offset) { offset } else { self.text.len() };
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = &self.text[self.starts[line - 1]..offset];
        // In a line that long nobody counts, and many values in it would each count all of it.
        let long = before.len() > COUNTED_MAX;
        let column = if long { before.len() } else { before.chars().count() } + 1;
        let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Origin::File { file: Arc::clone(&self.file), line: bounded(line), column: bounded(column) }
    }
}

/// Columns up to here count characters, further ones bytes.
const COUNTED_MAX: usize = 4_096;

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line: 0, .. } => f.write_str(file),
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(key) => write!(f, "--set {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_counts_lines_and_characters_from_one() {
        let text = "é = 1\nüü = 2\n";
        let lines = Lines::of("a.toml", text);
        let shown = |offset| lines.at(offset).to_string();
        assert_eq!(shown(0), "a.toml:1:1");
        assert_eq!(shown(text.find('=').unwrap()), "a.toml:1:3");
        assert_eq!(shown(text.find('2').unwrap()), "a.toml:2:6");
        assert_eq!(shown(text.len()), "a.toml:3:1");
        assert_eq!(shown(1), "a.toml:3:1"); // inside a character: no place, the end
        assert_eq!(shown(1_000), "a.toml:3:1");
        assert_eq!(lines.at(0).brief(), "a.toml:1");
        assert_eq!(Lines::of("e", "").at(0).to_string(), "e:1:1");
    }
}
