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

    /// The place of byte `offset` in `text`, which is the content of `file`.
    pub(crate) fn at(file: &Arc<str>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self::File { file: Arc::clone(file), line: bounded(line), column: bounded(column) }
    }

    /// The line of a file, `config/paper.toml:41`, or the variable, or the flag: what a person looks for.
    pub fn brief(&self) -> String {
        match self {
            Self::File { file, line, .. } if *line > 0 => format!("{file}:{line}"),
            other => other.to_string(),
        }
    }
}

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
        let file: Arc<str> = "a.toml".into();
        let text = "é = 1\nüü = 2\n";
        let shown = |offset| Origin::at(&file, text, offset).to_string();
        assert_eq!(shown(0), "a.toml:1:1");
        assert_eq!(shown(text.find('=').unwrap()), "a.toml:1:3");
        assert_eq!(shown(text.find('2').unwrap()), "a.toml:2:6");
        assert_eq!(shown(text.len()), "a.toml:3:1");
        assert_eq!(shown(1), "a.toml:3:1"); // inside a character: no place, the end
        assert_eq!(Origin::at(&file, text, 0).brief(), "a.toml:1");
    }
}
