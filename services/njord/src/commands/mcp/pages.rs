//! The pages of the documentation, as they were when this program was built: searched by words, read by heading.

use std::fmt::Write as _;

use serde_json::json;

use super::asked::quoted;
use crate::failure::Failure;
use crate::output::Answer;

/// So much of a page is given at once, in lines that are whole.
const READ_BYTES_MAX: usize = 12_000;
/// So much of a line is shown of what was found.
const EXCERPT_MAX: usize = 240;
/// More words say nothing more.
const WORDS_MAX: usize = 12;

/// A page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Its path in the repository.
    path: &'static str,
    text: &'static str,
}

macro_rules! pages {
    ($($path:literal),* $(,)?) => {
        &[$(Page { path: $path, text: include_str!(concat!("../../../../../", $path)) }),*]
    };
}

/// Every page; a test holds the list against the folder.
const PAGES: &[Page] = pages![
    "README.md",
    "docs/ARCHITECTURE.md",
    "docs/AUDIT.md",
    "docs/LIFE_OF_AN_ORDER.md",
    "docs/LOGGING.md",
    "docs/MONITORING.md",
    "docs/OPERATING.md",
    "docs/TESTING.md",
    "docs/WORKFLOWS.md",
    "docs/adr/0001-exact-amounts.md",
    "docs/adr/0002-worst-price.md",
    "docs/adr/0003-numbered-changes.md",
    "docs/adr/0004-strategy-api.md",
    "docs/adr/0005-crossing-own-orders.md",
    "docs/adr/0006-board.md",
    "docs/adr/0007-unaided-cancel.md",
    "docs/adr/0008-starts-are-inputs.md",
    "docs/adr/0009-size-at-the-market.md",
    "docs/adr/0010-redis-and-json.md",
    "docs/adr/0011-layouts-have-steps.md",
    "docs/adr/0012-shell-bus-launch.md",
    "docs/adr/0013-two-who-check-the-gate.md",
    "docs/adr/README.md",
    "docs/bus.md",
    "docs/cli.md",
    "docs/configuration.md",
    "docs/glossary.md",
    "docs/journal.md",
    "docs/mutants.md",
    "docs/performance.md",
    "docs/risk.md",
    "docs/status.md",
];

/// A heading and what stands below it, up to the next heading.
#[derive(Debug)]
struct Section {
    page: &'static str,
    heading: &'static str,
    level: usize,
    /// The line of the heading, from zero.
    line: usize,
    lines: Vec<&'static str>,
}

impl Page {
    /// Its sections; commands in blocks that begin with `#` are no headings.
    fn sections(self) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        let mut fenced = false;
        for (number, line) in self.text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            let level = line.bytes().take_while(|byte| *byte == b'#').count();
            if !fenced && level > 0 && line[level..].starts_with(' ') {
                let heading = line[level..].trim();
                let lines = Vec::new();
                sections.push(Section { page: self.path, heading, level, line: number, lines });
            } else if let Some(section) = sections.last_mut() {
                section.lines.push(line);
            }
        }
        sections
    }
}

/// Where words stand: the sections that hold most of them first.
pub(super) fn search(words: &str, count: usize) -> Result<Answer, Failure> {
    let lower = words.to_lowercase();
    let wanted: Vec<&str> = lower
        .split(|sign: char| !(sign.is_alphanumeric() || "_.-".contains(sign)))
        .map(|word| word.trim_matches(['.', '-', '_']))
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect();
    if wanted.is_empty() {
        let what = format!("{} holds no word", quoted(words));
        return Err(Failure::new("docs", "search_docs", what).advice("words such as: kill switch"));
    }
    let sections = PAGES.iter().flat_map(|page| page.sections());
    let mut found: Vec<(usize, Section)> =
        sections.map(|section| (weight(&section, &wanted), section)).collect();
    found.retain(|(weight, _)| *weight > 0);
    // Of equal weight, the one that stands first: the sort is stable.
    found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let more = found.len().saturating_sub(count);
    found.truncate(count);
    let mut text = String::new();
    let mut listed = Vec::new();
    for (_, section) in &found {
        let excerpt = excerpt(section, &wanted);
        let _ = writeln!(text, "{}: {}\n    {excerpt}", section.page, section.heading);
        listed
            .push(json!({ "page": section.page, "heading": section.heading, "excerpt": excerpt }));
    }
    if listed.is_empty() {
        let _ = writeln!(text, "no page has any of these words; there are\n  {}", paths("\n  "));
    } else if more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
    Ok(Answer::done(text, json!({ "found": listed, "more": more })))
}

/// How much a section is about these words: each one that it has counts more than all repetitions.
fn weight(section: &Section, wanted: &[&str]) -> usize {
    let heading = section.heading.to_lowercase();
    let page = section.page.to_lowercase();
    let of = |word: &&str| {
        let lines = section.lines.iter().filter(|line| line.to_lowercase().contains(*word));
        let here = lines.take(5).count();
        let above =
            8 * usize::from(heading.contains(*word)) + 2 * usize::from(page.contains(*word));
        match here + above {
            0 => 0,
            some => 100 + some,
        }
    };
    // A page that has the word only in its name is not found by it.
    let held = |word: &&&str| {
        let in_lines = section.lines.iter().any(|line| line.to_lowercase().contains(**word));
        in_lines || heading.contains(**word)
    };
    if wanted.iter().any(|word| held(&word)) { wanted.iter().map(of).sum() } else { 0 }
}

/// The line of it that has most of the words.
fn excerpt(section: &Section, wanted: &[&str]) -> String {
    let words = |line: &str| {
        let line = line.to_lowercase();
        wanted.iter().filter(|word| line.contains(**word)).count()
    };
    let mut best = "";
    for line in section.lines.iter().map(|line| line.trim()) {
        let real = line.chars().any(char::is_alphanumeric);
        if real && (best.is_empty() || words(line) > words(best)) {
            best = line;
        }
    }
    match best.char_indices().nth(EXCERPT_MAX) {
        Some((end, _)) => format!("{}…", &best[..end]),
        None => best.to_owned(),
    }
}

/// A page, or what stands below one of its headings, from that line on; as much as is given at once.
pub(super) fn read(
    name: &str,
    heading: Option<&str>,
    from: Option<usize>,
) -> Result<Answer, Failure> {
    let page = page(name)?;
    let sections = page.sections();
    let (begin, end) = match heading {
        None => (0, usize::MAX),
        Some(heading) => below(page, &sections, heading)?,
    };
    let lines: Vec<&str> = page.text.lines().take(end).skip(begin).collect();
    let skipped = from.map_or(0, |from| from - 1);
    let mut text = String::new();
    let mut given = 0;
    for line in lines.iter().skip(skipped) {
        if text.len() + line.len() >= READ_BYTES_MAX && !text.is_empty() {
            break;
        }
        text.push_str(line);
        text.push('\n');
        given += 1;
    }
    let next = skipped + given + 1;
    let next = (next <= lines.len()).then_some(next);
    let headings: Vec<&str> = sections.iter().map(|section| section.heading).collect();
    let json = json!({
        "page": page.path, "text": text, "lines": lines.len(), "next": next, "headings": headings,
    });
    if let Some(next) = next {
        let _ = writeln!(text, "\n(goes on: `line` {next}, of {})", lines.len());
    }
    Ok(Answer::done(text, json))
}

fn page(name: &str) -> Result<Page, Failure> {
    let plain = |path: &str| {
        let path = path.to_lowercase();
        let file = path.strip_prefix("docs/").unwrap_or(&path);
        file.strip_suffix(".md").unwrap_or(file).to_owned()
    };
    let wanted = plain(name);
    PAGES.iter().find(|page| plain(page.path) == wanted).copied().ok_or_else(|| {
        let what = format!("there is no page {}", quoted(name));
        Failure::new("docs", "read_docs", what).advice(paths(", "))
    })
}

/// The lines of a heading and of everything below it.
fn below(page: Page, sections: &[Section], heading: &str) -> Result<(usize, usize), Failure> {
    let wanted = heading.trim_start_matches('#').trim().to_lowercase();
    let place = sections.iter().position(|section| section.heading.to_lowercase() == wanted);
    let Some(place) = place else {
        const LISTED_MAX: usize = 40;
        let all: Vec<&str> =
            sections.iter().take(LISTED_MAX).map(|section| section.heading).collect();
        let what = format!("{} has no heading {}", page.path, quoted(heading));
        return Err(Failure::new("docs", "read_docs", what).advice(all.join(", ")));
    };
    let section = &sections[place];
    let after = sections[place + 1..].iter().find(|next| next.level <= section.level);
    Ok((section.line, after.map_or(usize::MAX, |next| next.line)))
}

fn paths(between: &str) -> String {
    PAGES.iter().map(|page| page.path).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    fn found(words: &str) -> Vec<(String, String)> {
        let answer = search(words, 5).unwrap().json;
        let of = |hit: &Value, name: &str| hit[name].as_str().unwrap_or_default().to_owned();
        let hits = answer["found"].as_array().unwrap();
        hits.iter().map(|hit| (of(hit, "page"), of(hit, "heading"))).collect()
    }

    #[test]
    fn pages_are_all_there_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut there = vec!["README.md".to_owned()];
        for folder in ["docs", "docs/adr"] {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if Path::new(&name).extension().is_some_and(|kind| kind == "md") {
                    there.push(format!("{folder}/{name}"));
                }
            }
        }
        there.sort();
        let held: Vec<&str> = PAGES.iter().map(|page| page.path).collect();
        assert_eq!(held, there, "the list in this file is not the folder");
    }

    #[test]
    fn search_finds_the_section_that_is_about_it() {
        let top = |words: &str| found(words).first().map(|(page, _)| page.clone());
        assert_eq!(top("daily_loss_cap"), Some("docs/configuration.md".to_owned()));
        assert_eq!(top("torn tail record"), Some("docs/journal.md".to_owned()));
        assert_eq!(found("KILL   SWITCH"), found("kill switch"));
    }

    #[test]
    fn search_without_a_find_names_the_pages_and_without_a_word_says_so() {
        let answer = search("xylophone", 5).unwrap();
        assert!(answer.text.contains("docs/risk.md"), "{}", answer.text);
        assert_eq!(answer.json, json!({ "found": [], "more": 0 }));
        let said = search("--- ???", 5).map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("holds no word") && said.contains("try: "), "{said}");
    }

    #[test]
    fn search_gives_so_many_and_counts_the_rest() {
        let answer = search("the", 3).unwrap().json;
        assert_eq!(answer["found"].as_array().map(Vec::len), Some(3));
        assert!(answer["more"].as_u64() > Some(50));
    }

    #[test]
    fn read_gives_a_heading_with_all_below_it_and_nothing_else() {
        let whole = read("TESTING", Some("worlds"), None).unwrap().text;
        assert!(whole.starts_with("## Worlds\n") && !whole.contains("## A thousand"), "{whole}");
        for name in ["testing.md", "docs/TESTING.md", "docs/testing"] {
            assert_eq!(read(name, Some("## Worlds"), None).unwrap().text, whole);
        }
    }

    #[test]
    fn read_of_a_long_page_goes_on_where_it_was_cut_and_loses_nothing() {
        let (mut whole, mut from) = (String::new(), Some(1));
        while let Some(line) = from {
            let part = read("cli", None, Some(line)).unwrap().json;
            let text = part["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.len() <= READ_BYTES_MAX);
            whole.push_str(text);
            from = part["next"].as_u64().map(|next| usize::try_from(next).unwrap());
        }
        let page = PAGES.iter().find(|page| page.path == "docs/cli.md").unwrap();
        assert_eq!(whole, page.text);
    }

    #[test]
    fn read_of_what_is_not_there_says_what_is() {
        let said = |name: &str, heading: Option<&str>| {
            read(name, heading, None).map(|_| ()).unwrap_err().to_string()
        };
        assert!(said("../../etc/passwd", None).contains("try: README.md, docs/ARCHITECTURE.md"));
        assert!(said("risk", Some("nowhere")).contains("docs/risk.md has no heading `nowhere`"));
        let beyond = read("glossary", None, Some(5_000)).unwrap();
        assert_eq!((beyond.text.as_str(), &beyond.json["next"]), ("", &Value::Null));
    }
}
