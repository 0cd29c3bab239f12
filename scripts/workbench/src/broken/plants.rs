//! What is broken: at least one thing for each gate, in files of this repository as they are.

use super::{How, Plant};

/// A function that is out of form, in a file whose form is looked at.
const LOWEST: &str = "crates/contracts/src/lib.rs";
/// A page on which things are wrong.
const PAGE: &str = "docs/AUDIT.md";

fn plant(gate: &'static str, what: &'static str, how: How, says: &str) -> Plant {
    Plant { gate, what, how, says: says.to_owned() }
}

fn swap(path: &'static str, from: &'static str, to: &'static str) -> How {
    How::Swap { path, from, to }
}

fn append(path: &'static str, text: &str) -> How {
    How::Append { path, text: text.to_owned() }
}

/// Everything that is broken, in the order in which it is tried.
pub fn plants() -> Vec<Plant> {
    [shape(), made(), said(), outside()].concat()
}

/// What the code may not do, and which form it has.
fn shape() -> Vec<Plant> {
    vec![
        plant("format", "code out of form", append(LOWEST, "\nfn  odd ( ) { }\n"), "Diff in"),
        plant(
            "rules",
            "a float in a money crate",
            append("crates/portfolio/src/lib.rs", "\nfn fee(cost: f64) {}\n"),
            "no-float-money",
        ),
        plant(
            "rules",
            "a clock read in the core",
            append("crates/kernel/src/lib.rs", "\nfn now() { SystemTime::now(); }\n"),
            "no-ambient-time",
        ),
        plant(
            "architecture",
            "a layer violation",
            swap(
                "crates/board/Cargo.toml",
                "contracts.workspace = true",
                "contracts.workspace = true\nrisk.workspace = true",
            ),
            "board (L1) must not depend on risk (L2)",
        ),
        plant(
            "lints",
            "code that clippy objects to",
            append(LOWEST, "\n/// Odd.\npub fn odd() -> u8 {\n    return 1;\n}\n"),
            "unneeded `return`",
        ),
        plant(
            "unused",
            "a dependency that nobody uses",
            swap(
                "crates/book/Cargo.toml",
                "serde.workspace = true",
                "serde.workspace = true\nsiphasher.workspace = true",
            ),
            "siphasher",
        ),
        plant(
            "supply-chain",
            "a licence that is not allowed",
            swap("deny.toml", "\"MIT\", ", ""),
            "license is not explicitly allowed",
        ),
        plant(
            "supply-chain",
            "a crate that is banned",
            swap("deny.toml", "name = \"openssl-sys\"", "name = \"serde\""),
            "serde",
        ),
        plant(
            "code-docs",
            "a link in a comment that leads nowhere",
            append(LOWEST, "\n/// See [`Nowhere`].\npub fn odd() {}\n"),
            "unresolved link to `Nowhere`",
        ),
    ]
}

/// What is made of the rest, and has to be as it would be made now.
fn made() -> Vec<Plant> {
    vec![
        plant(
            "targets",
            "a stale manifest of targets",
            swap("targets.json", "\"crates/risk\"", "\"crates/rusk\""),
            "targets.json:",
        ),
        plant(
            "tasks",
            "a task that calls nobody",
            swap("mise.toml", "\"scripts/reindex.sh\"", "\"scripts/dance.sh\""),
            "calls `scripts/dance.sh`, which is not there",
        ),
        plant(
            "pages",
            "a missing child page",
            How::Remove { path: "crates/risk/CLAUDE.md" },
            "risk has no page of its own",
        ),
        plant(
            "roadmap",
            "a stale roadmap",
            swap("ROADMAP.md", "| N02.3e |", "| N02.3z |"),
            "ROADMAP.md:",
        ),
        plant(
            "roadmap",
            "a claim without its test",
            swap(
                "roadmap/phases/phase-02-gate-and-paper.md",
                "risk/unreadable_intent_is_answered",
                "risk/no_such_test",
            ),
            "names the test risk/no_such_test, which is not there",
        ),
        plant(
            "schemas",
            "a stale schema",
            swap("crates/contracts/schemas/accepted.json", "\"type\"", "\"kind\""),
            "accepted.json is stale",
        ),
        plant(
            "types",
            "a message without a source, taken for one",
            swap(
                "crates/contracts/tests/types/uses.ts",
                "  // @ts-expect-error: a message",
                "  // A message",
            ),
            "error TS",
        ),
        plant(
            "changelog",
            "a changelog without its form",
            swap("CHANGELOG.md", "## Unreleased", "## Some day"),
            "CHANGELOG.md",
        ),
    ]
}

/// What pages and messages say.
fn said() -> Vec<Plant> {
    vec![
        plant(
            "docs",
            "a dead link",
            append(PAGE, "\n[a page](NOWHERE.md)\n"),
            "there is no docs/NOWHERE.md",
        ),
        plant(
            "docs",
            "a command in the docs that no longer exists",
            swap("docs/cli.md", "\n## njord demo\n", "\n## njord demonstration\n"),
            "there is no command `njord demo`",
        ),
        plant(
            "commands",
            "a command in the docs that fails",
            append(PAGE, "\n```sh run\nls gone.txt\n```\n"),
            "gone.txt",
        ),
        plant(
            "commits",
            "a bad commit message",
            How::Commit { message: "more things" },
            "is not `type(scope): subject`",
        ),
        // In parts, so that this file does not hold them itself.
        plant(
            "spelling",
            "a misspelt word",
            append(PAGE, concat!("\nT", "eh word.\n")),
            concat!("T", "eh"),
        ),
    ]
}

/// What tools from outside look for, and the tools themselves.
fn outside() -> Vec<Plant> {
    let secret = concat!("aws = \"AKIA", "QYLPMN5HHHFPZAM2\"\n");
    vec![
        plant("secrets", "a planted secret", append("notes.txt", secret), "AWS Access Key"),
        plant(
            "scripts",
            "a mistake in shell",
            append("scripts/reindex.sh", "rm -rf $1/*\n"),
            "SC2086",
        ),
        plant(
            "planted",
            "a tool that no longer finds what it is shown",
            swap("scripts/secrets.py", "AGE-SECRET-KEY-", "AGE-PUBLIC-KEY-"),
            "not over Age Identity",
        ),
        plant(
            "servers",
            "a server for agents that does not start",
            swap(
                ".mcp.json",
                "\"mcp\"]\n    },\n    \"tasks\"",
                "\"dance\"]\n    },\n    \"tasks\"",
            ),
            "njord: FAILS",
        ),
    ]
}
