//! `sim`: the story, the numbers, and a reader who leaves.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::rig::Desk;

#[test]
fn sim_story_may_be_left_early_without_a_complaint() {
    let desk = Desk::empty();
    let mut command = desk.command(["sim"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("njord: four strategies on a synthetic market"), "{first}");
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn sim_worlds_are_counted_and_the_same_again() {
    let desk = Desk::empty();
    let said = desk.run("sim 3 --count 2").ends(0);
    assert!(said.out.starts_with("2 worlds (seeds 3 to 4), no promise broken\n gate "), "{said:?}");
    assert_eq!(said.err, "");
    let document = desk.run("sim 3 --count 2 --json").document();
    let approvals = document["result"]["counts"]["approvals"].as_u64().unwrap();
    assert!(said.out.contains(&format!(" {approvals} orders approved")), "{said:?}");
}

#[test]
fn sim_refuses_what_is_no_seed() {
    let desk = Desk::empty();
    for (line, what) in [
        ("sim x", "invalid value 'x' for '[SEED]': invalid digit found in string"),
        ("sim 18446744073709551616", "number too large to fit in target type"),
        ("sim --count 0", "number would be zero for non-zero type"),
    ] {
        let said = desk.run(line).ends(2);
        assert!(said.err.contains(what), "{said:?}");
        assert!(said.err.ends_with("\n  try: njord sim --help\n"), "{said:?}");
    }
    let most = desk.run("sim 18446744073709551615 --count 2").ends(1);
    assert!(most.err.contains("there are no so many seeds"), "{most:?}");
}

#[test]
fn sim_of_many_worlds_is_the_same_for_any_number_of_threads() {
    let hash = |threads: &str| {
        let said = Desk::empty().run(&format!("sim --count 3 --threads {threads} --json")).ends(0);
        said.document()["result"]["hash"].as_str().unwrap().to_owned()
    };
    let one = hash("1");
    assert_eq!(one.len(), 32);
    assert_eq!((hash("2"), hash("8")), (one.clone(), one));
}
