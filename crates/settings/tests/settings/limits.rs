//! Every limit of the gate can be set here: the names are compared with the gate's own.

use contracts::{Qty, Symbol, SymbolMap};
use settings::RiskLimits;

/// Each field by name: a limit that is added on either side does not compile until it is on both.
fn lower(from: &RiskLimits) -> risk::Limits {
    let RiskLimits {
        version,
        order_notional_max,
        order_qty_max,
        symbol_gross_max,
        strategy_gross_max,
        portfolio_gross_max,
        portfolio_net_max,
        open_orders_max,
        symbol_orders_per_minute,
        strategy_orders_per_minute,
        collar,
        price_age_max,
        daily_loss_cap,
        daily_loss_kill,
        drawdown_kill,
        fee_max,
        live_cap,
        live_cap_proof: _,
        approval_ttl,
    } = from.clone();
    let mut by_symbol: SymbolMap<Qty> = SymbolMap::new();
    for (symbol, qty) in order_qty_max {
        let _: (Symbol, _) = (symbol, by_symbol.insert(symbol, qty));
    }
    risk::Limits {
        version,
        order_notional_max,
        order_qty_max: by_symbol,
        symbol_gross_max,
        strategy_gross_max,
        portfolio_gross_max,
        portfolio_net_max,
        open_orders_max,
        symbol_orders_per_minute,
        strategy_orders_per_minute,
        collar,
        price_age_max,
        daily_loss_cap,
        daily_loss_kill,
        drawdown_kill,
        fee_max,
        live_cap: Some(live_cap),
        approval_ttl,
    }
}

#[test]
fn defaults_are_the_gates_own_and_pass_its_check() {
    let lowered = lower(&RiskLimits::default());
    assert_eq!(lowered.validate(), Ok(()));
    let expected = risk::Limits { live_cap: Some(RiskLimits::LIVE_CAP), ..risk::Limits::default() };
    assert_eq!(lowered, expected);
}
