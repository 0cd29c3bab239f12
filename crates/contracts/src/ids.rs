//! Who, which one, and in what order. Ids are derived from what they name, never random.

use core::fmt;
use core::hash::Hasher as _;
use core::num::{NonZeroU64, NonZeroU128};
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::symbol::name_text;
use crate::text::{InlineText, TextError};
use crate::wire::wire;

/// The service that speaks. In one process or in many, the source of a message is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Market data in.
    MdIngest,
    /// Strategies and execution algorithms.
    StrategyEngine,
    /// The gate.
    RiskEngine,
    /// The only one that talks to the venue.
    ExecutionGateway,
    /// What the venue itself says; stamped by the gateway's shell, or by the simulated venue.
    Venue,
    /// People and programs at the controls.
    Operator,
    /// The process itself: timers, polls of the kill sources.
    Runtime,
    /// The guard of positions. It lives beside the gateway, so its intents are a stream of their own.
    Protector,
    /// Programs outside, which say to strategies what they want. Sources are counted by their place: a new one
    /// comes last.
    External,
}

impl Source {
    /// Every source, in the order that breaks ties between simultaneous messages.
    pub const ALL: [Self; 9] = [
        Self::MdIngest,
        Self::StrategyEngine,
        Self::RiskEngine,
        Self::ExecutionGateway,
        Self::Venue,
        Self::Operator,
        Self::Runtime,
        Self::Protector,
        Self::External,
    ];

    /// The name, as streams and logs write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MdIngest => "md-ingest",
            Self::StrategyEngine => "strategy-engine",
            Self::RiskEngine => "risk-engine",
            Self::ExecutionGateway => "execution-gateway",
            Self::Venue => "venue",
            Self::Operator => "operator",
            Self::Runtime => "runtime",
            Self::Protector => "protector",
            Self::External => "external",
        }
    }
}

wire! {
    /// Which part of a strategy's house spoke; each counts its own intents.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Origin {
        /// The strategy itself.
        Strategy,
        /// A protective group (stop, target, trailing stop) acting for the strategy.
        Protector,
        /// A person or program at the controls: manual orders, cancels.
        Operator,
        /// The gate itself, which closes everything at the highest level of the kill switch.
        Flatten,
    }
}

/// The name of a strategy: lower case letters, digits and `_`, at most sixteen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(8))] // as for symbols
pub struct StrategyId(InlineText<16>);

impl StrategyId {
    /// The strategy of that name.
    pub fn new(name: &str) -> Result<Self, TextError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !name.bytes().all(fits) {
            return Err(TextError::Character);
        }
        InlineText::new(name).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The bytes, padded with zeros; what derived ids and seals are made of.
    pub fn bytes(&self) -> &[u8; 16] {
        self.0.bytes()
    }
}
name_text!(StrategyId, "The name of a strategy.", "^[a-z0-9_]{1,16}$");

/// A short word of a strategy about why it acts (`cross_up`); for people, never for decisions.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(InlineText<16>);

impl Label {
    /// No word.
    pub const NONE: Self = Self(InlineText::EMPTY);

    /// Spaces become `_`; what does not fit or is not plain ASCII is left out.
    pub fn new(text: &str) -> Self {
        let mut kept = [0; 16];
        let mut length = 0;
        for byte in text.bytes().map(|byte| if byte == b' ' { b'_' } else { byte }) {
            if length < kept.len() && (byte.is_ascii_alphanumeric() || b"_-.+".contains(&byte)) {
                kept[length] = byte;
                length += 1;
            }
        }
        let text = core::str::from_utf8(&kept[..length]).unwrap_or_default();
        Self(InlineText::new(text).unwrap_or_default())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl Serialize for Label {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text: InlineText<16> = InlineText::deserialize(d)?;
        Ok(Self(text))
    }
}
crate::schema::text_schema!(Label, Name("A word for people."), "^[!-~]{1,16}$");

/// A counter of `u64` that is a string in JSON, where numbers above 2^53 lose digits.
macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The number as a counter.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }
            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
            /// The one after this; running out of numbers is a bug and halts.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = core::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::text::deserialize_parsed(d)
            }
        }
        crate::schema::text_schema!($name, Whole, "^[0-9]{1,20}$");
    };
}

counter! {
    /// The session: kept across restarts, so that ids derived from it stay the same.
    RunId
}
counter! {
    /// The position of a message among those of one source, epoch and topic; the first is 1.
    Seq
}
counter! {
    /// The number of an intent among those of one strategy and origin; the first is 1.
    IntentSeq
}
counter! {
    /// The venue's own number of a trade; neighbours differ by one, so that a hole shows.
    TradeId
}

/// Counts the starts of a source; persisted, one up each time its process begins.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// An id of 128 bits, written as 32 hexadecimal digits: our name for an order, and the client id
/// that the venue knows it by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct OrderId(NonZeroU128);

impl OrderId {
    /// The id of the order that a strategy's intent asks for: a hash of what names it.
    pub fn derive(run: RunId, strategy: StrategyId, origin: Origin, intent: IntentSeq) -> Self {
        let mut hasher = SipHasher24::new_with_keys(0x6e6a_6f72_645f_6964, 0x6f72_6465_725f_7631);
        hasher.write(&run.get().to_le_bytes());
        hasher.write(strategy.bytes());
        hasher.write(&[origin as u8]);
        hasher.write(&intent.get().to_le_bytes());
        let bits = hasher.finish128().as_u128();
        Self(NonZeroU128::new(bits).unwrap_or(NonZeroU128::MIN))
    }

    /// The id of those bits; `None` for zero.
    pub fn from_bits(bits: u128) -> Option<Self> {
        NonZeroU128::new(bits).map(Self)
    }

    /// The bits.
    pub fn bits(self) -> u128 {
        self.0.get()
    }

    /// The first four digits, for people.
    pub fn short(self) -> impl fmt::Display {
        format_args_short(self)
    }
}

fn format_args_short(id: OrderId) -> impl fmt::Display {
    struct Short(u128);
    impl fmt::Display for Short {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:04x}", self.0 >> 112)
        }
    }
    Short(id.bits())
}

/// Not 32 hexadecimal digits, or all of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an order id: 32 hexadecimal digits in lower case, not all zero")]
pub struct NotAnOrderId;

impl FromStr for OrderId {
    type Err = NotAnOrderId;
    fn from_str(text: &str) -> Result<Self, NotAnOrderId> {
        let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 32 || !text.bytes().all(digits) {
            return Err(NotAnOrderId);
        }
        u128::from_str_radix(text, 16).ok().and_then(Self::from_bits).ok_or(NotAnOrderId)
    }
}
impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.bits())
    }
}
impl fmt::Debug for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for OrderId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for OrderId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(OrderId, Name("An order, 32 hexadecimal digits."), "^[0-9a-f]{32}$");

/// An id that the venue gave: up to 24 capital letters, digits, `-`, `_` or `.`, packed into 128
/// bits. To us it is opaque.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(8))]
pub struct VenueRef(NonZeroU128);

impl VenueRef {
    const ALPHABET: &'static [u8; 39] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
    /// 40^24 is below 2^128.
    const LENGTH_MAX: usize = 24;

    /// Packs the venue's text.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::LENGTH_MAX {
            return Err(TextError::TooLong);
        }
        let mut packed = 0_u128;
        for byte in text.bytes() {
            let place = Self::ALPHABET.iter().position(|&allowed| allowed == byte);
            packed = packed * 40 + place.ok_or(TextError::Character)? as u128 + 1;
        }
        NonZeroU128::new(packed).map(Self).ok_or(TextError::Empty)
    }

    /// The number `number` behind a capital letter; how simulated venues name things.
    pub fn numbered(letter: u8, number: u64) -> Self {
        let mut packed = u128::from(letter.to_ascii_uppercase().clamp(b'A', b'Z') - b'A') + 11;
        let digits = number.checked_ilog10().unwrap_or(0);
        for place in (0..=digits).rev() {
            packed = packed * 40 + u128::from(number / 10_u64.pow(place) % 10) + 1;
        }
        Self(NonZeroU128::new(packed).unwrap_or(NonZeroU128::MIN))
    }
}

impl fmt::Display for VenueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; Self::LENGTH_MAX + 1];
        let (mut start, mut rest) = (text.len(), self.0.get());
        while rest > 0 && start > 0 {
            start -= 1;
            text[start] = Self::ALPHABET[((rest % 40) as usize).saturating_sub(1)];
            rest /= 40;
        }
        f.pad(core::str::from_utf8(&text[start..]).unwrap_or_default())
    }
}
impl fmt::Debug for VenueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl FromStr for VenueRef {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}
impl Serialize for VenueRef {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for VenueRef {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(VenueRef, Name("An id that the venue gave."), "^[0-9A-Z._-]{1,24}$");

/// The number of a run of an execution algorithm, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionId(NonZeroU64);

impl ExecutionId {
    /// The run of that number; `None` for zero.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl FromStr for ExecutionId {
    type Err = core::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
impl Serialize for ExecutionId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for ExecutionId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::text::deserialize_parsed(d)
    }
}
crate::schema::text_schema!(ExecutionId, Whole, "^[1-9][0-9]{0,19}$");

wire! {
    /// What ties together everything that came of one intent, from the strategy to the last fill.
    #[derive(PartialOrd, Ord, Hash)]
    pub struct Corr {
        /// Whose money moves.
        pub strategy: StrategyId,
        /// Which part of the strategy's house asked.
        pub origin: Origin,
        /// Its how-manieth intent.
        pub intent: IntentSeq,
        /// The order (or protective group) this one serves.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub parent: Option<OrderId>,
        /// The run of the execution algorithm that sliced it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub execution: Option<ExecutionId>,
        /// Its number among the slices of that run.
        #[serde(skip_serializing_if = "is_zero", default)]
        pub slice: u32,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(slice: &u32) -> bool {
    *slice == 0
}

impl Corr {
    /// An intent that serves no other order.
    pub fn new(strategy: StrategyId, origin: Origin, intent: IntentSeq) -> Self {
        Self { strategy, origin, intent, parent: None, execution: None, slice: 0 }
    }

    /// Writes every field into a seal or hash, in a fixed order and of fixed length.
    pub fn seal_into(&self, seal: crate::SealWriter) -> crate::SealWriter {
        // Zero is no id, so it can stand for an absent one.
        let Self { strategy, origin, intent, parent, execution, slice } = *self;
        seal.bytes(strategy.bytes())
            .bytes(&[origin as u8])
            .word(intent.get())
            .wide(parent.map_or(0, OrderId::bits))
            .word(execution.map_or(0, ExecutionId::get))
            .word(u64::from(slice))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn order_ids_a_million_intents_all_distinct() {
        let strategies =
            ["ema_cross", "market_maker", "a", "b"].map(|n| StrategyId::new(n).unwrap());
        let mut seen = BTreeSet::new();
        for strategy in strategies {
            for intent in 1..=125_000 {
                for origin in [Origin::Strategy, Origin::Protector] {
                    let intent = IntentSeq::new(intent);
                    seen.insert(OrderId::derive(RunId::new(7), strategy, origin, intent));
                }
            }
        }
        assert_eq!(seen.len(), 1_000_000);
        assert!(seen.iter().all(|id| id.to_string().len() == 32));
    }

    #[test]
    fn order_id_text_round_trips_and_refuses_the_rest() {
        let id = OrderId::from_bits(0xa91c << 112).unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short().to_string(), "a91c");
        for bad in ["", "0", &"0".repeat(32), &"A".repeat(32), &"f".repeat(33), &"g".repeat(32)] {
            assert_eq!(bad.parse::<OrderId>(), Err(NotAnOrderId), "{bad:?}");
        }
    }

    #[test]
    fn venue_ref_packs_and_unpacks() {
        for text in ["OK4GJX-KSTLS-7DZZO5", "0", "00", "Z", &"Z".repeat(24), &".".repeat(24)] {
            assert_eq!(VenueRef::new(text).unwrap().to_string(), text);
        }
        assert_eq!(VenueRef::numbered(b'T', 1_000).to_string(), "T1000");
        assert_eq!(VenueRef::numbered(b'A', 0).to_string(), "A0");
        assert_eq!(VenueRef::new(""), Err(TextError::Empty));
        assert_eq!(VenueRef::new(&"Z".repeat(25)), Err(TextError::TooLong));
        assert_eq!(VenueRef::new("lower"), Err(TextError::Character));
    }
}
