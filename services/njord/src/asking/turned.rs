//! Services that are processes of their own go on with the settings as they are now: a bell at the folder of each.

use std::time::Duration;

use launch::{AnswersAt, Bell, Blueprint, Loosening, Seals, answers_at, runs_here};
use runtime::Stop;
use settings::{BusKind, KeyFolder};

use super::Asking;
use super::client::{self, Trouble};
use crate::failure::Failure;
use crate::finding::Finding;
use crate::running::services;

/// How often it is looked whether they are back, and for how long.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 400;

/// One whose bell was rung.
struct Rung {
    service: &'static str,
    bell: Bell,
    /// What it said of itself before.
    before: AnswersAt,
}

impl Asking<'_> {
    /// Rings at each service, and gives what is found of each; nothing where the settings do not have them apart.
    /// Settings that make no sense are rung for nobody.
    pub(crate) fn turn_each(
        &self,
        loosening: Option<&Loosening>,
    ) -> Result<Option<Vec<Finding>>, Failure> {
        let loaded = self.loaded();
        if loaded.settings().bus.kind != BusKind::Redis {
            return Ok(None);
        }
        runs_here(loaded)?;
        let seals = Seals::of(&KeyFolder::at(&loaded.places().keys))?;
        Blueprint::of(loaded, &self.context.registry, &seals)?;
        let mut rung = Vec::new();
        let mut findings = Vec::new();
        for service in services().map(|service| service.name) {
            match answers_at(loaded, service).filter(runs) {
                None => findings.push(
                    Finding::fail(service, "does not run; its next start has these settings")
                        .advice(format!("{} service {service}", self.context.program.typed)),
                ),
                Some(before) => {
                    let bell = Bell::of(loaded, service);
                    bell.ring(loosening).map_err(|error| {
                        Failure::new("reload", service, format!("its bell cannot be rung: {error}"))
                            .advice("the same user as the service")
                    })?;
                    rung.push(Rung { service, bell, before });
                }
            }
        }
        findings.extend(rung.iter().map(|rung| self.wait_for(rung)));
        Ok(Some(findings))
    }

    fn wait_for(&self, rung: &Rung) -> Finding {
        let Rung { service, bell, before } = rung;
        let nobody_says_stop = Stop::default();
        for _ in 0..LOOKS {
            if let Some(why) = bell.refusal() {
                return Finding::fail(service, format!("refused, and goes on as before: {why}"))
                    .advice("njord config check, which shows all");
            }
            // Somebody else may have rung as well, and the turn that began may be theirs.
            let is_another = |now: &AnswersAt| now.began != before.began && !bell.is_rung();
            if let Some(now) = answers_at(self.loaded(), service).filter(is_another) {
                let short = now.settings.get(..8).unwrap_or(&now.settings);
                return Finding::ok(service, format!("goes on with settings {short}"));
            }
            nobody_says_stop.wait(LOOK_EVERY);
        }
        let what = format!("has not come back in {} s", (LOOK_EVERY * LOOKS).as_secs());
        Finding::fail(service, what).advice("its log")
    }
}

/// Whether somebody answers there.
fn runs(said: &AnswersAt) -> bool {
    !matches!(client::get(said.address, "/health"), Err(Trouble::Nobody))
}
