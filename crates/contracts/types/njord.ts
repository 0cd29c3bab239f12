// The messages of Njord as TypeScript types. Generated from the Rust types; do not edit.
//
//     const message = JSON.parse(line) as Message;
//     if (message.type === "fill") console.log(message.body.price);
//
// Amounts, counters and times are strings: a JavaScript number would lose digits.

/** Something that a person should know. */
export interface Alert {
  /** What. */
  code: AlertCode;
  /** The order it is about. */
  order?: OrderId;
  /** The pair it is about. */
  symbol?: Symbol;
}

/** The alerts that the core raises. */
export type AlertCode =
  /** The venue reports an order that we never sent. */
  | "foreign_order"
  /** The venue reports more filled than the order was for. */
  | "overfill"
  /** An approval or request with a seal that does not fit. */
  | "forged_seal"
  /** The same id with another body. */
  | "conflicting_id"
  /** An order has been of unknown fate for long. */
  | "unknown_too_long"
  /** A protective group cannot get its exit through. */
  | "exit_blocked"
  /** A machine reached one of its bounds. */
  | "bound_reached"
  /** A guard was asked for that fits no order that is known; nothing is guarded by it. */
  | "guard_without_order"
  /** Our books and the venue's differ. */
  | "reconcile_mismatch"
  /** A message from somebody who may not say such things; it was left aside. */
  | "wrong_source"
  /** A fee in a currency without a price; it counts as the highest fee there can be. */
  | "unpriced_fee"
  /** The venue has not shown the account for too long; nothing new is sent until it does. */
  | "not_compared"
  /** A signal had no effect: no strategy of that name heeds signals, or not such a one. */
  | "signal_unheeded";

/** Please change that order in place. */
export interface Amend {
  /** The order. */
  target: OrderId;
  /** The whole quantity it is for from now on, what has already traded included. */
  qty: Qty;
  /** The new limit price; absent leaves it. */
  limit?: Price;
  /** The new trigger price; absent leaves it. */
  trigger?: Price;
  /** Why, in a word. */
  why?: Label;
}

/** Change that order in place, unless this reaches you after the deadline. */
export interface AmendOrder {
  /** The client id. */
  id: OrderId;
  /** The whole quantity from now on, what has traded included. */
  qty: Qty;
  /** The venue drops what arrives later. */
  deadline: Ts;
  /** Tells one change from the next; the answer names it. */
  number: number;
  /** The gateway's signature. */
  seal: Seal;
  /** The new limit price. */
  limit?: Price;
  /** The new trigger price. */
  trigger?: Price;
}

/**
 * The gate lets this order, or this change of an order, pass: once, until `valid_until`. As
 * plain data it has no power: the gateway acts only on what `risk::verify` has made of it.
 */
export interface Approval {
  /** The order. */
  id: OrderId;
  /** The order exactly as it may be sent. */
  spec: OrderSpec;
  /** After this moment it must not be sent any more. */
  valid_until: Ts;
  /** The gate's tag over all of this. */
  seal: Seal;
  /** The number of this approval; each is used once. */
  number: number;
  /** The version of the limits it was judged by. */
  limits: number;
}

/** Cancel everything unless I say this again within the time; no time disarms. */
export interface ArmDeadMan {
  /** The time. */
  timeout: Span;
  /** Tells one call from the next. */
  number: number;
  /** The gateway's signature. */
  seal: Seal;
}

/**
 * Show the account: the orders that are open or have ended since then, the trades since then,
 * and what is owned. It changes nothing, so it carries no seal.
 */
export interface AskStatement {
  /** Tells one question from the next. */
  number: number;
  /** Orders that ended, and trades, from here on. */
  since: Ts;
}

/** An asset, such as `BTC`. */
export type Asset = string;

/**
 * A closed bar: what traded from `open_at` until one timeframe later. A bar without trades is
 * flat at the last close.
 */
export interface Bar {
  /** The pair. */
  symbol: Symbol;
  /** The first price. */
  open: Price;
  /** The highest price. */
  high: Price;
  /** The lowest price. */
  low: Price;
  /** The last price. */
  close: Price;
  /** What traded. */
  volume: Qty;
  /** When the bar began. */
  open_at: Ts;
  /** How many trades it holds. */
  trades: number;
  /** Its length. */
  timeframe: Timeframe;
}

/**
 * Our books were compared with a statement of the venue. The shell notes it behind the facts
 * that it found missing, so that the next start knows up to where trades are settled.
 */
export interface BooksCompared {
  /** When the statement was drawn up, by the venue's clock. */
  at: Ts;
  /** How many facts were missing here, and are booked now. */
  repaired: number;
  /** How many differences stand open that no fact explains. */
  open: number;
  /** The last trade that is settled: when it happened. */
  settled?: Ts;
  /** The last trade that is settled: its place among those of that moment. */
  settled_trade?: TradeId;
}

/** Basis points (1e-4), signed: a collar, a stop distance, a spread. */
export type Bps = number;

/** A broken rule with the two numbers that were compared. */
export interface Breach {
  /** Which rule. */
  reason: Reason;
  /** What was found, and what is allowed. */
  figures: Figures;
}

/** Please cancel that order. Never refused. */
export interface Cancel {
  /** The order. */
  target: OrderId;
  /** Why, in a word. */
  why?: Label;
}

/** Cancel everything. */
export interface CancelAll {
  /** Tells one call from the next. */
  number: number;
  /** The gateway's signature. */
  seal: Seal;
}

/** The gate passes a cancel on. Cancels are never refused. */
export interface CancelApproval {
  /** The order. */
  target: OrderId;
  /** The gate's tag. */
  seal: Seal;
  /** The number of this approval; each is used once. */
  number: number;
}

/** Cancel that order. */
export interface CancelOrder {
  /** The client id. */
  id: OrderId;
  /** The gateway's signature. */
  seal: Seal;
}

/**
 * How much of what a process said has been carried to the world. Its shell notes it, so that
 * the next start knows what to tell again.
 */
export interface Carried {
  /** So many of the messages that must be told, counted since the process began. */
  outputs: Seq;
}

/** A message, named by its place. */
export interface Cause {
  /** Who said it. */
  src: Source;
  /** In which epoch. */
  epoch: Epoch;
  /** On which topic. */
  topic: Topic;
  /** At which position. */
  seq: Seq;
}

/** Clear the kill switch. The shell lets this in only with an operator's signature. */
export interface ClearKill {
  /** The fingerprint of the operator's key. */
  operator: number;
  /** The signature, where the word comes by the bus and each service checks it for itself. */
  signed?: Signed;
}

/** What ties together everything that came of one intent, from the strategy to the last fill. */
export interface Corr {
  /** Whose money moves. */
  strategy: StrategyId;
  /** Which part of the strategy's house asked. */
  origin: Origin;
  /** Its how-manieth intent. */
  intent: IntentSeq;
  /** The run of the execution algorithm that sliced it. */
  execution?: ExecutionId;
  /** The order (or protective group) this one serves. */
  parent?: OrderId;
  /** Its number among the slices of that run. */
  slice?: number;
}

/** A message that could not be read. What it was is kept in the journal as raw bytes. */
export interface DeadLetter {
  /** Why. */
  fault: DecodeFault;
  /** Whether it came where intents come; the gate then answers it with a refusal. */
  intent: boolean;
  /** Its length in bytes. */
  bytes: number;
  /** The order it seems to be about, where that much could be read. */
  order?: OrderId;
}

/** Why a message could not be read. */
export type DecodeFault =
  /** Not JSON, or longer than a message may be. */
  | "not_json"
  /** A version that this build does not know. */
  | "unknown_version"
  /** A type that this build does not know. */
  | "unknown_type"
  /** A field is missing or has a value it cannot have. */
  | "field"
  /** Its topic is not the one its body belongs to. */
  | "wrong_topic";

/** Counts the starts of a source; persisted, one up each time its process begins. */
export type Epoch = number;

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type ExecutionId = string;

/** How well we see a market has changed. */
export interface Feed {
  /** The pair. */
  symbol: Symbol;
  /** What holds now. */
  state: FeedState;
}

/** How well we see a market. */
export type FeedState =
  /** Complete and current. */
  | "live"
  /** Something is missing; prices must not be trusted until it is live again. */
  | "gap"
  /** Silent for longer than it should be. */
  | "stale"
  /** Not connected. */
  | "down";

/** What an intent would have led to, and what the rule allows, in the unit of the rule. */
export type Figures =
  /** Nothing to compare. */
  | "none"
  /** Amounts of quote currency. */
  | { money: {
      /** What it would have led to. */
      found: Money;
      /** What the rule allows. */
      allowed: Money;
    } }
  /** Quantities of base currency. */
  | { qty: {
      /** What it would have led to. */
      found: Qty;
      /** What the rule allows. */
      allowed: Qty;
    } }
  /** Prices. */
  | { price: {
      /** What it would have led to. */
      found: Price;
      /** What the rule allows. */
      allowed: Price;
    } }
  /** Lengths of time. */
  | { span: {
      /** What was found. */
      found: Span;
      /** What the rule allows. */
      allowed: Span;
    } }
  /** Relative distances. */
  | { bps: {
      /** What was found. */
      found: Bps;
      /** What the rule allows. */
      allowed: Bps;
    } }
  /** Counts. */
  | { count: {
      /** What it would have led to. */
      found: number;
      /** What the rule allows. */
      allowed: number;
    } };

/** A part of an order has traded. */
export interface Fill {
  /** The order. */
  id: OrderId;
  /** The venue's id of this execution; counted once however often it is told. */
  exec: VenueRef;
  /** The pair. */
  symbol: Symbol;
  /** How much traded. */
  qty: Qty;
  /** At which price. */
  price: Price;
  /** What the venue took for it; negative for a rebate. */
  fee: Money;
  /** The currency of the fee. */
  fee_asset: Asset;
  /** When the venue says it happened. */
  at: Ts;
  /** Bought or sold. */
  side: Side;
  /** Maker or taker. */
  liquidity: Liquidity;
}

/** Messages are missing. */
export interface Gap {
  /** The topic. */
  of: Topic;
  /** The source. */
  source: Source;
  /** Its epoch. */
  epoch: Epoch;
  /** The position that should have come. */
  expected: Seq;
  /** The position that came. */
  got: Seq;
}

/**
 * The last position that a source has reached on a topic; sent every second, so that a gap
 * shows even in silence.
 */
export interface Head {
  /** The topic. */
  of: Topic;
  /** The source. */
  source: Source;
  /** Its epoch. */
  epoch: Epoch;
  /** Its last position. */
  seq: Seq;
  /** By which the source is known; a head without one is believed by nobody who acts on it. */
  seal: Seal;
}

/** What may be traded, and by which rules. In force from `valid_from` until the next one. */
export interface Instrument {
  /** The pair. */
  symbol: Symbol;
  /** Prices are whole multiples of this. */
  tick: Price;
  /** Quantities are whole multiples of this. */
  lot: Qty;
  /** The smallest quantity of an order. */
  qty_min: Qty;
  /** The smallest price times quantity of an order. */
  cost_min: Money;
  /** From when these rules hold. */
  valid_from: Ts;
  /** Decimals in which the venue books amounts of the quote currency. */
  quote_decimals: number;
  /** Decimals in which the venue prints prices; what its checksum is made of. */
  price_decimals: number;
  /** Decimals in which the venue prints quantities; what its checksum is made of. */
  qty_decimals: number;
  /** Whether orders are taken now. */
  status: MarketStatus;
}

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type IntentSeq = string;

/** How much the kill switch stops; each level includes the ones before it. */
export type KillLevel =
  /** No new or larger positions. */
  | "entries"
  /** Also: all resting orders are cancelled. */
  | "cancel"
  /** Also: all positions are closed. */
  | "flatten";

/** One poll of a configured kill source (the file, the shared key). */
export interface KillPoll {
  /** Which source. */
  trigger: KillTrigger;
  /** What it said. */
  reading: KillReading;
}

/** What a kill source said. */
export type KillReading =
  /** It is there and says go on. */
  | "clear"
  /** It says stop. */
  | "tripped"
  /** It cannot be read. */
  | "unreadable";

/** The latch of the kill switch has moved. */
export interface KillState {
  /** What tripped it, or last cleared it. */
  trigger: KillTrigger;
  /** Since when. */
  since: Ts;
  /** The level it is tripped at; absent when clear. */
  level?: KillLevel;
}

/** What can trip the kill switch. */
export type KillTrigger =
  /** The file exists. */
  | "file"
  /** The shared key is set. */
  | "key"
  /** A person said so. */
  | "command"
  /** The day's loss reached the kill limit. */
  | "daily_loss"
  /** The fall from the highest equity reached the limit. */
  | "drawdown"
  /** Our books and the venue's disagree. */
  | "reconcile"
  /** The journal's chain is broken. */
  | "audit"
  /** A service died, hung, or met a state that must not be. */
  | "service";

/** A word for people. */
export type Label = string;

/**
 * One level of the book: the whole quantity that now rests at a price; zero removes the level.
 * A message of the venue becomes as many of these as it has levels; the last one says so and
 * carries the checksum. The first level of a snapshot empties the book.
 */
export interface Level {
  /** The pair. */
  symbol: Symbol;
  /** The price. */
  price: Price;
  /** What rests there now. */
  qty: Qty;
  /** When the venue says it happened. */
  at: Ts;
  /** Bids are buys, asks are sells. */
  side: Side;
  /** Where in the message of the venue this level stands. */
  part: LevelPart;
  /** The venue's checksum of the book after this message; on the last level, where it has one. */
  checksum?: number;
}

/** Where a level stands in the venue's message. */
export type LevelPart =
  /** The first level of a snapshot: the book before it is void. */
  | "snapshot_start"
  /** A level with more to follow. */
  | "more"
  /** The last level: the book is whole again. */
  | "last"
  /** First and last level of a snapshot. */
  | "snapshot_only";

/** A limit, by the name it has in the settings. */
export type LimitKey =
  /** The largest single order, in money. */
  | "order_notional_max"
  /** The largest single order of one instrument, in base currency. */
  | "order_qty_max"
  /** The most of one instrument. */
  | "symbol_gross_max"
  /** The most in one strategy's hands. */
  | "strategy_gross_max"
  /** The most altogether. */
  | "portfolio_gross_max"
  /** The most in one direction. */
  | "portfolio_net_max"
  /** The most open orders. */
  | "open_orders_max"
  /** Orders a minute for one instrument. */
  | "symbol_orders_per_minute"
  /** Orders a minute of one strategy. */
  | "strategy_orders_per_minute"
  /** How far from the market a price may be. */
  | "collar"
  /** How old a price may be. */
  | "price_age_max"
  /** The day's loss beyond which only reducing orders pass. */
  | "daily_loss_cap"
  /** The day's loss beyond which the kill switch trips. */
  | "daily_loss_kill"
  /** The fall beyond which the kill switch trips. */
  | "drawdown_kill"
  /** The highest fee, reserved beside the price; the one limit that is looser when it is lower. */
  | "fee_max"
  /** The hard cap on every live order. */
  | "live_cap"
  /** How long an approval may wait to be sent. */
  | "approval_ttl";

/** What became of a change of a limit. */
export type LimitOutcome =
  /** It is in force. */
  | "in_force"
  /** It would loosen the limit, and no operator has signed for that. */
  | "needs_operator"
  /** Its version is not above the one in force. */
  | "old_version"
  /** The limits would make no sense with it. */
  | "invalid";

/** The gate's answer to a change of a limit. */
export interface LimitState {
  /** The version of the limits that are in force now. */
  version: number;
  /** Which limit the answer is about. */
  limit: LimitKey;
  /** What is in force now. */
  value: LimitValue;
  /** What became of the change. */
  outcome: LimitOutcome;
  /** The instrument, for limits that each has its own of. */
  symbol?: Symbol;
}

/** What a limit is set to, in its own unit. */
export type LimitValue =
  /** There is no such limit; only for those that may be absent. */
  | "off"
  /** An amount of account currency. */
  | { money: {
      /** The most that passes. */
      most: Money;
    } }
  /** A quantity of base currency. */
  | { qty: {
      /** The most that passes. */
      most: Qty;
    } }
  /** A count. */
  | { count: {
      /** The most that passes. */
      most: number;
    } }
  /** A relative distance. */
  | { bps: {
      /** The most that passes. */
      most: Bps;
    } }
  /** A rate. */
  | { ppm: {
      /** The most that is reckoned with. */
      most: Ppm;
    } }
  /** A length of time. */
  | { span: {
      /** The most that passes. */
      most: Span;
    } };

/** Who waited and who came. */
export type Liquidity =
  /** The order was resting. */
  | "maker"
  /** The order came and took. */
  | "taker";

/**
 * The price by which the gate judges: sampled from the market data, and journaled in full so
 * that the gate can be replayed without it.
 */
export interface Mark {
  /** The pair. */
  symbol: Symbol;
  /** When we received the newest of these. */
  seen: Ts;
  /**
   * How old bid and ask are: when the venue made them or we received them, whichever is
   * earlier. Absent means never.
   */
  quoted: Ts;
  /** The same for the last trade. */
  traded: Ts;
  /** How well we see the market. */
  state: FeedState;
  /** The lowest price somebody sells at. */
  ask?: Price;
  /** The highest price somebody buys at. */
  bid?: Price;
  /** The price of the last trade. */
  last?: Price;
}

/** Which orders the venue takes for an instrument. */
export type MarketStatus =
  /** All. */
  | "online"
  /** Limit orders that rest, and cancels. */
  | "post_only"
  /** Cancels. */
  | "cancel_only"
  /** None. */
  | "maintenance";

/** An exact decimal number as text: no exponent, no float. */
export type Money = string;

/** An exact decimal number as text: no exponent, no float. */
export type Net = string;

/** The gateway took an approved order: it now exists and will be sent. */
export interface OrderAccepted {
  /** The order. */
  id: OrderId;
  /** What is wanted. */
  spec: OrderSpec;
}

/** An order, 32 hexadecimal digits. */
export type OrderId = string;

/** The wire names of the kinds of order. */
export type OrderKind =
  | "market"
  | "limit"
  | "stop"
  | "stop_limit";

/** What is wanted of the venue: the fields of an order as they stand on the wire. */
export interface OrderSpec {
  /** The pair. */
  symbol: Symbol;
  /** Buy or sell. */
  side: Side;
  /** How much; never zero. */
  qty: Qty;
  /** Which of the prices it has. */
  kind: OrderKind;
  /** How long it stays. */
  tif: Tif;
  /** The worst price it may trade at. */
  limit?: Price;
  /** Whether it may only shrink a position; absent means no. */
  reduce_only?: boolean;
  /** The price that wakes it. */
  trigger?: Price;
  /** Until when, for `gtd`. */
  until?: Ts;
}

/** Where an order stands, as far as the venue has told us. */
export type OrderState =
  /** About to be sent, or sent and not answered yet. */
  | "pending_new"
  /** Live at the venue, nothing filled. */
  | "new"
  /** Live at the venue, partly filled. */
  | "partially_filled"
  /** Live at the venue as far as we know; a cancel is on its way. */
  | "pending_cancel"
  /**
   * An answer went missing. It may be live, filled, or never have arrived; it counts as live
   * until the venue proves otherwise.
   */
  | "unknown"
  /** Done: all of it traded. */
  | "filled"
  /** Done: cancelled, perhaps after a part traded. */
  | "cancelled"
  /** Done: the venue refused it. */
  | "rejected"
  /** Done: its time ran out. */
  | "expired";

/** An order has moved. */
export interface OrderUpdate {
  /** The order. */
  id: OrderId;
  /** The pair. */
  symbol: Symbol;
  /** What it is for now, after amends. */
  qty: Qty;
  /** What of it has traded so far. */
  filled: Qty;
  /** Where it stands. */
  state: OrderState;
  /** Why, where there is something to explain. */
  reason: VenueReason;
  /** Its limit price now. */
  limit?: Price;
  /** The number of the approved change that this settles, whether it was made or refused. */
  settles?: number;
  /** The venue's own id for it. */
  venue_ref?: VenueRef;
}

/** Which part of a strategy's house spoke; each counts its own intents. */
export type Origin =
  /** The strategy itself. */
  | "strategy"
  /** A protective group (stop, target, trailing stop) acting for the strategy. */
  | "protector"
  /** A person or program at the controls: manual orders, cancels. */
  | "operator"
  /** The gate itself, which closes everything at the highest level of the kill switch. */
  | "flatten";

/** Please place this order. */
export interface Place {
  /** The order's id, derived from who asks and the number of the intent. */
  id: OrderId;
  /** What is wanted. */
  spec: OrderSpec;
  /** After this moment nobody wants it any more. */
  expires: Ts;
  /** Why, in a word. */
  why?: Label;
}

/** A whole account at one moment, in quote currency. */
export interface Portfolio {
  /** Cash plus the value of all positions. */
  equity: Money;
  /** Cash. */
  cash: Money;
  /** Profit and loss of what was closed, before fees. */
  realised: Money;
  /** Profit and loss of what is open. */
  unrealised: Money;
  /** Fees paid so far. */
  fees: Money;
  /** The change of equity since 00:00 UTC. */
  day: Money;
}

/** A strategy's position in one instrument after it changed. */
export interface Position {
  /** The pair. */
  symbol: Symbol;
  /** Long above zero, short below. */
  net: Net;
  /** What the open position cost. */
  cost: Money;
  /** Profit and loss of what was closed, before fees. */
  realised: Money;
  /** Fees paid so far, in quote currency. */
  fees: Money;
  /** The average entry price; absent when flat. */
  average?: Price;
}

/**
 * Parts per million (1e-6), signed: fee rates, where the venue's 0.23 % is 2300 and a rebate
 * is negative.
 */
export type Ppm = number;

/** An exact decimal number as text: no exponent, no float. */
export type Price = string;

/**
 * Please guard what that order buys or sells: whichever of stop, target and trailing stop is
 * reached first closes it, and the others go away. One with no levels removes the guard.
 */
export interface Protect {
  /** The entry order whose fills are guarded. Also the name of the group. */
  entry: OrderId;
  /** The pair. */
  symbol: Symbol;
  /** The side of the orders that close: opposite to the entry. */
  exit_side: Side;
  /** Close when the price has gone this far against the average entry price; zero: no stop. */
  stop: Bps;
  /** Close when the price has gone this far in favour; zero: no target. */
  target: Bps;
  /** Close when the price has come back this far from its best; zero: no trailing stop. */
  trail: Bps;
}

/** The gate passes a guard on. What the guard sends when it triggers are intents of their own. */
export interface ProtectApproval {
  /** The entry order whose fills are guarded. Also the name of the group. */
  entry: OrderId;
  /** The pair. */
  symbol: Symbol;
  /** The side of the orders that close: opposite to the entry. */
  exit_side: Side;
  /** Close when the price has gone this far against the average entry price; zero: no stop. */
  stop: Bps;
  /** Close when the price has gone this far in favour; zero: no target. */
  target: Bps;
  /** Close when the price has come back this far from its best; zero: no trailing stop. */
  trail: Bps;
  /** The gate's tag; absent in what was written before guards had one, which nobody acts on. */
  seal: Seal;
  /** The number of this approval; a later guard of the same order has a higher one. */
  number: number;
}

/** An exact decimal number as text: no exponent, no float. */
export type Qty = string;

/** Say what became of that order: all its executions, then where it stands. */
export interface QueryOrder {
  /** The client id. */
  id: OrderId;
}

/** Why the gate says no. Each reason belongs to one rule, each rule to one file of `risk`. */
export type Reason =
  /** The intent could not be read, or its id does not belong to it. */
  | "malformed"
  /** Whoever sent it may not ask in that name. */
  | "wrong_source"
  /** The same intent came before. */
  | "duplicate"
  /** Nobody wants it any more. */
  | "expired"
  /** The kill switch is tripped. */
  | "kill_switch"
  /** Whether the kill switch is tripped cannot be known. */
  | "kill_switch_unknown"
  /** This strategy is paused. */
  | "strategy_paused"
  /** No such instrument. */
  | "unknown_symbol"
  /** The instrument does not take such orders now. */
  | "market_closed"
  /** The price is not on a tick. */
  | "tick"
  /** The quantity is not in whole lots. */
  | "lot"
  /** Below the venue's smallest quantity. */
  | "qty_min"
  /** Below the venue's smallest cost. */
  | "cost_min"
  /** An amend or cancel of an order that this strategy does not have. */
  | "unknown_order"
  /** An order of this instrument has an unknown fate; nothing new until it is known. */
  | "order_unknown"
  /** There is no price to judge by. */
  | "no_price"
  /** The last price is too old. */
  | "stale_price"
  /** The market data has a gap, is stale or down. */
  | "feed_unsafe"
  /** The limit price is too far from the market. */
  | "price_collar"
  /** The order is too large, in money. */
  | "order_notional"
  /** The order is too large, in base currency. */
  | "order_qty"
  /** The hard cap on every live order. */
  | "live_cap"
  /** Too much of this instrument. */
  | "symbol_gross"
  /** Too much in this strategy's hands. */
  | "strategy_gross"
  /** Too much altogether. */
  | "portfolio_gross"
  /** Too much in one direction. */
  | "portfolio_net"
  /** Too many open orders. */
  | "open_orders"
  /** Too many orders for this instrument in a minute. */
  | "symbol_rate"
  /** Too many orders of this strategy in a minute. */
  | "strategy_rate"
  /** Not enough free cash. */
  | "balance"
  /** Not enough free inventory to sell. */
  | "inventory"
  /** It could trade with an own order. */
  | "self_cross"
  /** The day's loss has reached the cap; only reducing orders pass until 00:00 UTC. */
  | "daily_loss"
  /** It says that it only reduces, but it would not. */
  | "not_reducing"
  /** A number left the range of exact arithmetic. */
  | "out_of_range";

/** The gate refuses an intent, for this reason and with these numbers. */
export interface Refusal {
  /** What was found, and what would have been allowed. */
  breach: Breach;
  /**
   * The largest quantity of the same order, in whole lots, that this rule would have let pass;
   * zero where no smaller order would do.
   */
  qty_max: Qty;
  /** The version of the limits it was judged by. */
  limits: number;
  /** How many rules refused; the others follow as [`RefusalDetail`]. */
  broken: number;
  /** Why the intent could not be read, where that is the reason. */
  fault?: DecodeFault;
  /**
   * The order that was asked for, or that the intent was about; absent where not even that
   * could be read. The input itself is named by the cause of the message.
   */
  id?: OrderId;
  /** The pair, where the intent named one. */
  symbol?: Symbol;
}

/** A further rule that the same intent broke. */
export interface RefusalDetail {
  /** The order that was asked for. */
  id: OrderId;
  /** What was found, and what would have been allowed. */
  breach: Breach;
}

/** What the venue says about an order. */
export interface Report {
  /** The client id. */
  id: OrderId;
  /** What the order is for. */
  qty: Qty;
  /** What of it has traded so far. */
  filled: Qty;
  /** When the venue says so, by its clock. */
  at: Ts;
  /** What it is a report of. */
  says: Says;
  /** Why. */
  reason: VenueReason;
  /** The number of the change that this answers. */
  answers?: number;
  /** Its limit price. */
  limit?: Price;
  /** The pair, where the venue knows the order. */
  symbol?: Symbol;
  /** The venue's own id; absent where it has none to give. */
  venue_ref?: VenueRef;
}

/**
 * The shell of a process tells the host of the strategies what is about to happen. Journaled,
 * so that what comes of it is repeated by a replay.
 */
export interface RosterControl {
  /** What it is to do. */
  step: RosterStep;
}

/** What the host of the strategies is to do. */
export type RosterStep =
  /**
   * A start, after the replay: take the strategies and policies that the settings name now.
   * Nothing is said to it, and the whole state is kept and taken back before anything else is
   * taken.
   */
  | "adopt"
  /**
   * A start, after the replay and before the settings are taken: what this process took and
   * said last is lost to it, because its chain was broken there or because it was left out to
   * get out. Others may have heard it.
   */
  | "forget"
  /** Say what that has changed, and cancel what nobody looks after. */
  | "announce"
  /**
   * The state is about to be kept: a strategy whose own does not come back as it was written
   * is quarantined.
   */
  | "keep";

/** The kinds of report. */
export type Says =
  /** The order is live. */
  | "accepted"
  /** The order was refused; it never lived. */
  | "rejected"
  /** The order was changed. */
  | "amended"
  /** The change was refused; the order is as it was. */
  | "amend_rejected"
  /** The cancel found nothing to cancel. */
  | "cancel_rejected"
  /** The order ended before all of it traded. */
  | "cancelled"
  /** The order's lifetime ended. */
  | "expired"
  /** All of the order has traded. */
  | "filled"
  /** Answer to a query: the order is live. */
  | "working"
  /** Answer to a query: there is no such order, and none that arrived in time can still come. */
  | "not_found";

/** A keyed tag, 16 hexadecimal digits. */
export type Seal = string;

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type Seq = string;

/**
 * Put this limit in force. Whoever may speak may tighten one; the shell lets `operator` in
 * only with that operator's signature, and without it nothing is loosened.
 */
export interface SetLimit {
  /** The version of the limits from then on; above the one in force. */
  version: number;
  /** Which. */
  limit: LimitKey;
  /** To what. */
  value: LimitValue;
  /** The fingerprint of the operator's key whose signature the shell has checked. */
  operator?: number;
  /** The instrument, for limits that each has its own of. */
  symbol?: Symbol;
}

/** Buy or sell. */
export type Side =
  /** Buy the base, pay the quote. */
  | "buy"
  /** Sell the base, receive the quote. */
  | "sell";

/**
 * Which position a program outside wants a strategy to have. A position and not an order: said
 * twice it does no harm, and the last one counts. Whether and how it is heeded is the
 * strategy's, and the gate judges what the strategy then asks for.
 */
export interface Signal {
  /** The strategy that is to heed it. */
  strategy: StrategyId;
  /** The pair. */
  symbol: Symbol;
  /** The position: above zero long, below short, zero is none. */
  target: Net;
  /** From this moment on it counts no more. */
  expires: Ts;
  /** The worst price at which to buy or sell for it. */
  limit?: Price;
  /** Why, in a word. */
  why?: Label;
}

/** An Ed25519 signature, 128 hexadecimal digits. */
export type Signature = string;

/** The operator's signature, and the moment that it was made for. */
export interface Signed {
  /** When. */
  at: Ts;
  /** Over the purpose, the session and that moment. */
  signature: Signature;
}

/** The service that speaks. In one process or in many, the source of a message is the same. */
export type Source =
  /** Market data in. */
  | "md-ingest"
  /** Strategies and execution algorithms. */
  | "strategy-engine"
  /** The gate. */
  | "risk-engine"
  /** The only one that talks to the venue. */
  | "execution-gateway"
  /** What the venue itself says; stamped by the gateway's shell, or by the simulated venue. */
  | "venue"
  /** People and programs at the controls. */
  | "operator"
  /** The process itself: timers, polls of the kill sources. */
  | "runtime"
  /**
   * The guard of positions. It lives beside the gateway, so its intents are a stream of their
   * own.
   */
  | "protector"
  /**
   * Programs outside, which say to strategies what they want. Sources are counted by their
   * place: a new one comes last.
   */
  | "external";

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type Span = string;

/**
 * The account as the venue shows it begins here; so many lines follow, and nothing of the
 * venue stands between them.
 */
export interface Statement {
  /** The number of the question. */
  number: number;
  /** When it was drawn up, by the venue's clock. */
  at: Ts;
  /** Orders that ended, and trades, are complete from here on. */
  since: Ts;
  /** How many lines follow. */
  lines: number;
}

/** A line of a statement: what is owned of an asset, what open orders hold of it included. */
export interface StatementBalance {
  /** The asset. */
  asset: Asset;
  /** How much. */
  amount: Money;
}

/** A line of a statement: an order that is open, or has ended. */
export interface StatementOrder {
  /** The venue's own id. */
  venue_ref: VenueRef;
  /** The pair. */
  symbol: Symbol;
  /** Bought or sold. */
  side: Side;
  /** What it is for. */
  qty: Qty;
  /** What of it has traded. */
  filled: Qty;
  /** Why it ended. */
  reason: VenueReason;
  /** How it ended; absent while it is open. */
  end?: Says;
  /** The client id; absent for an order that carries none. */
  id?: OrderId;
  /** Its limit price. */
  limit?: Price;
}

/** The strategy named by the correlation is paused, or goes on. */
export interface StrategyControl {
  /** What holds from now on. */
  run: StrategyRun;
}

/** The name of a strategy. */
export type StrategyId = string;

/** Whether a strategy runs. */
export type StrategyRun =
  /** It runs. */
  | "running"
  /** It hears everything, but none of its entries pass. */
  | "paused"
  /** It panicked or broke its contract; it hears nothing until a restart. */
  | "quarantined";

/** Take this order, unless it reaches you after the deadline. */
export interface Submit {
  /** The client id. */
  id: OrderId;
  /** The order. */
  spec: OrderSpec;
  /** The venue drops what arrives later; only because of this is a later "not found" a proof. */
  deadline: Ts;
  /** The gateway's signature. */
  seal: Seal;
}

/** A pair, such as `BTC/USD`. */
export type Symbol = string;

/** The best prices and the last trade. */
export interface Ticker {
  /** The pair. */
  symbol: Symbol;
  /** What is bid for at the best price. */
  bid_qty: Qty;
  /** What is offered at the best price. */
  ask_qty: Qty;
  /** When the venue says it happened. */
  at: Ts;
  /** The lowest price somebody sells at. */
  ask?: Price;
  /** The highest price somebody buys at. */
  bid?: Price;
  /** The price of the last trade. */
  last?: Price;
}

/** The wire names of the lifetimes. */
export type Tif =
  | "gtc"
  | "post"
  | "ioc"
  | "gtd";

/** The length of a bar. */
export type Timeframe =
  /** A minute. */
  | "1m"
  /** Five minutes. */
  | "5m"
  /** A quarter of an hour. */
  | "15m"
  /** An hour. */
  | "1h"
  /** Four hours. */
  | "4h"
  /** A day. */
  | "1d";

/** A topic, such as `md.trades.BTC-USD`. */
export type Topic = string;

/** A trade between others, as the venue reports it. */
export interface Trade {
  /** The pair. */
  symbol: Symbol;
  /** The price. */
  price: Price;
  /** The quantity. */
  qty: Qty;
  /** The venue's number of it. */
  id: TradeId;
  /** When the venue says it happened. */
  at: Ts;
  /** The side of the taker. */
  taker: Side;
}

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type TradeId = string;

/** Trip the kill switch. Needs no key. */
export interface Trip {
  /** How far. */
  level: KillLevel;
  /** Why. */
  trigger: KillTrigger;
}

/** A whole number as text: JSON numbers lose digits above 2^53. */
export type Ts = string;

/** Why an order ended, or why a request for it was refused. */
export type VenueReason =
  /** Nothing to explain. */
  | "none"
  /** We asked for it. */
  | "requested"
  /** The rest of an immediate order. */
  | "immediate_rest"
  /** A post-only order would have taken. */
  | "would_take"
  /** Self-trade prevention. */
  | "self_trade"
  /** The lifetime ended. */
  | "lifetime_ended"
  /** The venue's dead man's switch fired. */
  | "dead_man"
  /** The request came after its deadline. */
  | "too_late"
  /** The price is not on a tick. */
  | "tick"
  /** The quantity is not in whole lots. */
  | "lot"
  /** Below the smallest quantity or cost. */
  | "minimum"
  /** Not enough funds. */
  | "funds"
  /** The pair is not known or not open. */
  | "closed"
  /** The client id is taken by another order. */
  | "duplicate_id"
  /** The venue does not know the order. */
  | "unknown_order"
  /** There was nothing to trade with. */
  | "no_liquidity"
  /** Too many requests. */
  | "rate_limit"
  /** The request was not properly authorised. */
  | "denied"
  /** The request itself made no sense to the venue. */
  | "invalid"
  /** The approval ran out before the order was sent. */
  | "approval_expired"
  /** The kill switch stopped it before it was sent. */
  | "halted"
  /** Anything else the venue said. */
  | "other";

/** An id that the venue gave. */
export type VenueRef = string;

/** A timer of a machine has fired. Journaled like every input, so that replay needs no clock. */
export interface Wake {
  /** The machine's place in the roster. */
  machine: number;
  /** The machine's own name for the timer. */
  timer: number;
}

/** A message of one type. */
export interface Envelope<Type extends string, Body> {
  /** The version of the wire format. */
  v: 1;
  /** Who says it. */
  src: Source;
  /** The how-manieth start of that source. */
  epoch: Epoch;
  /** What it is said on. */
  topic: Topic;
  /** Its position among the messages of this source, epoch and topic. */
  seq: Seq;
  /** When it was said, by the speaker's clock. */
  ts: Ts;
  /** When it came in, by the receiver's clock. */
  rx: Ts;
  /** The message that it answers. */
  cause?: Cause;
  /** What it belongs to. */
  corr?: Corr;
  /** What kind of message this is. */
  type: Type;
  /** What is said. */
  body: Body;
}

/** Any message. */
export type Message =
  | Envelope<"instrument", Instrument>
  | Envelope<"trade", Trade>
  | Envelope<"level", Level>
  | Envelope<"ticker", Ticker>
  | Envelope<"bar", Bar>
  | Envelope<"feed", Feed>
  | Envelope<"mark", Mark>
  | Envelope<"place", Place>
  | Envelope<"cancel", Cancel>
  | Envelope<"amend", Amend>
  | Envelope<"protect", Protect>
  | Envelope<"signal", Signal>
  | Envelope<"approved", Approval>
  | Envelope<"amend_approved", Approval>
  | Envelope<"cancel_approved", CancelApproval>
  | Envelope<"protect_approved", ProtectApproval>
  | Envelope<"refused", Refusal>
  | Envelope<"refused_also", RefusalDetail>
  | Envelope<"accepted", OrderAccepted>
  | Envelope<"order", OrderUpdate>
  | Envelope<"fill", Fill>
  | Envelope<"submit", Submit>
  | Envelope<"cancel_order", CancelOrder>
  | Envelope<"amend_order", AmendOrder>
  | Envelope<"query_order", QueryOrder>
  | Envelope<"ask_statement", AskStatement>
  | Envelope<"cancel_all", CancelAll>
  | Envelope<"arm_dead_man", ArmDeadMan>
  | Envelope<"executed", Fill>
  | Envelope<"report", Report>
  | Envelope<"statement", Statement>
  | Envelope<"statement_order", StatementOrder>
  | Envelope<"statement_trade", Fill>
  | Envelope<"statement_balance", StatementBalance>
  | Envelope<"position", Position>
  | Envelope<"portfolio", Portfolio>
  | Envelope<"trip", Trip>
  | Envelope<"clear_kill", ClearKill>
  | Envelope<"kill_poll", KillPoll>
  | Envelope<"kill_state", KillState>
  | Envelope<"strategy_control", StrategyControl>
  | Envelope<"roster", RosterControl>
  | Envelope<"set_limit", SetLimit>
  | Envelope<"limit_state", LimitState>
  | Envelope<"wake", Wake>
  | Envelope<"head", Head>
  | Envelope<"carried", Carried>
  | Envelope<"books_compared", BooksCompared>
  | Envelope<"gap", Gap>
  | Envelope<"dead_letter", DeadLetter>
  | Envelope<"alert", Alert>;
