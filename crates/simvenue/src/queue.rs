//! Where a resting order stands among the orders of others, of which only the sum is ever seen.
//!
//! An order joins behind what rests at its price. Trades at the price eat the queue in front of it;
//! what else moves it forward is the model. Own orders at one price are served first come first
//! served: the caller sees to that.

use contracts::{Money, Qty};
use serde::{Deserialize, Serialize};

/// How an order advances in its queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueModel {
    /// By trades only: every cancel is taken to have been behind us. The careful one.
    #[default]
    Back,
    /// By trades, and by each cancel in proportion to how much of the queue stands in front of us.
    Proportional,
    /// There is nobody in front of us. The upper bound of what one may hope for.
    Front,
}

/// The place of one order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What must trade at the price before us; `None` while nobody has shown what rests there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) ahead: Option<Qty>,
    /// What was last shown at the price.
    shown: Qty,
    /// What has traded at the price since.
    traded: Qty,
}

impl QueueModel {
    /// The place of an order that comes to a price where `shown` rests (`None`: nobody knows).
    pub(crate) fn join(self, shown: Option<Qty>) -> Place {
        let ahead = match self {
            Self::Front => Some(Qty::ZERO),
            Self::Back | Self::Proportional => shown,
        };
        Place { ahead, shown: shown.unwrap_or(Qty::ZERO), traded: Qty::ZERO }
    }

    /// Whether a change of what is shown at the price can move a place.
    pub(crate) fn watches_levels(self) -> bool {
        self == Self::Proportional
    }
}

impl Place {
    /// So much has traded at the price, and this is in front of us now.
    pub(crate) fn trade(&mut self, traded: Qty, ahead: Qty) {
        self.ahead = Some(ahead);
        self.traded = self.traded.plus(traded).unwrap_or(traded);
    }

    /// The market now shows another quantity at the price. What shrank without having traded was
    /// cancelled, in front of us as likely as anywhere in the queue.
    pub(crate) fn moved(&mut self, shown: Qty) {
        let expected = self.shown.saturating_minus(self.traded);
        if let Some(ahead) = self.ahead {
            let kept = if shown < expected { scaled(ahead, shown, expected) } else { ahead };
            self.ahead = Some(kept.min(shown));
        }
        (self.shown, self.traded) = (shown, Qty::ZERO);
    }
}

/// `qty * numerator / denominator`, rounded up by at most a pico; `qty` where that cannot be said.
fn scaled(qty: Qty, numerator: Qty, denominator: Qty) -> Qty {
    // Money has the exact share through 256 bits, and its unit is as good as any other here.
    let Ok(units) = i128::try_from(qty.pico()) else { return qty };
    let share = Money::from_yocto(units).share(numerator, denominator);
    let Ok(Ok(floor)) = share.map(|share| u128::try_from(share.yocto())) else { return qty };
    Qty::from_pico(floor + 1).unwrap_or(qty).min(qty)
}

#[cfg(test)]
mod tests {
    use contracts::testing::qty;

    use super::*;

    #[test]
    fn join_stands_behind_what_is_shown() {
        let ahead = |model: QueueModel, shown| model.join(shown).ahead;
        assert_eq!(ahead(QueueModel::Back, Some(qty("5"))), Some(qty("5")));
        assert_eq!(ahead(QueueModel::Proportional, Some(qty("5"))), Some(qty("5")));
        assert_eq!(ahead(QueueModel::Front, Some(qty("5"))), Some(Qty::ZERO));
        assert_eq!(ahead(QueueModel::Back, None), None);
        assert_eq!(ahead(QueueModel::Front, None), Some(Qty::ZERO));
    }

    #[test]
    fn moved_advances_by_the_share_of_cancels_only() {
        let mut place = QueueModel::Proportional.join(Some(qty("10")));
        place.moved(qty("16"));
        assert_eq!(place.ahead, Some(qty("10")), "who comes later stands behind");
        place.moved(qty("8"));
        assert_eq!(place.ahead, Some(qty("5.000000000001")), "half of the queue went away");
        place.trade(qty("3"), qty("2"));
        place.moved(qty("5"));
        assert_eq!(place.ahead, Some(qty("2")), "what traded was not cancelled");
        place.moved(qty("1"));
        assert_eq!(place.ahead, Some(qty("0.400000000001")));
        place.moved(Qty::ZERO);
        assert_eq!(place.ahead, Some(Qty::ZERO));
    }

    #[test]
    fn moved_never_leaves_more_ahead_than_there_is() {
        let mut place = QueueModel::Proportional.join(Some(qty("10")));
        place.trade(qty("9"), qty("10"));
        place.moved(qty("4"));
        assert_eq!(place.ahead, Some(qty("4")));
    }

    #[test]
    fn scaled_huge_amounts_do_not_overflow() {
        let most = Qty::from_pico(i128::MAX as u128).unwrap();
        assert_eq!(scaled(most, most, most), most);
        assert_eq!(scaled(most, qty("1"), Qty::ZERO), most);
        assert_eq!(scaled(most, Qty::ZERO, most).pico(), 1);
    }
}
