//! `execution-gateway` as a process of its own. Everything else stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::launch::alone(&execution_gateway::service(), env!("CARGO_PKG_VERSION"))
}
