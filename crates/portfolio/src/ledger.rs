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
        self.set_purses(&[Some(own), Some(total)])
    }

    /// Pays a strategy what it starts with, once: its share, or what of all the money there is (`pool`)
    /// has not been paid in before, for whomever. What it got, if this was the first time.
    pub fn endow(
        &mut self,
        strategy: StrategyId,
        asset: Asset,
        share: Money,
        pool: Option<Money>,
    ) -> Result<Option<Money>, LedgerFault> {
        if self.purses.find(Owner::strategy(strategy, asset)).is_some() {
            return Ok(None);
        }
        let left = match pool {
            Some(pool) => pool.minus(self.account(asset).deposits())?.max(Money::ZERO),
            None => share,
        };
        let amount = share.min(left);
        // Whoever got nothing may get something at a later start.
        if amount != Money::ZERO {
            self.deposit(strategy, asset, amount)?;
        }
        Ok(Some(amount))
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
    #[inline]
    pub fn roll_day(&mut self, now: Ts) -> bool {
        // Asked with every mark, and nearly always in the same day.
        if now < self.day + Span::DAY {
            return false;
        }
        let day = now.floor_to(Span::DAY);
        let is_new = day > self.day;
        if is_new {
            self.day = day;
            self.purses.iter_mut().for_each(Purse::begin_day);
        }
        is_new
    }

    /// Forgets the highest equities: falls are measured from what there is now. For somebody who has
    /// looked at a fall and goes on.
    pub fn forget_highs(&mut self) {
        self.purses.iter_mut().for_each(Purse::forget_high);
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

    /// What the account's position in a symbol is worth at the last mark; below zero for a short one.
    pub fn net_value(&self, symbol: Symbol) -> Money {
        let book = self.books.get(symbol).unwrap_or(&UNKNOWN);
        // At most the gross, which was in range when it was booked.
        book.mark.and_then(|mark| mark.value(book.net).ok()).unwrap_or(Money::ZERO)
    }

    /// What the positions of all strategies in a symbol are worth, short ones counting above zero too.
    pub fn gross(&self, symbol: Symbol) -> Money {
        self.books.get(symbol).map_or(Money::ZERO, |book| book.gross)
    }

    /// The price at which positions in a symbol are valued.
    pub fn last_mark(&self, symbol: Symbol) -> Option<Price> {
        self.books.get(symbol).and_then(|book| book.mark)
    }

    /// Every purse with its currency: those of the account, which have no strategy, first.
    pub fn purses(&self) -> impl Iterator<Item = (Option<StrategyId>, Asset, &Purse)> {
        self.purses.iter().map(|(owner, purse)| (owner.strategy, owner.asset, purse))
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
        let [side_own, side_total] = self.side_purses(strategy, entry)?;
        if self.books.is_full() && self.books.get(symbol).is_none() {
            return Err(LedgerFault::TooManySymbols);
        }
        self.set_purses(&[Some(own), Some(total), side_own, side_total])?;
        // From here on nothing can fail.
        let book = self.books.get_or_insert_with(symbol, || Book::NONE);
        book.commit(&book_step);
        book.purse = self.purses.place(total.0);
        let holding = book.holding_mut(strategy);
        holding.commit(&step);
        holding.purse = self.purses.place(own.0);
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
    ) -> Result<[Option<Changed>; 2], LedgerFault> {
        let Some((asset, fee)) = entry.side_fee else { return Ok([None, None]) };
        let change = Sums { cash: Money::ZERO.minus(fee)?, side_fees: fee, ..Sums::ZERO };
        let own = self.purse_after(Owner::strategy(strategy, asset), &change)?;
        let total = self.purse_after(Owner::account(asset), &change)?;
        Ok([Some(own), Some(total)])
    }

    fn purse_after(&self, owner: Owner, change: &Sums) -> Result<Changed, LedgerFault> {
        Ok((owner, self.purses.get(owner).after(change)?))
    }

    /// Sets all of these purses, whose owners differ, or none where there is no room for new ones.
    fn set_purses(&mut self, changed: &[Option<Changed>]) -> Result<(), LedgerFault> {
        let is_new = |(owner, _): &&Changed| self.purses.find(*owner).is_none();
        let missing = changed.iter().flatten().filter(is_new).count();
        if self.purses.len() + missing > PURSES_MAX {
            return Err(LedgerFault::TooManyPurses);
        }
        for (owner, purse) in changed.iter().flatten() {
            self.purses.set(*owner, *purse);
        }
        if missing > 0 {
            self.connect();
        }
        Ok(())
    }

    /// Finds anew where the purse of each holding lies; needed when one came in between, which is rare.
    fn connect(&mut self) {
        for (symbol, book) in self.books.iter_mut() {
            let quote = symbol.quote();
            book.purse = self.purses.place(Owner::account(quote));
            for (strategy, holding) in &mut book.holdings {
                holding.purse = self.purses.place(Owner::strategy(*strategy, quote));
            }
        }
    }
}
