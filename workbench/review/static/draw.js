// Draws the tree that Python sends. Text is text, never markup: only the elements and attributes named
// here exist, and no attribute can hold a script or an address of another host.
const TAGS = new Set(("a article aside b button caption datalist dd div dl dt em fieldset figure figcaption footer form " +
  "h1 h2 h3 h4 header input kbd label legend li mark meter nav ol option p progress section select small span strong " +
  "summary details table tbody td tfoot th thead tr ul wbr").split(" "));
const ATTRS = /^(class|id|role|title|type|name|value|placeholder|for|colspan|rowspan|scope|tabindex|disabled|checked|selected|open|lang|min|max|step|maxlength|autocomplete|inputmode|hidden|spellcheck|aria-[a-z]+|data-[a-z-]+)$/;
const NAMES_AN_ID = new Set(["id", "for", "aria-controls", "aria-labelledby", "aria-describedby", "aria-activedescendant"]);

export function drawing(host, uid, hand) {
  const parts = new Map();
  const name = (id) => id.split(" ").map((one) => `${uid}-${one}`).join(" ");

  function resolve(node) {
    while (node && node.ref) node = parts.get(node.ref);
    return node;
  }

  const refers = (node) => node.ref || node.c?.some(refers);
  const holds = (node) => (node.ref ? parts.has(node.ref) && holds(parts.get(node.ref)) : node.c?.every(holds) ?? true);

  // What a person ticked may have to be set back even where the tree is the same.
  function soil(el) { for (let at = el; at && at !== host; at = at.parentElement) at.soiled = true; }
  host.addEventListener("change", (event) => soil(event.target), true);

  let made = 0;
  function make(node) {
    node = resolve(node);
    made += 1;
    if (typeof node === "string") return document.createTextNode(node);
    const el = document.createElement(TAGS.has(node.t) ? node.t : "span");
    dress(el, node, {});
    for (const child of node.c) el.append(make(child));
    if (node.t === "select") el.value = node.a.value ?? "";
    return el;
  }

  function dress(el, node, before) {
    for (const key of Object.keys(before)) if (!(key in node.a)) undress(el, key);
    for (const [key, value] of Object.entries(node.a)) {
      if (key === "level" || key === "from") { el.style.setProperty(`--${key}`, Number(value)); continue; }
      if (key === "href") { lead(el, String(value)); continue; }
      if (!ATTRS.test(key)) continue;
      if (key === "checked") { if (!el.pending) el.checked = true; continue; }
      if (key === "value" && el.tagName !== "OPTION" && el.tagName !== "PROGRESS" && el.tagName !== "METER") {
        // What a person has typed or moved since is newer than what the answer holds.
        if (before.value !== value && !el.pending) el.value = value;
        continue;
      }
      if (before[key] === value) continue;
      const text = value === true ? "" : String(value);
      el.setAttribute(key, NAMES_AN_ID.has(key) ? name(text) : text);
    }
    if (el.type === "checkbox" && !("checked" in node.a) && !el.pending) el.checked = false;
    if (el.pending) soil(el);
    el.node = node;
    for (const event of Object.keys(node.on ?? {})) listen(el, event);
  }

  // A link only ever opens a page of its own, which learns nothing of this one.
  function lead(el, address) {
    if (el.tagName !== "A" || !/^https?:\/\//.test(address)) return;
    el.href = address;
    el.target = "_blank";
    el.rel = "noopener noreferrer";
  }

  function undress(el, key) {
    if (key === "checked") return;
    if (key === "value") { el.value = ""; return; }
    el.removeAttribute(key);
  }

  function listen(el, event) {
    el.heard ??= new Set();
    if (el.heard.has(event)) return;
    el.heard.add(event);
    el.addEventListener(event, (e) => {
      const wanted = el.node.on?.[event];
      if (!wanted) return;
      if (event === "submit") e.preventDefault();
      hand(el, event, wanted);
    });
  }

  // One element becomes what the new tree says; elements with a key are only ever matched by that key.
  function morph(el, node) {
    node = resolve(node);
    if (typeof node === "string") {
      if (el.nodeType === 3) { if (el.data !== node) el.data = node; return el; }
      const text = document.createTextNode(node);
      el.replaceWith(text);
      return text;
    }
    if (el.nodeType !== 1 || el.node?.t !== node.t || el.node?.k !== node.k) {
      const fresh = make(node);
      el.replaceWith(fresh);
      return fresh;
    }
    const before = el.node;
    if (before === node && node.whole && !el.soiled) return el;
    el.soiled = false;
    dress(el, node, before.a);
    children(el, node.c);
    if (node.t === "select" && before.a.value !== node.a.value) el.value = node.a.value ?? "";
    return el;
  }

  function children(el, wanted) {
    const old = [...el.childNodes];
    const keyed = new Map(old.filter((c) => c.node?.k !== undefined).map((c) => [c.node.k, c]));
    const loose = old.filter((c) => c.node?.k === undefined);
    // What is gone goes first: what stays is then not moved, and the page not scrolled along with it.
    const named = new Set(wanted.map((child) => resolve(child).k));
    for (const [key, child] of keyed) if (!named.has(key)) child.remove();
    let place = el.firstChild;
    const kept = new Set();
    for (const child of wanted) {
      const node = resolve(child);
      const match = node.k !== undefined ? keyed.get(node.k) : loose.shift();
      const stays = match && match === place;
      const made = match ? morph(match, node) : make(node);
      kept.add(made);
      if (stays) place = made.nextSibling;
      else el.insertBefore(made, place);
      while (place && kept.has(place)) place = place.nextSibling;
    }
    for (const child of [...el.childNodes]) if (!kept.has(child)) child.remove();
  }

  return {
    // Tells whether everything is there that a tree refers to.
    holds,
    take(fresh, outdated = []) {
      for (const [id, node] of Object.entries(fresh)) parts.set(id, { ...node, whole: !refers(node) });
      for (const id of outdated) parts.delete(id);
    },
    // Gives how many elements and texts had to be made.
    draw() {
      const page = resolve({ ref: "page" });
      made = 0;
      if (!page?.t) return made;
      if (host.firstChild) morph(host.firstChild, page); else host.append(make(page));
      return made;
    },
  };
}
