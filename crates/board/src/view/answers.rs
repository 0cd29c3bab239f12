//! The answers of a board.

use std::collections::BTreeMap;

use contracts::{Money, Net, OrderState, Origin, Position, Side, StrategyId, Symbol, Ts};

use super::{
    CashShown, Compared, Counts, FillShown, GuardShown, Listed, NetShown, NotFound, NotKnown,
    OrderCounts, OrderShown, PositionShown, Refused, Standing, Status, StopShown, StrategyShown,
    Today, Why,
};
use crate::board::Board;
use crate::refusals::RefusalShown;
use crate::story::{AtVenue, Story};

/// So many alerts stand on the page.
const ALERTS_SHOWN: usize = 8;
/// So many of several orders are named.
const SEVERAL_NAMED: usize = 8;

/// Stops that wait: the nearest to the market, and how many.
type Stops = BTreeMap<(StrategyId, Symbol), (StopShown, Side, u32)>;

impl Board {
    /// The state of the whole.
    pub fn status(&self, now: Ts) -> Status {
        let stops = self.stops();
        let portfolio = self.accounts.portfolio.filter(|(at, _)| at.day() == now.day());
        let last = self.accounts.portfolio.map(|(_, portfolio)| portfolio);
        Status {
            about: self.about.clone(),
            at: now,
            heard: self.heard,
            known_since: if self.from_first { None } else { self.heard_first.or(Some(now)) },
            orders: self.order_counts(),
            positions: Listed::of(self.nets(&stops)),
            cash: self.cash(),
            portfolio: last,
            today: portfolio.map(|(_, portfolio)| Today {
                result: portfolio.day,
                cap: self.daily_loss_cap,
                kill: self.daily_loss_kill,
            }),
            feeds: self.feeds.shown(now),
            refused: Refused {
                last_day: self.refusals.last_day(now),
                last: self.refusals.latest().next().cloned(),
            },
            kill: self.switch.shown(),
            strategies: self.strategies(),
            compared: Compared {
                venue_heard: self.venue_heard,
                mismatches: self.mismatches.0,
                last_mismatch: self.mismatches.1,
                books: self.books,
            },
            alerts: self.alerts.iter().rev().take(ALERTS_SHOWN).copied().collect(),
            counts: self.counts(),
            not_known: self.not_known(),
        }
    }

    /// Every open order, the oldest first.
    pub fn orders(&self) -> Listed<OrderShown> {
        let mut open: Vec<&Story> = self.stories.iter().filter(|story| story.is_open()).collect();
        open.sort_by_key(|story| (story.began, story.id));
        Listed::of(open.into_iter().map(Story::shown))
    }

    /// What each strategy holds, and has held.
    pub fn positions(&self) -> Listed<PositionShown> {
        let stops = self.stops();
        Listed::of(self.accounts.positions().map(|(strategy, position)| {
            let price = self.feeds.price(position.symbol);
            let value = price.and_then(|price| price.value(position.net).ok());
            let stop = stops.get(&(strategy, position.symbol));
            let guard = self.accounts.guard(strategy, position.symbol);
            PositionShown {
                strategy,
                symbol: position.symbol,
                net: position.net,
                average: position.average,
                price,
                value,
                unrealised: value.and_then(|value| value.minus(position.cost).ok()),
                realised: position.realised,
                fees: position.fees,
                stop: stop.map(|(stop, ..)| *stop),
                stops: stop.map_or(0, |(.., count)| *count),
                guard: guard.map(|protect| GuardShown {
                    stop: protect.stop,
                    target: protect.target,
                    trail: protect.trail,
                }),
            }
        }))
    }

    /// The last fills, the latest first.
    pub fn fills(&self) -> Listed<FillShown> {
        let shown: Vec<FillShown> = self.fills.iter().rev().cloned().collect();
        Listed { shown, more: self.counts().fills_let_go }
    }

    /// The last refusals, the latest first.
    pub fn refusals(&self) -> Listed<RefusalShown> {
        let shown: Vec<RefusalShown> = self.refusals.latest().cloned().collect();
        Listed { shown, more: self.refusals.let_go() }
    }

    /// The story of the order whose id begins like that.
    pub fn why(&self, begins: &str) -> Result<Why, NotFound> {
        let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if begins.is_empty() || begins.len() > 32 || !begins.bytes().all(digits) {
            return Err(NotFound::NotAnId);
        }
        let fits = |story: &&Story| story.id.to_string().starts_with(begins);
        let mut found = self.stories.iter().filter(fits);
        let (Some(story), other) = (found.next(), found.next()) else {
            return Err(NotFound::None);
        };
        let Some(other) = other else { return Ok(self.story_of(story)) };
        let rest = found.map(|story| story.id).take(SEVERAL_NAMED - 2);
        let ids = [story.id, other.id].into_iter().chain(rest).collect();
        Err(NotFound::Several { ids })
    }

    /// The story of the order that was refused last.
    pub fn why_last_refused(&self) -> Result<Why, NotFound> {
        let last = self.refusals.latest().find_map(|refusal| refusal.id);
        let story = last.and_then(|id| self.stories.get(id));
        story.map(|story| self.story_of(story)).ok_or(NotFound::NothingRefused)
    }

    fn story_of(&self, story: &Story) -> Why {
        let refused = self.refusals.latest().find(|refusal| refusal.id == Some(story.id));
        Why {
            order: story.shown(),
            why: Some(story.why).filter(|why| *why != contracts::Label::NONE),
            refused: refused.cloned(),
            moments: story.moments.clone(),
            moments_more: story.moments_more,
        }
    }

    fn order_counts(&self) -> OrderCounts {
        let count = |wanted: fn(&Story) -> bool| {
            self.stories.iter().filter(|story| wanted(story)).count() as u64
        };
        let live = |story: &Story| story.venue == AtVenue::Live;
        let heard = self.accounts.venue_heard.then_some(());
        OrderCounts {
            ours: count(Story::is_open),
            venue: heard.map(|()| count(live)),
            diff: heard.map(|()| count(|story| story.is_open() != (story.venue == AtVenue::Live))),
            unknown: count(|story| story.state == Some(OrderState::Unknown)),
        }
    }

    fn nets(&self, stops: &Stops) -> Vec<NetShown> {
        let mut lines = Vec::new();
        for (symbol, (ours, venue)) in self.accounts.nets() {
            let diff = venue.and_then(|venue| ours.plus(-venue).ok());
            if ours.is_flat() && diff.is_none_or(Net::is_flat) {
                continue;
            }
            let (mut stop, mut count) = (None, 0);
            for (_, (nearest, side, waiting)) in
                stops.iter().filter(|((_, held), _)| *held == symbol)
            {
                stop = Some(nearer(stop, *nearest, *side));
                count += waiting;
            }
            lines.push(NetShown { symbol, ours, venue, diff, stop, stops: count });
        }
        lines
    }

    fn stops(&self) -> Stops {
        let mut stops = Stops::new();
        for story in self.stories.iter().filter(|story| story.is_open()) {
            let Some((key, stop, side)) = story.as_stop() else { continue };
            stops
                .entry(key)
                .and_modify(|(nearest, _, count)| {
                    *nearest = nearer(Some(*nearest), stop, side);
                    *count += 1;
                })
                .or_insert((stop, side, 1));
        }
        stops
    }

    fn cash(&self) -> CashShown {
        let (ours, venue) = (self.accounts.cash(), self.accounts.venue_cash());
        let diff = ours.zip(venue).and_then(|(ours, venue)| ours.minus(venue).ok());
        CashShown { asset: self.currency, ours, venue, diff }
    }

    fn strategies(&self) -> Vec<StrategyShown> {
        let mut shown: BTreeMap<StrategyId, StrategyShown> = BTreeMap::new();
        for (strategy, member) in self.crew.iter() {
            let mut line = self.blank(strategy);
            line.run = member.run;
            line.standing = self.standing(strategy, member.has_spoken);
            (line.approved, line.refused) = (member.approved, member.refused);
            line.fills = member.fills;
            shown.insert(strategy, line);
        }
        for strategy in self.accounts.owners() {
            shown.entry(strategy).or_insert_with(|| self.blank(strategy));
        }
        for (strategy, position) in self.accounts.positions() {
            let line = shown.entry(strategy).or_insert_with(|| self.blank(strategy));
            self.add(line, position);
        }
        for story in self.stories.iter().filter(|story| story.is_open()) {
            let owner = story.corr.map(|corr| corr.strategy);
            if let Some(line) = owner.and_then(|owner| shown.get_mut(&owner)) {
                line.open_orders += 1;
            }
        }
        shown.into_values().collect()
    }

    fn standing(&self, strategy: StrategyId, has_spoken: bool) -> Standing {
        match (self.roster.contains(&strategy), has_spoken) {
            (false, _) => Standing::Left,
            (true, false) => Standing::Quiet,
            (true, true) => Standing::Active,
        }
    }

    fn blank(&self, strategy: StrategyId) -> StrategyShown {
        StrategyShown {
            strategy,
            run: contracts::StrategyRun::Running,
            standing: self.standing(strategy, false),
            cash: self.accounts.cash_of(strategy),
            holds: 0,
            open_orders: 0,
            realised: Money::ZERO,
            unrealised: Some(Money::ZERO),
            fees: Money::ZERO,
            approved: 0,
            refused: 0,
            fills: 0,
        }
    }

    /// Adds a position to the line of its strategy.
    fn add(&self, line: &mut StrategyShown, position: &Position) {
        line.holds += u64::from(!position.net.is_flat());
        line.realised = line.realised.plus(position.realised).unwrap_or(line.realised);
        line.fees = line.fees.plus(position.fees).unwrap_or(line.fees);
        if position.net.is_flat() {
            return;
        }
        let price = self.feeds.price(position.symbol);
        let open = price
            .and_then(|price| price.value(position.net).ok())
            .and_then(|value| value.minus(position.cost).ok());
        line.unrealised = line.unrealised.zip(open).and_then(|(sum, open)| sum.plus(open).ok());
    }

    fn counts(&self) -> Counts {
        Counts {
            orders_let_go: self.stories.let_go,
            open_let_go: self.stories.open_let_go,
            refusals_let_go: self.refusals.let_go(),
            fills_let_go: self.counted.fills - self.fills.len() as u64,
            positions_let_go: self.accounts.positions_let_go,
            ..self.counted
        }
    }

    fn not_known(&self) -> Vec<NotKnown> {
        let accounts = &self.accounts;
        let found = [
            (NotKnown::OrdersFromBefore, !self.from_first),
            (NotKnown::PositionsFromBefore, !accounts.whole.positions),
            (NotKnown::Cash, !accounts.whole.cash),
            (NotKnown::Venue, !accounts.venue_heard && self.counted.approved > 0),
            (NotKnown::KillSwitch, !self.switch.is_known()),
            (NotKnown::KillSources, self.switch.shown().sources.is_empty()),
            (NotKnown::Overflowed, accounts.overflowed),
        ];
        found.into_iter().filter(|(_, holds)| *holds).map(|(what, _)| what).collect()
    }
}

/// Of two stops, the one that the market reaches first.
fn nearer(nearest: Option<StopShown>, other: StopShown, side: Side) -> StopShown {
    let Some(nearest) = nearest else { return other };
    let other_first = match side {
        Side::Sell => other.trigger > nearest.trigger,
        Side::Buy => other.trigger < nearest.trigger,
    };
    if other_first { other } else { nearest }
}

impl Story {
    /// As a line of a list.
    pub(crate) fn shown(&self) -> OrderShown {
        OrderShown {
            id: self.id,
            strategy: self.corr.map(|corr| corr.strategy),
            origin: self.corr.map(|corr| corr.origin),
            parent: self.corr.and_then(|corr| corr.parent),
            symbol: self.symbol,
            side: self.side(),
            qty: self.qty,
            filled: self.filled.max(self.traded),
            average: self.average(),
            limit: self.limit,
            trigger: self.trigger,
            state: self.state,
            reason: self.reason,
            venue_ref: self.venue_ref,
            fees: self.fees.clone(),
            began: self.began,
            moved: self.moved,
        }
    }

    /// As a stop that guards a position, where it is one.
    fn as_stop(&self) -> Option<((StrategyId, Symbol), StopShown, Side)> {
        let corr = self.corr.filter(|corr| corr.origin == Origin::Protector)?;
        let (symbol, side, trigger) = (self.symbol?, self.side()?, self.trigger?);
        let state = self.state?;
        let at_venue = matches!(
            state,
            OrderState::New | OrderState::PartiallyFilled | OrderState::PendingCancel
        );
        let qty = self.qty.saturating_minus(self.filled.max(self.traded));
        let stop = StopShown { id: self.id, trigger, qty, at_venue };
        Some(((corr.strategy, symbol), stop, side))
    }
}
