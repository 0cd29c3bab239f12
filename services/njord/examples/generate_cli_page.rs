//! Writes `docs/cli.md` anew from the definition of the command line: `cargo run -p njord --example generate_cli_page`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    std::fs::write(page, njord::page())
}
