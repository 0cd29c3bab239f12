//! Series of one metric, found without a lock: a table over closed sets of label values.
//!
//! A series comes to be when it is first needed; from then on finding it is two array lookups. A
//! table never makes more than [`SERIES_MAX`] series: beyond that, and for names nobody announced,
//! there is one series in which every label is `other`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus::core::{AtomicF64, AtomicU64, Collector, GenericCounter, GenericGauge};
use prometheus::{
    CounterVec, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounterVec, Opts,
};

use super::catalogue::Metric;

/// The most series that one metric may have.
pub const SERIES_MAX: usize = 1_000;
/// What a label says of whatever has no value of its own.
pub(crate) const OTHER: &str = "other";

/// A kind of series.
pub(crate) trait Series: Sized + Clone {
    /// All series of one metric.
    type Family: Collector + Clone + 'static;
    /// The family of that description.
    fn family(metric: &Metric) -> prometheus::Result<Self::Family>;
    /// The series with those label values.
    fn member(family: &Self::Family, values: &[&str]) -> prometheus::Result<Self>;
}

fn opts(metric: &Metric) -> Opts {
    Opts::new(metric.name, metric.help)
}

macro_rules! series {
    ($series:ty, $family:ty, |$metric:ident| $make:expr) => {
        impl Series for $series {
            type Family = $family;
            fn family($metric: &Metric) -> prometheus::Result<Self::Family> {
                <$family>::new($make, &$metric.label_names())
            }
            fn member(family: &Self::Family, values: &[&str]) -> prometheus::Result<Self> {
                family.get_metric_with_label_values(values)
            }
        }
    };
}

/// Whole things, counted.
pub(crate) type Count = GenericCounter<AtomicU64>;
/// Amounts, summed up.
pub(crate) type Sum = GenericCounter<AtomicF64>;
/// What is now.
pub(crate) type Level = GenericGauge<AtomicF64>;
/// How long things take.
pub(crate) type Spread = Histogram;

series!(Count, IntCounterVec, |metric| opts(metric));
series!(Sum, CounterVec, |metric| opts(metric));
series!(Level, GaugeVec, |metric| opts(metric));
series!(Spread, HistogramVec, |metric| HistogramOpts::from(opts(metric))
    .buckets(metric.buckets.to_vec()));

/// A value of a label: its place in its set, and its text, which is only asked for once.
pub(crate) trait Label {
    fn place(&self) -> Option<usize>;
    fn text(&self) -> String;
}

/// A metric without labels.
pub(crate) fn single<S: Series>(
    metric: &Metric,
    registry: &prometheus::Registry,
) -> prometheus::Result<S> {
    let family = S::family(metric)?;
    registry.register(Box::new(family.clone()))?;
    S::member(&family, &[])
}

/// The table.
pub(crate) struct Grid<S: Series, const N: usize> {
    family: S::Family,
    sizes: [usize; N],
    slots: Box<[OnceLock<S>]>,
    made: AtomicUsize,
    other: OnceLock<S>,
    /// Of a family that nobody sees; stands in where a series cannot be made.
    unseen: S,
}

impl<S: Series, const N: usize> Grid<S, N> {
    pub(crate) fn new(
        metric: &Metric,
        sizes: [usize; N],
        registry: &prometheus::Registry,
    ) -> prometheus::Result<Self> {
        let family = S::family(metric)?;
        registry.register(Box::new(family.clone()))?;
        Ok(Self {
            family,
            sizes,
            slots: (0..sizes.iter().product::<usize>()).map(|_| OnceLock::new()).collect(),
            made: AtomicUsize::new(0),
            other: OnceLock::new(),
            unseen: S::member(&S::family(metric)?, &[OTHER; N])?,
        })
    }

    /// The series of those label values, or the one for all that have none of their own.
    pub(crate) fn get(&self, labels: [&dyn Label; N]) -> &S {
        self.own(labels).unwrap_or_else(|| self.overflow())
    }

    /// The series of those label values, as long as the bound allows one.
    pub(crate) fn own(&self, labels: [&dyn Label; N]) -> Option<&S> {
        let slot = self.slot(labels)?;
        if let Some(series) = slot.get() {
            return Some(series);
        }
        // Two threads that make the same one at the same time count it twice; the bound still
        // holds.
        if self.made.fetch_add(1, Ordering::Relaxed) >= SERIES_MAX - 1 {
            self.made.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let texts = labels.map(Label::text);
        Some(slot.get_or_init(|| self.member(&texts.each_ref().map(String::as_str))))
    }

    fn slot(&self, labels: [&dyn Label; N]) -> Option<&OnceLock<S>> {
        let mut at = 0;
        for (label, size) in labels.iter().zip(self.sizes) {
            at = at * size + label.place().filter(|place| *place < size)?;
        }
        self.slots.get(at)
    }

    fn overflow(&self) -> &S {
        self.other.get_or_init(|| self.member(&[OTHER; N]))
    }

    fn member(&self, values: &[&str; N]) -> S {
        S::member(&self.family, values).unwrap_or_else(|_| self.unseen.clone())
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{Registry, TextEncoder};

    use super::super::catalogue::{Kind, Values};
    use super::*;

    const METRIC: Metric = Metric {
        name: "njord_test_total",
        kind: Kind::Counter,
        labels: &[("a", Values::Strategies), ("b", Values::Symbols)],
        help: "A test.",
        buckets: &[],
    };

    struct Numbered(usize);
    impl Label for Numbered {
        fn place(&self) -> Option<usize> {
            Some(self.0)
        }
        fn text(&self) -> String {
            format!("n\"{}\n\\", self.0)
        }
    }

    fn shown(registry: &Registry) -> String {
        TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
    }

    #[test]
    fn grid_series_are_bounded_and_the_rest_is_other() {
        let registry = Registry::new();
        let grid: Grid<Count, 2> = Grid::new(&METRIC, [50, 50], &registry).unwrap();
        for a in 0..50 {
            for b in 0..50 {
                grid.get([&Numbered(a), &Numbered(b)]).inc();
                grid.get([&Numbered(a), &Numbered(b)]).inc();
            }
        }
        grid.get([&Numbered(50), &Numbered(0)]).inc();
        let text = shown(&registry);
        let series: Vec<_> = text.lines().filter(|line| line.starts_with("njord_test")).collect();
        assert_eq!(series.len(), SERIES_MAX);
        let rest = 2 * (2_500 - (SERIES_MAX - 1)) + 1;
        assert!(text.contains(&format!("{{a=\"other\",b=\"other\"}} {rest}\n")), "{text}");
    }

    #[test]
    fn grid_shows_only_what_was_needed_and_escapes_it() {
        let registry = Registry::new();
        let grid: Grid<Count, 2> = Grid::new(&METRIC, [2, 3], &registry).unwrap();
        assert_eq!(shown(&registry), "");
        grid.get([&Numbered(1), &Numbered(2)]).inc_by(7);
        let line = "njord_test_total{a=\"n\\\"1\\n\\\\\",b=\"n\\\"2\\n\\\\\"} 7\n";
        assert!(shown(&registry).ends_with(line), "{}", shown(&registry));
    }
}
