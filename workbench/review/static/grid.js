// The keyboard: arrows in grids and tab lists, > and < to tick, / to search, ? for help.
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

export function keyboard(host) {
  host.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    const typing = target.matches("input:not([type=checkbox]), select, textarea");
    const list = target.closest("[role=tablist]");
    const grid = target.closest("[data-grid]");
    let used = false;
    if (key === "Escape") {
      const close = host.querySelector("[data-escape]");
      if (close) { close.click(); used = true; }
    } else if (!typing && key === "/") {
      const box = host.querySelector("[data-search]");
      if (box) { box.focus(); box.select(); used = true; }
    } else if (!typing && key === "?") {
      const help = host.querySelector("[data-help]");
      if (help) { help.click(); used = true; }
    } else if (!typing && /^[1-9]$/.test(key)) {
      const tab = host.querySelectorAll("[role=tab]")[key - 1];
      if (tab) { tab.focus(); tab.click(); used = true; }
    } else if (list && !typing) used = tabs(list, target, key);
    else if (grid && !typing) used = gridKey(grid, target, key);
    if (used) event.preventDefault();
  });
  for (const name of ["keypress", "keyup"]) host.addEventListener(name, (event) => event.stopPropagation());
}
