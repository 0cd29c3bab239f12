//! Many layers become one: for each key the values that were given, the last of which holds; and the
//! reader that takes typed values from them and collects what is wrong.

use std::collections::BTreeMap;

use crate::catalogue::{Catalogue, Found, Range, RawValue, Setting, Wrong};
use crate::origin::Origin;
use crate::path::Path;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::raw::Raw;

/// One value that one layer gives.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) path: Path,
    pub(crate) raw: Raw,
    pub(crate) origin: Origin,
}

/// For each key, who said what; the weakest layer first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved(BTreeMap<Path, Vec<(Origin, Raw)>>);

impl Resolved {
    /// A stronger layer on top. Keys that nobody knows are problems and are left out.
    pub(crate) fn lay(&mut self, leaves: Vec<Leaf>, known: &Catalogue, problems: &mut Problems) {
        for leaf in leaves {
            match known.find(&leaf.path) {
                // What is only counted needs no suggestion, which is what costs time.
                Found::Nothing if problems.is_full() => problems.count_one(),
                found => match objection(&leaf, &found, known) {
                    Some(problem) => problems.push(problem),
                    None => self.0.entry(leaf.path).or_default().push((leaf.origin, leaf.raw)),
                },
            }
        }
    }

    /// Who said what about exactly that path.
    pub(crate) fn given(&self, path: &Path) -> &[(Origin, Raw)] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// Every path at or below one, with what was said.
    pub(crate) fn below<'a>(
        &'a self,
        path: &'a Path,
    ) -> impl Iterator<Item = (&'a Path, &'a [(Origin, Raw)])> {
        let from = self.0.range(path.clone()..);
        from.take_while(|(at, _)| path.holds(at)).map(|(at, given)| (at, given.as_slice()))
    }

    /// Where the value that holds came from.
    pub(crate) fn origin(&self, path: &Path) -> Origin {
        let strongest = self.below(path).find_map(|(_, given)| given.last());
        strongest.map_or(Origin::Default, |(origin, _)| origin.clone())
    }

    /// How many keys somebody has set.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The names of the named sections under a word.
    pub(crate) fn names(&self, section: &str) -> Vec<String> {
        let top = Path::from([section]);
        let mut names: Vec<String> =
            self.below(&top).filter_map(|(path, _)| path.words().get(1).cloned()).collect();
        names.dedup();
        names
    }

    /// The table that the entries below a path make; a value and entries at one place are two answers.
    fn gather(&self, path: &Path) -> Result<Option<Raw>, Problem> {
        let mut entries = Vec::new();
        for (at, given) in self.below(path) {
            let Some((origin, raw)) = given.last() else { continue };
            let below = &at.words()[path.words().len()..];
            let (Some((last, above)), false) = (below.split_last(), is_empty_table(raw)) else {
                if is_empty_table(raw) {
                    continue;
                }
                return Ok(Some(raw.clone())); // no table at all: whoever reads it says so
            };
            let place = above.iter().try_fold(&mut entries, |place, word| descend(place, word));
            match place {
                Some(place) => place.push((last.clone(), raw.clone())),
                None => return Err(both(at, origin)),
            }
        }
        let said = self.below(path).next().is_some();
        Ok(said.then_some(Raw::Table(entries)))
    }
}

/// Into the table of that name among some entries; `None` where there is something else already.
fn descend<'a>(
    entries: &'a mut Vec<(String, Raw)>,
    word: &str,
) -> Option<&'a mut Vec<(String, Raw)>> {
    let index = entries.iter().position(|(name, _)| name == word).unwrap_or_else(|| {
        entries.push((word.to_owned(), Raw::Table(Vec::new())));
        entries.len() - 1
    });
    match &mut entries[index].1 {
        Raw::Table(inner) => Some(inner),
        _ => None,
    }
}

fn is_empty_table(raw: &Raw) -> bool {
    matches!(raw, Raw::Table(entries) if entries.is_empty())
}

fn both(at: &Path, origin: &Origin) -> Problem {
    let what = "one layer gives a value here, another gives keys below it";
    Problem::new(ProblemKind::Contradiction, origin.clone(), what)
        .about(at.to_string())
        .advice("only one of the two")
}

/// What is wrong with the place of a leaf, if anything is.
fn objection(leaf: &Leaf, found: &Found<'_>, known: &Catalogue) -> Option<Problem> {
    let problem = |kind, what: String| {
        Problem::new(kind, leaf.origin.clone(), what).about(leaf.path.to_string())
    };
    match found {
        Found::Key(_) => None,
        Found::Section if matches!(leaf.raw, Raw::Table(_)) => None,
        Found::Section => Some(
            problem(
                ProblemKind::NotASection,
                "is a section with keys of its own, not a value".into(),
            )
            .advice(format!("[{}] with keys below it", leaf.path)),
        ),
        Found::Beyond(key) => Some(
            problem(
                ProblemKind::NotAValue,
                format!("`{}` takes {}, and has no keys below it", key.name, key.kind),
            )
            .advice(format!("one value for `{}`", key.name)),
        ),
        Found::Nothing => {
            Some(problem(ProblemKind::UnknownKey, "there is no such key".into()).advice(
                match known.suggest(&leaf.path) {
                    Some(near) => format!("`{near}`"),
                    None => format!("one of {}", known.below(&leaf.path).join(", ")),
                },
            ))
        }
    }
}

/// Takes typed values out of what was resolved, and collects what is wrong.
pub(crate) struct Reader<'a> {
    resolved: &'a Resolved,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(resolved: &'a Resolved, problems: Problems) -> Self {
        Self { resolved, problems }
    }

    /// The value at a path. Where nothing is said, and where what is said is wrong, the default: the
    /// problem that was noted keeps anybody from using it.
    pub(crate) fn take<T: Setting>(&mut self, path: &Path, default: T, range: &Range<T>) -> T {
        let raw = if T::TABLE {
            self.resolved.gather(path).unwrap_or_else(|problem| {
                self.problems.push(problem);
                None
            })
        } else {
            self.resolved.given(path).last().map(|(_, raw)| raw.clone())
        };
        let Some(raw) = raw else { return default };
        let read = T::read(&RawValue(&raw)).and_then(|value| match range.objection(&value) {
            None => Ok(value),
            Some(wrong) => Err(wrong),
        });
        read.unwrap_or_else(|wrong| {
            self.refuse(path, wrong, &expected(&default, range));
            default
        })
    }

    /// Notes a value that is wrong.
    fn refuse(&mut self, path: &Path, wrong: Wrong, expected: &str) {
        let path = wrong.entry.as_deref().map_or_else(|| path.clone(), |entry| path.join(entry));
        let problem = Problem::new(wrong.kind, self.resolved.origin(&path), wrong.what)
            .about(path.to_string())
            .advice(wrong.advice.unwrap_or_else(|| expected.to_owned()));
        self.problems.push(problem);
    }

    /// Notes a problem about a key.
    pub(crate) fn object(&mut self, kind: ProblemKind, path: &Path, what: String, advice: &str) {
        let origin = self.resolved.origin(path);
        self.problems.push(Problem::new(kind, origin, what).about(path.to_string()).advice(advice));
    }

    /// The names of the named sections under a word.
    pub(crate) fn names(&self, section: &str) -> Vec<String> {
        self.resolved.names(section)
    }

    /// Whether somebody has set it.
    pub(crate) fn is_set(&self, path: &Path) -> bool {
        self.resolved.below(path).next().is_some()
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_content(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was wrong.
    pub(crate) fn finish(self) -> Problems {
        self.problems
    }
}

/// What would have been right, in a few words.
fn expected<T: Setting>(default: &T, range: &Range<T>) -> String {
    let mut text = T::KIND.to_owned();
    if *range != Range::Any {
        text = format!("{text}, {}", range.shown());
    }
    match default.show() {
        value if value.is_null() || value.is_object() => text,
        value => format!("{text}, such as {value}"),
    }
}
