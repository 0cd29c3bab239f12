//! The watcher: whatever happens to the process, what is open at the venue is cancelled, by somebody who
//! needs nothing of that process.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use contracts::testing::{instrument, price, qty, secs, strategy, symbol};
use contracts::{
    ArmDeadMan, DeadLetter, DecodeFault, Envelope, Event, Feed, FeedState, KillReading,
    KillTrigger, Lifetime, OrderId, OrderKind, OrderSpec, Seal, Side, Source, Span, Submit, Topic,
    TopicKind, Ts, seal_request,
};
use execution::VenueCommand;
use journal::testing::FaultyDisk;
use kernel::{Layout, Machine, Outbox, StateError, Topics};
use runtime::{
    Answer, Brake, DoorLimits, Doors, Ended, KillFile, KillSource, KillWatch, LastCall, Link,
    ManualClock, NoAnswer, Notes, Outlet, OwnLine, ProcessConfig, Stop, Teller, ToVenue, Unaided,
    WatchdogLimits, Watched, run_watched,
};
use sim::Desk;
use strategy::Host;
use telemetry::Clock;

use crate::rig;
use crate::trading::{
    DEPTH, Told, Venue, at_a_venue, desk, fast_clock, machines, open_venue, seat, wait_until,
};

/// A machine that does not come back, until it is let go.
#[derive(Clone, Default)]
struct Sleeper {
    sleeps: Arc<AtomicBool>,
    let_go: Arc<AtomicBool>,
}

impl Machine for Sleeper {
    fn source(&self) -> Source {
        Source::StrategyEngine
    }

    fn interests(&self) -> Topics {
        Topics::of(&[TopicKind::DeadLetters])
    }

    fn step(&mut self, _now: Ts, _input: &Envelope, _out: &mut Outbox<'_>) {
        self.sleeps.store(true, Ordering::SeqCst);
        while !self.let_go.load(Ordering::SeqCst) {
            thread::yield_now();
        }
    }

    fn layout(&self) -> Layout {
        Layout::FIRST
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"0");
    }

    fn load(&mut self, _state: &[u8]) -> Result<(), StateError> {
        Ok(())
    }
}

impl Sleeper {
    /// Puts the process to sleep.
    fn sleep(&self, doors: &Doors) {
        let letter =
            DeadLetter { fault: DecodeFault::NotJson, order: None, intent: false, bytes: 1 };
        doors.control(Envelope::input(Source::Runtime, secs(1), Event::DeadLetter(letter)));
        wait_until(|| self.sleeps.load(Ordering::SeqCst));
    }

    fn lets_go(&self) {
        self.let_go.store(true, Ordering::SeqCst);
    }
}

/// A source that says what it is told to.
#[derive(Clone)]
struct Said(Arc<Mutex<KillReading>>);

impl Said {
    fn new(reading: KillReading) -> Self {
        Self(Arc::new(Mutex::new(reading)))
    }

    fn says(&self, reading: KillReading) {
        *self.0.lock().unwrap() = reading;
    }
}

impl KillSource for Said {
    fn trigger(&self) -> KillTrigger {
        KillTrigger::Key
    }

    fn read(&mut self) -> KillReading {
        *self.0.lock().unwrap()
    }
}

/// Another place, which takes its time.
struct Slow(Said);

impl KillSource for Slow {
    fn trigger(&self) -> KillTrigger {
        self.0.trigger()
    }

    fn read(&mut self) -> KillReading {
        Stop::default().wait(Duration::from_millis(30));
        self.0.read()
    }
}

/// A trader that is watched, at a venue over a socket.
struct Rig {
    disk: FaultyDisk,
    sleeper: Sleeper,
    clock: Clock,
    sources: Vec<Box<dyn KillSource>>,
    step_max: Span,
}

impl Rig {
    fn new(clock: &Clock) -> Self {
        let (disk, sleeper) = (FaultyDisk::new(), Sleeper::default());
        let (sources, step_max) = (Vec::new(), Span::from_secs(3_600));
        Self { disk, sleeper, clock: clock.clone(), sources, step_max }
    }

    /// Trades until it ends.
    fn trade(self, venue: std::net::SocketAddr, act: impl FnOnce(&Doors, &Told)) -> Watched {
        let Self { disk, sleeper, clock, sources, step_max } = self;
        let mut machines = machines(&desk());
        machines.push(Box::new(sleeper.clone()));
        let seat = seat(disk.files(), clock(), machines);
        let (doors, inbox) = Doors::open(DoorLimits::default());
        let (link, told) = (Link::new(venue, clock.clone()), Told::default());
        let own = OwnLine::new(venue, clock.clone(), Duration::from_secs(20));
        let mut watch =
            KillWatch::new(Box::new(own), Desk::VENUE_KEY, doors.clone(), clock.clone());
        watch.watchdog = WatchdogLimits { step_max, ..watch.watchdog };
        (watch.sources, watch.every) = (sources, Duration::from_millis(5));
        watch.who = Some(Arc::new(|| Some(strategy("market_maker"))));
        watch.notes = Some(notes(&disk));
        let brake = Brake {
            holds: runtime::Holds::default(),
            books: runtime::Switch::default(),
            kill_file: None,
            switch: watch.switch.clone(),
            doors: doors.clone(),
            clock: clock.clone(),
        };
        let to_venue = ToVenue::new(link.clone(), Desk::VENUE_KEY, brake);
        let outlets: Vec<Box<dyn Outlet>> = vec![Box::new(to_venue), Box::new(told.clone())];
        let config = ProcessConfig { outlets, ..ProcessConfig::new(clock) };
        let stop = Stop::default();
        thread::scope(|threads| {
            let working = threads.spawn(|| run_watched(seat, inbox, config, watch).unwrap());
            let keeping =
                threads.spawn(|| link.keep(Teller::new(doors.clone(), DEPTH), &doors, &stop));
            act(&doors, &told);
            let watched = working.join().unwrap();
            stop.say();
            link.down();
            keeping.join().unwrap();
            sleeper.lets_go();
            watched
        })
    }
}

/// Where the watcher leaves its notes on that disk.
fn notes(disk: &FaultyDisk) -> Notes {
    Notes::new(disk.files(), vec![PathBuf::from("/journal")])
}

fn cancelled(last: LastCall) -> u32 {
    let LastCall::Answered(answer) = last else { panic!("{last:?}") };
    answer.cancelled
}

#[test]
fn strategy_that_hangs_is_left_behind_and_quarantined_by_the_next_start() {
    let clock = fast_clock();
    at_a_venue(&clock, |venue| {
        let rig = Rig { step_max: Span::from_secs(20), ..Rig::new(&clock) };
        let (disk, sleeper) = (rig.disk.clone(), rig.sleeper.clone());
        let watched = rig.trade(venue.address, |doors, _| {
            wait_until(|| venue.shown.open() > 0);
            sleeper.sleep(doors);
        });
        let Ended::Hung(note) = watched.ended else { panic!("{:?}", watched.ended) };
        assert_eq!(note.strategy, Some(strategy("market_maker")));
        assert!(note.lasted >= Span::from_secs(20));
        assert_eq!(note.input.map(|input| input.topic), Some(Topic::DeadLetters));
        assert!(watched.machines.is_none());
        cancelled(watched.last);
        assert_eq!(venue.shown.open(), 0);
        // What hung is let go and may end as it likes; the next start is another process.
        disk.kill_process();
        assert_eq!(notes(&disk).find().unwrap(), Some(note));
        for start in 0..2 {
            // Whoever took the same input once more would hang over it once more.
            let rig = Rig { disk: disk.clone(), ..Rig::new(&clock) };
            let watched = rig.trade(venue.address, |doors, _| doors.close());
            assert_eq!((watched.ended, watched.last), (Ended::InPeace, LastCall::NotNeeded));
            let machines = watched.machines.unwrap();
            let host: &Host = machines.machine().unwrap();
            let runs = host.strategy(strategy("market_maker")).unwrap().run();
            assert_eq!(runs, contracts::StrategyRun::Quarantined, "start {start}");
            assert_eq!(notes(&disk).find().unwrap(), None);
        }
    });
}

#[test]
fn process_whose_journal_dies_leaves_nothing_open() {
    let clock = fast_clock();
    at_a_venue(&clock, |venue| {
        let rig = Rig::new(&clock);
        let disk = rig.disk.clone();
        let watched = rig.trade(venue.address, |_, _| {
            wait_until(|| venue.shown.open() > 0);
            disk.kill_process();
        });
        assert!(matches!(watched.ended, Ended::Disk(_)), "{:?}", watched.ended);
        cancelled(watched.last);
        assert_eq!(venue.shown.open(), 0);
    });
}

#[test]
fn source_that_says_stop_is_obeyed_while_every_machine_sleeps() {
    let clock = fast_clock();
    for reading in [KillReading::Tripped, KillReading::Unreadable] {
        at_a_venue(&clock, |venue| {
            let mut rig = Rig::new(&clock);
            let (source, sleeper) = (Said::new(KillReading::Clear), rig.sleeper.clone());
            rig.sources.push(Box::new(source.clone()));
            let watched = rig.trade(venue.address, |doors, told| {
                wait_until(|| told.fills() > 0);
                sleeper.sleep(doors);
                // Nobody inside knows of this one, or could do anything about it.
                rest_an_order(clock(), venue, &clock);
                source.says(reading);
                wait_until(|| venue.shown.open() == 0);
                sleeper.lets_go();
                // And what was done is learned inside as any other word of the venue.
                wait_until(|| told.is_at_rest());
                doors.close();
            });
            assert_eq!(watched.ended, Ended::InPeace, "{reading:?}");
            cancelled(watched.last);
        });
    }
}

#[test]
fn time_in_which_nobody_was_awake_is_no_silence_of_the_sources() {
    let (fast, slept) = (fast_clock(), Arc::new(AtomicI64::new(0)));
    let clock: Clock = {
        let slept = Arc::clone(&slept);
        Arc::new(move || fast() + Span::from_secs(slept.load(Ordering::Relaxed)))
    };
    at_a_venue(&clock, |venue| {
        let mut rig = Rig::new(&clock);
        rig.sources.push(Box::new(Slow(Said::new(KillReading::Clear))));
        let mut has_tripped = false;
        let watched = rig.trade(venue.address, |doors, told| {
            wait_until(|| told.fills() > 0);
            for _ in 0..40 {
                // As the lid of a laptop does, and whoever sets a clock.
                slept.fetch_add(10, Ordering::Relaxed);
                Stop::default().wait(Duration::from_millis(7));
            }
            has_tripped = told.is_tripped();
            doors.close();
        });
        assert_eq!((watched.ended, watched.last), (Ended::InPeace, LastCall::NotNeeded));
        assert!(!has_tripped);
    });
}

#[test]
fn kill_file_is_read_as_there_not_there_and_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("state");
    std::fs::create_dir(&inner).unwrap();
    let mut file = KillFile(inner.join("KILL"));
    assert_eq!(file.read(), KillReading::Clear);
    std::fs::write(&file.0, "").unwrap();
    assert_eq!(file.read(), KillReading::Tripped);
    std::fs::remove_file(&file.0).unwrap();
    assert_eq!(file.read(), KillReading::Clear);
    #[cfg(unix)]
    {
        // Whoever puts a name there means it, wherever it leads.
        std::os::unix::fs::symlink("nowhere", &file.0).unwrap();
        assert_eq!(file.read(), KillReading::Tripped);
        std::fs::remove_file(&file.0).unwrap();
    }
    std::fs::remove_dir(&inner).unwrap();
    assert_eq!(file.read(), KillReading::Unreadable);
    std::fs::write(&inner, "a file where the folder was").unwrap();
    assert_eq!(file.read(), KillReading::Unreadable);
}

/// A venue that never answers, and is counted on.
#[derive(Clone, Default)]
struct Deaf(Arc<AtomicU32>);

impl Unaided for Deaf {
    fn ask(&mut self, _command: VenueCommand) -> Result<Answer, NoAnswer> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(NoAnswer::Silent)
    }
}

#[test]
fn venue_that_does_not_answer_is_asked_again_and_not_waited_for_without_end() {
    let (disk, deaf) = (FaultyDisk::new(), Deaf::default());
    let clock = ManualClock::at(secs(1_000)).handle();
    let (doors, inbox) = Doors::open(DoorLimits::default());
    let seat = rig::seat(&disk, rig::small()).unwrap();
    let asked = Box::new(deaf.clone());
    let mut watch = KillWatch::new(asked, Desk::VENUE_KEY, doors.clone(), clock.clone());
    watch.limits.pauses = (Span::from_millis(1), Span::from_millis(4));
    disk.kill_process();
    doors.market(rig::trade(1));
    let watched = run_watched(seat, inbox, ProcessConfig::new(clock), watch).unwrap();
    assert!(matches!(watched.ended, Ended::Disk(_)), "{:?}", watched.ended);
    assert_eq!((watched.last, deaf.0.load(Ordering::SeqCst)), (LastCall::Unanswered, 8));
}

fn sealed(request: Event) -> VenueCommand {
    let seal = seal_request(&request, &Desk::VENUE_KEY).unwrap();
    let request = Envelope::input(Source::ExecutionGateway, secs(1), request.with_seal(seal));
    VenueCommand::open(&request, &Desk::VENUE_KEY).unwrap()
}

#[test]
fn own_line_to_a_venue_that_says_nothing_gives_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let clock = ManualClock::at(secs(1_000)).handle();
    let address = listener.local_addr().unwrap();
    let mut line = OwnLine::new(address, clock, Duration::from_millis(20));
    let arm = ArmDeadMan { timeout: Span::SECOND, number: 1, seal: Seal::NONE };
    let silent = line.ask(sealed(Event::ArmDeadMan(arm)));
    assert!(matches!(silent, Err(NoAnswer::Silent)), "{silent:?}");
    drop(listener);
    let gone = line.ask(sealed(Event::ArmDeadMan(arm)));
    assert!(matches!(gone, Err(NoAnswer::NoLine(_))), "{gone:?}");
}

/// Counts what is asked and answered.
struct Counted<U>(U, Arc<AtomicU32>);

impl<U: Unaided> Unaided for Counted<U> {
    fn ask(&mut self, command: VenueCommand) -> Result<Answer, NoAnswer> {
        let answer = self.0.ask(command);
        self.1.fetch_add(u32::from(answer.is_ok()), Ordering::SeqCst);
        answer
    }
}

/// Rests a purchase that nobody but the watcher will ever cancel.
fn rest_an_order(now: Ts, venue: &Venue, clock: &Clock) {
    let kind = OrderKind::Limit(price("50"));
    let (symbol, side) = (symbol("BTC/USD"), Side::Buy);
    let spec = OrderSpec::new(symbol, side, qty("1"), kind, Lifetime::UntilCancelled).unwrap();
    let (id, deadline) = (OrderId::from_bits(7).unwrap(), now + Span::from_secs(500));
    let submit = Submit { id, spec, deadline, seal: Seal::NONE };
    let mut line = OwnLine::new(venue.address, clock.clone(), Duration::from_secs(20));
    line.ask(sealed(Event::Submit(submit))).unwrap();
    wait_until(|| venue.shown.is_open(id));
}

#[test]
fn venue_cancels_by_itself_once_no_watcher_gives_a_sign_of_life() {
    let clock = ManualClock::at(secs(1_000));
    let handle = clock.handle();
    open_venue(&handle, |venue| {
        let long = Duration::from_secs(20);
        let btc = symbol("BTC/USD");
        venue.ticker.happened(secs(1_000), Event::Instrument(instrument(btc)));
        let live = Feed { symbol: btc, state: FeedState::Live };
        venue.ticker.happened(secs(1_000), Event::Feed(live));
        rest_an_order(secs(1_000), venue, &handle);
        let (doors, inbox) = Doors::open(DoorLimits::default());
        let seat = rig::seat(&FaultyDisk::new(), rig::small()).unwrap();
        let signs = Arc::new(AtomicU32::new(0));
        let own = Counted(OwnLine::new(venue.address, handle.clone(), long), Arc::clone(&signs));
        let mut watch =
            KillWatch::new(Box::new(own), Desk::VENUE_KEY, doors.clone(), handle.clone());
        watch.limits.dead_man = Some(Span::from_secs(60));
        watch.every = Duration::from_millis(1);
        thread::scope(|threads| {
            let config = ProcessConfig::new(handle.clone());
            let working = threads.spawn(|| run_watched(seat, inbox, config, watch).unwrap());
            // Five minutes, in which it gives a sign every twenty seconds.
            for sign in 1..=15 {
                wait_until(|| signs.load(Ordering::SeqCst) >= sign);
                clock.turn_to(secs(1_000 + 20 * i64::from(sign)));
            }
            wait_until(|| signs.load(Ordering::SeqCst) >= 16);
            assert_eq!((venue.shown.open(), venue.shown.by_dead_man()), (1, 0));
            doors.close();
            assert_eq!(working.join().unwrap().ended, Ended::InPeace);
        });
        // Nobody is there any more.
        clock.turn_to(secs(1_300 + 61));
        wait_until(|| venue.shown.by_dead_man() == 1);
    });
}
