// One page: what Python sends is drawn, what a person does is sent back by name, and silence is told.
const NO_ANSWER_MS = 6000;
const PULSE_MS = 1000;
const WORKING_MS = 400;
const TYPING_MS = 250;
const SAVED_MS = 4000;
const AHEAD_MS = 80;
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

  const waiting = new Map();
  const timers = new WeakMap();
  let number = 0;
  let pulseOut = 0;
  let pulsed = 0;
  let silentSince = 0;
  let touched = Date.now();
  let opener = null; // what had the focus when the dialog opened, and has it again once it is closed

  function awaitAnswer(n, el) {
    if (el) waiting.set(n, { el, at: Date.now() }); else waiting.delete(n);
    body.classList.toggle("waiting", waiting.size > 0);
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
    returned.textContent = "";
    if (saved.dataset.state === "saved") say("", ""); // that was the last act; this one is under way
    const n = send({ kind: "act", act: name, args, value: el.value ?? "", checked: !!el.checked });
    if (el.type === "checkbox" || el.pending) el.pending = n;
    awaitAnswer(n, el);
    setTimeout(() => { if (waiting.has(n)) say("Working…", ""); }, WORKING_MS);
  }

  function hand(el, event, wanted) {
    if (event !== "input") return act(el, wanted);
    el.pending = -1;
    clearTimeout(timers.get(el));
    timers.set(el, setTimeout(() => act(el, wanted), TYPING_MS));
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

  function hear(content, buffers) {
    if (content?.kind === "file" && buffers?.length) handOver(content.name, buffers[0]);
    if (content?.kind === "ahead") drawn.take(content.parts, content.forget);
    if (content?.kind !== "parts") return;
    silentSince = Date.now();
    if (lost.textContent) lost.textContent = "";
    if (content.n === pulseOut) pulseOut = 0;
    const done = waiting.get(content.n);
    if (done) {
      awaitAnswer(content.n, null);
      if (done.el.pending === content.n) done.el.pending = 0;
      if (!content.ok) say("Not saved: see the message above", "fault");
      else if (content.kept) say(`Saved ${content.at}`, "saved");
      else if (!saved.dataset.state) say("", "");
    }
    drawn.take(content.parts, content.forget);
    if (content.say) spoken.textContent = content.say;
    if (!done && !Object.keys(content.parts).length) return;
    settle(done);
    askAhead();
  }

  // Once all is drawn, what may be shown next is fetched: a page is turned without waiting for its rows.
  let asking = 0;
  function askAhead() {
    clearTimeout(asking);
    if (body.querySelector("[data-ahead]")) asking = setTimeout(() => { if (!waiting.size) send({ kind: "ahead" }); }, AHEAD_MS);
  }

  function* ancestors(of) { for (let at = of.parentElement; at && at !== el; at = at.parentElement) yield at; }

  // What was just used is gone: the keyboard stays where it was, and is heard by this page and nobody else.
  function stayNear(around) {
    const left = around.find((one) => el.contains(one)) ?? body;
    left.tabIndex = -1;
    left.focus({ preventScroll: true });
  }

  // A long question that is answered at its end leaves the page where it began, not amid what comes after it.
  function leaving(question) {
    const place = question?.parentElement;
    const begunAbove = question && question.getBoundingClientRect().top < 0;
    return () => { if (begunAbove && !el.contains(question) && el.contains(place)) place.scrollIntoView(); };
  }

  function settle(done) {
    const focused = document.activeElement;
    const around = el.contains(focused) ? [...ancestors(focused)] : [];
    const dialog = el.querySelector("[role=dialog]");
    const returnTo = leaving(el.querySelector(".question"));
    drawn.draw();
    returnTo();
    if (!dialog && el.querySelector("[role=dialog]")) opener = focused;
    const closed = dialog && !el.querySelector("[role=dialog]");
    if (closed && el.contains(opener)) opener.focus();
    else if (around.length && !el.contains(document.activeElement)) stayNear(around);
    const wish = el.querySelector("[data-focus]");
    if (wish && done && wish !== focused) { if (!wish.focusedOnce) { wish.focusedOnce = true; wish.focus(); } }
  }

  function beat() {
    const now = Date.now();
    const slow = [...waiting.values()].some((w) => now - w.at > NO_ANSWER_MS);
    if (slow) say("Not saved: no answer", "fault");
    if (pulseOut || slow) line.silentFor(slow ? Math.max(now - silentSince, NO_ANSWER_MS + 1) : now - silentSince, NO_ANSWER_MS);
    // A page that nobody looks at or touches asks for nothing: its kernel may end, and comes back when needed.
    if (document.hidden || now - touched > RESTS_AFTER_MS) return;
    if (pulseOut && now - pulsed < NO_ANSWER_MS) return;
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
  const timer = setInterval(beat, PULSE_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(asking);
    deaf();
    for (const kind of touches) document.removeEventListener(kind, touch);
    model.off("msg:custom", hear);
  };
}

export default { render };
