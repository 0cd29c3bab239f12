//! A statistic of the last so many values, without ever taking a value back out.
//!
//! Subtracting what leaves the window is what makes running sums drift, and what lets one huge value
//! spoil them for good. Here values come in blocks as long as the window. When a block is full, the
//! folds of its tails are worked out from the back. The window at any moment is then a tail of the
//! block before and a head of the present one, joined: two folds, nothing subtracted, constant time
//! on average. What the window holds now is all that can influence the result.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::indicator::Period;

/// A statistic that can be put together from two neighbouring stretches.
pub(crate) trait Fold: Copy {
    /// Of no values.
    const EMPTY: Self;

    /// Of one value.
    fn of(value: f64) -> Self;

    /// Of both stretches.
    fn join(older: Self, newer: Self) -> Self;
}

/// The last so many values and their statistic.
#[derive(Clone, Debug)]
pub(crate) struct Window<F> {
    /// The present block up to `at`; behind it what remains of the block before.
    values: Box<[f64]>,
    /// `tails[i]` is the fold of `values[i..]` of the block before.
    tails: Box<[F]>,
    /// The fold of the present block.
    head: F,
    at: usize,
    /// Whether there is a block before.
    full: bool,
}

impl<F: Fold> Window<F> {
    pub(crate) fn new(period: Period) -> Self {
        let length = period.get() as usize;
        Self {
            values: vec![0.0; length].into(),
            tails: vec![F::EMPTY; length].into(),
            head: F::EMPTY,
            at: 0,
            full: false,
        }
    }

    /// How many values the window spans.
    pub(crate) fn period(&self) -> u32 {
        self.values.len() as u32
    }

    /// Takes a value and gives the statistic of the window that ends with it.
    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> F {
        self.values[self.at] = value;
        self.head = F::join(self.head, F::of(value));
        self.at += 1;
        if self.at == self.values.len() {
            return self.close_block();
        }
        if self.full { F::join(self.tails[self.at], self.head) } else { self.head }
    }

    /// Makes the full present block the block before; the window is exactly that block.
    fn close_block(&mut self) -> F {
        (self.at, self.full) = (0, true);
        self.fold_tails();
        core::mem::replace(&mut self.head, F::EMPTY)
    }

    fn fold_tails(&mut self) {
        let mut tail = F::EMPTY;
        for (value, slot) in self.values.iter().zip(&mut self.tails).skip(self.at).rev() {
            tail = F::join(F::of(*value), tail);
            *slot = tail;
        }
    }

    /// Whether the window has as many values as it spans.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn reset(&mut self) {
        (self.head, self.at, self.full) = (F::EMPTY, 0, false);
    }
}

/// What a window is made of; its folds follow from that, to the last bit.
#[derive(Serialize, Deserialize)]
struct Stored {
    period: Period,
    at: usize,
    #[serde(with = "crate::exact_float::list")]
    values: Vec<f64>,
}

impl<F: Fold> Serialize for Window<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = if self.full { &self.values[..] } else { &self.values[..self.at] };
        let period = Period::new(self.period()).map_err(serde::ser::Error::custom)?;
        Stored { period, at: self.at, values: held.to_vec() }.serialize(serializer)
    }
}

impl<'de, F: Fold> Deserialize<'de> for Window<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { period, at, values } = Stored::deserialize(deserializer)?;
        let mut window = Self::new(period);
        let full = values.len() == window.values.len();
        if values.len() > window.values.len() || at >= window.values.len() {
            return Err(D::Error::custom("more values than the window spans"));
        }
        if !full && at != values.len() {
            return Err(D::Error::custom("values are missing from the window"));
        }
        window.values[..values.len()].copy_from_slice(&values);
        (window.at, window.full) = (at, full);
        let present = values[..at].iter();
        window.head = present.fold(F::EMPTY, |head, value| F::join(head, F::of(*value)));
        if full {
            window.fold_tails();
        }
        Ok(window)
    }
}

/// The sum.
impl Fold for f64 {
    const EMPTY: Self = 0.0;

    fn of(value: f64) -> Self {
        value
    }

    fn join(older: Self, newer: Self) -> Self {
        older + newer
    }
}

/// Count, mean, squares about the mean, and products with the position about both means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) count: f64,
    pub(crate) mean: f64,
    pub(crate) squares: f64,
    pub(crate) products: f64,
}

impl Fold for Moments {
    const EMPTY: Self = Self { count: 0.0, mean: 0.0, squares: 0.0, products: 0.0 };

    fn of(value: f64) -> Self {
        Self { count: 1.0, mean: value, ..Self::EMPTY }
    }

    fn join(older: Self, newer: Self) -> Self {
        if older.count == 0.0 {
            return newer;
        }
        if newer.count == 0.0 {
            return older;
        }
        let count = older.count + newer.count;
        let apart = newer.mean - older.mean;
        let pairs = older.count * newer.count;
        Self {
            count,
            mean: older.mean + apart * (newer.count / count),
            squares: older.squares + newer.squares + apart * apart * (pairs / count),
            // The middles of the two stretches lie half their joint length apart.
            products: older.products + newer.products + apart * (pairs / 2.0),
        }
    }
}
