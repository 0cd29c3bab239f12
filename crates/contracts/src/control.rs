//! The controls: the kill switch, pauses, limits, timers, and the health of the messages themselves.

use crate::ids::{Epoch, Seq, Source, TradeId};
use crate::seal::Seal;
use crate::signature::Signature;
use crate::symbol::Symbol;
use crate::time::Ts;
use crate::topic::Topic;
use crate::wire::wire;

wire! {
    /// How much the kill switch stops; each level includes the ones before it.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum KillLevel {
        /// No new or larger positions.
        Entries,
        /// Also: all resting orders are cancelled.
        Cancel,
        /// Also: all positions are closed.
        Flatten,
    }
}

wire! {
    /// What can trip the kill switch.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum KillTrigger {
        /// The file exists.
        File,
        /// The shared key is set.
        Key,
        /// A person said so.
        Command,
        /// The day's loss reached the kill limit.
        DailyLoss,
        /// The fall from the highest equity reached the limit.
        Drawdown,
        /// Our books and the venue's disagree.
        Reconcile,
        /// The journal's chain is broken.
        Audit,
        /// A service died, hung, or met a state that must not be.
        Service,
    }
}

wire! {
    /// Trip the kill switch. Needs no key.
    pub struct Trip {
        /// How far.
        pub level: KillLevel,
        /// Why.
        pub trigger: KillTrigger,
    }
}

wire! {
    /// Clear the kill switch. The shell lets this in only with an operator's signature.
    pub struct ClearKill {
        /// The fingerprint of the operator's key.
        pub operator: u32,
        /// The signature, where the word comes by the bus and each service checks it for itself.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub signed: Option<Signed>,
    }
}

impl ClearKill {
    /// By that operator, whose signature somebody at the door has seen.
    pub const fn by(operator: u32) -> Self {
        Self { operator, signed: None }
    }
}

wire! {
    /// The operator's signature, and the moment that it was made for.
    pub struct Signed {
        /// When.
        pub at: Ts,
        /// Over the purpose, the session and that moment.
        pub signature: Signature,
    }
}

wire! {
    /// One poll of a configured kill source (the file, the shared key).
    pub struct KillPoll {
        /// Which source.
        pub trigger: KillTrigger,
        /// What it said.
        pub reading: KillReading,
    }
}

wire! {
    /// What a kill source said.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum KillReading {
        /// It is there and says go on.
        Clear,
        /// It says stop.
        Tripped,
        /// It cannot be read.
        Unreadable,
    }
}

wire! {
    /// The latch of the kill switch has moved.
    pub struct KillState {
        /// The level it is tripped at; absent when clear.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub level: Option<KillLevel>,
        /// What tripped it, or last cleared it.
        pub trigger: KillTrigger,
        /// Since when.
        pub since: Ts,
    }
}

wire! {
    /// The strategy named by the correlation is paused, or goes on.
    pub struct StrategyControl {
        /// What holds from now on.
        pub run: StrategyRun,
    }
}

wire! {
    /// Whether a strategy runs.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum StrategyRun {
        /// It runs.
        Running,
        /// It hears everything, but none of its entries pass.
        Paused,
        /// It panicked or broke its contract; it hears nothing until a restart.
        Quarantined,
    }
}

wire! {
    /// The shell of a process tells the host of the strategies what is about to happen. Journaled, so that
    /// what comes of it is repeated by a replay.
    pub struct RosterControl {
        /// What it is to do.
        pub step: RosterStep,
    }
}

wire! {
    /// What the host of the strategies is to do.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum RosterStep {
        /// A start, after the replay: take the strategies and policies that the settings name now. Nothing is
        /// said to it, and the whole state is kept and taken back before anything else is taken.
        Adopt,
        /// A start, after the replay and before the settings are taken: what this process took and said last is lost to
        /// it, because its chain was broken there or because it was left out to get out. Others may have heard it.
        Forget,
        /// Say what that has changed, and cancel what nobody looks after.
        Announce,
        /// The state is about to be kept: a strategy whose own does not come back as it was written is
        /// quarantined.
        Keep,
    }
}

wire! {
    /// How much of what a process said has been carried to the world. Its shell notes it, so that the next
    /// start knows what to tell again.
    pub struct Carried {
        /// So many of the messages that must be told, counted since the process began.
        pub outputs: Seq,
    }
}

wire! {
    /// Our books were compared with a statement of the venue. The shell notes it behind the facts that it
    /// found missing, so that the next start knows up to where trades are settled.
    pub struct BooksCompared {
        /// When the statement was drawn up, by the venue's clock.
        pub at: Ts,
        /// How many facts were missing here, and are booked now.
        pub repaired: u32,
        /// How many differences stand open that no fact explains.
        pub open: u32,
        /// The last trade that is settled: when it happened.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub settled: Option<Ts>,
        /// The last trade that is settled: its place among those of that moment.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub settled_trade: Option<TradeId>,
    }
}

wire! {
    /// A timer of a machine has fired. Journaled like every input, so that replay needs no clock.
    pub struct Wake {
        /// The machine's place in the roster.
        pub machine: u8,
        /// The machine's own name for the timer.
        pub timer: u32,
    }
}

wire! {
    /// The last position that a source has reached on a topic; sent every second, so that a gap shows
    /// even in silence.
    pub struct Head {
        /// The topic.
        pub of: Topic,
        /// The source.
        pub source: Source,
        /// Its epoch.
        pub epoch: Epoch,
        /// Its last position.
        pub seq: Seq,
        /// By which the source is known; a head without one is believed by nobody who acts on it.
        #[serde(default)]
        pub seal: Seal,
    }
}

wire! {
    /// Messages are missing.
    pub struct Gap {
        /// The topic.
        pub of: Topic,
        /// The source.
        pub source: Source,
        /// Its epoch.
        pub epoch: Epoch,
        /// The position that should have come.
        pub expected: Seq,
        /// The position that came.
        pub got: Seq,
    }
}

wire! {
    /// A message that could not be read. What it was is kept in the journal as raw bytes.
    pub struct DeadLetter {
        /// Why.
        pub fault: DecodeFault,
        /// The order it seems to be about, where that much could be read.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub order: Option<crate::ids::OrderId>,
        /// Whether it came where intents come; the gate then answers it with a refusal.
        pub intent: bool,
        /// Its length in bytes.
        pub bytes: u32,
    }
}

wire! {
    /// Why a message could not be read.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum DecodeFault {
        /// Not JSON, or longer than a message may be.
        NotJson,
        /// A version that this build does not know.
        UnknownVersion,
        /// A type that this build does not know.
        UnknownType,
        /// A field is missing or has a value it cannot have.
        Field,
        /// Its topic is not the one its body belongs to.
        WrongTopic,
    }
}

wire! {
    /// Something that a person should know.
    pub struct Alert {
        /// What.
        pub code: AlertCode,
        /// The pair it is about.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub symbol: Option<Symbol>,
        /// The order it is about.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub order: Option<crate::ids::OrderId>,
    }
}

wire! {
    /// The alerts that the core raises.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum AlertCode {
        /// The venue reports an order that we never sent.
        ForeignOrder,
        /// The venue reports more filled than the order was for.
        Overfill,
        /// An approval or request with a seal that does not fit.
        ForgedSeal,
        /// The same id with another body.
        ConflictingId,
        /// An order has been of unknown fate for long.
        UnknownTooLong,
        /// A protective group cannot get its exit through.
        ExitBlocked,
        /// A machine reached one of its bounds.
        BoundReached,
        /// A guard was asked for that fits no order that is known; nothing is guarded by it.
        GuardWithoutOrder,
        /// Our books and the venue's differ.
        ReconcileMismatch,
        /// A message from somebody who may not say such things; it was left aside.
        WrongSource,
        /// A fee in a currency without a price; it counts as the highest fee there can be.
        UnpricedFee,
        /// The venue has not shown the account for too long; nothing new is sent until it does.
        NotCompared,
        /// A signal had no effect: no strategy of that name heeds signals, or not such a one.
        SignalUnheeded,
    }
}
