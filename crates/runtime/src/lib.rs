//! The shell around the machines.
//!
//! One thread owns the [sequencer](kernel::Sequencer) of a process and takes one input at a time from
//! bounded [`Doors`]. A turn, an input with everything that follows from it, is handed to the journal;
//! what it says to the world waits with the carrier until the disk has it. Recovery is starting: the
//! [`Seat`] of a process is taken from its journal.
//!
//! This crate is the only one that reads the clock of the machine and starts threads. It decides
//! nothing: whatever is to be decided is decided by machines.

mod aside;
mod beside;
mod books;
mod brake;
mod carrier;
mod clock;
mod doors;
mod entropy;
mod exchange;
mod hearers;
mod hung;
mod kill;
mod link;
mod losses;
mod numbers;
mod pace;
mod process;
mod purpose;
mod reach;
mod replayed;
mod seat;
mod shell;
mod side_by_side;
mod signals;
mod stop;
mod teller;
mod untold;
mod watch;
mod whole;
mod wire;
mod worker;

pub use aside::aside;
pub use books::Comparing;
pub use brake::{Brake, Holds, Switch, read_kill_file};
pub use carrier::Outlet;
pub use clock::{ManualClock, ahead_of_machine, not_before, wall_clock};
pub use doors::{DoorLimits, Doors, Inbox, Lane, Next, Offered};
pub use entropy::entropy;
pub use exchange::{Exchange, Ticker};
pub use hung::{HungNote, Notes};
pub use kill::{
    Answer, Elsewhere, KeyOnBus, KillFile, KillLimits, KillSource, KillWatch, LastCall, NoAnswer,
    OwnLine, SameProcess, Unaided, Watched, Who, Why, run_watched,
};
pub use link::{Link, ToVenue};
pub use numbers::CountedFiles;
pub use pace::pace;
pub use process::{Beginning, ProcessConfig, run};
pub use reach::Reach;
pub use seat::{NoSeat, Seat, take_seat, take_seat_after_hang, take_seat_to_get_out};
pub use shell::Ended;
pub use side_by_side::side_by_side;
pub use signals::{OnSignals, hear_signals, stop_on_signals};
pub use stop::Stop;
pub use teller::{Reopen, Teller};
pub use watch::{Condition, Pulse, Watchdog, WatchdogLimits};
pub use whole::{Change, Difference, Parting, PassedOver, Whole, replay_whole};
pub use worker::Worker;
