//! Loading: layers in, one checked and frozen tree out, or everything that is wrong with it.
//!
//! From the weakest layer to the strongest: what the program itself holds, `config/base.toml`,
//! `config/{env}.toml`, `config/{mode}.toml`, the file named by `--config`, environment variables, flags.

use std::path::{Path as FilePath, PathBuf};

use contracts::Money;
use serde_json::Value;

use crate::canonical::{self, SettingsHash};
use crate::catalogue::Catalogue;
use crate::live::{self, LiveKey, LivePermit, NotLive};
use crate::origin::Origin;
use crate::path::Path;
use crate::places::Places;
use crate::problem::{Problem, ProblemKind, Problems};
use crate::resolve::{Leaf, Reader, Resolved};
use crate::secrets::KeyFolder;
use crate::source::{Environment, leaves_of_flags, leaves_of_toml, read_text};
use crate::tree::{self, Mode, RiskLimits, Run, Settings};

/// What settings are loaded from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    home: PathBuf,
    has_folder: bool,
    file: Option<PathBuf>,
    environment: Environment,
    flags: Vec<String>,
}

impl Sources {
    /// No files: what the program itself holds, in the folder where it was started.
    pub fn none() -> Self {
        Self::default()
    }

    /// The folder `config` in `home`, where at least `base.toml` must be.
    pub fn in_home(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into(), has_folder: true, ..Self::default() }
    }

    /// A file more, which must exist.
    #[must_use]
    pub fn with_file(self, file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), ..self }
    }

    /// With an environment.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// With flags, each `key=value`.
    #[must_use]
    pub fn with_flags<S: Into<String>>(self, flags: impl IntoIterator<Item = S>) -> Self {
        Self { flags: flags.into_iter().map(Into::into).collect(), ..self }
    }
}

/// One layer that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The file, or `environment`, or `flags`.
    pub name: String,
    /// How many keys it sets.
    pub keys: usize,
}

/// Settings that were loaded, checked and frozen: there is no way to change them.
#[derive(Debug)]
pub struct Loaded {
    settings: Settings,
    places: Places,
    pub(crate) resolved: Resolved,
    pub(crate) known: Catalogue,
    pub(crate) shown: Vec<(Path, Value)>,
    layers: Vec<Layer>,
    live_key: LiveKey,
    notices: Vec<String>,
}

impl Loaded {
    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where things are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The layers that were read, the weakest first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// How many keys somebody has set.
    pub fn keys_set(&self) -> usize {
        self.resolved.len()
    }

    /// What is allowed and probably not meant.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The hash over every setting; no secret is part of it.
    pub fn hash(&self) -> SettingsHash {
        canonical::hash(&self.shown)
    }

    /// The hash over what decisions follow from: equal where only folders, ports or logs differ.
    pub fn decision_hash(&self) -> SettingsHash {
        canonical::decision_hash(&self.shown, &self.known)
    }

    /// The canonical form that the hash is over.
    pub fn canonical(&self) -> String {
        canonical::text(&self.shown)
    }

    /// The permit of live trading, if both keys were turned.
    pub fn live_permit(&self) -> Result<LivePermit, NotLive> {
        live::permit(self.settings.run.mode, self.live_key)
    }

    /// The message that the operator signs for a higher `risk.live_cap`.
    pub fn live_cap_message(&self) -> Vec<u8> {
        live_cap_message(self.settings.run.session, self.settings.risk.live_cap)
    }
}

/// What the operator signs: the purpose, the session and the amount, so that it is good for nothing else.
pub fn live_cap_message(session: u64, cap: Money) -> Vec<u8> {
    format!("njord live_cap v1\nsession {session}\namount {cap}\n").into_bytes()
}

/// Loads settings. Where anything is wrong, everything that is wrong.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let (loaded, problems) = load_to_get_out(sources);
    problems.or(loaded)
}

/// Loads settings as far as they can be read, with everything that is wrong with them: what is wrong has the value
/// that the program itself holds. Good for finding what runs and stopping it, and for nothing else: a mistake in the
/// files must not keep anybody from that.
pub fn load_to_get_out(sources: &Sources) -> (Loaded, Problems) {
    let known = Settings::catalogue();
    let mut problems = Problems::default();
    let layers = gather(sources, &mut problems);
    let mut resolved = Resolved::default();
    let mut read = Vec::new();
    for (name, leaves) in layers {
        read.push(Layer { name, keys: leaves.len() });
        resolved.lay(leaves, &known, &mut problems);
    }
    let mut reader = Reader::new(&resolved, problems);
    let settings = Settings::read(&mut reader);
    if reader.is_content() {
        tree::agree(&settings, &mut reader);
    }
    let places = Places::of(&settings, &sources.home, &sources.environment);
    let mut problems = reader.finish();
    if problems.is_empty() {
        problems.extend(unproved_cap(&settings, &places, &resolved));
        problems.extend(in_each_others_way(&places, &resolved));
    }
    let live_key = LiveKey::of(&sources.environment);
    let notices = notices(&settings, live_key, &sources.environment);
    let shown = settings.show();
    let loaded =
        Loaded { settings, places, resolved, known, shown, layers: read, live_key, notices };
    (loaded, problems.in_order())
}

/// Every layer with its leaves, the weakest first.
fn gather(sources: &Sources, problems: &mut Problems) -> Vec<(String, Vec<Leaf>)> {
    let folder = sources.home.join("config");
    let named = |path: &FilePath, problems: &mut Problems| match read_text(path) {
        Ok(text) => {
            let name = path.display().to_string();
            let leaves = leaves_of_toml(&name, &text, problems);
            vec![(name, leaves)]
        }
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let mut weak = Vec::new();
    if sources.has_folder {
        weak = named(&folder.join("base.toml"), problems);
    }
    let mut strong = sources.file.as_ref().map_or_else(Vec::new, |file| named(file, problems));
    let variables = sources.environment.leaves(problems);
    let flags = leaves_of_flags(&sources.flags, problems);
    let saying = [("environment", variables), ("flags", flags)];
    let saying = saying.into_iter().filter(|(_, leaves)| !leaves.is_empty());
    strong.extend(saying.map(|(name, leaves)| (name.to_owned(), leaves)));

    if sources.has_folder {
        let run = Run::default();
        for (key, otherwise) in [("env", run.env.name()), ("mode", run.mode.name())] {
            let word =
                chosen(key, weak.iter().chain(&strong)).unwrap_or_else(|| otherwise.to_owned());
            let path = folder.join(format!("{word}.toml"));
            // Only words that the key knows name a file; anything else is refused when it is read.
            if LAYER_WORDS.contains(&word.as_str()) && path.exists() {
                let layer = named(&path, problems);
                weak.extend(
                    layer.into_iter().map(|(name, leaves)| (name, settled(leaves, problems))),
                );
            }
        }
    }
    weak.extend(strong);
    weak
}

/// The words that name a file of their own.
const LAYER_WORDS: [&str; 6] = ["dev", "staging", "prod", "backtest", "paper", "live"];

/// What the strongest layer says about `run.{key}`.
fn chosen<'a>(key: &str, layers: impl Iterator<Item = &'a (String, Vec<Leaf>)>) -> Option<String> {
    let path = Path::from(["run", key]);
    let said = layers.flat_map(|(_, leaves)| leaves).filter(|leaf| leaf.path == path).last();
    said.and_then(|leaf| leaf.raw.text())
}

/// The leaves of a file that was chosen by mode or environment: it cannot choose another one.
fn settled(leaves: Vec<Leaf>, problems: &mut Problems) -> Vec<Leaf> {
    let chooses = |leaf: &Leaf| {
        [Path::from(["run", "mode"]), Path::from(["run", "env"])].contains(&leaf.path)
    };
    let (choosing, rest) = leaves.into_iter().partition(chooses);
    let choosing: Vec<Leaf> = choosing;
    problems.extend(choosing.into_iter().map(|leaf| {
        let what = "this file is read because of what it says, so it cannot say it";
        Problem::new(ProblemKind::Misplaced, leaf.origin, what)
            .about(leaf.path.to_string())
            .advice("base.toml, the file of --config, or --set")
    }));
    rest
}

/// Places that need one of their own each.
fn in_each_others_way(places: &Places, resolved: &Resolved) -> Option<Problem> {
    let [one, other] = places.clash()?;
    let said = |key: [&str; 2]| resolved.origin(&Path::from(key));
    // Whoever named a place is in the way of one that nobody named.
    let ((key, place), (other, _)) =
        if said(one.0) == Origin::Default { (other, one) } else { (one, other) };
    let what = format!(
        "{} and the place of {} are one, or one of them lies in the other",
        place.display(),
        Path::from(other),
    );
    Some(
        Problem::new(ProblemKind::Contradiction, said(key), what)
            .about(Path::from(key).to_string())
            .advice("a place of its own for each"),
    )
}

/// A live cap above what is built in needs the operator's signature.
fn unproved_cap(settings: &Settings, places: &Places, resolved: &Resolved) -> Option<Problem> {
    let (risk, built_in) = (&settings.risk, RiskLimits::LIVE_CAP);
    if settings.run.mode != Mode::Live || risk.live_cap <= built_in {
        return None;
    }
    let at = |key| resolved.origin(&Path::from(["risk", key]));
    let Some(proof) = &risk.live_cap_proof else {
        let what =
            format!("{} is above {built_in}, and the operator has not signed it", risk.live_cap);
        return Some(
            Problem::new(ProblemKind::Contradiction, at("live_cap"), what)
                .about("risk.live_cap")
                .advice(
                    "a lower cap, or risk.live_cap_proof from whoever holds the operator's key",
                ),
        );
    };
    let operator = match KeyFolder::at(&places.keys).operator_public() {
        Ok(operator) => operator,
        Err(problem) => return Some(problem),
    };
    let message = live_cap_message(settings.run.session, risk.live_cap);
    let signed = proof.parse().is_ok_and(|proof| operator.signed(&message, &proof));
    (!signed).then(|| {
        let what = format!(
            "is not the operator's signature over {} in session {}",
            risk.live_cap, settings.run.session,
        );
        Problem::new(ProblemKind::Contradiction, at("live_cap_proof"), what)
            .about("risk.live_cap_proof")
            .advice("a signature over exactly this amount and session")
    })
}

/// What is allowed and probably not meant.
fn notices(settings: &Settings, key: LiveKey, environment: &Environment) -> Vec<String> {
    let mut notices = environment.strangers();
    match live::permit(settings.run.mode, key) {
        Err(why @ (NotLive::NoKey | NotLive::WrongKey)) => {
            notices.push(format!("nothing is sent: {why}"));
        }
        Err(NotLive::Mode) if key != LiveKey::Absent => {
            notices.push("NJORD_ENABLE_LIVE is set, and run.mode is not live".to_owned());
        }
        _ => {}
    }
    if settings.kill.sources.is_empty() {
        let what = "kill.sources is empty: no file and no key trips anything, only whoever reaches the process";
        notices.push(what.to_owned());
    }
    let risk = &settings.risk;
    for (name, wider) in [
        ("symbol_gross_max", risk.symbol_gross_max),
        ("strategy_gross_max", risk.strategy_gross_max),
        ("portfolio_gross_max", risk.portfolio_gross_max),
        ("portfolio_net_max", risk.portfolio_net_max),
    ] {
        if risk.order_notional_max > wider {
            let order = risk.order_notional_max;
            notices.push(format!(
                "no order can reach risk.order_notional_max {order}: risk.{name} is {wider}"
            ));
        }
    }
    notices
}
