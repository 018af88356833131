// One page: what Python sends is drawn, what a person does is sent back by name, and silence is told.
const NO_ANSWER_MS = 6000;
const PULSE_MS = 1000;
const BEAT_MS = 250; // also the pulse, while something is worked on: its end is shown at once
const WORKING_MS = 400;
const TYPING_MS = 250;
const SAVED_MS = 4000;
const SPOKEN_MS = 50;
const AHEAD_MS = 80;
const MOST_AHEAD = 8;
const NEAR_MS = 80;
const MANY = 200;
const SETTLES_MS = 150;
const RESTS_AFTER_MS = 30 * 60000;

function render({ model, el }) {
  const uid = `w${Math.random().toString(36).slice(2, 8)}`;
  el.classList.add("workbench");
  el.innerHTML = "";
  const make = (cls, role) => {
    const box = document.createElement("div");
    box.className = cls;
    if (role) box.setAttribute("role", role);
    el.append(box);
    return box;
  };
  const lost = make("lost", "alert");
  const returned = make("returned", "status");
  const body = make("body");
  const saved = make("saved", "status");
  const spoken = make("spoken", "status");
  body.textContent = "";

  const texts = new TextDecoder();
  const waiting = new Map();
  const timers = new WeakMap();
  const prepared = new Map(); // what the page will be after an act, as long as nothing else changes what it shows
  let number = 0;
  let pulseOut = 0;
  let pulsed = 0;
  let silentSince = 0;
  let touched = Date.now();
  const openers = []; // what had the focus when a dialog or a question opened, and has it again once that is closed

  function awaitAnswer(n, el, shown) {
    if (el) waiting.set(n, { el, at: Date.now(), shown }); else waiting.delete(n);
    body.classList.toggle("waiting", waiting.size > 0);
    if (!waiting.size) body.classList.remove("working");
  }

  function send(content) {
    number += 1;
    // A connection that is gone throws; the silence that follows is what the person is told.
    try { model.send({ ...content, n: number }); } catch { return number; }
    return number;
  }

  // Of the two ways one holds: the other box is let go of at once. The answer says what counts.
  function letGo(el) {
    if (!el.checked || !el.dataset.to) return;
    for (const box of el.closest("[data-row]").querySelectorAll("input.tick:checked")) box.checked = box === el;
  }

  function act(el, wanted) {
    const [name, args] = wanted;
    letGo(el);
    returned.textContent = spoken.textContent = "";
    if (saved.dataset.state === "saved") say("", ""); // that was the last act; this one is under way
    const next = foreseen(wanted);
    const n = send({ kind: "act", act: name, args, value: el.value ?? "", checked: !!el.checked, shown: next?.id });
    if (el.type === "checkbox" || el.pending) el.pending = n;
    if (!next) prepared.clear();
    awaitAnswer(n, el, !!next);
    if (next) { drawn.take({ page: next.page }); askAhead(); settle({ el }); }
    setTimeout(() => { if (waiting.has(n)) { say("Working…", ""); body.classList.add("working"); } }, WORKING_MS);
  }

  // What was sent ahead holds as long as nothing but the like of it is under way.
  function foreseen(wanted) {
    const next = prepared.get(JSON.stringify(wanted));
    return next && allForeseen() && drawn.holds(next.page) ? next : null;
  }

  function hand(el, event, wanted) {
    if (event !== "input") return act(el, wanted);
    el.pending = -1;
    clearTimeout(timers.get(el));
    timers.set(el, setTimeout(() => act(el, wanted), TYPING_MS));
  }

  // The same sentence twice in a row is heard twice only where it was gone in between.
  function speak(words) {
    spoken.textContent = "";
    setTimeout(() => { spoken.textContent = words; }, SPOKEN_MS);
  }

  let fading = 0;
  function say(text, state) {
    saved.textContent = text;
    saved.dataset.state = state;
    saved.classList.remove("faded");
    clearTimeout(fading);
    if (state === "saved") fading = setTimeout(() => saved.classList.add("faded"), SAVED_MS);
  }

  const drawn = drawing(body, uid, hand);

  // A file comes by the page's own channel and is given to the person as a download.
  function handOver(name, bytes) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), NO_ANSWER_MS);
  }

  function hear(told, buffers) {
    if (told?.kind === "file" && buffers?.length) handOver(told.name, buffers[0]);
    if (!["ahead", "parts"].includes(told?.kind)) return;
    const content = { ...told, ...JSON.parse(texts.decode(buffers[0])) };
    if (content.kind === "ahead") { holdReady(content); return; }
    silentSince = Date.now();
    if (lost.textContent) lost.textContent = "";
    if (content.n === pulseOut) pulseOut = 0;
    if (Object.keys(content.parts).length) prepared.clear();
    const done = waiting.get(content.n);
    if (done) {
      took = Date.now() - done.at;
      awaitAnswer(content.n, null);
      if (done.el.pending === content.n) done.el.pending = 0;
      if (!content.ok) say("Not saved: see the message above", "fault");
      else if (content.kept) say(`Saved ${content.at}`, "saved");
      else if (!saved.dataset.state) say("", "");
    }
    drawn.take(content.parts, content.forget);
    if (content.say) speak(content.say);
    if (!done && !Object.keys(content.parts).length) return;
    askAhead(); // while that is answered this page draws
    settle(done);
    askAhead();
  }

  // Once all is drawn, what may be shown next is fetched: a page is turned without waiting for anything. Over a
  // slow line that is done a little later, for an act would wait behind it.
  let asking = 0;
  let took = 0;
  let askedAt = 0; // when the kernel was asked what has not come yet: it does one after the other
  function askAhead() {
    clearTimeout(asking);
    if (!body.querySelector("[data-ahead]")) return;
    if (took < NEAR_MS) ask(); else asking = setTimeout(ask, AHEAD_MS);
  }

  // An act whose answer was foreseen changes nothing of what else was.
  const allForeseen = () => [...waiting.values()].every((one) => one.shown);

  function ask() {
    if (!allForeseen() || Date.now() - askedAt < NO_ANSWER_MS) return;
    askedAt = Date.now();
    send({ kind: "ahead", held: [...prepared.keys()].map((act) => JSON.parse(act)) });
  }

  function holdReady({ id, act, page, parts, forget }) {
    askedAt = 0;
    if (!act) return; // there is nothing more
    drawn.take(parts, forget);
    if (!allForeseen()) return; // what is under way will change the page
    const asked = JSON.stringify(act);
    prepared.delete(asked); // what came last stands last
    prepared.set(asked, { id, page });
    if (prepared.size > MOST_AHEAD) prepared.delete(prepared.keys().next().value);
    askAhead();
  }

  function* ancestors(of) { for (let at = of.parentElement; at && at !== el; at = at.parentElement) yield at; }

  // What follows, and what comes before, everything with a name of its own around an element: cards, rows.
  function neighbours(of) {
    const found = [];
    for (let at = of; at && at !== el; at = at.parentElement) {
      if (at.node?.k === undefined) continue;
      const all = [...at.parentElement.children];
      const here = all.indexOf(at);
      found.push({ one: at, others: [...all.slice(here + 1), ...all.slice(0, here).reverse()] });
    }
    return found;
  }

  // What was just used is gone: the keyboard goes to what took its place in its list, or stays where it was, and
  // is heard by this page and nobody else.
  function stayNear(around, beside) {
    const gone = beside.filter(({ one }) => !el.contains(one));
    const next = gone.flatMap(({ one, others }) => others.filter((other) => other.tagName === one.tagName));
    const heir = next.find((one) => el.contains(one));
    const left = heir ?? around.find((one) => el.contains(one)) ?? body;
    left.tabIndex = -1;
    left.focus({ preventScroll: !heir });
  }

  // A long question that is answered at its end leaves the page where it began, not amid what comes after it.
  function leaving(question) {
    const place = question?.parentElement;
    const begunAbove = question && question.getBoundingClientRect().top < 0;
    return () => { if (begunAbove && !el.contains(question) && el.contains(place)) place.scrollIntoView(); };
  }

  // Whoever turned a page below its end goes on at its beginning.
  function goOnAbove(used) {
    const below = used.closest(".listed > .pager");
    const above = below?.parentElement.querySelector(":scope > .listed-line .pager");
    if (!above || ![used, document.body].includes(document.activeElement)) return;
    const buttons = [...above.querySelectorAll("button")];
    const same = buttons[[...below.querySelectorAll("button")].indexOf(used)];
    (same?.disabled ? buttons.find((one) => !one.disabled) : same)?.focus();
  }

  // Where much is new, what is out of sight is laid out a moment later.
  let settling = 0;
  function seenFirst() {
    body.classList.add("settling");
    clearTimeout(settling);
    settling = setTimeout(() => body.classList.remove("settling"), SETTLES_MS);
  }

  const usable = (one) => el.contains(one) && !one.disabled;
  const opened = () => [...el.querySelectorAll("[role=dialog], [data-asks]")]; // by an act, and closed again

  function settle(done) {
    const focused = document.activeElement;
    const around = el.contains(focused) ? [...ancestors(focused)] : [];
    const beside = neighbours(around.length ? focused : null);
    const before = opened();
    const returnTo = leaving(el.querySelector(".question"));
    if (drawn.draw() > MANY) seenFirst();
    returnTo();
    const now = opened();
    const opener = before.some((one) => !now.includes(one)) ? openers.pop() : null;
    const opens = now.some((one) => !before.includes(one));
    if (opens) openers.push(focused);
    if (done) goOnAbove(done.el);
    if (!opens && usable(opener)) opener.focus();
    else if (around.length && !usable(document.activeElement)) stayNear(around, beside);
    const wish = el.querySelector("[data-focus]");
    if (wish && done && wish !== focused) { if (!wish.focusedOnce) { wish.focusedOnce = true; wish.focus(); } }
    if (document.body.dataset.voila) document.title = [body.querySelector("h2")?.textContent, "Workbench"].filter(Boolean).join(" · ");
  }

  function beat() {
    const now = Date.now();
    const slow = [...waiting.values()].some((w) => now - w.at > NO_ANSWER_MS);
    if (slow) say("Not saved yet: no answer", "fault");
    if (pulseOut || slow) line.silentFor(slow ? Math.max(now - silentSince, NO_ANSWER_MS + 1) : now - silentSince, NO_ANSWER_MS);
    // A page that nobody looks at or touches asks for nothing: its kernel may end, and comes back when needed.
    if (document.hidden || now - touched > RESTS_AFTER_MS) return;
    if (pulseOut && now - pulsed < NO_ANSWER_MS) return;
    const due = body.querySelector(".works .work") ? BEAT_MS : PULSE_MS;
    if (now - pulsed < due - BEAT_MS / 2) return;
    if (!pulseOut) silentSince = now;
    pulsed = now;
    pulseOut = send({ kind: "pulse" });
  }

  const tabOn = () => el.querySelector("[role=tab][aria-selected=true]")?.id.split("tab-")[1];
  const line = lineOf((words) => { lost.textContent = words; }, () => waiting.size > 0, tabOn);
  const touch = () => { touched = Date.now(); };
  const touches = ["pointerdown", "keydown", "visibilitychange"];
  for (const kind of touches) document.addEventListener(kind, touch);
  const back = line.returned();
  if (back) returned.textContent = back.said;

  const deaf = keyboard(el);
  model.on("msg:custom", hear);
  send({ kind: "ready", screen: back?.screen });
  const timer = setInterval(beat, BEAT_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(asking);
    deaf();
    for (const kind of touches) document.removeEventListener(kind, touch);
    model.off("msg:custom", hear);
  };
}

export default { render };
