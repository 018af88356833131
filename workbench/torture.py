"""Torture: pushes through a hostile network, their worker killed again and again, held against a calm push.

Everything happens in folders that are deleted again, on local servers with an invented firm.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from workbench.desk import FirmDesk
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM
from workbench.domain.records import Plan
from workbench.flow.asking import ask, follow
from workbench.flow.demo import SANDBOX_SECRET, write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import Processes, free_port, module
from workbench.review.desk import Choice

LINKS: Final = 30
FIELDS: Final = 40
FAULT_RATE: Final = 0.3
MOST_KILLS: Final = 6
SPEED: Final = 60.0
LATE_S: Final = 0.3
"""After how many seconds a late write arrives: within the second that is waited at this speed."""
ROUND_WAIT_S: Final = 900.0
READY_WAIT_S: Final = 60.0

#: Everything that a network and a service do, save what changes values by itself.
FAULTS: Final = [
    *("429", "500", "503", "drop_before_commit", "drop_after_commit", "late_commit", "late_commit_drop"),
    *("cut_body", "malformed", "error_in_200", "html_200", "wrong_record"),
]
#: What a server changes by itself whenever anybody writes.
_STAMPS: Final = frozenset({"updated_at", "etag", "addon_refreshed_at", "linked_at"})
_CHOSEN: Final = {"email": "to_xpm", "website": "to_xpm", "primary_phone": "to_connectworks"}

Dumps = dict[str, Any]


@dataclass(frozen=True)
class Round:
    """One tortured push, and what became of it.

    Parameters
    ----------
    seed, operations, faults, kills : int
        Its seed; how many changes it was to write; how many requests met a fault; how often its worker died.
    done, lost, doubled : int
        How many changes ended as done; how many records hold something else than after a calm push; how many
        were changed more often than decided.
    verifies : bool
        Whether the ledger's chain holds.
    seconds : float
        How long it took.
    """

    seed: int
    operations: int
    faults: int
    kills: int
    done: int
    lost: int
    doubled: int
    verifies: bool
    seconds: float

    @property
    def survived(self) -> bool:
        """Whether it ended as a calm push does."""
        return self.done == self.operations and self.verifies and not (self.lost or self.doubled)


HEADINGS: Final = (
    *("seed", "operations", "faults", "kills", "done", "lost", "doubled", "verifies", "seconds"),
    "survived",
)


def row_of(one: Round) -> str:
    """Write a round as one line under `HEADINGS`."""
    return told([*astuple(one)[:-1], f"{one.seconds:.0f}", "yes" if one.survived else "NO"])


def told(cells: Sequence[object]) -> str:
    """Write cells as one line."""
    return " ".join(f"{cell!s:>10}" for cell in cells)


def torture(seed: int, minutes: float) -> Iterator[Round]:
    """Torture one push after the other, at least one, until the time is over.

    Parameters
    ----------
    seed : int
        Of the first round; each further one has the next.
    minutes : float
        After so long no further round is started.

    Yields
    ------
    Round
        As each ends.
    """
    until = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
        calm = _calm(Path(scratch) / "calm")
        while True:
            yield _round(Path(scratch) / f"round-{seed}", seed, calm)
            seed += 1
            if time.monotonic() >= until:
                return


class _Servers:
    """The two servers of one round, by their control routes."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = urls

    def control(self, side: str, what: str, given: Any = None) -> Any:
        body = None if given is None else json.dumps(given).encode()
        request = Request(f"{self.urls[side]}/_control/{what}", body, method="PUT" if body else "GET")
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def dumps(self) -> Dumps:
        return {side: self.control(side, "dump") for side in SIDES}

    def log(self) -> list[dict[str, Any]]:
        return list(self.control(XPM, "log"))

    def misbehave(self, seed: int) -> None:
        for side in SIDES:
            dials = {"rate": FAULT_RATE, "rate_seed": seed, "rate_faults": FAULTS, "late_s": LATE_S}
            self.control(side, "dials", dials)


@contextmanager
def _house(folder: Path) -> Iterator[tuple[Firm, _Servers, Plan]]:
    """Give the demo firm on servers of its own, pulled and decided; its plan is the same each time."""
    folder.mkdir(parents=True)
    with Processes(folder / "logs") as processes:
        ready = folder / "ready.json"
        processes.start("sandbox", module("workbench.sandbox", f"--speed={SPEED}", f"--ready={ready}"))
        processes.wait_for_file(ready, "sandbox", READY_WAIT_S)
        servers = _Servers(json.loads(ready.read_text(encoding="utf-8")))
        able = servers.control(CONNECTWORKS, "dials")["capabilities"]
        quick = [each for each in able if each != "read_parties"]
        servers.control(CONNECTWORKS, "dials", {"capabilities": quick})
        write_demo_settings(folder, servers.urls[XPM], servers.urls[CONNECTWORKS], free_port(), SPEED)
        os.environ.setdefault("WORKBENCH_SANDBOX_SECRET", SANDBOX_SECRET)
        firm = Firm(folder, show=_visit)
        follow(firm, ask(firm, "pull", {}))
        yield firm, servers, _decided(firm)


def _decided(firm: Firm) -> Plan:
    """Link some of the clients that are suggested, and decide on some of what differs."""
    desk = FirmDesk(firm)
    suggested = desk.candidates().query("verdict == 'link'").sort_values("connectworks_id").head(LINKS)
    desk.link(list(zip(suggested["connectworks_id"], suggested["xpm_id"], strict=True)), "torture")
    frame = desk.differences()
    own = ~frame["warnings"].fillna("").str.contains("email_from_contact")
    frame = frame[(frame["kind"] == "different") & frame["field"].isin(list(_CHOSEN)) & own]
    chosen = frame.sort_values(["link_id", "field"]).head(FIELDS)[["link_id", "field", *SIDES]]
    rows = chosen.astype(object).itertuples(index=False)
    desk.decide([Choice(link, name, _CHOSEN[name], *pair) for link, name, *pair in rows], "torture")  # type: ignore[arg-type]
    return desk.plan()


def _calm(folder: Path) -> Dumps:
    """Push calmly, and give what both servers hold then."""
    with _house(folder) as (firm, servers, plan):
        follow(firm, FirmDesk(firm).push_plan(plan, plan.words))
        return servers.dumps()


def _round(folder: Path, seed: int, calm: Dumps) -> Round:
    started = time.monotonic()
    with _house(folder) as (firm, servers, plan):
        firm.served = True  # from now on only worker processes work, and they die
        servers.misbehave(seed)
        request_id = FirmDesk(firm).push_plan(plan, plan.words)
        kills = _killed_until_ended(firm, request_id, random.Random(seed))
        outcomes = Counter(firm.state().concluded.values())
        return Round(
            seed=seed,
            operations=len(plan.operations),
            faults=sum(bool(entry["fault"]) for entry in servers.log()),
            kills=kills,
            done=outcomes["done"],
            lost=_unlike(calm, servers.dumps()),
            doubled=_doubled(servers.log(), plan),
            verifies=firm.book.verify().ok,
            seconds=time.monotonic() - started,
        )


def _killed_until_ended(firm: Firm, request_id: str, chance: random.Random) -> int:
    """Let workers work and kill each after a while, the last one excepted; tell how many died."""
    kills = 0
    deadline = time.monotonic() + ROUND_WAIT_S
    while time.monotonic() < deadline:
        worker = subprocess.Popen(
            module("workbench", "worker", str(firm.folder), "--visitor"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            patience_s = chance.uniform(2.0, 8.0) if kills < MOST_KILLS else ROUND_WAIT_S
            if _ended_within(firm, request_id, patience_s):
                return kills
        finally:
            worker.kill()
            worker.wait()
        kills += 1
    return kills


def _ended_within(firm: Firm, request_id: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if firm.state().requests[request_id].state == "ended":
            return True
        time.sleep(0.05)
    return False


def _unlike(one: Any, other: Any) -> int:
    """Count the records of which the two states hold something else, stamps aside."""
    records = [
        (one[side][kind].get(id), other[side][kind].get(id))
        for side in SIDES
        for kind in one[side]
        for id in one[side][kind].keys() | other[side][kind].keys()
    ]
    return sum(_unstamped(a) != _unstamped(b) for a, b in records)


def _unstamped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unstamped(each) for name, each in value.items() if name not in _STAMPS}
    return [_unstamped(each) for each in value] if isinstance(value, list) else value


def _doubled(log: list[dict[str, Any]], plan: Plan) -> int:
    changed = Counter((entry["server"], entry["resource"]) for entry in log if entry["changed"])
    planned = Counter((operation.side, operation.resource_id) for operation in plan.operations)
    return (changed - planned).total()


def _visit(address: str) -> None:
    subprocess.Popen(module("workbench.sandbox.visitor", address), stdout=subprocess.DEVNULL)
