//! Every example of the help does what it shows. Numbers may differ; words may not.

use std::fs;

use runtime::{Offered, wall_clock};

use crate::rig::{Desk, repository};
use crate::up::up_in;

/// A line with every number as `#`, and every hash as `@`.
fn shape(line: &str) -> String {
    let words = line.trim().split_inclusive([' ', ',', ':', ';', '(', ')', '-', '/', '.']);
    let shaped = words.map(|word| {
        let text = word.trim_end_matches([' ', ',', ':', ';', '(', ')', '-', '/', '.']);
        let rest = &word[text.len()..];
        let hex = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match (hex, number) {
            (true, _) => format!("@{rest}"),
            (_, true) => format!("#{rest}"),
            _ => word.to_owned(),
        }
    });
    shaped.collect()
}

/// Every shown line stands in what was said, in order; `...` stands for any lines.
#[track_caller]
fn holds(shown: &[&str], said: &str) {
    let mut said_lines = said.lines();
    for line in shown.iter().filter(|line| line.trim() != "...") {
        let wanted = shape(line);
        assert!(said_lines.any(|line| shape(line) == wanted), "{line}\nis not in order in\n{said}");
    }
}

#[test]
fn examples_of_every_command_do_what_they_show() {
    let (desk, last) = Desk::with_journal();
    // Some ask a process that runs, and tell it something.
    up_in(desk, Offered::Taken, wall_clock(), |up| {
        up.refuses_something();
        up.has_an_order();
        run_all(&up.home, &last);
    });
}

fn run_all(desk: &Desk, last: &str) {
    let mut ran = 0;
    for example in njord::page().split("\n  $ njord ").skip(1) {
        let (line, rest) = example.split_once('\n').unwrap();
        let shown: Vec<&str> = rest.lines().take_while(|line| line.starts_with("  ")).collect();
        let (line, _) = line.split_once(" > ").unwrap_or((line, ""));
        // What an example can only say in general.
        let line = line
            .replace("/opt/njord", repository().to_str().unwrap())
            .replace("7-1:38:00112233445566778899aabbccddeeff", last)
            .replace("--count 100", "--count 2")
            .replace("doctor", "doctor --set ports.up=0")
            .replace("strategy new second", "strategy new second --crate mybot");
        let command = line.split(' ').next().unwrap();
        if ["up", "service", "venue", "demo", "replay", "reload", "signal"].contains(&command) {
            // These run until somebody ends them, for long, or need a process of their own or a journal of this
            // build: `running`, `signals` and `demo` have them.
            continue;
        }
        let said = match line.as_str() {
            "init" => Desk::empty().run("init"),
            line => desk.run(line),
        };
        let out = said.ends(0).out.replace("mybot/src", "src");
        holds(&shown, &out);
        ran += 1;
    }
    assert_eq!(ran, 28, "an example is missing, or new");
    assert!(fs::metadata(desk.path("mybot/src/second.rs")).is_ok());
}

#[test]
fn shapes_hide_numbers_and_nothing_else() {
    assert_eq!(shape("  journal 7-1: 38 records"), "journal #-#: # records");
    assert_eq!(shape("hash b0ff3245"), "hash @");
    assert_ne!(shape("ok keys"), shape("FAIL keys"));
}
