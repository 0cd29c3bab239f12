//! A bounded lane between many threads that say something and one that writes it.
//!
//! Saying never waits, takes no lock and allocates nothing; what does not fit is counted. The one
//! system call it may make is to wake the writer, once for each time that it has gone to sleep.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use crossbeam_queue::ArrayQueue;

pub(crate) struct Lane<T> {
    queue: ArrayQueue<T>,
    /// How many were taken into the lane.
    entered: AtomicU64,
    /// How many of them are done with.
    done: Mutex<u64>,
    moved: Condvar,
    /// How many did not fit.
    turned_away: AtomicU64,
    asleep: AtomicBool,
    closed: AtomicBool,
    worker: OnceLock<Thread>,
}

impl<T> Lane<T> {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            queue: ArrayQueue::new(bound.max(1)),
            entered: AtomicU64::new(0),
            done: Mutex::new(0),
            moved: Condvar::new(),
            turned_away: AtomicU64::new(0),
            asleep: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            worker: OnceLock::new(),
        }
    }

    /// Hands something over, or counts that it did not fit.
    pub(crate) fn push(&self, item: T) -> bool {
        if self.closed.load(Ordering::Relaxed) || self.queue.push(item).is_err() {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        self.entered.fetch_add(1, Ordering::Release);
        // Together with the fence in `sleep`: either the writer sees the item, or we see it asleep.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
        true
    }

    fn wake(&self) {
        if self.asleep.swap(false, Ordering::AcqRel)
            && let Some(worker) = self.worker.get()
        {
            worker.unpark();
        }
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.queue.pop()
    }

    /// How many were turned away since this was last asked.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.swap(0, Ordering::Relaxed)
    }

    /// The writer is done with that many more.
    pub(crate) fn finish(&self, count: u64) {
        if count > 0 {
            *self.done.lock().unwrap_or_else(PoisonError::into_inner) += count;
            self.moved.notify_all();
        }
    }

    /// The writer rests until there is something, or that long.
    pub(crate) fn sleep(&self, at_most: Duration) {
        self.worker.get_or_init(std::thread::current);
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.queue.is_empty() && !self.is_closed() {
            std::thread::park_timeout(at_most);
        }
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Waits until all that was handed over before is done with; `false` where that took too long.
    pub(crate) fn flush(&self, at_most: Duration) -> bool {
        let goal = self.entered.load(Ordering::Acquire);
        let is_writer =
            self.worker.get().is_some_and(|held| held.id() == std::thread::current().id());
        if is_writer {
            return false; // it would wait for itself
        }
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.moved.wait_timeout_while(done, at_most, |done| *done < goal);
        let (done, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *done >= goal
    }

    /// Nothing more is taken; the writer ends when it has written what is there.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.asleep.store(true, Ordering::Relaxed);
        self.wake();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn lane_full_or_closed_counts_and_never_waits() {
        let lane = Lane::new(2);
        assert!(lane.push(1) && lane.push(2) && !lane.push(3));
        assert_eq!((lane.turned_away(), lane.turned_away()), (1, 0));
        assert_eq!(lane.take(), Some(1));
        lane.close();
        assert!(!lane.push(4));
        assert_eq!((lane.take(), lane.take(), lane.turned_away()), (Some(2), None, 1));
    }

    #[test]
    fn lane_flush_waits_for_what_came_before_and_no_longer() {
        let lane = Arc::new(Lane::new(8));
        assert!(lane.flush(Duration::ZERO), "nothing to wait for");
        lane.push(1);
        assert!(!lane.flush(Duration::ZERO), "nobody writes");
        lane.take();
        lane.finish(1);
        assert!(lane.flush(LONG));
    }

    #[test]
    fn lane_many_threads_lose_nothing_that_fits_and_nobody_sleeps_on() {
        let lane = Arc::new(Lane::new(100_000));
        thread::scope(|scope| {
            let reader = Arc::clone(&lane);
            let sum = scope.spawn(move || {
                let mut sum = 0;
                loop {
                    while let Some(item) = reader.take() {
                        sum += item;
                        reader.finish(1);
                    }
                    if reader.is_closed() && reader.queue.is_empty() {
                        return sum;
                    }
                    reader.sleep(LONG);
                }
            });
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    let lane = Arc::clone(&lane);
                    scope.spawn(move || (1..=10_000_u64).for_each(|item| assert!(lane.push(item))))
                })
                .collect();
            for writer in writers {
                writer.join().unwrap();
            }
            assert!(lane.flush(LONG));
            lane.close();
            assert_eq!(sum.join().unwrap(), 4 * 10_000 * 10_001 / 2);
        });
    }
}
