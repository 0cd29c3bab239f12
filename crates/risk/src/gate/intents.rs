//! Intents: who asks, what is asked, and what the gate answers.

use contracts::{
    Alert, AlertCode, Amend, Approval, Breach, Cancel, CancelApproval, Corr, DeadLetter,
    DecodeFault, Event, Figures, KillLevel, KillTrigger, OrderId, OrderSpec, Origin, Place,
    Protect, ProtectApproval, Qty, Reason, Refusal, RefusalDetail, Seal, StrategyId, StrategyRun,
    Symbol, Ts,
};
use kernel::Outbox;

use super::{Gate, has_room, strategy_mut, strategy_of};
use crate::case::Case;
use crate::claims::{Claim, PENDING_AMENDS_MAX};
use crate::exposure::Stake;
use crate::rates::Bucket;
use crate::rules::{self, plain};
use crate::sampler::Reach;
use crate::seals::{Kind, seal_cancel, seal_order, seal_protect};
use crate::seen::Novelty;
use crate::sight;

/// What a refusal is about.
#[derive(Clone, Copy)]
pub(super) struct About {
    id: Option<OrderId>,
    symbol: Option<Symbol>,
    fault: Option<DecodeFault>,
}

impl About {
    /// About an order, or an intent for one.
    pub(super) const fn order(id: OrderId, symbol: Option<Symbol>) -> Self {
        Self { id: Some(id), symbol, fault: None }
    }
}

/// An intent as it comes in.
#[derive(Clone, Copy)]
struct Intent<'a> {
    now: Ts,
    corr: &'a Corr,
    event: &'a Event,
}

/// An order, or a change of one, as it is asked for.
#[derive(Clone, Copy)]
struct Asked {
    now: Ts,
    corr: Corr,
    id: OrderId,
    spec: OrderSpec,
    expires: Ts,
    amend: bool,
}

/// Everything that is broken, and what would have passed.
struct Refused {
    broken: Vec<Breach>,
    qty_max: Qty,
}

impl Gate {
    /// True when the intent is new; otherwise says what is to be said about it.
    fn admit(&mut self, intent: Intent<'_>, about: About, out: &mut Outbox<'_>) -> bool {
        let Intent { now, corr, event } = intent;
        match self.state.seen.note(corr, event) {
            Novelty::New => return true,
            Novelty::Repeated => self.refuse(about, &[plain(Reason::Duplicate)], out),
            Novelty::TooManySpeakers => self.refuse(about, &[plain(Reason::OutOfRange)], out),
            Novelty::Conflicting => {
                self.refuse(about, &[plain(Reason::Duplicate)], out);
                let code = AlertCode::ConflictingId;
                out.emit(Event::Alert(Alert { code, symbol: about.symbol, order: about.id }));
                self.trip(now, KillLevel::Cancel, KillTrigger::Service, out);
            }
        }
        false
    }

    pub(super) fn place(&mut self, now: Ts, corr: Corr, place: &Place, out: &mut Outbox<'_>) {
        let about = About::order(place.id, Some(place.spec.symbol()));
        if place.id != OrderId::derive(self.config.run, corr.strategy, corr.origin, corr.intent) {
            return self.refuse(about, &[plain(Reason::Malformed)], out);
        }
        if !self.admit(Intent { now, corr: &corr, event: &Event::Place(*place) }, about, out) {
            return;
        }
        self.look(now, place.spec.symbol(), out);
        let Place { id, spec, expires, .. } = *place;
        let asked = Asked { now, corr, id, spec, expires, amend: false };
        match self.judge(&asked) {
            Ok(spec) => {
                let moved = self.state.claims.insert(id, Claim::new(corr, spec));
                self.expose(Some(moved));
                self.wake_if_reached(&spec);
                let approval = self.approve(&Asked { spec, ..asked });
                out.emit(Event::Approved(approval));
            }
            Err(no) => self.refuse_case(about, &no, out),
        }
    }

    pub(super) fn amend(&mut self, now: Ts, corr: Corr, amend: &Amend, out: &mut Outbox<'_>) {
        let claims = &self.state.claims;
        let own = claims.get(amend.target).filter(|claim| {
            claim.corr.strategy == corr.strategy
                && claim.final_filled.is_none()
                && !claims.is_perhaps(amend.target)
        });
        let about = About::order(amend.target, own.map(Claim::symbol));
        let wanted = own.map(|claim| (claim.pending.len(), claim.spec));
        if !self.admit(Intent { now, corr: &corr, event: &Event::Amend(*amend) }, about, out) {
            return;
        }
        let Some((pending, standing)) = wanted else {
            return self.refuse(about, &[plain(Reason::UnknownOrder)], out);
        };
        let Ok(spec) = standing.amended(amend.qty, amend.limit, amend.trigger) else {
            return self.refuse(about, &[plain(Reason::Malformed)], out);
        };
        if pending >= PENDING_AMENDS_MAX {
            let (found, allowed) = (pending as u32 + 1, PENDING_AMENDS_MAX as u32);
            let figures = Figures::Count { found, allowed };
            return self.refuse(about, &[Breach { reason: Reason::OpenOrders, figures }], out);
        }
        self.look(now, spec.symbol(), out);
        let asked = Asked { now, corr, id: amend.target, spec, expires: Ts::MAX, amend: true };
        match self.judge(&asked) {
            Ok(spec) => {
                let approval = self.approve(&Asked { spec, ..asked });
                let pending = (approval.number, spec);
                let moved =
                    self.state.claims.change(amend.target, |claim| claim.pending.push(pending));
                self.expose(moved);
                self.wake_if_reached(&spec);
                out.emit(Event::AmendApproved(approval));
            }
            Err(no) => self.refuse_case(about, &no, out),
        }
    }

    /// A stop whose trigger the market has reached already waits for nothing.
    fn wake_if_reached(&mut self, spec: &OrderSpec) {
        let last = self.state.marks.get(spec.symbol()).and_then(|mark| mark.last);
        if let (Some(_), Some(last)) = (spec.trigger(), last) {
            self.state.claims.wake(spec.symbol(), Reach::at(last));
        }
    }

    /// Cancels always pass; one of an order that is not (or no longer) there harms nobody.
    pub(super) fn cancel(&mut self, now: Ts, corr: Corr, cancel: &Cancel, out: &mut Outbox<'_>) {
        let symbol = self.state.claims.get(cancel.target).map(Claim::symbol);
        let about = About::order(cancel.target, symbol);
        if corr.origin != Origin::Operator && self.is_foreign(corr.strategy, cancel.target) {
            return self.refuse(about, &[plain(Reason::UnknownOrder)], out);
        }
        if self.admit(Intent { now, corr: &corr, event: &Event::Cancel(*cancel) }, about, out) {
            self.pass_cancel(corr, cancel.target, out);
        }
    }

    fn pass_cancel(&mut self, corr: Corr, target: OrderId, out: &mut Outbox<'_>) {
        let (seal, number) = (Seal::NONE, self.next_number());
        let mut approval = CancelApproval { target, seal, number };
        approval.seal = seal_cancel(&self.config.key, &corr, &approval);
        out.emit_for(corr, Event::CancelApproved(approval));
    }

    fn next_number(&mut self) -> u32 {
        self.state.approvals += 1;
        self.state.approvals
    }

    /// A guard only ever leads to reducing orders, each judged by itself. It cannot be one of a sibling's
    /// order; an order that is done already may still be guarded.
    pub(super) fn protect(&mut self, now: Ts, corr: Corr, protect: &Protect, out: &mut Outbox<'_>) {
        let about = About::order(protect.entry, Some(protect.symbol));
        if self.is_foreign(corr.strategy, protect.entry) {
            return self.refuse(about, &[plain(Reason::UnknownOrder)], out);
        }
        let event = &Event::Protect(*protect);
        if self.admit(Intent { now, corr: &corr, event }, about, out) {
            let (seal, number) = (Seal::NONE, self.next_number());
            let mut approval = ProtectApproval { protect: *protect, seal, number };
            approval.seal = seal_protect(&self.config.key, &corr, &approval);
            out.emit(Event::ProtectApproved(approval));
        }
    }

    fn is_foreign(&self, strategy: StrategyId, order: OrderId) -> bool {
        self.state.claims.get(order).is_some_and(|claim| claim.corr.strategy != strategy)
    }

    /// An intent that could not be read is answered too.
    pub(super) fn dead_letter(&self, letter: &DeadLetter, out: &mut Outbox<'_>) {
        if letter.intent {
            let about = About { id: letter.order, symbol: None, fault: Some(letter.fault) };
            self.refuse(about, &[plain(Reason::Malformed)], out);
        }
    }

    /// Answers an intent that makes no sense.
    pub(super) fn malformed(&self, id: OrderId, out: &mut Outbox<'_>) {
        self.refuse(About::order(id, None), &[plain(Reason::Malformed)], out);
    }

    /// Applies every rule; the order as it may be sent, or what is broken.
    fn judge(&mut self, asked: &Asked) -> Result<OrderSpec, Refused> {
        let Asked { now, corr, id, spec, expires, amend } = *asked;
        if self.knows_too_little_of(now, spec.symbol()) {
            return Err(Refused { broken: vec![plain(Reason::OrderUnknown)], qty_max: Qty::ZERO });
        }
        let Self { config, state } = self;
        let symbol = spec.symbol();
        let Some(instrument) = state.instruments.get(symbol) else {
            return Err(Refused { broken: vec![plain(Reason::UnknownSymbol)], qty_max: Qty::ZERO });
        };
        if !has_room(&state.strategies, corr.strategy) {
            return Err(Refused { broken: vec![plain(Reason::OutOfRange)], qty_max: Qty::ZERO });
        }
        let mark = state.marks.get(symbol);
        let limits = &state.limits;
        let touch =
            mark.and_then(|mark| sight::touch(mark, spec.side(), now, limits.price_age_max));
        let strategy = strategy_of(&state.strategies, corr.strategy);
        let case = Case {
            now,
            id,
            corr,
            asked: spec,
            spec,
            standing: state.claims.get(id).filter(|_| amend),
            expires,
            instrument,
            mark,
            touch,
            limits,
            books: &state.books,
            claims: &state.claims,
            exposure: state.exposure.valued(corr.strategy),
            symbol_rate: state.symbol_rates.get(symbol).copied().unwrap_or_default(),
            strategy_rate: strategy.map(|held| held.rate).unwrap_or_default(),
            verdict: state.latch.verdict(now),
            paused: strategy.is_some_and(|held| held.run != StrategyRun::Running),
            worst_loss: state.worst_loss.at(now),
            spot: config.spot,
            own: Stake::default(),
            reducing: false,
            totals: Err(contracts::OutOfRange),
        }
        .measured();
        let broken = rules::check(&case);
        if !broken.is_empty() {
            return Err(Refused { broken, qty_max: rules::qty_that_passes(&case) });
        }
        Ok(if rules::are_excused(&case) { case.spec.reduce_only() } else { case.spec })
    }

    /// Makes the approval. The claim has been made before: an approval without one cannot exist.
    fn approve(&mut self, asked: &Asked) -> Approval {
        let Asked { now, corr, id, spec, expires, amend } = *asked;
        let limits = &self.state.limits;
        let symbol_rate =
            self.state.symbol_rates.get_or_insert_with(spec.symbol(), Bucket::default);
        symbol_rate.take(now, limits.symbol_orders_per_minute);
        let per_minute = limits.strategy_orders_per_minute;
        let (valid_until, version) = (expires.min(now + limits.approval_ttl), limits.version);
        if let Some(held) = strategy_mut(&mut self.state.strategies, corr.strategy) {
            held.rate.take(now, per_minute);
        }
        let (seal, number) = (Seal::NONE, self.next_number());
        let mut approval = Approval { id, spec, valid_until, seal, number, limits: version };
        let kind = if amend { Kind::Amend } else { Kind::Place };
        approval.seal = seal_order(&self.config.key, kind, &corr, &approval);
        approval
    }

    pub(super) fn refuse(&self, about: About, broken: &[Breach], out: &mut Outbox<'_>) {
        self.say_refusal(about, broken, Qty::ZERO, out);
    }

    fn refuse_case(&self, about: About, refused: &Refused, out: &mut Outbox<'_>) {
        self.say_refusal(about, &refused.broken, refused.qty_max, out);
    }

    fn say_refusal(&self, about: About, broken: &[Breach], qty_max: Qty, out: &mut Outbox<'_>) {
        let Some((first, others)) = broken.split_first() else { return };
        out.emit(Event::Refused(Refusal {
            id: about.id,
            fault: about.fault,
            symbol: about.symbol,
            breach: *first,
            qty_max,
            limits: self.state.limits.version,
            broken: broken.len() as u8,
        }));
        let Some(id) = about.id else { return };
        for breach in others {
            out.emit(Event::RefusedAlso(RefusalDetail { id, breach: *breach }));
        }
    }
}
