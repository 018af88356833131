"""A firm on hostile servers: everything that differs is decided, on both sides, at contacts and in links."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oracle import SIDES, judge

from workbench.desk import FirmDesk
from workbench.flow.asking import ask, follow
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import free_port
from workbench.review.desk import Choice
from workbench.sandbox import Firm as SandboxFirm
from workbench.sandbox import Sandbox
from workbench.sandbox.visitor import allow

HURRY = 20.0
"""How much faster than life a hurried firm's clock runs, its waits with it."""
SPEED = 400.0
"""How much faster than life the servers' limits run."""
LATE_COMMIT_S = 16.0
LATE_S = 0.2
"""After how many real seconds a late write arrives: well within `LATE_COMMIT_S` of the hurried clock."""

#: What a network and a service do, save what changes the values themselves.
HONEST_FAULTS = [
    *("429", "500", "503", "drop_before_commit", "drop_after_commit", "late_commit", "late_commit_drop"),
    *("cut_body", "malformed", "error_in_200", "html_200", "wrong_record"),
]

STAMPS = {"updated_at", "etag", "addon_refreshed_at", "linked_at"}


class Hurried:
    """A clock that runs faster than life; everybody who waits by it waits less.

    Processes that set it going at the same moment agree on the time.
    """

    def __init__(self, since: float | None = None) -> None:
        self.since = time.time() if since is None else since

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return (time.time() - self.since) * HURRY

    def now(self) -> datetime:
        """Give the time of day."""
        return datetime.fromtimestamp(self.since, UTC) + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds / HURRY))


def made_up_firm(pairs: int) -> SandboxFirm:
    """Make pairs that differ in email and phones; every fourth is not linked yet, two share each contact."""
    made = [_pair(number) for number in range(1, pairs + 1)]
    return SandboxFirm(
        name="Torture Practice",
        country="NZ",
        tenant_id="1f2e3d4c-5b6a-4789-8a0b-1c2d3e4f5a6d",
        connectworks=[here for here, _ in made],
        parties=[],
        xpm_staff=[],
        xpm_groups=[],
        xpm_custom_fields=[],
        xpm_contacts=[_contact(number) for number in range(1, pairs // 2 + 1)],
        xpm_clients=[there for _, there in made],
        xpm_relationships=[],
        truth=[],
    )


def uuid(number: int) -> str:
    """Give the XPM id of a pair."""
    return f"5e1f0000-0000-4000-8000-{number:012}"


def _contact(number: int) -> dict[str, Any]:
    mobile = f"021 555 {number:04}"
    name = f"Contact {number}"
    return {
        "uuid": f"c0000000-0000-4000-8000-{number:012}",
        "name": name,
        "salutation": name,
        "addressee": name,
        "mobile": mobile,
        "email": None,
        "phone": None,
        "isDeleted": "No",
    }


_ABSENT = """
    entity_subtype trading_name first_name middle_name last_name preferred_name client_reference
    practice_management_id deceased business_unit partner manager website physical_address
    postal_address nzbn company_number abn date_of_birth tax_id addon_refreshed_at
"""


def _pair(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    linked = {"uuid": uuid(number), "linked_at": "2023-01-20T20:03:00Z"} if number % 4 else None
    card = (number + 1) // 2
    here: dict[str, Any] = {
        **dict.fromkeys(_ABSENT.split()),
        "id": f"cw_{number:06}",
        "nature": "client",
        "entity_type": "company",
        "lifecycle": "active",
        "legal_name": f"Kahikatea Number {number} Limited",
        "country": "NZ",
        "email": f"here{number}@kahikatea.example",
        "primary_phone": f"09 555 {number:04}",
        "other_phone": f"027 555 {card:04}",
        "evidence": {"legal_name": None, "date_of_birth": None},
        "xpm_link": linked,
        "updated_at": "2024-09-21T11:07:00Z",
    }
    there = {
        "uuid": uuid(number),
        "name": f"Kahikatea Number {number} Limited",
        "email": f"there{number}@kahikatea.example",
        "phone": f"04 555 {number:04}",
        "website": f"https://number{number}.kahikatea.example",
        "businessStructure": "Company",
        "isProspect": "No",
        "isArchived": "No",
        "isDeleted": "No",
        "contacts": [{"uuid": _contact(card)["uuid"], "isPrimary": "Yes", "position": "Director"}],
        "notes": [],
        "customFields": [],
    }
    return here, there


class Rig:
    """One firm, its two servers, and what a test does to them."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.clock = Hurried()
        speed = SPEED / HURRY
        path = write_demo_settings(folder, sandbox.xpm_url, sandbox.connectworks_url, free_port(), speed)
        text = path.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("late_commit_s")]
        path.write_text("\n".join([*lines, f"late_commit_s = {LATE_COMMIT_S}", ""]), encoding="utf-8")
        able = [each for each in sandbox.dials("connectworks")["capabilities"] if each != "read_parties"]
        sandbox.dials("connectworks", capabilities=able)
        self.firm = self.again()
        self.desk = FirmDesk(self.firm)

    def again(self) -> Firm:
        """Open the same firm as another process would."""
        return Firm(self.folder, clock=self.clock, show=say_yes)

    def pull(self) -> None:
        """Fetch both sides."""
        follow(self.firm, ask(self.firm, "pull", {}))

    def decide_everything(self) -> None:
        """Link what is not linked; decide: email to XPM, phone to Connectworks, mobile to the contact."""
        clients = self.desk.clients()
        assert clients is not None
        loose = clients.connectworks[clients.connectworks["linked_id"].isna()]["client_id"]
        self.desk.link([(id, uuid(int(id.removeprefix("cw_")))) for id in loose], "test")
        where = {"email": "to_xpm", "primary_phone": "to_connectworks", "other_phone": "to_xpm"}
        frame = self.desk.differences()
        chosen = frame[(frame["kind"] == "different") & frame["field"].isin(list(where))]
        rows = chosen[["link_id", "field", *SIDES]].astype(object).itertuples(index=False)
        self.desk.decide(
            [Choice(link, name, where[name], *pair) for link, name, *pair in rows],  # type: ignore[arg-type]
            "test",
        )

    def faulty(self, rate: float, seed: int, faults: list[str] | None = None) -> None:
        """Let both servers misbehave."""
        for side in SIDES:
            self.sandbox.dials(
                side, rate=rate, rate_seed=seed, rate_faults=faults or HONEST_FAULTS, late_s=LATE_S
            )

    def push(self) -> str:
        """Push what is decided, with the words that lift every brake that can be lifted."""
        return follow(self.firm, self.ask_push())

    def ask_push(self) -> str:
        """Ask for it, and give the request's id."""
        plan = self.desk.plan()
        return self.desk.push_plan(plan, plan.words)

    def dumps(self) -> dict[str, Any]:
        """Give what both servers hold."""
        return {side: self.sandbox.dump(side) for side in SIDES}

    def log(self) -> list[dict[str, Any]]:
        """Give both servers' request logs."""
        return [entry for side in SIDES for entry in self.sandbox.log(side)]

    def complaints(self, *, ended: bool = True) -> list[str]:
        """Let the oracle judge."""
        return judge(self.folder / "ledger.sqlite", self.log(), self.dumps(), ended=ended)

    def faults_met(self) -> set[str]:
        """Name the faults that requests met."""
        return {entry["fault"] for entry in self.log() if entry["fault"]}


def without_stamps(dumps: Any) -> str:
    """Write dumps as text, without what a server changes by itself at every write."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: kept(each) for key, each in value.items() if key not in STAMPS}
        return [kept(each) for each in value] if isinstance(value, list) else value

    return json.dumps(kept(dumps), sort_keys=True)


def say_yes(address: str) -> None:
    """Sign in as a person would, without keeping anybody waiting."""
    visit: Callable[[str], object] = allow
    threading.Thread(target=visit, args=(address,), daemon=True).start()
