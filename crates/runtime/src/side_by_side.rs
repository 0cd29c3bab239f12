//! Pieces of work that do not know of each other, on several threads; their results in order.
//!
//! What comes out is the same for any number of threads: results are handed over one by one, in the order of
//! their numbers, on the thread that asked. Nobody runs ahead by more than a few pieces, so that memory does
//! not grow with the number of pieces.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many pieces for each thread may wait to be handed over.
const AHEAD: u64 = 4;

/// Who does what, and what is done.
struct Bench<R> {
    /// The piece that is begun next.
    next: u64,
    /// The piece that is handed over next.
    wanted: u64,
    done: BTreeMap<u64, R>,
    /// Nothing more is begun.
    over: bool,
}

struct Shared<R> {
    bench: Mutex<Bench<R>>,
    moved: Condvar,
}

impl<R> Shared<R> {
    fn bench(&self) -> MutexGuard<'_, Bench<R>> {
        self.bench.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, bench: MutexGuard<'a, Bench<R>>) -> MutexGuard<'a, Bench<R>> {
        self.moved.wait(bench).unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a piece that nobody has begun; none when it is over.
    fn begin(&self, end: u64, ahead: u64) -> Option<u64> {
        let mut bench = self.bench();
        while !bench.over && bench.next < end && bench.next >= bench.wanted.saturating_add(ahead) {
            bench = self.wait(bench);
        }
        let piece = bench.next;
        (!bench.over && piece < end).then(|| {
            bench.next += 1;
            piece
        })
    }

    fn finish(&self, piece: u64, result: R) {
        self.bench().done.insert(piece, result);
        self.moved.notify_all();
    }

    /// The result of that piece; none where it is over before it came.
    fn hand_over(&self, piece: u64) -> Option<R> {
        let mut bench = self.bench();
        loop {
            if let Some(result) = bench.done.remove(&piece) {
                bench.wanted = piece + 1;
                self.moved.notify_all();
                return Some(result);
            }
            if bench.over {
                return None;
            }
            bench = self.wait(bench);
        }
    }

    fn is_over(&self) {
        self.bench().over = true;
        self.moved.notify_all();
    }
}

/// Says that it is over when its thread leaves, also by a panic: nobody waits for what will not come.
struct OverWhenLeft<'a, R>(&'a Shared<R>);

impl<R> Drop for OverWhenLeft<'_, R> {
    fn drop(&mut self) {
        self.0.is_over();
    }
}

/// Does every piece, on at most so many threads, and hands each result to `each` in the order of the pieces,
/// until it breaks off. A panic of a piece is one of the caller's.
pub fn side_by_side<R: Send>(
    threads: NonZeroUsize,
    pieces: Range<u64>,
    work: impl Fn(u64) -> R + Sync,
    mut each: impl FnMut(u64, R) -> ControlFlow<()>,
) {
    let bench =
        Bench { next: pieces.start, wanted: pieces.start, done: BTreeMap::new(), over: false };
    let shared = Shared { bench: Mutex::new(bench), moved: Condvar::new() };
    let ahead = AHEAD.saturating_mul(threads.get() as u64);
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(|| {
                while let Some(piece) = shared.begin(pieces.end, ahead) {
                    let broken = OverWhenLeft(&shared);
                    let result = work(piece);
                    std::mem::forget(broken);
                    shared.finish(piece, result);
                }
            });
        }
        let _over = OverWhenLeft(&shared);
        for piece in pieces.clone() {
            let Some(result) = shared.hand_over(piece) else { return };
            if each(piece, result).is_break() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn threads(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    fn squares(number: usize, pieces: Range<u64>) -> Vec<(u64, u64)> {
        let mut handed = Vec::new();
        side_by_side(
            threads(number),
            pieces,
            |piece| piece * piece,
            |piece, square| {
                handed.push((piece, square));
                ControlFlow::Continue(())
            },
        );
        handed
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let expected: Vec<(u64, u64)> = (3..300).map(|piece| (piece, piece * piece)).collect();
        for number in [1, 2, 8] {
            assert_eq!(squares(number, 3..300), expected, "{number} threads");
        }
        assert_eq!(squares(8, 5..5), []);
    }

    #[test]
    fn nobody_runs_ahead_of_what_is_handed_over() {
        let begun = AtomicU64::new(0);
        let work = |_| begun.fetch_add(1, Ordering::SeqCst);
        side_by_side(threads(3), 0..200, work, |piece, _| {
            let begun = begun.load(Ordering::SeqCst);
            assert!(begun <= piece + 1 + 3 * AHEAD, "{begun} begun while {piece} is handed over");
            ControlFlow::Continue(())
        });
        assert_eq!(begun.into_inner(), 200);
    }

    #[test]
    fn whoever_breaks_off_gets_nothing_more_and_little_more_is_done() {
        let begun = AtomicU64::new(0);
        let mut last = None;
        let work = |_| begun.fetch_add(1, Ordering::SeqCst);
        side_by_side(threads(2), 0..u64::MAX, work, |piece, _| {
            last = Some(piece);
            if piece == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(last, Some(10));
        assert!(begun.into_inner() <= 11 + 2 * AHEAD);
    }

    #[test]
    fn panic_of_a_piece_is_the_callers_and_nobody_waits_for_it() {
        let work = |piece| assert!(piece != 7, "piece 7");
        let all = || side_by_side(threads(4), 0..1_000, work, |_, ()| ControlFlow::Continue(()));
        assert!(catch_unwind(AssertUnwindSafe(all)).is_err());
    }
}
