//! The state of a venue as a snapshot holds it: what was learnt and what is open. Ladders, indices
//! and the list of lifetimes are derived from the orders, so they are made anew.

use contracts::{SealKey, SymbolMap, Ts};
use kernel::{StateError, load_state, save_state};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::config::VenueConfig;
use crate::executions::StoredExecutions;
use crate::fees::Volume;
use crate::floor::Market;
use crate::ladder::Rung;
use crate::orders::{Order, Orders, Stage, Stored};
use crate::travel::{Request, Told, Travelling};
use crate::venue::SimVenue;

/// Borrowed parts (`&'a T`) when saving, owned ones when loading.
#[derive(Serialize, Deserialize)]
struct State<M, O, A, V, Q, R> {
    markets: M,
    orders: Stored<O>,
    account: A,
    volume: V,
    executions: StoredExecutions,
    requests: Q,
    reports: R,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    dead_man: Option<Ts>,
    armed: Ts,
    priority: u64,
    number: u64,
}

type Loaded =
    State<SymbolMap<Market>, Order, Account, Volume, Travelling<Request>, Travelling<Told>>;

/// Appends the state of a venue.
pub(crate) fn save(venue: &SimVenue, out: &mut Vec<u8>) {
    let state = State {
        markets: &venue.markets,
        orders: venue.desk.orders.stored(),
        account: &venue.desk.account,
        volume: &venue.desk.volume,
        executions: venue.desk.executions.stored(),
        requests: venue.requests.travelling(),
        reports: venue.desk.reports.travelling(),
        dead_man: venue.dead_man,
        armed: venue.armed,
        priority: venue.desk.priority,
        number: venue.desk.number,
    };
    save_state(&state, out);
}

/// A venue of that configuration in a saved state.
pub(crate) fn load(
    state: &[u8],
    config: VenueConfig,
    key: SealKey,
) -> Result<SimVenue, StateError> {
    let state: Loaded = load_state(state)?;
    let contradiction =
        |holds, what| if holds { Ok(()) } else { Err(StateError::Contradiction(what)) };
    let (depth, levels_max) = (config.book_depth, config.taken_levels_max);
    let remembered = config.orders_remembered;
    let mut venue = SimVenue::new(config, key);
    let fits = state.markets.iter().all(|(symbol, market)| {
        market.rules.is_sound() && market.given.is_sound(symbol, depth, levels_max)
    });
    contradiction(fits, "a market is not of this configuration")?;
    contradiction(venue.requests.restore(state.requests), "too many or disordered requests")?;
    contradiction(venue.desk.reports.restore(state.reports), "too many or disordered reports")?;
    let executions = venue.desk.executions.restore(state.executions);
    contradiction(executions, "too many executions")?;
    let orders = Orders::restored(state.orders, remembered);
    let Some(orders) = orders else {
        return Err(StateError::Contradiction("the orders contradict themselves or their bound"));
    };
    (venue.markets, venue.desk.orders) = (state.markets, orders);
    (venue.desk.account, venue.desk.volume) = (state.account, state.volume);
    (venue.dead_man, venue.armed) = (state.dead_man, state.armed);
    (venue.desk.priority, venue.desk.number) = (state.priority, state.number);
    contradiction(stand(&mut venue), "an order does not stand where it must")?;
    Ok(venue)
}

/// Puts every open order back into its ladder; whether each found its own place there.
fn stand(venue: &mut SimVenue) -> bool {
    let open = venue.desk.orders.open();
    for slot in &open {
        let order = &venue.desk.orders[*slot];
        let Some(market) = venue.markets.get_mut(order.spec.symbol()) else { return false };
        let Some(price) = order.ladder_price() else { return false };
        let (side, priority) = (order.spec.side(), order.priority);
        let ladder = match order.stage {
            Stage::Waiting => market.own.stops_mut(side),
            _ => market.own.resting_mut(side),
        };
        ladder.insert(Rung { price, priority, slot: *slot });
        market.given.prepare(venue.config.taken_levels_max);
        if let Some(until) = order.until() {
            venue.desk.expiries.insert((until, order.number, *slot));
        }
        let desk = &venue.desk;
        if order.priority > desk.priority || order.number > desk.number {
            return false;
        }
    }
    venue.markets.iter().map(|(_, market)| market.own.len()).sum::<usize>() == open.len()
}
