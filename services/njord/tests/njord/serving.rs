//! What a running system shows and is told over HTTP: hostile callers over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use board::Status;
use contracts::testing::{net, secs, strategy, symbol};
use contracts::{
    ClearKill, Corr, Envelope, Event, IntentSeq, KillLevel, KillTrigger, Label, Origin, RunId,
    Signal, Source, Span, StrategyControl, StrategyRun, Trip,
};
use kernel::Tap as _;
use njord::contracts;
use njord::serving::clearing_message;
use runtime::{ManualClock, Offered, Outlet as _};
use serde_json::{Value, json};
use settings::KeyFolder;

use crate::rig::Desk;
use crate::up::{Answer, Up, ema, tripped, until, up, up_in};

#[test]
fn everything_that_can_be_asked_is_answered_in_json() {
    up(|up| {
        let status: Status = serde_json::from_str(&up.get("/api/status").body).unwrap();
        assert_eq!((status.at, status.about.session), (secs(100), RunId::new(7)));
        for path in ["orders", "positions", "fills", "refusals"] {
            let list = up.get(&format!("/api/{path}"));
            assert_eq!(
                (list.code, list.json()),
                (200, json!({ "shown": [], "more": 0 })),
                "{path}"
            );
            assert!(list.head.contains("cache-control: no-store"), "{}", list.head);
            assert!(!list.head.contains("access-control"), "{}", list.head);
        }
        let balance = up.get("/api/balance").json();
        assert_eq!(balance["strategies"][0]["cash"], "1000");
        assert_eq!(up.get("/api/why/xyz").code, 400);
        assert_eq!(up.get("/api/why/a91c").json()["not_found"]["kind"], "none");
        let last = up.get("/api/why/last-refused").json();
        assert_eq!(last["not_found"]["kind"], "nothing_refused");
        assert_eq!(up.get("/elsewhere").code, 404);
    });
}

#[test]
fn page_runs_nothing_but_its_own_script_and_has_another_word_each_time() {
    up(|up| {
        let (one, two) = (up.get("/"), up.get("/"));
        let word = |answer: &Answer| {
            let (_, rest) = answer.head.split_once("script-src 'nonce-").unwrap();
            rest.split_once('\'').unwrap().0.to_owned()
        };
        assert!(one.head.contains("default-src 'none'") && one.head.contains("frame-ancestors"));
        assert!(one.body.contains(&format!("<script nonce=\"{}\">", word(&one))));
        assert_ne!(word(&one), word(&two));
        assert!(!one.body.contains(&up.token));
    });
}

#[test]
fn controls_become_inputs_at_the_doors() {
    up(|up| {
        let control = |strategy, run| {
            let corr = Corr::new(strategy, Origin::Operator, IntentSeq::new(0));
            let event = Event::StrategyControl(StrategyControl { run });
            Envelope::input(Source::Operator, secs(100), event).with_corr(corr)
        };
        assert_eq!(up.tell(&json!({ "do": "pause", "strategy": "ema_cross" })).code, 200);
        assert_eq!(up.came(), [control(ema(), StrategyRun::Paused)]);
        assert_eq!(up.tell(&json!({ "do": "resume" })).code, 200);
        let both = [ema(), strategy("market_maker")].map(|id| control(id, StrategyRun::Running));
        assert_eq!(up.came(), both);
        let trip = |level| {
            let event = Event::Trip(Trip { level, trigger: KillTrigger::Command });
            vec![Envelope::input(Source::Operator, secs(100), event)]
        };
        assert_eq!(up.tell(&json!({ "do": "trip", "level": "entries" })).code, 200);
        assert_eq!(up.came(), trip(KillLevel::Entries));
        assert_eq!(up.tell(&json!({ "do": "flatten" })).code, 200);
        assert_eq!(up.came(), trip(KillLevel::Flatten));
    });
}

#[test]
fn signals_become_inputs_of_programs_outside() {
    up(|up| {
        let signal = |expires: &str| {
            json!({
                "do": "signal", "strategy": "ema_cross", "symbol": "BTC/USD", "target": "0.004",
                "expires": expires,
            })
        };
        assert_eq!(up.tell(&signal("100000000001")).code, 200);
        let wanted = Signal {
            strategy: ema(),
            symbol: symbol("BTC/USD"),
            target: net("0.004"),
            limit: None,
            expires: secs(100) + Span::from_nanos(1),
            why: Label::NONE,
        };
        let input = Envelope::input(Source::External, secs(100), Event::Signal(wanted));
        assert_eq!(up.came(), [input]);
        // It has expired; nobody is called so; an amount is no number.
        assert_eq!(up.tell(&signal("100000000000")).code, 409);
        for (field, value, code) in
            [("strategy", json!("nobody"), 404), ("target", json!(0.004), 400)]
        {
            let mut wrong = signal("100000000001");
            wrong[field] = value;
            assert_eq!(up.tell(&wrong).code, code, "{wrong}");
        }
        assert_eq!(up.came(), []);
    });
}

#[test]
fn controls_that_mean_nothing_are_refused_with_what_to_try() {
    up(|up| {
        let nobody = up.tell(&json!({ "do": "pause", "strategy": "nobody" }));
        assert_eq!(
            (nobody.code, nobody.json()["error"]["try"].as_str()),
            (404, Some("ema_cross, market_maker"))
        );
        for body in [
            "",
            "{",
            "null",
            "[]",
            r#"{"do":"explode"}"#,
            r#"{"do":"trip"}"#,
            r#"{"do":"trip","level":"all"}"#,
            r#"{"do":"pause","strategy":"ema_cross","more":1}"#,
            r#"{"do":"clear"}"#,
            "\u{0}\u{1}",
        ] {
            let refused = up.post(body, &[]);
            assert_eq!(refused.code, 400, "{body}");
            assert!(!refused.json()["error"]["try"].as_str().unwrap().is_empty());
        }
        let deep = "[".repeat(2_000);
        assert_eq!(up.post(&deep, &[]).code, 400);
        assert_eq!(up.post(&"x".repeat(5_000), &[]).code, 413);
        assert_eq!(up.came(), []);
    });
}

#[test]
fn callers_without_token_or_from_elsewhere_tell_nothing() {
    up(|up| {
        let body = r#"{"do":"trip","level":"flatten"}"#;
        let almost = format!("Bearer {}0", &up.token[1..]);
        for (others, code) in [
            (&[("authorization", "")][..], 401),
            (&[("authorization", "Bearer ")], 401),
            (&[("authorization", up.token.as_str())], 401),
            (&[("authorization", almost.as_str())], 401),
            (&[("authorization", "Basic YTpi")], 401),
            (&[("host", "evil.example")], 421),
            (&[("host", "127.0.0.1.evil.example:7800")], 421),
            (&[("origin", "http://evil.example")], 403),
            (&[("origin", "null")], 403),
            (&[("content-type", "text/plain")], 415),
        ] {
            let refused = up.post(body, others);
            assert_eq!(refused.code, code, "{others:?}");
            assert!(refused.json()["error"]["try"].is_string(), "{others:?}");
            assert!(!refused.body.contains(&up.token) && !refused.head.contains("access-control"));
        }
        let own = format!("http://{}", up.address);
        assert_eq!(up.post(body, &[("origin", &own)]).code, 200);
        assert_eq!(up.came().len(), 1);
        // What shows, too, is shown to this machine under its own name only.
        let foreign = "GET /api/status HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
        assert_eq!(up.raw(foreign.as_bytes()).code, 421);
        let asked = format!(
            "GET /api/control HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            up.address
        );
        let only_told = up.raw(asked.as_bytes());
        assert_eq!((only_told.code, only_told.head.contains("allow: post")), (405, true));
        assert!(only_told.json()["error"]["try"].as_str().unwrap().contains("/api/status"));
    });
}

#[test]
fn huge_body_without_token_is_not_even_read() {
    up(|up| {
        let head = format!(
            "POST /api/control HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: 99999999999\r\n\r\n",
            up.address
        );
        assert_eq!(up.raw(head.as_bytes()).code, 401);
    });
}

#[test]
fn clearing_takes_the_operators_signature_over_a_question_once() {
    up(|up| {
        let key = KeyFolder::at(up.home.path("var/keys")).operator().unwrap();
        let ask = || {
            up.tell(&json!({ "do": "ask_clear" })).json()["question"].as_str().unwrap().to_owned()
        };
        let signed = |session, question: &str, at| {
            let signature = key.sign(&clearing_message(RunId::new(session), question, at));
            json!({ "do": "clear", "question": question, "at": at, "signature": signature })
        };
        for (session, at, code) in [(8, secs(100), 403), (7, secs(10), 409), (7, secs(300), 409)] {
            assert_eq!(up.tell(&signed(session, &ask(), at)).code, code);
        }
        let question = ask();
        let mut forged = signed(7, &question, secs(100));
        forged["signature"] = Value::from("00".repeat(64));
        assert_eq!(up.tell(&forged).code, 403);
        // A question that was answered wrongly is answered.
        assert_eq!(up.tell(&signed(7, &question, secs(100))).code, 409);
        assert_eq!(up.came(), []);
        let good = signed(7, &ask(), secs(101));
        assert_eq!(up.tell(&good).code, 200);
        let operator = key.public().fingerprint();
        let clear = Event::ClearKill(ClearKill::by(operator));
        assert_eq!(up.came(), [Envelope::input(Source::Operator, secs(100), clear)]);
        assert_eq!(up.tell(&good).code, 409);
        // The signature alone, without the token, is not enough.
        let other = signed(7, &ask(), secs(100));
        assert_eq!(up.post(&other.to_string(), &[("authorization", "")]).code, 401);
        assert_eq!(up.came(), []);
    });
}

#[test]
fn resuming_under_a_tripped_switch_is_refused_and_names_the_way() {
    up(|up| {
        up.board.hear(&tripped());
        let refused = up.tell(&json!({ "do": "resume" }));
        assert_eq!(
            (refused.code, refused.json()["error"]["try"].as_str()),
            (409, Some("njord kill clear"))
        );
        assert_eq!(up.came(), []);
    });
}

#[test]
fn process_that_goes_down_is_said() {
    up_in(Desk::home(), Offered::Closed, ManualClock::at(secs(100)).handle(), |up| {
        let refused = up.tell(&json!({ "do": "flatten" }));
        assert_eq!(refused.code, 503);
        assert!(refused.json()["error"]["try"].as_str().unwrap().contains("njord kill trip"));
    });
}

#[test]
fn lookers_are_told_what_changes_and_one_that_does_not_read_holds_up_nobody() {
    up(|up| {
        let mut reads = up.looks();
        let _does_not = up.looks();
        let mut outlet = up.board.outlet();
        outlet.carry(&tripped());
        assert_eq!(
            up.get("/api/status").json()["kill"].get("level"),
            None,
            "half a turn was shown"
        );
        outlet.turn_ends();
        until(&mut reads, r#""level":"cancel""#);
        // What comes in from outside is overheard, and shown.
        let corr = Corr::new(ema(), Origin::Operator, IntentSeq::new(0));
        let pause = Event::StrategyControl(StrategyControl { run: StrategyRun::Paused });
        let pause = Envelope::input(Source::Operator, secs(100), pause).with_corr(corr);
        up.board.ear().input(&pause);
        until(&mut reads, r#""run":"paused""#);
        assert_eq!(up.get("/api/status").code, 200);
    });
}

#[test]
fn too_many_lookers_are_told_so_and_a_place_that_is_left_is_free() {
    up(|up| {
        let mut lookers: Vec<TcpStream> = (0..16).map(|_| up.looks()).collect();
        let refused = up.get("/events");
        assert_eq!(refused.code, 503);
        assert!(refused.body.contains("close one"), "{}", refused.body);
        assert_eq!(up.get("/api/status").code, 200);
        lookers.pop().unwrap().shutdown(Shutdown::Both).unwrap();
        // The next thing that is written to it finds nobody there.
        let again = |up: &Up| {
            let mut stream = up.connect();
            let head = format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", up.address);
            stream.write_all(head.as_bytes()).unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).unwrap();
            first == *b"HTTP/1.1 200"
        };
        assert!((0..10_000).any(|_| again(up)));
    });
}
