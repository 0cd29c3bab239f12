//! `audit verify`: intact, torn, broken, and everything that is no journal.

use std::fs;

use crate::rig::Desk;

#[test]
fn verify_intact_names_what_no_anchor_covers() {
    let (desk, last) = Desk::with_journal();
    let said = desk.run("audit verify").ends(0).out;
    assert!(said.contains("in 4 segments, chain intact\n"), "{said}");
    assert!(said.contains(&format!("try: keep {last} elsewhere")), "{said}");
    let said = desk.run(&format!("audit verify var/journal --anchor {last}")).ends(0).out;
    assert!(said.ends_with("ok   anchor   every record is covered by an anchor\n"), "{said}");
}

#[test]
fn verify_looks_into_the_archive_and_misses_a_beginning_that_is_not_there() {
    let (desk, _) = Desk::with_journal();
    let (live, archive) = (desk.path("var/journal/live"), desk.path("var/journal-archive"));
    let mut names: Vec<_> =
        fs::read_dir(&live).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    fs::create_dir(&archive).unwrap();
    fs::rename(live.join(&names[0]), archive.join(&names[0])).unwrap();
    for line in ["audit verify", "audit verify var/journal"] {
        let said = desk.run(line).ends(0).out;
        assert!(said.contains("in 4 segments, chain intact\n"), "{said}");
    }
    fs::remove_dir_all(&archive).unwrap();
    let said = desk.run("audit verify").ends(3).out;
    assert!(said.contains("BROKEN at record 1: it is missing, and so is all before"), "{said}");
    // A part may be looked at by itself, and is said to be one.
    let said = desk.run("audit verify var/journal --keys var/keys").ends(0).out;
    assert!(said.contains("warn start    records 1 to "), "{said}");
}

#[test]
fn verify_torn_exits_with_two_and_broken_with_three() {
    let (desk, last) = Desk::with_journal();
    let segment = &desk.last_segment();
    let whole = desk.read(segment);
    desk.write(segment, &whole[..whole.len() - 7]);
    let torn = desk.run("audit verify").ends(2).out;
    assert!(torn.contains("TORN at record "), "{torn}");
    let cut = desk.run(&format!("audit verify --anchor {last}")).ends(3).out;
    assert!(cut.contains("an anchor has seen the journal up to"), "{cut}");
    let changed = whole.replacen("\"kind\":\"in\"", "\"kind\":\"on\"", 1);
    assert_ne!(changed, whole);
    desk.write(segment, &changed);
    let broken = desk.run("audit verify").ends(3).out;
    assert!(broken.starts_with("FAIL audit    "), "{broken}");
    assert!(broken.contains("BROKEN at record "), "{broken}");
    let asked = desk.run("orders").ends(1).err;
    assert!(
        asked.contains("chain broken at record ") && asked.contains("try: njord audit verify"),
        "{asked}"
    );
}

#[test]
fn verify_without_a_key_is_a_weaker_answer_that_has_to_be_asked_for() {
    let (desk, _) = Desk::with_journal();
    let said = desk.run("audit verify var/journal --without-key").ends(0).out;
    assert!(said.starts_with("warn audit    "), "{said}");
    assert!(said.contains("the chain was not checked; try: the same with the key"), "{said}");
    fs::remove_file(desk.path("var/keys/journal.key")).unwrap();
    desk.run("audit verify --without-key").ends(0);
    let said = desk.run("audit verify").ends(1);
    assert!(said.err.contains("try: --keys FOLDER, or --without-key"), "{said:?}");
    desk.run("audit verify --without-key --keys var/keys").ends(2);
}

#[test]
fn verify_with_another_key_says_which() {
    let (desk, _) = Desk::with_journal();
    let key = format!("njord-key v1 journal {}\n", "08".repeat(32));
    desk.write("var/keys/journal.key", &key);
    let said = desk.run("audit verify").ends(1);
    assert!(said.err.contains("was written with key 54311e10, this is key "), "{said:?}");
}

#[test]
fn verify_says_where_there_is_no_journal_or_no_anchor() {
    let desk = Desk::home();
    desk.run("audit verify").fails(
        1,
        "error: var/journal: there is no such folder, so there is no journal to verify\n  \
         try: the folder of a journal; the first start makes one\n",
    );
    desk.run("audit verify config")
        .fails(1, "error: config: holds no journal\n  try: the folder of a journal\n");
    desk.run("audit verify config --anchor x").fails(
        1,
        "error: --anchor: \"x\" is no anchor\n  \
         try: one such as 7-1:48211:00112233445566778899aabbccddeeff\n",
    );
}

#[test]
fn verify_refuses_an_anchor_of_another_journal_and_says_whose_it_is() {
    let (desk, last) = Desk::with_journal();
    let journal = last.split(':').next().unwrap();
    let stranger = "999-1:5:00112233445566778899aabbccddeeff";
    let expected = format!(
        "error: --anchor: this is record 5 of journal 999-1, and the folder holds journal {journal}\n"
    );
    for given in [format!("--anchor {stranger}"), format!("--anchor {last} --anchor {stranger}")] {
        let said = desk.run(&format!("audit verify {given}")).ends(1);
        assert!(said.err.starts_with(&expected), "{said:?}");
    }
}

#[test]
fn verify_reads_no_settings_where_it_needs_none() {
    let (desk, _) = Desk::with_journal();
    desk.write("config/base.toml", "this is no TOML");
    desk.run("audit verify var/journal --keys var/keys").ends(0);
    desk.run("audit verify").ends(1);
}
