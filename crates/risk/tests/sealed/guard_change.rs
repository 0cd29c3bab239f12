//! A guard that passed cannot be changed afterwards.

fn remove_the_stop(mut approved: risk::ApprovedProtect) -> risk::ApprovedProtect {
    approved.approval.protect.stop = contracts::Bps::new(0);
    approved
}

fn main() {}
