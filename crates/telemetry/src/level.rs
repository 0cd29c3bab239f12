//! How much a line matters, and which lines are kept.
//!
//! Never looks at the environment: the text of a filter is handed in.

use std::fmt;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever is looking for something.
    Debug,
    /// What happened, in the normal course of things.
    Info,
    /// Somebody should look at this during the day.
    Warn,
    /// Somebody should look at this now.
    Error,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The name, as log lines write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// The level of that name, in either case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which lines are kept: a least level for all, and others for components by prefix.
///
/// Written as `info`, or as `info,kraken=debug,hyper=off`. The longest prefix that fits decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    least: Option<Level>,
    rules: Vec<(String, Option<Level>)>,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilter {
    /// A word where a level belongs.
    #[error("{0:?} is no log level; try: debug, info, warn, error or off")]
    Level(String),
    /// A rule without a component.
    #[error("{0:?} names no component; try: info,kraken=debug")]
    Component(String),
    /// More rules than a filter may have.
    #[error("a log filter has at most {RULES_MAX} rules")]
    TooMany,
}

const RULES_MAX: usize = 32;

impl Filter {
    /// Everything from that level up.
    pub const fn from(least: Level) -> Self {
        Self { least: Some(least), rules: Vec::new() }
    }

    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let mut filter = Self::from(Level::Info);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => filter.least = least(part)?,
                Some((name, level)) => filter.rule(name.trim(), least(level.trim())?, part)?,
            }
        }
        filter.rules.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Ok(filter)
    }

    fn rule(&mut self, name: &str, least: Option<Level>, part: &str) -> Result<(), InvalidFilter> {
        if name.is_empty() {
            return Err(InvalidFilter::Component(part.to_owned()));
        }
        if self.rules.len() == RULES_MAX {
            return Err(InvalidFilter::TooMany);
        }
        self.rules.push((name.replace("::", "."), least));
        Ok(())
    }

    /// Whether a line of that component and level is kept. A target `a::b` is the component `a.b`.
    pub fn keeps(&self, component: &str, level: Level) -> bool {
        let rule = self.rules.iter().find(|(prefix, _)| is_below(component, prefix));
        let least = rule.map_or(self.least, |(_, least)| *least);
        least.is_some_and(|least| level >= least)
    }

    /// The least level that any component may be kept at; `None` where nothing is kept.
    pub(crate) fn least_of_all(&self) -> Option<Level> {
        self.rules.iter().filter_map(|(_, least)| *least).chain(self.least).min()
    }
}

fn least(word: &str) -> Result<Option<Level>, InvalidFilter> {
    if word.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    Level::parse(word).map(Some).ok_or_else(|| InvalidFilter::Level(word.to_owned()))
}

/// Whether `component` is `prefix` or stands below it; `::` and `.` mean the same.
fn is_below(component: &str, prefix: &str) -> bool {
    let mut rest = component.chars().peekable();
    for wanted in prefix.chars() {
        match rest.next() {
            Some(':') if wanted == '.' && rest.peek() == Some(&':') => {
                rest.next();
            }
            Some(found) if found == wanted => {}
            _ => return false,
        }
    }
    matches!(rest.peek(), None | Some('.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, component: &str, kept_from: Option<Level>) {
        let filter = Filter::parse(filter).unwrap();
        for level in Level::ALL {
            let kept = kept_from.is_some_and(|least| level >= least);
            assert_eq!(filter.keeps(component, level), kept, "{filter:?} {component} {level}");
        }
    }

    #[test]
    fn filter_longest_prefix_of_whole_parts_decides() {
        check("warn", "anything", Some(Level::Warn));
        check("", "anything", Some(Level::Info));
        check("info,kraken=debug,kraken.ws=error", "kraken", Some(Level::Debug));
        check("info,kraken=debug,kraken.ws=error", "kraken.rest", Some(Level::Debug));
        check("info,kraken=debug,kraken.ws=error", "kraken::ws::read", Some(Level::Error));
        check("info,kraken=debug", "krakenoid", Some(Level::Info));
        check("off, risk-engine = warn", "risk-engine.gate", Some(Level::Warn));
        check("off, risk-engine = warn", "hyper", None);
        check("debug,hyper=off", "hyper::proto", None);
        check("info,a::b=debug", "a.b.c", Some(Level::Debug));
    }

    #[test]
    fn filter_bad_text_says_what_to_try() {
        let error = |text: &str| Filter::parse(text).unwrap_err().to_string();
        assert_eq!(error("loud"), "\"loud\" is no log level; try: debug, info, warn, error or off");
        assert!(error("info,=debug").contains("names no component"));
        assert!(error("info,a=b=c").contains("\"b=c\" is no log level"));
        let many = "c=info,".repeat(RULES_MAX + 1);
        assert_eq!(Filter::parse(&many), Err(InvalidFilter::TooMany));
    }
}
