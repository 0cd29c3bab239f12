//! What is said of a request that was held back at the door, and what the gateway makes of it.

use contracts::testing::{price, qty, secs, symbol};
use contracts::{Envelope, Event, OrderState, Report, Says, Source, VenueReason};
use execution::not_sent;

use crate::line::{Line, buy, close, execution, report, words};
use crate::rig::BTC;

/// The requests that leave for a decision.
fn sent(line: &mut Line, decision: &Envelope) -> Vec<Event> {
    let said = line.tell(*decision);
    let leaves = |event: &Event| {
        matches!(event, Event::Submit(_) | Event::AmendOrder(_) | Event::CancelOrder(_))
    };
    said.into_iter().filter(leaves).collect()
}

fn held(request: &Event) -> Report {
    let told = not_sent(request, secs(9)).unwrap();
    let Event::Report(report) = told.event else { panic!("{told:?}") };
    assert_eq!((told.src, told.ts, report.at), (Source::Runtime, secs(9), secs(9)));
    assert_eq!((report.reason, report.filled), (VenueReason::Halted, qty("0")));
    report
}

#[test]
fn order_that_was_held_back_is_over_and_says_what_it_was() {
    let mut line = Line::new();
    let (id, approval) = line.approval(buy("1", "100"));
    let requests = sent(&mut line, &approval);
    let [submit @ Event::Submit(_)] = requests[..] else { panic!("{requests:?}") };
    let report = held(&submit);
    assert_eq!((report.id, report.says, report.qty), (id, Says::Rejected, qty("1")));
    assert_eq!((report.symbol, report.limit), (Some(symbol(BTC)), Some(price("100"))));
    let told = not_sent(&submit, line.now).unwrap();
    assert_eq!(words(&line.tell(told)), "REJECTED/1");
    let update = line.last_update(id).unwrap();
    assert_eq!((update.state, update.reason), (OrderState::Rejected, VenueReason::Halted));
}

#[test]
fn change_that_was_held_back_leaves_the_order_as_it_was() {
    let mut line = Line::new();
    let open = buy("1", "100");
    let id = line.send(open);
    line.venue(Event::Report(report(id, &open, Says::Accepted, "0", line.now)));
    let change = line.change(id, "2", "101");
    let requests = sent(&mut line, &change);
    let [amend @ Event::AmendOrder(asked)] = requests[..] else { panic!("{requests:?}") };
    let report = held(&amend);
    assert_eq!(
        (report.id, report.says, report.answers),
        (id, Says::AmendRejected, Some(asked.number))
    );
    assert_eq!((report.qty, report.limit), (qty("2"), Some(price("101"))));
    let told = not_sent(&amend, line.now).unwrap();
    assert_eq!(words(&line.tell(told)), "new/1 not made");
    assert_eq!(line.last_update(id).unwrap().limit, Some(price("100")));
}

#[test]
fn whatever_only_gets_out_is_never_held_back() {
    let mut line = Line::new();
    let bought = line.send(buy("1", "100"));
    line.venue(Event::Executed(execution(bought, 1, "0.4", line.now)));
    let (_, exit) = line.approval(close("0.4"));
    let cancel = line.cancel(bought);
    for decision in [exit, cancel] {
        let requests = sent(&mut line, &decision);
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert_eq!(not_sent(&requests[0], line.now), None, "{requests:?}");
    }
}
