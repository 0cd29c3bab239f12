//! A strategy of pure mischief: random intents, sensible and senseless ones, to keep the gate busy.

use contracts::{
    Amend, Bps, Cancel, Corr, Envelope, Event, IntentSeq, Label, Lifetime, OrderId, OrderKind,
    OrderSpec, OrderState, Origin, Place, Price, Protect, Qty, Rounding, RunId, Side, Source, Span,
    StrategyId, StrategyRun, Symbol, TopicKind, Ts,
};
use kernel::{Layout, Machine, Outbox, Seeded, StateError, Topics, load_state, save_state};
use serde::{Deserialize, Serialize};

/// What the mischief is made of.
#[derive(Clone, Debug)]
pub struct NoiseConfig {
    /// The session.
    pub run: RunId,
    /// In whose name.
    pub strategy: StrategyId,
    /// What it trades.
    pub symbol: Symbol,
    /// The smallest step of its quantities.
    pub lot: Qty,
    /// The smallest step of its prices.
    pub tick: Price,
    /// Its usual quantity, in lots.
    pub lots: u64,
    /// How often a trade of the market makes it act, in parts per million.
    pub act_ppm: u32,
    /// Whether it wants what it has sold to be guarded, too.
    pub guards_sold: bool,
    /// Its seed.
    pub seed: u64,
}

/// The machine.
pub struct Noise {
    config: NoiseConfig,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    dice: Seeded,
    intent: IntentSeq,
    last: Option<Price>,
    open: Vec<OrderId>,
    /// The last order that it asked for.
    placed: Option<(Corr, Place)>,
    /// Since when it is told to be silent.
    paused: Option<Ts>,
}

/// It forgets its oldest orders beyond so many.
const OPEN_MAX: usize = 64;

/// As much as a quantity can be: 1e15 of anything.
const VERY_MUCH_PICO: u128 = 1_000_000_000_000_000 * 1_000_000_000_000;

/// It is slow to obey.
const OBEYS_AFTER: Span = Span::from_secs(3);

impl Noise {
    /// The machine of that configuration.
    pub fn new(config: NoiseConfig) -> Self {
        let dice = Seeded::new(config.seed).fork(config.strategy.as_str());
        let (intent, open) = (IntentSeq::new(0), Vec::new());
        let state = State { dice, intent, last: None, open, placed: None, paused: None };
        Self { config, state }
    }

    fn act(&mut self, now: Ts, out: &mut Outbox<'_>) {
        let Some(last) = self.state.last else { return };
        match self.state.dice.below(22) {
            0..=11 => self.place(now, last, out),
            12..=15 => self.cancel(out),
            16..=19 => self.amend(last, out),
            _ => self.nonsense(now, last, out),
        }
    }

    fn next_corr(&mut self) -> Corr {
        self.state.intent = self.state.intent.next();
        Corr::new(self.config.strategy, Origin::Strategy, self.state.intent)
    }

    fn place(&mut self, now: Ts, last: Price, out: &mut Outbox<'_>) {
        let dice = &mut self.state.dice;
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        // Mostly its usual size, now and then far too much.
        let most = if dice.below(20) == 0 { self.config.lots * 50 } else { self.config.lots };
        let Some(qty) = Qty::from_pico(self.config.lot.pico() * u128::from(dice.below(most + 1)))
        else {
            return;
        };
        let offset = Bps::new(dice.between(-80, 80) as i32);
        let price = last.shifted(offset, Rounding::Floor);
        let Some(price) = price.and_then(|p| p.round_to(self.config.tick, Rounding::HalfUp)) else {
            return;
        };
        let further = Bps::new(if side == Side::Buy { 20 } else { -20 });
        let beyond = price.shifted(further, Rounding::Floor);
        let beyond = beyond.and_then(|p| p.round_to(self.config.tick, Rounding::HalfUp));
        let beyond = beyond.unwrap_or(price);
        let (kind, lifetime) = match dice.below(9) {
            0 | 1 => (OrderKind::Market, Lifetime::UntilCancelled),
            2 => (OrderKind::Limit(price), Lifetime::PostOnly),
            3 => (OrderKind::Limit(price), Lifetime::Immediate),
            4 => (OrderKind::Limit(price), Lifetime::Until(now + Span::from_secs(3))),
            5 => (OrderKind::Stop { trigger: price }, Lifetime::UntilCancelled),
            6 => (OrderKind::StopLimit { trigger: price, limit: beyond }, Lifetime::UntilCancelled),
            _ => (OrderKind::Limit(price), Lifetime::UntilCancelled),
        };
        let guard = dice.below(6) == 0 || side == Side::Sell && self.config.guards_sold;
        let reduce_only = side == Side::Sell && dice.below(4) == 0;
        let Ok(spec) = OrderSpec::new(self.config.symbol, side, qty, kind, lifetime) else {
            return;
        };
        let spec = if reduce_only { spec.reduce_only() } else { spec };
        let corr = self.next_corr();
        let id = OrderId::derive(self.config.run, corr.strategy, corr.origin, corr.intent);
        let (expires, why) = (now + Span::from_secs(5), Label::new("noise"));
        let place = Place { id, spec, expires, why };
        out.emit_for(corr, Event::Place(place));
        self.state.placed = Some((corr, place));
        self.state.open.push(id);
        if self.state.open.len() > OPEN_MAX {
            self.state.open.remove(0);
        }
        if guard && (side == Side::Buy || self.config.guards_sold) {
            self.guard(id, side.opposite(), out);
        }
    }

    fn guard(&mut self, entry: OrderId, exit_side: Side, out: &mut Outbox<'_>) {
        let dice = &mut self.state.dice;
        let (stop, target) =
            (Bps::new(dice.between(0, 60) as i32), Bps::new(dice.between(0, 60) as i32));
        let trail = Bps::new(dice.between(0, 40) as i32);
        let corr = self.next_corr();
        let symbol = self.config.symbol;
        let protect = Protect { entry, symbol, exit_side, stop, target, trail };
        out.emit_for(corr, Event::Protect(protect));
    }

    /// Something that no honest strategy would say.
    fn nonsense(&mut self, now: Ts, last: Price, out: &mut Outbox<'_>) {
        let NoiseConfig { symbol, lot, tick, lots, .. } = self.config;
        let usual = Qty::from_pico(lot.pico() * u128::from(lots)).unwrap_or(lot);
        let odd = |step: u128| step / 2 + 1;
        let price = last.round_to(tick, Rounding::HalfUp).unwrap_or(last);
        let far = price.shifted(Bps::new(800), Rounding::Floor);
        let far = far.and_then(|far| far.round_to(tick, Rounding::HalfUp));
        let off_tick = Price::from_pico(price.pico() + odd(tick.pico())).unwrap_or(price);
        let off_lot = Qty::from_pico(usual.pico() + odd(lot.pico())).unwrap_or(usual);
        let ask = |symbol, qty, price| {
            let kind = OrderKind::Limit(price);
            OrderSpec::new(symbol, Side::Buy, qty, kind, Lifetime::UntilCancelled).ok()
        };
        let choice = self.state.dice.below(9);
        let spec = match choice {
            0 => ask(symbol, usual, off_tick),
            1 => ask(symbol, off_lot, price),
            2 => Symbol::new("NIL/USD").ok().and_then(|nowhere| ask(nowhere, usual, price)),
            3 => Qty::from_pico(VERY_MUCH_PICO).and_then(|qty| ask(symbol, qty, price)),
            4 => ask(symbol, lot, price),
            8 => ask(symbol, usual, far.unwrap_or(price)),
            _ => ask(symbol, usual, price),
        };
        let Some(spec) = spec else { return };
        let mut corr = self.next_corr();
        match choice {
            // The same once more, after its time too.
            5 => {
                if let Some((corr, place)) = self.state.placed {
                    out.emit_for(corr, Event::Place(place));
                }
                return;
            }
            // In the name of its guard.
            6 => corr.origin = Origin::Protector,
            _ => {}
        }
        // Under the id of another intent.
        let intent = if choice == 7 { corr.intent.next() } else { corr.intent };
        let id = OrderId::derive(self.config.run, corr.strategy, corr.origin, intent);
        let (expires, why) = (now + Span::from_secs(5), Label::new("nonsense"));
        out.emit_for(corr, Event::Place(Place { id, spec, expires, why }));
    }

    fn cancel(&mut self, out: &mut Outbox<'_>) {
        let Some(target) = self.state.dice.pick(&self.state.open).copied() else { return };
        let corr = self.next_corr();
        out.emit_for(corr, Event::Cancel(Cancel { target, why: Label::NONE }));
    }

    fn amend(&mut self, last: Price, out: &mut Outbox<'_>) {
        let Some(target) = self.state.dice.pick(&self.state.open).copied() else { return };
        let dice = &mut self.state.dice;
        let offset = Bps::new(dice.between(-60, 60) as i32);
        let limit = last.shifted(offset, Rounding::Floor);
        let limit = limit.and_then(|price| price.round_to(self.config.tick, Rounding::HalfUp));
        let lots = u128::from(dice.below(self.config.lots) + 1);
        let Some(qty) = Qty::from_pico(self.config.lot.pico() * lots) else { return };
        let corr = self.next_corr();
        let amend = Amend { target, qty, limit, trigger: None, why: Label::NONE };
        out.emit_for(corr, Event::Amend(amend));
    }
}

impl Machine for Noise {
    fn source(&self) -> Source {
        Source::StrategyEngine
    }

    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::Trades, TopicKind::OrdersUpdate, TopicKind::ControlStrategy])
    }

    fn step(&mut self, now: Ts, input: &Envelope, out: &mut Outbox<'_>) {
        match &input.event {
            Event::Trade(trade) if trade.symbol == self.config.symbol => {
                self.state.last = Some(trade.price);
                let is_silent = self.state.paused.is_some_and(|at| now.since(at) > OBEYS_AFTER);
                if !is_silent && self.state.dice.chance_ppm(self.config.act_ppm) {
                    self.act(now, out);
                }
            }
            Event::StrategyControl(control) => {
                let about_us = input.corr.is_some_and(|corr| corr.strategy == self.config.strategy);
                if about_us {
                    self.state.paused = (control.run != StrategyRun::Running).then_some(now);
                }
            }
            Event::Order(update)
                if update.state.is_done() || update.state == OrderState::Rejected =>
            {
                self.state.open.retain(|id| *id != update.id);
            }
            _ => {}
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        save_state(&self.state, out);
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.state = load_state(state)?;
        Ok(())
    }
}
