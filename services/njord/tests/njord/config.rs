//! `config check`, `config explain` and `config schema`.

use serde_json::Value;

use crate::rig::Desk;

#[test]
fn check_says_layers_roster_and_hash() {
    let said = Desk::home().run("config check").ends(0).out;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("ok   config   2 layers, "), "{said}");
    assert_eq!(*lines.last().unwrap(), "ok   roster   ema_cross on BTC/USD, ETH/USD");
}

#[test]
fn check_without_a_configuration_says_so() {
    let said = Desk::empty().run("config check").ends(0).out;
    assert!(said.contains("warn roster   no strategy is enabled"), "{said}");
    assert!(said.ends_with("the built-in values hold; try: njord init\n"), "{said}");
    let strict = Desk::empty().run("config check --home .").ends(1).out;
    assert!(strict.contains("./config/base.toml: there is no such file"), "{strict}");
}

#[test]
fn check_says_everything_that_is_wrong_with_its_place() {
    let desk = Desk::home();
    desk.write("mine.toml", "[risk]\ncolar = 3\n[market]\nseed = \"x\"\n");
    let said = desk.run("config check --config mine.toml").ends(1).out;
    assert!(said.starts_with("FAIL config   2 problems\n"), "{said}");
    assert!(said.contains("mine.toml:2:1: risk.colar: there is no such key"), "{said}");
    assert!(said.contains("mine.toml:4:"), "{said}");
}

#[test]
fn check_asks_the_strategies_too() {
    let desk = Desk::home();
    desk.write("mine.toml", "[strategies.ema_cross]\nparams = { fast = 30, slow = 20 }\n");
    let said = desk.run("config check --config mine.toml").ends(1).out;
    assert!(said.contains("mine.toml:2:"), "{said}");
    assert!(said.contains("strategies.ema_cross: fast must be below slow"), "{said}");
    desk.write("mine.toml", "[strategies.ema_cross]\nparams = { fsat = 3 }\n");
    let said = desk.run("config check --config mine.toml").ends(1).out;
    assert!(said.contains("there is no parameter `fsat`; try: `fast`"), "{said}");
    desk.write("mine.toml", "[strategies.ema_cross]\nenabled = false\nparams = { fsat = 3 }\n");
    desk.run("config check --config mine.toml").ends(0);
}

#[test]
fn explain_shows_who_said_what() {
    let desk = Desk::home();
    let said = desk.run("config explain risk.collar --set risk.collar=200").ends(0).out;
    assert!(said.starts_with("risk.collar = 200\n  from     --set risk.collar\n"), "{said}");
    let all = desk.run("config explain").ends(0).out;
    assert!(all.contains("run.mode = \"paper\"  # config/base.toml:"), "{all}");
    assert!(all.contains("\nmarket.seed = 7\n"), "{all}");
    let section = desk.run("config explain risk").ends(0).out;
    assert!(section.matches("\n  meaning  ").count() > 5, "{section}");
}

#[test]
fn explain_names_the_nearest_key() {
    Desk::home().run("config explain risk.colar").fails(
        1,
        "error: there is no key `risk.colar`\n  \
             try: `risk.collar`; njord config explain shows every key\n",
    );
}

#[test]
fn explain_of_what_is_near_no_key_says_how_to_see_them_all() {
    let said = Desk::home().run("config explain nope").ends(1).err;
    assert!(
        said.starts_with("error: there is no key `nope`\n  try: one of run, market, "),
        "{said}"
    );
    assert!(said.ends_with("; njord config explain shows every key\n"), "{said}");
}

#[test]
fn explain_of_settings_that_are_wrong_says_so_in_the_one_form() {
    Desk::home().run("config explain risk --set risk.colar=1").fails(
        1,
        "error: --set risk.colar: risk.colar: there is no such key\n  try: `risk.collar`\n",
    );
}

#[test]
fn schema_is_the_file_that_init_writes() {
    let desk = Desk::home();
    let said = desk.run("config schema").ends(0).out;
    assert_eq!(said, desk.read("config/schema.json"));
    assert!(serde_json::from_str::<Value>(&said).unwrap()["properties"]["risk"].is_object());
}
