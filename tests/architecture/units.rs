//! The units of systemd: one for each service, each key known, each program one that is built here, and
//! every process in the same narrow room.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::House;

/// The folder of the units.
const FOLDER: &str = "deploy/systemd";
/// Where the units expect programs.
const PROGRAMS: &str = "/usr/local/bin/";
/// What starts every service together.
const TARGET: &str = "njord.target";
/// Units of `njord` itself: a command of its own each.
const OF_NJORD: &[(&str, &str)] = &[("njord", "up"), ("njord-venue", "venue")];

/// Every key that a unit may use, by section. A misspelt one would be passed over by systemd with a warning.
const KEYS: &[(&str, &str)] = &[
    (
        "Unit",
        "After ConditionPathExists Conflicts Description PartOf StartLimitBurst StartLimitIntervalSec",
    ),
    (
        "Service",
        "EnvironmentFile ExecReload ExecStart OOMScoreAdjust Restart RestartPreventExitStatus RestartSec TimeoutStopSec Type",
    ),
    ("Install", "WantedBy"),
];

/// What holds for every process, word for word. A key that stands twice has its values in order.
const ROOM: &[(&str, &[&str])] = &[
    ("AmbientCapabilities", &[""]),
    ("CapabilityBoundingSet", &[""]),
    ("Group", &["njord"]),
    ("IPAddressAllow", &["localhost"]),
    ("IPAddressDeny", &["any"]),
    ("LimitCORE", &["0"]),
    ("LimitNOFILE", &["4096"]),
    ("LockPersonality", &["yes"]),
    ("LogsDirectory", &["njord"]),
    ("LogsDirectoryMode", &["0750"]),
    ("MemoryDenyWriteExecute", &["yes"]),
    ("MemoryHigh", &["768M"]),
    ("MemoryMax", &["1G"]),
    ("NoNewPrivileges", &["yes"]),
    ("PrivateDevices", &["yes"]),
    ("PrivateTmp", &["yes"]),
    ("PrivateUsers", &["yes"]),
    ("ProcSubset", &["pid"]),
    ("ProtectClock", &["yes"]),
    ("ProtectControlGroups", &["yes"]),
    ("ProtectHome", &["yes"]),
    ("ProtectHostname", &["yes"]),
    ("ProtectKernelLogs", &["yes"]),
    ("ProtectKernelModules", &["yes"]),
    ("ProtectKernelTunables", &["yes"]),
    ("ProtectProc", &["invisible"]),
    ("ProtectSystem", &["strict"]),
    ("RemoveIPC", &["yes"]),
    ("RestrictAddressFamilies", &["AF_UNIX AF_INET AF_INET6"]),
    ("RestrictNamespaces", &["yes"]),
    ("RestrictRealtime", &["yes"]),
    ("RestrictSUIDSGID", &["yes"]),
    ("StateDirectory", &["njord"]),
    ("StateDirectoryMode", &["0700"]),
    ("SystemCallArchitectures", &["native"]),
    ("SystemCallErrorNumber", &["EPERM"]),
    ("SystemCallFilter", &["@system-service", "~@privileged"]),
    ("TasksMax", &["128"]),
    ("UMask", &["0077"]),
    ("User", &["njord"]),
];

/// The units of a folder: name and text.
fn units(house: &House) -> BTreeMap<String, String> {
    let entries = fs::read_dir(house.root.join(FOLDER)).unwrap();
    let unit = |path: &Path| {
        let name = path.file_name()?.to_str()?.strip_suffix(".service")?.to_owned();
        Some((name, fs::read_to_string(path).unwrap()))
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with(TARGET))
        .map(|path| unit(&path).unwrap_or_else(|| panic!("{} is no unit", path.display())))
        .collect()
}

/// Every program that is built here.
fn programs(house: &House) -> BTreeSet<String> {
    let targets = house.metadata.packages.iter().flat_map(|package| &package.targets);
    targets.filter(|target| target.is_bin()).map(|target| target.name.clone()).collect()
}

/// The values of each key of the service, and what is wrong with the lines.
fn read(text: &str) -> (BTreeMap<&str, Vec<&str>>, Vec<String>) {
    let (mut section, mut held, mut wrong) = ("", BTreeMap::<_, Vec<_>>::new(), Vec::new());
    for line in
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            wrong.push(format!("{line:?} says nothing"));
            continue;
        };
        let known =
            KEYS.iter().any(|(of, keys)| *of == section && keys.split(' ').any(|k| k == key));
        if section == "Service" && (known || ROOM.iter().any(|(of, _)| *of == key)) {
            held.entry(key).or_default().push(value);
        } else if !known {
            wrong.push(format!("[{section}] {key} is not known"));
        }
    }
    (held, wrong)
}

/// What is wrong with a unit of that name.
fn objections(name: &str, text: &str, programs: &BTreeSet<String>) -> Vec<String> {
    let (held, mut wrong) = read(text);
    for (key, values) in ROOM {
        if held.get(key).is_none_or(|held| held != values) {
            wrong.push(format!("{key} must be {values:?}"));
        }
    }
    let command = OF_NJORD.iter().find(|(unit, _)| *unit == name).map(|(_, command)| *command);
    let program = if command.is_some() { "njord" } else { name };
    let words: Vec<&str> = match held.get("ExecStart").map(Vec::as_slice) {
        Some([line]) => line.split(' ').collect(),
        _ => Vec::new(),
    };
    let starts = words.first().and_then(|path| path.strip_prefix(PROGRAMS));
    if starts != Some(program) || !programs.contains(program) {
        wrong.push(format!("ExecStart must start {PROGRAMS}{program}, and that must be built"));
    }
    if command.is_some_and(|command| words.get(1) != Some(&command))
        || !words.ends_with(&["--home", "/etc/njord"])
    {
        wrong.push("ExecStart must say what, and where its configuration is".to_owned());
    }
    if !words.is_empty() && held.get("Restart").is_none_or(|how| how != &["on-failure"]) {
        wrong.push("it must come back when it fails".to_owned());
    }
    wrong.into_iter().map(|what| format!("{name}: {what}")).collect()
}

#[test]
fn services_have_a_folder_a_program_and_a_unit_each() {
    let house = House::ours();
    let entries = fs::read_dir(house.root.join("services")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut expected: BTreeSet<String> = folders.collect();
    expected.extend(OF_NJORD.iter().map(|(unit, _)| (*unit).to_owned()));
    let units = units(&house);
    assert_eq!(units.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let programs = programs(&house);
    let wrong: Vec<String> =
        units.iter().flat_map(|(name, text)| objections(name, text, &programs)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn target_wants_every_service_and_each_goes_with_it() {
    let house = House::ours();
    let target = fs::read_to_string(house.root.join(FOLDER).join(TARGET)).unwrap();
    let wants = target.lines().find_map(|line| line.strip_prefix("Wants=")).unwrap();
    let wants: BTreeSet<&str> =
        wants.split(' ').map(|unit| unit.strip_suffix(".service").unwrap()).collect();
    let units = units(&house);
    let of_njord = |name: &str| OF_NJORD.iter().any(|(unit, _)| *unit == name);
    let services: BTreeSet<&str> =
        units.keys().map(String::as_str).filter(|name| !of_njord(name)).collect();
    assert_eq!(wants, services);
    for name in services {
        for line in ["PartOf=njord.target", "WantedBy=njord.target", "Conflicts=njord.service"] {
            assert!(units[name].lines().any(|held| held == line), "{name}: {line}");
        }
    }
}

#[test]
fn units_are_objected_to_when_open_misspelt_or_of_nothing() {
    let house = House::ours();
    let (units, programs) = (units(&house), programs(&house));
    let good = &units["risk-engine"];
    let object = |text: &str| objections("risk-engine", text, &programs);
    assert_eq!(object(good), Vec::<String>::new());
    for (from, to, objection) in [
        ("ProtectSystem=strict", "ProtectSystem=full", "ProtectSystem must be [\"strict\"]"),
        ("NoNewPrivileges=yes\n", "", "NoNewPrivileges must be"),
        ("SystemCallFilter=~@privileged\n", "", "SystemCallFilter must be"),
        ("Type=exec", "Typ=exec", "[Service] Typ is not known"),
        ("Type=exec", "Type", "\"Type\" says nothing"),
        ("[Unit]", "[Unti]", "[Unti] After is not known"),
        ("bin/risk-engine", "bin/risk", "ExecStart must start /usr/local/bin/risk-engine"),
        ("--home /etc/njord", "", "ExecStart must say what"),
        ("Restart=on-failure", "Restart=no", "it must come back"),
    ] {
        assert!(good.contains(from), "{from}");
        let said = object(&good.replace(from, to));
        assert!(said.iter().any(|said| said.contains(objection)), "{objection}: {said:?}");
    }
    let gone = objections("scanner", &good.replace("bin/risk-engine", "bin/scanner"), &programs);
    assert_eq!(gone.len(), 1, "{gone:?}");
}

/// What systemd itself says about units, where it is at hand; `None` elsewhere.
fn verified(units: &BTreeMap<String, String>) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    // It looks for the programs, too.
    let programs = format!("{}/", root.display());
    for program in ["njord"].into_iter().chain(units.keys().map(String::as_str)) {
        let _ = std::os::unix::fs::symlink("/bin/true", root.join(program));
    }
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").env("SYSTEMD_LOG_COLOR", "0");
    for (name, text) in units {
        let path = root.join(format!("{name}.service"));
        fs::write(&path, text.replace(PROGRAMS, &programs)).unwrap();
        command.arg(path);
    }
    let output = command.output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(said).unwrap())
}

#[test]
fn systemd_has_nothing_to_say_about_the_units() {
    let mut units = units(&House::ours());
    let Some(said) = verified(&units) else { return };
    assert_eq!(said, "");
    let open = units["njord"].replace("ProtectSystem=", "ProtectSistem=");
    units.insert("njord".to_owned(), open);
    assert!(verified(&units).is_some_and(|said| said.contains("ProtectSistem")));
}
