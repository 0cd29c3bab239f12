//! The market and the simulated venue together: an order that rests is filled by what trades.

use contracts::{
    Envelope, Epoch, Event, Fill, Lifetime, Liquidity, OrderId, OrderKind, OrderSpec, Price, Seal,
    SealKey, Side, Source, Submit, Ts, seal_request,
};
use kernel::{Collected, Sequencer};
use simvenue::synthetic::{Streams, SymbolConfig, btc_usd, doge_usd, sol_usd};
use simvenue::{SimVenue, VenueConfig};

use crate::market;

const KEY: SealKey = SealKey::new([7; 16]);

/// A venue that is told everything a market says.
struct Hall {
    sequencer: Sequencer,
    said: Collected,
}

impl Hall {
    fn new() -> Self {
        let venue = SimVenue::new(VenueConfig::default(), KEY);
        let sequencer = Sequencer::new(Epoch(1), vec![Box::new(venue)]);
        Self { sequencer, said: Collected::default() }
    }

    fn tell(&mut self, now: Ts, source: Source, event: Event) {
        while let Some(due) = self.sequencer.next_wake().filter(|due| *due <= now) {
            self.sequencer.wake(due, &mut self.said).unwrap();
        }
        self.sequencer.take(now, Envelope::input(source, now, event), &mut self.said).unwrap();
    }

    fn place(&mut self, now: Ts, config: &SymbolConfig, side: Side, limit: Price) {
        let (symbol, size) = (config.instrument.symbol, config.instrument.qty_min);
        let kind = OrderKind::Limit(limit);
        let spec = OrderSpec::new(symbol, side, size, kind, Lifetime::UntilCancelled).unwrap();
        let id = OrderId::from_bits(1).unwrap();
        let submit = Event::Submit(Submit { id, spec, deadline: Ts::MAX, seal: Seal::NONE });
        let sealed = submit.with_seal(seal_request(&submit, &KEY).unwrap());
        self.tell(now, Source::ExecutionGateway, sealed);
    }

    fn fill(&self) -> Option<Fill> {
        self.said.0.iter().find_map(|envelope| match envelope.event {
            Event::Executed(fill) => Some(fill),
            _ => None,
        })
    }
}

/// Lets an order rest some ticks away from the best price after a while, and waits for its fill.
fn check(streams: Streams, config: SymbolConfig, side: Side) {
    let (mut hall, mut placed) = (Hall::new(), None);
    for (count, (at, event)) in market(streams, &[config], 5).take(2_000_000).enumerate() {
        hall.tell(at, Source::MdIngest, event);
        if let (Event::Ticker(ticker), None, true) = (event, placed, count > 5_000) {
            let away = i64::from(config.spread_ticks) * 5;
            let (best, ticks) = match side {
                Side::Buy => (ticker.bid.unwrap(), -away),
                Side::Sell => (ticker.ask.unwrap(), away),
            };
            let limit = best.plus_ticks(config.instrument.tick, ticks).unwrap();
            hall.place(at, &config, side, limit);
            placed = Some((at, limit));
        }
        if let Some(fill) = hall.fill() {
            let (since, limit) = placed.unwrap();
            assert!(at > since && fill.side == side);
            assert_eq!((fill.price, fill.qty), (limit, config.instrument.qty_min));
            assert_eq!(fill.liquidity, Liquidity::Maker);
            return;
        }
    }
    panic!("{streams:?}: never filled; {} things said", hall.said.0.len());
}

#[test]
fn resting_order_filled_by_the_market_at_its_price() {
    for side in [Side::Buy, Side::Sell] {
        check(Streams::Ticker, btc_usd(), side);
        check(Streams::Book, sol_usd(), side);
        check(Streams::CheckedBook, doge_usd(), side);
    }
}

#[test]
fn resting_order_no_trade_reaches_is_never_filled() {
    let config = btc_usd();
    let mut hall = Hall::new();
    for (at, event) in market(Streams::Book, &[config], 5).take(50_000) {
        hall.tell(at, Source::MdIngest, event);
        if matches!(event, Event::Ticker(ticker) if ticker.last.is_none()) {
            let half = Price::from_pico(config.start_price.pico() / 2).unwrap();
            hall.place(at, &config, Side::Buy, half);
        }
    }
    assert!(hall.fill().is_none() && !hall.said.0.is_empty());
}
