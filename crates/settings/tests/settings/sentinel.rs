//! A planted secret is nowhere to be seen, whatever goes wrong and whoever prints what.

use settings::{Environment, SecretName, Secrets, check_json, check_text};

use crate::home::Home;

const PLANTED: &str = "sentinel-5f1c9a";

#[test]
fn planted_secrets_appear_in_nothing_that_can_be_shown() {
    let variables: Vec<(&str, &str)> =
        SecretName::ALL.iter().map(|name| (name.variable(), PLANTED)).collect();
    let home = Home::with("[secrets]\nfile = \"s\"\n")
        .put("config/s", format!("kraken_key = \"{PLANTED}\"\n"));
    let environment = Environment::of(variables.iter().copied());
    let outcome = home.load_in(&variables);
    let mut shown =
        vec![format!("{environment:?}"), check_text(&outcome), check_json(&outcome).to_string()];
    let loaded = outcome.unwrap();
    let secrets = Secrets::open(loaded.places(), &environment).unwrap();
    assert_eq!(secrets.each().count(), SecretName::ALL.len());
    shown.push(format!("{loaded:?} {:?} {}", loaded.settings(), loaded.canonical()));
    shown.extend(
        loaded
            .explain_all()
            .iter()
            .map(|one| format!("{one:?} {} {}", one.to_text(), one.to_json())),
    );
    shown.extend(secrets.each().map(|secret| format!("{secret} {secret:?} {secret:#?}")));
    shown.push(format!("{secrets:?} {secrets:#?}"));
    for text in shown {
        assert!(!text.contains(PLANTED), "{text}");
    }
}

#[test]
fn planted_secrets_in_the_wrong_place_are_refused_unrepeated() {
    for text in [
        format!("kraken_secret = \"{PLANTED}\"\n"),
        format!("[secrets]\nkraken_secret = \"{PLANTED}\"\n"),
        format!("[bus]\nurl = \"redis://:{PLANTED}@127.0.0.1\"\n"),
        format!("[bus]\nurl = \"{PLANTED}\"\n"),
        format!("[secrets]\nkraken_secret = \"{PLANTED}\n"),
        format!("[secrets]\nkraken_secret = {PLANTED}\n"),
    ] {
        let home = Home::with(&text);
        let outcome = home.load();
        let shown =
            format!("{} {} {:?}", check_text(&outcome), check_json(&outcome), outcome.map(|_| ()));
        assert!(!shown.contains(PLANTED), "{text} -> {shown}");
    }
    let home = Home::new();
    for variable in ["NJORD__SECRETS__KRAKEN_SECRET", "NJORD__BUS__URL"] {
        let outcome = home.load_in(&[(variable, PLANTED)]);
        assert!(!check_text(&outcome).contains(PLANTED));
    }
    for flag in [
        format!("secrets.kraken_secret={PLANTED}"),
        format!("bus.url={PLANTED}"),
        format!("a b={PLANTED}"),
    ] {
        assert!(!check_text(&home.load_with(&[&flag])).contains(PLANTED), "{flag}");
    }
}
