//! What the shadow answers: the order as it must be approved, or every reason why it must not.

use contracts::{
    FeedState, KillReading, Lifetime, MarketStatus, Money, Net, OrderKind, OrderSpec, Price, Qty,
    Reason, Rounding, Side, Span, StrategyId, Symbol, Ts,
};

use super::market::as_kind;
use super::{Market, Shadow, Told, Wish, wakes};

/// An order that is judged, with what it would meet.
#[derive(Clone, Copy)]
struct Case<'a> {
    wish: Wish,
    spec: OrderSpec,
    market: &'a Market,
    touch: Option<Price>,
    reducing: bool,
}

/// Position, purchases and sales.
type Stake = (Net, Qty, Qty);

impl Case<'_> {
    fn side(&self) -> Side {
        self.spec.side()
    }

    /// What only leads out of a position, and says so.
    fn is_way_out(&self) -> bool {
        self.reducing && self.spec.is_reduce_only()
    }

    /// The price at which the size of the order is judged.
    fn judged(&self) -> Option<Price> {
        let own = self.spec.limit().or(self.spec.trigger());
        let (Some(own), Some(touch)) = (own, self.touch) else { return own.or(self.touch) };
        Some(match (self.side(), self.spec.lifetime()) {
            (Side::Buy, Lifetime::Immediate) => own.min(touch),
            (Side::Buy, _) => own,
            (Side::Sell, _) => own.max(touch),
        })
    }

    fn cost(&self) -> Option<Money> {
        Some(self.judged()?.cost(self.spec.qty()).unwrap())
    }

    /// What the venue says that it costs.
    fn cost_there(&self) -> Option<Money> {
        let named = self.spec.limit().or(self.spec.trigger());
        Some(named.or(self.touch)?.cost(self.spec.qty()).unwrap())
    }

    /// How much of the order could trade, of which so much has.
    fn open(&self, told: &Told) -> Qty {
        told.open().max(self.spec.qty().saturating_minus(told.booked))
    }
}

impl Shadow {
    /// The order as it must be approved, or every reason why it must not.
    pub(crate) fn judge(&self, wish: &Wish) -> Result<OrderSpec, Vec<Reason>> {
        let (asked, changes) = (wish.spec, wish.amends.is_some());
        let Some(market) = self.markets.get(&asked.symbol()) else {
            return Err(vec![Reason::UnknownSymbol]);
        };
        let touch = market.touch(asked.side(), wish.now, self.limits.price_age_max);
        let mut case = Case { wish: *wish, spec: asked, market, touch, reducing: false };
        case.reducing = self.is_reducing(&case);
        let edge = |from| market.edge(from, asked.side(), self.limits.collar);
        case.spec = match asked.kind() {
            OrderKind::Market => touch.map_or(asked, |touch| {
                let worst = market.enough(edge(touch), touch, asked.qty());
                as_kind(asked, OrderKind::Limit(worst), Lifetime::Immediate)
            }),
            // What sells to get out does so at any price; an order that rests keeps its kind.
            OrderKind::Stop { trigger }
                if !(changes || asked.side() == Side::Sell && case.reducing) =>
            {
                let limit = edge(trigger);
                as_kind(asked, OrderKind::StopLimit { trigger, limit }, asked.lifetime())
            }
            _ => asked,
        };
        let mut broken = self.always(&case);
        let limits = self.limits(&case);
        // What only its shrinking excuses from a limit is approved as an order that only reduces.
        let excused = case.reducing && !limits.is_empty();
        broken.extend(limits.into_iter().filter(|_| !case.reducing));
        broken.sort();
        match (broken.is_empty(), excused) {
            (true, true) => Ok(case.spec.reduce_only()),
            (true, false) => Ok(case.spec),
            (false, _) => Err(broken),
        }
    }

    /// The limits that hold for whatever does more than shrink.
    fn limits(&self, case: &Case<'_>) -> Vec<Reason> {
        let Case { wish: Wish { now, who, .. }, spec, market, .. } = *case;
        let (symbol, limits) = (spec.symbol(), &self.limits);
        let mut broken = self.exposed(case);
        let mut rule = |reason, is_broken: bool| broken.extend(is_broken.then_some(reason));
        rule(Reason::StrategyPaused, self.paused.contains(&who));
        let (day, worst) = self.worst;
        rule(Reason::DailyLoss, day == now.day() && worst > limits.daily_loss_cap);
        let age = market.age(case.side(), now);
        rule(Reason::StalePrice, age.is_some_and(|age| age > limits.price_age_max));
        rule(Reason::FeedUnsafe, market.mark.is_some_and(|mark| mark.state != FeedState::Live));
        let mut here = self.orders.values().filter(|told| told.spec.symbol() == symbol);
        rule(Reason::OrderUnknown, here.any(|told| told.unknown));
        let most = limits.order_notional_max;
        rule(Reason::OrderNotional, case.cost().is_some_and(|cost| cost > most));
        let most = limits.order_qty_max.get(symbol);
        rule(Reason::OrderQty, most.is_some_and(|most| spec.qty() > *most));
        let worst = spec.limit().into_iter().chain(case.judged()).max();
        let worst = worst.map(|price| price.cost(spec.qty()).unwrap());
        let over = limits.live_cap.zip(worst).is_some_and(|(cap, worst)| worst > cap);
        rule(Reason::LiveCap, over);
        let pace = self.symbol_paces.get(&symbol);
        let most = limits.symbol_orders_per_minute;
        rule(Reason::SymbolRate, pace.is_some_and(|pace| pace.is_used_up(now, most)));
        let pace = self.strategy_paces.get(&who);
        let most = limits.strategy_orders_per_minute;
        rule(Reason::StrategyRate, pace.is_some_and(|pace| pace.is_used_up(now, most)));
        rule(Reason::Balance, self.overspends(case));
        broken
    }

    /// What holds for every order.
    fn always(&self, case: &Case<'_>) -> Vec<Reason> {
        let Case { wish, spec, market, touch, reducing } = *case;
        let (instrument, way_out) = (&market.instrument, case.is_way_out());
        let mut broken = Vec::new();
        let mut rule = |reason, is_broken: bool| broken.extend(is_broken.then_some(reason));
        rule(Reason::Expired, wish.now > wish.expires);
        rule(Reason::KillSwitch, self.tripped && !way_out);
        rule(Reason::KillSwitchUnknown, !self.tripped && self.unread(wish.now) && !way_out);
        rule(Reason::SelfCross, !way_out && self.crosses(case));
        rule(Reason::NotReducing, spec.is_reduce_only() && !reducing);
        let taken = match instrument.status {
            MarketStatus::Online => true,
            MarketStatus::PostOnly => spec.lifetime() == Lifetime::PostOnly,
            MarketStatus::CancelOnly | MarketStatus::Maintenance => false,
        };
        rule(Reason::MarketClosed, !taken);
        let on_tick =
            |price: Option<Price>| price.is_none_or(|p| p.is_multiple_of(instrument.tick));
        rule(Reason::Tick, !on_tick(spec.limit()) || !on_tick(spec.trigger()));
        rule(Reason::Lot, !spec.qty().is_multiple_of(instrument.lot));
        rule(Reason::QtyMin, spec.qty() < instrument.qty_min);
        rule(Reason::CostMin, case.cost_there().is_some_and(|cost| cost < instrument.cost_min));
        let open = self.orders.len() + usize::from(wish.amends.is_none());
        rule(Reason::OpenOrders, open > self.limits.open_orders_max as usize && !reducing);
        // Only a stop that leads out may trade at any price.
        let may_be_boundless = reducing && spec.trigger().is_some();
        let boundless = spec.limit().is_none() && !may_be_boundless;
        rule(Reason::NoPrice, boundless || touch.is_none() && !reducing);
        if let (Some(limit), Some(from)) = (spec.limit(), spec.trigger().or(touch)) {
            let edge = market.edge(from, case.side(), self.limits.collar);
            rule(Reason::PriceCollar, is_worse(case.side(), limit, edge));
        }
        if self.spot && case.side() == Side::Sell {
            let (own, _, sells) = self.stake(Some(wish.who), spec.symbol(), case);
            rule(Reason::Inventory, Net::from(sells) > own.max(Net::ZERO));
        }
        broken
    }

    /// Whether nobody knows what the kill source says.
    fn unread(&self, now: Ts) -> bool {
        self.source.is_some_and(|(reading, at)| {
            reading != KillReading::Clear || now.since(at) > Span::SECOND
        })
    }

    /// What a strategy or all have of an instrument, with the order in.
    fn stake(&self, who: Option<StrategyId>, symbol: Symbol, case: &Case<'_>) -> Stake {
        let Case { wish, spec, .. } = case;
        let own = |of: StrategyId| who.is_none_or(|who| who == of);
        let held = self.net.iter().filter(|((of, at), _)| own(*of) && *at == symbol);
        let net = held.fold(Net::ZERO, |sum, (_, net)| sum + *net);
        let (mut buys, mut sells) = (Qty::ZERO, Qty::ZERO);
        let mut add = |side, open| {
            let sum = if side == Side::Buy { &mut buys } else { &mut sells };
            *sum = sum.plus(open).unwrap();
        };
        for (id, told) in &self.orders {
            if own(told.who) && told.spec.symbol() == symbol {
                let changed = wish.amends == Some(*id);
                add(told.spec.side(), if changed { case.open(told) } else { told.open() });
            }
        }
        if wish.amends.is_none() && own(wish.who) && spec.symbol() == symbol {
            add(spec.side(), spec.qty());
        }
        (net, buys, sells)
    }

    fn is_reducing(&self, case: &Case<'_>) -> bool {
        [Some(case.wish.who), None].into_iter().all(|who| {
            let (net, buys, sells) = self.stake(who, case.spec.symbol(), case);
            match case.side() {
                Side::Buy => net < Net::ZERO && buys <= net.size(),
                Side::Sell => net > Net::ZERO && sells <= net.size(),
            }
        })
    }

    fn exposed(&self, case: &Case<'_>) -> Vec<Reason> {
        if case.touch.is_none() {
            return Vec::new();
        }
        let (mut symbol_gross, mut own_gross, mut gross) = (Money::ZERO, Money::ZERO, Money::ZERO);
        let (mut up, mut down) = (Money::ZERO, Money::ZERO);
        for (symbol, market) in &self.markets {
            // Of what has no price nobody has anything.
            let Some(price) = market.value else { continue };
            for who in self.cash.keys() {
                let (net, buys, sells) = self.stake(Some(*who), *symbol, case);
                let (long, short) = (net + Net::from(buys), net - Net::from(sells));
                let value = price.cost(long.size().max(short.size())).unwrap();
                gross += value;
                symbol_gross += if *symbol == case.spec.symbol() { value } else { Money::ZERO };
                own_gross += if *who == case.wish.who { value } else { Money::ZERO };
                up += price.value(long).unwrap();
                down += price.value(short).unwrap();
            }
        }
        let limits = &self.limits;
        let figures = [
            (Reason::SymbolGross, symbol_gross, limits.symbol_gross_max),
            (Reason::StrategyGross, own_gross, limits.strategy_gross_max),
            (Reason::PortfolioGross, gross, limits.portfolio_gross_max),
            (Reason::PortfolioNet, up.abs().max(down.abs()), limits.portfolio_net_max),
        ];
        figures.into_iter().filter(|(_, found, most)| found > most).map(|(r, ..)| r).collect()
    }

    fn overspends(&self, case: &Case<'_>) -> bool {
        let Case { wish, spec, .. } = *case;
        if !self.spot || spec.side() == Side::Sell {
            return false;
        }
        let cost = |price: Option<Price>, qty: Qty| {
            let cost = price.map_or(Money::ZERO, |price| price.cost(qty).unwrap());
            cost + cost.at_rate(self.limits.fee_max, 12, Rounding::Ceil).unwrap()
        };
        let own = |told: &Told| told.who == wish.who && told.spec.side() == Side::Buy;
        let buys = self.orders.iter().filter(|(_, told)| own(told));
        let mut needed: Money = buys
            .map(|(id, told)| {
                if wish.amends == Some(*id) {
                    return cost(told.worst().max(spec.limit()), case.open(told));
                }
                cost(told.worst(), told.open())
            })
            .sum();
        if wish.amends.is_none() {
            needed += cost(spec.limit(), spec.qty());
        }
        needed > self.cash[&wish.who]
    }

    fn crosses(&self, case: &Case<'_>) -> bool {
        let Case { wish, spec, market, .. } = *case;
        let others = self.orders.iter().filter(|(id, told)| {
            wish.amends != Some(**id)
                && told.spec.symbol() == spec.symbol()
                && told.spec.side() != spec.side()
                && (told.awake || told.spec.trigger().is_none())
        });
        let met = others.filter_map(|(_, told)| told.worst());
        let last = market.last();
        let reached = |trigger| last.is_some_and(|last| wakes(case.side(), trigger, last, last));
        let awake = wish.amends.is_some_and(|id| self.orders[&id].awake);
        (awake || spec.trigger().is_none_or(reached))
            && met.into_iter().any(|other| match spec.limit() {
                Some(limit) => limit == other || is_worse(case.side(), limit, other),
                None => true,
            })
    }
}

/// Whether whoever pays or takes `price` is worse off than at the other.
fn is_worse(side: Side, price: Price, than: Price) -> bool {
    if side == Side::Buy { price > than } else { price < than }
}
