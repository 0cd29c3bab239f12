//! The report of a demo: one page, without anything from elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::play::Played;
use super::rerun::Rerun;
use crate::failure::Failure;
use crate::story::{cents, words};

const HEAD: &str = include_str!("report_head.html");

/// Writes the page, and says where it is.
pub(super) fn write(folder: &Path, played: &Played, rerun: &Rerun) -> Result<PathBuf, Failure> {
    let path = folder.join("report.html");
    fs::write(&path, page(played, rerun)).map_err(|error| {
        Failure::new("demo", path.display().to_string(), format!("cannot be written: {error}"))
            .advice("a folder that this user may write to")
    })?;
    Ok(path)
}

fn page(played: &Played, rerun: &Rerun) -> String {
    let mut page = HEAD.to_owned();
    let agreed = played.agreed;
    let facts = [
        ("Orders sent", agreed.orders.to_string()),
        ("Executions, in both ledgers", agreed.fills.to_string()),
        ("Fees", agreed.fees.to_string()),
        ("Intents refused by the gate", played.refusals.to_string()),
        ("Records in the two journals", played.records.to_string()),
    ];
    page.push_str("<section><h2>The live part</h2><dl>");
    for (name, value) in facts {
        let _ = write!(page, "<dt>{name}</dt><dd>{value}</dd>");
    }
    if let Some(crash) = played.crash {
        let state =
            crash.end.map_or("unknown".to_owned(), |(state, _)| words(&format!("{state:?}")));
        let _ = write!(
            page,
            "<dt>The order of the crash</dt><dd>{}: {state}, sent once, counted once</dd>\
             <dt>From the start to the first word</dt><dd>{} ms</dd>",
            crash.order.short(),
            crash.recovery.millis(),
        );
    }
    page.push_str(
        "</dl></section><section><h2>The same market for two minutes of virtual time</h2><div class=\"wide\"><table>",
    );
    page.push_str(
        "<tr><th>strategy</th><th>orders</th><th>executions</th><th>start</th><th>now</th>\
         <th>change</th></tr>",
    );
    for account in &rerun.accounts {
        let change = account.worth - account.start;
        let [start, worth, change] = [account.start, account.worth, change].map(cents);
        let (strategy, approvals) = (account.strategy, account.approvals);
        let executions = account.executions;
        let _ = write!(
            page,
            "<tr><td>{strategy}</td><td>{approvals}</td><td>{executions}</td><td>{start}</td>\
             <td>{worth}</td><td>{change}</td></tr>"
        );
    }
    let _ = writeln!(
        page,
        "</table></div><p>Made to trade often, at the venue's full fees: this is a demonstration, not a \
         way to make money.</p><p class=\"hash\">{}</p><p>This hash is over everything that was \
         decided in those minutes. It is the same on every machine.</p></section></main></html>",
        rerun.hash
    );
    page
}
