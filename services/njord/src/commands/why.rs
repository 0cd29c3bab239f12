//! `why`: the story of one order, and if it was refused, by which rule and with which numbers.

use std::fmt::Write as _;

use board::{Moment, NotFound, OrderShown, RefusalShown, What, Why};
use clap::Args;
use contracts::{OrderKind, OrderSpec, Qty, VenueReason};

use super::Context;
use super::orders::price;
use crate::asking::shown::{amount, breach, clock, money, or_unknown, span, word};
use crate::asking::{Asking, Seen};
use crate::failure::Failure;
use crate::loading::Settings;
use crate::output::Answer;
use crate::serving::story;

const EXAMPLE: &str = "\
Example:
  $ njord why --last-refused
  REFUSED a91c ema_cross buy 0.5 BTC/USD market
  rule   order_notional 30,603.65 > 10,000.00
  ...

Exit codes: 0 it is told, 1 no such order is remembered.";

/// What stands for the order that was refused last.
pub(super) const LAST_REFUSED: &str = "last-refused";

/// Tell why an order is as it is, or was refused.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
#[group(required = true, multiple = false, args = ["id", "last_refused"])]
pub(crate) struct Arguments {
    /// How the id of the order begins, such as the four digits that lists show.
    id: Option<String>,

    /// The order that was refused last.
    #[arg(long)]
    last_refused: bool,

    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Failure> {
    let id = arguments.id.as_deref().unwrap_or(LAST_REFUSED);
    answer(&Asking::new(&arguments.settings, context)?, id, context)
}

/// The story of one order, by how its id begins, or of the one that was refused last.
pub(super) fn answer(
    asking: &Asking<'_>,
    id: &str,
    context: &Context<'_>,
) -> Result<Answer, Failure> {
    let plain = id == LAST_REFUSED || id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !plain || id.is_empty() {
        return Err(not_found(id, NotFound::NotAnId, context));
    }
    let seen = match asking.try_ask(&format!("/api/why/{id}"))? {
        Some(reply) if reply.code == 200 => {
            let why: Why = serde_json::from_str(&reply.body).map_err(|error| {
                Failure::new("answer", "", format!("the answer is not understood: {error}"))
            })?;
            Seen { view: Ok(why), as_of: None }
        }
        Some(reply) => {
            let said: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
            // Whoever is turned away for another reason has not been told that there is no such order.
            let why = serde_json::from_value(said["not_found"].clone())
                .map_err(|_| asking.strange(format!("answers with {}", reply.code)))?;
            Seen { view: Err(why), as_of: None }
        }
        None => asking.fold(|board, _| story(board, id))?,
    };
    let Seen { view, as_of } = seen;
    let seen = Seen { view: view.map_err(|why| not_found(id, why, context))?, as_of };
    let text = seen.note() + &text(&seen.view);
    Ok(Answer::done(text, seen.json("why", &seen.view)))
}

fn not_found(id: &str, why: NotFound, context: &Context<'_>) -> Failure {
    let typed = &context.program.typed;
    let (what, advice) = match why {
        NotFound::NotAnId => (
            "is not how an id begins: hexadecimal digits in lower case".to_owned(),
            format!("{typed} orders, or --last-refused"),
        ),
        NotFound::None => (
            "begins no order that is remembered; older ones are in the journal".to_owned(),
            format!("{typed} orders, or --last-refused"),
        ),
        NotFound::Several { ids } => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            ("begins several orders".to_owned(), ids.join(", "))
        }
        NotFound::NothingRefused => {
            ("nothing was refused that is remembered".to_owned(), format!("{typed} status"))
        }
    };
    let at = if id == LAST_REFUSED { String::new() } else { id.to_owned() };
    Failure::new("why", at, what).advice(advice)
}

fn text(why: &Why) -> String {
    let order = &why.order;
    let never = order.state.is_none() && why.refused.is_some();
    let mut text = match order.state {
        _ if never => "REFUSED".to_owned(),
        state => or_unknown(state, word).to_uppercase(),
    };
    let _ = writeln!(text, " {}", asked(order, why.refused.as_ref()));
    if let Some(refusal) = &why.refused {
        text.push_str(&refused(refusal));
    }
    if let Some(label) = &why.why {
        let _ = writeln!(text, "reason {label}");
    }
    if !never {
        text.push_str(&traded(order));
    }
    for moment in &why.moments {
        let _ = writeln!(text, "{}  {}", clock(moment.at), happened(moment));
    }
    if why.moments_more > 0 {
        let _ = writeln!(text, "and {} moments before the last", why.moments_more);
    }
    text
}

/// Who asked for what.
fn asked(order: &OrderShown, refusal: Option<&RefusalShown>) -> String {
    let who = or_unknown(order.strategy, |strategy| strategy.to_string());
    let spec = refusal.and_then(|refusal| refusal.spec);
    let symbol = or_unknown(order.symbol, |symbol| symbol.to_string());
    let side = or_unknown(order.side, |side| side.name().to_owned());
    let at = spec.map_or_else(|| price(order), |spec| kind(&spec));
    format!("{} {who} {side} {} {symbol} {at}", order.id.short(), amount(order.qty))
}

fn kind(spec: &OrderSpec) -> String {
    match spec.kind() {
        OrderKind::Market => "market".to_owned(),
        OrderKind::Limit(limit) => format!("limit {}", amount(limit)),
        OrderKind::Stop { trigger } => format!("stop {}", amount(trigger)),
        OrderKind::StopLimit { trigger, limit } => {
            format!("stop {} limit {}", amount(trigger), amount(limit))
        }
    }
}

fn refused(refusal: &RefusalShown) -> String {
    let mut text = format!("rule   {}\n", breach(&refusal.breach));
    for also in &refusal.also {
        let _ = writeln!(text, "also   {}", breach(also));
    }
    if let (Some(price), Some(age)) = (refusal.price, refusal.price_age) {
        let _ = writeln!(text, "price  {}, {} old", amount(price), span(age));
    }
    if !refusal.setting.is_empty() {
        let at = refusal.set_at.as_deref().unwrap_or("as it is where nobody sets it");
        let _ = writeln!(text, "limit  {}, {at}, version {}", refusal.setting, refusal.limits);
    }
    if refusal.qty_max != Qty::ZERO {
        let base = refusal.symbol.map_or(String::new(), |symbol| format!(" {}", symbol.base()));
        let _ = writeln!(text, "passes {}{base} at most", amount(refusal.qty_max));
    }
    if let Some(fault) = refusal.fault {
        let _ = writeln!(text, "fault  {}", word(fault));
    }
    if let Some(cause) = refusal.cause {
        let _ = writeln!(text, "cause  {} {} {}", cause.src.name(), cause.topic, cause.seq);
    }
    text
}

fn traded(order: &OrderShown) -> String {
    let average = order.average.map_or(String::new(), |price| format!(" at {}", amount(price)));
    let fees: Vec<String> =
        order.fees.iter().map(|(asset, fee)| format!("{} {asset}", money(*fee))).collect();
    let fees =
        if fees.is_empty() { String::new() } else { format!(", fees {}", fees.join(" and ")) };
    let reference = order.venue_ref.map_or(String::new(), |name| format!("; {name} at the venue"));
    format!("traded {} of {}{average}{fees}{reference}\n", amount(order.filled), amount(order.qty))
}

fn happened(moment: &Moment) -> String {
    let because = |reason: VenueReason| match reason {
        VenueReason::None => String::new(),
        reason => format!(" ({})", word(reason)),
    };
    match moment.what {
        What::Asked => "asked for".to_owned(),
        What::Approved => "approved".to_owned(),
        What::Refused { reason } => format!("refused: {}", word(reason)),
        What::AmendAsked => "a change is asked for".to_owned(),
        What::AmendApproved => "the change is approved".to_owned(),
        What::CancelAsked => "its end is asked for".to_owned(),
        What::Sent => "sent to the venue".to_owned(),
        What::Queried => "its fate is asked for".to_owned(),
        // The venue never says so: it is what the brake before it tells of what it held.
        What::VenueSaid { says, reason: VenueReason::Halted } => {
            format!("held back, and not sent: {} (halted)", word(says))
        }
        What::VenueSaid { says, reason } => format!("venue: {}{}", word(says), because(reason)),
        What::Moved { state, reason } => format!("{}{}", word(state), because(reason)),
        What::Filled { qty, price } => format!("filled {} at {}", amount(qty), amount(price)),
        What::Guarded => "guarded".to_owned(),
    }
}
