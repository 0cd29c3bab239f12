//! Lines and comments of the generated sources.

/// The longest line of a generated comment.
const WIDTH: usize = 96;

/// Appends `text` as lines of comment, each behind `prefix`.
pub(super) fn comment(text: &str, prefix: &str, out: &mut String) {
    for line in wrapped(text, WIDTH - prefix.len()) {
        out.push_str(prefix);
        out.push_str(&line);
        out.push('\n');
    }
}

/// The words of `text` in lines of at most `width` characters.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `order_notional` as a name of a type: `OrderNotional`.
pub(super) fn capitalised(name: &str) -> String {
    let mut out = String::new();
    for word in name.split(['_', '-']) {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}
