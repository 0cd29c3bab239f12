//! What a start may be asked for, whatever it is that starts.

use clap::Args;
use launch::Asked;

/// Words beside the settings, which hold for one start and not for what it is told later.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Starting {
    /// Put limits in force that the settings have loosened since they were last in force; needs the
    /// operator's key.
    #[arg(long)]
    pub(crate) loosen: bool,

    /// Start only to get out: what the journal does not repeat is left out and stays in it, every order is
    /// cancelled, and nothing is opened until the kill switch is cleared.
    #[arg(long)]
    get_out: bool,

    /// Stand by a journal whose chain is broken, with the operator's key: says what is accepted, writes that
    /// down, and starts after this one do not begin tripped for it.
    #[arg(long)]
    accept_break: bool,
}

impl Starting {
    /// What is asked of the first turn.
    pub(crate) fn asked(self) -> Asked {
        Asked { get_out: self.get_out, accept_break: self.accept_break }
    }
}
