"""The messages of Njord as Python types. Generated from the Rust types; do not edit.

    for line in open("messages.jsonl"):
        message = njord.parse(line)
        if isinstance(message.body, njord.Fill):
            print(message.body.symbol, message.body.price * message.body.qty)

Amounts are `Decimal` and exact as read; a product is as exact as the decimal context, whose default of
28 digits is short for money: `decimal.getcontext().prec = 60` is enough. Times are nanoseconds since
1970. A field that was absent is None. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Text:
    """On the wire a string of this pattern."""

    pattern: str


@dataclass(frozen=True)
class Between:
    """A whole number within these bounds."""

    least: int
    most: int


VERSION = 1

# The alerts that the core raises.
AlertCode = Literal[
    # The venue reports an order that we never sent.
    "foreign_order",
    # The venue reports more filled than the order was for.
    "overfill",
    # An approval or request with a seal that does not fit.
    "forged_seal",
    # The same id with another body.
    "conflicting_id",
    # An order has been of unknown fate for long.
    "unknown_too_long",
    # A protective group cannot get its exit through.
    "exit_blocked",
    # A machine reached one of its bounds.
    "bound_reached",
    # A guard was asked for that fits no order that is known; nothing is guarded by it.
    "guard_without_order",
    # Our books and the venue's differ.
    "reconcile_mismatch",
    # A message from somebody who may not say such things; it was left aside.
    "wrong_source",
    # A fee in a currency without a price; it counts as the highest fee there can be.
    "unpriced_fee",
    # The venue has not shown the account for too long; nothing new is sent until it does.
    "not_compared",
    # A signal had no effect: no strategy of that name heeds signals, or not such a one.
    "signal_unheeded",
]

# An asset, such as `BTC`.
Asset = Annotated[str, Text(r"^[A-Za-z0-9.]{1,8}$")]

# Basis points (1e-4), signed: a collar, a stop distance, a spread.
Bps = Annotated[int, Between(-2147483648, 2147483647)]

# Why a message could not be read.
DecodeFault = Literal[
    # Not JSON, or longer than a message may be.
    "not_json",
    # A version that this build does not know.
    "unknown_version",
    # A type that this build does not know.
    "unknown_type",
    # A field is missing or has a value it cannot have.
    "field",
    # Its topic is not the one its body belongs to.
    "wrong_topic",
]

# Counts the starts of a source; persisted, one up each time its process begins.
Epoch = Annotated[int, Between(0, 4294967295)]

# A whole number as text: JSON numbers lose digits above 2^53.
ExecutionId = Annotated[int, Text(r"^[1-9][0-9]{0,19}$")]

# How well we see a market.
FeedState = Literal[
    # Complete and current.
    "live",
    # Something is missing; prices must not be trusted until it is live again.
    "gap",
    # Silent for longer than it should be.
    "stale",
    # Not connected.
    "down",
]

# A whole number as text: JSON numbers lose digits above 2^53.
IntentSeq = Annotated[int, Text(r"^[0-9]{1,20}$")]

# How much the kill switch stops; each level includes the ones before it.
KillLevel = Literal[
    # No new or larger positions.
    "entries",
    # Also: all resting orders are cancelled.
    "cancel",
    # Also: all positions are closed.
    "flatten",
]

# What a kill source said.
KillReading = Literal[
    # It is there and says go on.
    "clear",
    # It says stop.
    "tripped",
    # It cannot be read.
    "unreadable",
]

# What can trip the kill switch.
KillTrigger = Literal[
    # The file exists.
    "file",
    # The shared key is set.
    "key",
    # A person said so.
    "command",
    # The day's loss reached the kill limit.
    "daily_loss",
    # The fall from the highest equity reached the limit.
    "drawdown",
    # Our books and the venue's disagree.
    "reconcile",
    # The journal's chain is broken.
    "audit",
    # A service died, hung, or met a state that must not be.
    "service",
]

# A word for people.
Label = Annotated[str, Text(r"^[!-~]{1,16}$")]

# Where a level stands in the venue's message.
LevelPart = Literal[
    # The first level of a snapshot: the book before it is void.
    "snapshot_start",
    # A level with more to follow.
    "more",
    # The last level: the book is whole again.
    "last",
    # First and last level of a snapshot.
    "snapshot_only",
]

# A limit, by the name it has in the settings.
LimitKey = Literal[
    # The largest single order, in money.
    "order_notional_max",
    # The largest single order of one instrument, in base currency.
    "order_qty_max",
    # The most of one instrument.
    "symbol_gross_max",
    # The most in one strategy's hands.
    "strategy_gross_max",
    # The most altogether.
    "portfolio_gross_max",
    # The most in one direction.
    "portfolio_net_max",
    # The most open orders.
    "open_orders_max",
    # Orders a minute for one instrument.
    "symbol_orders_per_minute",
    # Orders a minute of one strategy.
    "strategy_orders_per_minute",
    # How far from the market a price may be.
    "collar",
    # How old a price may be.
    "price_age_max",
    # The day's loss beyond which only reducing orders pass.
    "daily_loss_cap",
    # The day's loss beyond which the kill switch trips.
    "daily_loss_kill",
    # The fall beyond which the kill switch trips.
    "drawdown_kill",
    # The highest fee, reserved beside the price; the one limit that is looser when it is lower.
    "fee_max",
    # The hard cap on every live order.
    "live_cap",
    # How long an approval may wait to be sent.
    "approval_ttl",
]

# What became of a change of a limit.
LimitOutcome = Literal[
    # It is in force.
    "in_force",
    # It would loosen the limit, and no operator has signed for that.
    "needs_operator",
    # Its version is not above the one in force.
    "old_version",
    # The limits would make no sense with it.
    "invalid",
]

# Who waited and who came.
Liquidity = Literal[
    # The order was resting.
    "maker",
    # The order came and took.
    "taker",
]

# Which orders the venue takes for an instrument.
MarketStatus = Literal[
    # All.
    "online",
    # Limit orders that rest, and cancels.
    "post_only",
    # Cancels.
    "cancel_only",
    # None.
    "maintenance",
]

# An exact decimal number as text: no exponent, no float.
Money = Annotated[Decimal, Text(r"^-?[0-9]+(\.[0-9]{1,24})?$")]

# An exact decimal number as text: no exponent, no float.
Net = Annotated[Decimal, Text(r"^-?[0-9]+(\.[0-9]{1,12})?$")]

# An order, 32 hexadecimal digits.
OrderId = Annotated[str, Text(r"^[0-9a-f]{32}$")]

# The wire names of the kinds of order.
OrderKind = Literal[
    "market",
    "limit",
    "stop",
    "stop_limit",
]

# Where an order stands, as far as the venue has told us.
OrderState = Literal[
    # About to be sent, or sent and not answered yet.
    "pending_new",
    # Live at the venue, nothing filled.
    "new",
    # Live at the venue, partly filled.
    "partially_filled",
    # Live at the venue as far as we know; a cancel is on its way.
    "pending_cancel",
    # An answer went missing. It may be live, filled, or never have arrived; it counts as live
    # until the venue proves otherwise.
    "unknown",
    # Done: all of it traded.
    "filled",
    # Done: cancelled, perhaps after a part traded.
    "cancelled",
    # Done: the venue refused it.
    "rejected",
    # Done: its time ran out.
    "expired",
]

# Which part of a strategy's house spoke; each counts its own intents.
Origin = Literal[
    # The strategy itself.
    "strategy",
    # A protective group (stop, target, trailing stop) acting for the strategy.
    "protector",
    # A person or program at the controls: manual orders, cancels.
    "operator",
    # The gate itself, which closes everything at the highest level of the kill switch.
    "flatten",
]

# Parts per million (1e-6), signed: fee rates, where the venue's 0.23 % is 2300 and a rebate is
# negative.
Ppm = Annotated[int, Between(-2147483648, 2147483647)]

# An exact decimal number as text: no exponent, no float.
Price = Annotated[Decimal, Text(r"^[0-9]+(\.[0-9]{1,12})?$")]

# An exact decimal number as text: no exponent, no float.
Qty = Annotated[Decimal, Text(r"^[0-9]+(\.[0-9]{1,12})?$")]

# Why the gate says no. Each reason belongs to one rule, each rule to one file of `risk`.
Reason = Literal[
    # The intent could not be read, or its id does not belong to it.
    "malformed",
    # Whoever sent it may not ask in that name.
    "wrong_source",
    # The same intent came before.
    "duplicate",
    # Nobody wants it any more.
    "expired",
    # The kill switch is tripped.
    "kill_switch",
    # Whether the kill switch is tripped cannot be known.
    "kill_switch_unknown",
    # This strategy is paused.
    "strategy_paused",
    # No such instrument.
    "unknown_symbol",
    # The instrument does not take such orders now.
    "market_closed",
    # The price is not on a tick.
    "tick",
    # The quantity is not in whole lots.
    "lot",
    # Below the venue's smallest quantity.
    "qty_min",
    # Below the venue's smallest cost.
    "cost_min",
    # An amend or cancel of an order that this strategy does not have.
    "unknown_order",
    # An order of this instrument has an unknown fate; nothing new until it is known.
    "order_unknown",
    # There is no price to judge by.
    "no_price",
    # The last price is too old.
    "stale_price",
    # The market data has a gap, is stale or down.
    "feed_unsafe",
    # The limit price is too far from the market.
    "price_collar",
    # The order is too large, in money.
    "order_notional",
    # The order is too large, in base currency.
    "order_qty",
    # The hard cap on every live order.
    "live_cap",
    # Too much of this instrument.
    "symbol_gross",
    # Too much in this strategy's hands.
    "strategy_gross",
    # Too much altogether.
    "portfolio_gross",
    # Too much in one direction.
    "portfolio_net",
    # Too many open orders.
    "open_orders",
    # Too many orders for this instrument in a minute.
    "symbol_rate",
    # Too many orders of this strategy in a minute.
    "strategy_rate",
    # Not enough free cash.
    "balance",
    # Not enough free inventory to sell.
    "inventory",
    # It could trade with an own order.
    "self_cross",
    # The day's loss has reached the cap; only reducing orders pass until 00:00 UTC.
    "daily_loss",
    # It says that it only reduces, but it would not.
    "not_reducing",
    # A number left the range of exact arithmetic.
    "out_of_range",
]

# What the host of the strategies is to do.
RosterStep = Literal[
    # A start, after the replay: take the strategies and policies that the settings name now.
    # Nothing is said to it, and the whole state is kept and taken back before anything else is
    # taken.
    "adopt",
    # A start, after the replay and before the settings are taken: what this process took and
    # said last is lost to it, because its chain was broken there or because it was left out to
    # get out. Others may have heard it.
    "forget",
    # Say what that has changed, and cancel what nobody looks after.
    "announce",
    # The state is about to be kept: a strategy whose own does not come back as it was written
    # is quarantined.
    "keep",
]

# The kinds of report.
Says = Literal[
    # The order is live.
    "accepted",
    # The order was refused; it never lived.
    "rejected",
    # The order was changed.
    "amended",
    # The change was refused; the order is as it was.
    "amend_rejected",
    # The cancel found nothing to cancel.
    "cancel_rejected",
    # The order ended before all of it traded.
    "cancelled",
    # The order's lifetime ended.
    "expired",
    # All of the order has traded.
    "filled",
    # Answer to a query: the order is live.
    "working",
    # Answer to a query: there is no such order, and none that arrived in time can still come.
    "not_found",
]

# A keyed tag, 16 hexadecimal digits.
Seal = Annotated[str, Text(r"^[0-9a-f]{16}$")]

# A whole number as text: JSON numbers lose digits above 2^53.
Seq = Annotated[int, Text(r"^[0-9]{1,20}$")]

# Buy or sell.
Side = Literal[
    # Buy the base, pay the quote.
    "buy",
    # Sell the base, receive the quote.
    "sell",
]

# An Ed25519 signature, 128 hexadecimal digits.
Signature = Annotated[str, Text(r"^[0-9a-f]{128}$")]

# The service that speaks. In one process or in many, the source of a message is the same.
Source = Literal[
    # Market data in.
    "md-ingest",
    # Strategies and execution algorithms.
    "strategy-engine",
    # The gate.
    "risk-engine",
    # The only one that talks to the venue.
    "execution-gateway",
    # What the venue itself says; stamped by the gateway's shell, or by the simulated venue.
    "venue",
    # People and programs at the controls.
    "operator",
    # The process itself: timers, polls of the kill sources.
    "runtime",
    # The guard of positions. It lives beside the gateway, so its intents are a stream of their
    # own.
    "protector",
    # Programs outside, which say to strategies what they want. Sources are counted by their
    # place: a new one comes last.
    "external",
]

# A whole number as text: JSON numbers lose digits above 2^53.
Span = Annotated[int, Text(r"^[0-9]{1,19}$")]

# The name of a strategy.
StrategyId = Annotated[str, Text(r"^[a-z0-9_]{1,16}$")]

# Whether a strategy runs.
StrategyRun = Literal[
    # It runs.
    "running",
    # It hears everything, but none of its entries pass.
    "paused",
    # It panicked or broke its contract; it hears nothing until a restart.
    "quarantined",
]

# A pair, such as `BTC/USD`.
Symbol = Annotated[str, Text(r"^[A-Za-z0-9.]{1,8}/[A-Za-z0-9.]{1,8}$")]

# The wire names of the lifetimes.
Tif = Literal[
    "gtc",
    "post",
    "ioc",
    "gtd",
]

# The length of a bar.
Timeframe = Literal[
    # A minute.
    "1m",
    # Five minutes.
    "5m",
    # A quarter of an hour.
    "15m",
    # An hour.
    "1h",
    # Four hours.
    "4h",
    # A day.
    "1d",
]

# A topic, such as `md.trades.BTC-USD`.
Topic = Annotated[str, Text(r"^[a-z]+\.[a-z_]+(\.[0-9]+[mhd])?(\.[A-Za-z0-9.]+-[A-Za-z0-9.]+)?$")]

# A whole number as text: JSON numbers lose digits above 2^53.
TradeId = Annotated[int, Text(r"^[0-9]{1,20}$")]

# A whole number as text: JSON numbers lose digits above 2^53.
Ts = Annotated[int, Text(r"^[0-9]{1,19}$")]

# Why an order ended, or why a request for it was refused.
VenueReason = Literal[
    # Nothing to explain.
    "none",
    # We asked for it.
    "requested",
    # The rest of an immediate order.
    "immediate_rest",
    # A post-only order would have taken.
    "would_take",
    # Self-trade prevention.
    "self_trade",
    # The lifetime ended.
    "lifetime_ended",
    # The venue's dead man's switch fired.
    "dead_man",
    # The request came after its deadline.
    "too_late",
    # The price is not on a tick.
    "tick",
    # The quantity is not in whole lots.
    "lot",
    # Below the smallest quantity or cost.
    "minimum",
    # Not enough funds.
    "funds",
    # The pair is not known or not open.
    "closed",
    # The client id is taken by another order.
    "duplicate_id",
    # The venue does not know the order.
    "unknown_order",
    # There was nothing to trade with.
    "no_liquidity",
    # Too many requests.
    "rate_limit",
    # The request was not properly authorised.
    "denied",
    # The request itself made no sense to the venue.
    "invalid",
    # The approval ran out before the order was sent.
    "approval_expired",
    # The kill switch stopped it before it was sent.
    "halted",
    # Anything else the venue said.
    "other",
]

# An id that the venue gave.
VenueRef = Annotated[str, Text(r"^[0-9A-Z._-]{1,24}$")]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know."""

    # What.
    code: AlertCode

    # The order it is about.
    order: OrderId | None = None

    # The pair it is about.
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Amend:
    """Please change that order in place."""

    # The order.
    target: OrderId

    # The whole quantity it is for from now on, what has already traded included.
    qty: Qty

    # The new limit price; absent leaves it.
    limit: Price | None = None

    # The new trigger price; absent leaves it.
    trigger: Price | None = None

    # Why, in a word.
    why: Label | None = None


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """Change that order in place, unless this reaches you after the deadline."""

    # The client id.
    id: OrderId

    # The whole quantity from now on, what has traded included.
    qty: Qty

    # The venue drops what arrives later.
    deadline: Ts

    # Tells one change from the next; the answer names it.
    number: Annotated[int, Between(0, 4294967295)]

    # The gateway's signature.
    seal: Seal

    # The new limit price.
    limit: Price | None = None

    # The new trigger price.
    trigger: Price | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """The gate lets this order, or this change of an order, pass: once, until `valid_until`. As
    plain data it has no power: the gateway acts only on what `risk::verify` has made of it.
    """

    # The order.
    id: OrderId

    # The order exactly as it may be sent.
    spec: OrderSpec

    # After this moment it must not be sent any more.
    valid_until: Ts

    # The gate's tag over all of this.
    seal: Seal

    # The number of this approval; each is used once.
    number: Annotated[int, Between(0, 4294967295)]

    # The version of the limits it was judged by.
    limits: Annotated[int, Between(0, 4294967295)]


@dataclass(frozen=True, slots=True)
class ArmDeadMan:
    """Cancel everything unless I say this again within the time; no time disarms."""

    # The time.
    timeout: Span

    # Tells one call from the next.
    number: Annotated[int, Between(0, 4294967295)]

    # The gateway's signature.
    seal: Seal


@dataclass(frozen=True, slots=True)
class AskStatement:
    """Show the account: the orders that are open or have ended since then, the trades since then,
    and what is owned. It changes nothing, so it carries no seal.
    """

    # Tells one question from the next.
    number: Annotated[int, Between(0, 4294967295)]

    # Orders that ended, and trades, from here on.
    since: Ts


@dataclass(frozen=True, slots=True)
class Bar:
    """A closed bar: what traded from `open_at` until one timeframe later. A bar without trades is
    flat at the last close.
    """

    # The pair.
    symbol: Symbol

    # The first price.
    open: Price

    # The highest price.
    high: Price

    # The lowest price.
    low: Price

    # The last price.
    close: Price

    # What traded.
    volume: Qty

    # When the bar began.
    open_at: Ts

    # How many trades it holds.
    trades: Annotated[int, Between(0, 4294967295)]

    # Its length.
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class BooksCompared:
    """Our books were compared with a statement of the venue. The shell notes it behind the facts
    that it found missing, so that the next start knows up to where trades are settled.
    """

    # When the statement was drawn up, by the venue's clock.
    at: Ts

    # How many facts were missing here, and are booked now.
    repaired: Annotated[int, Between(0, 4294967295)]

    # How many differences stand open that no fact explains.
    open: Annotated[int, Between(0, 4294967295)]

    # The last trade that is settled: when it happened.
    settled: Ts | None = None

    # The last trade that is settled: its place among those of that moment.
    settled_trade: TradeId | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule with the two numbers that were compared."""

    # Which rule.
    reason: Reason

    # What was found, and what is allowed.
    figures: Figures


@dataclass(frozen=True, slots=True)
class Cancel:
    """Please cancel that order. Never refused."""

    # The order.
    target: OrderId

    # Why, in a word.
    why: Label | None = None


@dataclass(frozen=True, slots=True)
class CancelAll:
    """Cancel everything."""

    # Tells one call from the next.
    number: Annotated[int, Between(0, 4294967295)]

    # The gateway's signature.
    seal: Seal


@dataclass(frozen=True, slots=True)
class CancelApproval:
    """The gate passes a cancel on. Cancels are never refused."""

    # The order.
    target: OrderId

    # The gate's tag.
    seal: Seal

    # The number of this approval; each is used once.
    number: Annotated[int, Between(0, 4294967295)]


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel that order."""

    # The client id.
    id: OrderId

    # The gateway's signature.
    seal: Seal


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of what a process said has been carried to the world. Its shell notes it, so that
    the next start knows what to tell again.
    """

    # So many of the messages that must be told, counted since the process began.
    outputs: Seq


@dataclass(frozen=True, slots=True)
class Cause:
    """A message, named by its place."""

    # Who said it.
    src: Source

    # In which epoch.
    epoch: Epoch

    # On which topic.
    topic: Topic

    # At which position.
    seq: Seq


@dataclass(frozen=True, slots=True)
class ClearKill:
    """Clear the kill switch. The shell lets this in only with an operator's signature."""

    # The fingerprint of the operator's key.
    operator: Annotated[int, Between(0, 4294967295)]

    # The signature, where the word comes by the bus and each service checks it for itself.
    signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class Corr:
    """What ties together everything that came of one intent, from the strategy to the last fill."""

    # Whose money moves.
    strategy: StrategyId

    # Which part of the strategy's house asked.
    origin: Origin

    # Its how-manieth intent.
    intent: IntentSeq

    # The run of the execution algorithm that sliced it.
    execution: ExecutionId | None = None

    # The order (or protective group) this one serves.
    parent: OrderId | None = None

    # Its number among the slices of that run.
    slice: Annotated[int, Between(0, 4294967295)] | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be read. What it was is kept in the journal as raw bytes."""

    # Why.
    fault: DecodeFault

    # Whether it came where intents come; the gate then answers it with a refusal.
    intent: bool

    # Its length in bytes.
    bytes: Annotated[int, Between(0, 4294967295)]

    # The order it seems to be about, where that much could be read.
    order: OrderId | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """How well we see a market has changed."""

    # The pair.
    symbol: Symbol

    # What holds now.
    state: FeedState


@dataclass(frozen=True, slots=True)
class FiguresMoney:
    """Amounts of quote currency."""

    TAG: ClassVar[str] = "money"

    # What it would have led to.
    found: Money

    # What the rule allows.
    allowed: Money


@dataclass(frozen=True, slots=True)
class FiguresQty:
    """Quantities of base currency."""

    TAG: ClassVar[str] = "qty"

    # What it would have led to.
    found: Qty

    # What the rule allows.
    allowed: Qty


@dataclass(frozen=True, slots=True)
class FiguresPrice:
    """Prices."""

    TAG: ClassVar[str] = "price"

    # What it would have led to.
    found: Price

    # What the rule allows.
    allowed: Price


@dataclass(frozen=True, slots=True)
class FiguresSpan:
    """Lengths of time."""

    TAG: ClassVar[str] = "span"

    # What was found.
    found: Span

    # What the rule allows.
    allowed: Span


@dataclass(frozen=True, slots=True)
class FiguresBps:
    """Relative distances."""

    TAG: ClassVar[str] = "bps"

    # What was found.
    found: Bps

    # What the rule allows.
    allowed: Bps


@dataclass(frozen=True, slots=True)
class FiguresCount:
    """Counts."""

    TAG: ClassVar[str] = "count"

    # What it would have led to.
    found: Annotated[int, Between(0, 4294967295)]

    # What the rule allows.
    allowed: Annotated[int, Between(0, 4294967295)]


# What an intent would have led to, and what the rule allows, in the unit of the rule.
Figures = Union[
    Literal["none"],
    FiguresMoney,
    FiguresQty,
    FiguresPrice,
    FiguresSpan,
    FiguresBps,
    FiguresCount,
]


@dataclass(frozen=True, slots=True)
class Fill:
    """A part of an order has traded."""

    # The order.
    id: OrderId

    # The venue's id of this execution; counted once however often it is told.
    exec: VenueRef

    # The pair.
    symbol: Symbol

    # How much traded.
    qty: Qty

    # At which price.
    price: Price

    # What the venue took for it; negative for a rebate.
    fee: Money

    # The currency of the fee.
    fee_asset: Asset

    # When the venue says it happened.
    at: Ts

    # Bought or sold.
    side: Side

    # Maker or taker.
    liquidity: Liquidity


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages are missing."""

    # The topic.
    of: Topic

    # The source.
    source: Source

    # Its epoch.
    epoch: Epoch

    # The position that should have come.
    expected: Seq

    # The position that came.
    got: Seq


@dataclass(frozen=True, slots=True)
class Head:
    """The last position that a source has reached on a topic; sent every second, so that a gap
    shows even in silence.
    """

    # The topic.
    of: Topic

    # The source.
    source: Source

    # Its epoch.
    epoch: Epoch

    # Its last position.
    seq: Seq

    # By which the source is known; a head without one is believed by nobody who acts on it.
    seal: Seal


@dataclass(frozen=True, slots=True)
class Instrument:
    """What may be traded, and by which rules. In force from `valid_from` until the next one."""

    # The pair.
    symbol: Symbol

    # Prices are whole multiples of this.
    tick: Price

    # Quantities are whole multiples of this.
    lot: Qty

    # The smallest quantity of an order.
    qty_min: Qty

    # The smallest price times quantity of an order.
    cost_min: Money

    # From when these rules hold.
    valid_from: Ts

    # Decimals in which the venue books amounts of the quote currency.
    quote_decimals: Annotated[int, Between(0, 255)]

    # Decimals in which the venue prints prices; what its checksum is made of.
    price_decimals: Annotated[int, Between(0, 255)]

    # Decimals in which the venue prints quantities; what its checksum is made of.
    qty_decimals: Annotated[int, Between(0, 255)]

    # Whether orders are taken now.
    status: MarketStatus


@dataclass(frozen=True, slots=True)
class KillPoll:
    """One poll of a configured kill source (the file, the shared key)."""

    # Which source.
    trigger: KillTrigger

    # What it said.
    reading: KillReading


@dataclass(frozen=True, slots=True)
class KillState:
    """The latch of the kill switch has moved."""

    # What tripped it, or last cleared it.
    trigger: KillTrigger

    # Since when.
    since: Ts

    # The level it is tripped at; absent when clear.
    level: KillLevel | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the book: the whole quantity that now rests at a price; zero removes the level.
    A message of the venue becomes as many of these as it has levels; the last one says so and
    carries the checksum. The first level of a snapshot empties the book.
    """

    # The pair.
    symbol: Symbol

    # The price.
    price: Price

    # What rests there now.
    qty: Qty

    # When the venue says it happened.
    at: Ts

    # Bids are buys, asks are sells.
    side: Side

    # Where in the message of the venue this level stands.
    part: LevelPart

    # The venue's checksum of the book after this message; on the last level, where it has one.
    checksum: Annotated[int, Between(0, 4294967295)] | None = None


@dataclass(frozen=True, slots=True)
class LimitState:
    """The gate's answer to a change of a limit."""

    # The version of the limits that are in force now.
    version: Annotated[int, Between(0, 4294967295)]

    # Which limit the answer is about.
    limit: LimitKey

    # What is in force now.
    value: LimitValue

    # What became of the change.
    outcome: LimitOutcome

    # The instrument, for limits that each has its own of.
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class LimitValueMoney:
    """An amount of account currency."""

    TAG: ClassVar[str] = "money"

    # The most that passes.
    most: Money


@dataclass(frozen=True, slots=True)
class LimitValueQty:
    """A quantity of base currency."""

    TAG: ClassVar[str] = "qty"

    # The most that passes.
    most: Qty


@dataclass(frozen=True, slots=True)
class LimitValueCount:
    """A count."""

    TAG: ClassVar[str] = "count"

    # The most that passes.
    most: Annotated[int, Between(0, 4294967295)]


@dataclass(frozen=True, slots=True)
class LimitValueBps:
    """A relative distance."""

    TAG: ClassVar[str] = "bps"

    # The most that passes.
    most: Bps


@dataclass(frozen=True, slots=True)
class LimitValuePpm:
    """A rate."""

    TAG: ClassVar[str] = "ppm"

    # The most that is reckoned with.
    most: Ppm


@dataclass(frozen=True, slots=True)
class LimitValueSpan:
    """A length of time."""

    TAG: ClassVar[str] = "span"

    # The most that passes.
    most: Span


# What a limit is set to, in its own unit.
LimitValue = Union[
    Literal["off"],
    LimitValueMoney,
    LimitValueQty,
    LimitValueCount,
    LimitValueBps,
    LimitValuePpm,
    LimitValueSpan,
]


@dataclass(frozen=True, slots=True)
class Mark:
    """The price by which the gate judges: sampled from the market data, and journaled in full so
    that the gate can be replayed without it.
    """

    # The pair.
    symbol: Symbol

    # When we received the newest of these.
    seen: Ts

    # How old bid and ask are: when the venue made them or we received them, whichever is
    # earlier. Absent means never.
    quoted: Ts

    # The same for the last trade.
    traded: Ts

    # How well we see the market.
    state: FeedState

    # The lowest price somebody sells at.
    ask: Price | None = None

    # The highest price somebody buys at.
    bid: Price | None = None

    # The price of the last trade.
    last: Price | None = None


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """The gateway took an approved order: it now exists and will be sent."""

    # The order.
    id: OrderId

    # What is wanted.
    spec: OrderSpec


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """What is wanted of the venue: the fields of an order as they stand on the wire."""

    # The pair.
    symbol: Symbol

    # Buy or sell.
    side: Side

    # How much; never zero.
    qty: Qty

    # Which of the prices it has.
    kind: OrderKind

    # How long it stays.
    tif: Tif

    # The worst price it may trade at.
    limit: Price | None = None

    # Whether it may only shrink a position; absent means no.
    reduce_only: bool | None = None

    # The price that wakes it.
    trigger: Price | None = None

    # Until when, for `gtd`.
    until: Ts | None = None


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """An order has moved."""

    # The order.
    id: OrderId

    # The pair.
    symbol: Symbol

    # What it is for now, after amends.
    qty: Qty

    # What of it has traded so far.
    filled: Qty

    # Where it stands.
    state: OrderState

    # Why, where there is something to explain.
    reason: VenueReason

    # Its limit price now.
    limit: Price | None = None

    # The number of the approved change that this settles, whether it was made or refused.
    settles: Annotated[int, Between(0, 4294967295)] | None = None

    # The venue's own id for it.
    venue_ref: VenueRef | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Please place this order."""

    # The order's id, derived from who asks and the number of the intent.
    id: OrderId

    # What is wanted.
    spec: OrderSpec

    # After this moment nobody wants it any more.
    expires: Ts

    # Why, in a word.
    why: Label | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A whole account at one moment, in quote currency."""

    # Cash plus the value of all positions.
    equity: Money

    # Cash.
    cash: Money

    # Profit and loss of what was closed, before fees.
    realised: Money

    # Profit and loss of what is open.
    unrealised: Money

    # Fees paid so far.
    fees: Money

    # The change of equity since 00:00 UTC.
    day: Money


@dataclass(frozen=True, slots=True)
class Position:
    """A strategy's position in one instrument after it changed."""

    # The pair.
    symbol: Symbol

    # Long above zero, short below.
    net: Net

    # What the open position cost.
    cost: Money

    # Profit and loss of what was closed, before fees.
    realised: Money

    # Fees paid so far, in quote currency.
    fees: Money

    # The average entry price; absent when flat.
    average: Price | None = None


@dataclass(frozen=True, slots=True)
class Protect:
    """Please guard what that order buys or sells: whichever of stop, target and trailing stop is
    reached first closes it, and the others go away. One with no levels removes the guard.
    """

    # The entry order whose fills are guarded. Also the name of the group.
    entry: OrderId

    # The pair.
    symbol: Symbol

    # The side of the orders that close: opposite to the entry.
    exit_side: Side

    # Close when the price has gone this far against the average entry price; zero: no stop.
    stop: Bps

    # Close when the price has gone this far in favour; zero: no target.
    target: Bps

    # Close when the price has come back this far from its best; zero: no trailing stop.
    trail: Bps


@dataclass(frozen=True, slots=True)
class ProtectApproval:
    """The gate passes a guard on. What the guard sends when it triggers are intents of their own."""

    # The entry order whose fills are guarded. Also the name of the group.
    entry: OrderId

    # The pair.
    symbol: Symbol

    # The side of the orders that close: opposite to the entry.
    exit_side: Side

    # Close when the price has gone this far against the average entry price; zero: no stop.
    stop: Bps

    # Close when the price has gone this far in favour; zero: no target.
    target: Bps

    # Close when the price has come back this far from its best; zero: no trailing stop.
    trail: Bps

    # The gate's tag; absent in what was written before guards had one, which nobody acts on.
    seal: Seal

    # The number of this approval; a later guard of the same order has a higher one.
    number: Annotated[int, Between(0, 4294967295)]


@dataclass(frozen=True, slots=True)
class QueryOrder:
    """Say what became of that order: all its executions, then where it stands."""

    # The client id.
    id: OrderId


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate refuses an intent, for this reason and with these numbers."""

    # What was found, and what would have been allowed.
    breach: Breach

    # The largest quantity of the same order, in whole lots, that this rule would have let pass;
    # zero where no smaller order would do.
    qty_max: Qty

    # The version of the limits it was judged by.
    limits: Annotated[int, Between(0, 4294967295)]

    # How many rules refused; the others follow as [`RefusalDetail`].
    broken: Annotated[int, Between(0, 255)]

    # Why the intent could not be read, where that is the reason.
    fault: DecodeFault | None = None

    # The order that was asked for, or that the intent was about; absent where not even that
    # could be read. The input itself is named by the cause of the message.
    id: OrderId | None = None

    # The pair, where the intent named one.
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class RefusalDetail:
    """A further rule that the same intent broke."""

    # The order that was asked for.
    id: OrderId

    # What was found, and what would have been allowed.
    breach: Breach


@dataclass(frozen=True, slots=True)
class Report:
    """What the venue says about an order."""

    # The client id.
    id: OrderId

    # What the order is for.
    qty: Qty

    # What of it has traded so far.
    filled: Qty

    # When the venue says so, by its clock.
    at: Ts

    # What it is a report of.
    says: Says

    # Why.
    reason: VenueReason

    # The number of the change that this answers.
    answers: Annotated[int, Between(0, 4294967295)] | None = None

    # Its limit price.
    limit: Price | None = None

    # The pair, where the venue knows the order.
    symbol: Symbol | None = None

    # The venue's own id; absent where it has none to give.
    venue_ref: VenueRef | None = None


@dataclass(frozen=True, slots=True)
class RosterControl:
    """The shell of a process tells the host of the strategies what is about to happen. Journaled,
    so that what comes of it is repeated by a replay.
    """

    # What it is to do.
    step: RosterStep


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Put this limit in force. Whoever may speak may tighten one; the shell lets `operator` in
    only with that operator's signature, and without it nothing is loosened.
    """

    # The version of the limits from then on; above the one in force.
    version: Annotated[int, Between(0, 4294967295)]

    # Which.
    limit: LimitKey

    # To what.
    value: LimitValue

    # The fingerprint of the operator's key whose signature the shell has checked.
    operator: Annotated[int, Between(0, 4294967295)] | None = None

    # The instrument, for limits that each has its own of.
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """Which position a program outside wants a strategy to have. A position and not an order: said
    twice it does no harm, and the last one counts. Whether and how it is heeded is the
    strategy's, and the gate judges what the strategy then asks for.
    """

    # The strategy that is to heed it.
    strategy: StrategyId

    # The pair.
    symbol: Symbol

    # The position: above zero long, below short, zero is none.
    target: Net

    # From this moment on it counts no more.
    expires: Ts

    # The worst price at which to buy or sell for it.
    limit: Price | None = None

    # Why, in a word.
    why: Label | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """The operator's signature, and the moment that it was made for."""

    # When.
    at: Ts

    # Over the purpose, the session and that moment.
    signature: Signature


@dataclass(frozen=True, slots=True)
class Statement:
    """The account as the venue shows it begins here; so many lines follow, and nothing of the
    venue stands between them.
    """

    # The number of the question.
    number: Annotated[int, Between(0, 4294967295)]

    # When it was drawn up, by the venue's clock.
    at: Ts

    # Orders that ended, and trades, are complete from here on.
    since: Ts

    # How many lines follow.
    lines: Annotated[int, Between(0, 4294967295)]


@dataclass(frozen=True, slots=True)
class StatementBalance:
    """A line of a statement: what is owned of an asset, what open orders hold of it included."""

    # The asset.
    asset: Asset

    # How much.
    amount: Money


@dataclass(frozen=True, slots=True)
class StatementOrder:
    """A line of a statement: an order that is open, or has ended."""

    # The venue's own id.
    venue_ref: VenueRef

    # The pair.
    symbol: Symbol

    # Bought or sold.
    side: Side

    # What it is for.
    qty: Qty

    # What of it has traded.
    filled: Qty

    # Why it ended.
    reason: VenueReason

    # How it ended; absent while it is open.
    end: Says | None = None

    # The client id; absent for an order that carries none.
    id: OrderId | None = None

    # Its limit price.
    limit: Price | None = None


@dataclass(frozen=True, slots=True)
class StrategyControl:
    """The strategy named by the correlation is paused, or goes on."""

    # What holds from now on.
    run: StrategyRun


@dataclass(frozen=True, slots=True)
class Submit:
    """Take this order, unless it reaches you after the deadline."""

    # The client id.
    id: OrderId

    # The order.
    spec: OrderSpec

    # The venue drops what arrives later; only because of this is a later "not found" a proof.
    deadline: Ts

    # The gateway's signature.
    seal: Seal


@dataclass(frozen=True, slots=True)
class Ticker:
    """The best prices and the last trade."""

    # The pair.
    symbol: Symbol

    # What is bid for at the best price.
    bid_qty: Qty

    # What is offered at the best price.
    ask_qty: Qty

    # When the venue says it happened.
    at: Ts

    # The lowest price somebody sells at.
    ask: Price | None = None

    # The highest price somebody buys at.
    bid: Price | None = None

    # The price of the last trade.
    last: Price | None = None


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade between others, as the venue reports it."""

    # The pair.
    symbol: Symbol

    # The price.
    price: Price

    # The quantity.
    qty: Qty

    # The venue's number of it.
    id: TradeId

    # When the venue says it happened.
    at: Ts

    # The side of the taker.
    taker: Side


@dataclass(frozen=True, slots=True)
class Trip:
    """Trip the kill switch. Needs no key."""

    # How far.
    level: KillLevel

    # Why.
    trigger: KillTrigger


@dataclass(frozen=True, slots=True)
class Wake:
    """A timer of a machine has fired. Journaled like every input, so that replay needs no clock."""

    # The machine's place in the roster.
    machine: Annotated[int, Between(0, 255)]

    # The machine's own name for the timer.
    timer: Annotated[int, Between(0, 4294967295)]


# The types of messages.
Type = Literal[
    "instrument",
    "trade",
    "level",
    "ticker",
    "bar",
    "feed",
    "mark",
    "place",
    "cancel",
    "amend",
    "protect",
    "signal",
    "approved",
    "amend_approved",
    "cancel_approved",
    "protect_approved",
    "refused",
    "refused_also",
    "accepted",
    "order",
    "fill",
    "submit",
    "cancel_order",
    "amend_order",
    "query_order",
    "ask_statement",
    "cancel_all",
    "arm_dead_man",
    "executed",
    "report",
    "statement",
    "statement_order",
    "statement_trade",
    "statement_balance",
    "position",
    "portfolio",
    "trip",
    "clear_kill",
    "kill_poll",
    "kill_state",
    "strategy_control",
    "roster",
    "set_limit",
    "limit_state",
    "wake",
    "head",
    "carried",
    "books_compared",
    "gap",
    "dead_letter",
    "alert",
]

# What a message may hold.
Body = Union[
    Alert,
    Amend,
    AmendOrder,
    Approval,
    ArmDeadMan,
    AskStatement,
    Bar,
    BooksCompared,
    Cancel,
    CancelAll,
    CancelApproval,
    CancelOrder,
    Carried,
    ClearKill,
    DeadLetter,
    Feed,
    Fill,
    Gap,
    Head,
    Instrument,
    KillPoll,
    KillState,
    Level,
    LimitState,
    Mark,
    OrderAccepted,
    OrderUpdate,
    Place,
    Portfolio,
    Position,
    Protect,
    ProtectApproval,
    QueryOrder,
    Refusal,
    RefusalDetail,
    Report,
    RosterControl,
    SetLimit,
    Signal,
    Statement,
    StatementBalance,
    StatementOrder,
    StrategyControl,
    Submit,
    Ticker,
    Trade,
    Trip,
    Wake,
]

# What a message of each type holds.
BODIES: dict[str, type] = {
    "instrument": Instrument,
    "trade": Trade,
    "level": Level,
    "ticker": Ticker,
    "bar": Bar,
    "feed": Feed,
    "mark": Mark,
    "place": Place,
    "cancel": Cancel,
    "amend": Amend,
    "protect": Protect,
    "signal": Signal,
    "approved": Approval,
    "amend_approved": Approval,
    "cancel_approved": CancelApproval,
    "protect_approved": ProtectApproval,
    "refused": Refusal,
    "refused_also": RefusalDetail,
    "accepted": OrderAccepted,
    "order": OrderUpdate,
    "fill": Fill,
    "submit": Submit,
    "cancel_order": CancelOrder,
    "amend_order": AmendOrder,
    "query_order": QueryOrder,
    "ask_statement": AskStatement,
    "cancel_all": CancelAll,
    "arm_dead_man": ArmDeadMan,
    "executed": Fill,
    "report": Report,
    "statement": Statement,
    "statement_order": StatementOrder,
    "statement_trade": Fill,
    "statement_balance": StatementBalance,
    "position": Position,
    "portfolio": Portfolio,
    "trip": Trip,
    "clear_kill": ClearKill,
    "kill_poll": KillPoll,
    "kill_state": KillState,
    "strategy_control": StrategyControl,
    "roster": RosterControl,
    "set_limit": SetLimit,
    "limit_state": LimitState,
    "wake": Wake,
    "head": Head,
    "carried": Carried,
    "books_compared": BooksCompared,
    "gap": Gap,
    "dead_letter": DeadLetter,
    "alert": Alert,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message."""

    # The version of the wire format.
    v: Annotated[int, Between(1, 1)]

    # Who says it.
    src: Source

    # The how-manieth start of that source.
    epoch: Epoch

    # What it is said on.
    topic: Topic

    # Its position among the messages of this source, epoch and topic.
    seq: Seq

    # When it was said, by the speaker's clock.
    ts: Ts

    # When it came in, by the receiver's clock.
    rx: Ts

    # What kind of message this is.
    type: Type

    # What is said.
    body: Body

    # The message that it answers.
    cause: Cause | None = None

    # What it belongs to.
    corr: Corr | None = None


class Unreadable(ValueError):
    """A line that is no message of this version."""


def parse(line: str | bytes) -> Envelope:
    """Reads one message. Unknown fields are ignored, everything else is checked."""
    try:
        raw = json.loads(line, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Unreadable("not an object")
    if raw.get("v") != VERSION or isinstance(raw.get("v"), bool):
        raise Unreadable(f"version {raw.get('v')!r}, this is for {VERSION}")
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in BODIES:
        raise Unreadable(f"unknown type {kind!r}")
    body = _record(BODIES[kind], raw.get("body"), kind)
    return _record(Envelope, raw, "message", body=body)


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is a float")


@cache
def _readers(record: type) -> list[tuple[str, Callable[[Any, str], Any], bool]]:
    hints = get_type_hints(record, include_extras=True)
    required = {field.name: field.default is MISSING for field in fields(record)}
    # The body of an envelope is read beforehand, because its type depends on another field.
    names = [name for name in required if hints[name] != Body]
    return [(name, _reader(hints[name]), required[name]) for name in names]


def _record(record: type, raw: Any, where: str, **values: Any) -> Any:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where}: not an object")
    for name, reader, required in _readers(record):
        if name in raw:
            values[name] = reader(raw[name], f"{where}.{name}")
        elif required:
            raise Unreadable(f"{where}.{name}: missing")
    return record(**values)


@cache
def _reader(hint: Any) -> Callable[[Any, str], Any]:
    """How a value of that type is read."""
    if is_dataclass(hint):
        return lambda raw, where: _record(hint, raw, where)
    if get_origin(hint) is Annotated:
        base, rule = get_args(hint)
        return _number(rule) if isinstance(rule, Between) else _text(base, rule)
    if get_origin(hint) is Literal:
        return _word(get_args(hint))
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    if len(choices) == 1:
        return _reader(choices[0])
    return _choice(choices) if choices else _plain(hint)


def _text(base: type, rule: Text) -> Callable[[Any, str], Any]:
    pattern = re.compile(rule.pattern)

    def read(raw: Any, where: str) -> Any:
        if not isinstance(raw, str) or not pattern.fullmatch(raw):
            raise Unreadable(f"{where}: {raw!r} is not of the form {rule.pattern}")
        return base(raw)

    return read


def _number(rule: Between) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if type(raw) is not int or not rule.least <= raw <= rule.most:
            raise Unreadable(f"{where}: {raw!r} is not a whole number of its range")
        return raw

    return read


def _word(words: tuple[str, ...]) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if raw not in words:
            raise Unreadable(f"{where}: {raw!r} is none of {', '.join(words)}")
        return raw

    return read


def _choice(choices: list[Any]) -> Callable[[Any, str], Any]:
    """A bare word, or an object whose only key is the tag of a record."""
    words = [_reader(choice) for choice in choices if not is_dataclass(choice)]
    tagged = {choice.TAG: choice for choice in choices if is_dataclass(choice)}

    def read(raw: Any, where: str) -> Any:
        if isinstance(raw, dict) and len(raw) == 1:
            tag = next(iter(raw))
            if tag in tagged:
                return _record(tagged[tag], raw[tag], f"{where}.{tag}")
        elif isinstance(raw, str) and words:
            return words[0](raw, where)
        raise Unreadable(f"{where}: {raw!r} is none of its choices")

    return read


def _plain(kind: type) -> Callable[[Any, str], Any]:
    def read(raw: Any, where: str) -> Any:
        if not isinstance(raw, kind):
            raise Unreadable(f"{where}: {raw!r} is not a {kind.__name__}")
        return raw

    return read


def main() -> int:
    """Reads messages from the standard input; says what is wrong with the first bad one."""
    count = 0
    for line in sys.stdin:
        count += 1
        try:
            parse(line)
        except Unreadable as error:
            print(f"line {count}: {error}", file=sys.stderr)
            return 1
    print(f"{count} messages read")
    return 0


if __name__ == "__main__":
    sys.exit(main())
