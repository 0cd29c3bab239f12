//! The forms that every command keeps: help, errors, hostile words, outputs that cannot be written.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use crate::rig::{Desk, ran, repository};

#[test]
fn page_of_all_commands_is_fresh() {
    let held = std::fs::read_to_string(repository().join("docs/cli.md")).unwrap();
    assert!(held == njord::page(), "run: cargo run -p njord --example generate_cli_page");
}

#[test]
fn help_of_every_command_is_what_the_page_shows() {
    let (page, desk) = (njord::page(), Desk::empty());
    let shown: Vec<&str> = page.split("\n## njord ").skip(1).collect();
    assert_eq!(shown.len(), 33);
    for section in shown {
        let (words, rest) = section.split_once('\n').unwrap();
        let (_, text) = rest.split_once("```text\n").unwrap();
        let (text, _) = text.split_once("\n```").unwrap();
        let said = desk.run(&format!("{words} --help")).ends(0);
        let lines: Vec<&str> = said.out.lines().map(str::trim_end).collect();
        assert_eq!(lines.join("\n").trim_end(), text);
        assert_eq!(said.err, "");
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn nothing_to_do_says_what_to_try_first() {
    let said = Desk::empty().run("").ends(0);
    assert!(said.out.contains("\n  njord sim  "), "{said:?}");
    assert!(said.out.contains("\n  njord --help  "), "{said:?}");
}

#[test]
fn version_names_the_build() {
    let said = Desk::empty().run("--version").ends(0).out;
    assert!(said.starts_with("njord 0.1.0 (") && said.contains("rustc 1."), "{said}");
    assert_eq!(Desk::empty().run("-V").out, said);
}

#[test]
fn command_lines_that_mean_nothing_exit_with_two_and_say_what_to_try() {
    let desk = Desk::empty();
    for (line, error) in [
        (
            "docter",
            "error: unrecognized subcommand 'docter'\n  try: a similar subcommand exists: 'doctor'\n",
        ),
        (
            "config",
            "error: there is a word missing: what it is to do\n  try: njord config --help\n",
        ),
        ("doctor x", "error: unexpected argument 'x' found\n  try: njord doctor [OPTIONS]\n"),
        (
            "strategy explain",
            "error: the following required arguments were not provided: <NAME>\n  try: njord strategy explain <NAME>\n",
        ),
        (
            "completions tcsh",
            "error: invalid value 'tcsh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]\n  try: a similar value exists: 'zsh'\n",
        ),
    ] {
        desk.run(line).fails(2, error);
    }
}

#[test]
fn words_that_are_no_text_are_refused_and_paths_may_be_anything() {
    let desk = Desk::empty();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    for words in [
        &["sim"][..],
        &["strategy", "explain"],
        &["config", "explain"],
        &["config", "check", "--set"],
        &["audit", "verify", "--anchor"],
        &["completions"],
        &[],
    ] {
        let words = words.iter().map(OsStr::new).chain([odd]);
        let said = desk.words(words).ends(2);
        assert!(said.err.starts_with("error: ") && said.out.is_empty(), "{said:?}");
    }
    for words in [&["audit", "verify", "--without-key"][..], &["init"]] {
        let said = desk.words(words.iter().map(OsStr::new).chain([odd])).ends(1);
        assert!(said.err.starts_with("error: "), "{said:?}");
    }
    desk.words([OsStr::new("doctor"), OsStr::new("--home"), odd]).ends(3);
    desk.words([OsStr::new("--json"), odd]).ends(2).document();
}

#[test]
fn long_and_hostile_words_are_taken_calmly() {
    let desk = Desk::empty();
    let long = "x".repeat(100_000);
    desk.words(["config", "explain", &long]).ends(1);
    desk.words(["strategy", "explain", &long]).ends(1);
    desk.words(["strategy", "new", "a\u{1b}[31m\n"]).ends(1);
    desk.words(["config", "check", "--set", &format!("risk.{long}=1")]).ends(1);
    desk.words([&long]).ends(2);
}

#[test]
fn output_that_cannot_be_written_is_an_error_and_no_panic() {
    let Ok(full) = File::options().write(true).open("/dev/full") else { return };
    let desk = Desk::empty();
    let mut command = desk.command(["config", "schema"]);
    command.stdout(Stdio::from(full)).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: standard output: cannot be written: "), "{error}");
}

#[test]
fn output_into_a_closed_pipe_is_no_error() {
    let desk = Desk::empty();
    let mut command = desk.command(["completions", "zsh"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn output_that_is_no_terminal_has_no_colours() {
    let desk = Desk::home();
    for line in ["doctor", "config check", "docter"] {
        let said = desk.run(line);
        assert!(!(said.out + &said.err).contains('\u{1b}'), "{line}");
    }
}

#[test]
fn completions_know_every_command_and_the_name_of_the_program() {
    let desk = Desk::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = desk.run(&format!("completions {shell}")).ends(0).out;
        for word in ["doctor", "strategy", "verify", "njord"] {
            assert!(said.contains(word), "{shell}: {word}");
        }
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_njord"));
    std::os::unix::process::CommandExt::arg0(&mut command, "bin/mybot");
    command.args(["completions", "bash"]);
    assert!(ran(command).ends(0).out.starts_with("_mybot()"));
}
