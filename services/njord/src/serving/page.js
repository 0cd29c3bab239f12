"use strict";
// Shows what /events tells, and posts one thing only: a trip of the kill switch.
const at = (id) => document.getElementById(id);
const LOST_AFTER_MS = 5000;
const AGAIN_AFTER_MS = 2000;
const MINUS = "\u2212";

// Amounts are decimal strings and stay so: rounding is done on digits, never on floats.
const grouped = (whole) => whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
function rounded(text, places) {
  const negative = text.startsWith("-");
  const [whole, part = ""] = text.replace("-", "").split(".");
  let digits = BigInt(whole + (part + "0".repeat(places)).slice(0, places));
  if ((part[places] || "0") >= "5") digits += 1n;
  const all = digits.toString().padStart(places + 1, "0");
  const shown = grouped(all.slice(0, all.length - places)) + (places ? "." + all.slice(-places) : "");
  return (negative && digits !== 0n ? MINUS : "") + shown;
}
const money = (text) => (text == null ? "?" : rounded(text, 2));
function amount(text) {
  if (text == null) return "?";
  const [whole, part] = text.replace("-", "").split(".");
  return (text.startsWith("-") ? MINUS : "") + grouped(whole) + (part ? "." + part : "");
}
const isZero = (text) => text != null && /^-?0(\.0*)?$/.test(text);
const ms = (nanos) => Number(BigInt(nanos) / 1000000n);
const words = (code) => String(code).replaceAll("_", " ");
const clock = (nanos) => new Date(ms(nanos)).toISOString().slice(11, 19);
const day = (nanos) => new Date(ms(nanos)).toISOString().slice(0, 16).replace("T", " ");
function span(millis) {
  const s = Math.max(0, millis) / 1000;
  if (s < 60) return s.toFixed(1) + " s";
  const m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  const two = (n) => String(n).padStart(2, "0");
  return d ? d + "d" + two(h % 24) + "h" : h ? h + "h" + two(m % 60) + "m" : m + "m" + two(Math.floor(s % 60)) + "s";
}

function el(tag, name, ...inside) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...inside.map((part) => (part == null ? "" : part)));
  return made;
}
// What stands there becomes what is wanted, node by node: what has not changed is left alone, so that a selection,
// the focus, the place in a list and whoever reads it aloud stay where they are. Parts with a key are known again
// by it wherever they stand. Whether anything has changed.
function settle(into, wanted) {
  const keyOf = (node) => (node.dataset && node.dataset.key) || "";
  const keys = new Set(wanted.map(keyOf));
  const known = new Map();
  let changed = false;
  for (const node of [...into.childNodes]) {
    const key = keyOf(node);
    if (!key) continue;
    if (keys.has(key)) known.set(key, node);
    else node.remove(), (changed = true);
  }
  let next = into.firstChild;
  for (const want of wanted) {
    const key = keyOf(want);
    const have = key ? known.get(key) : next && !keyOf(next) && next.nodeName === want.nodeName ? next : null;
    if (have && have === next) next = next.nextSibling;
    else into.insertBefore(have || want, next), (changed = true);
    if (have) changed = become(have, want) || changed;
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
    changed = true;
  }
  return changed;
}
function become(have, want) {
  if (have.nodeType === Node.TEXT_NODE) return have.data !== want.data && ((have.data = want.data), true);
  let changed = false;
  for (const { name } of [...have.attributes]) if (!want.hasAttribute(name)) have.removeAttribute(name), (changed = true);
  for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value), (changed = true);
  return settle(have, [...want.childNodes]) || changed;
}
// The same for a line of text: one that is said aloud is said when it changes, and not every second.
function say(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}
// Keys that come more than once are told apart by their number.
function keyed(parts, keyOf) {
  const seen = new Map();
  return parts.map((part, i) => {
    const key = keyOf(part, i), before = seen.get(key) || 0;
    seen.set(key, before + 1);
    part.dataset.key = key + " " + before;
    return part;
  });
}
// A table that is wider than its place is written in another way, so that nothing of it lies hidden.
function fit(wide) {
  wide.classList.remove("narrow");
  wide.classList.toggle("narrow", wide.scrollWidth > wide.clientWidth);
}
const resized = new ResizeObserver(() => document.querySelectorAll(".wide").forEach(fit));
resized.observe(document.body);
// Columns are [title, class, cell]; a cell is text, or [class, text]. Where a line is a few words one after the
// other, a figure has its title before it, and a word speaks for itself. By its key a line is known again.
function table(id, keyOf, columns, list, nothing) {
  const into = at(id);
  if (!list.shown.length) {
    settle(into, [el("caption", "none", nothing)]);
    return;
  }
  const head = el("tr", "", ...columns.map(([title, name]) => {
    const th = el("th", name, title);
    th.scope = "col";
    return th;
  }));
  const rows = keyed(list.shown.map((line) => el("tr", "", ...columns.map(([title, name, cell]) => {
    const said = cell(line);
    const made = Array.isArray(said) ? el("td", (name + " " + said[0]).trim(), said[1]) : el("td", name, said);
    if (!name) made.dataset.title = title;
    return made;
  }))), (row, i) => keyOf(list.shown[i]));
  if (list.more) {
    const more = el("td", "l quiet", "and " + list.more + " more");
    more.colSpan = columns.length;
    rows.push(el("tr", "", more));
  }
  if (settle(into, [el("thead", "", head), el("tbody", "", ...rows)])) fit(into.parentElement);
}
const signed = (text) => (text == null ? "?" : [text.startsWith("-") ? "loss" : "", money(text)]);
const differs = (text, as) => (text == null ? ["quiet", "?"] : isZero(text) ? ["good", "0"] : ["bad", as(text)]);
const stop = (line) => (line.stop
  ? "stop " + amount(line.stop.trigger) + (line.stop.at_venue ? " at venue" : " on its way") + (line.stops > 1 ? " +" + (line.stops - 1) : "")
  : line.guard && line.guard.stop ? "guard " + MINUS + line.guard.stop / 100 + " %" : line.guard ? "guard" : "");

function books(s) {
  const number = (n) => (n == null ? "?" : String(n));
  const lines = [
    { what: "orders", ours: number(s.orders.ours), venue: number(s.orders.venue),
      diff: differs(s.orders.diff == null ? null : String(s.orders.diff), String),
      note: s.orders.unknown ? ["bad", "unknown " + s.orders.unknown] : ["quiet", "unknown 0"] },
    ...s.positions.shown.map((line) => ({ what: line.symbol, ours: amount(line.ours), venue: amount(line.venue),
      diff: differs(line.diff, amount), note: stop(line) })),
    { what: s.cash.asset, ours: s.cash.ours == null && s.portfolio ? money(s.portfolio.cash) : money(s.cash.ours),
      venue: money(s.cash.venue), diff: differs(s.cash.diff, money),
      note: "" },
  ];
  table("books", (l) => l.what, [["what", "l", (l) => l.what], ["ours", "", (l) => l.ours], ["venue", "", (l) => l.venue],
    ["diff", "", (l) => l.diff], ["note", "l", (l) => l.note]], { shown: lines, more: s.positions.more }, "");
  const facts = [], t = s.today;
  if (t) facts.push(el("span", t.result.startsWith("-") ? "warn" : "", "today " + money(t.result)
    + (t.cap ? " of " + MINUS + money(t.cap) : "")));
  if (s.portfolio) facts.push("equity " + money(s.portfolio.equity), "fees " + money(s.portfolio.fees));
  facts.push(s.counts.fills + " fills", s.counts.approved + " approved", s.counts.refused + " refused");
  settle(at("facts"), facts.flatMap((fact, i) => (i ? [" · ", fact] : [fact])).map((fact) => (fact.nodeType ? fact : new Text(fact))));
}

function safety(s) {
  const lines = [], names = [];
  const add = (name, value, look) => {
    names.push(name, name);
    lines.push(el("dt", "", name), el("dd", look || "", value));
  };
  add("kill switch", s.kill.level ? "TRIPPED " + s.kill.level + " by " + words(s.kill.trigger) + " at " + day(s.kill.since) : "clear",
    s.kill.level ? "bad" : "good");
  if (s.kill.level) add("to clear it", "njord kill clear");
  for (const source of s.kill.sources) {
    add(words(source.trigger), source.reading + ", " + span(ms(s.at) - ms(source.at)) + " ago", source.reading === "clear" ? "" : "bad");
  }
  const drill = s.about.drill;
  add("drill", drill ? span(ms(s.at) - ms(drill.at)) + " ago " + drill.passed + "/" + drill.of : "never", drill ? "" : "warn");
  const bus = s.about.mirror;
  if (bus) {
    const why = bus.why ? ": " + bus.why : "";
    add("bus", bus.standing === "whole" ? "has everything durable" : bus.standing + why, bus.standing === "whole" ? "good" : "warn");
  }
  const f = s.feeds, stalest = f.stalest;
  add("feeds", f.live + "/" + f.known + (stalest ? ", stalest " + stalest.symbol + " " + span(ms(stalest.age)) : ""),
    f.live === f.known ? "" : "warn");
  for (const feed of f.unwell.slice(0, 4)) add("", feed.symbol + " " + feed.state + " " + span(ms(feed.age)), "warn");
  const c = s.compared;
  if (c.books) {
    const b = c.books;
    const ago = span(ms(s.at) - ms(b.at)) + " ago: ";
    add("books compared", ago + (b.open ? b.open + " differences" : "equal"), b.open ? "bad" : "");
  } else {
    add("books compared", "not yet", "quiet");
  }
  add("venue heard", c.venue_heard ? span(ms(s.at) - ms(c.venue_heard)) + " ago" : "not yet", c.venue_heard ? "" : "quiet");
  add("mismatches", String(c.mismatches) + (c.last_mismatch ? ", last " + day(c.last_mismatch) : ""), c.mismatches ? "bad" : "");
  const part = s.known_since && ms(s.at) - ms(s.known_since) < 86400000;
  add(part ? "refused since " + clock(s.known_since) : "refused 24h", String(s.refused.last_day));
  for (const alert of s.alerts.slice(0, 3)) {
    add("alert", clock(alert.at) + " " + words(alert.code) + (alert.symbol ? " " + alert.symbol : ""), "warn");
  }
  for (const what of s.not_known) add("not known", words(what), "quiet");
  settle(at("safety"), keyed(lines, (part, i) => part.tagName + names[i]));
}

function strategies(s) {
  const look = { running: "good", paused: "warn", quarantined: "bad" };
  table("strategies", (l) => l.strategy, [["strategy", "l", (l) => l.strategy], ["state", "l", (l) => (l.run === "running" && l.standing !== "active" ? ["quiet", l.standing === "left" ? "gone" : "quiet"] : [look[l.run] || "", l.run])], ["cash", "", (l) => money(l.cash)],
    ["realised", "", (l) => signed(l.realised)], ["open", "", (l) => signed(l.unrealised)], ["fees", "", (l) => money(l.fees)],
    ["orders", "", (l) => l.open_orders], ["refused", "", (l) => l.refused]], { shown: s.strategies, more: 0 }, "no strategy");
}
// An average has more digits than a price; one more than the price has is enough to look at.
const average = (l) => (l.average == null ? "" : rounded(l.average, l.price ? (l.price.split(".")[1] || "").length + 1 : 2));
function positions(list) {
  const open = { shown: list.shown.filter((line) => !isZero(line.net)), more: list.more };
  table("positions", (l) => l.strategy + l.symbol, [["strategy", "l", (l) => l.strategy], ["symbol", "l", (l) => l.symbol], ["net", "", (l) => amount(l.net)],
    ["average", "", average], ["price", "", (l) => amount(l.price)], ["open", "", (l) => signed(l.unrealised)],
    ["stop", "l", stop]], open, "flat");
}
const price = (l) => (l.trigger ? "stop " + amount(l.trigger) : l.limit ? amount(l.limit) : "market");
function orders(list) {
  table("orders", (l) => l.id, [["id", "l", (l) => l.id.slice(0, 4)], ["strategy", "l", (l) => l.strategy], ["side", "l", (l) => l.side || "?"],
    ["symbol", "l", (l) => l.symbol || "?"], ["filled", "", (l) => amount(l.filled)], ["of", "", (l) => amount(l.qty)], ["at", "", price],
    ["state", "l", (l) => [l.state === "unknown" ? "bad" : "quiet", words(l.state)]]], list, "no open order");
}
function figures(breach) {
  const f = Object.values(breach.figures)[0];
  if (!f || f.found == null) return words(breach.reason);
  const unit = Object.keys(breach.figures)[0];
  // Money to the hundredth, or in full where both would look alike.
  const short = unit === "money" && money(f.found) !== money(f.allowed);
  const as = unit === "span" ? (t) => span(ms(t)) : short ? money : (t) => amount(String(t));
  return words(breach.reason) + " " + as(f.found) + " vs " + as(f.allowed);
}
function refusals(list) {
  const asked = (l) => (l.spec ? l.spec.side + " " + amount(l.spec.qty) + " " + l.spec.symbol : l.symbol || "a change");
  table("refusals", (l) => l.at + l.id, [["time", "l", (l) => clock(l.at)], ["id", "l", (l) => (l.id || "").slice(0, 4)],
    ["strategy", "l", (l) => (l.corr ? l.corr.strategy : "?")], ["asked", "l", asked], ["rule", "l", (l) => figures(l.breach)]], list, "nothing was refused");
}
function fills(list) {
  table("fills", (l) => l.at + l.id + l.qty, [["time", "l", (l) => clock(l.at)], ["id", "l", (l) => l.id.slice(0, 4)], ["strategy", "l", (l) => l.strategy || "?"],
    ["side", "l", (l) => l.side], ["symbol", "l", (l) => l.symbol], ["qty", "", (l) => amount(l.qty)], ["price", "", (l) => amount(l.price)],
    ["fee", "", (l) => rounded(l.fee, 4)]], list, "no fill yet");
}

let last = null, heardAt = 0, shown = {};
// A part in which nothing has changed need not be looked at.
function part(name, data, write) {
  const key = JSON.stringify(data);
  if (shown[name] !== key) {
    shown[name] = key;
    write(data);
  }
}
function show(board) {
  const s = board.status;
  last = board;
  say("mode", s.about.mode.toUpperCase());
  say("about", "session " + s.about.session + " · up " + span(ms(s.at) - ms(s.about.started)) + " · " + clock(s.at) + " UTC");
  part("books", s, books);
  part("safety", s, safety);
  part("strategies", s, strategies);
  part("positions", board.positions, positions);
  part("orders", board.orders, orders);
  part("refusals", board.refusals, refusals);
  part("fills", board.fills, fills);
}
// What the gate does now is not known once the line is lost.
function line() {
  const lost = Date.now() - heardAt > LOST_AFTER_MS, s = last && last.status;
  at("line").hidden = !lost;
  document.body.classList.toggle("old", lost);
  const gate = lost ? "?" : s ? (s.kill.level ? "TRIPPED" : "ARMED") : "";
  say("gate", gate && "gate " + gate);
  at("gate").className = { "?": "warn", TRIPPED: "bad", ARMED: "good" }[gate] || "";
  const title = (gate && gate !== "ARMED" ? gate + " " : "") + "njord" + (s ? " " + s.about.mode : "");
  if (document.title !== title) document.title = title;
  if (lost) {
    say("line", (s ? "The line is lost; what stands here is of " + day(s.at).slice(0, 10) + " " + clock(s.at) + " UTC."
      : "There is no line to the process.") + " On this machine: njord status");
  }
}
// A browser comes back by itself after a line that broke, but not after an answer that was no stream.
function listen() {
  const source = new EventSource("/events");
  source.addEventListener("board", (event) => {
    heardAt = Date.now();
    show(JSON.parse(event.data));
    line();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_AFTER_MS);
  });
}
heardAt = Date.now();
listen();
setInterval(line, 1000);

const dialog = at("dialog");
function ready() {
  at("trip").disabled = at("word").value !== "TRIP" || !at("token").value.trim();
}
const count = (n, one) => n + " open " + one + (n === 1 ? "" : "s");
function effect() {
  const s = last && last.status;
  const open = s && count(s.orders.ours, "order") + " and " + count(s.positions.shown.length + s.positions.more, "position");
  say("effect", "At once, nothing new is opened." + (s ? " Now there are " + open + "." : ""));
}
at("kill").addEventListener("click", () => {
  at("word").value = "";
  at("said").textContent = "";
  effect();
  ready();
  dialog.showModal();
  (at("token").value ? at("word") : at("token")).focus();
});
at("leave").addEventListener("click", () => dialog.close());
for (const id of ["word", "token"]) at(id).addEventListener("input", ready);
at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = at("said");
  const level = document.querySelector("input[name=level]:checked").value;
  at("trip").disabled = true;
  said.className = "";
  said.textContent = "Tripping…";
  try {
    const answer = await fetch("/api/control", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer " + at("token").value.trim() },
      body: JSON.stringify({ do: "trip", level }),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error.what + "; try: " + told.error.try);
    dialog.close();
  } catch (error) {
    said.className = "bad";
    said.textContent = "Not tripped: " + error.message + ". On this machine: njord kill trip";
    ready();
  }
});
