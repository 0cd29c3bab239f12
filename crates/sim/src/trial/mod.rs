//! A trial: a whole desk in a world, let loose, brought to rest, and judged.

mod crew;
mod market;
mod nodes;
mod shrink;
mod verdict;

use std::collections::BTreeMap;
use std::rc::Rc;

use contracts::{
    Bps, ClearKill, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, LimitKey, LimitValue,
    Origin, Reason, SetLimit, Source, Span, StrategyControl, StrategyRun, Trip, Ts,
};
use execution::ProtectiveOnKill;
use kernel::{Machine, Record, ResultHash, Seeded};

use crate::desk::Desk;
use crate::faults::{Faults, Trouble};
use crate::judge::{Account, Counts, Judge};
use crate::world::{Observer, Violation, World, WorldSpec};
use crew::Crew;

/// When most trials begin: 2026-01-01 00:00 UTC.
const START: Ts = Ts::from_nanos(1_767_225_600_000_000_000);
/// Some begin so long before that, and a day ends in them.
const EVE: Span = Span::from_secs(25);

/// A process by its name, and everything in its journal.
pub type Journal = (&'static str, Vec<Record>);

/// How the machines are spread over processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// All in one process.
    Embedded,
    /// Strategies, gate and gateway each in their own; the protector sits with the gateway.
    Distributed,
}

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Everything random follows from this.
    pub seed: u64,
    /// One process or several.
    pub layout: Layout,
    /// What goes wrong.
    pub faults: Faults,
    /// How long it trades before it is brought to rest.
    pub trades_for: Span,
    /// Whether nobody may sell what it does not have; otherwise it trades on margin.
    pub spot: bool,
    /// Whether two strategies of pure mischief trade beside the bundled ones.
    pub mischief: bool,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How much there was of what.
    pub counts: Counts,
    /// How each strategy did.
    pub accounts: Vec<Account>,
    /// The hash of everything that was decided.
    pub hash: ResultHash,
    /// When all had come to rest.
    pub ended: Ts,
    /// How often what went wrong.
    pub troubles: BTreeMap<Trouble, u64>,
    /// How often an intent was refused by which rule, the further rules that it broke counted too.
    pub broken: BTreeMap<Reason, u64>,
}

/// Puts something else in the place of a machine of that desk as it is built; how planted bugs get in.
pub type Tamper = fn(&Desk, &'static str, Box<dyn Machine>) -> Box<dyn Machine>;

impl Trial {
    /// The trial of a seed: layout, faults and length follow from it too.
    pub fn of_seed(seed: u64) -> Self {
        let mut dice = Seeded::new(seed).fork("trial");
        let layout = if dice.below(3) == 0 { Layout::Embedded } else { Layout::Distributed };
        let minutes = if dice.below(10) == 0 { 5 } else { 1 };
        let mut faults = Faults::all(&mut dice);
        // Drawn apart, so that what a seed has always drawn stays as it is.
        let mut chains = Seeded::new(seed).fork("forgetful");
        faults.forget_ppm = if chains.below(3) == 0 { 500_000 } else { 0 };
        let mut door = Seeded::new(seed).fork("door");
        faults.hold_ppm = door.below(100_001) as u32;
        faults.hold_max = Span::from_millis(door.between(1, 5_000));
        let (trades_for, spot) = (Span::MINUTE.times(minutes), dice.below(6) > 0);
        Self { seed, layout, faults, trades_for, spot, mischief: true }
    }

    /// When it begins: at midnight, or shortly before.
    fn start(&self) -> Ts {
        let eve = if self.seed % 7 == 3 { EVE } else { Span::ZERO };
        Ts::from_nanos(START.nanos() - eve.nanos())
    }

    /// Runs it to its end and judges it; the observers may watch.
    pub fn run(&self, watchers: Vec<Box<dyn Observer>>) -> Result<Outcome, Violation> {
        self.run_with(watchers, |_, _, machine| machine)
    }

    /// The same with some machines tampered with.
    pub fn run_with(
        &self,
        watchers: Vec<Box<dyn Observer>>,
        tamper: Tamper,
    ) -> Result<Outcome, Violation> {
        let (world, judge) = self.play(watchers, tamper)?;
        Ok(Outcome {
            counts: judge.counts(),
            accounts: judge.accounts(),
            hash: judge.hash(),
            ended: world.now(),
            troubles: judge.troubles(),
            broken: judge.broken(),
        })
    }

    /// Runs it to its end, and hands out what everybody has in its journal.
    pub fn journals(&self) -> Result<Vec<Journal>, Violation> {
        let (world, _) = self.play(Vec::new(), |_, _, machine| machine)?;
        Ok(world.into_journals())
    }

    fn play(
        &self,
        watchers: Vec<Box<dyn Observer>>,
        tamper: Tamper,
    ) -> Result<(World, Judge), Violation> {
        let impossible = |what: String| Violation { at: START, what };
        let crew = Rc::new(Crew::of(self).map_err(|why| impossible(why.to_string()))?);
        let market = crew.market(self.seed).map_err(|why| impossible(why.to_string()))?;
        let judge = Judge::new(&crew.desk, nodes::of_the_gate(self.layout));
        let mut observers: Vec<Box<dyn Observer>> = vec![Box::new(judge.clone())];
        observers.extend(watchers);
        let spec = WorldSpec {
            seed: self.seed,
            start: self.start(),
            nodes: nodes::nodes(self.layout, &crew, tamper),
            venue: vec![tamper(&crew.desk, "venue", Box::new(crew.desk.venue()))],
            market: Box::new(market),
            kill_file: !crew.desk.kill.sources.is_empty(),
            strategies: crew.strategies().collect(),
            limits: crew.desk.limits.clone(),
            faults: self.faults.clone(),
        };
        let mut world = World::new(spec, observers);
        let end = self.start() + self.trades_for;
        if !self.spot {
            world.run_until(self.start() + Span::from_nanos(self.trades_for.nanos() / 2))?;
            narrow_the_collar(&mut world);
        }
        world.run_until(end)?;
        come_to_rest(&mut world, &judge, &crew)?;
        let at = world.now();
        verdict::all_is_well(&world, &judge, &crew).map_err(|what| Violation { at, what })?;
        Ok((world, judge))
    }
}

/// Questions about orders of unknown fate are asked less and less often, and what is lost comes back with the next
/// statement: so long it may take until all is told.
const PATIENCE: Span = Span::from_secs(150);

/// The faults end; all must become known by itself, and the guards be in order. Then the operator stops
/// everything, and given time all must come to rest.
fn come_to_rest(world: &mut World, judge: &Judge, crew: &Crew) -> Result<(), Violation> {
    world.calm();
    world.run_until(world.now() + Span::from_secs(20))?;
    for strategy in crew.strategies() {
        let corr = Corr::new(strategy, Origin::Operator, IntentSeq::new(0));
        let pause = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
        world.control(Envelope::input(Source::Operator, world.now(), pause).with_corr(corr));
    }
    world.run_until(world.now() + Span::from_secs(40))?;
    // What has just traded is on its way for a moment; only then are the guards to know it.
    for _ in 0..100 {
        if judge.untold() == 0 {
            break;
        }
        world.run_until(world.now() + Span::from_millis(100))?;
    }
    let at = world.now();
    verdict::guards_are_in_order(world, judge).map_err(|what| Violation { at, what })?;
    // Somebody always asks for something: there has to be a moment at which all agree.
    let patience = at + PATIENCE;
    while let Err(what) = verdict::orders_are_known(world) {
        let at = world.now();
        if at > patience {
            return Err(Violation { at, what });
        }
        world.run_until(at + Span::from_millis(100))?;
    }
    // A switch that is tripped already would not cancel what was placed since, to reduce.
    let clear = Event::ClearKill(ClearKill::by(1));
    world.control(Envelope::input(Source::Operator, world.now(), clear));
    if crew.desk.protective_on_kill == ProtectiveOnKill::Keep {
        guards_stay(world, judge)?;
        trip(world, KillLevel::Flatten);
    } else {
        trip(world, KillLevel::Cancel);
    }
    let patience = world.now() + PATIENCE;
    while world.now() < patience {
        world.run_until(world.now() + Span::from_secs(5))?;
        if verdict::is_quiet(world, judge, crew) {
            break;
        }
    }
    Ok(())
}

/// The operator stops everything but what guards positions: that is still there when all else is gone.
fn guards_stay(world: &mut World, judge: &Judge) -> Result<(), Violation> {
    let guarded = verdict::guarded(world, judge);
    trip(world, KillLevel::Cancel);
    let patience = world.now() + PATIENCE;
    loop {
        world.run_until(world.now() + Span::from_secs(5))?;
        match verdict::only_guards_are_left(world, judge, &guarded) {
            Err(what) if world.now() > patience => return Err(Violation { at: world.now(), what }),
            Err(_) => {}
            Ok(()) => return Ok(()),
        }
    }
}

/// On margin there are stops that buy, whose worst price is to stay within what holds now.
fn narrow_the_collar(world: &mut World) {
    let (limit, value) = (LimitKey::Collar, LimitValue::Bps { most: Bps::new(60) });
    let change = SetLimit { version: 0, limit, value, symbol: None, operator: None };
    world.control(Envelope::input(Source::Operator, world.now(), Event::SetLimit(change)));
}

fn trip(world: &mut World, level: KillLevel) {
    let trip = Event::Trip(Trip { level, trigger: KillTrigger::Command });
    world.control(Envelope::input(Source::Operator, world.now(), trip));
}
