//! The servers for agents: each that `.mcp.json` names and that is installed here is started as a client starts it, and
//! says which tools it has. One that is not installed is no fault: what to do without it is said instead.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rmcp::ServiceExt as _;
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use tokio::process::Command;

use crate::{Fault, Repository};

/// Where the servers are named.
const FILE: &str = ".mcp.json";
/// Where it stands what installs each, and what to do without it.
const PAGE: &str = "docs/WORKFLOWS.md";
/// How long one may take to say what it has; ours may be built first.
pub const PATIENCE: Duration = Duration::from_mins(5);
/// What is never started here, and why.
const LEFT_ALONE: &[(&str, &str)] = &[("ck", "its first start downloads a model")];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    mcp_servers: BTreeMap<String, Server>,
}

#[derive(Debug, Deserialize)]
struct Server {
    command: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

impl Server {
    /// The same with a program of ours that is built already, in the place of `cargo run`, which would build it
    /// once more, for itself alone.
    fn built(mut self, programs: Option<&Path>) -> Self {
        let runs = self.command == "cargo" && self.args.first().is_some_and(|word| word == "run");
        let Some(programs) = programs.filter(|_| runs) else { return self };
        let ours = self.args.iter().position(|word| word == "-p").map(|place| place + 1);
        if let Some(program) = ours.and_then(|place| self.args.get(place)) {
            self.command = programs.join(program).display().to_string();
        }
        let own =
            self.args.iter().position(|word| word == "--").map_or(self.args.len(), |at| at + 1);
        self.args.drain(..own);
        self
    }
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has these tools.
    Tools(Vec<String>),
    /// It is not installed, or not to be started; with what to try.
    Missing(String),
    /// It is installed, and does not do what it should.
    Fails(String),
}

/// Looks at every server, each of which may take so long; by name. Ours are taken from the folder of `programs`, where
/// one is given.
pub fn look(
    repository: &Repository,
    programs: Option<&Path>,
    patience: Duration,
) -> Result<Vec<(String, Outcome)>, Fault> {
    let listed: Listed =
        serde_json::from_str(&repository.read(FILE)?).map_err(|why| Fault::form(FILE, why))?;
    let page = repository.read(PAGE).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Fault::io(repository.root()))?;
    let mut looked = Vec::new();
    for (name, server) in listed.mcp_servers {
        let server = server.built(programs);
        let outcome = match absent(&server, &hint(&page, &name)) {
            Some(missing) => missing,
            None => runtime.block_on(async {
                let asking = tokio::time::timeout(patience, ask(repository, &server));
                let slow = || Outcome::Fails(format!("has said nothing in {patience:?}"));
                fetched(&server, asking.await.unwrap_or_else(|_| slow()), &hint(&page, &name))
            }),
        };
        looked.push((name, outcome));
    }
    Ok(looked)
}

/// Why it is not started, if it is not.
fn absent(server: &Server, hint: &str) -> Option<Outcome> {
    let command = server.command.as_str();
    if let Some((_, why)) = LEFT_ALONE.iter().find(|(alone, _)| *alone == command) {
        return Some(Outcome::Missing(format!("`{command}` is not started here: {why}; {hint}")));
    }
    let looks = ["-c", "command -v \"$0\" >/dev/null", command];
    let found = std::process::Command::new("sh").args(looks).status();
    let here = found.is_ok_and(|status| status.success());
    (!here).then(|| Outcome::Missing(format!("no `{command}` here; {hint}")))
}

/// One that is fetched from its repository when it is started is missing where that cannot be reached.
fn fetched(server: &Server, outcome: Outcome, hint: &str) -> Outcome {
    let from_afar = server.args.iter().any(|word| word.starts_with("git+https://"));
    match outcome {
        Outcome::Fails(why) if from_afar => {
            Outcome::Missing(format!("cannot be fetched from its repository ({why}); {hint}"))
        }
        outcome => outcome,
    }
}

/// What installs it and what happens without it, from its row of the page.
fn hint(page: &str, name: &str) -> String {
    let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
    let cells: Vec<&str> = row.unwrap_or_default().split('|').map(str::trim).collect();
    match cells.as_slice() {
        [_, _, _, installs, without, ..] => {
            format!("installed by {installs}; without it: {without}")
        }
        _ => format!("see {PAGE}"),
    }
}

/// A whole session: hello, the list of tools, goodbye.
async fn ask(repository: &Repository, server: &Server) -> Outcome {
    let mut command = Command::new(&server.command);
    command.args(&server.args).envs(&server.env).current_dir(repository.root());
    let child = TokioChildProcess::builder(command).stderr(Stdio::null()).spawn();
    let fails = |what: &dyn std::fmt::Display| Outcome::Fails(what.to_string());
    let (child, _) = match child {
        Ok(child) => child,
        Err(error) => return fails(&error),
    };
    let client = match ().serve(child).await {
        Ok(client) => client,
        Err(error) => return fails(&error),
    };
    let tools = client.list_all_tools().await;
    let ended = client.cancel().await;
    match (tools, ended) {
        (Err(error), _) => fails(&error),
        (_, Err(error)) => fails(&error),
        (Ok(tools), Ok(_)) if tools.is_empty() => fails(&"has no tools"),
        (Ok(tools), Ok(_)) => {
            Outcome::Tools(tools.into_iter().map(|tool| tool.name.into_owned()).collect())
        }
    }
}
