//! Nobody reaches into the gate: not its latch, not its limits, not its rules.

fn reach(gate: &mut risk::Gate, limits: risk::Limits) {
    gate.config.limits = limits;
    gate.state.latch = risk::Latch::new(&[], contracts::KillLevel::Cancel);
    let _ = risk::rules::check;
}

fn main() {}
