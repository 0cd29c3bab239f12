//! A spell in which somebody is not to be heard: whoever is not sure then opens nothing, and when it is over
//! everything goes on by itself.

use contracts::Span;

use super::troupe::Troupe;
use crate::commands::demo::promise::tripped_by_itself;
use crate::failure::Failure;

/// After so long everybody knows that they cannot be sure: silence is doubted after three seconds, and what was
/// approved before it may still be on its way.
const DOUBT: Span = Span::from_secs(5);

impl Troupe<'_> {
    /// Waits until there is trade, before something is done to somebody.
    pub(super) fn trades(&mut self) -> Result<(), Failure> {
        let before = self.play.fills();
        self.until("executions before the next is done to somebody", |play| play.fills() > before)
    }

    /// The spell itself, so long.
    pub(super) fn opens_nothing(&mut self, spell: &str, span: Span) -> Result<(), Failure> {
        self.rest(DOUBT);
        let opened = self.play.opened();
        self.rest(Span::from_nanos(span.nanos() - DOUBT.nanos()));
        self.nobody_ended()?;
        let more = self.play.opened() - opened;
        if more == 0 {
            return Ok(());
        }
        let what = format!("while {spell}, {more} orders were approved that open something");
        Err(Failure::new("promise", "", what).advice("report it, with the folder of the demo"))
    }

    /// From its end to the next execution.
    pub(super) fn trades_again(&mut self, spell: &str) -> Result<Span, Failure> {
        let (ended, fills) = (self.play.now(), self.play.fills());
        self.until(&format!("executions after {spell}"), |play| play.fills() > fills)?;
        if self.play.is_tripped() {
            return Err(tripped_by_itself(spell));
        }
        Ok(self.play.now().since(ended))
    }
}
