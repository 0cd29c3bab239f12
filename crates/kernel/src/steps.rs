//! Steps from what older builds wrote of the sequencer itself. What they read with stays as it was then.

use contracts::Epoch;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::state::StateError;

/// How many sources and kinds of topics the first version counted.
const SOURCES: usize = 8;
const KINDS: usize = 25;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct First<'a> {
    #[serde(borrow)]
    now: &'a RawValue,
    #[serde(borrow)]
    stamps: Stamps<'a>,
    #[serde(borrow)]
    timers: &'a RawValue,
    #[serde(borrow)]
    machines: Vec<&'a RawValue>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stamps<'a> {
    epoch: Epoch,
    #[serde(borrow)]
    sources: Vec<Counts<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Counts<'a> {
    plain: Vec<u64>,
    #[serde(borrow)]
    by_symbol: &'a RawValue,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    beyond: Option<&'a RawValue>,
}

/// The second version counts one more kind of topics and one more source, both the last: signals, and the programs
/// outside that say them. An older build has heard of none.
pub(crate) fn with_signals(state: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut saved: First<'_> = serde_json::from_slice(state)?;
    let sources = &mut saved.stamps.sources;
    if sources.len() != SOURCES || sources.iter().any(|counts| counts.plain.len() != KINDS) {
        return Err(StateError::Contradiction("it numbers the messages of other sources"));
    }
    let none = serde_json::from_str("{}")?;
    sources.push(Counts { plain: vec![0; KINDS], by_symbol: none, beyond: None });
    for counts in sources {
        counts.plain.push(0);
    }
    Ok(serde_json::to_vec(&saved)?)
}

#[cfg(test)]
mod tests {
    use contracts::testing::symbol;
    use contracts::{Seq, Source, Topic};

    use super::*;
    use crate::stamps;

    fn first(sources: usize, kinds: usize) -> String {
        let plain = vec!["0"; kinds - 1].join(",");
        let counts = format!(
            r#"{{"plain":[7,{plain}],"by_symbol":{{"BTC/USD":[1,2,3,4,5,6,7,8,9,10,11,12]}}}}"#
        );
        let sources = vec![counts; sources].join(",");
        format!(
            r#"{{"now":"5","stamps":{{"epoch":3,"sources":[{sources}]}},"timers":[],"machines":[{{"b":1,"a":2}}]}}"#
        )
    }

    #[test]
    fn step_counts_go_on_and_those_of_signals_begin() {
        let raised = with_signals(first(SOURCES, KINDS).as_bytes()).unwrap();
        let raised: First<'_> = serde_json::from_slice(&raised).unwrap();
        assert_eq!(raised.machines[0].get(), r#"{"b":1,"a":2}"#, "as it was written");
        let stamps = serde_json::to_string(&raised.stamps).unwrap();
        let mut stamps: stamps::Stamps = serde_json::from_str(&stamps).unwrap();
        assert!(stamps.are_of_this_build());
        let ticker = Topic::Ticker(symbol("BTC/USD"));
        assert_eq!(stamps.next(Source::Protector, &ticker), (Epoch(3), Seq::new(4)));
        for source in [Source::External, Source::Protector] {
            assert_eq!(stamps.next(source, &Topic::Signal).1, Seq::new(1));
        }
    }

    #[test]
    fn step_refuses_what_the_first_version_never_wrote() {
        for (sources, kinds) in [(SOURCES, KINDS + 1), (SOURCES + 1, KINDS), (SOURCES - 1, KINDS)] {
            let why = with_signals(first(sources, kinds).as_bytes()).unwrap_err();
            assert!(matches!(why, StateError::Contradiction(_)), "{why}");
        }
    }
}
