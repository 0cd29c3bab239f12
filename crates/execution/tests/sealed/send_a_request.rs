//! A port takes commands, not requests.

fn send(port: &mut dyn execution::OrderPort, submit: contracts::Submit) {
    port.send(contracts::Event::Submit(submit));
}

fn main() {}
