//! At least one message of every type, in a fixed order: with everything that may be absent present
//! once, and absent once. What the codec, the schemas and the golden file are tested with.

use contracts::testing::{asset, money, net, price, qty, secs, strategy, symbol};
use contracts::{
    Alert, AlertCode, Amend, AmendOrder, Approval, ArmDeadMan, AskStatement, Bar, BooksCompared,
    Bps, Breach, Cancel, CancelAll, CancelApproval, CancelOrder, Carried, Cause, ClearKill, Corr,
    DeadLetter, DecodeFault, Envelope, Epoch, Event, ExecutionId, Feed, FeedState, Figures, Fill,
    Gap, Head, Instrument, IntentSeq, KillLevel, KillPoll, KillReading, KillState, KillTrigger,
    Label, Level, LevelPart, Lifetime, LimitKey, LimitOutcome, LimitState, LimitValue, Liquidity,
    Mark, MarketStatus, OrderAccepted, OrderId, OrderKind, OrderSpec, OrderState, OrderUpdate,
    Origin, Place, Portfolio, Position, Protect, ProtectApproval, QueryOrder, Reason, Refusal,
    RefusalDetail, Report, RosterControl, RosterStep, Says, Seal, Seq, SetLimit, Side, Signal,
    Signature, Signed, Source, Span, Statement, StatementBalance, StatementOrder, StrategyControl,
    StrategyRun, Submit, Ticker, Timeframe, Topic, Trade, TradeId, Trip, Ts, VenueReason, VenueRef,
    Wake,
};

/// Every sample, in envelopes that differ in what they carry.
pub(crate) fn samples() -> Vec<Envelope> {
    let spoken_by = [
        (Source::MdIngest, market()),
        (Source::StrategyEngine, intents()),
        (Source::RiskEngine, decisions()),
        (Source::ExecutionGateway, orders()),
        (Source::ExecutionGateway, requests()),
        (Source::Venue, reports()),
        (Source::RiskEngine, accounts()),
        (Source::Operator, controls()),
        (Source::Runtime, health()),
        (Source::Venue, statements()),
        (Source::External, signals()),
    ];
    let mut samples = Vec::new();
    for (src, events) in spoken_by {
        for event in events {
            let number = samples.len() as u64 + 1;
            samples.push(envelope(src, number, event));
        }
    }
    samples
}

fn envelope(src: Source, number: u64, event: Event) -> Envelope {
    let at = Ts::from_nanos(1_795_219_200_000_000_000 + number as i64);
    let said = Envelope::input(src, at, event);
    let said = Envelope { epoch: Epoch(3), seq: Seq::new(number), rx: at + Span::MILLI, ..said };
    match src {
        Source::MdIngest | Source::Runtime | Source::Venue | Source::External => said,
        _ => Envelope { cause: Some(cause(number)), corr: Some(corr(number)), ..said },
    }
}

fn cause(number: u64) -> Cause {
    let topic = if number.is_multiple_of(2) {
        Topic::Ohlcv(Timeframe::M5, symbol("BTC/USD"))
    } else {
        Topic::Intent
    };
    Cause { src: Source::MdIngest, epoch: Epoch(2), topic, seq: Seq::new(u64::MAX) }
}

/// Every field of a correlation is there in one sample out of two.
fn corr(number: u64) -> Corr {
    let plain = Corr::new(strategy("ema_cross"), Origin::Strategy, IntentSeq::new(number));
    if number.is_multiple_of(2) {
        let execution = ExecutionId::new(u64::MAX);
        Corr { origin: Origin::Protector, parent: Some(id(9)), execution, slice: 12, ..plain }
    } else {
        plain
    }
}

pub(crate) fn id(number: u128) -> OrderId {
    OrderId::from_bits(number << 64 | 0xa91c).unwrap()
}

fn venue_ref(text: &str) -> VenueRef {
    VenueRef::new(text).unwrap()
}

fn seal(number: u64) -> Seal {
    format!("{number:016x}").parse().unwrap()
}

fn spec(kind: OrderKind, lifetime: Lifetime) -> OrderSpec {
    OrderSpec::new(symbol("BTC/USD"), Side::Buy, qty("0.004"), kind, lifetime).unwrap()
}

fn market() -> Vec<Event> {
    let pair = symbol("BTC/USD");
    let level = Level {
        symbol: symbol("ETH.F/USD"),
        price: price("0.000000000001"),
        qty: qty("0"),
        at: secs(5),
        checksum: None,
        side: Side::Buy,
        part: LevelPart::SnapshotStart,
    };
    let ticker = Ticker {
        symbol: pair,
        bid: Some(price("61207.2")),
        ask: Some(price("61207.3")),
        last: Some(price("61207.3")),
        bid_qty: qty("1.5"),
        ask_qty: qty("0.25"),
        at: secs(6),
    };
    vec![
        Event::Instrument(Instrument {
            symbol: pair,
            tick: price("0.1"),
            lot: qty("0.00000001"),
            qty_min: qty("0.0001"),
            cost_min: money("0.5"),
            valid_from: Ts::ZERO,
            quote_decimals: 4,
            price_decimals: 1,
            qty_decimals: 8,
            status: MarketStatus::Online,
        }),
        Event::Trade(Trade {
            symbol: pair,
            price: price("170141183460469231731687303.715884105727"),
            qty: qty("170141183460469231731687303.715884105727"),
            id: TradeId::new(u64::MAX),
            at: Ts::MAX,
            taker: Side::Sell,
        }),
        Event::Level(level),
        Event::Level(Level { checksum: Some(u32::MAX), part: LevelPart::Last, ..level }),
        Event::Ticker(ticker),
        Event::Ticker(Ticker { bid: None, ask: None, last: None, ..ticker }),
        Event::Bar(Bar {
            symbol: pair,
            open: price("61000"),
            high: price("61300.5"),
            low: price("60900"),
            close: price("61207.3"),
            volume: qty("12.34567891"),
            open_at: secs(0),
            trades: 417,
            timeframe: Timeframe::M5,
        }),
        Event::Feed(Feed { symbol: pair, state: FeedState::Gap }),
    ]
}

fn intents() -> Vec<Event> {
    let market = spec(OrderKind::Market, Lifetime::UntilCancelled);
    let place = Place { id: id(1), spec: market, expires: secs(10), why: Label::new("cross up") };
    let limit = OrderKind::Limit(price("61207.3"));
    let stop = OrderKind::Stop { trigger: price("59000") };
    let stop_limit = OrderKind::StopLimit { trigger: price("59000"), limit: price("58900") };
    let amend =
        Amend { target: id(1), qty: qty("0.003"), limit: None, trigger: None, why: Label::NONE };
    let protect = Protect {
        entry: id(1),
        symbol: symbol("BTC/USD"),
        exit_side: Side::Sell,
        stop: Bps::new(250),
        target: Bps::new(500),
        trail: Bps::new(0),
    };
    vec![
        Event::Place(place),
        Event::Place(Place { why: Label::NONE, spec: spec(limit, Lifetime::PostOnly), ..place }),
        Event::Place(Place { spec: spec(limit, Lifetime::Immediate).reduce_only(), ..place }),
        Event::Place(Place { spec: spec(stop, Lifetime::UntilCancelled), ..place }),
        Event::Place(Place { spec: spec(stop_limit, Lifetime::Until(secs(99))), ..place }),
        Event::Cancel(Cancel { target: id(1), why: Label::NONE }),
        Event::Cancel(Cancel { target: id(1), why: Label::new("stale") }),
        Event::Amend(amend),
        Event::Amend(Amend {
            limit: Some(price("61000")),
            trigger: Some(price("59500")),
            why: Label::new("requote"),
            ..amend
        }),
        Event::Protect(protect),
    ]
}

fn signals() -> Vec<Event> {
    let signal = Signal {
        strategy: strategy("follow_signals"),
        symbol: symbol("BTC/USD"),
        target: net("0.004"),
        limit: Some(price("61207.3")),
        expires: secs(60),
        why: Label::new("model 7"),
    };
    vec![
        Event::Signal(signal),
        Event::Signal(Signal { target: net("-0.004"), limit: None, why: Label::NONE, ..signal }),
    ]
}

fn decisions() -> Vec<Event> {
    let approval = Approval {
        id: id(1),
        spec: spec(OrderKind::Limit(price("61207.3")), Lifetime::UntilCancelled),
        valid_until: secs(11),
        seal: seal(u64::MAX),
        number: 7,
        limits: 2,
    };
    let refusal = Refusal {
        id: Some(id(2)),
        fault: None,
        symbol: Some(symbol("BTC/USD")),
        breach: Breach {
            reason: Reason::OrderNotional,
            figures: Figures::Money { found: money("30603.65"), allowed: money("10000") },
        },
        qty_max: qty("0.16337985"),
        limits: 2,
        broken: 7,
    };
    let none = Breach { reason: Reason::Duplicate, figures: Figures::None };
    let also = |reason, figures| {
        Event::RefusedAlso(RefusalDetail { id: id(2), breach: Breach { reason, figures } })
    };
    let second = |count| Span::SECOND.times(count);
    let guard = Protect {
        entry: id(1),
        symbol: symbol("BTC/USD"),
        exit_side: Side::Buy,
        stop: Bps::new(0),
        target: Bps::new(0),
        trail: Bps::new(i32::MAX),
    };
    vec![
        Event::Approved(approval),
        Event::AmendApproved(Approval { number: 8, ..approval }),
        Event::CancelApproved(CancelApproval { target: id(1), seal: seal(0), number: 9 }),
        Event::ProtectApproved(ProtectApproval { protect: guard, seal: seal(4), number: 10 }),
        Event::Refused(refusal),
        Event::Refused(Refusal { symbol: None, breach: none, broken: 1, ..refusal }),
        Event::Refused(Refusal {
            id: None,
            fault: Some(DecodeFault::NotJson),
            symbol: None,
            breach: Breach { reason: Reason::Malformed, figures: Figures::None },
            qty_max: qty("0"),
            broken: 1,
            ..refusal
        }),
        also(Reason::OrderQty, Figures::Qty { found: qty("0.5"), allowed: qty("0.1") }),
        also(
            Reason::PriceCollar,
            Figures::Price { found: price("70000"), allowed: price("63000") },
        ),
        also(Reason::StalePrice, Figures::Span { found: second(9), allowed: second(2) }),
        also(
            Reason::PriceCollar,
            Figures::Bps { found: Bps::new(1_400), allowed: Bps::new(i32::MIN) },
        ),
        also(Reason::OpenOrders, Figures::Count { found: 21, allowed: u32::MAX }),
    ]
}

fn orders() -> Vec<Event> {
    let update = OrderUpdate {
        id: id(1),
        symbol: symbol("BTC/USD"),
        qty: qty("0.004"),
        filled: qty("0"),
        limit: None,
        venue_ref: None,
        settles: None,
        state: OrderState::PendingNew,
        reason: VenueReason::None,
    };
    vec![
        Event::Accepted(OrderAccepted {
            id: id(1),
            spec: spec(OrderKind::Limit(price("61207.3")), Lifetime::UntilCancelled),
        }),
        Event::Order(update),
        Event::Order(OrderUpdate {
            filled: qty("0.001"),
            limit: Some(price("61207.3")),
            venue_ref: Some(venue_ref("OK4GJX-KSTLS-7DZZO5")),
            settles: Some(8),
            state: OrderState::PartiallyFilled,
            ..update
        }),
        Event::Order(OrderUpdate { state: OrderState::Unknown, ..update }),
        Event::Fill(fill()),
    ]
}

fn fill() -> Fill {
    Fill {
        id: id(1),
        exec: venue_ref("T1000"),
        symbol: symbol("BTC/USD"),
        qty: qty("0.004"),
        price: price("61207.3"),
        fee: money("0.6366"),
        fee_asset: asset("USD"),
        at: secs(9),
        side: Side::Buy,
        liquidity: Liquidity::Taker,
    }
}

fn requests() -> Vec<Event> {
    let amend = AmendOrder {
        id: id(1),
        qty: qty("0.003"),
        limit: None,
        trigger: None,
        deadline: secs(12),
        number: 8,
        seal: seal(2),
    };
    vec![
        Event::Submit(Submit {
            id: id(1),
            spec: spec(OrderKind::Limit(price("61207.3")), Lifetime::UntilCancelled),
            deadline: secs(12),
            seal: seal(1),
        }),
        Event::CancelOrder(CancelOrder { id: id(1), seal: seal(3) }),
        Event::AmendOrder(amend),
        Event::AmendOrder(AmendOrder {
            limit: Some(price("61000")),
            trigger: Some(price("59500")),
            ..amend
        }),
        Event::QueryOrder(QueryOrder { id: id(1) }),
        Event::CancelAll(CancelAll { number: 1, seal: seal(4) }),
        Event::ArmDeadMan(ArmDeadMan { timeout: Span::MINUTE, number: 2, seal: seal(5) }),
    ]
}

fn reports() -> Vec<Event> {
    let report = Report {
        id: id(1),
        venue_ref: Some(venue_ref("OK4GJX-KSTLS-7DZZO5")),
        symbol: Some(symbol("BTC/USD")),
        qty: qty("0.004"),
        filled: qty("0.004"),
        limit: Some(price("61207.3")),
        at: secs(9),
        answers: Some(8),
        says: Says::Filled,
        reason: VenueReason::None,
    };
    vec![
        Event::Executed(Fill {
            fee: money("-0.000000000000000000000001"),
            liquidity: Liquidity::Maker,
            ..fill()
        }),
        Event::Report(report),
        Event::Report(Report {
            venue_ref: None,
            symbol: None,
            qty: qty("0"),
            filled: qty("0"),
            limit: None,
            answers: None,
            says: Says::NotFound,
            reason: VenueReason::UnknownOrder,
            ..report
        }),
    ]
}

fn statements() -> Vec<Event> {
    let order = StatementOrder {
        id: Some(id(1)),
        venue_ref: venue_ref("OK4GJX-KSTLS-7DZZO5"),
        symbol: symbol("BTC/USD"),
        side: Side::Buy,
        qty: qty("0.004"),
        filled: qty("0.001"),
        limit: Some(price("61207.3")),
        end: Some(Says::Cancelled),
        reason: VenueReason::Requested,
    };
    let amount = money("0.004");
    let compared = BooksCompared {
        at: secs(9),
        repaired: 1,
        open: 2,
        settled: Some(secs(8)),
        settled_trade: Some(TradeId::new(4)),
    };
    vec![
        Event::AskStatement(AskStatement { number: 7, since: secs(3) }),
        Event::Statement(Statement { number: 7, at: secs(9), since: secs(3), lines: 4 }),
        Event::StatementOrder(order),
        Event::StatementOrder(StatementOrder {
            id: None,
            limit: None,
            end: None,
            reason: VenueReason::None,
            ..order
        }),
        Event::StatementTrade(fill()),
        Event::StatementBalance(StatementBalance { asset: asset("BTC"), amount }),
        Event::BooksCompared(compared),
        Event::BooksCompared(BooksCompared { settled: None, settled_trade: None, ..compared }),
    ]
}

fn accounts() -> Vec<Event> {
    let mark = Mark {
        symbol: symbol("BTC/USD"),
        bid: Some(price("61207.2")),
        ask: Some(price("61207.3")),
        last: Some(price("61207.3")),
        seen: secs(6),
        quoted: secs(6),
        traded: secs(5),
        state: FeedState::Live,
    };
    let position = Position {
        symbol: symbol("BTC/USD"),
        net: net("-0.004"),
        cost: money("-244.8292"),
        realised: money("-170141183460469.231731687303715884105727"),
        fees: money("0.6366"),
        average: Some(price("61207.3")),
    };
    vec![
        Event::Mark(mark),
        Event::Mark(Mark { bid: None, ask: None, last: None, state: FeedState::Down, ..mark }),
        Event::Position(position),
        Event::Position(Position { net: net("0"), cost: money("0"), average: None, ..position }),
        Event::Portfolio(Portfolio {
            equity: money("10000"),
            cash: money("9755.1708"),
            realised: money("0"),
            unrealised: money("-3.12"),
            fees: money("0.6366"),
            day: money("-3.7566"),
        }),
    ]
}

fn controls() -> Vec<Event> {
    let state = KillState {
        level: Some(KillLevel::Flatten),
        trigger: KillTrigger::DailyLoss,
        since: secs(3),
    };
    let set = SetLimit {
        version: 4,
        limit: LimitKey::Collar,
        value: LimitValue::Bps { most: Bps::new(200) },
        symbol: None,
        operator: None,
    };
    let signed = Signed { at: secs(4), signature: Signature::new([0xa9; 64]) };
    vec![
        Event::Trip(Trip { level: KillLevel::Entries, trigger: KillTrigger::Command }),
        Event::ClearKill(ClearKill::by(0xfeed)),
        Event::ClearKill(ClearKill { operator: 0xfeed, signed: Some(signed) }),
        Event::KillPoll(KillPoll { trigger: KillTrigger::File, reading: KillReading::Unreadable }),
        Event::KillState(state),
        Event::KillState(KillState { level: None, trigger: KillTrigger::Command, ..state }),
        Event::StrategyControl(StrategyControl { run: StrategyRun::Quarantined }),
        Event::Roster(RosterControl { step: RosterStep::Adopt }),
        Event::Roster(RosterControl { step: RosterStep::Announce }),
        Event::Roster(RosterControl { step: RosterStep::Keep }),
        Event::SetLimit(set),
        Event::SetLimit(SetLimit {
            limit: LimitKey::OrderQtyMax,
            value: LimitValue::Qty { most: qty("0.5") },
            symbol: Some(symbol("BTC/USD")),
            operator: Some(7),
            ..set
        }),
        Event::LimitState(LimitState {
            version: 3,
            limit: LimitKey::LiveCap,
            value: LimitValue::Off,
            symbol: None,
            outcome: LimitOutcome::NeedsOperator,
        }),
        Event::LimitState(LimitState {
            version: 4,
            limit: LimitKey::OrderQtyMax,
            value: LimitValue::Span { most: Span::SECOND },
            symbol: Some(symbol("BTC/USD")),
            outcome: LimitOutcome::InForce,
        }),
    ]
}

fn health() -> Vec<Event> {
    let topic = Topic::Trades(symbol("AAPLx/USD"));
    let (source, epoch) = (Source::MdIngest, Epoch(u32::MAX));
    let letter =
        DeadLetter { fault: DecodeFault::WrongTopic, order: None, intent: false, bytes: 70_000 };
    let alert = Alert { code: AlertCode::BoundReached, symbol: None, order: None };
    vec![
        Event::Wake(Wake { machine: 2, timer: 77 }),
        Event::Head(Head { of: Topic::Fills, source, epoch, seq: Seq::new(12), seal: seal(5) }),
        Event::Carried(Carried { outputs: Seq::new(u64::MAX) }),
        Event::Gap(Gap { of: topic, source, epoch, expected: Seq::new(12), got: Seq::new(15) }),
        Event::DeadLetter(letter),
        Event::DeadLetter(DeadLetter { order: Some(id(4)), intent: true, ..letter }),
        Event::Alert(alert),
        Event::Alert(Alert {
            symbol: Some(symbol("BTC/USD")),
            order: Some(id(4)),
            code: AlertCode::ForeignOrder,
        }),
    ]
}
