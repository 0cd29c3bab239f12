//! The ledger of one account: fills and marks in, positions and totals out.
//!
//! Every change is worked out first and made only when all of it fits; a fault leaves no trace. Reads
//! are fields. A mark costs one multiplication per strategy that holds the symbol and allocates
//! nothing; memory grows with open lots, never with fills.

use contracts::{Asset, Fill, Money, Net, Price, Qty, Span, StrategyId, Symbol, SymbolMap, Ts};
use serde::{Deserialize, Serialize};

use crate::audit::Imbalance;
use crate::book::{Book, UNKNOWN};
use crate::entry::Entry;
use crate::fault::LedgerFault;
use crate::holding::Holding;
use crate::lots::Method;
use crate::purse::{Owner, Purse, Sums};
use crate::purses::{PURSES_MAX, Purses};

/// Positions, cash, fees and profit of one account, per strategy and in total.
///
/// Serialised, it is its own snapshot: equal ledgers are equal bytes, and one that was read back
/// continues exactly where it stopped. A snapshot that does not balance cannot be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Ledger {
    method: Method,
    /// The beginning of the current day.
    day: Ts,
    pub(crate) purses: Purses,
    pub(crate) books: SymbolMap<Book>,
}

/// A purse with its owner, as it will be.
type Changed = (Owner, Purse);

/// A ledger as read, before anybody has looked whether it balances.
#[derive(Deserialize)]
struct Saved {
    method: Method,
    day: Ts,
    purses: Purses,
    books: SymbolMap<Book>,
}

impl TryFrom<Saved> for Ledger {
    type Error = Imbalance;
    fn try_from(saved: Saved) -> Result<Self, Imbalance> {
        let Saved { method, day, purses, books } = saved;
        let mut ledger = Self { method, day, purses, books };
        ledger.connect();
        ledger.audit()?;
        Ok(ledger)
    }
}

/// What a fill has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The strategy's position now.
    pub net: Net,
    /// How much of the fill closed what was open.
    pub closed: Qty,
    /// How much of it opened anew. With a fee in base currency, both together differ from the
    /// quantity of the fill by the fee.
    pub opened: Qty,
    /// What closing brought, before fees.
    pub realised: Money,
    /// The fee in quote currency, one in base at its value; nothing for a third currency.
    pub fee: Money,
    /// The strategy's cash in quote currency now.
    pub cash: Money,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(method: Method) -> Self {
        Self { method, day: Ts::ZERO, purses: Purses::default(), books: SymbolMap::new() }
    }

    /// Pays money in for a strategy; an amount below zero takes it out. Neither is profit or loss.
    pub fn deposit(
        &mut self,
        strategy: StrategyId,
        asset: Asset,
        amount: Money,
    ) -> Result<(), LedgerFault> {
        let change = Sums { deposits: amount, cash: amount, ..Sums::ZERO };
        let own = self.purse_after(Owner::strategy(strategy, asset), &change)?;
        let total = self.purse_after(Owner::account(asset), &change)?;
        self.make_room(&[own.0, total.0])?;
        self.set_purses(&[own, total]);
        Ok(())
    }

    /// Brings in a position that was not bought here (inventory at the start, a repair after
    /// reconciliation): it opens, or closes, at `price`, and its value counts as paid in.
    pub fn adopt(
        &mut self,
        strategy: StrategyId,
        symbol: Symbol,
        position: Net,
        price: Price,
    ) -> Result<Booked, LedgerFault> {
        self.book(strategy, &Entry::of_inventory(symbol, position, price)?)
    }

    /// Books a fill. The caller sees to it that each is told once.
    pub fn apply(&mut self, fill: &Fill, strategy: StrategyId) -> Result<Booked, LedgerFault> {
        self.book(strategy, &Entry::of_fill(fill)?)
    }

    /// Values all positions in `symbol` at `price`. A symbol that was never marked is valued at its
    /// first fill.
    #[inline]
    pub fn mark(&mut self, symbol: Symbol, price: Price) -> Result<(), LedgerFault> {
        if let Some(book) = self.books.get_mut(symbol) {
            return book.revalue(price, &mut self.purses);
        }
        if self.books.is_full() {
            return Err(LedgerFault::TooManySymbols);
        }
        self.books.insert(symbol, Book { mark: Some(price), ..Book::NONE });
        Ok(())
    }

    /// Begins the day of `now` where it is a later one than the current; whether it was.
    pub fn roll_day(&mut self, now: Ts) -> bool {
        let day = now.floor_to(Span::DAY);
        let is_new = day > self.day;
        if is_new {
            self.day = day;
            self.purses.iter_mut().for_each(Purse::begin_day);
        }
        is_new
    }

    /// What a strategy holds of a symbol; `None` where it never traded it.
    pub fn holding(&self, strategy: StrategyId, symbol: Symbol) -> Option<&Holding> {
        let book = self.books.get(symbol)?;
        let index = book.holdings.binary_search_by_key(&strategy, |(held, _)| *held).ok()?;
        Some(&book.holdings[index].1)
    }

    /// Every holding, by symbol and then by strategy.
    pub fn holdings(&self) -> impl Iterator<Item = (Symbol, StrategyId, &Holding)> {
        self.books.iter().flat_map(|(symbol, book)| {
            book.holdings.iter().map(move |(strategy, holding)| (symbol, *strategy, holding))
        })
    }

    /// What the account as a whole holds of a symbol; what the venue should say too.
    pub fn net(&self, symbol: Symbol) -> Net {
        self.books.get(symbol).map_or(Net::ZERO, |book| book.net)
    }

    /// A strategy's totals in one currency.
    pub fn purse(&self, strategy: StrategyId, asset: Asset) -> &Purse {
        self.purses.get(Owner::strategy(strategy, asset))
    }

    /// The account's totals in one currency.
    pub fn account(&self, asset: Asset) -> &Purse {
        self.purses.get(Owner::account(asset))
    }

    fn book(&mut self, strategy: StrategyId, entry: &Entry) -> Result<Booked, LedgerFault> {
        let symbol = entry.symbol;
        let book = self.books.get(symbol).unwrap_or(&UNKNOWN);
        let holding = book.holding(strategy);
        let mark = book.mark.unwrap_or(entry.price);
        let step = holding.plan(entry, mark, self.method)?;
        let book_step = book.plan(holding, &step, mark)?;

        let (before, after) = (holding.figures, step.after);
        let change = Sums {
            deposits: entry.deposit,
            cash: entry.cash,
            realised: step.realised,
            fees: entry.fee,
            side_fees: Money::ZERO,
            cost: after.cost - before.cost,
            value: after.value - before.value,
            gross: after.value.abs() - before.value.abs(),
        };
        let quote = symbol.quote();
        let own = self.purse_after(Owner::strategy(strategy, quote), &change)?;
        let total = self.purse_after(Owner::account(quote), &change)?;
        let side = self.side_purses(strategy, entry)?;

        if self.books.is_full() && self.books.get(symbol).is_none() {
            return Err(LedgerFault::TooManySymbols);
        }
        let changed =
            [own, total, side.map_or(own, |side| side.0), side.map_or(own, |side| side.1)];
        let moved = self.make_room(&changed.map(|(owner, _)| owner))?;
        // From here on nothing can fail.
        self.set_purses(&changed);
        let book = self.books.get_or_insert_with(symbol, || Book::NONE);
        book.commit(&book_step);
        book.holding_mut(strategy).commit(&step);
        if moved || before.traded.is_flat() {
            self.connect();
        }
        Ok(Booked {
            net: after.net,
            closed: step.closed,
            opened: step.opened,
            realised: step.realised,
            fee: entry.fee,
            cash: own.1.cash(),
        })
    }

    /// The purses of the strategy and the account after a fee in a third currency.
    fn side_purses(
        &self,
        strategy: StrategyId,
        entry: &Entry,
    ) -> Result<Option<(Changed, Changed)>, LedgerFault> {
        let Some((asset, fee)) = entry.side_fee else { return Ok(None) };
        let change = Sums { cash: Money::ZERO.minus(fee)?, side_fees: fee, ..Sums::ZERO };
        let own = self.purse_after(Owner::strategy(strategy, asset), &change)?;
        let total = self.purse_after(Owner::account(asset), &change)?;
        Ok(Some((own, total)))
    }

    fn purse_after(&self, owner: Owner, change: &Sums) -> Result<(Owner, Purse), LedgerFault> {
        Ok((owner, self.purses.get(owner).after(change)?))
    }

    /// Opens the purses that are missing, all or none; whether others have moved.
    fn make_room(&mut self, owners: &[Owner]) -> Result<bool, LedgerFault> {
        let missing = owners.iter().filter(|owner| self.purses.find(**owner).is_none()).count();
        if missing == 0 {
            return Ok(false);
        }
        if self.purses.len() + missing > PURSES_MAX {
            return Err(LedgerFault::TooManyPurses);
        }
        for owner in owners {
            self.purses.open(*owner);
        }
        self.connect();
        Ok(true)
    }

    fn set_purses(&mut self, purses: &[(Owner, Purse)]) {
        for (owner, purse) in purses {
            self.purses.set(*owner, *purse);
        }
    }

    /// Finds anew where the purse of each holding lies; needed when one came in between, which is rare.
    fn connect(&mut self) {
        let purses = &self.purses;
        let place = |owner| purses.find(owner).unwrap_or(u16::MAX);
        for (symbol, book) in self.books.iter_mut() {
            let quote = symbol.quote();
            book.purse = place(Owner::account(quote));
            for (strategy, holding) in &mut book.holdings {
                holding.purse = place(Owner::strategy(*strategy, quote));
            }
        }
    }
}
