//! Limits that change while everything trades: somebody tightens one for a while, and an operator puts it back.
//! At times somebody would loosen one whom no operator has signed for.

use contracts::{Bps, Envelope, Event, LimitKey, LimitValue, Money, SetLimit, Source, Span};
use risk::Limits;

use super::{Action, World};
use crate::faults::Trouble;

/// Those of which the law says at each approval what they allow, whatever held before.
const CHANGED: [LimitKey; 9] = [
    LimitKey::OrderNotionalMax,
    LimitKey::SymbolGrossMax,
    LimitKey::StrategyGrossMax,
    LimitKey::PortfolioGrossMax,
    LimitKey::PortfolioNetMax,
    LimitKey::OpenOrdersMax,
    LimitKey::Collar,
    LimitKey::PriceAgeMax,
    LimitKey::LiveCap,
];

/// The limits as they are meant to be, and the last version that anybody has given out.
pub(super) struct LimitsHeld {
    usual: Limits,
    version: u32,
}

impl LimitsHeld {
    pub(super) fn new(usual: Limits) -> Self {
        Self { version: usual.version, usual }
    }

    /// The version is given when it is said, and not when it is planned: of two that are planned, either may be
    /// said first.
    pub(super) fn numbered(&mut self, said: Envelope) -> Envelope {
        let Event::SetLimit(change) = said.event else { return said };
        self.version += 1;
        Envelope { event: Event::SetLimit(SetLimit { version: self.version, ..change }), ..said }
    }
}

impl World {
    /// Asked every second.
    pub(super) fn limits_move(&mut self) -> Result<(), String> {
        if !self.dice.chance_ppm(self.faults.limits_ppm) {
            return Ok(());
        }
        let Some(limit) = self.dice.pick(&CHANGED).copied() else { return Ok(()) };
        let usual = self.limits.usual.value(limit, None);
        let parts = self.dice.between(2, 5);
        let is_signed = self.dice.below(4) > 0;
        let wanted = if is_signed { divided(usual, parts) } else { doubled(usual) };
        let until = self.now + self.delay(self.faults.limits_max);
        let steps = [(self.now, wanted, None), (until, usual, Some(1))];
        for (at, value, operator) in steps {
            let change = SetLimit { version: 0, limit, value, symbol: None, operator };
            let change = Envelope::input(Source::Operator, at, Event::SetLimit(change));
            self.schedule(at, Action::Control(change));
        }
        self.tell_trouble(Trouble::LimitChanged)
    }
}

fn divided(value: LimitValue, parts: i64) -> LimitValue {
    match value {
        LimitValue::Money { most } => {
            LimitValue::Money { most: Money::from_yocto(most.yocto() / i128::from(parts)) }
        }
        LimitValue::Count { most } => LimitValue::Count { most: most / 2 },
        LimitValue::Bps { most } => LimitValue::Bps { most: Bps::new(most.get() / 2) },
        LimitValue::Span { most } => {
            LimitValue::Span { most: Span::from_nanos(most.nanos() / parts) }
        }
        // Where there was none there is one for a while.
        LimitValue::Off => LimitValue::Money { most: Money::from_units(50) },
        LimitValue::Qty { .. } | LimitValue::Ppm { .. } => value,
    }
}

fn doubled(value: LimitValue) -> LimitValue {
    match value {
        LimitValue::Money { most } => LimitValue::Money { most: most.plus(most).unwrap_or(most) },
        LimitValue::Count { most } => LimitValue::Count { most: most * 2 },
        LimitValue::Bps { most } => LimitValue::Bps { most: Bps::new(most.get() * 2) },
        LimitValue::Span { most } => LimitValue::Span { most: most.times(2) },
        LimitValue::Off | LimitValue::Qty { .. } | LimitValue::Ppm { .. } => value,
    }
}
