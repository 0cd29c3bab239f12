//! One limit at a time: reading it by name, changing it, and which way is looser.

use contracts::{LimitKey, LimitValue, Net, Qty, SetLimit, Symbol};

use crate::limits::{InvalidLimit, Limits};

/// A quantity that no order exceeds: an instrument whose limit was taken away keeps its place.
fn without_end() -> Qty {
    Net::from_pico(i128::MAX).size()
}

impl Limits {
    /// What a limit is set to.
    pub fn value(&self, limit: LimitKey, symbol: Option<Symbol>) -> LimitValue {
        use LimitValue::{Bps, Count, Money, Ppm, Span};
        match limit {
            LimitKey::OrderNotionalMax => Money { most: self.order_notional_max },
            LimitKey::OrderQtyMax => self.qty_value(symbol),
            LimitKey::SymbolGrossMax => Money { most: self.symbol_gross_max },
            LimitKey::StrategyGrossMax => Money { most: self.strategy_gross_max },
            LimitKey::PortfolioGrossMax => Money { most: self.portfolio_gross_max },
            LimitKey::PortfolioNetMax => Money { most: self.portfolio_net_max },
            LimitKey::OpenOrdersMax => Count { most: self.open_orders_max },
            LimitKey::SymbolOrdersPerMinute => Count { most: self.symbol_orders_per_minute },
            LimitKey::StrategyOrdersPerMinute => Count { most: self.strategy_orders_per_minute },
            LimitKey::Collar => Bps { most: self.collar },
            LimitKey::PriceAgeMax => Span { most: self.price_age_max },
            LimitKey::DailyLossCap => Money { most: self.daily_loss_cap },
            LimitKey::DailyLossKill => Money { most: self.daily_loss_kill },
            LimitKey::DrawdownKill => Money { most: self.drawdown_kill },
            LimitKey::FeeMax => Ppm { most: self.fee_max },
            LimitKey::LiveCap => self.live_cap.map_or(LimitValue::Off, |most| Money { most }),
            LimitKey::ApprovalTtl => Span { most: self.approval_ttl },
        }
    }

    fn qty_value(&self, symbol: Option<Symbol>) -> LimitValue {
        let set = symbol.and_then(|symbol| self.order_qty_max.get(symbol));
        let set = set.filter(|most| **most != without_end());
        set.map_or(LimitValue::Off, |most| LimitValue::Qty { most: *most })
    }

    /// The limits with one of them changed; refused where they would make no sense.
    pub fn changed(&self, change: &SetLimit) -> Result<Self, InvalidLimit> {
        let SetLimit { version, limit, value, symbol, operator: _ } = *change;
        let name = limit.setting();
        let field = name.strip_prefix("risk.").unwrap_or(name);
        let invalid = |problem| InvalidLimit { field, problem };
        if symbol.is_some() != (limit == LimitKey::OrderQtyMax) {
            return Err(invalid("is one for each instrument, or one for all, and not the other"));
        }
        let mut changed = Self { version, ..self.clone() };
        match symbol {
            Some(symbol) => changed.put_qty(symbol, value),
            None => changed.put(limit, value),
        }
        .ok_or_else(|| invalid("is given in a unit of another kind"))?;
        changed.validate()?;
        Ok(changed)
    }

    fn put_qty(&mut self, symbol: Symbol, value: LimitValue) -> Option<()> {
        let most = match value {
            LimitValue::Qty { most } => most,
            LimitValue::Off => without_end(),
            _ => return None,
        };
        if self.order_qty_max.get(symbol).is_none() && self.order_qty_max.is_full() {
            return None;
        }
        self.order_qty_max.insert(symbol, most);
        Some(())
    }

    fn put(&mut self, limit: LimitKey, value: LimitValue) -> Option<()> {
        use LimitValue::{Bps, Count, Money, Off, Ppm, Span};
        match (limit, value) {
            (LimitKey::OrderNotionalMax, Money { most }) => self.order_notional_max = most,
            (LimitKey::SymbolGrossMax, Money { most }) => self.symbol_gross_max = most,
            (LimitKey::StrategyGrossMax, Money { most }) => self.strategy_gross_max = most,
            (LimitKey::PortfolioGrossMax, Money { most }) => self.portfolio_gross_max = most,
            (LimitKey::PortfolioNetMax, Money { most }) => self.portfolio_net_max = most,
            (LimitKey::OpenOrdersMax, Count { most }) => self.open_orders_max = most,
            (LimitKey::SymbolOrdersPerMinute, Count { most }) => {
                self.symbol_orders_per_minute = most;
            }
            (LimitKey::StrategyOrdersPerMinute, Count { most }) => {
                self.strategy_orders_per_minute = most;
            }
            (LimitKey::Collar, Bps { most }) => self.collar = most,
            (LimitKey::PriceAgeMax, Span { most }) => self.price_age_max = most,
            (LimitKey::DailyLossCap, Money { most }) => self.daily_loss_cap = most,
            (LimitKey::DailyLossKill, Money { most }) => self.daily_loss_kill = most,
            (LimitKey::DrawdownKill, Money { most }) => self.drawdown_kill = most,
            (LimitKey::FeeMax, Ppm { most }) => self.fee_max = most,
            (LimitKey::LiveCap, Money { most }) => self.live_cap = Some(most),
            (LimitKey::LiveCap, Off) => self.live_cap = None,
            (LimitKey::ApprovalTtl, Span { most }) => self.approval_ttl = most,
            _ => return None,
        }
        Some(())
    }

    /// Whether a change lets more pass than before.
    pub fn would_loosen(&self, change: &SetLimit) -> bool {
        let before = self.value(change.limit, change.symbol);
        let rises = rises(before, change.value);
        // Whoever reckons with a lower fee reserves less.
        if change.limit == LimitKey::FeeMax { before != change.value && !rises } else { rises }
    }

    /// The messages that make of these limits the wanted ones, in an order in which each makes sense.
    /// Their versions go on from the one in force.
    pub fn changes_to(&self, wanted: &Self, operator: Option<u32>) -> Vec<SetLimit> {
        let mut keys = LimitKey::ALL;
        if wanted.daily_loss_kill > self.daily_loss_kill {
            // The higher of the two has to rise first, and to fall last.
            keys.sort_by_key(|key| *key != LimitKey::DailyLossKill);
        }
        let symbols = |limits: &Self| -> Vec<Symbol> {
            limits.order_qty_max.iter().map(|(symbol, _)| symbol).collect()
        };
        let mut named: Vec<Option<Symbol>> =
            symbols(self).into_iter().chain(symbols(wanted)).map(Some).collect();
        named.sort_unstable();
        named.dedup();
        let places = keys.into_iter().flat_map(|key| match key {
            LimitKey::OrderQtyMax => named.iter().map(|symbol| (key, *symbol)).collect(),
            _ => vec![(key, None)],
        });
        let mut version = self.version;
        let mut changes = Vec::new();
        for (limit, symbol) in places {
            let value = wanted.value(limit, symbol);
            if value != self.value(limit, symbol) {
                version = version.saturating_add(1);
                changes.push(SetLimit { version, limit, value, symbol, operator });
            }
        }
        changes
    }
}

fn rises(before: LimitValue, after: LimitValue) -> bool {
    use LimitValue::{Bps, Count, Money, Off, Ppm, Qty, Span};
    match (before, after) {
        (Off, _) => false,
        (Money { most: before }, Money { most: after }) => after > before,
        (Qty { most: before }, Qty { most: after }) => after > before,
        (Count { most: before }, Count { most: after }) => after > before,
        (Bps { most: before }, Bps { most: after }) => after > before,
        (Ppm { most: before }, Ppm { most: after }) => after > before,
        (Span { most: before }, Span { most: after }) => after > before,
        // Without a limit everything passes; another unit is refused before anybody asks.
        _ => true,
    }
}
