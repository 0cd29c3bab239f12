//! Everybody on the stage: started, heard, waited for, and brought to rest.

use std::collections::BTreeMap;
use std::time::Duration;

use bus::{Bus as _, End, Position, ReaderName, RedisBus, RedisSetup, Stream};
use contracts::{Source, Span, TopicKind};
use remote::readers;
use runtime::Stop;
use settings::Loaded;

use super::lines::Lines;
use crate::commands::demo::play::Play;
use crate::failure::Failure;
use crate::running::services;
use crate::stage::{Actor, Redis, Stage};

/// How long anything may take that is bound to come.
const PATIENCE: Span = Span::from_secs(60);
/// After so long whoever was started has come up, and may send to the venue.
const SETTLED: Span = Span::from_secs(6);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Everybody on the stage.
pub(super) struct Troupe<'a> {
    stage: &'a Stage,
    pub(super) redis: Redis,
    pub(super) actors: BTreeMap<&'static str, Actor>,
    pub(super) play: Play,
    /// Where lines are to be cut, everybody has lines of their own.
    pub(super) lines: Option<Lines>,
}

impl<'a> Troupe<'a> {
    /// The four services, at work: there was an execution.
    pub(super) fn at_work(
        stage: &'a Stage,
        redis: Redis,
        play: Play,
        lines: Option<Lines>,
    ) -> Result<Self, Failure> {
        let mut troupe = Self { stage, redis, actors: BTreeMap::new(), play, lines };
        for service in services() {
            troupe.enter(service.name)?;
        }
        troupe.until("a first execution", |play| play.fills() > 0)?;
        Ok(troupe)
    }

    pub(super) fn enter(&mut self, name: &'static str) -> Result<(), Failure> {
        let own = self.lines.as_ref().map_or(Vec::new(), |lines| lines.flags(name));
        self.actors.insert(name, self.stage.service(name, &own)?);
        Ok(())
    }

    /// Hears everybody once.
    fn listen(&mut self) {
        for actor in self.actors.values() {
            while let Some(said) = actor.next(Duration::ZERO) {
                self.play.listen([said]);
            }
        }
    }

    /// Lets them work for so long, and listens.
    pub(super) fn rest(&mut self, span: Span) {
        let (until, nobody_says_stop) = (self.play.now() + span, Stop::default());
        while self.play.now() < until {
            self.listen();
            nobody_says_stop.wait(LOOK_EVERY);
        }
        self.listen();
    }

    /// Listens until that has come about.
    pub(super) fn until(
        &mut self,
        what: &str,
        holds: impl Fn(&Play) -> bool,
    ) -> Result<(), Failure> {
        let patience = self.play.now() + PATIENCE;
        while !holds(&self.play) {
            if self.play.now() > patience {
                let what = format!("{what} did not come in {} s", PATIENCE.millis() / 1_000);
                return Err(Failure::new("demo", "", what)
                    .advice("the logs, in home/logs of the folder of the demo"));
            }
            self.rest(Span::from_millis(50));
            self.nobody_ended()?;
        }
        Ok(())
    }

    pub(super) fn nobody_ended(&mut self) -> Result<(), Failure> {
        for (name, actor) in &mut self.actors {
            if actor.has_ended()? {
                return Err(actor.failure(&format!("{name} ended by itself")));
            }
        }
        Ok(())
    }

    /// Each is asked to end while the others work, and started again: as for another build, or other settings.
    pub(super) fn restart_in_turn(&mut self) -> Result<(), Failure> {
        // Whoever was killed last has come up by then.
        self.rest(SETTLED);
        for service in services() {
            if let Some(actor) = self.actors.remove(service.name) {
                self.play.listen(actor.end()?);
            }
            self.enter(service.name)?;
            let before = self.play.fills();
            let what = format!("executions after {} was started again", service.name);
            self.until(&what, |play| play.fills() > before)?;
        }
        Ok(())
    }

    /// Somebody pulls the switch, and the operator clears it and lets strategies pause and go on.
    pub(super) fn hears_its_operator(&mut self, loaded: &Loaded) -> Result<(), Failure> {
        self.pull_the_switch(loaded)?;
        for words in [&["kill", "clear"][..], &["pause"], &["resume"]] {
            let (is_done, said) = self.stage.ask(words)?;
            if !is_done {
                let what = format!("njord {} was not taken: {said}", words.join(" "));
                return Err(Failure::new("promise", "", what));
            }
        }
        self.until("a kill switch that is clear", |play| !play.is_tripped())
    }

    /// Pulls the switch, and waits until nothing is open.
    fn pull_the_switch(&mut self, loaded: &Loaded) -> Result<(), Failure> {
        let file = &loaded.places().kill_file;
        std::fs::write(file, "demo\n").map_err(|error| {
            Failure::new("demo", file.display().to_string(), format!("cannot be made: {error}"))
        })?;
        self.until("the end of every order", |play| play.is_tripped() && play.open() == 0)
    }

    /// Pulls the switch, waits until nothing is open and everybody has read everything, and ends them.
    pub(super) fn come_to_rest(mut self, loaded: &Loaded) -> Result<Play, Failure> {
        self.pull_the_switch(loaded)?;
        // Without a market nobody wants anything more.
        if let Some(market) = self.actors.remove("md-ingest") {
            self.play.listen(market.end()?);
        }
        self.read_everything()?;
        for (_, actor) in std::mem::take(&mut self.actors) {
            self.play.listen(actor.end()?);
        }
        Ok(self.play)
    }

    /// Waits until nobody says anything more and everybody has everything on the disk.
    fn read_everything(&mut self) -> Result<(), Failure> {
        let timeout = Duration::from_secs(2);
        let setup = RedisSetup {
            url: self.redis.url(),
            login: None,
            connect_timeout: timeout,
            answer_timeout: timeout,
        };
        let strange = |what: String| Failure::new("demo", "redis", what);
        let bus = RedisBus::new(&setup).map_err(|why| strange(why.to_string()))?;
        let mut writer = bus.writer().map_err(|why| strange(why.to_string()))?;
        let (patience, mut before) = (self.play.now() + PATIENCE, Vec::new());
        loop {
            let mut now = Vec::new();
            for (stream, names) in kept() {
                let standing =
                    writer.look(stream, &names).map_err(|why| strange(why.to_string()))?;
                let end = match standing.end {
                    End::At(found) => found.id.position(),
                    _ => None,
                };
                now.push((stream, end, standing.readers));
            }
            let is_read = |end: Option<Position>, readers: &[Option<Position>]| {
                end.is_none_or(|end| readers.iter().all(|reader| *reader >= Some(end)))
            };
            if now == before && now.iter().all(|(_, end, readers)| is_read(*end, readers)) {
                return Ok(());
            }
            if self.play.now() > patience {
                let behind = now.iter().find(|(_, end, readers)| !is_read(*end, readers));
                return Err(strange(format!("not everything was read: {behind:?}")));
            }
            before = now;
            self.rest(Span::from_millis(1_500));
        }
    }
}

/// The streams that somebody has to read, with their readers.
fn kept() -> Vec<(Stream, Vec<ReaderName>)> {
    let streams = Source::ALL.into_iter().flat_map(|source| {
        TopicKind::ALL.into_iter().filter_map(move |kind| Stream::new(kind, source))
    });
    let named = |stream| {
        let names: Vec<ReaderName> =
            readers(stream).iter().filter_map(|name| ReaderName::new(name).ok()).collect();
        (!names.is_empty()).then_some((stream, names))
    };
    streams.filter_map(named).collect()
}
