//! Tells the program which build it is: commit, profile, target and compiler. Where there is no repository
//! the commit is unknown; nothing else depends on any of this. A build for development names none: it is made
//! of whatever lies in the checkout, and would have to be made anew after every commit to name the right one.

use std::process::Command;

fn main() {
    let told = |name: &str| {
        let said = std::env::var_os(name).and_then(|value| value.into_string().ok());
        said.unwrap_or_else(|| format!("unknown {}", name.to_lowercase()))
    };
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = output(Command::new(rustc).arg("--version"));
    let version = version.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let is_release = told("PROFILE") == "release";
    // In a repository of somebody else, this is not the commit of anything here.
    let prefix = output(Command::new("git").args(["rev-parse", "--show-prefix"]));
    let commit = match (is_release, prefix.as_str()) {
        (true, "services/njord/") => {
            output(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]))
        }
        (true, _) => String::new(),
        (false, _) => "development".to_owned(),
    };
    for (name, value, otherwise) in [
        ("COMMIT", commit, "unknown commit"),
        ("PROFILE", told("PROFILE"), ""),
        ("TARGET", told("TARGET"), ""),
        ("RUSTC", version, "unknown compiler"),
    ] {
        let value = if value.is_empty() { otherwise.to_owned() } else { value };
        say(&format!("rustc-env=NJORD_{name}={value}"));
    }
    // The head moves with every commit, and this file tells of it.
    let moved = output(Command::new("git").args(["rev-parse", "--git-path", "logs/HEAD"]));
    if is_release && !moved.is_empty() {
        say(&format!("rerun-if-changed={moved}"));
    }
    say("rerun-if-changed=build.rs");
}

#[allow(clippy::print_stdout, reason = "how a build script speaks")]
fn say(line: &str) {
    println!("cargo::{line}");
}

/// The first line that a program says; nothing where there is no such program, or it fails.
fn output(command: &mut Command) -> String {
    let Some(output) = command.output().ok().filter(|output| output.status.success()) else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().unwrap_or_default().trim().to_owned()
}
