//! The lines between them: each can be cut for a while. Whoever is not sure then takes no new risk, and when the
//! line is whole again everything goes on by itself.

use std::net::{Ipv4Addr, SocketAddr};

use contracts::Span;
use settings::{Loaded, Service};

use super::troupe::Troupe;
use crate::failure::Failure;
use crate::output::progress;
use crate::running::services;
use crate::stage::{Redis, Relay};

/// Who talks to the venue too.
const AT_THE_VENUE: [&str; 2] = ["md-ingest", "execution-gateway"];
/// The lines of all services.
pub(super) struct Lines(Vec<Line>);

/// A line of a service, to Redis or to the venue.
struct Line {
    of: &'static str,
    to: &'static str,
    relay: Relay,
}

/// What a cut came to.
pub(super) struct Cut {
    pub(super) of: &'static str,
    pub(super) to: &'static str,
    /// From the moment when the line was whole again to the next execution.
    pub(super) recovery: Span,
}

impl Lines {
    /// Lines from every service to that Redis, and from two of them to the venue.
    pub(super) fn lay(redis: &Redis, loaded: &Loaded) -> Result<Self, Failure> {
        let redis = SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port()));
        let venue = loaded.settings().ports.address(Service::Venue);
        let mut lines = Vec::new();
        for service in services() {
            lines.push(Line { of: service.name, to: "redis", relay: Relay::to(redis)? });
        }
        for of in AT_THE_VENUE {
            lines.push(Line { of, to: "venue", relay: Relay::to(venue)? });
        }
        Ok(Self(lines))
    }

    /// The flags by which a service takes its own lines.
    pub(super) fn flags(&self, service: &str) -> Vec<String> {
        let own = self.0.iter().filter(|line| line.of == service);
        let flag = |line: &Line| {
            let port = line.relay.port();
            if line.to == "venue" {
                format!("ports.venue={port}")
            } else {
                format!("bus.url=redis://127.0.0.1:{port}/0")
            }
        };
        own.map(flag).collect()
    }
}

impl Troupe<'_> {
    /// Cuts each line for so long, one after another.
    pub(super) fn cut_each(&mut self, span: Span) -> Result<Vec<Cut>, Failure> {
        let Some(lines) = self.lines.take() else { return Ok(Vec::new()) };
        let mut cuts = Vec::new();
        for line in &lines.0 {
            progress(&format!("{} is cut off from {}", line.of, line.to));
            cuts.push(self.cut(line, span)?);
        }
        self.lines = Some(lines);
        Ok(cuts)
    }

    fn cut(&mut self, line: &Line, span: Span) -> Result<Cut, Failure> {
        let Line { of, to, relay } = line;
        let while_cut = format!("{of} was cut off from {to}");
        self.trades()?;
        relay.cut();
        self.opens_nothing(&while_cut, span)?;
        relay.mend();
        Ok(Cut { of, to, recovery: self.trades_again(&while_cut)? })
    }
}
