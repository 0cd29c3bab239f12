//! What a gateway is set up with.

use contracts::{Money, SealKey, Span};
use risk::LatchRules;

/// What a trip of the kill switch at the level `cancel` does to the orders that guard positions. At
/// `entries` they stay in any case, at `flatten` they go in any case: they would hold what is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtectiveOnKill {
    /// They stay at the venue and go on working, even while we are dead.
    Keep,
    /// They are cancelled like every other order. Until the switch is cleared the levels are watched
    /// here only: a stop that is reached is closed by an immediate order, but not while we are dead.
    Cancel,
}

/// The set-up.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The key that the gate seals its approvals with.
    pub gate_key: SealKey,
    /// The key that requests to the venue are sealed with.
    pub venue_key: SealKey,
    /// The venue drops an order that reaches it later than this after it was sent.
    pub deadline: Span,
    /// How far beyond a deadline a "not found" must lie to be believed.
    pub grace: Span,
    /// Without an answer for so long, the fate of a request is unknown.
    pub answer_timeout: Span,
    /// The longest pause between two questions about the same order.
    pub ask_every_max: Span,
    /// How often an order that rests in peace is asked about, so that a lost report is found.
    pub check_every: Span,
    /// The largest order that is sent, whatever an approval says.
    pub order_notional_max: Money,
    /// The most orders that are open at a time; one more is refused, and said. Those that only
    /// reduce find room for as many again. More than the gate ever approves.
    pub orders_max: usize,
    /// How many finished orders are remembered, for facts that come late.
    pub finished_kept: usize,
    /// Renew the venue's dead man's switch with this timeout while orders are open.
    pub dead_man: Option<Span>,
    /// What trips the kill switch from outside; the gate and the protector are told the same.
    pub kill: LatchRules,
    /// The gate is in a process of its own: what trips the switch in this one is told to it.
    pub tells_trips: bool,
    /// What a trip at the level `cancel` does to protective orders; the protector is told the same.
    pub protective_on_kill: ProtectiveOnKill,
}

impl GatewayConfig {
    /// The usual set-up with those keys.
    pub fn new(gate_key: SealKey, venue_key: SealKey) -> Self {
        Self {
            gate_key,
            venue_key,
            deadline: Span::from_secs(5),
            grace: Span::SECOND,
            answer_timeout: Span::from_secs(2),
            ask_every_max: Span::from_secs(30),
            check_every: Span::from_secs(10),
            order_notional_max: Money::from_units(1_000_000),
            orders_max: 4_096,
            finished_kept: 4_096,
            dead_man: None,
            kill: LatchRules::none(),
            tells_trips: false,
            protective_on_kill: ProtectiveOnKill::Cancel,
        }
    }
}
