//! What a start is asked for beyond the settings, by whoever runs it.

use contracts::KillTrigger;
use journal::Found;
use runtime::Seat;
use settings::{KeyFolder, Loaded, Problem};

/// What a start is asked for. The turns after it, with other settings, are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// To get out: where the machines do not repeat their journal, what they do not repeat is left out, and the
    /// kill switch is tripped.
    pub get_out: bool,
    /// The operator stands by a chain that is broken: starts after this one do not begin tripped for it.
    pub accept_break: bool,
}

impl Asked {
    /// Nobody stands by a broken chain without the operator's key.
    pub fn allowed(self, loaded: &Loaded) -> Result<Self, Problem> {
        if self.accept_break {
            KeyFolder::at(&loaded.places().keys).operator()?;
        }
        Ok(self)
    }

    /// What to say of a chain that is broken, or that was and nobody has accepted it; nothing where there is none
    /// and nobody asked. `again` are the words of the same start.
    pub fn of_a_break(self, seat: &Seat, again: &str) -> String {
        let what = match &seat.found {
            Found::Broken { seq, place, why } => format!(
                "the chain breaks at record {seq} in {place}: {why}; it was put aside as it is"
            ),
            _ if seat.must_halt == Some(KillTrigger::Audit) => {
                "a chain that broke before, and was put aside as it was, is not accepted yet"
                    .to_owned()
            }
            _ if self.accept_break => return "break  there is none to accept\n".to_owned(),
            _ => return String::new(),
        };
        let then = if self.accept_break {
            "accepted, and written down; this start begins tripped, and `njord kill clear` ends that"
                .to_owned()
        } else {
            format!(
                "every start begins tripped until the operator accepts it: {again} --accept-break"
            )
        };
        format!("break  {what}\n       {then}\n")
    }
}
