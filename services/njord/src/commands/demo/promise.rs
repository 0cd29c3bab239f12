//! What a demo that kills promises, whoever is killed.

use std::path::Path;

use launch::{Whose, repeat};
use runtime::wall_clock;
use settings::Loaded;

use crate::commands::{Context, replay};
use crate::failure::Failure;
use crate::running;

/// The journals stay small, and whoever trades for long may lose more than in a minute.
pub(super) const FLAGS: [&str; 4] = [
    "market.hurry=20",
    "risk.daily_loss_cap=50000",
    "risk.daily_loss_kill=90000",
    "risk.drawdown_kill=90000",
];

/// Nobody pulled the kill switch.
pub(super) fn tripped_by_itself(when: &str) -> Failure {
    Failure::new("promise", "", format!("the kill switch tripped by itself: {when}"))
        .advice("`njord why` and the logs, in home of the folder of the demo")
}

/// How much was replayed.
#[derive(Default)]
pub(super) struct Replayed {
    pub(super) inputs: u64,
    pub(super) outputs: u64,
}

impl Replayed {
    /// A journal again, from its first record to its last: it has to come to the same.
    pub(super) fn replay(
        &mut self,
        whose: Whose<'_>,
        folder: &Path,
        loaded: &Loaded,
        context: &Context<'_>,
    ) -> Result<(), Failure> {
        let whole = repeat(whose, folder, running::deps(loaded, context, &wall_clock()))
            .map_err(|why| running::not_launched(why, &loaded.places().keys, context))?;
        if !replay::repeats(&whole) || whole.unwritten > 0 || whole.torn {
            let why = whole.parted.as_ref().map(replay::parting);
            let why = why.unwrap_or_else(|| format!("not all of it is repeated: {whole:?}"));
            return Err(Failure::new("promise", folder.display().to_string(), why)
                .advice("report it, with the folder of the demo"));
        }
        self.inputs += whole.inputs;
        self.outputs += whole.outputs;
        Ok(())
    }
}
