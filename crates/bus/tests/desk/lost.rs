//! The journal of a source is lost, or its chain broken, and another one is begun: it goes on behind what is known. A
//! part of the one suite for every server.

use bus::Room;

use crate::conformance::until_read;
use crate::rig::{Reading, Rig, Speaking, alerts, until};

/// Ten messages are read by one reader, and half of them by another; then the journal is gone.
fn lost_journal(rig: &Rig) -> (Speaking, [Reading; 2]) {
    let names = ["one", "two"];
    let mut speaking = Speaking::new(rig, &names);
    let [mut one, mut two] = names.map(|name| Reading::new(&rig.bus, name));
    two.confirms = false;
    for _ in 0..10 {
        speaking.says();
    }
    until_read(&mut speaking, &mut one, 10);
    until_read(&mut speaking, &mut two, 10);
    two.confirms_up_to(5);
    two.restart(&rig.bus, 5);
    two.confirms = true;
    speaking.loses_its_journal();
    speaking.restart(rig, &names);
    (speaking, [one, two])
}

fn looks(speaking: &mut Speaking) {
    until("it looks", || {
        speaking.turn();
        speaking.mouth.room() == Room::Plenty
    });
}

pub(crate) fn durable_journal_that_was_begun_anew_goes_on_behind_what_stands_there(rig: &mut Rig) {
    let (mut speaking, mut readers) = lost_journal(rig);
    looks(&mut speaking);
    for _ in 0..10 {
        speaking.says();
    }
    for reading in &mut readers {
        until_read(&mut speaking, reading, 20);
        reading.has_all_up_to(20);
    }
    // A start later nobody is asked what was before the journal any more.
    speaking.restart(rig, &["one", "two"]);
    speaking.says();
    for reading in &mut readers {
        until_read(&mut speaking, reading, 21);
        reading.has_all_up_to(21);
    }
}

pub(crate) fn durable_journal_that_was_begun_anew_goes_on_behind_whoever_has_read_on_an_empty_server(
    rig: &mut Rig,
) {
    let (mut speaking, [mut one, _]) = lost_journal(rig);
    rig.kill();
    rig.run_again(false);
    // It looks, and speaks, before anybody has said there how far they are.
    looks(&mut speaking);
    for _ in 0..10 {
        speaking.says();
    }
    (0..20).for_each(|_| speaking.turn());
    assert!(rig.is_faulty() || rig.length(alerts()) == 10);
    until_read(&mut speaking, &mut one, 20);
    one.has_all_up_to(20);
}
