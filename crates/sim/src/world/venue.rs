//! The market and the venue: what moves, what reaches the venue, and what it says.

use contracts::{Envelope, Event, Source, TopicKind};
use kernel::Collected;

use super::{Action, Happening, World};
use crate::faults::Trouble;
use crate::node::Node;

impl World {
    pub(super) fn schedule_market(&mut self) {
        match self.market.next_event() {
            Some((at, event)) => self.schedule(at.max(self.now), Action::Market(event)),
            None => self.market_ended = true,
        }
    }

    /// Whether the market has come to its end.
    pub fn market_ended(&self) -> bool {
        self.market_ended
    }

    pub(super) fn market_moves(&mut self, event: Event) -> Result<(), String> {
        self.market_says(event)?;
        self.schedule_market();
        Ok(())
    }

    /// The venue says something to everybody.
    pub(super) fn market_says(&mut self, event: Event) -> Result<(), String> {
        let envelope = Envelope::input(Source::MdIngest, self.now, event);
        self.venue_hears(envelope)?;
        self.feeds.hear(self.now, &event);
        for node in 0..self.nodes.len() {
            if self.nodes[node].listens_to(envelope.topic().kind()) {
                self.tell_market(node, envelope)?;
            }
        }
        Ok(())
    }

    /// Nobody is told of a market whose feed is down; and of others, not always. The rules of the
    /// market always arrive, or are told again.
    fn tell_market(&mut self, node: usize, envelope: Envelope) -> Result<(), String> {
        let Some(symbol) = envelope.topic().symbol() else { return Ok(()) };
        let rules = matches!(envelope.event, Event::Instrument(_));
        let lost = self.dice.chance_ppm(self.faults.drop_ppm / 4) && !rules;
        if lost {
            self.tell_trouble(Trouble::MarketUnheard)?;
        }
        if self.nodes[node].is_up() && self.is_full(node) {
            // It is refused where it comes in, and those inside are told why.
            self.give(node, envelope)?;
        }
        if lost || self.feeds.is_down(symbol) || !self.hears(node) {
            self.feeds.missed(node, symbol);
            return Ok(());
        }
        let crashes = self.nodes[node].crashes();
        self.give(node, envelope)?;
        if self.nodes[node].crashes() > crashes {
            self.feeds.missed(node, symbol);
        }
        Ok(())
    }

    pub(super) fn venue_takes(&mut self, request: Envelope) -> Result<(), String> {
        self.tell(Happening::VenueTook(&request))?;
        let input = Envelope::input(Source::ExecutionGateway, self.now, request.event);
        self.venue_hears(input)
    }

    pub(super) fn venue_hears(&mut self, input: Envelope) -> Result<(), String> {
        let mut said = Collected::default();
        let took = self.venue.take(self.now, input, &mut said);
        took.map_err(|stopped| format!("the venue stopped: {stopped}"))?;
        self.venue_said(&said.0)
    }

    pub(super) fn venue_wakes(&mut self) -> Result<(), String> {
        let place = self.nodes.len();
        self.wake_scheduled[place] = None;
        let mut said = Collected::default();
        while self.venue.wake(self.now, &mut said).map_err(|stopped| stopped.to_string())? {}
        self.venue_said(&said.0)
    }

    pub(super) fn venue_said(&mut self, said: &[Envelope]) -> Result<(), String> {
        for report in said.iter().filter(|said| said.topic().kind() == TopicKind::VenueReport) {
            self.tell(Happening::VenueSaid(report))?;
            let Some(gateway) = self.nodes.iter().position(Node::talks_to_venue) else { continue };
            let twice = self.dice.chance_ppm(self.faults.duplicate_ppm);
            if twice {
                self.tell_trouble(Trouble::ReportTwice)?;
            }
            for _ in 0..=u32::from(twice) {
                let delay = self.delay(self.faults.venue_delay_max);
                let arrives = self.now + delay;
                if self.dice.chance_ppm(self.faults.venue_drop_ppm) {
                    self.tell_trouble(Trouble::ReportLost)?;
                } else if !self.is_cut(gateway, self.nodes.len()) {
                    self.schedule(arrives, Action::ToGateway(*report));
                }
            }
        }
        let place = self.nodes.len();
        self.schedule_wake(place, self.venue.next_wake());
        Ok(())
    }

    pub(super) fn gateway_takes(&mut self, report: Envelope) -> Result<(), String> {
        let Some(gateway) = self.nodes.iter().position(Node::talks_to_venue) else { return Ok(()) };
        self.give(gateway, Envelope::input(Source::Venue, self.now, report.event))
    }
}
