//! Nobody reaches into the gate: not its latch, not its limits, not its rules.

fn reach(gate: &mut risk::Gate, limits: risk::Limits) {
    gate.config.limits = limits;
    gate.state.latch = risk::Latch::new(&risk::LatchRules::none());
    let _ = risk::rules::check;
}

fn main() {}
