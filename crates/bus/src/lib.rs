//! The bus: what processes say to each other.
//!
//! The journal is the truth and the bus is a doorbell. A [`Bus`] is a server between processes: in memory,
//! Redis, or either of them with faults. On top of any of them stand a [`Speaker`], which carries what a
//! process says and heals from its journal what is missing; a [`Reader`], which follows durable streams
//! from a position and checks who wrote them; a [`Listener`], which hears what may be lost and says where
//! it was; and a [`Keeper`], which sees to it that one process alone uses an account.
//!
//! Nothing here blocks those who speak, grows without a bound, or believes what a server shows. It reads no
//! clock, draws nothing and starts no thread: whoever runs the process hands those in.

mod backoff;
mod counts;
mod faulty;
mod history;
mod lease;
mod life;
mod line;
mod listen;
mod memory;
mod news;
mod place;
mod policy;
mod read;
mod redis;
mod speak;
mod track;
mod trust;

pub use backoff::Backoff;
pub use counts::{Counts, Totals};
pub use faulty::{Faults, FaultyBus};
pub use history::{History, HistoryFault, Recent, Tail};
pub use lease::{Keeper, Lease, LeaseSetup, Standing as LeaseStanding};
pub use line::{
    Answer, Appended, Ask, Bus, End, Entry, Fault, FaultKind, Fetching, Found, Hearing, Keep,
    KillKey, Message, Standing, Writing,
};
pub use listen::{Listener, ListenerSetup};
pub use memory::MemoryBus;
pub use news::{Alarm, AlarmKind, News};
pub use place::{Channel, NotAName, NotAPosition, Position, RawId, ReaderName, Stream};
pub use policy::{Bounds, Offered, Refusal, Room};
pub use read::{Confirmed, Reader, ReaderSetup};
pub use redis::{Login, Password, RedisBus, RedisSetup, Unusable};
pub use speak::{Mouth, Plan, Speaker, SpeakerSetup, speak};
pub use trust::{Genuine, Mac, Signer, SourceKey, Verifier};
