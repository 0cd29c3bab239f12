//! The changelog: made from commit messages when a release is cut, and held to its form.

use workbench::changelog::{self, Version};

use crate::rig::{Scratch, ours, told};

const HEAD: &str = "# Changelog\n\nWhat changed.\n\n## Unreleased\n";

/// A repository with those commits, the oldest first.
fn house(held: &str, commits: &[&str]) -> Scratch {
    let scratch = Scratch::empty();
    scratch.put("CHANGELOG.md", held);
    for message in commits {
        scratch.commit(message);
    }
    scratch
}

fn version(text: &str) -> Version {
    Version::read(text).unwrap()
}

#[test]
fn changelog_lists_what_users_notice_from_the_commits() {
    let scratch = house(
        HEAD,
        &[
            "feat(risk): a limit for each hour",
            "test(risk): its boundary",
            "fix(bus,journal): nothing is lost\n\nBecause it was.",
            "docs: words",
            "perf(book): half the time",
            "feat(settings)!: a key means something else",
            "feat(njord): a dance",
            "Revert \"feat(njord): a dance\"",
        ],
    );
    assert_eq!(
        changelog::changes(&scratch.repository()).unwrap(),
        "### Read this first\n\n- settings: a key means something else\n\n\
         ### New\n\n- risk: a limit for each hour\n\n\
         ### Mended\n\n- bus, journal: nothing is lost\n\n\
         ### Faster\n\n- book: half the time"
    );
}

#[test]
fn changelog_of_a_release_begins_after_the_one_before_and_says_what_was_taken_back() {
    let scratch = house(&format!("{HEAD}\n- By hand.\n"), &["feat(risk): a first limit"]);
    let repository = scratch.repository();
    let heading = changelog::release(&repository, version("0.1.0")).unwrap();
    scratch.commit("chore: release").git(&["tag", "v0.1.0"]);
    scratch.commit("fix(risk): the limit").commit("Revert \"feat(risk): a first limit\"");
    let second = changelog::release(&repository, version("0.2.0")).unwrap();
    assert_eq!(
        repository.read("CHANGELOG.md").unwrap(),
        format!(
            "{HEAD}\n{second}\n\n### Mended\n\n- risk: the limit\n\n\
             ### Taken back\n\n- risk: a first limit\n\n\
             {heading}\n\n- By hand.\n\n### New\n\n- risk: a first limit\n"
        )
    );
    assert_eq!(told(&changelog::check(&repository).unwrap()), Vec::<String>::new());
}

#[test]
fn changelog_release_that_goes_back_or_holds_nothing_is_refused() {
    let scratch = house(HEAD, &["feat(risk): a limit"]);
    let repository = scratch.repository();
    changelog::release(&repository, version("0.2.0")).unwrap();
    scratch.commit("chore: release").git(&["tag", "v0.2.0"]);
    let said = |of: &str| changelog::release(&repository, version(of)).unwrap_err().to_string();
    let held = repository.read("CHANGELOG.md").unwrap();
    for of in ["0.2.0", "0.1.9"] {
        assert!(said(of).contains("is not above"), "{}", said(of));
    }
    assert!(said("0.3.0").contains("nothing has changed"), "{}", said("0.3.0"));
    assert_eq!(repository.read("CHANGELOG.md").unwrap(), held);
    for odd in ["", "1", "1.2", "1.2.3.4", "01.2.3", "v1.2.3", "1.2.x", "1.2.-3", "1.2.99999999999"]
    {
        assert_eq!(Version::read(odd), None, "{odd}");
    }
}

#[test]
fn changelog_that_has_lost_its_form_is_found() {
    for (held, objection) in [
        ("# Changelog\n", "stands first, and once"),
        ("# Changelog\n\n## 0.1.0 - 2026-01-01\n\n## Unreleased\n", "stands first, and once"),
        (&format!("{HEAD}\n## Unreleased\n"), "stands first, and once"),
        (&format!("{HEAD}\n## 0.1.0\n"), "is not `## X.Y.Z - YYYY-MM-DD`"),
        (&format!("{HEAD}\n## 0.1.0 - 2026-1-1\n"), "is not `## X.Y.Z - YYYY-MM-DD`"),
        (&format!("{HEAD}\n## 0.1 - 2026-01-01\n"), "is not `## X.Y.Z - YYYY-MM-DD`"),
        (
            &format!("{HEAD}\n## 0.1.0 - 2026-01-01\n\n## 0.2.0 - 2026-02-01\n"),
            "from the newest to the oldest",
        ),
    ] {
        let scratch = house(held, &["chore: begin"]);
        let said = told(&changelog::check(&scratch.repository()).unwrap());
        assert!(said.iter().any(|line| line.contains(objection)), "{held:?}: {said:?}");
    }
    let scratch = house(HEAD, &["chore: begin"]);
    scratch.git(&["tag", "v0.1.0"]);
    let said = told(&changelog::check(&scratch.repository()).unwrap());
    assert!(said.len() == 1 && said[0].contains("a tag v0.1.0"), "{said:?}");
}

#[test]
fn changelog_of_ours_has_its_form() {
    assert_eq!(told(&changelog::check(&ours()).unwrap()), Vec::<String>::new());
}
