//! What the bus costs: three hops from a market event to the order at the venue, beside a bare relay of the same
//! texts over the same Redis and in the same run; what a synced disk adds to them; how many messages a second each
//! topic takes until the first one is refused or lost; and what is held while somebody does not read.
//!
//! The Redis is a private one on loopback, with the limits that are shipped and without persistence. Run it with
//! `cargo bench -p bus`; without redis-server it says so and measures what is in memory.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints what it measured")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::disallowed_methods, reason = "what takes time is measured with a clock")]

mod disk;
mod figures;
mod messages;
mod parties;
mod rates;
mod relay;
mod server;
mod stopped;
mod way;

use std::sync::Arc;

use bus::{Bus, MemoryBus};
use contracts::TopicKind;

use crate::server::Server;
use crate::way::Lane;

fn memory() -> Arc<dyn Bus> {
    Arc::new(MemoryBus::with_room_for(parties::clock(), 1_000_000))
}

fn main() {
    println!("in memory");
    way::compare(&memory(), &[Lane::Relay, Lane::OneHop, Lane::ThreeHops]);
    rates::table(&memory(), &[TopicKind::Trades, TopicKind::Intent]);
    let Some(server) = Server::start() else {
        println!("\nthrough Redis: NOT MEASURED, there is no redis-server here");
        return;
    };
    println!("\nthrough Redis");
    let bus = server.bus();
    way::compare(&bus, &Lane::ALL);
    server.forgets();
    rates::table(&bus, &messages::KINDS);
    server.forgets();
    stopped::at_a_stream(&bus, &server);
    stopped::on_a_line(&bus, &server);
}
