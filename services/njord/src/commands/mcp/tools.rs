//! The tools: what each is called, takes and answers. All of them look; none of them can change anything.
//!
//! They are the readers of the commands of the same name, over the same `Asking`. None knows the token or a key that
//! signs, and none says anything to the process beside a question.

use std::sync::Arc;

use board::{Board, Listed, RefusalShown};
use journal::files::RealFiles;
use journal::verify::Ask;
use serde_json::{Map, Value, json};
use settings::{Environment, KeyFolder};
use strategy::Registry;

use super::asked::{Asked, Parameter, Takes, quoted};
use super::pages;
use crate::asking::Asking;
use crate::asking::shown::{amount, breach, moment, or_unknown, table};
use crate::commands::orders::{cut, more};
use crate::commands::{
    Context, audit, balance, config, fills, orders, positions, status, strategy as strategies, why,
};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::{Answer, Look};
use crate::program::Program;

/// How many lines of a list are given, where nothing is said, and at most.
const LINES: usize = 20;
const LINES_MAX: u32 = 100;
/// A longer page there is not.
const PAGE_LINES_MAX: u32 = 100_000;
/// A journal that is larger is verified by the command, which may take its time.
const JOURNAL_BYTES_MAX: u64 = 512 << 20;

/// A tool.
pub(super) struct Tool {
    /// What it is called.
    pub(super) name: &'static str,
    /// What it answers, for whoever has to choose.
    pub(super) about: &'static str,
    /// What it takes.
    pub(super) takes: &'static [Parameter],
    answer: fn(&Asked, &Desk) -> Result<Answer, Failure>,
}

const COUNT: Parameter = Parameter::optional(
    "count",
    Takes::Number(LINES_MAX),
    "how many lines at most; 20 where nothing is said",
);

/// All of them.
pub(super) const TOOLS: &[Tool] = &[
    Tool {
        name: "status",
        about: "The state of the whole: mode, gate, orders and cash (ours, the venue's, the difference), \
                feeds, strategies, refusals of the last day, kill switch, alerts. Where nothing runs, \
                the same from the journal, with the time as of which.",
        takes: &[],
        answer: |_, desk| desk.asks(status::answer),
    },
    Tool {
        name: "positions",
        about: "What each strategy holds, what it is worth, and the stop that guards it.",
        takes: &[
            Parameter::optional("all", Takes::Flag, "also what was held once and is flat now"),
            COUNT,
        ],
        answer: |asked, desk| {
            desk.asks(|asking, _| positions::answer(asking, asked.is("all"), lines(asked)))
        },
    },
    Tool {
        name: "orders",
        about: "The open orders, with the beginning of the id that `why` takes.",
        takes: &[COUNT],
        answer: |asked, desk| desk.asks(|asking, _| orders::answer(asking, lines(asked))),
    },
    Tool {
        name: "fills",
        about: "What has traded lately, the latest first.",
        takes: &[COUNT],
        answer: |asked, desk| desk.asks(|asking, _| fills::answer(asking, lines(asked))),
    },
    Tool {
        name: "balance",
        about: "Cash, equity, and the results of each strategy.",
        takes: &[],
        answer: |_, desk| desk.asks(|asking, _| balance::answer(asking)),
    },
    Tool {
        name: "refusals",
        about: "What the gate refused lately, the latest first: the rule and the two numbers it compared.",
        takes: &[COUNT],
        answer: |asked, desk| desk.asks(|asking, _| refusals(asking, lines(asked))),
    },
    Tool {
        name: "why",
        about: "The story of one order: who asked for it and why, what the gate decided by which rule and \
                numbers, where that limit is set, what the venue said.",
        takes: &[Parameter::needed(
            "order",
            Takes::Text,
            "how its id begins, as lists show it, or last-refused",
        )],
        answer: |asked, desk| {
            let order = asked.text("order").unwrap_or_default();
            desk.asks(|asking, context| why::answer(asking, order, context))
        },
    },
    Tool {
        name: "strategies",
        about: "The strategies that this program has.",
        takes: &[],
        answer: |_, desk| Ok(strategies::list(&desk.context())),
    },
    Tool {
        name: "strategy",
        about: "What a strategy does, and every parameter that it takes.",
        takes: &[Parameter::needed("name", Takes::Text, "as `strategies` lists it")],
        answer: |asked, desk| {
            strategies::explain(asked.text("name").unwrap_or_default(), &desk.context())
        },
    },
    Tool {
        name: "config",
        about: "What the settings are, who said so, what was overridden and what each means. Without a key \
                every value in a line. Secrets are never shown.",
        takes: &[Parameter::optional(
            "key",
            Takes::Text,
            "a key (risk.collar) or a section (risk)",
        )],
        answer: |asked, desk| config::explain(asked.text("key"), &desk.settings, &desk.context()),
    },
    Tool {
        name: "report",
        about: "A report: on the journal (whether it is what was written, record by record), on the last \
                drill of the kill switch, or on the settings (everything that is wrong with them).",
        takes: &[Parameter::needed(
            "of",
            Takes::OneOf(&["journal", "drill", "settings"]),
            "on what",
        )],
        answer: report,
    },
    Tool {
        name: "search_docs",
        about: "Finds words in the documentation that belongs to this build.",
        takes: &[
            Parameter::needed("words", Takes::Text, "what to look for"),
            Parameter::optional(
                "count",
                Takes::Number(20),
                "how many places; 8 where nothing is said",
            ),
        ],
        answer: |asked, _| {
            pages::search(
                asked.text("words").unwrap_or_default(),
                asked.number("count").unwrap_or(8),
            )
        },
    },
    Tool {
        name: "read_docs",
        about: "A page of the documentation, or what stands below one of its headings.",
        takes: &[
            Parameter::needed("page", Takes::Text, "such as risk, or docs/adr/0006-board.md"),
            Parameter::optional("heading", Takes::Text, "a heading of it"),
            Parameter::optional("line", Takes::Number(PAGE_LINES_MAX), "the line to go on from"),
        ],
        answer: |asked, _| {
            let page = asked.text("page").unwrap_or_default();
            pages::read(page, asked.text("heading"), asked.number("line"))
        },
    },
];

/// What the tools look at: the settings of one folder, read anew for each question.
pub(super) struct Desk {
    pub(super) registry: Registry,
    pub(super) program: Program,
    pub(super) environment: Environment,
    pub(super) settings: Settings,
}

impl Desk {
    /// Answers a call. Nothing where there is no such tool.
    pub(super) fn call(
        &self,
        name: &str,
        given: Map<String, Value>,
    ) -> Option<Result<Answer, Failure>> {
        let tool = TOOLS.iter().find(|tool| tool.name == name)?;
        let asked = Asked::new(tool.name, tool.takes, given);
        Some(asked.and_then(|asked| (tool.answer)(&asked, self)))
    }

    fn context(&self) -> Context<'_> {
        Context {
            registry: self.registry.clone(),
            program: &self.program,
            environment: &self.environment,
            look: Look { json: true, no_color: true },
            files: Arc::new(RealFiles),
        }
    }

    fn asks(
        &self,
        question: impl FnOnce(&Asking<'_>, &Context<'_>) -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let context = self.context();
        question(&Asking::new(&self.settings, &context)?, &context)
    }
}

/// That there is no such tool, and which there are.
pub(super) fn no_such_tool(name: &str) -> String {
    let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
    format!("there is no tool {}; try: {}", quoted(name), names.join(", "))
}

fn lines(asked: &Asked) -> usize {
    asked.number("count").unwrap_or(LINES)
}

fn refusals(asking: &Asking<'_>, at_most: usize) -> Result<Answer, Failure> {
    let mut seen = asking.ask("/api/refusals", |board, _| board.refusals())?;
    cut(&mut seen.view, at_most);
    let text = seen.note() + &refusals_text(&seen.view);
    Ok(Answer::done(text, seen.json("refusals", &seen.view)))
}

fn refusals_text(refusals: &Listed<RefusalShown>) -> String {
    if refusals.shown.is_empty() {
        return "nothing was refused\n".to_owned();
    }
    let row = |refusal: &RefusalShown| {
        let spec = refusal.spec;
        vec![
            moment(refusal.at),
            or_unknown(refusal.id, |id| id.short().to_string()),
            or_unknown(refusal.corr, |corr| corr.strategy.to_string()),
            or_unknown(spec, |spec| spec.side().name().to_owned()),
            or_unknown(spec, |spec| amount(spec.qty())),
            or_unknown(refusal.symbol, |symbol| symbol.to_string()),
            breach(&refusal.breach),
        ]
    };
    let rows: Vec<Vec<String>> = refusals.shown.iter().map(row).collect();
    let titles = ["<at", "<order", "<strategy", "<side", "qty", "<symbol", "<rule"];
    table(&titles, &rows) + &more(refusals.more)
}

fn report(asked: &Asked, desk: &Desk) -> Result<Answer, Failure> {
    match asked.text("of") {
        Some("journal") => desk.asks(journal),
        Some("drill") => desk.asks(|asking, _| drill(asking)),
        _ => Ok(config::check(&desk.settings, &desk.context())),
    }
}

/// Whether the journal is what was written; of one that is too large for a question, how to find out.
fn journal(asking: &Asking<'_>, context: &Context<'_>) -> Result<Answer, Failure> {
    let places = asking.loaded().places();
    let (folder, typed) = (&places.journal, &context.program.typed);
    let bytes = weight(folder);
    if bytes > JOURNAL_BYTES_MAX {
        let (mib, most) = (bytes >> 20, JOURNAL_BYTES_MAX >> 20);
        let what = format!("has {mib} MiB; here at most {most} are verified");
        return Err(Failure::new("journal", folder.display().to_string(), what)
            .advice(format!("{typed} audit verify")));
    }
    if std::fs::symlink_metadata(folder).is_err() {
        let what = "there is no such folder, so there is no journal to verify";
        return Err(Failure::new("journal", folder.display().to_string(), what)
            .advice(format!("{typed} up, which makes one")));
    }
    let key = KeyFolder::at(&places.keys).journal()?;
    let report = Ask::with_key(*key.expose()).journal(folder, &places.archive)?;
    Ok(audit::answer(folder, &report))
}

/// What the files in a folder and in those below it weigh; what cannot be looked at weighs nothing.
fn weight(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => weight(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).fold(0, u64::saturating_add)
}

fn drill(asking: &Asking<'_>) -> Result<Answer, Failure> {
    let seen = asking.ask("/api/status", Board::status)?;
    let text = format!("{}{}\n", seen.note(), status::kill(&seen.view));
    let json = json!({ "drill": seen.view.about.drill, "kill": seen.view.kill });
    Ok(Answer::done(text, json))
}
