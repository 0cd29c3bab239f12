//! The page in a real browser, served by a real process: what somebody who looks at it sees and can do.
//!
//! Pictures of what was seen lie in `tmp/page` of the target folder.

mod chromium;
mod page;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::rig::{Desk, repository};
use crate::running::Running;
use chromium::Chromium;
use page::{DESK, PHONE};

/// A system with enough going on, and the address of its page.
fn up(desk: &Desk, port: &str) -> (Running, String) {
    let demo = repository().join("services/njord/src/commands/demo/demo.toml");
    let line =
        format!("up -q --config {} --set run.venue=inside --set ports.up={port}", demo.display());
    let running = Running::begin(desk, &line, "page ");
    let address = running.said.split_whitespace().last().unwrap().to_owned();
    (running, address)
}

/// The digits behind the last colon of an address.
fn port(address: &str) -> &str {
    address.trim_end_matches('/').rsplit(':').next().unwrap()
}

#[test]
fn page_moves_by_itself_fits_desk_and_phone_and_is_read_in_light_and_dark() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let mut browser = Chromium::start();
    browser.on(DESK, "light");
    browser.open(&address);
    browser.eval("window.untouched = true");
    browser.sees("an order that was filled", "document.querySelector('#fills tbody tr') !== null");
    let facts = browser.text("#facts");
    let moved = format!("at('facts').innerText !== {}", serde_json::json!(facts));
    browser.sees("other figures than at first", &moved);
    for screen in [DESK, PHONE] {
        for scheme in ["light", "dark"] {
            browser.on(screen, scheme);
            browser.fits(screen);
            browser.picture(&format!("{}-{scheme}", screen.name));
        }
    }
    assert_eq!(browser.eval("window.untouched"), true, "the page was loaded anew");
    browser.is_clean(&address);
    browser.shows_much();
    for screen in [DESK, PHONE] {
        browser.on(screen, "light");
        browser.picture(&format!("{}-much", screen.name));
        browser.fits(screen);
    }
    browser.is_clean(&address);
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

/// Counts what is put into the page and taken out of it, and what is said aloud, from now on.
const COUNTS: &str = r#"{
  window.moved = { nodes: 0, aloud: 0 };
  const all = (of, more) => new MutationObserver((seen) => seen.forEach(more)).observe(of, { childList: true, subtree: true, characterData: true });
  all(at("all"), (it) => { moved.nodes += it.addedNodes.length + it.removedNodes.length; });
  for (const id of ["gate", "line"]) all(at(id), () => { moved.aloud += 1; });
}"#;

/// A later second of the same system, in which one price and one order more are new.
const LATER: &str = r#"{
  const board = structuredClone(last), s = board.status;
  s.at = String(BigInt(s.at) + 1000000000n);
  board.orders.shown.unshift({ ...board.orders.shown[0], id: "ffff" });
  board.positions.shown[0].price = "101487.66";
  latest(board);
  line();
}"#;

#[test]
fn page_changes_only_what_has_changed_and_leaves_the_rest_alone_with_what_is_selected_there() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let mut browser = Chromium::start();
    browser.on(DESK, "light");
    browser.open(&address);
    browser.eval("window.latest = show");
    browser.shows_much();
    browser.eval(
        "window.row = at('orders').rows[1]; getSelection().selectAllChildren(at('positions').rows[1]);",
    );
    browser.eval("line()");
    browser.eval(COUNTS);
    browser.eval(LATER);
    let moved = browser.eval("moved");
    // The row of the order that is new, and nothing else; nothing is read aloud again.
    assert_eq!(moved["nodes"], 1, "{moved}");
    assert_eq!(moved["aloud"], 0, "{moved}");
    assert_eq!(browser.eval("at('orders').rows[1].innerText.startsWith('ffff')"), true);
    assert_eq!(browser.eval("at('orders').rows[2] === row"), true);
    assert!(browser.text("#positions").contains("101,487.66"));
    let chosen = browser.eval("getSelection().toString()");
    assert!(chosen.as_str().unwrap().contains("DOGE/USD"), "{chosen}");
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn kill_switch_on_the_page_counts_what_a_list_does_not_show() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let mut browser = Chromium::start();
    browser.on(PHONE, "light");
    browser.open(&address);
    browser.shows_much();
    browser.press("#kill");
    let effect = browser.text("#effect");
    assert!(effect.contains("12 open orders and 13 open positions"), "{effect}");
    browser.fits(PHONE);
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn kill_switch_on_the_page_wants_the_word_and_the_token_and_then_shows_what_it_did() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let token = desk.read("var/control.token").trim().to_owned();
    let wrong = "0".repeat(token.len());
    let mut browser = Chromium::start();
    browser.on(PHONE, "light");
    browser.open(&address);
    assert_eq!(browser.text("#gate"), "gate ARMED");
    browser.press("#kill");
    browser.sees("the question", "at('dialog').open && at('effect').innerText.includes('At once')");
    browser.fits(PHONE);
    browser.picture("phone-asked");
    let can = |browser: &mut Chromium| browser.eval("!at('trip').disabled") == true;
    browser.write("#token", &wrong);
    assert!(!can(&mut browser), "it trips without the word");
    browser.write("#word", "TRI");
    assert!(!can(&mut browser), "it trips at half a word");
    browser.write("#word", "TRIP");
    assert!(can(&mut browser));
    browser.is_clean(&address);
    browser.press("#trip");
    browser.sees("why not", "at('said').innerText.startsWith('Not tripped: ')");
    assert!(
        browser.text("#said").contains("this takes the control token; try: the line in the file")
    );
    browser.fits(PHONE);
    browser.picture("phone-refused");
    assert_eq!(browser.text("#gate"), "gate ARMED");
    browser.write("#token", &token);
    browser.press("#trip");
    browser.sees(
        "that it is tripped",
        "!at('dialog').open && at('gate').innerText === 'gate TRIPPED'",
    );
    assert!(browser.text("#safety").contains("TRIPPED cancel by command"));
    assert!(browser.eval("document.title").as_str().unwrap().starts_with("TRIPPED "));
    for (screen, scheme) in [(PHONE, "light"), (DESK, "dark")] {
        browser.on(screen, scheme);
        browser.fits(screen);
        browser.picture(&format!("{}-tripped", screen.name));
    }
    assert!(!browser.text("body").contains(&token));
    assert_eq!(browser.strangers(&address), [""; 0]);
    assert!(desk.run("status").out.contains("gate TRIPPED"));
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn page_says_when_the_process_is_gone_and_goes_on_with_the_next_one() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let mut browser = Chromium::start();
    browser.on(PHONE, "dark");
    browser.open(&address);
    let lost = "!at('line').hidden && at('line').innerText.startsWith('The line is lost; ')";
    running.signal("-KILL");
    drop(running);
    browser.sees("that the line is lost", lost);
    assert_eq!(browser.text("#gate"), "gate ?");
    browser.fits(PHONE);
    browser.picture("phone-lost");
    let (running, again) = up(&desk, port(&address));
    assert_eq!(again, address);
    browser.sees("that it is back", "at('line').hidden && at('gate').innerText === 'gate ARMED'");
    assert!(browser.text("#about").starts_with("session 1 · up "));
    assert_eq!(browser.strangers(&address), [""; 0]);
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn page_for_which_there_is_no_place_says_so_and_gets_the_first_that_is_free() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let looks = || {
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!("GET /events HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.read_exact(&mut [0; 12]).unwrap();
        stream
    };
    let lookers: Vec<TcpStream> = (0..16).map(|_| looks()).collect();
    let mut browser = Chromium::start();
    browser.ask("Page.navigate", &serde_json::json!({ "url": address }));
    browser.sees("that there is none", "at('line').innerText.startsWith('There is no line')");
    drop(lookers);
    browser.sees("figures", "at('line').hidden && document.querySelector('#books tbody') !== null");
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn page_with_something_wrong_planted_in_it_is_objected_to() {
    let desk = Desk::home();
    let (running, address) = up(&desk, "0");
    let mut browser = Chromium::start();
    browser.on(PHONE, "light");
    browser.open(&address);
    browser.fits(PHONE);
    browser.is_clean(&address);
    let planted = "const it = document.createElement('p'); it.textContent = 'planted'; document.body.append(it);";
    for (style, found) in [("color", "planted 1."), ("width", " wide")] {
        let value = if style == "color" { "lightgray" } else { "400px" };
        browser.eval(&format!("{{ {planted} it.style.{style} = '{value}' }}"));
        let wrong = browser.misfits(PHONE);
        assert!(wrong.iter().any(|wrong| wrong.contains(found)), "{found}: {wrong:?}");
    }
    browser.eval("at('books').parentElement.style.maxWidth = '50px'");
    assert!(browser.misfits(PHONE).iter().any(|wrong| wrong.starts_with("hidden: ")));
    assert_eq!(browser.noises().count(), 0);
    browser.eval("console.warn('planted'); setTimeout(() => { throw new Error('planted') })");
    // Its own policy forbids to ask anybody else, which shows as well.
    browser.eval("fetch('http://127.0.0.2:1/planted').catch(() => 0)");
    for found in ["\"type\":\"warning\"", "Error: planted", "Content Security Policy"] {
        assert!(browser.noises().any(|noise| noise.contains(found)), "{found} was not heard");
    }
    browser.ask("Page.navigate", &serde_json::json!({ "url": "http://127.0.0.2:1/planted" }));
    assert_eq!(browser.strangers(&address).last().unwrap(), "http://127.0.0.2:1/planted");
    drop(browser);
    assert_eq!(running.ends(), Some(0));
}
