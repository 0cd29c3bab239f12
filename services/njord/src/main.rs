//! `njord`, with the bundled strategies. Everything else stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    njord::cli().run()
}
