//! Real threads, real traffic, and a server that is killed with `kill -9` again and again, with its data and
//! without: at the reader every durable message has its effect once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bus::{
    History, HistoryFault, Mouth, News, Offered, Plan, Position, Recent, Refusal, Room,
    SpeakerSetup, Stream, Tail, speak,
};
use kernel::Seeded;

use crate::rig::{
    Reading, Rig, Speaking, alerts, bounds, clock, durable, keys, number, pause, until,
};

#[test]
fn killed_server_under_traffic_loses_and_doubles_nothing() {
    let Some(mut rig) = Rig::redis() else { return };
    let mut speaking = Speaking::new(&rig, &["one"]);
    let reading = Reading::new(&rig.bus, "one");
    let confirmed = reading.reader.confirmed();
    let mut reader = reading.reader;
    let (is_over, mut effects) = (AtomicBool::new(false), BTreeMap::<u64, u32>::new());
    let mut said = 0;
    thread::scope(|threads| {
        let (is_over, effects) = (&is_over, &mut effects);
        threads.spawn(move || {
            while !is_over.load(Ordering::Acquire) {
                if let News::Said(said) = reader.next(Duration::from_millis(20)) {
                    *effects.entry(number(&said)).or_default() += 1;
                    confirmed.up_to(alerts(), Position::of(&said));
                }
            }
        });
        let speaker = speaking.takes_its_speaker(&rig);
        let carrier = threads.spawn(move || speaker.run());
        let mut dice = Seeded::new(11);
        for kill in 0..12 {
            for _ in 0..200 {
                speaking.says();
            }
            pause(Duration::from_millis(dice.below(40)));
            rig.kill();
            for _ in 0..50 {
                speaking.says();
            }
            pause(Duration::from_millis(dice.below(40)));
            rig.run_again(kill % 2 == 0);
        }
        said = speaking.numbers;
        until("everything is carried and trimmed", || {
            pause(Duration::from_millis(5));
            speaking.mouth.room() == Room::Plenty && rig.length(alerts()) == 1
        });
        is_over.store(true, Ordering::Release);
        speaking.mouth.close();
        carrier.join().unwrap();
    });
    assert_eq!(said, 12 * 250);
    let wrong: Vec<_> =
        (1..=said).filter(|number| effects.get(number).copied() != Some(1)).collect();
    assert_eq!((effects.len() as u64, wrong), (said, vec![]));
}

/// A journal that is written to, and closed, while somebody looks into it.
struct Late {
    journal: Arc<Mutex<Recent>>,
    says: Arc<Mutex<Option<Mouth>>>,
}

impl History for Late {
    fn began(&self) -> contracts::Epoch {
        self.journal.began()
    }

    fn reaches_back(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        self.journal.reaches_back(stream)
    }

    fn last(&mut self, stream: Stream) -> Result<Position, HistoryFault> {
        self.journal.last(stream)
    }

    fn after(
        &mut self,
        stream: Stream,
        after: Position,
        most: usize,
    ) -> Result<Tail, HistoryFault> {
        let tail = self.journal.after(stream, after, most)?;
        if tail.said.is_empty()
            && let Some(mouth) = self.says.lock().unwrap().take()
        {
            let last = durable(1, 2, 2);
            self.journal.lock().unwrap().keep(&last);
            // The line is not known to be there yet, so it waits in the journal.
            assert_eq!(mouth.publish(&last), Offered::Refused(Refusal::Away));
            mouth.close();
        }
        Ok(tail)
    }
}

#[test]
fn what_was_said_last_is_told_though_it_was_refused_while_a_turn_lasted() {
    let rig = Rig::memory().unwrap();
    let journal = Arc::new(Mutex::new(Recent::new(8)));
    let says = Arc::new(Mutex::new(None));
    let (mouth, speaker) = speak(SpeakerSetup {
        bus: Arc::clone(&rig.bus),
        plans: vec![Plan { stream: alerts(), readers: vec![] }],
        signer: keys(),
        history: Box::new(Late { journal: Arc::clone(&journal), says: Arc::clone(&says) }),
        bounds: bounds(),
        clock: clock(),
        seed: 1,
    });
    journal.lock().unwrap().keep(&durable(1, 1, 1));
    *says.lock().unwrap() = Some(mouth.clone());
    speaker.run();
    assert_eq!((rig.length(alerts()), mouth.room()), (2, Room::Plenty));
}
