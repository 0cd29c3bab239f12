//! `init NAME` and `strategy new`: a crate that compiles, and nothing where something is.

use std::fs;
use std::process::Command;

use crate::rig::{Desk, ran, repository};

fn init(desk: &Desk, words: &[&str]) -> crate::rig::Ran {
    let path = repository();
    let mut all = vec!["init", "--path", path.to_str().unwrap()];
    all.extend(words);
    desk.words(all)
}

#[test]
fn crate_holds_the_template_under_its_own_name() {
    let desk = Desk::empty();
    let said = init(&desk, &["my_bot"]).ends(0).out;
    assert!(said.contains("\n  cd my_bot\n  cargo test\n"), "{said}");
    let main = desk.read("my_bot/src/main.rs");
    assert!(main.contains("njord::cli().strategy::<my_bot::MyBot>().run()"), "{main}");
    let strategy = desk.read("my_bot/src/my_bot.rs");
    let back = strategy.replace("my_bot", "example_name").replace("MyBot", "ExampleName");
    assert_eq!(back, include_str!("../../templates/strategy.rs"));
    for file in ["Cargo.toml", "README.md", "src/main.rs", "src/my_bot.rs"] {
        let text = desk.read(&format!("my_bot/{file}"));
        assert!(!text.contains("xample_name") && !text.contains("{{"), "{file}: {text}");
    }
    let lock = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    assert_eq!(desk.read("my_bot/Cargo.lock"), lock);
}

#[test]
fn crate_has_a_manifest_that_cargo_reads() {
    let desk = Desk::empty();
    init(&desk, &["mybot"]).ends(0);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    cargo.current_dir(desk.path("mybot"));
    let read = ran(cargo).ends(0).out;
    assert!(read.contains(r#""name":"mybot""#), "{read}");
}

#[test]
fn crate_from_a_repository_says_its_address() {
    let desk = Desk::empty();
    desk.run("init mybot --git https://host.invalid/njord --rev abc").ends(0);
    let manifest = desk.read("mybot/Cargo.toml");
    let line = r#"njord = { git = "https://host.invalid/njord", rev = "abc" }"#;
    assert!(manifest.contains(line), "{manifest}");
    assert!(!desk.path("mybot/Cargo.lock").exists());
    let hostile = ["init", "other", "--git", "x\" }\n[evil]"];
    let refused = desk.words(hostile).ends(1);
    assert!(refused.err.contains("is no address or commit"), "{refused:?}");
}

#[test]
fn crate_names_that_mean_something_else_are_refused() {
    let desk = Desk::empty();
    for (name, why) in [
        ("Mybot", "is no name for a strategy"),
        ("1bot", "is no name for a strategy"),
        ("my-bot", "is no name for a strategy"),
        ("a_name_that_is_too_long", "is no name for a strategy"),
        ("fn", "means something else to the compiler"),
        ("njord", "means something else to the compiler"),
        ("ema_cross", "is the name of a strategy that this program has already"),
        ("..", "is no name for a strategy"),
    ] {
        let said = init(&desk, &[name]).ends(1);
        assert!(said.err.contains(why), "{said:?}");
    }
    assert_eq!(fs::read_dir(desk.path("")).unwrap().count(), 0);
}

#[test]
fn crate_is_not_made_over_anything_nor_from_nowhere() {
    let desk = Desk::empty();
    init(&desk, &["mybot"]).ends(0);
    let said = init(&desk, &["mybot"]).ends(1);
    assert_eq!(
        said.err,
        "error: mybot: is there already, and nothing was written\n  \
         try: another name, or an empty folder\n"
    );
    desk.run("init other --path .").fails(
        1,
        "error: .: is no checkout of Njord\n  \
         try: the folder that holds Njord's `services/njord`\n",
    );
    desk.run("init other --rev abc").ends(2);
    desk.run("init other --keep").ends(2);
}

#[test]
fn strategy_new_makes_a_file_once_and_says_what_to_add() {
    let desk = Desk::empty();
    init(&desk, &["mybot"]).ends(0);
    let said = desk.run("strategy new second_idea --crate mybot").ends(0).out;
    assert_eq!(
        said,
        "ok   strategy mybot/src/second_idea.rs, with its test

next, in mybot/src/main.rs
  mod second_idea;
  ...
  njord::cli().strategy::<second_idea::SecondIdea>()
"
    );
    desk.run("strategy new second_idea --crate mybot").fails(
        1,
        "error: mybot/src/second_idea.rs: is there already, and was not touched\n  \
         try: another name\n",
    );
    let lost = desk.run("strategy new third").ends(1);
    assert!(lost.err.contains("try: njord init third for a whole crate"), "{lost:?}");
}
