//! The gateway cannot be told to send: it acts on decisions that it hears, and on nothing else.

fn push(gateway: &mut execution::Gateway, now: contracts::Ts, approved: &risk::Approved) {
    gateway.place(now, approved);
}

fn main() {}
