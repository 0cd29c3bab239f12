//! The life of an order as a table: in every state, what comes out of every fact.
//!
//! Every order is for 1 at 100. A row is a fact, a column the state that it meets. `=`: nothing is
//! said. A word: the order is told to be in that state and for how much it is; in capitals it is
//! over, with `*` a change of it is settled by that. `>`: asked of the venue. `!`: a person is told;
//! `!!`: and the kill switch trips, which cancels what is open. `?`: a question follows within a
//! second.

use contracts::{
    Approval, Envelope, Event, Fill, OrderId, Report, Says, Side, Span, Ts, VenueReason,
};
use execution::GatewayConfig;

use crate::line::{Line, buy, config, execution, report, words};

/// An order in a state, with decisions that the gate has made about it.
struct Case {
    line: Line,
    id: OrderId,
    /// When the order was sent.
    sent: Ts,
    filled: &'static str,
    cancel: Envelope,
    changes: [Envelope; 2],
}

impl Case {
    fn new() -> Self {
        Self::with(config(), Span::ZERO)
    }

    /// The approval reaches the gateway that much later than its last moment.
    fn with(config: GatewayConfig, late: Span) -> Self {
        let mut line = Line::with(config);
        let (id, approval) = line.approval(buy("1", "100"));
        let changes = [line.change(id, "2", "99"), line.change(id, "0.5", "98")];
        let cancel = line.cancel(id);
        if late > Span::ZERO {
            let Event::Approved(Approval { valid_until, .. }) = approval.event else { panic!() };
            line.now = valid_until + late;
        }
        let sent = line.now;
        line.tell(approval);
        Self { line, id, sent, filled: "0", cancel, changes }
    }

    fn say(&mut self, says: Says, filled: &str) -> Vec<Event> {
        self.say_also(says, filled, |_| {})
    }

    fn say_also(&mut self, says: Says, filled: &str, also: fn(&mut Report)) -> Vec<Event> {
        let mut report = report(self.id, &buy("1", "100"), says, filled, self.line.now);
        also(&mut report);
        self.line.venue(Event::Report(report))
    }

    fn trade(&mut self, number: u64, amount: &'static str) -> Vec<Event> {
        let fill = execution(self.id, number, amount, self.line.now);
        self.line.venue(Event::Executed(fill))
    }

    /// What is filled when 0.3 more is.
    fn more(&self) -> &'static str {
        if self.filled == "0" { "0.3" } else { "0.7" }
    }
}

/// The number of the change under way is that of its approval: the order's own is 1.
fn answer(report: &mut Report) {
    let changed = buy("2", "99");
    (report.answers, report.qty, report.limit) = (Some(2), changed.qty(), changed.limit());
}

type State = (&'static str, fn(&mut Case));

const STATES: [State; 12] = [
    ("sent", |_| {}),
    ("unknown", |case| {
        case.line.pass(Span::from_secs(2));
    }),
    ("live", live),
    ("part", part),
    ("ending", |case| {
        live(case);
        case.line.tell(case.cancel);
    }),
    ("changing", |case| {
        live(case);
        case.line.tell(case.changes[0]);
    }),
    // The end is told, and that 0.3 more has traded than was ever heard of.
    ("short", |case| {
        part(case);
        case.say(Says::Cancelled, "0.7");
    }),
    ("over", over),
    ("stranger", |case| {
        (case.line, case.id) = (Line::new(), OrderId::from_bits(9).unwrap());
        case.cancel = case.line.cancel(case.id);
    }),
    ("refused", |case| {
        case.say(Says::Rejected, "0");
    }),
    ("never sent", |case| *case = Case::with(config(), Span::SECOND)),
    ("forgotten", |case| {
        *case = Case::with(GatewayConfig { finished_kept: 0, ..config() }, Span::ZERO);
        over(case);
    }),
];

fn live(case: &mut Case) {
    case.say(Says::Accepted, "0");
}

fn part(case: &mut Case) {
    live(case);
    case.trade(1, "0.4");
    case.filled = "0.4";
}

fn over(case: &mut Case) {
    part(case);
    case.say(Says::Cancelled, "0.4");
}

type Fact = (&'static str, fn(&mut Case) -> Vec<Event>);

const FACTS: [Fact; 30] = [
    ("accepted", |case| case.say(Says::Accepted, case.filled)),
    ("working", |case| case.say(Says::Working, case.filled)),
    ("working, 0.3 more", |case| case.say(Says::Working, case.more())),
    // The deadline of a change is five seconds after it was sent.
    ("working, in time", |case| {
        case.line.now = case.sent + Span::from_secs(5);
        case.say(Says::Working, case.filled)
    }),
    ("working, later", |case| {
        case.say_also(Says::Working, case.filled, |report| report.at = Ts::MAX)
    }),
    ("traded 0.3", |case| case.trade(2, "0.3")),
    ("traded 0.4, again", |case| case.trade(1, "0.4")),
    ("traded 5", |case| case.trade(2, "5")),
    ("sold 0.3", |case| {
        let fill = execution(case.id, 2, "0.3", case.line.now);
        case.line.venue(Event::Executed(Fill { side: Side::Sell, ..fill }))
    }),
    ("traded nothing", |case| case.trade(2, "0")),
    ("traded all, filled", |case| {
        let rest = if case.filled == "0" { "1" } else { "0.6" };
        let mut said = case.trade(2, rest);
        said.extend(case.say(Says::Filled, "1"));
        said
    }),
    ("filled", |case| case.say(Says::Filled, "1")),
    ("cancelled", |case| case.say(Says::Cancelled, case.filled)),
    ("cancelled, for less", |case| case.say(Says::Cancelled, "0.1")),
    ("cancelled, changed", |case| case.say_also(Says::Cancelled, case.filled, answer)),
    ("expired", |case| case.say(Says::Expired, case.filled)),
    ("expired, 0.3 more", |case| case.say(Says::Expired, case.more())),
    ("rejected", |case| case.say(Says::Rejected, "0")),
    ("rejected as twin", |case| {
        case.say_also(Says::Rejected, "0", |report| report.reason = VenueReason::DuplicateId)
    }),
    ("not found", |case| case.say_also(Says::NotFound, "0", |report| report.venue_ref = None)),
    ("not found, in time", |case| not_found(case, Span::from_secs(6))),
    ("not found, too late", |case| not_found(case, Span::from_nanos(6_000_000_001))),
    ("changed", |case| case.say_also(Says::Amended, case.filled, answer)),
    ("another changed", |case| {
        case.say_also(Says::Amended, case.filled, |report| report.answers = Some(1))
    }),
    ("change refused", |case| {
        case.say_also(Says::AmendRejected, case.filled, |report| {
            (report.answers, report.reason) = (Some(2), VenueReason::Tick);
        })
    }),
    ("another refused", |case| {
        case.say_also(Says::AmendRejected, case.filled, |report| {
            (report.answers, report.reason) = (Some(1), VenueReason::Tick);
        })
    }),
    ("cancel refused", |case| case.say(Says::CancelRejected, case.filled)),
    ("silence", |case| {
        case.line.now = case.line.next_wake().unwrap_or(case.line.now);
        case.line.wake()
    }),
    ("we cancel", |case| case.line.tell(case.cancel)),
    ("we change", |case| case.line.tell(case.changes[1])),
];

fn not_found(case: &mut Case, after: Span) -> Vec<Event> {
    let at = case.sent + after;
    let mut report = report(case.id, &buy("1", "100"), Says::NotFound, "0", at);
    (report.venue_ref, report.symbol) = (None, None);
    case.line.venue(Event::Report(report))
}

const TABLE: &str = "
                    | sent                       | unknown                    | live
accepted            | new/1                      | new/1                      | =
working             | new/1                      | new/1                      | =
working, 0.3 more   | new/1 ?                    | new/1 ?                    | ?
working, in time    | new/1                      | new/1                      | =
working, later      | new/1                      | new/1                      | =
traded 0.3          | fill part/1                | fill part/1                | fill part/1
traded 0.4, again   | fill part/1                | fill part/1                | fill part/1
traded 5            | fill !!Overfill part/1     | fill !!Overfill part/1     | fill !!Overfill part/1
sold 0.3            | !!differs                  | !!differs                  | !!differs
traded nothing      | !!differs                  | !!differs                  | !!differs
traded all, filled  | fill part/1 FILLED/1       | fill part/1 FILLED/1       | fill part/1 FILLED/1
filled              | part/1 ?                   | part/1 ?                   | part/1 ?
cancelled           | CANCELLED/1                | CANCELLED/1                | CANCELLED/1
cancelled, for less | part/1 ?                   | part/1 ?                   | part/1 ?
cancelled, changed  | CANCELLED/1                | CANCELLED/1                | CANCELLED/1
expired             | EXPIRED/1                  | EXPIRED/1                  | EXPIRED/1
expired, 0.3 more   | part/1 ?                   | part/1 ?                   | part/1 ?
rejected            | REJECTED/1                 | REJECTED/1                 | =
rejected as twin    | ?                          | =                          | =
not found           | =                          | =                          | =
not found, in time  | =                          | =                          | =
not found, too late | REJECTED/1                 | REJECTED/1                 | =
changed             | new/1                      | new/1                      | =
another changed     | new/1                      | new/1                      | =
change refused      | ?                          | =                          | ?
another refused     | ?                          | =                          | ?
cancel refused      | ?                          | =                          | ?
silence             | unknown/1 >query           | >query                     | >query
we cancel           | ending/1 >cancel           | unknown/1 >cancel          | ending/1 >cancel
we change           | >change                    | >change                    | >change

                    | part                       | ending                     | changing
accepted            | =                          | =                          | =
working             | =                          | =                          | =
working, 0.3 more   | ?                          | ?                          | ?
working, in time    | =                          | =                          | =
working, later      | =                          | =                          | new/1 not made
traded 0.3          | fill part/1                | fill ending/1              | fill part/1
traded 0.4, again   | =                          | fill ending/1              | fill part/1
traded 5            | fill !!Overfill part/1     | fill !!Overfill ending/1   | fill !!Overfill part/1
sold 0.3            | !!differs                  | !!differs                  | !!differs
traded nothing      | !!differs                  | !!differs                  | !!differs
traded all, filled  | fill part/1 FILLED/1       | fill ending/1 FILLED/1     | fill part/1 FILLED/1*
filled              | ?                          | part/1 ?                   | part/1 not made ?
cancelled           | CANCELLED/1                | CANCELLED/1                | CANCELLED/1*
cancelled, for less | !!differs CANCELLED/1      | part/1 ?                   | part/1 not made ?
cancelled, changed  | CANCELLED/1                | CANCELLED/1                | CANCELLED/2*
expired             | EXPIRED/1                  | EXPIRED/1                  | EXPIRED/1*
expired, 0.3 more   | ?                          | part/1 ?                   | part/1 not made ?
rejected            | =                          | =                          | =
rejected as twin    | =                          | =                          | =
not found           | =                          | =                          | =
not found, in time  | =                          | =                          | =
not found, too late | =                          | =                          | =
changed             | =                          | =                          | new/2 made
another changed     | =                          | =                          | =
change refused      | ?                          | ?                          | new/1 not made
another refused     | ?                          | ?                          | =
cancel refused      | ?                          | ?                          | ?
silence             | >query                     | >cancel >query             | >query
we cancel           | ending/1 >cancel           | =                          | ending/1 >cancel
we change           | >change                    | ending/1 not made          | =

                    | short                      | over                       | stranger
accepted            | =                          | =                          | !foreign
working             | =                          | =                          | !foreign
working, 0.3 more   | =                          | !!differs >cancel          | !foreign
working, in time    | ?                          | =                          | !foreign
working, later      | =                          | =                          | !foreign
traded 0.3          | fill CANCELLED/1           | fill !!differs CANCELLED/1 | !!foreign
traded 0.4, again   | =                          | =                          | !!foreign
traded 5            | fill !!Overfill CANCELLED/1| fill !!Overfill CANCELLED/1| !!foreign
sold 0.3            | !!differs                  | !!differs                  | !!foreign
traded nothing      | !!differs                  | !!differs                  | !!foreign
traded all, filled  | fill !!differs CANCELLED/1 | fill !!differs CANCELLED/1 | !!foreign !foreign
filled              | !!differs                  | !!differs                  | !foreign
cancelled           | !!differs                  | =                          | !foreign
cancelled, for less | !!differs                  | !!differs                  | !foreign
cancelled, changed  | !!differs                  | =                          | !foreign
expired             | !!differs                  | =                          | !foreign
expired, 0.3 more   | =                          | !!differs                  | !foreign
rejected            | =                          | =                          | !foreign
rejected as twin    | =                          | =                          | !foreign
not found           | =                          | =                          | =
not found, in time  | =                          | =                          | =
not found, too late | =                          | =                          | =
changed             | =                          | =                          | !foreign
another changed     | =                          | =                          | !foreign
change refused      | =                          | =                          | !foreign
another refused     | =                          | =                          | !foreign
cancel refused      | =                          | =                          | !foreign
silence             | >query                     | =                          | =
we cancel           | part/1 >cancel             | =                          | =
we change           | >change                    | =                          | =

                    | refused                    | never sent                 | forgotten
accepted            | !!differs >cancel          | !!differs >cancel          | !foreign
working             | !!differs >cancel          | !!differs >cancel          | !foreign
working, 0.3 more   | !!differs >cancel          | !!differs >cancel          | !foreign
working, in time    | !!differs >cancel          | !!differs >cancel          | !foreign
working, later      | !!differs >cancel          | !!differs >cancel          | !foreign
traded 0.3          | fill !!differs REJECTED/1  | fill !!differs REJECTED/1  | !!foreign
traded 0.4, again   | fill !!differs REJECTED/1  | fill !!differs REJECTED/1  | !!foreign
traded 5            | fill !!Overfill REJECTED/1 | fill !!Overfill REJECTED/1 | !!foreign
sold 0.3            | !!differs                  | !!differs                  | !!foreign
traded nothing      | !!differs                  | !!differs                  | !!foreign
traded all, filled  | fill !!differs REJECTED/1  | fill !!differs REJECTED/1  | !!foreign !foreign
filled              | !!differs                  | !!differs                  | !foreign
cancelled           | =                          | =                          | !foreign
cancelled, for less | !!differs                  | !!differs                  | !foreign
cancelled, changed  | =                          | =                          | !foreign
expired             | =                          | =                          | !foreign
expired, 0.3 more   | !!differs                  | !!differs                  | !foreign
rejected            | =                          | =                          | !foreign
rejected as twin    | =                          | =                          | !foreign
not found           | =                          | =                          | =
not found, in time  | =                          | =                          | =
not found, too late | =                          | =                          | =
changed             | !!differs >cancel          | !!differs >cancel          | !foreign
another changed     | !!differs >cancel          | !!differs >cancel          | !foreign
change refused      | =                          | =                          | !foreign
another refused     | =                          | =                          | !foreign
cancel refused      | =                          | =                          | !foreign
silence             | =                          | =                          | =
we cancel           | =                          | =                          | =
we change           | =                          | =                          | =
";

/// In short words; what a trip does is the same everywhere, so the mark of it is enough.
fn marked(said: &str) -> String {
    let said = said.replace("ReconcileMismatch", "differs").replace("ForeignOrder", "foreign");
    let Some((before, after)) = said.split_once(" !trip Cancel") else { return said };
    let (why, first) = (before.rfind('!').unwrap(), after.strip_suffix(" >cancel >cancel all"));
    let direct = first.map_or(after, |first| first.rsplit_once(' ').unwrap().0);
    format!("{}!{}{direct}", &before[..why], &before[why..])
}

fn cell(state: fn(&mut Case), fact: fn(&mut Case) -> Vec<Event>) -> String {
    let mut case = Case::new();
    state(&mut case);
    let before = case.line.next_wake();
    let said = marked(&words(&fact(&mut case)));
    let after = case.line.next_wake();
    let asks = after != before && after.is_some_and(|at| at <= case.line.now + Span::SECOND);
    match (said.as_str(), asks) {
        ("", false) => "=".to_owned(),
        ("", true) => "?".to_owned(),
        (said, false) => said.to_owned(),
        (said, true) => format!("{said} ?"),
    }
}

#[test]
fn every_fact_in_every_state() {
    let mut table = String::new();
    for states in STATES.chunks(3) {
        let names: Vec<String> = states.iter().map(|(name, _)| format!("{name:<27}")).collect();
        table += format!("\n{:20}| {}", "", names.join("| ")).trim_end();
        for (name, fact) in FACTS {
            let cells: Vec<String> =
                states.iter().map(|(_, state)| format!("{:<27}", cell(*state, fact))).collect();
            table += format!("\n{name:20}| {}", cells.join("| ")).trim_end();
        }
        table += "\n";
    }
    assert!(table == TABLE, "the table is now:\n{table}");
}

#[test]
fn fact_that_is_told_again_is_silence() {
    let ours = ["silence", "we cancel", "we change"];
    for (state, set) in STATES {
        for (name, fact) in FACTS.iter().filter(|(name, _)| !ours.contains(name)) {
            for restart in [false, true] {
                let mut case = Case::new();
                set(&mut case);
                fact(&mut case);
                if restart {
                    case.line.restart();
                }
                let again = fact(&mut case);
                assert_eq!(words(&again), "", "{name}, told again of an order that is {state}");
            }
        }
    }
}
