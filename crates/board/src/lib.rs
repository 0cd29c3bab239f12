//! The board: what people ask of a running system, folded from what its machines say.
//!
//! A [`Board`] hears envelopes, one after another, and answers: which orders are open, what each strategy
//! holds and what guards it, what was refused and why, how the kill switch stands, how well the markets
//! are seen, and whether our books and the venue's agree. It is given the time and reads no clock.
//!
//! It decides nothing and nobody who decides listens to it; it may be behind, never ahead. It shares no
//! books with the machines: it believes what they tell about positions, and counts cash and the venue's
//! side by itself, so that a difference shows. Everything in it has a bound, and what had to be let go is
//! counted. What it cannot know, because it began to listen late, it says.

mod about;
mod accounts;
mod board;
mod crew;
mod feeds;
mod refusals;
mod repeats;
mod stories;
mod story;
mod switch;
mod tally;
mod view;

pub use about::{About, BoardConfig, Drill, Mirror, Mirrored, Stock};
pub use board::Board;
pub use refusals::{REFUSALS_MAX, RefusalShown};
pub use stories::STORIES_MAX;
pub use story::{Moment, What};
pub use view::{
    AlertShown, BooksShown, CashShown, Compared, Counts, FILLS_MAX, FeedShown, FeedsShown,
    FillShown, GuardShown, KillShown, LISTED_MAX, Listed, NetShown, NotFound, NotKnown,
    OrderCounts, OrderShown, PollShown, PositionShown, Refused, Standing, Status, StopShown,
    StrategyShown, Today, Why,
};
