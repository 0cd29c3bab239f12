//! Who hears what: for each market, the seats that declared each stream of it.

use contracts::{Symbol, Timeframe};

use super::HostConfig;
use super::seat::Seat;
use crate::bars::BarStream;
use crate::market::Markets;

/// The listeners of one market, as places of seats. The places of `bars` are those of the market's
/// streams of bars.
#[derive(Debug, Default)]
pub(crate) struct Route {
    pub(crate) trades: Vec<u16>,
    pub(crate) book: Vec<u16>,
    pub(crate) ticker: Vec<u16>,
    pub(crate) bars: Vec<Vec<u16>>,
    pub(crate) all: Vec<u16>,
}

/// Opens every market that a seat trades, with what it declared, and routes it there; nothing where
/// there are more symbols than a session may have.
pub(crate) fn connect(seats: &[Seat], config: &HostConfig) -> Option<(Markets, Vec<Route>)> {
    let (mut markets, mut routes) = (Markets::default(), Vec::new());
    for (place, seat) in seats.iter().enumerate().filter(|(_, seat)| seat.listed) {
        for symbol in seat.symbols.iter().copied() {
            let market = markets.open(symbol)?;
            if market == routes.len() {
                routes.push(Route::default());
            }
            let route = routes.get_mut(market)?;
            listen(route, place as u16, seat);
            declare(&mut markets, market, symbol, seat, config);
        }
    }
    // Streams are put in order once all are known; only then do their places hold.
    for (market, route) in routes.iter_mut().enumerate() {
        let streams = &markets.at(market).bars;
        let wants = |timeframe: Timeframe, place: &u16| {
            seats[usize::from(*place)].wants.bars.contains(&timeframe)
        };
        route.bars = streams
            .iter()
            .map(|stream| {
                let timeframe = stream.timeframe();
                route.all.iter().copied().filter(|place| wants(timeframe, place)).collect()
            })
            .collect();
    }
    Some((markets, routes))
}

fn listen(route: &mut Route, place: u16, seat: &Seat) {
    route.all.push(place);
    if seat.wants.trades {
        route.trades.push(place);
    }
    if seat.wants.book {
        route.book.push(place);
    }
    if seat.wants.ticker {
        route.ticker.push(place);
    }
}

fn declare(markets: &mut Markets, market: usize, symbol: Symbol, seat: &Seat, config: &HostConfig) {
    let market = markets.at(market);
    if seat.wants.book {
        market.book.get_or_insert_with(|| book::Book::new(symbol, config.book_depth));
    }
    for timeframe in seat.wants.bars.iter().copied() {
        if !market.bars.iter().any(|stream| stream.timeframe() == timeframe) {
            market.bars.push(BarStream::new(symbol, timeframe, config.bar_grace));
        }
    }
    market.bars.sort_by_key(BarStream::timeframe);
}
