//! Only what the gateway has said becomes a command, and only as it was said.

use contracts::{Envelope, Event, OrderId, QueryOrder, Seal, SealKey, Source, Span};
use execution::{GatewayConfig, NotACommand, OrderPort, VenueCommand};

use crate::line::{Line, buy, config, place};
use crate::rig::VENUE_KEY;

/// Everything that a gateway says in the life of an order, each kind of request among it.
fn said() -> Vec<Envelope> {
    let mut line = Line::with(GatewayConfig { dead_man: Some(Span::from_secs(60)), ..config() });
    let id = line.send(buy("1", "100"));
    let change = line.change(id, "2", "99");
    line.tell(change);
    line.pass(Span::from_secs(2));
    let cancel = line.cancel(id);
    line.tell(cancel);
    let level = contracts::KillLevel::Cancel;
    let trigger = contracts::KillTrigger::Command;
    line.control(Event::Trip(contracts::Trip { level, trigger }));
    line.said
}

fn is_request(event: &Event) -> bool {
    event.topic() == contracts::Topic::VenueRequest
}

#[test]
fn every_request_of_the_gateway_becomes_a_command_and_nothing_else_does() {
    let said = said();
    let mut kinds: Vec<&str> = Vec::new();
    for envelope in &said {
        let command = VenueCommand::open(envelope, &VENUE_KEY);
        if is_request(&envelope.event) {
            assert_eq!(command.unwrap().request(), &envelope.event);
            kinds.push(envelope.event.name());
        } else {
            assert_eq!(command, Err(NotACommand));
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let all =
        ["amend_order", "arm_dead_man", "cancel_all", "cancel_order", "query_order", "submit"];
    assert_eq!(kinds, all);
}

#[test]
fn request_with_another_key_or_seal_or_content_becomes_nothing() {
    let requests: Vec<Envelope> =
        said().into_iter().filter(|envelope| is_request(&envelope.event)).collect();
    let sealed = |envelope: &&Envelope| !matches!(envelope.event, Event::QueryOrder(_));
    let other = OrderId::from_bits(9).unwrap();
    for envelope in requests.iter().filter(sealed) {
        let open = |event| VenueCommand::open(&Envelope { event, ..*envelope }, &VENUE_KEY);
        assert_eq!(VenueCommand::open(envelope, &SealKey::new([9; 16])), Err(NotACommand));
        assert_eq!(open(envelope.event.with_seal(Seal::NONE)), Err(NotACommand));
        let changed = match envelope.event {
            Event::Submit(body) => Event::Submit(contracts::Submit { id: other, ..body }),
            Event::CancelOrder(body) => {
                Event::CancelOrder(contracts::CancelOrder { id: other, ..body })
            }
            Event::AmendOrder(body) => {
                Event::AmendOrder(contracts::AmendOrder { id: other, ..body })
            }
            Event::CancelAll(body) => Event::CancelAll(contracts::CancelAll { number: 99, ..body }),
            Event::ArmDeadMan(body) => {
                Event::ArmDeadMan(contracts::ArmDeadMan { number: 99, ..body })
            }
            _ => unreachable!(),
        };
        assert_eq!(open(changed), Err(NotACommand));
    }
}

#[test]
fn intent_and_approval_are_no_commands_even_with_the_right_key() {
    let mut line = Line::new();
    let id = OrderId::from_bits(1).unwrap();
    let intent = Envelope::input(Source::StrategyEngine, line.now, place(id, buy("1", "100")));
    let (_, approval) = line.approval(buy("1", "100"));
    for envelope in [intent, approval] {
        assert_eq!(VenueCommand::open(&envelope, &VENUE_KEY), Err(NotACommand));
    }
    let shown = NotACommand.to_string();
    assert!(shown.contains("seal"), "{shown}");
}

#[test]
fn port_takes_a_command_away() {
    struct Port(Vec<VenueCommand>);
    impl OrderPort for Port {
        fn send(&mut self, command: VenueCommand) {
            self.0.push(command);
        }
    }
    let query = Event::QueryOrder(QueryOrder { id: OrderId::from_bits(1).unwrap() });
    let envelope = Envelope::input(Source::ExecutionGateway, contracts::Ts::ZERO, query);
    let mut port = Port(Vec::new());
    port.send(VenueCommand::open(&envelope, &VENUE_KEY).unwrap());
    assert_eq!(port.0[0].request(), &query);
}
