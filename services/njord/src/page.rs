//! The page of all commands, `docs/cli.md`, made from the definition of the command line.

use std::fmt::Write as _;

use crate::arguments::definition;
use crate::exit::Exit;
use crate::program::Program;

const HEAD: &str = include_str!("page_head.md");

/// The page, in Markdown.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.code(), exit.about());
    }
    let mut whole = definition(&Program::of(None));
    whole.build();
    text.push_str("\n## All commands\n\n| command | what it does |\n|---|---|\n");
    let mut commands = Vec::new();
    leaves(&whole, &mut commands);
    for command in &commands {
        let name = command.get_bin_name().unwrap_or_default();
        let anchor = name.replace(' ', "-");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "| [`{name}`](#{anchor}) | {about} |");
    }
    for command in commands {
        let name = command.get_bin_name().unwrap_or_default();
        let help = command.clone().term_width(100).render_help().to_string();
        let lines = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", lines.trim_end());
    }
    text
}

/// The commands that do something, in the order of the definition.
fn leaves<'a>(command: &'a clap::Command, found: &mut Vec<&'a clap::Command>) {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        if below.has_subcommands() {
            leaves(below, found);
        } else {
            found.push(below);
        }
    }
}
