// The line from a served page to its kernel: when nothing comes back, the server is asked what has become of
// it, the person is told in plain words, and a page whose kernel is gone opens itself again.
const ASK_AFTER_MS = 3000;
const ASK_EVERY_MS = 2500;
const ASKED_MS = 2000; // a server that hangs is as good as none
const READ_MS = 1500;
const MOST_RETURNS = 3;
const RETURNS_WITHIN_MS = 60000;
const GOING_MS = 20000;
const SAVED_IS_KEPT = "Everything that was shown as saved is kept.";
const TOLD = {
  there: `Workbench is busy. Your last click waits its turn. ${SAVED_IS_KEPT}`,
  unreachable: `Workbench cannot be reached: the network or the server is down. ${SAVED_IS_KEPT} This page tries again by itself.`,
  out: `You are signed out. ${SAVED_IS_KEPT} Reload the page to sign in again.`,
  gone: `This page's session has ended. ${SAVED_IS_KEPT} Opening it again…`,
  again: `This page's session ends again and again. ${SAVED_IS_KEPT} Reload the page; if this stays, tell an administrator.`,
  unknown: "No answer: the connection is lost, or long work is running. Nothing you ticked and saw saved is lost. If this stays, run the cell again or reload the page.",
};

// Remembers over one reload where the person was, and whether an act was under way.
const memory = {
  take() {
    try { return JSON.parse(sessionStorage.getItem("workbench-return")) ?? {}; } catch { return {}; }
  },
  keep(what) {
    try { sessionStorage.setItem("workbench-return", JSON.stringify(what)); } catch { /* a private window */ }
  },
};

function lineOf(tell, unsaved, screen) {
  const told = document.body.dataset.voila ? document.getElementById("jupyter-config-data") : null;
  const page = told ? JSON.parse(told.textContent) : null;
  const before = memory.take();
  let asked = 0;
  let leaving = false;

  // A closed tab takes its kernel along; one that may be shown again from the browser's memory keeps it.
  const goodbye = (event) => {
    if (page && !event.persisted) navigator.sendBeacon(`${page.baseUrl}voila/api/shutdown/${page.kernelId}`);
  };
  addEventListener("pagehide", goodbye);

  // Whoever is on the way to another page must not be brought back to this one. What was begun may be a
  // download, after which the page stays.
  let going = 0;
  addEventListener("beforeunload", () => { going = Date.now(); });
  const isGoing = () => Date.now() - going < GOING_MS;

  // Out of the page by the door itself, which asks once more and ends its kernel.
  document.addEventListener("click", (event) => {
    if (page && event.target.closest?.("[data-sign-out]")) location.assign(`${page.baseUrl}sign-out`);
  });

  async function standing() {
    try {
      const answer = await fetch(`${page.baseUrl}api/kernels/${page.kernelId}`, { cache: "no-store", signal: AbortSignal.timeout(ASKED_MS) });
      if (answer.ok) return "there";
      if (answer.status === 404) return "gone";
      return answer.status === 403 ? "out" : "unreachable";
    } catch { return "unreachable"; }
  }

  function comeBack() {
    const now = Date.now();
    const returns = [...(before.returns ?? []).filter((at) => now - at < RETURNS_WITHIN_MS), now];
    if (returns.length > MOST_RETURNS) return tell(TOLD.again);
    leaving = true;
    memory.keep({ returns, returned: true, unsaved: unsaved(), screen: screen() });
    tell(TOLD.gone);
    const open = () => { if (isGoing()) setTimeout(open, READ_MS); else location.reload(); };
    setTimeout(open, READ_MS);
  }

  return {
    // What to say on the page that was opened again, and where the person was; each once.
    returned() {
      if (!before.returned) return null;
      memory.keep({ returns: before.returns });
      const lost = before.unsaved ? " Your last click was not saved: do it again." : "";
      return { said: `This page was opened again, for its session had ended. ${SAVED_IS_KEPT}${lost}`, screen: before.screen };
    },
    async silentFor(ms, most) {
      if (leaving || isGoing()) return;
      if (!page) { if (ms > most) tell(TOLD.unknown); return; }
      if (ms < ASK_AFTER_MS || Date.now() - asked < ASK_EVERY_MS) return;
      asked = Date.now();
      const found = await standing();
      if (found === "gone") comeBack();
      else if (ms > most) tell(TOLD[found]);
    },
  };
}
