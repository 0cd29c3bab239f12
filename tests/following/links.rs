//! The links between messages: each of them is looked for where it has to be.

use contracts::{
    Corr, Envelope, Event, IntentSeq, OrderId, OrderState, Origin, Qty, Source, TopicKind,
};

use crate::stream::Stream;

/// The only message of that type about an order.
fn only(stream: &Stream, id: OrderId, name: &str) -> Envelope {
    let found = stream.about(id, name);
    assert_eq!(found.len(), 1, "{id}: {found:?}");
    found[0]
}

/// The way of an order to the venue: wanted, approved, taken and sent, each because of the one before.
fn way_to_the_venue(stream: &Stream, id: OrderId) -> Corr {
    let approved = only(stream, id, "approved");
    let place = stream.cause(&approved);
    assert!(matches!(place.event, Event::Place(place) if place.id == id), "{place:?}");
    let corr = place.corr.expect("an order for nobody");
    assert!(corr.intent > IntentSeq::new(0) && corr.execution.is_none() && corr.slice == 0);
    let speaker = match corr.origin {
        Origin::Strategy => Source::StrategyEngine,
        Origin::Protector => Source::Protector,
        Origin::Flatten => Source::RiskEngine,
        Origin::Operator => Source::Operator,
    };
    assert_eq!(place.src, speaker, "{place:?}");
    let root = stream.root(&place);
    assert!(
        [Source::MdIngest, Source::Runtime, Source::Venue, Source::Operator, Source::External]
            .contains(&root.src),
        "{place:?} because of {root:?}"
    );
    let accepted = only(stream, id, "accepted");
    assert_eq!(stream.cause(&accepted), approved);
    let sent = only(stream, id, "submit");
    assert_eq!(stream.cause(&sent), approved);
    for message in [approved, accepted, sent] {
        assert_eq!(message.corr, Some(corr), "{message:?}");
    }
    corr
}

/// Follows a fill back to the market, and on to the position; whose it was.
pub(crate) fn follow_fill(stream: &Stream) -> impl Fn(&Envelope) -> Option<Corr> {
    |said| {
        let Event::Fill(told) = said.event else { return None };
        let corr = way_to_the_venue(stream, told.id);
        assert_eq!(said.corr, Some(corr));
        let executed = stream.cause(said);
        assert_eq!((executed.src, executed.event), (Source::Venue, Event::Executed(told)));
        let mut answers = stream.because_of(said).iter();
        let position = answers.find(|said| matches!(said.event, Event::Position(_)));
        let position = position.expect("a fill that moved no position");
        assert_eq!((position.src, position.corr), (Source::RiskEngine, Some(corr)));
        ends_with_its_fills(stream, told.id, corr);
        Some(corr)
    }
}

/// Every word on an order is for its intent, and the last tells of exactly what has traded.
fn ends_with_its_fills(stream: &Stream, id: OrderId, corr: Corr) {
    let words = stream.about(id, "order");
    assert!(words.iter().all(|word| word.corr == Some(corr)), "{words:?}");
    let fills = stream.about(id, "fill");
    let traded = fills.iter().filter_map(|said| match said.event {
        Event::Fill(fill) => Some(fill.qty),
        _ => None,
    });
    let traded = traded.fold(Qty::ZERO, |sum, qty| sum.plus(qty).unwrap());
    match words.last().map(|word| word.event) {
        Some(Event::Order(last)) => {
            assert!(last.state.is_done() && last.filled == traded, "{traded}: {last:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(words[0].event, Event::Order(first) if first.state == OrderState::PendingNew));
}

/// Follows the order of a guard to its entry: of the same strategy, traded, and guarded by an intent that
/// was approved.
pub(crate) fn follow_exit(stream: &Stream) -> impl Fn(&Envelope) -> Option<Corr> {
    |said| {
        let Event::Approved(approval) = said.event else { return None };
        let corr = said.corr.filter(|corr| corr.origin == Origin::Protector)?;
        assert!(approval.spec.is_reduce_only(), "{approval:?}");
        let entry = corr.parent.expect("an exit of nothing");
        let entered = only(stream, entry, "approved").corr.unwrap();
        assert_eq!((entered.strategy, entered.origin), (corr.strategy, Origin::Strategy));
        assert!(!stream.about(entry, "fill").is_empty(), "{entry} is guarded and has not traded");
        let mut guards = stream.said().filter(|guard| {
            matches!(guard.event, Event::ProtectApproved(guard) if guard.protect.entry == entry)
        });
        let guard = guards.next().expect("nobody asked for that guard");
        let wanted = stream.cause(guard);
        assert!(matches!(wanted.event, Event::Protect(protect) if protect.entry == entry));
        assert_eq!((guard.corr, guard.corr.unwrap().strategy), (wanted.corr, corr.strategy));
        Some(corr)
    }
}

/// Follows an approved change to the word that settles it.
pub(crate) fn follow_amend(stream: &Stream) -> impl Fn(&Envelope) -> Option<Corr> {
    |said| {
        let Event::AmendApproved(approval) = said.event else { return None };
        let (corr, id) = (said.corr.expect("a change for nobody"), approval.id);
        let wanted = stream.cause(said);
        assert!(matches!(wanted.event, Event::Amend(amend) if amend.target == id), "{wanted:?}");
        assert_eq!((wanted.topic().kind(), wanted.corr), (TopicKind::Intent, Some(corr)));
        let of_order = only(stream, id, "approved").corr.unwrap();
        assert_eq!((of_order.strategy, of_order.origin), (corr.strategy, corr.origin));
        assert!(corr.intent > of_order.intent, "a change is an intent of its own");
        let settled = stream.about(id, "order").into_iter().filter(|word| {
            matches!(word.event, Event::Order(update) if update.settles == Some(approval.number))
        });
        let settled: Vec<Envelope> = settled.collect();
        // One that a later change has replaced before it was sent is settled with that one, or by the end.
        let ended = stream.about(id, "order").pop().map(|word| word.event);
        let is_over = matches!(ended, Some(Event::Order(last)) if last.state.is_done());
        assert!(settled.len() == 1 || settled.is_empty() && is_over, "{said:?}: {settled:?}");
        for request in stream.because_of(said) {
            if let Event::AmendOrder(amend) = request.event {
                assert_eq!((amend.id, amend.number), (id, approval.number));
                assert_eq!(request.corr.map(|corr| corr.strategy), Some(corr.strategy));
            }
        }
        settled.first().map(|word| word.corr.unwrap())
    }
}
