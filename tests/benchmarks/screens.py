"""How fast the dashboard is with 50,000 differences, in a real Chromium.

``python tests/benchmarks/screens.py`` makes an invented firm of 10,000 linked clients that differ in five
fields each, serves it as `workbench serve` does, and measures what a person would: the first screen from a
warm and from a cold kernel, turning a page, filtering, ticking; then the same over a slow network, and in
JupyterLab. What a tick takes until it is durable is measured in the kernel's own code, on the same firm.
``--only`` names some of the parts; ``--readme`` puts the rows into README.md. The firm is kept in
``--folder``, so that a second call only measures.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from chromium import FLAGS, find  # noqa: E402
from lab import kernel_ready, run_all  # noqa: E402
from slow_line import slow_line  # noqa: E402

from workbench.bench import Workbench  # noqa: E402
from workbench.domain.serving import ServeSettings  # noqa: E402
from workbench.door.serving import dashboard_notebook, lab_serving, serving  # noqa: E402
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings  # noqa: E402
from workbench.flow.processes import free_port  # noqa: E402
from workbench.personal import PersonalDesk  # noqa: E402
from workbench.review.dashboard import dashboard  # noqa: E402
from workbench.review.tree import Act as Asking  # noqa: E402
from workbench.review.tree import walk  # noqa: E402
from workbench.sandbox import Firm, Sandbox  # noqa: E402

CLIENTS, FIELDS = 10_000, 5
ROUNDS = 40
_ABSENT = """
    entity_subtype trading_name first_name middle_name last_name preferred_name client_reference
    practice_management_id deceased business_unit partner manager other_phone postal_address nzbn
    company_number abn date_of_birth tax_id addon_refreshed_at
"""
PAUSE_S = 0.3
"""Between two acts of a quick person; the browser fetches meanwhile what may be shown next."""
_DOING = """(act, waitsForRows) => new Promise((done) => {
  const body = document.querySelector('.workbench .body');
  const start = performance.now();
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = async () => { await frame(); await frame(); return performance.now() - start; };
  const rows = () => body.querySelector('.clients tbody')?.textContent;
  const before = rows();
  act();
  const changed = new Promise((yes) => {
    if (!waitsForRows || rows() !== before) return yes();
    const watch = new MutationObserver(() => { if (rows() !== before) { watch.disconnect(); yes(); } });
    watch.observe(body, { subtree: true, childList: true, characterData: true });
  });
  const seen = changed.then(drawn);
  const answered = async () => { const ms = await drawn(); done([await seen, ms]); };
  if (!body.classList.contains('waiting')) return answered();
  const watch = new MutationObserver(() => {
    if (!body.classList.contains('waiting')) { watch.disconnect(); answered(); }
  });
  watch.observe(body, { attributeFilter: ['class'] });
})"""
Act = tuple[str, str]
"""What is acted on, and the act on ``one``, as scripts.

A turn and a filter are seen once other rows are; a tick as soon as its box shows it.
"""
_CLICK = "one.click()"
_TURN: Act = ("[...document.querySelectorAll('.pager button')].at(-1)", _CLICK)
_TICK: Act = ("document.querySelector('input.tick[data-to=xpm]:not([disabled]):not(:checked)')", _CLICK)
_LEAVE: Act = (
    "[...document.querySelectorAll('[data-row] button')].find((b) => b.textContent === 'Leave both')",
    _CLICK,
)
_FILTER: Act = (
    "document.querySelector('.filters select[aria-label=Field]')",
    """one.value = one.value === 'email' ? 'website' : 'email';
    one.dispatchEvent(new Event('change', { bubbles: true }))""",
)


def write(folder: Path) -> None:
    """Make the firm: pull it once from the sandbox, and take its links over."""
    os.environ["WORKBENCH_SANDBOX_SECRET"] = SANDBOX_SECRET
    os.environ["BROWSER"] = f"{sys.executable} -m workbench.sandbox.visitor %s &"
    with Sandbox.start(speed=10_000, firm=_invented()) as sandbox:
        able = sandbox.dials("connectworks")["capabilities"]
        sandbox.dials("connectworks", capabilities=[each for each in able if each != "read_parties"])
        write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), 10_000)
        bench = Workbench(folder)
        bench.pull()
        bench.compare()


def _invented() -> Firm:
    pairs = [_pair(number) for number in range(1, CLIENTS + 1)]
    names = "parties xpm_staff xpm_groups xpm_custom_fields xpm_contacts xpm_relationships truth"
    rest: dict[str, Any] = {name: [] for name in names.split()}
    return Firm(
        name="Fifty Thousand Practice",
        country="NZ",
        tenant_id="1f2e3d4c-5b6a-4789-8a0b-1c2d3e4f5a6c",
        connectworks=[connectworks for connectworks, _ in pairs],
        xpm_clients=[xpm for _, xpm in pairs],
        **rest,
    )


def _pair(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give one client in both systems, with five differing fields."""
    uuid, name = f"5e1f0000-0000-4000-8000-{number:012}", f"Kahikatea Number {number} Limited"

    def address(street: str) -> dict[str, Any]:
        rest = {"suburb": None, "city": "Whangārei", "region": None, "postcode": "0110", "country": None}
        return {"lines": [f"{number} {street}"], **rest}

    here = {
        **dict.fromkeys(_ABSENT.split()),
        "id": f"cw_{number:06}",
        "nature": "client",
        "entity_type": "company",
        "lifecycle": "active",
        "legal_name": name,
        "country": "NZ",
        "email": f"here{number}@kahikatea.example",
        "website": f"www.here{number}.example",
        "primary_phone": f"09 555 {number % 10_000:04}",
        "physical_address": address("Kauri Road"),
        "postal_address": address("Rimu Street"),
        "evidence": {"legal_name": None, "date_of_birth": None},
        "updated_at": "2024-09-21T11:07:00Z",
        "xpm_link": {"uuid": uuid, "linked_at": "2023-01-20T20:03:00Z"},
    }
    there = {
        "uuid": uuid,
        "name": name,
        "email": f"there{number}@kahikatea.example",
        "website": f"www.there{number}.example",
        "phone": f"04 555 {number % 10_000:04}",
        "address": f"{number} Rātā Lane",
        "city": "Whangārei",
        "postCode": "0110",
        "postalAddress": f"{number} Tawa Way",
        "postalCity": "Whangārei",
        "postalPostCode": "0110",
        "businessStructure": "Company",
        "isProspect": "No",
        "isArchived": "No",
        "isDeleted": "No",
        "contacts": [],
        "notes": [],
        "customFields": [],
    }
    return here, there


@contextmanager
def served(folder: Path, warm: int) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the firm with so many warm kernels; give the link and the server's process."""
    port = free_port()
    made = serving(folder, port, ServeSettings(warm=warm))
    settings = folder / "firm.toml"
    text = re.sub(r"\n\[serve\]\nwarm = \d+\n", "", settings.read_text(encoding="utf-8"))
    settings.write_text(f"{text}\n[serve]\nwarm = {warm}\n", encoding="utf-8")
    log = (folder / "served.log").open("wb")
    process = subprocess.Popen(made.argv, env=dict(made.env), stdout=log, stderr=log)
    try:
        while not _answers(made.link.split("?")[0]):
            time.sleep(0.2)
        if warm:
            _wait_until_still(psutil.Process(process.pid), 1 + warm)
        yield made.link, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code < 500
    except httpx.TransportError:
        return False


def _wait_until_still(server: psutil.Process, processes: int) -> None:
    """Wait until the warm kernels have reckoned: they spend no more time."""
    spent, still = -1.0, 0
    while still < 3:
        time.sleep(2)
        alive = [server, *server.children(recursive=True)]
        now = sum(sum(each.cpu_times()[:2]) for each in alive if each.is_running())
        still = still + 1 if now - spent < 0.3 and len(alive) >= processes else 0
        spent = now


def opened(browser: Browser, link: str) -> tuple[Page, float]:
    """Open the dashboard; give the page, and the seconds until its first screen can be used."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(180_000)
    start = time.perf_counter()
    page.goto(link)
    page.locator(".screen h2").wait_for()
    page.locator(".works .work").wait_for(state="detached")  # nothing that it shows is still being reckoned
    return page, time.perf_counter() - start


def go_to_clients(page: Page) -> float:
    """Look at the differences client by client; give the seconds until they were first seen."""
    start = time.perf_counter()
    page.get_by_role("tab", name="Differences").click()
    page.get_by_role("button", name="Clients", exact=True).wait_for()
    seen = time.perf_counter() - start
    page.get_by_role("button", name="Clients", exact=True).click()
    page.locator("input.tick").first.wait_for()
    return seen


def timed(page: Page, acts: Act, rounds: int = ROUNDS, pause_s: float = PAUSE_S) -> list[list[float]]:
    """Act again and again, on another page where this one has nothing to act on any more.

    Gives for each act the milliseconds until it was seen, and until it was answered and the answer was drawn.
    """
    on, doing = acts
    times = []
    for _ in range(rounds):
        time.sleep(pause_s)
        while not page.evaluate(f"!!({on})"):
            _done(page, *_TURN)
            time.sleep(pause_s)
        times.append(_done(page, on, doing))
    return times


def _done(page: Page, on: str, doing: str) -> list[float]:
    rows = "true" if (on, doing) in (_TURN, _FILTER) else "false"
    return page.evaluate(f"({_DOING})(() => {{ const one = {on}; {doing} }}, {rows})")


def p95(times: Sequence[float]) -> float:
    """Give the time within which 95 of 100 were done."""
    return statistics.quantiles(times, n=20)[-1]


def durable(folder: Path) -> tuple[list[float], list[float]]:
    """Tick in this process; give the milliseconds until each was durable, and until it was answered, too."""
    bench = Workbench(folder)
    desk = PersonalDesk(bench._firm, bench.desk)
    kept: list[float] = []
    decide = desk.decide

    def clocked(*given: Any, **more: Any) -> None:
        decide(*given, **more)
        kept.append((time.perf_counter() - began) * 1000)

    desk.decide = clocked  # type: ignore[method-assign]
    page = dashboard(desk)
    page.send = lambda content, buffers=None: None  # type: ignore[method-assign]

    def hear(content: dict[str, Any]) -> None:
        page._hear(page, content, [])

    hear({"kind": "ready"})
    hear({"kind": "act", "act": "tab", "args": {"screen": "differences"}})
    hear({"kind": "act", "act": "look_by", "args": {"by": "clients"}})
    whole: list[float] = []
    turned = 0
    for _ in range(ROUNDS):
        while not (boxes := _open_boxes(page)):
            turned += 1
            hear({"kind": "act", "act": "turn", "args": {"page": turned}})
        act = boxes[0]
        began = time.perf_counter()
        hear({"kind": "act", "n": 1, "act": act.name, "args": dict(act.args), "checked": True})
        whole.append((time.perf_counter() - began) * 1000)
    return kept, whole


def _open_boxes(page: Any) -> list[Asking]:
    """Give what the boxes towards XPM ask for that can be ticked."""
    nodes = (node for node in walk(page._stage.view()) if node.attrs.get("data-to") == "xpm")
    return [node.on["change"] for node in nodes if not {"checked", "disabled"} & node.attrs.keys()]


Row = tuple[str, str, str]


def cold(folder: Path, browser: Browser) -> Iterator[Row]:
    """Open it where no kernel is ready."""
    with served(folder, warm=0) as (link, _):
        page, first = opened(browser, link)
        yield "First screen, cold kernel", f"{first:.1f} s", "8 s"
        page.context.close()


def warm(folder: Path, browser: Browser) -> Iterator[Row]:
    """Open it on a warm kernel, and use it."""
    with served(folder, warm=1) as (link, server):
        page, first = opened(browser, link)
        yield "First screen, warm kernel", f"{first:.1f} s", "3 s"
        yield "Differences, first look", f"{go_to_clients(page):.1f} s", ""
        before = _weight(page, server)
        yield from used(page)
        timed(page, _TURN, pause_s=0)
        after = _weight(page, server)
        yield "Elements in the page", f"{before[0]:,} → {after[0]:,}", "does not grow"
        yield "Memory of the page", f"{before[1]:.0f} → {after[1]:.0f} MB", "does not grow"
        yield "Memory of its kernel", f"{before[2]:.0f} → {after[2]:.0f} MB", "does not grow"
        page.context.close()


def slow(folder: Path, browser: Browser) -> Iterator[Row]:
    """Open it on a warm kernel over a slow network, with nothing in the browser's cache, and use it."""
    with served(folder, warm=1) as (link, _):
        port = httpx.URL(link).port or 80
        with slow_line(port) as slowly:
            page, first = opened(browser, link.replace(f":{port}/", f":{slowly}/"))
            yield "First screen, warm, 150 ms and 1 Mbit/s", f"{first:.1f} s", "usable"
            go_to_clients(page)
            yield from used(page, " (150 ms, 1 Mbit/s)", "usable", 20)
            page.context.close()


def lab(folder: Path, browser: Browser) -> Iterator[Row]:
    """Run the same notebook in JupyterLab, and use the dashboard in its output."""
    with in_lab(folder) as link:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(180_000)
        page.goto(link)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        kernel_ready(page)
        start = time.perf_counter()
        run_all(page)
        page.locator(".screen h2").wait_for()
        page.locator(".works .work").wait_for(state="detached")
        yield "JupyterLab: first screen after Run All", f"{time.perf_counter() - start:.1f} s", "8 s"
        yield "JupyterLab: differences, first look", f"{go_to_clients(page):.1f} s", ""
        yield from used(page, " (JupyterLab)")
        page.context.close()


def used(page: Page, where: str = "", promised: str = "p95 100 ms", rounds: int = ROUNDS) -> Iterator[Row]:
    """Turn pages, filter and tick."""
    for what, acts, pause_s in (
        ("Turn a page", _TURN, PAUSE_S),
        ("Turn page after page without a pause", _TURN, 0),
        ("Filter", _FILTER, PAUSE_S),
        ("Tick, until it says saved", _TICK, PAUSE_S),
        ("Leave both as they are, until it says saved", _LEAVE, PAUSE_S),
    ):
        seen, answered = zip(*timed(page, acts, rounds, pause_s), strict=True)
        if acts == _TICK:
            yield f"Tick, until it is seen{where}", _told(seen), promised
        yield what + where, _told(seen if acts in (_TURN, _FILTER) else answered), promised
        timed(page, _TURN, 1)  # to rows of which none is decided yet


def kernel(folder: Path, _browser: Browser) -> Iterator[Row]:
    """Tick in this process."""
    kept, whole = durable(folder)
    yield "A tick, until durable", _told(kept), "50 ms"
    yield "A tick, the kernel’s whole part", _told(whole), ""


PARTS = {part.__name__: part for part in (cold, warm, slow, lab, kernel)}


def _told(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.0f} ms, p95 {p95(times):.0f} ms"


@contextmanager
def in_lab(folder: Path) -> Iterator[str]:
    """Serve the dashboard's notebook in JupyterLab; give its link."""
    with tempfile.TemporaryDirectory() as scratch:
        notebooks = Path(scratch) / "notebooks"
        notebooks.mkdir()
        shutil.copyfile(dashboard_notebook(), notebooks / "dashboard.ipynb")
        made = lab_serving(notebooks, free_port(), folder, Path(scratch) / "lab")
        own = {f"JUPYTERLAB_{each}_DIR": f"{scratch}/{each}" for each in ("SETTINGS", "WORKSPACES")}
        with (folder / "lab.log").open("wb") as log:
            process = subprocess.Popen(made.argv, env={**made.env, **own}, stdout=log, stderr=log)
        try:
            while not _answers(made.link.split("/lab/")[0] + "/login"):
                time.sleep(0.2)
            yield made.link.replace("1_connect.ipynb", "dashboard.ipynb")
        finally:
            process.terminate()
            process.wait(30)


def _weight(page: Page, server: psutil.Process) -> tuple[int, float, float]:
    """Give the page's elements and its heap, and the heaviest kernel, both in MB."""
    page.evaluate("window.gc?.()")
    elements = page.evaluate("document.querySelectorAll('*').length")
    heap = page.evaluate("performance.memory?.usedJSHeapSize ?? 0") / 1e6
    kernels = (
        each for each in server.children(recursive=True) if "ipykernel_launcher" in " ".join(each.cmdline())
    )
    return elements, heap, max(each.memory_info().rss for each in kernels) / 1e6


def into_readme(rows: list[tuple[str, str, str]], machine: str) -> None:
    """Put what was measured into the table in README.md; rows of other parts stay."""
    path = ROOT / "README.md"
    marks = "<!-- screen benchmark -->\n", "\n<!-- end of screen benchmark -->"
    before, rest = path.read_text(encoding="utf-8").split(marks[0])
    table, after = rest.split(marks[1])
    _, _, head, line, *lines = table.splitlines()
    known = {old.split(" | ")[0].removeprefix("| "): old for old in lines}
    known |= {row[0]: f"| {' | '.join(row)} |" for row in rows}
    told = [f"`python tests/benchmarks/screens.py` on {machine}:", "", head, line, *known.values()]
    path.write_text(before + marks[0] + "\n".join(told) + marks[1] + after, encoding="utf-8")


def main() -> None:
    """Make the firm if it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "workbench-screens")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    given = parser.parse_args()
    firm = given.folder / "firm"
    if not (firm / "ledger.sqlite").exists():
        write(firm)
    os.environ.setdefault("WORKBENCH_SANDBOX_SECRET", "none")
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    machine += f", load {os.getloadavg()[0]:.1f}"
    print(f"{CLIENTS * FIELDS:,} differences of {CLIENTS:,} clients; {machine}", flush=True)
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--js-flags=--expose-gc", "--enable-precise-memory-info"]
        browser = playwright.chromium.launch(executable_path=find(), args=flags)
        rows = []
        for row in (row for part in given.only for row in PARTS[part](firm, browser)):
            print(f"{row[0]:56}{row[1]:>24}   {row[2]}", flush=True)
            rows.append(row)
        browser.close()
    if given.readme:
        into_readme(rows, machine)


if __name__ == "__main__":
    main()
