// The keyboard: arrows in grids and tab lists, > and < to tick; digits, / and ? from anywhere.
// JupyterLab must not hear these keys: there an x would cut the cell in which a person is deciding.

function cellsOf(row) {
  return [...row.querySelectorAll("input:not([disabled]):not(.note), button:not([disabled])")];
}

function step(grid, from, down, right) {
  const row = from.closest("[data-row]");
  if (!row) return;
  if (down) {
    const rows = [...grid.querySelectorAll("[data-row]")];
    const spot = cellsOf(row).indexOf(from);
    for (let i = rows.indexOf(row) + down; i >= 0 && i < rows.length; i += down) {
      const cells = cellsOf(rows[i]);
      if (cells.length) return cells[Math.min(Math.max(spot, 0), cells.length - 1)].focus();
    }
  } else {
    const cells = cellsOf(row);
    cells[cells.indexOf(from) + right]?.focus();
  }
}

function ends(grid, last) {
  const cells = [...grid.querySelectorAll("[data-row]")].flatMap(cellsOf);
  cells.at(last ? -1 : 0)?.focus();
}

function tabs(list, from, key) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const at = all.indexOf(from);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[key];
  if (to === undefined) return false;
  const tab = all[(to + all.length) % all.length];
  tab.focus();
  tab.click();
  return true;
}

function gridKey(grid, target, key) {
  const row = target.closest("[data-row]");
  if (key === "ArrowDown") step(grid, target, 1, 0);
  else if (key === "ArrowUp") step(grid, target, -1, 0);
  else if (key === "ArrowRight") step(grid, target, 0, 1);
  else if (key === "ArrowLeft") step(grid, target, 0, -1);
  else if (key === "Home") ends(grid, false);
  else if (key === "End") ends(grid, true);
  else if (row && (key === ">" || key === "<")) {
    const box = row.querySelector(key === ">" ? "[data-to=xpm]" : "[data-to=connectworks]");
    if (box && !box.disabled) { box.focus(); box.click(); }
  } else return false;
  return true;
}

// Where a dialog is open, what a key is for is in there or nowhere.
const within = (host, what) => (host.querySelector("[role=dialog]") ?? host).querySelector(what);

// Keys that work wherever the focus is; single characters can be switched off, for whoever speaks to the page.
function anywhere(host, key) {
  const close = key === "Escape" ? within(host, "[data-escape]") : null;
  if (close) { close.click(); return true; }
  if (host.querySelector("[data-single-keys=off]")) return false;
  const tab = /^[0-9]$/.test(key) ? host.querySelectorAll("[role=tab]")[(Number(key) + 9) % 10] : null;
  if (tab) { tab.focus(); tab.click(); return true; }
  const box = key === "/" ? within(host, "[data-search]") : null;
  if (box) { box.focus(); box.select(); return true; }
  const help = key === "?" ? host.querySelector("[data-help]") : null;
  if (help) { help.click(); help.scrollIntoView({ block: "nearest" }); return true; }
  return false;
}

// What has a dialog open keeps the focus in it: whoever steps on comes round to its beginning.
function staysInDialog(host, event) {
  const dialog = event.key === "Tab" && host.querySelector("[role=dialog]");
  if (!dialog) return false;
  const stops = [...dialog.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
  const all = stops.filter((one) => !one.disabled && one.getClientRects().length);
  const at = all.indexOf(document.activeElement);
  if (at < 0 && dialog.contains(document.activeElement)) return false;
  const leaves = at < 0 || at === (event.shiftKey ? 0 : all.length - 1);
  if (leaves) all.at(event.shiftKey ? -1 : 0)?.focus();
  return leaves;
}

const withModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

export function keyboard(host) {
  host.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (withModifier(event)) return;
    event.stopPropagation();
    if (staysInDialog(host, event)) { event.preventDefault(); return; }
    const typing = target.matches("input:not([type=checkbox]):not([type=range]), select, textarea");
    if (typing && key !== "Escape") return;
    const list = target.closest("[role=tablist]");
    const grid = target.closest("[data-grid]");
    const used = anywhere(host, key) || (list ? tabs(list, target, key) : grid && gridKey(grid, target, key));
    if (used) event.preventDefault();
  });
  for (const name of ["keypress", "keyup"]) host.addEventListener(name, (event) => event.stopPropagation());
  return wholePage(host);
}

// In a served page nothing, or the link past what is above, has the focus at first, and the keys are this page's
// all the same. JupyterLab's own page is not ours: there only what stands within the widget is heard.
function wholePage(host) {
  if (!document.body.dataset.voila) return () => {};
  const hear = (event) => {
    if (host.contains(event.target) || withModifier(event)) return;
    if (staysInDialog(host, event) || anywhere(host, event.key)) event.preventDefault();
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}
