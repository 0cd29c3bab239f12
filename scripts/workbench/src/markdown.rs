//! As much of Markdown as the checks need: headings and their anchors, links, fenced blocks, code spans, prose.

use std::collections::{BTreeMap, BTreeSet};

/// A page, taken apart. Lines count from 1.
#[derive(Debug, Default)]
pub struct Page {
    /// The headings: line and text.
    pub headings: Vec<(usize, String)>,
    /// What a link can point to after `#`.
    pub anchors: BTreeSet<String>,
    /// Links and images: line and destination.
    pub links: Vec<(usize, String)>,
    /// Fenced blocks.
    pub fences: Vec<Fence>,
    /// Code between backticks: line and text.
    pub spans: Vec<(usize, String)>,
    /// What is left of each line outside blocks and spans.
    pub prose: Vec<(usize, String)>,
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The line of its first fence.
    pub line: usize,
    /// What stands behind the first fence.
    pub info: String,
    /// What stands in it.
    pub lines: Vec<String>,
}

impl Page {
    /// Takes a text apart.
    pub fn of(text: &str) -> Self {
        let mut page = Self::default();
        let mut open: Option<(String, Fence)> = None;
        for (line, text) in (1..).zip(text.lines()) {
            let trimmed = text.trim_start();
            match &mut open {
                Some((mark, _)) if trimmed.trim_end() == mark.as_str() => {
                    page.fences.extend(open.take().map(|(_, fence)| fence));
                }
                Some((_, fence)) => fence.lines.push(text.to_owned()),
                None => match fence_of(trimmed) {
                    Some((mark, info)) => {
                        open = Some((mark, Fence { line, info, lines: Vec::new() }));
                    }
                    None => page.take(line, text),
                },
            }
        }
        page.fences.extend(open.map(|(_, fence)| fence));
        page.anchor();
        page
    }

    /// A line outside fences.
    fn take(&mut self, line: usize, text: &str) {
        let (prose, spans) = without_spans(text);
        self.spans.extend(spans.into_iter().map(|span| (line, span)));
        self.links.extend(destinations(&prose).map(|to| (line, to)));
        let level = text.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&level) && text[level..].starts_with(' ') {
            self.headings.push((line, text[level..].trim().to_owned()));
        }
        self.prose.push((line, prose));
    }

    fn anchor(&mut self) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (_, heading) in &self.headings {
            let slug = slug(heading);
            let times = seen.entry(slug.clone()).or_default();
            self.anchors.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
            *times += 1;
        }
    }
}

/// What a fence opens with, if the line is one.
fn fence_of(line: &str) -> Option<(String, String)> {
    let mark: String = line.chars().take_while(|sign| *sign == '`' || *sign == '~').collect();
    let info = line[mark.len()..].trim().to_owned();
    (mark.len() >= 3 && !info.contains('`')).then_some((mark, info))
}

/// A line with its code spans taken out.
fn without_spans(text: &str) -> (String, Vec<String>) {
    let (mut prose, mut spans, mut rest) = (String::new(), Vec::new(), text);
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        let (mark, inner) = (&rest[start..start + ticks], &rest[start + ticks..]);
        prose.push_str(&rest[..start]);
        let Some(end) = inner.find(mark) else {
            rest = inner;
            break;
        };
        spans.push(inner[..end].trim().to_owned());
        prose.push('\u{a0}');
        rest = &inner[end + ticks..];
    }
    prose.push_str(rest);
    (prose, spans)
}

/// Where the links of a line lead.
fn destinations(prose: &str) -> impl Iterator<Item = String> {
    let parts = prose.split("](").skip(1);
    let inline = parts.filter_map(|rest| rest.split_once(')')).map(|(to, _)| to.to_owned());
    let defined = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    inline.chain(defined.map(|(_, to)| to.to_owned()))
}

/// The anchor that a heading gets.
pub fn slug(heading: &str) -> String {
    let plain = heading.replace("](", "\u{1}");
    let shown =
        plain.split('\u{1}').enumerate().map(|(part, text)| match (part, text.split_once(')')) {
            (0, _) | (_, None) => text,
            (_, Some((_, rest))) => rest,
        });
    let kept = shown.collect::<String>().to_lowercase();
    let kept = kept.chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

/// A page with what stands between `<!-- name -->` and `<!-- end -->` renewed; none without such a place.
pub fn renewed(page: &str, name: &str, made: &str) -> Option<String> {
    let start = format!("<!-- {name} -->\n");
    let (head, rest) = page.split_once(&start)?;
    let (_, tail) = rest.split_once("<!-- end -->")?;
    Some(format!("{head}{start}{made}<!-- end -->{tail}"))
}
