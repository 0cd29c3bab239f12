//! The world that tries to break us.
//!
//! A [`World`] runs several processes of machines on virtual time: their sequencers are the real
//! ones, their disks lose what was not synced, and the network between them drops, doubles, delays
//! and reorders. Everything follows from one seed, so whatever goes wrong goes wrong again.
//!
//! It never reads a clock and never waits: a simulated minute takes as long as its messages do.

mod brittle;
mod desk;
mod disk;
mod faults;
mod judge;
mod node;
mod noise;
mod treadmill;
mod trial;
mod world;

pub use desk::{Desk, NotADesk};
pub use disk::Disk;
pub use faults::{Crash, Faults, Item, Trouble};
pub use judge::{Account, Counts, Judge};
pub use node::{Node, NodeSpec, StreamKey, Took};
pub use noise::{Noise, NoiseConfig};
pub use treadmill::Treadmill;
pub use trial::{Journal, Layout, Outcome, Tamper, Trial};
pub use world::{Happening, MarketFeed, Observer, Violation, World, WorldSpec};
