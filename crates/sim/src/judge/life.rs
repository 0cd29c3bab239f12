//! Which word on an order may follow which, and what its figures have to be, by the judge's own table.

use contracts::{OrderState, OrderUpdate};

/// Whether an order of which the one was told may next be told to be the other.
pub(super) fn follows(before: Option<OrderState>, now: OrderState) -> bool {
    use OrderState::{
        Cancelled, Expired, Filled, New, PartiallyFilled, PendingCancel, PendingNew, Rejected,
        Unknown,
    };
    match before {
        // It begins by being sent, or ends because it is not.
        None => matches!(now, PendingNew | Rejected | Cancelled),
        // A cancel that came to nothing leaves it where it was.
        Some(PendingNew | PendingCancel) => true,
        Some(New) => !matches!(now, PendingNew | Rejected),
        Some(PartiallyFilled) => !matches!(now, PendingNew | New | Rejected),
        Some(Unknown) => now != PendingNew,
        Some(Filled | Cancelled | Rejected | Expired) => false,
    }
}

/// What is wrong with the figures of an update by themselves.
pub(super) fn wrong_figures(told: &OrderUpdate) -> Option<&'static str> {
    use OrderState::{Filled, New, PendingNew, Rejected};
    let nothing = told.filled.is_zero();
    match told.state {
        PendingNew | New | Rejected if !nothing => Some("has traded"),
        Filled if told.filled != told.qty => Some("is not what it was for"),
        _ => None,
    }
}
