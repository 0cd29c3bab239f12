//! Who speaks on which stream, and who has to read it. It is declared here and nowhere else.

use bus::{Channel, ReaderName, Stream};
use contracts::{Delivery, Source, TopicKind};
use kernel::Topics;

const STRATEGIES: &str = "strategy-engine";
const RISK: &str = "risk-engine";
pub(super) const GATEWAY: &str = "execution-gateway";
pub(super) const MARKET: &str = "md-ingest";
/// No service: somebody who says a word and goes.
pub const OPERATOR: &str = "operator";
/// No service either: programs outside.
pub const EXTERNAL: &str = "external";

/// The streams that some service has to read, and which services those are. Nothing on them is dropped that
/// one of these has not confirmed. Every other stream is for whoever is interested.
const READ: &[(TopicKind, Source, &[&str])] = &[
    (TopicKind::Intent, Source::StrategyEngine, &[RISK]),
    (TopicKind::Intent, Source::Protector, &[RISK]),
    (TopicKind::Intent, Source::Operator, &[RISK]),
    (TopicKind::Decision, Source::RiskEngine, &[STRATEGIES, GATEWAY]),
    (TopicKind::OrdersUpdate, Source::ExecutionGateway, &[STRATEGIES, RISK]),
    (TopicKind::Fills, Source::ExecutionGateway, &[STRATEGIES, RISK]),
    (TopicKind::ControlKill, Source::RiskEngine, &[GATEWAY]),
    (TopicKind::ControlKill, Source::ExecutionGateway, &[RISK]),
    (TopicKind::ControlKill, Source::Operator, &[RISK, GATEWAY]),
    (TopicKind::ControlStrategy, Source::StrategyEngine, &[RISK, GATEWAY]),
    (TopicKind::ControlStrategy, Source::Operator, &[STRATEGIES, RISK, GATEWAY]),
    (TopicKind::ControlLimits, Source::RiskEngine, &[GATEWAY]),
    (TopicKind::Signal, Source::External, &[STRATEGIES]),
];

/// In whose names a service speaks.
pub fn speaks_as(service: &str) -> &'static [Source] {
    match service {
        MARKET => &[Source::MdIngest],
        STRATEGIES => &[Source::StrategyEngine],
        RISK => &[Source::RiskEngine],
        GATEWAY => &[Source::ExecutionGateway, Source::Protector, Source::Venue],
        OPERATOR => &[Source::Operator],
        EXTERNAL => &[Source::External],
        _ => &[],
    }
}

/// Who has to be there, so that a service takes new risk: a sign of life was heard of late.
pub(super) fn relies_on(service: &str) -> &'static [Source] {
    match service {
        STRATEGIES => &[Source::MdIngest],
        RISK => &[Source::MdIngest, Source::ExecutionGateway],
        GATEWAY => &[Source::MdIngest, Source::RiskEngine],
        _ => &[],
    }
}

/// The services that have to read that stream.
pub fn readers(stream: Stream) -> &'static [&'static str] {
    let line =
        READ.iter().find(|(kind, source, _)| (*kind, *source) == (stream.kind(), stream.source()));
    line.map_or(&[], |(_, _, readers)| readers)
}

/// The streams that a service has to read.
pub fn reads(service: &str) -> Vec<Stream> {
    let lines = READ.iter().filter(|(_, _, readers)| readers.contains(&service));
    lines.filter_map(|(kind, source, _)| Stream::new(*kind, *source)).collect()
}

/// The channels on which a service hears what may be lost, where its machines listen to that.
pub fn hears(service: &str, interests: Topics) -> Vec<Channel> {
    let own = |kind: TopicKind| kind == TopicKind::Mark && service == RISK;
    let wanted =
        |kind: &TopicKind| kind.is_of_a_market() && interests.contains(*kind) && !own(*kind);
    let mut channels: Vec<Channel> =
        TopicKind::ALL.into_iter().filter(wanted).map(Channel::Kind).collect();
    if service == MARKET {
        channels.push(Channel::Kind(TopicKind::Gaps));
    } else if !channels.is_empty() {
        // Whether a market can be trusted is heard by whoever hears anything of it.
        for kind in [TopicKind::Feed, TopicKind::Instrument].map(Channel::Kind) {
            if !channels.contains(&kind) {
                channels.push(kind);
            }
        }
    }
    channels
}

/// The streams that somebody who speaks as that source may write: what it says is not known beforehand.
pub fn writes(source: Source) -> impl Iterator<Item = Stream> {
    let durable = |kind: &TopicKind| kind.delivery() == Delivery::Durable;
    TopicKind::ALL
        .into_iter()
        .filter(durable)
        .filter(move |kind| (*kind == TopicKind::VenueReport) == (source == Source::Venue))
        .filter(move |kind| (*kind == TopicKind::Signal) == (source == Source::External))
        .filter_map(move |kind| Stream::new(kind, source))
}

/// The name under which a service says how far it has read.
pub(super) fn reader(service: &str) -> Option<ReaderName> {
    ReaderName::new(service).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_read_by_services_that_do_not_write_them() {
        for (kind, source, readers) in READ {
            assert!(Stream::new(*kind, *source).is_some(), "{kind:?} may lose something");
            for service in *readers {
                assert!(!speaks_as(service).contains(source), "{service} reads itself");
                assert!(reader(service).is_some());
            }
        }
        assert_eq!(reads(MARKET), []);
        assert!(
            reads(GATEWAY).iter().any(|stream| stream.to_string() == "risk.decision:risk-engine")
        );
    }

    #[test]
    fn channels_of_a_market_bring_its_rules_and_its_state_and_never_what_one_says_oneself() {
        let trades = Topics::of(&[TopicKind::Trades, TopicKind::Mark, TopicKind::Fills]);
        let hears = |service| hears(service, trades);
        let kinds = [TopicKind::Trades, TopicKind::Mark, TopicKind::Feed, TopicKind::Instrument];
        assert_eq!(hears(GATEWAY), kinds.map(Channel::Kind));
        let others = [TopicKind::Trades, TopicKind::Feed, TopicKind::Instrument];
        assert_eq!(hears(RISK), others.map(Channel::Kind));
        assert_eq!(super::hears(STRATEGIES, Topics::NONE), []);
        assert_eq!(super::hears(MARKET, Topics::NONE), [Channel::Kind(TopicKind::Gaps)]);
    }
}
