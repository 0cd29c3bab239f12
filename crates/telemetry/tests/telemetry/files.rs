//! Files: closed by size and by day, compressed, removed in time, mended after a crash, never
//! shared.

use std::fs::{self, File, FileTimes};
use std::time::{Duration, SystemTime};

use contracts::{Span, Ts};
use telemetry::{Notice, Rotation};

use crate::rig::{Place, Rig, START, Wish, lines};

const SMALL: Rotation = Rotation {
    bytes_max: 2_000,
    daily: false,
    files_max: 4,
    age_max: Span::DAY.times(7),
    compress: true,
};

fn with(rotation: Rotation) -> Rig {
    Rig::with(Wish { rotation, ..Wish::default() })
}

/// Says `count` things, one second apart.
fn say(rig: &mut Rig, count: u16) {
    for port in 0..count {
        rig.log.tell(Notice::HttpListening { port });
        rig.drain();
        rig.wait(Span::SECOND);
    }
}

fn ports(text: &str) -> Vec<u64> {
    lines(text).iter().filter_map(|line| line["context"]["port"].as_u64()).collect()
}

#[test]
fn rotation_by_size_keeps_so_many_files_and_every_line_of_them() {
    let mut rig = with(SMALL);
    say(&mut rig, 60);
    let names = rig.place.names();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names[..3].iter().all(|name| name.ends_with("Z.jsonl.gz")), "{names:?}");
    assert_eq!(names[3], "njord.jsonl");
    let kept: Vec<u64> = names.iter().flat_map(|name| ports(&rig.place.text(name))).collect();
    let first = kept[0];
    assert!(first > 0 && kept.iter().copied().eq(first..60), "{kept:?}");
    assert!(names.iter().all(|name| rig.place.text(name).len() <= 2_000));
}

#[test]
fn rotation_by_day_closes_at_midnight_even_across_a_restart() {
    let daily = Rotation { daily: true, compress: false, ..Rotation::PRODUCTION };
    let mut rig = with(daily);
    say(&mut rig, 2);
    let next_day = Ts::ZERO + Span::DAY.times(START.day() + 1);
    let late = next_day - Span::MILLI;
    let mut rig = Rig::at(rig.crash(), late, Wish { rotation: daily, ..Wish::default() });
    say(&mut rig, 1);
    assert_eq!(rig.place.names(), ["njord.jsonl"]);
    say(&mut rig, 1);
    assert_eq!(rig.place.names(), ["njord.20261122T000000999Z.jsonl", "njord.jsonl"]);
    assert_eq!(rig.place.lines().len(), 1);

    // Alone in its file, a line of yesterday is still closed first after a night without a process.
    let mut rig = Rig::at(
        rig.crash(),
        next_day + Span::DAY.times(3),
        Wish { rotation: daily, ..Wish::default() },
    );
    say(&mut rig, 1);
    assert_eq!(rig.place.names().len(), 3);
}

#[test]
fn retention_removes_what_is_too_old_and_nothing_else() {
    let mut rig = with(SMALL);
    say(&mut rig, 12);
    fs::write(rig.place.0.join("journal-000001.ndjson"), "kept").unwrap();
    fs::write(rig.place.0.join("njord.notes.jsonl"), "kept").unwrap();
    fs::write(rig.place.0.join("njord.20261121T103226104Z.jsonl.gz.part"), "half").unwrap();
    fs::write(rig.place.0.join("njord2.20200101T000000000Z.jsonl"), "of another service").unwrap();
    assert_eq!(rig.place.names().iter().filter(|name| name.ends_with(".gz")).count(), 1);
    rig.wait(Span::DAY.times(8));
    say(&mut rig, 12);
    let names = rig.place.names();
    let old = names.iter().filter(|name| name.starts_with("njord.20261121")).count();
    assert_eq!(old, 0, "{names:?}");
    for kept in ["journal-000001.ndjson", "njord.notes.jsonl", "njord2.20200101T000000000Z.jsonl"] {
        assert!(names.contains(&kept.to_owned()), "{names:?}");
    }
}

#[test]
fn two_files_closed_in_the_same_moment_both_stay() {
    let mut rig = with(Rotation { compress: false, ..SMALL });
    for port in 0..35 {
        rig.log.tell(Notice::HttpListening { port });
        rig.drain();
    }
    let names = rig.place.names();
    assert_eq!(names.len(), 4);
    let kept: Vec<u64> = names.iter().flat_map(|name| ports(&rig.place.text(name))).collect();
    assert!(kept.iter().copied().eq(kept[0]..35), "{kept:?}");
}

#[test]
fn torn_line_of_a_crash_is_cut_and_the_rest_stays() {
    let whole = "{\"ts\":\"2026-11-21T10:00:00.000000000Z\",\"context\":{\"port\":9}}\n";
    for (left, kept) in [
        ("", ""),
        ("{\"ts\":\"2026", ""),
        (whole, whole),
        (&format!("{whole}{{\"ts\":"), whole),
        (&format!("{whole}{}", "x".repeat(200_000)), whole),
    ] {
        let place = Place::new();
        fs::create_dir_all(&place.0).unwrap();
        fs::write(place.0.join("njord.jsonl"), left).unwrap();
        let mut rig = Rig::at(place, START, Wish::default());
        say(&mut rig, 1);
        let text = rig.place.text("njord.jsonl");
        assert!(text.starts_with(kept), "{text}");
        assert_eq!(lines(&text).len(), 1 + lines(kept).len());
    }
}

#[test]
fn foreign_garbage_in_the_file_is_ended_and_never_removed() {
    let place = Place::new();
    fs::create_dir_all(&place.0).unwrap();
    fs::write(place.0.join("njord.jsonl"), "x".repeat(2_000_000)).unwrap();
    let mut rig = Rig::at(place, START, Wish::default());
    say(&mut rig, 1);
    let text = rig.place.text("njord.jsonl");
    assert!(text.starts_with("xxx") && ports(text.split_once('\n').unwrap().1) == [0]);
}

#[test]
fn compression_goes_on_after_a_crash_in_the_middle_of_it() {
    let mut rig = with(Rotation { compress: false, ..SMALL });
    say(&mut rig, 35);
    let plain = rig.place.names();
    let mut rig = Rig::at(rig.crash(), START, Wish { rotation: SMALL, ..Wish::default() });
    rig.drain();
    let names = rig.place.names();
    assert_eq!(names.len(), plain.len());
    assert!(names[..3].iter().all(|name| name.ends_with(".gz")), "{names:?}");
    let kept: Vec<u64> = names.iter().flat_map(|name| ports(&rig.place.text(name))).collect();
    assert!(kept.iter().copied().eq(0..35), "{kept:?}");
}

#[test]
fn second_process_of_the_name_writes_a_file_of_its_own_and_says_so() {
    let mut first = Rig::new();
    first.log.tell(Notice::HttpListening { port: 1 });
    let mut second = Rig::at(Place(first.place.0.clone()), START, Wish::default());
    second.log.tell(Notice::HttpListening { port: 2 });
    second.drain();
    first.drain();
    let own = format!("njord.{}.jsonl", std::process::id());
    assert_eq!(first.place.names(), [own.clone(), "njord.jsonl".to_owned()]);
    assert_eq!(ports(&first.place.text("njord.jsonl")), [1]);
    assert_eq!(ports(&first.place.text(&own)), [2]);
    assert_eq!(lines(&first.place.text(&own))[0]["context"]["notice"], "log_shared");
    std::mem::forget(second.place);
}

#[test]
fn files_of_processes_that_found_the_name_taken_are_removed_in_time() {
    let mut rig = with(SMALL);
    let names = ["njord.12345.jsonl", "njord.12345.20200101T000000000Z.jsonl.gz"];
    fs::create_dir_all(&rig.place.0).unwrap();
    let since =
        |days: u64| Duration::from_secs(START.nanos() as u64 / 1_000_000_000 - days * 86_400);
    for (name, days) in names.into_iter().zip([8, 6]) {
        let file = File::create(rig.place.0.join(name)).unwrap();
        let changed = SystemTime::UNIX_EPOCH + since(days);
        file.set_times(FileTimes::new().set_modified(changed)).unwrap();
    }
    rig.drain();
    assert_eq!(rig.place.names(), [names[1]]);
}

#[cfg(unix)]
#[test]
fn files_and_folder_are_closed_to_strangers() {
    use std::os::unix::fs::PermissionsExt;
    let mut rig = with(SMALL);
    say(&mut rig, 12);
    assert!(rig.place.names().len() > 1);
    for name in rig.place.names() {
        let mode = fs::metadata(rig.place.0.join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o007, 0, "{name}: {mode:o}");
    }
    assert_eq!(fs::metadata(&rig.place.0).unwrap().permissions().mode() & 0o007, 0);
}
