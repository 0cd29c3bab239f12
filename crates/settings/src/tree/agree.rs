//! What settings may not say together. Each value is right by itself when this is asked.

use std::collections::BTreeMap;

use super::modes::{BusKind, KillSource, MarketSource, Mode};
use super::ports::Service;
use super::{SecretSources, Settings};
use crate::path::Path;
use crate::problem::ProblemKind::{Contradiction, Negative, OutOfRange};
use crate::resolve::Reader;

/// Notes every contradiction.
pub(crate) fn agree(settings: &Settings, reader: &mut Reader<'_>) {
    losses(settings, reader);
    ports(settings, reader);
    strategies(settings, reader);
    market(settings, reader);
    kill(settings, reader);
    secrets(&settings.secrets, reader);
    funds(settings, reader);
}

fn funds(settings: &Settings, reader: &mut Reader<'_>) {
    for (asset, amount) in settings.venue.funds.iter().filter(|(_, amount)| amount.is_negative()) {
        let at = Path::from(["venue", "funds", asset.as_str()]);
        let what = format!("{amount} {asset}: nobody owns less than nothing");
        reader.object(Negative, &at, what, "10000");
    }
}

fn losses(settings: &Settings, reader: &mut Reader<'_>) {
    let risk = &settings.risk;
    if risk.daily_loss_kill <= risk.daily_loss_cap {
        let what = format!(
            "{} is not above risk.daily_loss_cap, which is {}: the switch would trip before reducing is all that is left",
            risk.daily_loss_kill, risk.daily_loss_cap,
        );
        let at = one_that_is_set(reader, ["risk", "daily_loss_kill"], ["risk", "daily_loss_cap"]);
        reader.object(
            Contradiction,
            &at,
            what,
            "a higher daily_loss_kill, or a lower daily_loss_cap",
        );
    }
}

/// The first of two keys, unless only the second was set by somebody.
fn one_that_is_set(reader: &Reader<'_>, first: [&str; 2], second: [&str; 2]) -> Path {
    let (first, second) = (Path::from(first), Path::from(second));
    if reader.is_set(&second) && !reader.is_set(&first) { second } else { first }
}

fn ports(settings: &Settings, reader: &mut Reader<'_>) {
    let ports = &settings.ports;
    if !ports.bind.is_loopback() && !ports.beyond_loopback {
        let what = format!("{} can be reached from other machines", ports.bind);
        let at = Path::from(["ports", "bind"]);
        let advice = "127.0.0.1, or ports.beyond_loopback = true if that is what you want";
        reader.object(Contradiction, &at, what, advice);
    }
    let mut taken: BTreeMap<u16, Service> = BTreeMap::new();
    for service in Service::ALL {
        let port = ports.port(service);
        if let (true, Some(other)) = (port != 0, taken.insert(port, service)) {
            let at = one_that_is_set(reader, ["ports", service.key()], ["ports", other.key()]);
            let also = if at == Path::from(["ports", other.key()]) { service } else { other };
            let what = format!("{port} is also the port of {}", also.key());
            reader.object(Contradiction, &at, what, "another port for one of the two");
        }
    }
}

fn strategies(settings: &Settings, reader: &mut Reader<'_>) {
    for (id, entry) in settings.strategies.iter().filter(|(_, entry)| entry.enabled) {
        let at = Path::from(["strategies", id.as_str(), "symbols"]);
        if entry.symbols.is_empty() {
            reader.object(OutOfRange, &at, "no symbol to trade".into(), "symbols = [\"BTC/USD\"]");
        }
        let heard = |symbol: &&_| !settings.market.symbols.contains(symbol);
        for symbol in entry.symbols.iter().filter(heard) {
            let what =
                format!("{symbol} is not among market.symbols, so nothing of it is ever heard");
            reader.object(Contradiction, &at, what, "the same symbols in both");
        }
    }
}

fn market(settings: &Settings, reader: &mut Reader<'_>) {
    if settings.market.symbols.is_empty() {
        let at = Path::from(["market", "symbols"]);
        reader.object(OutOfRange, &at, "no symbol to listen to".into(), "[\"BTC/USD\"]");
    }
    let live = settings.run.mode == Mode::Live;
    let source = settings.market.source;
    if live && source != MarketSource::Kraken {
        let what = format!("{} is no market for real orders", source.name());
        let at = Path::from(["market", "source"]);
        reader.object(Contradiction, &at, what, "market.source = \"kraken\", or another run.mode");
    }
    if settings.run.mode == Mode::Backtest && source == MarketSource::Kraken {
        let at = Path::from(["market", "source"]);
        let what = "a backtest has no feed that happens now".into();
        reader.object(Contradiction, &at, what, "market.source = \"store\" or \"synthetic\"");
    }
}

fn kill(settings: &Settings, reader: &mut Reader<'_>) {
    let kill = &settings.kill;
    let sources = Path::from(["kill", "sources"]);
    if kill.sources.contains(&KillSource::Key) && settings.bus.kind != BusKind::Redis {
        let what = "`key` is a key in Redis, and bus.kind is not redis".into();
        reader.object(Contradiction, &sources, what, "bus.kind = \"redis\", or `file` alone");
    }
    if settings.run.mode == Mode::Live && kill.sources.is_empty() {
        let what = "live trading with nothing outside that could stop it".into();
        reader.object(Contradiction, &sources, what, "kill.sources = [\"file\"]");
    }
    if kill.unknown_after <= kill.poll_every {
        let what = "every pause between two polls would count as silence".into();
        let at = one_that_is_set(reader, ["kill", "unknown_after"], ["kill", "poll_every"]);
        reader.object(Contradiction, &at, what, "unknown_after several times poll_every");
    }
}

fn secrets(secrets: &SecretSources, reader: &mut Reader<'_>) {
    let at = |key| Path::from(["secrets", key]);
    if secrets.file.is_some() && secrets.age_file.is_some() {
        let what = "a plain and an encrypted file of secrets at once".into();
        reader.object(Contradiction, &at("file"), what, "age_file alone, and delete the plain one");
    }
    match (&secrets.age_file, &secrets.age_identity) {
        (Some(_), None) => {
            let what = "there is no age_identity to decrypt it with".into();
            reader.object(Contradiction, &at("age_file"), what, "secrets.age_identity = \"...\"");
        }
        (None, Some(_)) => {
            let what = "there is no age_file that it decrypts".into();
            reader.object(Contradiction, &at("age_identity"), what, "secrets.age_file = \"...\"");
        }
        _ => {}
    }
}
