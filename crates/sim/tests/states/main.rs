//! States that earlier builds kept can be taken back, and none of them is misunderstood.
//!
//! `kept/N.jsonl` was written once, and is never written again: states of every machine of a desk, in the
//! layouts of their time. With `NJORD_BLESS=1` a file is added where none holds what this build writes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test crate")]

mod rich;
mod scene;

use std::fs;
use std::path::PathBuf;

use contracts::{Envelope, Epoch, Event, RosterControl, RosterStep, Source};
use kernel::{PartLayout, Sequencer, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strategy::Host;

use rich::Shown;

/// What to do when a test here fails.
const WHAT_TO_DO: &str = "
The layout of a state has changed. A journal of an older build holds states in the old one, and a start must
be able to go on from them:
  1. raise the version: add a step to the `layout()` of that machine (kernel::Layout), which makes of the
     old bytes what this build would have written, or says why nobody can know;
  2. keep states of the new version: NJORD_BLESS=1 cargo nextest run -p sim --test states, which adds a file;
  3. leave the files that are there as they are: they are what others have on their disks.";

/// What the scene never fills: of what would stand there, no kept state tells anything.
const NEVER_FILLED: &[&str] = &[
    "njord/machines/0/books/side/high",
    "njord/machines/0/claims/forgotten/perhaps",
    "njord/machines/0/claims/forgotten/strangers",
    "njord/machines/0/claims/open/*/final_filled",
    "njord/machines/0/forgotten_until",
    "njord/machines/1/seats/*/memory/of/*/before",
    "njord/machines/1/seats/*/memory/of/*/next",
    "njord/machines/2/finished/in_order/*/end/disputed",
    "njord/machines/2/forgotten_until",
    "njord/machines/2/open/by_id/*/end/disputed",
    "njord/machines/2/open/by_id/*/next_amend",
    "njord/machines/3/entries/all/*/guard/exit/change",
    "njord/machines/3/entries/all/*/guard/exit/settled",
    "njord/machines/3/entries/all/*/guard/pace/most",
    "venue/machines/0/markets/*/rules/upcoming",
    "venue/stamps/sources/*/by_symbol",
    "venue/timers",
];

#[derive(Serialize, Deserialize)]
struct Line {
    moment: String,
    process: String,
    layouts: Vec<PartLayout>,
    machines: Box<RawValue>,
}

impl Line {
    fn snapshot(&self) -> Snapshot {
        let bytes = self.machines.get().as_bytes().to_vec();
        Snapshot::from_bytes(bytes).in_layouts(self.layouts.clone())
    }

    /// Whether it is in the layouts of this build.
    fn is_ours(&self) -> bool {
        self.snapshot().has_layouts_of(&sequencer(&self.process).snapshot())
    }
}

fn sequencer(process: &str) -> Sequencer {
    Sequencer::new(Epoch(1), scene::machines(process))
}

fn file(number: usize) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/states/kept/{number}.jsonl"))
}

/// Every state that was ever kept.
fn kept() -> Vec<Line> {
    let files = (1..1_000).map_while(|number| fs::read_to_string(file(number)).ok());
    let lines: Vec<String> =
        files.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn shown_by_ours() -> Shown {
    let mut shown = Shown::default();
    for line in kept().iter().filter(|line| line.is_ours()) {
        shown.add(&line.process, line.machines.get().as_bytes());
    }
    shown
}

#[test]
fn states_that_were_ever_kept_are_taken_back_and_lose_nothing() {
    let kept = kept();
    assert!(kept.iter().any(|it| it.process == "venue"), "no states are kept");
    for line in kept {
        let (moment, mut sequencer) = (&line.moment, sequencer(&line.process));
        if let Err(why) = sequencer.restore(&line.snapshot()) {
            panic!("{moment}: {why}{WHAT_TO_DO}");
        }
        if line.is_ours() {
            assert!(
                sequencer.snapshot() == line.snapshot(),
                "{moment}: it is written otherwise{WHAT_TO_DO}"
            );
        }
        // A start then asks who knows what he knew: strategies have states of their own.
        let adopt = Event::Roster(RosterControl { step: RosterStep::Adopt });
        let now = sequencer.now();
        sequencer.take(now, Envelope::input(Source::Runtime, now, adopt), &mut ()).unwrap();
        let host: Option<&Host> = sequencer.machine();
        for strategy in host.into_iter().flat_map(Host::strategies) {
            let (id, fault) = (strategy.id(), strategy.fault());
            assert!(
                id.as_str() == "versatile" || fault.is_none(),
                "{moment}: {id} does not take its own state back: {fault:?}. Whoever has it in a journal will \
                 find it quarantined; see skills/change-state"
            );
        }
    }
}

#[test]
fn states_as_this_build_writes_them_are_kept() {
    let (played, mut shown) = (scene::play(), Shown::default());
    for it in &played {
        shown.add(it.process, it.snapshot.bytes());
    }
    let known = shown_by_ours();
    let news = shown.beyond(&known);
    if !news.is_empty() && std::env::var_os("NJORD_BLESS").is_some() {
        let number = (1..1_000).find(|number| !file(*number).exists()).unwrap();
        fs::write(file(number), chosen(&played)).unwrap();
        return;
    }
    assert!(news.is_empty(), "no kept state shows {news:#?}{WHAT_TO_DO}");
}

#[test]
fn kept_states_leave_nothing_out_but_what_is_listed() {
    assert_eq!(shown_by_ours().empty(), NEVER_FILLED, "list it, or let the scene fill it");
}

/// As few states as show everything: each time the one that shows most of what the ones before do not.
fn chosen(played: &[scene::Kept]) -> String {
    let (mut lines, mut shown) = (String::new(), Shown::default());
    let each: Vec<Shown> = played
        .iter()
        .map(|it| {
            let mut own = Shown::default();
            own.add(it.process, it.snapshot.bytes());
            own
        })
        .collect();
    loop {
        let news = each.iter().map(|own| own.beyond(&shown).len());
        let (news, best) = news.zip(played).max_by_key(|(news, _)| *news).unwrap();
        if news == 0 {
            return lines;
        }
        shown.add(best.process, best.snapshot.bytes());
        let machines = String::from_utf8(best.snapshot.bytes().to_vec()).unwrap();
        let line = Line {
            moment: best.moment.clone(),
            process: best.process.to_owned(),
            layouts: best.snapshot.layouts().to_vec(),
            machines: RawValue::from_string(machines).unwrap(),
        };
        lines.push_str(&(serde_json::to_string(&line).unwrap() + "\n"));
    }
}
