//! How a command ended, as the number that scripts ask for. The one table of them.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done, or the answer is good.
    Done,
    /// It was tried and could not be done.
    Failed,
    /// The command line means nothing; nothing was done.
    Usage,
    /// `audit verify`: good, up to a tail that is not whole.
    Torn,
    /// `kill check`: the kill switch is tripped.
    Tripped,
    /// `doctor`: something has to be mended first.
    NotReady,
    /// `audit verify`: this is not what was written.
    Broken,
    /// What ran could not go on.
    CouldNotGoOn,
}

impl Exit {
    /// Every ending.
    pub(crate) const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Torn,
        Self::Tripped,
        Self::NotReady,
        Self::Broken,
        Self::CouldNotGoOn,
    ];

    /// The number. Verifying a journal has published numbers of its own, of which 2, as that of a tripped kill
    /// switch, is also that of a command line nobody understands: that one says nothing on standard output.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage | Self::Torn | Self::Tripped => 2,
            Self::NotReady | Self::Broken => 3,
            Self::CouldNotGoOn => 4,
        }
    }

    /// What it means, for the documentation.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Done => "done, or the answer is good",
            Self::Failed => {
                "it was tried and could not be done; settings that are wrong are this too"
            }
            Self::Usage => "the command line means nothing; nothing was done",
            Self::Tripped => "`kill check`: the kill switch is tripped",
            Self::Torn => "`audit verify`: the journal is good up to a tail that is not whole",
            Self::NotReady => "`doctor`: something has to be mended first",
            Self::Broken => "`audit verify`: the journal is not what was written",
            Self::CouldNotGoOn => "`up`, `venue`: it ran, and could not go on",
        }
    }
}
