//! Lists of exceptions that may only shrink. Nothing on one is new, and no allowance larger, than in any commit that
//! led here: what was once taken off does not come back. Relies on the history; where it is cut or missing it says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use workbench::Repository;

use crate::House;

/// An entry of such a list, with how much it allows where it says so.
type Entry = (String, Option<usize>);

/// A list of the sources: the file it stands in, and its name there.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
}

/// Holds a list against all that it has been. It keeps its file and its name: another begins without a past.
#[expect(clippy::print_stdout, reason = "what was not shown is said")]
pub(crate) fn hold(list: List, entries: &[(&str, Option<usize>)]) {
    let (List { file, name }, root) = (list, House::ours().root);
    let now = read(&fs::read_to_string(root.join(file)).unwrap(), name).unwrap();
    let meant: Vec<Entry> = entries.iter().map(|(name, most)| ((*name).into(), *most)).collect();
    assert_eq!(now, meant, "{name} is read as the compiler reads it");
    let Some(Past { lists, is_cut }) = past(&root, list) else {
        return println!("NOT COMPARED: no history is here, so {name} may have grown");
    };
    assert!(is_cut || !lists.is_empty(), "{name} is in no commit: where was it before?");
    if is_cut {
        println!("{name} was compared with {} commits alone: the history is cut", lists.len());
    }
    let grown: BTreeSet<String> = lists.iter().flat_map(|then| grown(&now, then)).collect();
    assert!(grown.is_empty(), "{name} in {file} may only shrink: {grown:#?}");
}

/// What has grown since then.
fn grown(now: &[Entry], then: &[Entry]) -> Vec<String> {
    let objection = |(name, most): &Entry| match then.iter().find(|(held, _)| held == name) {
        None => Some(format!("{name} was not on the list once")),
        Some((_, before)) => before
            .filter(|before| most.is_none_or(|most| most > *before))
            .map(|before| format!("{name} was allowed {before} once")),
    };
    now.iter().filter_map(objection).collect()
}

/// What a list has been in the commits that led here.
struct Past {
    lists: Vec<Vec<Entry>>,
    /// There were more commits, which are not here.
    is_cut: bool,
}

/// The past of a list; none where there is no repository.
fn past(root: &Path, List { file, name }: List) -> Option<Past> {
    if !root.join(".git").exists() {
        return None;
    }
    let repository = Repository::at(root);
    // Also on branches whose changes were lost when they were merged.
    let words = ["log", "--full-history", "--format=%H", "HEAD", "--", file];
    let commits = repository.git(&words).unwrap();
    let lists = commits.lines().filter_map(|commit| {
        // A commit that took the file away has no text of it.
        let text = repository.git(&["show", &format!("{commit}:{file}")]).ok()?;
        read(&text, name)
    });
    let lists = lists.collect();
    let is_cut = repository.git(&["rev-parse", "--is-shallow-repository"]).unwrap();
    Some(Past { lists, is_cut: is_cut.trim() == "true" })
}

/// The list of that name in a source: texts, each alone or in a pair with what it allows. `None` where there is none.
fn read(text: &str, name: &str) -> Option<Vec<Entry>> {
    let (_, behind) = text.split_once(&format!("const {name}: "))?;
    let (_, behind) = behind.split_once('=')?;
    let (body, _) = behind.split_once("];")?;
    let lines = body.lines().map(|line| line.split("//").next().unwrap_or_default());
    let body: String = lines.collect();
    let mut pieces = body.split('"').skip(1);
    let mut entries = Vec::new();
    while let (Some(name), Some(behind)) = (pieces.next(), pieces.next()) {
        let most = behind.split(')').next().unwrap_or_default();
        let most = most.trim_matches([',', ' ']).replace('_', "");
        entries.push((name.to_owned(), most.parse().ok()));
    }
    Some(entries)
}

#[test]
fn growth_of_a_list_is_seen_and_shrinking_is_not_objected_to() {
    let of = |entries: &[(&str, Option<usize>)]| -> Vec<Entry> {
        entries.iter().map(|(name, most)| ((*name).to_owned(), *most)).collect()
    };
    let then = of(&[("a", Some(700)), ("b", Some(650)), ("c", None)]);
    let check = |now: &[(&str, Option<usize>)]| grown(&of(now), &then);
    for shrunk in [
        &[][..],
        &[("a", Some(700))],
        &[("c", None), ("b", Some(650)), ("a", Some(700))],
        &[("a", Some(601)), ("b", Some(640))],
        // Where nothing was said of how much, anything is less.
        &[("c", Some(900))],
    ] {
        assert_eq!(check(shrunk), [""; 0], "{shrunk:?}");
    }
    assert_eq!(check(&[("d", Some(601))]), ["d was not on the list once"]);
    assert_eq!(check(&[("a", Some(701)), ("b", Some(650))]), ["a was allowed 700 once"]);
    assert_eq!(check(&[("b", None)]), ["b was allowed 650 once"]);
    assert_eq!(check(&[("A", Some(1)), ("b", Some(651)), ("e", None)]).len(), 3);
}

#[test]
fn list_is_read_in_each_form_that_it_has_had() {
    let check = |text: &str| read(text, "LONG");
    let entry = |name: &str, most| (name.to_owned(), most);
    let pairs = "/// A.\nconst LONG: [Long<'_>; 2] = [\n    (\"a.rs\", 1_613), // why, \"so\"\n    (\"b.rs\", 601),\n];\nconst B: [&str; 1] = [\"c\"];\n";
    assert_eq!(check(pairs), Some(vec![entry("a.rs", Some(1_613)), entry("b.rs", Some(601))]));
    let alone = "const LONG: &[&str] = &[\n    \"a.rs\", // why\n    \"b.rs\",\n];\n";
    assert_eq!(check(alone), Some(vec![entry("a.rs", None), entry("b.rs", None)]));
    let below = "const LONG: [&str; 2] =\n    [\"a.rs\", \"b.rs\"];\n";
    assert_eq!(check(below), Some(vec![entry("a.rs", None), entry("b.rs", None)]));
    assert_eq!(check("const LONG: [&str; 0] = [];\n"), Some(Vec::new()));
    assert_eq!(check("const LONGER: [&str; 1] = [\"a.rs\"];\n"), None);
}

/// A repository with a list in it.
struct Scratch(tempfile::TempDir);

impl Scratch {
    const LIST: List = List { file: "list.rs", name: "A" };

    fn git(&self, words: &[&str]) {
        let named =
            ["-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false"];
        Repository::at(self.0.path()).git(&[&named, words].concat()).unwrap();
    }

    fn commit(&self, list: &str) {
        fs::write(self.0.path().join("list.rs"), list).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "-m", "test: a list"]);
    }

    /// How many entries each list had that is found in the past, and whether that is all.
    fn past(root: &Path) -> Option<(Vec<usize>, bool)> {
        let past = past(root, Self::LIST)?;
        Some((past.lists.iter().map(Vec::len).collect(), past.is_cut))
    }
}

#[test]
fn past_of_a_list_is_found_on_every_branch_as_far_as_the_history_goes() {
    let scratch = Scratch(tempfile::TempDir::new().unwrap());
    let root = scratch.0.path();
    assert_eq!(Scratch::past(root), None, "no repository");
    scratch.git(&["init", "--quiet", "-b", "main"]);
    scratch.commit("const OTHER: [&str; 0] = [];\n");
    scratch.commit("const A: [&str; 2] = [\"a\", \"b\"];\n");
    scratch.git(&["checkout", "--quiet", "-b", "side"]);
    scratch.commit("const A: [&str; 1] = [\"a\"];\n");
    scratch.git(&["checkout", "--quiet", "main"]);
    // The file is gone for a while.
    fs::remove_file(root.join("list.rs")).unwrap();
    scratch.git(&["commit", "--quiet", "--no-verify", "--all", "-m", "test: no list"]);
    scratch.commit("const A: [&str; 2] = [\"a\", \"b\"];\n");
    // What the branch took away is lost when it is merged, and is found all the same.
    scratch.git(&["merge", "--quiet", "--no-ff", "-s", "ours", "-m", "chore: merge", "side"]);
    let (mut sizes, is_cut) = Scratch::past(root).unwrap();
    sizes.sort_unstable();
    sizes.dedup();
    assert_eq!((sizes, is_cut), (vec![1, 2], false));
    let (short, from) = (tempfile::TempDir::new().unwrap(), format!("file://{}", root.display()));
    let clone = short.path().join("house");
    scratch.git(&["clone", "--quiet", "--depth", "1", &from, &clone.display().to_string()]);
    assert_eq!(Scratch::past(&clone), Some((vec![2], true)));
}
