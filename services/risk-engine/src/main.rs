//! `risk-engine` as a process of its own. Everything else stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let registry = strategies::registry();
    launch::alone(&risk_engine::service(), registry, env!("CARGO_PKG_VERSION"))
}
