// The served page's own line to its kernel, and the widget that the notebook made drawn at the end of it. A
// page of one widget needs the kernel's protocol and none of JupyterLab, so that it opens over any network.
(() => {
  const PROTOCOL = "v1.kernel.websocket.jupyter.org";
  const SIGNED_OUT = 4401;
  const SOONEST_MS = 500;
  const LATEST_MS = 8000;
  const MOST_TRIES = 12;
  const ASK_AGAIN_MS = 5000;
  const MOST_FAILURES = 3;
  const FAILURES_WITHIN_MS = 60000;
  const FAILED = "Workbench could not be opened. If this stays, tell an administrator: the server's log says why.";

  const page = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const place = document.getElementById("rendered_cells");
  const random = (count) => [...crypto.getRandomValues(new Uint8Array(count))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const session = random(16);
  const texts = { out: new TextEncoder(), in: new TextDecoder() };
  const widgets = new Map();
  let socket = null;
  let waits = SOONEST_MS;
  let tries = 0;
  let again = 0;
  const unsent = [];

  function connect() {
    again = 0;
    const address = new URL(`${page.baseUrl}api/kernels/${page.kernelId}/channels?session_id=${session}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address, PROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      [waits, tries] = [SOONEST_MS, 0];
      for (const message of unsent.splice(0)) socket.send(message);
    };
    socket.onmessage = (event) => { if (event.data instanceof ArrayBuffer) hear(event.data); };
    socket.onclose = (event) => {
      socket = null;
      tries += 1;
      if (event.code === SIGNED_OUT || tries > MOST_TRIES) return; // until something is to be said
      again = setTimeout(connect, waits);
      waits = Math.min(2 * waits, LATEST_MS);
    };
  }

  // A message is its channel and four texts in JSON (header, parent, metadata, content), then any bytes; where
  // each begins stands before them.
  function written(header, content) {
    const parts = ["shell", ...[header, {}, {}, content].map((part) => JSON.stringify(part))].map((text) => texts.out.encode(text));
    const offsets = [8 * (parts.length + 2)];
    for (const part of parts) offsets.push(offsets.at(-1) + part.length);
    const whole = new Uint8Array(offsets.at(-1));
    const view = new DataView(whole.buffer);
    [offsets.length, ...offsets].forEach((number, i) => view.setBigUint64(8 * i, BigInt(number), true));
    parts.forEach((part, i) => whole.set(part, offsets[i]));
    return whole;
  }

  function parts(buffer) {
    const view = new DataView(buffer);
    const offset = (i) => Number(view.getBigUint64(8 * (i + 1), true));
    const count = Number(view.getBigUint64(0, true)) - 1;
    return Array.from({ length: count }, (_, i) => new Uint8Array(buffer, offset(i), offset(i + 1) - offset(i)));
  }

  function send(comm, data) {
    const header = { msg_id: random(16), msg_type: "comm_msg", session, username: "", date: new Date().toISOString(), version: "5.3" };
    const message = written(header, { comm_id: comm, data });
    if (socket?.readyState === WebSocket.OPEN) { socket.send(message); return; }
    unsent.push(message);
    if (!socket && !again) connect();
  }

  function hear(buffer) {
    const [, header, , , content, ...bytes] = parts(buffer);
    const json = (part) => JSON.parse(texts.in.decode(part));
    if (json(header).msg_type !== "comm_msg") return;
    const { comm_id: comm, data } = json(content);
    widgets.get(comm)?.(data, bytes);
  }

  // Draws one widget: its state holds the module that draws it, and its style.
  function widget(comm) {
    const listeners = new Set();
    const model = {
      send: (content) => send(comm, { method: "custom", content }),
      on: (name, listener) => { if (name === "msg:custom") listeners.add(listener); },
      off: (_name, listener) => listeners.delete(listener),
    };
    const ask = () => send(comm, { method: "request_state" });
    const asking = setInterval(ask, ASK_AGAIN_MS);
    let drawn = false;
    widgets.set(comm, async (data, bytes) => {
      if (data.method === "custom") { for (const listener of listeners) listener(data.content, bytes); return; }
      if (drawn || !data.state?._esm) return;
      drawn = true;
      clearInterval(asking);
      const style = document.createElement("style");
      style.textContent = data.state._css;
      document.head.append(style);
      const module = await import(URL.createObjectURL(new Blob([data.state._esm], { type: "text/javascript" })));
      const el = document.createElement("div");
      place.append(el);
      show();
      module.default.render({ model, el });
    });
    ask();
  }

  // What was made ready before anybody came may have failed on what is mended by now, and the next one has not: the
  // page opens itself again, but not for ever.
  function opensAgain() {
    const now = Date.now();
    try {
      const before = JSON.parse(sessionStorage.getItem("workbench-failed") ?? "[]").filter((at) => now - at < FAILURES_WITHIN_MS);
      if (before.length >= MOST_FAILURES) return false;
      sessionStorage.setItem("workbench-failed", JSON.stringify([...before, now]));
    } catch { return false; } // a private window
    location.reload();
    return true;
  }

  function fail() {
    if (opensAgain()) return;
    const again = document.createElement("button");
    again.textContent = "Try again";
    again.addEventListener("click", () => location.reload());
    place.append(words(FAILED), again);
    show();
  }

  function words(text) {
    const told = document.createElement("pre");
    told.textContent = text;
    return told;
  }

  function show() {
    document.getElementById("loading")?.remove();
    place.style.display = "";
  }

  connect();
  for (const told of document.querySelectorAll("script[type='application/vnd.voila.cell-output+json']")) {
    const output = JSON.parse(told.textContent);
    const found = output.data?.["application/vnd.jupyter.widget-view+json"];
    if (found) { widget(found.model_id); continue; }
    if (output.output_type === "error") { fail(); continue; }
    place.append(words(output.text ?? output.data?.["text/plain"] ?? ""));
    show();
  }
})();
