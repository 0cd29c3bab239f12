//! `strategy list` and `strategy explain`.

use crate::rig::Desk;

/// The strategies that it lists. Whoever adds one needs to change nothing here.
fn listed(desk: &Desk) -> Vec<String> {
    let said = desk.run("strategy list").ends(0).out;
    said.lines().filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect()
}

#[test]
fn list_names_every_bundled_strategy_in_order() {
    let names = listed(&Desk::empty());
    let known = ["ema_cross", "follow_signals", "market_maker", "rsi_tema_bb", "trendline_break"];
    let lost: Vec<_> =
        known.iter().filter(|name| !names.iter().any(|held| held == *name)).collect();
    assert!(lost.is_empty() && names.is_sorted(), "{names:?} without {lost:?}");
}

#[test]
fn explain_shows_every_parameter_and_how_to_let_it_run() {
    let said = Desk::empty().run("strategy explain ema_cross").ends(0).out;
    assert_eq!(
        said,
        r#"ema_cross  buys when a fast average rises above a slow one, leaves below

  pulse = "5m"   What moves the averages: `trades`, or bars of that length.
                 trades, or a timeframe (1m, 5m, 15m, 1h, 4h, 1d)
  fast  = 12     Periods of the fast average.
                 a whole number, from 1 to 500
  slow  = 26     Periods of the slow average.
                 a whole number, from 2 to 2000
  stake = "250"  What each purchase may cost.
                 an amount of the quote currency
  stop  = 250    How far the price may fall below the entry before the position is closed; 0 is no stop.
                 a whole number of basis points, from 0 to 5000

to let it run, in a file of the configuration
  [strategies.ema_cross]
  symbols = ["BTC/USD"]
  params = { pulse = "5m" }
"#
    );
}

#[test]
fn explain_what_it_shows_is_taken_as_configuration() {
    let desk = Desk::home();
    for name in listed(&desk) {
        let said = desk.run(&format!("strategy explain {name}")).ends(0).out;
        let (_, snippet) = said.split_once("configuration\n").unwrap();
        desk.write("mine.toml", snippet);
        desk.run("config check --config mine.toml").ends(0);
    }
}

#[test]
fn explain_names_the_nearest_where_there_is_no_such_strategy() {
    Desk::empty()
        .run("strategy explain ema_cros")
        .fails(1, "error: there is no strategy `ema_cros`\n  try: `ema_cross`\n");
}
