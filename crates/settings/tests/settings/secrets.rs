//! Where secrets come from, and which files are not read.

use std::os::unix::fs::symlink;

use settings::{ProblemKind, SecretName, Secrets};

use crate::home::{Home, environment};

const FILE: &str = "kraken_key = \"made-up-key\"\nkraken_secret = \"from-file\"\n";

fn home() -> Home {
    Home::with("[secrets]\nfile = \"secrets.toml\"\n").put("config/secrets.toml", FILE)
}

fn open(home: &Home, variables: &[(&str, &str)]) -> Result<Secrets, settings::Problems> {
    let loaded = home.load_in(variables).unwrap();
    Secrets::open(loaded.places(), &environment(variables))
}

/// The one problem of opening, as kind and message.
fn refusal(home: &Home) -> (ProblemKind, String) {
    let problems = open(home, &[]).map(|_| ()).unwrap_err();
    assert_eq!(problems.listed().len(), 1, "{problems}");
    (problems.listed()[0].kind, home.plain(&problems))
}

#[test]
fn secrets_of_a_closed_file_and_the_environment_above_it() {
    let home = home();
    let secrets = open(&home, &[]).unwrap();
    let exposed =
        |secrets: &Secrets, name| secrets.get(name).map(|secret| secret.expose().to_owned());
    assert_eq!(exposed(&secrets, SecretName::KrakenSecret).as_deref(), Some("from-file"));
    assert_eq!(exposed(&secrets, SecretName::SmtpPass), None);
    let secrets =
        open(&home, &[("NJORD_KRAKEN_SECRET", "from-env"), ("NJORD_KRAKEN_KEY", " ")]).unwrap();
    assert_eq!(exposed(&secrets, SecretName::KrakenSecret).as_deref(), Some("from-env"));
    assert_eq!(exposed(&secrets, SecretName::KrakenKey).as_deref(), Some("made-up-key"));
    let origins: Vec<String> = secrets
        .origins()
        .map(|(name, origin)| home.plain(&format!("{} {origin}", name.key())))
        .collect();
    assert_eq!(
        origins,
        [
            "kraken_key config/secrets.toml:1:1",
            "kraken_secret environment variable NJORD_KRAKEN_SECRET"
        ],
    );
    assert_eq!(secrets.each().count(), 2);
    // A file that root or an operator has closed even to its owner's pen is as good.
    assert!(open(&home.mode("config/secrets.toml", 0o400), &[]).is_ok());
}

#[test]
fn secret_that_is_needed_and_nowhere_says_where_to_put_it() {
    let home = home();
    let secrets = open(&home, &[]).unwrap();
    let problem = secrets.need(SecretName::SmtpPass).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::MissingSecret);
    let expected = "NJORD_SMTP_PASS=..., or smtp_pass = \"...\" in config/secrets.toml";
    assert_eq!(home.plain(&problem.advice), expected);
    assert!(secrets.need(SecretName::KrakenKey).is_ok());
}

#[test]
fn files_that_others_can_open_are_not_read() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o601, 0o777] {
        let home = home().mode("config/secrets.toml", mode);
        let (kind, message) = refusal(&home);
        assert_eq!(kind, ProblemKind::TooOpen, "{mode:o}");
        assert!(message.contains(&format!("its mode is {mode:04o}")), "{message}");
        assert!(message.contains("try: chmod 600 config/secrets.toml"), "{message}");
    }
}

#[test]
fn folders_in_which_others_can_replace_files_are_not_trusted() {
    for mode in [0o777, 0o775, 0o722] {
        let home = home().mode("config", mode);
        let (kind, message) = refusal(&home);
        assert_eq!(kind, ProblemKind::TooOpen, "{mode:o}");
        assert!(message.contains("try: chmod go-w config"), "{message}");
    }
    assert!(open(&home().mode("config", 0o1777), &[]).is_ok());
    assert!(open(&home().mode("config", 0o755), &[]).is_ok());
}

#[test]
fn links_pipes_and_folders_are_no_secret_files() {
    let link = Home::with("[secrets]\nfile = \"link\"\n").put("elsewhere", FILE);
    symlink(link.file("elsewhere"), link.file("config/link")).unwrap();
    let (kind, message) = refusal(&link);
    assert_eq!(kind, ProblemKind::NotOurs);
    assert!(message.starts_with("config/link: is a link"), "{message}");

    let pipe = Home::with("[secrets]\nfile = \"pipe\"\n");
    let made = std::process::Command::new("mkfifo").arg(pipe.file("config/pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(refusal(&pipe).0, ProblemKind::NotOurs);

    let folder = Home::with("[secrets]\nfile = \".\"\n");
    assert_eq!(refusal(&folder).0, ProblemKind::NotOurs);
}

#[test]
fn a_file_or_folder_of_somebody_else_is_not_trusted() {
    for name in ["config/secrets.toml", "config"] {
        check_given_away(name);
    }
}

fn check_given_away(name: &str) {
    let home = home();
    // Only root can give a file away; anybody else cannot have this test's situation.
    let chown = std::process::Command::new("chown").arg("12345").arg(home.file(name)).output();
    let given_away = chown.unwrap().status.success();
    let outcome = open(&home, &[]);
    if given_away {
        let problems = outcome.map(|_| ()).unwrap_err();
        assert_eq!(problems.listed()[0].kind, ProblemKind::NotOurs);
        assert!(problems.to_string().contains("belongs to user 12345"), "{problems}");
    } else {
        assert!(outcome.is_ok());
    }
}

#[test]
fn missing_and_oversized_files_are_named() {
    let home = Home::with("[secrets]\nfile = \"secrets.toml\"\n");
    assert_eq!(refusal(&home).0, ProblemKind::MissingFile);
    let home = home.put("config/secrets.toml", vec![b'#'; (256 << 10) + 1]);
    assert_eq!(refusal(&home).0, ProblemKind::TooBig);
}

#[test]
fn mistakes_in_a_file_of_secrets_never_repeat_what_stands_there() {
    for (content, kind, words) in [
        ("kraken_secrt = \"sentinel\"", ProblemKind::UnknownKey, "try: `kraken_secret`"),
        ("sentinel = \"x\"", ProblemKind::UnknownKey, "try: one of kraken_key, kraken_secret"),
        ("kraken_secret = sentinel", ProblemKind::Syntax, "config/s:1:"),
        ("kraken_secret = \"sentinel", ProblemKind::Syntax, "config/s:1:"),
        ("kraken_secret = [\"sentinel\"]", ProblemKind::WrongType, "is no text in quotes"),
        ("kraken_secret = \"\"", ProblemKind::WrongType, "is empty"),
        ("kraken_secret = \"sentinel\\u0007\"", ProblemKind::WrongType, "control characters"),
    ] {
        let home = Home::with("[secrets]\nfile = \"s\"\n").put("config/s", content);
        let problems = open(&home, &[]).map(|_| ()).unwrap_err();
        assert_eq!(problems.listed()[0].kind, kind, "{content}: {problems}");
        assert!(home.plain(&problems).contains(words), "{content}: {problems}");
        assert!(!format!("{problems} {problems:?}").contains("sentinel"), "{problems:?}");
    }
    let garbage = Home::with("[secrets]\nfile = \"s\"\n").put("config/s", b"kraken_key = \"\xff\"");
    assert_eq!(refusal(&garbage).0, ProblemKind::NotUtf8);
}
