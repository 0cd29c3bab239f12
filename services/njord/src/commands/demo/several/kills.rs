//! One after another is killed, at moments that nobody can know, and Redis between them too.

use std::collections::BTreeMap;

use contracts::Span;
use kernel::Seeded;

use super::troupe::Troupe;
use crate::commands::demo::promise::tripped_by_itself;
use crate::failure::Failure;
use crate::output::progress;
use crate::running::services;

/// How long all work before the next of them is killed, in milliseconds.
const LIFE: (i64, i64) = (20, 1_500);
/// How long one that was killed stays away, in milliseconds.
const AWAY: (i64, i64) = (0, 400);
/// Every so many times it is Redis: without its data and with it, in turn.
const REDIS_EVERY: u32 = 12;
/// How often somebody is given the time to trade again before the next kill, in a million: whoever sends to the
/// venue waits a while after each start.
const REST_PPM: u32 = 150_000;
const REST: Span = Span::from_secs(6);

/// What the killing came to.
#[derive(Default)]
pub(super) struct Killed {
    pub(super) of: BTreeMap<&'static str, u32>,
    pub(super) redis: u32,
    pub(super) redis_emptied: u32,
}

impl Troupe<'_> {
    /// Kills so often, in turn.
    pub(super) fn kill(&mut self, kills: u32, mut dice: Seeded) -> Result<Killed, Failure> {
        let names = services().map(|service| service.name);
        let (mut killed, mut turn) = (Killed::default(), 0);
        for number in 0..kills {
            self.rest(Span::from_millis(dice.between(LIFE.0, LIFE.1)));
            self.nobody_ended()?;
            if self.play.is_tripped() {
                return Err(tripped_by_itself(&format!("at kill {number}")));
            }
            if (number + 1) % REDIS_EVERY == 0 {
                let keeps_data = killed.redis % 2 == 1;
                self.redis.kill(keeps_data)?;
                killed.redis += 1;
                killed.redis_emptied += u32::from(!keeps_data);
            } else {
                let name = names[turn % names.len()];
                turn += 1;
                if let Some(actor) = self.actors.remove(name) {
                    self.play.listen(actor.kill());
                }
                self.rest(Span::from_millis(dice.between(AWAY.0, AWAY.1)));
                self.enter(name)?;
                *killed.of.entry(name).or_default() += 1;
            }
            if dice.chance_ppm(REST_PPM) {
                self.rest(REST);
            }
            progress(&format!("{} of {kills} killed", number + 1));
        }
        Ok(killed)
    }
}
