//! The codec from outside: what is written is canonical, what is read is checked, and no bytes
//! whatever make it panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the way tests do"
)]

mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contracts::codec::{self, MESSAGE_BYTES_MAX, Unreadable};
use contracts::testing::{asset, qty, strategy, symbol};
use contracts::{
    Corr, DecodeFault, Envelope, Epoch, Event, ExecutionId, Fill, IntentSeq, Liquidity, Money,
    Origin, Price, Qty, Seal, Seq, Side, Source, Ts, VenueRef,
};
use proptest::prelude::*;
use samples::{id, samples};
use serde_json::Value;

/// A message in full, as it stands on the wire.
const FILL_LINE: &str = concat!(
    r#"{"v":1,"src":"execution-gateway","epoch":3,"topic":"fills.new","seq":"41","#,
    r#""ts":"1795219200000000041","rx":"1795219200000000041","#,
    r#""cause":{"src":"venue","epoch":1,"topic":"venue.report","seq":"40"},"#,
    r#""corr":{"strategy":"ema_cross","origin":"strategy","intent":"5"},"type":"fill","#,
    r#""body":{"id":"0000000000000001000000000000a91c","exec":"T1000","symbol":"BTC/USD","#,
    r#""qty":"0.004","price":"61207.3","fee":"0.6366","fee_asset":"USD","at":"9000000000","#,
    r#""side":"buy","liquidity":"taker"}}"#
);

#[track_caller]
fn check_reads(line: &str, expected: &str) {
    let read = codec::read(line.as_bytes()).expect(line);
    assert_eq!(codec::to_line(&read), expected);
}

#[track_caller]
fn check_refused(line: &str, expected: DecodeFault) {
    match codec::read(line.as_bytes()) {
        Err(Unreadable { fault, detail }) => {
            assert_eq!(fault, expected, "{line}: {detail}");
            assert!(!detail.is_empty());
        }
        Ok(read) => panic!("{line} was read as {read:?}"),
    }
}

fn replaced(line: &str, from: &str, to: &str) -> String {
    assert!(line.contains(from), "{from} is not in {line}");
    line.replacen(from, to, 1)
}

#[test]
fn samples_every_type_of_event_has_one() {
    let sampled: BTreeSet<_> = samples().iter().map(|sample| sample.event.name()).collect();
    let missing: Vec<_> =
        Event::NAMES.iter().filter(|name| !sampled.contains(*name)).copied().collect();
    assert!(missing.is_empty(), "add a sample to tests/samples for {missing:?}");
}

#[test]
fn codec_every_sample_round_trips_byte_equal() {
    for sample in samples() {
        let line = codec::to_line(&sample);
        let read = codec::read(line.as_bytes()).expect(&line);
        assert_eq!(read, sample);
        assert_eq!(codec::to_line(&read), line);
        assert!(line.len() < 1_024, "longer than the codec promises: {line}");
    }
}

#[test]
fn codec_canonical_lines_are_those_of_the_golden_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden = fs::read_to_string(folder.join("messages.jsonl")).unwrap_or_default();
    let written: String = samples().iter().map(|sample| codec::to_line(sample) + "\n").collect();
    if golden != written {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.jsonl");
        fs::write(&fresh, &written).unwrap();
        let (old, new) = golden
            .lines()
            .zip(written.lines())
            .find(|(old, new)| old != new)
            .unwrap_or(("fewer or more lines", ""));
        panic!(
            "the wire format changed:\n kept  {old}\n now   {new}\n\
             if that is meant: cp {} {}",
            fresh.display(),
            folder.display()
        );
    }
}

/// Lines as earlier builds wrote them, kept whenever the form of a message grows.
#[test]
fn codec_reads_what_earlier_builds_wrote() {
    let former = include_str!("golden/former.jsonl");
    for line in former.lines() {
        let read = codec::read(line.as_bytes()).unwrap_or_else(|no| panic!("{no}: {line}"));
        match read.event {
            // Nobody acts on a guard or a head without a seal, and a price without a time is old.
            Event::Head(head) => assert_eq!(head.seal, Seal::NONE),
            Event::ProtectApproved(approval) => assert_eq!(approval.seal, Seal::NONE),
            Event::Mark(mark) => assert_eq!((mark.quoted, mark.traded), (Ts::ZERO, Ts::ZERO)),
            _ => {}
        }
    }
    assert_ne!(former, "");
}

#[test]
fn codec_fill_reads_as_people_read_it() {
    let read = codec::read(FILL_LINE.as_bytes()).unwrap();
    assert_eq!(
        (read.src, read.epoch, read.seq),
        (Source::ExecutionGateway, Epoch(3), Seq::new(41))
    );
    let Event::Fill(fill) = read.event else { panic!("not a fill: {read:?}") };
    assert_eq!((fill.qty, fill.fee_asset), (qty("0.004"), asset("USD")));
    check_reads(FILL_LINE, FILL_LINE);
}

#[test]
fn codec_correlation_survives_whole() {
    let corr = Corr {
        strategy: strategy("market_maker"),
        origin: Origin::Protector,
        intent: IntentSeq::new(u64::MAX),
        parent: Some(id(7)),
        execution: ExecutionId::new(3),
        slice: u32::MAX,
    };
    for sample in samples() {
        let said = sample.with_corr(corr);
        let read = codec::read(codec::to_line(&said).as_bytes()).unwrap();
        assert_eq!(read.corr, Some(corr));
    }
    let line = codec::to_line(&samples()[0].with_corr(corr));
    let expected = concat!(
        r#""corr":{"strategy":"market_maker","origin":"protector","intent":"18446744073709551615","#,
        r#""parent":"0000000000000007000000000000a91c","execution":"3","slice":4294967295}"#
    );
    assert!(line.contains(expected), "{line}");
}

#[test]
fn codec_unknown_fields_are_ignored_at_every_depth() {
    for (from, to) in [
        (r#"{"v":1,"#, r#"{"v":1,"later":{"a":[1.5,null]},"#),
        (r#""corr":{"#, r#""corr":{"desk":"eu","#),
        (r#""cause":{"#, r#""cause":{"why":[],"#),
        (r#""body":{"#, r#""body":{"tip":1e99,"#),
        (r#""liquidity":"taker"}}"#, r#""liquidity":"taker","x":"\u0000"},"z":{}}"#),
        (r#","body":{"#, r#" , "body" : { "#),
    ] {
        check_reads(&replaced(FILL_LINE, from, to), FILL_LINE);
    }
}

#[test]
fn codec_key_order_of_the_sender_does_not_matter() {
    let (front, body) = FILL_LINE.split_once(r#","body":"#).unwrap();
    let body = body.strip_suffix('}').unwrap();
    check_reads(&format!(r#"{{"body":{body},{}}}"#, &front[1..]), FILL_LINE);
}

#[test]
fn codec_unknown_version_is_told_from_a_broken_message() {
    for version in ["0", "2", "255", "18446744073709551615"] {
        let line = replaced(FILL_LINE, r#""v":1"#, &format!(r#""v":{version}"#));
        check_refused(&line, DecodeFault::UnknownVersion);
        check_refused(&format!(r#"{{"v":{version}}}"#), DecodeFault::UnknownVersion);
    }
    for version in ["-1", "1.0", "1e0", r#""1""#, "null", "true", "18446744073709551616"] {
        check_refused(
            &replaced(FILL_LINE, r#""v":1"#, &format!(r#""v":{version}"#)),
            DecodeFault::Field,
        );
    }
    check_refused("{}", DecodeFault::Field);
}

#[test]
fn codec_unknown_type_and_wrong_topic_are_named() {
    for name in ["fills", "Fill", "", "njord"] {
        let line = replaced(FILL_LINE, r#""type":"fill""#, &format!(r#""type":"{name}""#));
        check_refused(&line, DecodeFault::UnknownType);
    }
    for topic in ["orders.update", "md.trades.BTC-USD"] {
        let line = replaced(FILL_LINE, r#""topic":"fills.new""#, &format!(r#""topic":"{topic}""#));
        check_refused(&line, DecodeFault::WrongTopic);
    }
    let trade = codec::to_line(&samples()[1]);
    check_refused(
        &replaced(&trade, "md.trades.BTC-USD", "md.trades.ETH-USD"),
        DecodeFault::WrongTopic,
    );
    check_refused(&replaced(FILL_LINE, "fills.new", "fills.old"), DecodeFault::Field);
}

#[test]
fn codec_not_json_and_over_long_are_refused() {
    for text in
        ["", " ", "null", "njord", "{", "}", r#"{"v":1"#, "{\"v\":1}\n{\"v\":1}", "\u{feff}{}"]
    {
        assert!(codec::read(text.as_bytes()).is_err(), "{text:?}");
    }
    for bytes in [&b"\xff\xfe{}"[..], b"\0", b"{\"v\":1,\"src\":\"\x80\"}"] {
        assert_eq!(codec::read(bytes).unwrap_err().fault, DecodeFault::NotJson);
    }
    let padded = |length: usize| format!("{FILL_LINE}{}", " ".repeat(length - FILL_LINE.len()));
    check_reads(&padded(MESSAGE_BYTES_MAX), FILL_LINE);
    check_refused(&padded(MESSAGE_BYTES_MAX + 1), DecodeFault::NotJson);
}

#[test]
fn codec_values_without_names_are_refused() {
    let body = FILL_LINE.split_once(r#""body":"#).unwrap().1.strip_suffix('}').unwrap();
    let values = |object: &str| {
        let fields: Value = serde_json::from_str(object).unwrap();
        let order = ["id", "exec", "symbol", "qty", "price", "fee", "fee_asset", "at", "side"];
        let mut values: Vec<_> = order.iter().map(|name| fields[*name].to_string()).collect();
        values.push(fields["liquidity"].to_string());
        format!("[{}]", values.join(","))
    };
    check_refused(&replaced(FILL_LINE, body, &values(body)), DecodeFault::Field);
    let positional =
        format!(r#"[1,"execution-gateway",3,"fills.new","41","5","5",null,null,"fill",{body}]"#);
    check_refused(&positional, DecodeFault::Field);
}

#[test]
fn codec_deep_nesting_does_not_exhaust_the_stack() {
    let deep = "[".repeat(MESSAGE_BYTES_MAX / 2 - 1_000);
    let closed = format!("{deep}{}", "]".repeat(deep.len()));
    for nested in [deep, closed] {
        for hostile in [
            nested.clone(),
            replaced(FILL_LINE, r#""body":{"#, &format!(r#""body":{nested},"b":{{"#)),
            replaced(FILL_LINE, r#""body":{"#, &format!(r#""body":{{"deep":{nested},"#)),
            replaced(FILL_LINE, r#""v":1"#, &format!(r#""deep":{nested},"v":1"#)),
        ] {
            let _ = codec::read(hostile.as_bytes());
        }
    }
}

#[test]
fn codec_missing_or_doubled_field_of_the_envelope_is_refused() {
    let Value::Object(whole) = serde_json::from_str(FILL_LINE).unwrap() else { unreachable!() };
    for key in whole.keys() {
        let mut part = whole.clone();
        part.remove(key);
        let read = codec::read(Value::Object(part).to_string().as_bytes());
        let optional = ["cause", "corr"].contains(&key.as_str());
        assert_eq!(read.is_ok(), optional, "without {key}");
    }
    for twice in [r#""seq":"41","#, r#""type":"fill","#] {
        let line = replaced(FILL_LINE, twice, &twice.repeat(2));
        check_refused(&line, DecodeFault::Field);
    }
}

/// Visits every value of a message that holds no others, with the path to it.
fn leaves<'a>(value: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                leaves(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(_) => panic!("{path} is a list; messages have none"),
        leaf => found.push((path.to_owned(), leaf)),
    }
}

#[test]
fn codec_writes_no_float_no_null_and_no_large_number() {
    for sample in samples() {
        let value: Value = serde_json::from_str(&codec::to_line(&sample)).unwrap();
        let mut found = Vec::new();
        leaves(&value, "", &mut found);
        for (path, leaf) in found {
            match leaf {
                Value::Null => panic!("{path} is null"),
                Value::Number(number) => {
                    let number = number.as_i64().expect("a whole number");
                    let exact_everywhere = i64::from(i32::MIN)..=i64::from(u32::MAX);
                    assert!(exact_everywhere.contains(&number), "{path} is {number}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn codec_no_field_takes_a_float() {
    for sample in samples() {
        let value: Value = serde_json::from_str(&codec::to_line(&sample)).unwrap();
        let mut found = Vec::new();
        leaves(&value, "", &mut found);
        for (path, _) in found {
            for float in ["1.5", "1.0", "1e0", "-0.0", "1e400"] {
                let marked = with_leaf(&value, &path, "\u{1}mark");
                let line = marked.replacen(r#""\u0001mark""#, float, 1);
                let fault = codec::read(line.as_bytes()).map_err(|unreadable| unreadable.fault);
                assert!(
                    matches!(fault, Err(DecodeFault::Field | DecodeFault::NotJson)),
                    "{path} = {float} gave {fault:?}"
                );
            }
        }
    }
}

fn with_leaf(value: &Value, path: &str, text: &str) -> String {
    let mut changed = value.clone();
    *changed.pointer_mut(path).expect("the path was just found") = Value::String(text.to_owned());
    changed.to_string()
}

#[test]
fn codec_null_reads_as_absent_and_is_written_as_absent() {
    let without = FILL_LINE.replacen(
        r#""cause":{"src":"venue","epoch":1,"topic":"venue.report","seq":"40"},"#,
        "",
        1,
    );
    check_reads(&replaced(&without, r#""corr":"#, r#""cause":null,"corr":"#), &without);
    check_refused(&replaced(FILL_LINE, r#""qty":"0.004""#, r#""qty":null"#), DecodeFault::Field);
}

#[test]
fn codec_amounts_out_of_range_are_refused() {
    for (from, to) in [
        (r#""price":"61207.3""#, r#""price":"0""#),
        (r#""price":"61207.3""#, r#""price":"-1""#),
        (r#""price":"61207.3""#, r#""price":"1e5""#),
        (r#""price":"61207.3""#, r#""price":"NaN""#),
        (r#""price":"61207.3""#, r#""price":"0.0000000000001""#),
        (r#""price":"61207.3""#, r#""price":"170141183460469231731687303.715884105728""#),
        (r#""qty":"0.004""#, r#""qty":"-0.004""#),
        (r#""seq":"41""#, r#""seq":"18446744073709551616""#),
        (r#""seq":"41""#, r#""seq":"-1""#),
        (r#""seq":"41""#, r#""seq":41"#),
        (r#""ts":"1795219200000000041""#, r#""ts":"9223372036854775808""#),
        (r#""ts":"1795219200000000041""#, r#""ts":"-1""#),
        (r#""epoch":3"#, r#""epoch":4294967296"#),
        (r#""epoch":3"#, r#""epoch":-1"#),
        (r#""side":"buy""#, r#""side":"BUY""#),
        (r#""strategy":"ema_cross""#, r#""strategy":"../../etc/passwd""#),
    ] {
        check_refused(&replaced(FILL_LINE, from, to), DecodeFault::Field);
    }
}

fn any_fill() -> impl Strategy<Value = Fill> {
    let amounts = (1_u128..=i128::MAX as u128, 0_u128..=i128::MAX as u128, any::<i128>());
    (amounts, "[0-9A-Z._-]{1,24}", 0..=i64::MAX, any::<bool>(), 1_u128..).prop_map(
        |((price, size, fee), exec, at, taker, id)| Fill {
            id: contracts::OrderId::from_bits(id).unwrap(),
            exec: VenueRef::new(&exec).unwrap(),
            symbol: symbol("BTC/USD"),
            qty: Qty::from_pico(size).unwrap(),
            price: Price::from_pico(price).unwrap(),
            fee: Money::from_yocto(fee),
            fee_asset: asset("USD"),
            at: Ts::from_nanos(at),
            side: if taker { Side::Buy } else { Side::Sell },
            liquidity: if taker { Liquidity::Taker } else { Liquidity::Maker },
        },
    )
}

/// One way in which a line may be damaged on its way.
#[derive(Clone, Debug)]
enum Damage {
    Flip { at: prop::sample::Index, bits: u8 },
    Cut { at: prop::sample::Index },
    Remove { at: prop::sample::Index, length: usize },
    Insert { at: prop::sample::Index, text: String },
    Repeat { at: prop::sample::Index, length: usize },
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 1_u8..).prop_map(|(at, bits)| Damage::Flip { at, bits }),
        at().prop_map(|at| Damage::Cut { at }),
        (at(), 1_usize..20).prop_map(|(at, length)| Damage::Remove { at, length }),
        (at(), r#"[\[\]{},:"\\0-9eE.+\-a-z]{1,12}"#)
            .prop_map(|(at, text)| Damage::Insert { at, text }),
        (at(), 1_usize..200).prop_map(|(at, length)| Damage::Repeat { at, length }),
    ]
}

fn damaged(mut line: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if line.is_empty() {
            break;
        }
        let end = |start: usize, length: usize, line: &[u8]| (start + length).min(line.len());
        match damage {
            Damage::Flip { at, bits } => {
                let index = at.index(line.len());
                line[index] ^= bits;
            }
            Damage::Cut { at } => line.truncate(at.index(line.len())),
            Damage::Remove { at, length } => {
                let start = at.index(line.len());
                drop(line.drain(start..end(start, *length, &line)));
            }
            Damage::Insert { at, text } => {
                let start = at.index(line.len());
                line.splice(start..start, text.bytes());
            }
            Damage::Repeat { at, length } => {
                let start = at.index(line.len());
                let part = line[start..end(start, *length, &line)].to_vec();
                line.splice(start..start, part);
            }
        }
    }
    line
}

/// Whatever was read is a message like any other: written again, it reads the same.
fn check_hostile(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(read) = codec::read(bytes) {
        let line = codec::to_line(&read);
        let again: Envelope = codec::read(line.as_bytes()).expect("our own line");
        prop_assert_eq!(again, read);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn codec_any_fill_round_trips(fill in any_fill(), seq in any::<u64>(), epoch in any::<u32>()) {
        let said = Envelope::input(Source::ExecutionGateway, fill.at, Event::Fill(fill));
        let said = Envelope { seq: Seq::new(seq), epoch: Epoch(epoch), ..said };
        let line = codec::to_line(&said);
        prop_assert_eq!(codec::read(line.as_bytes()).expect(&line), said);
    }

    #[test]
    fn codec_random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_hostile(&bytes)?;
    }

    #[test]
    fn codec_damaged_lines_never_panic(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(any_damage(), 1..4),
    ) {
        let samples = samples();
        let line = codec::to_line(&samples[which.index(samples.len())]);
        check_hostile(&damaged(line.into_bytes(), &damages))?;
    }

    #[test]
    fn codec_torn_line_is_refused(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        let samples = samples();
        let line = codec::to_line(&samples[which.index(samples.len())]);
        let torn = &line.as_bytes()[..at.index(line.len())];
        prop_assert!(codec::read(torn).is_err());
    }
}
