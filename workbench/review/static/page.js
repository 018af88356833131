// One page: what Python sends is drawn, what a person does is sent back by name, and silence is told.
const NO_ANSWER_MS = 6000;
const CONNECT_AGAIN_MS = 20000;
const ASK_SERVER_MS = 5000;
const PULSE_MS = 1000;
const WORKING_MS = 400;
const TYPING_MS = 250;
const SAVED_MS = 4000;

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
  const body = make("body");
  const saved = make("saved", "status");
  const spoken = make("spoken", "status");
  body.textContent = "";

  const waiting = new Map();
  const timers = new WeakMap();
  let number = 0;
  let pulseOut = 0;
  let heard = Date.now();
  let answered = 0;
  let asked = 0;

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

  function act(el, wanted) {
    const [name, args] = wanted;
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
    if (content?.kind !== "parts") return;
    heard = answered = Date.now();
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
    drawn.take(content.parts);
    if (done || Object.keys(content.parts).length) settle(done);
    if (content.say) spoken.textContent = content.say;
  }

  function settle(done) {
    const focused = document.activeElement;
    drawn.draw();
    const wish = el.querySelector("[data-focus]");
    if (wish && done && wish !== focused) { if (!wish.focusedOnce) { wish.focusedOnce = true; wish.focus(); } }
  }

  // Whoever answered this page is gone for good: a page that is loaded anew gets an answer of its own, and
  // everything that was saved stands there. Asked for only while the server itself answers.
  const served = !!document.querySelector("body[data-voila]");
  function connectAgain(now) {
    if (now - asked < ASK_SERVER_MS) return;
    asked = now;
    fetch(location.href, { method: "HEAD", cache: "no-store" }).then(() => location.reload(), () => {});
  }

  function beat() {
    const now = Date.now();
    const slow = [...waiting.values()].some((w) => now - w.at > NO_ANSWER_MS);
    if (slow) say("Not saved: no answer", "fault");
    if (slow || (pulseOut && now - heard > NO_ANSWER_MS)) {
      lost.textContent = "No answer: the connection is lost, or long work is running. Nothing you ticked and saw saved is lost. "
        + (served ? "This page connects again by itself; you may also reload the page." : "If this stays, run the cell again or reload the page.");
    }
    if (served && answered && now - answered > CONNECT_AGAIN_MS && !document.hidden) connectAgain(now);
    if ((!pulseOut || now - heard > NO_ANSWER_MS) && !document.hidden) { heard = now; pulseOut = send({ kind: "pulse" }); }
  }

  keyboard(el);
  model.on("msg:custom", hear);
  send({ kind: "ready" });
  const timer = setInterval(beat, PULSE_MS);
  return () => { clearInterval(timer); model.off("msg:custom", hear); };
}

export default { render };
