//! The board: hears one message after another and keeps what people may ask for.

use std::collections::{BTreeSet, VecDeque};

use contracts::{
    Alert, AlertCode, BooksCompared, Corr, Envelope, Event, Fill, LimitKey, LimitState, LimitValue,
    Money, Portfolio, Refusal, Report, RunId, StrategyId, StrategyRun, Ts,
};

use crate::about::{About, BoardConfig, Drill, Mirror, Stock};
use crate::accounts::Accounts;
use crate::crew::Crew;
use crate::feeds::Feeds;
use crate::refusals::{Refusals, Scene};
use crate::repeats::Repeats;
use crate::stories::Stories;
use crate::story::{Story, What};
use crate::switch::Switch;
use crate::view::{AlertShown, BooksShown, Counts, FILLS_MAX, FillShown};

/// How many alerts are kept.
const ALERTS_MAX: usize = 50;

/// What people may ask of one process.
#[derive(Clone, Debug)]
pub struct Board {
    pub(crate) about: About,
    pub(crate) currency: contracts::Asset,
    /// Whether it has heard everything from the first message on.
    pub(crate) from_first: bool,
    pub(crate) heard: Option<Ts>,
    /// When it heard anything for the first time.
    pub(crate) heard_first: Option<Ts>,
    repeats: Repeats,
    pub(crate) stories: Stories,
    pub(crate) accounts: Accounts,
    pub(crate) refusals: Refusals,
    pub(crate) fills: VecDeque<FillShown>,
    pub(crate) alerts: VecDeque<AlertShown>,
    pub(crate) feeds: Feeds,
    pub(crate) switch: Switch,
    pub(crate) crew: Crew,
    pub(crate) roster: BTreeSet<StrategyId>,
    pub(crate) daily_loss_cap: Option<Money>,
    pub(crate) daily_loss_kill: Option<Money>,
    pub(crate) venue_heard: Option<Ts>,
    pub(crate) mismatches: (u64, Option<Ts>),
    pub(crate) books: Option<BooksShown>,
    pub(crate) counted: Counts,
}

impl Board {
    /// A board that will hear everything, from the first message of the session on.
    pub fn from_first(config: BoardConfig) -> Self {
        Self::new(config, true)
    }

    /// A board that begins to listen in the middle: what it cannot know it says, until somebody
    /// [takes stock](Self::take_stock) for it.
    pub fn midway(config: BoardConfig) -> Self {
        Self::new(config, false)
    }

    fn new(config: BoardConfig, from_first: bool) -> Self {
        let mut crew = Crew::default();
        for strategy in config.cash.iter().map(|(strategy, _)| strategy).chain(&config.roster) {
            crew.member(*strategy);
        }
        Self {
            about: config.about,
            currency: config.currency,
            from_first,
            heard: None,
            heard_first: None,
            repeats: Repeats::default(),
            stories: Stories::default(),
            accounts: Accounts::new(config.currency, &config.cash, from_first),
            refusals: Refusals::new(config.limits_at),
            fills: VecDeque::new(),
            alerts: VecDeque::new(),
            feeds: Feeds::default(),
            switch: Switch::new(from_first),
            crew,
            roster: config.roster.into_iter().collect(),
            daily_loss_cap: config.daily_loss_cap,
            daily_loss_kill: config.daily_loss_kill,
            venue_heard: None,
            mismatches: (0, None),
            books: None,
            counted: Counts::default(),
        }
    }

    /// How the last drill of the kill switch went, as far as anybody knows now.
    pub fn drilled(&mut self, drill: Option<Drill>) {
        self.about.drill = drill;
    }

    /// How what is said stands on a bus, as of now.
    pub fn mirrored(&mut self, mirror: Mirror) {
        self.about.mirror = Some(mirror);
    }

    /// A process begins, for the first time or where the one before it stopped.
    pub fn began(&mut self, session: RunId, build: &str, at: Ts) {
        self.about.session = session;
        build.clone_into(&mut self.about.build);
        self.about.started = at;
    }

    /// From here on positions and cash are these, on both sides, and so stand the kill switch and the strategies;
    /// to be called where all is quiet, as it is between the recovery of a process and its first input.
    pub fn take_stock(&mut self, stock: &Stock) {
        self.accounts.take_stock(stock);
        self.switch.stands(&stock.latches);
        for (strategy, _) in &stock.cash {
            self.crew.member(*strategy);
        }
        for (strategy, run) in &stock.runs {
            if let Some(member) = self.crew.member(*strategy) {
                member.run = *run;
            }
        }
    }

    /// Hears a message: anything that a process takes or says. What was heard before changes nothing.
    pub fn hear(&mut self, envelope: &Envelope) {
        if self.repeats.is_repeat(envelope) {
            return;
        }
        self.counted.heard += 1;
        self.heard = self.heard.max(Some(envelope.rx));
        self.heard_first.get_or_insert(envelope.rx);
        match &envelope.event {
            Event::Place(_) | Event::Cancel(_) | Event::Amend(_) | Event::Protect(_) => {
                self.intent(envelope);
            }
            Event::Approved(_)
            | Event::AmendApproved(_)
            | Event::CancelApproved(_)
            | Event::ProtectApproved(_)
            | Event::Refused(_)
            | Event::RefusedAlso(_) => self.decision(envelope),
            Event::Accepted(_) | Event::Order(_) => self.order(envelope),
            Event::Fill(fill) => self.fill(envelope, fill),
            Event::Submit(_) | Event::QueryOrder(_) => self.request(envelope),
            Event::Executed(fill) => self.executed(envelope.rx, fill),
            Event::Report(report) => self.reported(envelope.rx, report),
            Event::Position(position) => {
                if let Some(Corr { strategy, .. }) = envelope.corr {
                    self.accounts.told(strategy, position);
                }
            }
            Event::Portfolio(portfolio) => self.portfolio(envelope.ts, portfolio),
            _ => self.surroundings(envelope),
        }
    }

    /// Markets, controls, alerts.
    fn surroundings(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::KillState(state) => self.switch.moved(envelope.src, *state),
            Event::KillPoll(poll) => self.switch.polled(envelope.rx, *poll),
            Event::StrategyControl(control) => self.strategy(envelope.corr, control.run),
            Event::LimitState(state) => self.limit(state),
            Event::Alert(alert) => self.alert(envelope.ts, *alert),
            Event::BooksCompared(note) => self.compared(envelope.rx, note),
            _ => self.feeds.hear(envelope),
        }
    }

    fn intent(&mut self, envelope: &Envelope) {
        self.counted.intents += 1;
        let (corr, at) = (envelope.corr, envelope.ts);
        if let Some(member) = self.member(corr) {
            member.has_spoken = true;
        }
        match &envelope.event {
            Event::Place(place) => self.tell(place.id, at, |story| {
                // The same id with another body is refused; the order that stands keeps its own.
                if story.spec.is_none() {
                    story.is_for(place.spec);
                    story.why = place.why;
                }
                story.corr = story.corr.or(corr);
                story.note(at, What::Asked);
            }),
            Event::Amend(amend) => {
                self.tell(amend.target, at, |story| story.note(at, What::AmendAsked));
            }
            Event::Cancel(cancel) => {
                self.tell(cancel.target, at, |story| story.note(at, What::CancelAsked));
            }
            _ => {}
        }
    }

    fn decision(&mut self, envelope: &Envelope) {
        let at = envelope.ts;
        match &envelope.event {
            Event::Approved(approval) => {
                self.counted.approved += 1;
                if let Some(member) = self.member(envelope.corr) {
                    member.approved += 1;
                }
                self.tell(approval.id, at, |story| {
                    story.is_for(approval.spec);
                    story.corr = envelope.corr.or(story.corr);
                    story.note(at, What::Approved);
                });
            }
            Event::AmendApproved(approval) => self.tell(approval.id, at, |story| {
                story.may_become(approval.spec);
                story.note(at, What::AmendApproved);
            }),
            Event::ProtectApproved(granted) => {
                let entry = granted.protect.entry;
                // An entry and its guard are asked for in one breath; of one that was refused nothing is guarded.
                if self.stories.get(entry).is_some_and(Story::was_refused) {
                    return;
                }
                if let Some(Corr { strategy, .. }) = envelope.corr {
                    self.accounts.guarded(strategy, &granted.protect);
                }
                self.tell(entry, at, |story| story.note(at, What::Guarded));
            }
            Event::Refused(refusal) => self.refused(envelope, refusal),
            Event::RefusedAlso(detail) => self.refusals.also(detail),
            _ => {}
        }
    }

    fn refused(&mut self, envelope: &Envelope, refusal: &Refusal) {
        self.counted.refused += 1;
        if let Some(member) = self.member(envelope.corr) {
            member.refused += 1;
        }
        let at = envelope.ts;
        let story = refusal.id.and_then(|id| self.stories.get(id));
        // What was asked for is known of an order that never came to be; a change has other numbers.
        let asked = story.filter(|story| story.state.is_none());
        let asked = asked.and_then(|story| Some((story.spec?, story.why)));
        let mark = refusal.symbol.and_then(|symbol| self.feeds.mark(symbol));
        self.refusals.refused(envelope, refusal, &Scene { asked, mark });
        if let Some(id) = refusal.id {
            let reason = refusal.breach.reason;
            self.tell(id, at, |story| {
                story.corr = story.corr.or(envelope.corr);
                story.symbol = story.symbol.or(refusal.symbol);
                story.note(at, What::Refused { reason });
            });
        }
    }

    fn order(&mut self, envelope: &Envelope) {
        let (corr, at) = (envelope.corr, envelope.ts);
        match &envelope.event {
            Event::Accepted(accepted) => self.tell(accepted.id, at, |story| {
                story.is_for(accepted.spec);
                story.corr = corr.or(story.corr);
            }),
            Event::Order(update) => self.tell(update.id, at, |story| {
                story.corr = story.corr.or(corr);
                story.update(at, update);
            }),
            _ => {}
        }
    }

    /// A fill counts once. A gateway that has forgotten what it told tells it once more.
    fn fill(&mut self, envelope: &Envelope, fill: &Fill) {
        let story = self.stories.of(fill.id, envelope.ts);
        if story.is_some_and(|story| !story.fills_with(fill.exec)) {
            return;
        }
        self.counted.fills += 1;
        let corr = envelope.corr;
        if let Some(Corr { strategy, .. }) = corr {
            self.accounts.filled(strategy, fill);
        }
        if let Some(member) = self.member(corr) {
            member.fills += 1;
        }
        self.tell(fill.id, envelope.ts, |story| story.fill(envelope.ts, fill));
        if self.fills.len() >= FILLS_MAX {
            self.fills.pop_front();
        }
        self.fills.push_back(FillShown {
            at: fill.at,
            id: fill.id,
            strategy: corr.map(|corr| corr.strategy),
            origin: corr.map(|corr| corr.origin),
            symbol: fill.symbol,
            side: fill.side,
            qty: fill.qty,
            price: fill.price,
            fee: fill.fee,
            fee_asset: fill.fee_asset,
            liquidity: fill.liquidity,
            exec: fill.exec,
        });
    }

    fn request(&mut self, envelope: &Envelope) {
        let at = envelope.ts;
        match &envelope.event {
            Event::Submit(submit) => {
                self.tell(submit.id, at, |story| story.note(at, What::Sent));
            }
            Event::QueryOrder(query) => {
                self.tell(query.id, at, |story| story.note(at, What::Queried));
            }
            _ => {}
        }
    }

    fn executed(&mut self, at: Ts, fill: &Fill) {
        self.venue_spoke(at);
        let Some(story) = self.stories.of(fill.id, at) else { return };
        if story.executes(fill.exec) {
            self.accounts.executed(fill);
        }
    }

    fn reported(&mut self, at: Ts, report: &Report) {
        self.venue_spoke(at);
        self.tell(report.id, at, |story| story.reported(at, report));
    }

    fn venue_spoke(&mut self, at: Ts) {
        self.venue_heard = self.venue_heard.max(Some(at));
        self.accounts.venue_heard = true;
    }

    fn portfolio(&mut self, at: Ts, portfolio: &Portfolio) {
        self.accounts.portfolio = Some((at, *portfolio));
    }

    fn strategy(&mut self, corr: Option<Corr>, run: StrategyRun) {
        if let Some(member) = self.member(corr) {
            member.run = run;
        }
    }

    fn limit(&mut self, state: &LimitState) {
        let amount = match state.value {
            LimitValue::Money { most } => Some(most),
            _ => return,
        };
        match state.limit {
            LimitKey::DailyLossCap => self.daily_loss_cap = amount,
            LimitKey::DailyLossKill => self.daily_loss_kill = amount,
            _ => {}
        }
    }

    fn alert(&mut self, at: Ts, alert: Alert) {
        self.counted.alerts += 1;
        if alert.code == AlertCode::ReconcileMismatch {
            self.mismatches = (self.mismatches.0 + 1, Some(at));
        }
        if self.alerts.len() >= ALERTS_MAX {
            self.alerts.pop_front();
        }
        let Alert { code, symbol, order } = alert;
        self.alerts.push_back(AlertShown { at, code, symbol, order });
    }

    fn compared(&mut self, at: Ts, note: &BooksCompared) {
        if note.open == 0 {
            // A statement of the venue says what we say: its word is heard before there is any order.
            self.venue_spoke(at);
        }
        let repaired = self.books.map_or(0, |books| books.repaired_all);
        self.books = Some(BooksShown {
            at,
            repaired: note.repaired,
            repaired_all: repaired + u64::from(note.repaired),
            open: note.open,
        });
    }

    fn member(&mut self, corr: Option<Corr>) -> Option<&mut crate::crew::Member> {
        corr.and_then(|corr| self.crew.member(corr.strategy))
    }

    fn tell(&mut self, id: contracts::OrderId, at: Ts, what: impl FnOnce(&mut Story)) {
        if let Some(story) = self.stories.of(id, at) {
            what(story);
        }
    }
}
