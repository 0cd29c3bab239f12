//! The page as somebody sees and uses it: a screen, a pointer, a keyboard.

use serde_json::json;

use super::chromium::Chromium;

/// A screen that the page is looked at on.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) phone: bool,
}

pub(crate) const DESK: Screen = Screen { name: "desk", width: 1280, height: 800, phone: false };
pub(crate) const PHONE: Screen = Screen { name: "phone", width: 375, height: 812, phone: true };

/// Every piece of text that stands out too little from what is behind it (WCAG AA: 4.5 to 1). What is out of
/// use is pale on purpose.
const PALE: &str = r#"(() => {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (at) => {
    for (; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const pale = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(), at = walk.currentNode.parentElement;
    if (!text || !at.checkVisibility() || at.closest(":disabled, .old, script, style, noscript")) continue;
    const [one, two] = [light(parts(getComputedStyle(at).color)), light(behind(at))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    if (ratio < 4.5) pale.push(text + " " + ratio.toFixed(2));
  }
  return pale;
})()"#;

/// As much as there may be to show: long words, and figures of an account that trades whole coins. From then
/// on nothing else is shown.
const MUCH: &str = r#"{
  const board = structuredClone(last), s = board.status, one = (line) => ({ shown: [line], more: 12 });
  const who = "market_maker", symbol = "DOGE/USD", qty = "12.12345678", price = "101487.65", at = s.at;
  const result = "-1234.56", id = "abcd", side = "sell", stop = { trigger: price, at_venue: true };
  s.today = { result, cap: "5000" };
  s.kill = { ...s.kill, level: "flatten", trigger: "daily_loss", since: at };
  s.orders = { ours: 12, venue: 13, diff: 1, unknown: 1 };
  s.positions = one({ symbol, ours: qty, venue: qty, diff: qty, stop, stops: 2 });
  s.cash = { asset: "USD", ours: "1045000", venue: "1045000", diff: "1000.5" };
  s.strategies = [{ strategy: who, run: "quarantined", standing: "active", cash: "104500", realised: result,
    unrealised: result, fees: "1234.56", open_orders: 12, refused: 123 }];
  board.positions = one({ strategy: who, symbol, net: "-" + qty, average: price + "5", price, unrealised: result, stop, stops: 2 });
  board.orders = one({ id, strategy: who, side, symbol, filled: "1" + qty, qty: "1" + qty, limit: price, state: "partially_filled" });
  board.fills = one({ at, id, strategy: who, side, symbol, qty, price, fee: "12.3456" });
  board.refusals = one({ at, id, corr: { strategy: who }, spec: { side, qty, symbol },
    breach: { reason: "strategy_gross", figures: { money: { found: "123456.78", allowed: "100000" } } } });
  show(board);
  show = () => {};
}"#;

impl Chromium {
    /// Shows as much as there may be.
    #[track_caller]
    pub(crate) fn shows_much(&mut self) {
        self.eval(MUCH);
    }

    /// Looks at it on that screen, in that scheme of colours.
    pub(crate) fn on(&mut self, screen: Screen, scheme: &str) {
        let Screen { width, height, phone, .. } = screen;
        let scale = if phone { 2 } else { 1 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone });
        self.ask("Emulation.setDeviceMetricsOverride", &metrics);
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", &media);
    }

    /// Opens an address, and waits for the first figures.
    #[track_caller]
    pub(crate) fn open(&mut self, address: &str) {
        self.ask("Page.navigate", &json!({ "url": address }));
        self.sees("at the first figures", "document.querySelector('#books tbody') !== null");
    }

    /// Waits until that holds in the page.
    #[track_caller]
    pub(crate) fn sees(&mut self, what: &str, holds: &str) {
        let waits = format!(
            "new Promise((done) => {{
               const end = Date.now() + 40000;
               const look = () => {{
                 let seen = false;
                 try {{ seen = {holds}; }} catch {{ }}
                 if (seen || Date.now() > end) done(seen); else setTimeout(look, 50);
               }};
               look();
             }})"
        );
        let seen = self.eval(&waits) == true;
        if !seen {
            self.picture("failed");
        }
        assert!(seen, "never seen: {what}; the page says: {}", self.text("body"));
    }

    /// What somebody reads there.
    #[track_caller]
    pub(crate) fn text(&mut self, of: &str) -> String {
        let text = self.eval(&format!("document.querySelector({}).innerText", json!(of)));
        text.as_str().unwrap().to_owned()
    }

    /// Points at something and presses, where it can be seen and nothing lies over it.
    #[track_caller]
    pub(crate) fn press(&mut self, what: &str) {
        let place = self.eval(&format!(
            "(() => {{
               const it = document.querySelector({});
               it.scrollIntoView({{ block: 'nearest' }});
               const box = it.getBoundingClientRect();
               const x = box.x + box.width / 2, y = box.y + box.height / 2;
               const hit = document.elementFromPoint(x, y);
               return {{ x, y, free: hit !== null && (hit === it || it.contains(hit)) }};
             }})()",
            json!(what)
        ));
        assert_eq!(place["free"], true, "{what} cannot be pressed at {place}");
        for step in ["mousePressed", "mouseReleased"] {
            let (x, y) = (&place["x"], &place["y"]);
            let press = json!({ "type": step, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", &press);
        }
    }

    /// Writes into a field, in the place of what stands there.
    #[track_caller]
    pub(crate) fn write(&mut self, field: &str, text: &str) {
        self.press(field);
        self.eval(&format!("document.querySelector({}).select()", json!(field)));
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// Everything fits on that screen and can be read there.
    #[track_caller]
    pub(crate) fn fits(&mut self, screen: Screen) {
        let wrong = self.misfits(screen);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", screen.name);
    }

    /// What reaches beyond that screen to the right, lies hidden in a part that would have to be pushed aside,
    /// or stands out too little.
    pub(crate) fn misfits(&mut self, screen: Screen) -> Vec<String> {
        let width = screen.width;
        let wide = format!(
            "[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]
               .filter((width) => width > {width}).map((width) => width + ' wide')"
        );
        let hidden = "[...document.querySelectorAll('.wide')]
            .filter((it) => it.scrollWidth > it.clientWidth).map((it) => 'hidden: ' + it.innerText)";
        let found = [self.eval(&wide), self.eval(hidden), self.eval(PALE)];
        let found = found.iter().flat_map(|found| found.as_array().unwrap());
        found.map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// Nothing went wrong in the page, and it has asked nobody but the process.
    #[track_caller]
    pub(crate) fn is_clean(&self, address: &str) {
        let wrong: Vec<String> = self.noises().chain(self.strangers(address)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// What was thrown, or told to the console.
    pub(crate) fn noises(&self) -> impl Iterator<Item = String> {
        let all = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        all.into_iter().flat_map(|of| self.heard(of).map(ToString::to_string))
    }

    /// Whom it has asked beside the process.
    pub(crate) fn strangers(&self, address: &str) -> Vec<String> {
        let asked = self.heard("Network.requestWillBeSent");
        let asked: Vec<&str> = asked.filter_map(|asked| asked["request"]["url"].as_str()).collect();
        assert!(asked.len() >= 2, "the page and its stream: {asked:?}");
        let strange = |url: &&str| !url.starts_with(address) && !url.starts_with("data:");
        asked.into_iter().filter(strange).map(ToOwned::to_owned).collect()
    }
}
