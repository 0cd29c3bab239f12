//! Every notice there is. A new one is one entry here; documentation and metrics follow.

use contracts::{
    AlertCode, DecodeFault, FeedState, Figures, KillLevel, KillTrigger, Money, OrderId, OrderState,
    Price, Qty, Reason, Side, Source, StrategyId, StrategyRun, Symbol, Topic, VenueReason,
};

use super::notices;

notices! {
    /// A service begins its work.
    Started { version: &'static str, mode: &'static str } =
        "started", Info, "started, version {version}, mode {mode}";
    /// A service was asked to end, and ends in order.
    Stopping {} = "stopping", Info, "stopping";
    /// A service has ended in order.
    Stopped { up_ms: u64 } = "stopped", Info, "stopped after {up_ms} ms";
    /// A process could not go on, and ends.
    CouldNotGoOn { why: &'static str } = "could_not_go_on", Error, "cannot go on: {why}";
    /// Whoever worked for a process has ended before it was over; the kill switch was tripped.
    Died { who: &'static str } = "died", Error, "{who} ended by itself; the kill switch is tripped";
    /// A thread or a strategy panicked; the error says where.
    Panicked { thread: u32 } = "panicked", Error, "a panic on thread {thread}";
    /// A part of a service has not been heard of for too long.
    Silent { check: &'static str, silent_ms: u64 } =
        "silent", Error, "{check} has been silent for {silent_ms} ms";
    /// The process goes on with settings that were read anew.
    Reloaded { keys: u32 } = "reloaded", Info, "goes on with settings that were read anew: {keys} keys";
    /// The settings were to be read anew, and cannot be used; the old ones stay at work.
    NotReloaded { problems: u32 } =
        "not_reloaded", Error, "settings not reloaded, {problems} problems; see njord config check";

    /// A strategy has no cash to begin with: others had got all of it before.
    StrategyWithoutCash { strategy: StrategyId } = "strategy_without_cash", Warn,
        "{strategy} has no cash: all of venue.funds was given out before; raise it";

    /// Log lines were lost, because they came faster than they could be written or could not be.
    LogLinesLost { lines: u64, reason: &'static str } =
        "log_lines_lost", Warn, "{lines} log lines were lost: {reason}";
    /// Another process writes the log of this name; this one takes a name with its process id.
    LogShared { pid: u32 } = "log_shared", Warn,
        "the log is held by another process; writing to one named after process {pid}";

    /// The gate approved an order, or a change of one.
    IntentApproved { order: OrderId, symbol: Symbol, side: Side, qty: Qty } =
        "intent_approved", Debug, "approved {order}: {side} {qty} {symbol}";
    /// The gate refused an intent.
    IntentRefused {
        order: Option<OrderId>,
        strategy: Option<StrategyId>,
        symbol: Option<Symbol>,
        reason: Reason,
        figures: Figures,
        setting: Option<&'static str>,
        broken: u8,
    } = "intent_refused", Info,
        "refused {order} {strategy} {symbol}: {reason} {figures}[; see {setting}]";
    /// An order has moved.
    OrderMoved { order: OrderId, symbol: Symbol, state: OrderState, filled: Qty, qty: Qty } =
        "order_moved", Debug, "order {order} {symbol} is {state}, {filled} of {qty} filled";
    /// The venue ended or refused an order for a reason of its own.
    OrderEnded { order: OrderId, symbol: Symbol, state: OrderState, reason: VenueReason } =
        "order_ended", Warn, "order {order} {symbol} is {state}: {reason}";
    /// An answer went missing; the order counts as live until the venue proves its fate.
    OrderUnknown { order: OrderId, symbol: Symbol } =
        "order_unknown", Warn, "order {order} {symbol}: no answer, the venue is asked";
    /// A part of an order has traded.
    Filled {
        order: OrderId,
        strategy: Option<StrategyId>,
        symbol: Symbol,
        side: Side,
        qty: Qty,
        price: Price,
        fee: Money,
    } = "filled", Info, "{strategy} {side} {qty} {symbol} at {price}, fee {fee} ({order})";

    /// The kill switch was tripped.
    KillTripped { level: KillLevel, trigger: KillTrigger } =
        "kill_tripped", Error, "the kill switch is tripped to {level}, by {trigger}";
    /// An operator cleared the kill switch.
    KillCleared { trigger: KillTrigger } = "kill_cleared", Warn, "the kill switch is clear";
    /// A strategy was paused or resumed.
    StrategyMoved { strategy: StrategyId, run: StrategyRun } =
        "strategy_moved", Warn, "strategy {strategy} is {run}";
    /// A strategy panicked or broke its contract, and hears nothing until a restart.
    StrategyQuarantined { strategy: StrategyId } =
        "strategy_quarantined", Error, "strategy {strategy} is quarantined until a restart";
    /// Something in the core needs a person.
    AlertRaised { code: AlertCode, symbol: Option<Symbol>, order: Option<OrderId> } =
        "alert_raised", Error, "alert: {code} {symbol} {order}";

    /// Market data of a pair is complete and current again.
    FeedLive { symbol: Symbol } = "feed_live", Info, "feed {symbol} is live";
    /// Market data of a pair must not be trusted.
    FeedUnsafe { symbol: Symbol, state: FeedState } =
        "feed_unsafe", Warn, "feed {symbol} is {state}; its prices are not trusted";
    /// Messages are missing.
    GapSeen { of: Topic, source: Source, expected: u64, got: u64 } =
        "gap_seen", Warn, "{of} of {source}: expected message {expected}, got {got}";
    /// A message could not be read.
    DeadLetter { fault: DecodeFault, bytes: u32 } =
        "dead_letter", Warn, "a message of {bytes} bytes could not be read: {fault}";

    /// What callers of the venue said could not be read; told once a second at most.
    CallersNotRead { lines: u64, fault: DecodeFault, bytes: u32 } = "callers_not_read", Warn,
        "{lines} lines of callers could not be read; the last one, of {bytes} bytes: {fault}";
    /// Callers found all places at the venue taken by others who are alive.
    CallersTurnedAway { callers: u64 } = "callers_turned_away", Warn,
        "{callers} callers were turned away: all places are taken";
    /// Callers who gave no sign of life had to leave their places at the venue to others.
    CallersLetGo { callers: u64 } = "callers_let_go", Warn,
        "{callers} silent callers had to leave their places to others";

    /// A connection to outside stands.
    Connected { to: &'static str, time: u64 } =
        "connected", Info, "connected to {to}, for time {time}";
    /// A connection to outside was lost; it is tried again until it stands.
    Disconnected { from: &'static str } =
        "disconnected", Warn, "lost {from}; trying to reach it again";
    /// An attempt to connect failed; the next one follows.
    ConnectFailed { to: &'static str, attempt: u32, next_ms: u64 } =
        "connect_failed", Warn, "attempt {attempt} to reach {to} failed; next in {next_ms} ms";
    /// What is said does not reach the bus; what is durable waits in the journal.
    BusBehind { why: &'static str } =
        "bus_behind", Warn, "the bus is behind: {why}; what is durable waits in the journal";
    /// Everything durable that was said stands on the bus.
    BusWhole { behind_ms: u64 } =
        "bus_whole", Info, "everything durable stands on the bus, after {behind_ms} ms";
    /// Something on the bus is not as it should be.
    BusAlarm { what: &'static str } = "bus_alarm", Error, "the bus: {what}";
    /// A call to outside failed.
    CallFailed { to: &'static str, call: &'static str } =
        "call_failed", Warn, "{call} at {to} failed";

    /// The last record of the journal was torn by a crash, and cut.
    JournalTornTail { bytes: u64 } =
        "journal_torn_tail", Warn, "journal: a torn tail of {bytes} bytes was cut";
    /// The journal's chain is broken; it was put aside and the service starts halted.
    JournalBroken { record: u64 } =
        "journal_broken", Error, "journal: the chain is broken at record {record}; put aside";
    /// The journal's chain is broken in a part that is older than the last snapshot: the kill switch trips.
    JournalPastBroken { record: u64 } = "journal_past_broken", Error,
        "journal: the chain is broken at record {record}, before the last snapshot; tripped";
    /// The journal cannot be written; the error says why.
    JournalFailed {} = "journal_failed", Error, "the journal cannot be written";
    /// An old segment of the journal was compressed, or moved to the archive.
    JournalKept { record: u64, what: &'static str } =
        "journal_kept", Info, "journal: the segment from record {record} was {what}";
    /// An old segment could not be compressed or moved; the error says why. Nothing is lost.
    JournalNotKept {} =
        "journal_not_kept", Warn, "journal: an old segment could not be compressed or moved";
    /// There is less room on the disk than the settings want: nothing is sent that could open a position.
    DiskLow { free_bytes: u64, needed_bytes: u64 } = "disk_low", Error,
        "{free_bytes} bytes free, {needed_bytes} needed: nothing that could open a position is sent";
    /// There is enough room on the disk again.
    DiskHasRoom { free_bytes: u64 } = "disk_has_room", Info, "{free_bytes} bytes free again";
    /// The disk is full: the journal writes into its reserve what helps to get out, and nothing else.
    DiskFull {} =
        "disk_full", Error, "the disk is full: the kill switch trips, and the reserve serves to get out";
    /// The clock of the machine shows less than was seen here: time goes on by itself until it has caught up.
    ClockBehind { behind_ms: u64 } = "clock_behind", Error,
        "the clock of the machine is {behind_ms} ms behind: nothing that could open a position is sent";
    /// The clock of the machine has caught up.
    ClockCaughtUp {} = "clock_caught_up", Info, "the clock of the machine has caught up";

    /// The endpoint for metrics and health listens.
    HttpListening { port: u16 } = "http_listening", Info, "metrics and health on port {port}";
    /// A call to the endpoint was turned away.
    HttpTurnedAway { status: u16, why: &'static str } =
        "http_turned_away", Debug, "a call was answered {status}: {why}";
}
