"""A desk in memory over invented frames: the whole protocol, kept in lists instead of a ledger."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pandas as pd

from workbench.domain.adjustable import BY_KEY, change_in_words
from workbench.domain.errors import BadInput, PlanRefused
from workbench.domain.fields import COMPARED, CONNECTWORKS, XPM
from workbench.domain.frames import (
    CANDIDATES,
    CHECKS,
    DECISIONS,
    DIFFERENCES,
    Clients,
    address_cell,
    cells,
    frame_of,
    link_id,
)
from workbench.domain.people import ROLES, AccessSettings, PersonSettings
from workbench.domain.progress import Tell, nobody
from workbench.domain.question import EVERYTHING, Question
from workbench.domain.records import Brake, Cost, LeftOut, Operation, Plan
from workbench.domain.settings import Settings, read_settings
from workbench.flow.exports import COLUMNS, ExportTold
from workbench.reconcile.link.line import moved_line
from workbench.reconcile.link.words import Explanation, waterfall_of
from workbench.reconcile.patterns import filled, name, patterns
from workbench.reconcile.rules import PROPOSED, RULES
from workbench.review.desk import Choice, Happened, Proposed, Pulse, RunTold, Work

LEAST = """
[firm]
name = "Kōwhai Accounting"
[connectworks]
base_url = "https://gateway.example/v1"
client_id = "c"
[xpm]
client_id = "x"
"""
AT = "2024-05-01T02:03:04.000Z"
_FIRST = [
    "Aroha",
    "Mere",
    "Hemi",
    "Tane",
    "Ngaio",
    "Priya",
    "Wei",
    "Sione",
    "Ana",
    "Jack",
    "Ruth",
    "Olive",
    "Tama",
    "Kiri",
    "Lena",
]
_LAST = [
    "Tuhoe",
    "Patel",
    "Zhang",
    "Fonoti",
    "Marsden",
    "Whitlow",
    "Kerekere",
    "Sandrel",
    "Ormby",
    "Latu",
    "Brisk",
    "Hallow",
]
_HISTORY = ("at", "by", "what", "client", "link_id", "field", "before", "after", "outcome", "run_id")
RESULTS = ("run_id", "link_id", "side", "client_id", "field", "before", "after", "outcome", "reason")


def invented_clients(count: int) -> Clients:
    """Invent `count` clients, each in both systems, with a fixed variety of differences."""
    sides: dict[str, list[dict[str, Any]]] = {CONNECTWORKS: [], XPM: []}
    for i in range(count):
        first, last = _FIRST[i % len(_FIRST)], _LAST[(i // 3) % len(_LAST)]
        name = f"{last} {i} Holdings Limited" if i % 3 == 0 else f"{first} {last}{i}"
        mine = {
            "client_id": f"cw{i}",
            "nature": "client",
            "entity_type": "company" if i % 3 == 0 else "individual",
            "lifecycle": "active",
            "legal_name": name,
            "partner": ("A Ngata", "B Olsen")[i % 2],
            "manager": ("C Reihana", "D Lim")[i % 2],
            "email": f"office{i}@tui.example",
            "website": None if i % 4 else "www.tui.example",
            "primary_phone": f"09 555 01{i % 90 + 10}",
            "other_phone": "021 555 012" if i % 5 == 0 else None,
            "physical_lines": f"{i + 1} Test Rise",
            "physical_suburb": "Pukehua",
            "physical_city": "Tauranga",
            "physical_postcode": "3110",
            "physical_country": "New Zealand",
            "date_of_birth": "1971-02-03" if i % 3 else None,
            "tax_number": "911-223-344",
        }
        theirs = {**mine, "client_id": f"xp{i}", "tax_number": "*****344", "contact_id": f"co{i}"}
        theirs["structure"] = "LTC" if i % 6 == 0 else "Company" if i % 3 == 0 else "Individual"
        groups = [name for name, on in (("Marsden Family", i < 4), ("Audit", i % 2)) if on]
        theirs["groups"] = "; ".join(groups) or None
        theirs["custom_fields"] = f"Preferred language: {('English', 'Te reo Māori')[i % 2]}"
        if i % 2:
            theirs["email"] = f"ofice{i}@tui.example"
        if i % 3 == 1:
            theirs["primary_phone"] = None
        if i % 4 == 2:
            theirs["physical_lines"], theirs["physical_region"] = f"{i + 1} Test Rd", "Bay of Plenty"
        if i % 5 == 4:
            theirs["legal_name"] = name.replace("Limited", "Ltd") + " (XPM)"
        sides[CONNECTWORKS].append(mine)
        sides[XPM].append(theirs)
    return Clients(
        pd.DataFrame(sides[CONNECTWORKS]),
        pd.DataFrame(sides[XPM]),
        pulled_at={CONNECTWORKS: AT, XPM: AT},
    )


def plain_differences(clients: Clients, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Compare by equality only; a blank side is a fill with a suggestion, anything else differs."""
    frames = {s: clients.side(s).set_index("client_id", drop=False) for s in (CONNECTWORKS, XPM)}
    values = {s: {f: cells(frames[s], f) for f in COMPARED} for s in frames}
    rows = []
    for cw, xpm in pairs:
        for field in COMPARED:
            mine, theirs = values[CONNECTWORKS][field][cw], values[XPM][field][xpm]
            mine, theirs = (None if pd.isna(v) else str(v) for v in (mine, theirs))
            rows.append(
                {
                    **_verdict(field, mine, theirs),
                    "link_id": link_id(cw, xpm),
                    "connectworks_id": cw,
                    "xpm_id": xpm,
                }
            )
    return frame_of(rows, DIFFERENCES)


def _verdict(field: str, mine: str | None, theirs: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"field": field, "connectworks": mine, "xpm": theirs, "kind": "different"}
    if field == "tax_number":
        told["kind"] = "not_comparable"
    elif mine == theirs:
        told["kind"] = "same"
    elif mine is None or theirs is None:
        told |= {"kind": "fill", "suggestion": "to_xpm" if theirs is None else "to_connectworks"}
        told["reason"] = "One side is empty."
    elif field == "email":
        told |= {"slip": "one letter is missing", "warnings": "contact_shared:2"}
    if told["kind"] in ("different", "fill"):
        change = told.get("slip") or (
            filled(CONNECTWORKS if mine else XPM) if told["kind"] == "fill" else None
        )
        told["pattern"] = name(field, told["kind"], "unknown", change)
    return told


class DeskOnFrames:
    """A whole desk whose memory is this object."""

    def __init__(self, count: int = 12, linked: int = 8) -> None:
        self.name, self.person, self.served = "Kōwhai Accounting", "ann@kowhai.example", True
        self.time_zone = "Pacific/Auckland"
        self.link_at = 0.9
        self.notice = "Sandbox: both services are invented; limits run 20 times faster than life."
        self.worker_alive = True
        self.works: list[Work] = []
        self.takes_time: tuple[str, ...] = ()
        self.kept_filters = {}
        self.set_up = read_settings(LEAST)
        self.log: list[dict[str, Any]] = []
        self.pushes: list[RunTold] = []
        self.decided_at_once: list[dict[str, str]] = []
        self.ended: list[dict[str, Any]] = []
        self.head = 1
        self._ids = itertools.count(1)
        self._clients: Clients | None = invented_clients(count)
        self._pairs = [(f"cw{i}", f"xp{i}") for i in range(linked)]
        self._rejected: list[tuple[str, str]] = []
        self._chosen: dict[tuple[str, str], Choice] = {}
        self._frames: tuple[int, pd.DataFrame] | None = None
        self.acts: list[tuple[str, int, tuple[str, ...]]] = []
        """Each act: how, how many choices, what was looked at before."""
        self.firm_rules: list[str] = []
        self.fails: Exception | None = None
        self.exports: list[Any] = []
        self.confirmed: tuple[str, dict[str, str], bool] | None = None
        self.custom_cost: tuple[str, int] | None = None
        self.stands: dict[str, Proposed] = {}

    def _moved(self) -> None:
        self.head += 1
        if self.fails is not None:
            raise self.fails

    approval = False
    vouched = True

    @staticmethod
    def called(key: str) -> str:
        """Give the names of those who have one."""
        return {"ann@kowhai.example": "Ann Lee"}.get(key, key)

    roles: frozenset[str] = frozenset(ROLES)
    queue: frozenset[str] | None = None
    me = "ann"

    def may(self, role: str) -> bool:
        """Tell whether whoever looks may do this."""
        return bool(self.roles) if role == "see" else role in self.roles

    def theirs(self) -> frozenset[str] | None:
        """Give the links of whoever looks."""
        return self.queue

    def _standing(self, operation: Operation) -> Proposed:
        link = next((link_id(*p) for p in self._pairs if operation.client_id in p), "")
        return self.stands.get(operation.operation_id, Proposed(operation, link, own=True))

    def proposals(self, undoes: str | None = None) -> list[Proposed]:
        """Give every write with where it stands; whoever proposed it had a hand in it."""
        found = map(self._standing, self.plan().operations if undoes is None else ())
        return [replace(one, own=one.proposed_by in ("", self.me)) for one in found]

    granted = AccessSettings()

    def access(self) -> AccessSettings:
        """Give who may do what."""
        return self.granted

    def set_access(self, before: AccessSettings, after: AccessSettings, what: str) -> None:
        """Keep who may do what."""
        self._moved()
        self.granted = after

    def myself(self) -> PersonSettings:
        """Give Ann with all her roles."""
        return PersonSettings(sign_in=self.person, name="Ann", roles=ROLES)

    def reading_files(self) -> DeskOnFrames:
        """Let XPM be reached by files, with an export that nobody has confirmed yet."""
        rows = [
            {"header": "Client Code", "field": "client_reference", "why": "by its header", "sample": "R1"},
            {"header": "Ring", "field": "primary_phone", "why": "its cells look like phones", "sample": "09"},
            {"header": "Remarks", "field": "", "why": "not known; not read"},
        ]
        choices = {
            "client_reference": "Client reference",
            "primary_phone": "Primary phone",
            "manager": "Manager",
        }
        self.exports = [ExportTold("xpm", "clients.csv", frame_of(rows, COLUMNS), choices)]
        return self

    def exports_told(self) -> list[Any]:
        """Give the exports that a test saved."""
        return self.exports

    def confirm_columns(self, side: str, columns: Mapping[str, str], month_first: bool) -> str:
        """Keep the columns."""
        self.confirmed = (side, dict(columns), month_first)
        return "Confirmed. Records are told apart by “Client Code”."

    kept_filters: dict[tuple[str, str, str], dict[str, str]]

    def settings(self) -> dict[str, Any]:
        """Give what an administrator may change."""
        return {key: setting.of(self.set_up) for key, setting in BY_KEY.items()}

    def set_setting(self, key: str, before: Any, after: Any) -> str:
        """Set it, unless the firm's own settings refuse it."""
        self._moved()
        setting = BY_KEY[key]
        told = self.set_up.model_dump()
        told[setting.part][setting.name] = after
        self.set_up = Settings.model_validate(told)
        return change_in_words(setting, before, after)

    def saved_filters(self, screen: str) -> dict[str, dict[str, str]]:
        """Give those of whoever looks."""
        kept = sorted(self.kept_filters.items())
        return {name: told for (who, where, name), told in kept if (who, where) == (self.me, screen)}

    def save_filter(self, screen: str, name: str, filters: Mapping[str, str]) -> None:
        """Keep one."""
        self.kept_filters[self.me, screen, name] = dict(filters)

    def forget_filter(self, screen: str, name: str) -> None:
        """Keep one no longer."""
        del self.kept_filters[self.me, screen, name]

    def told_settings(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Give one section."""
        return [("The firm", [("Name", self.name)])]

    def undoes_proposed(self) -> list[str]:
        """Give none."""
        return []

    def propose(self, plan_hash: str, undoes: str | None = None, note: str = "") -> int:
        """Let everything new wait."""
        self._moved()
        fresh = [one for one in self.proposals() if one.standing in ("new", "sent_back")]
        for one in fresh:
            waiting = replace(one, standing="waiting", proposed_by=self.me, proposed_at=AT, note=note)
            self.stands[one.operation.operation_id] = waiting
        return len(fresh)

    def _judge(self, operations: Sequence[Operation], standing: str, note: str) -> None:
        self._moved()
        for operation in operations:
            known = self._standing(operation)
            self.stands[operation.operation_id] = replace(
                known, standing=standing, by=self.me, at=AT, note=note
            )

    def approve(self, operations: Sequence[Operation]) -> None:
        """Say yes; to what waits no more, nothing is said."""
        for one in map(self._standing, operations):
            if one.standing != "waiting":
                raise BadInput(f"{one.by} has approved this already; your click changed nothing.")
        self._judge(operations, "approved", "")

    def send_back(self, operations: Sequence[Operation], note: str) -> None:
        """Say no."""
        self._judge(operations, "sent_back", note)

    def sendable(self, undoes: str | None = None) -> Plan:
        """Give what may be pushed now."""
        whole = self.plan() if undoes is None else self.undo_plan(undoes)
        if not self.approval:
            return whole
        yes = tuple(o for o in whole.operations if self._standing(o).standing == "approved")
        return replace(whole, operations=yes)

    def pulse(self) -> Pulse:
        """Say what is going on."""
        return Pulse(self.head, tuple(self.works), self.worker_alive)

    def still(self) -> AbstractContextManager[None]:
        """Stand still anyway."""
        return nullcontext()

    def at_hand(self, what: str) -> bool:
        """Say that everything is at hand."""
        return what not in self.takes_time

    def clients(self) -> Clients | None:
        """Give the clients."""
        return self._clients

    def checks(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give two findings."""
        return frame_of(
            [
                {
                    "check": "twins",
                    "side": XPM,
                    "client_id": "xp1",
                    "name": "Mere Tuhoe1",
                    "what": "Twice in XPM: same name and phone.",
                    "advice": "Merge them in XPM.",
                },
                {
                    "check": "damaged_value",
                    "side": CONNECTWORKS,
                    "client_id": "cw2",
                    "name": "Hemi Tuhoe2",
                    "what": "The NZBN reads 9.4E+12.",
                    "advice": "Type it in again; a spreadsheet rounded it.",
                },
            ],
            CHECKS,
        )

    def candidates(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give each unlinked pair of one number, and a wrong second one for every fourth."""
        assert self._clients is not None
        linked = {i for pair in self._pairs for i in pair}
        rows = []
        for i in range(len(self._clients.connectworks)):
            for j, probability in ((i, 0.995 - 0.2 * (i % 3)), (i + 1, 0.31 if i % 4 == 0 else 0.0)):
                pair = (f"cw{i}", f"xp{j}")
                if (
                    probability
                    and not {*pair} & linked
                    and pair not in self._rejected
                    and j < len(self._clients.xpm)
                ):
                    rows.append(_candidate(pair, probability))
        return frame_of(rows, CANDIDATES)

    def moved_line(self, candidates: pd.DataFrame, at: float) -> pd.DataFrame:
        """Give what enters and leaves."""
        return moved_line(candidates, at)

    def why_not(self, connectworks_id: str, xpm_id: str) -> Explanation:
        """Give one sentence that names both by their number, and three steps."""
        pieces = [
            {"field": "prior", "bits": -9.5, "words": "before comparing: two records are seldom one client"},
            {"field": "legal_name", "bits": 8.0, "words": "same name"},
            {"field": "phone", "bits": -0.8, "words": "phone differs"},
        ]
        sentence = f"Number {xpm_id[2:]} lost to number {connectworks_id[2:]} by 3.1 bits."
        return Explanation(sentence, waterfall_of(pieces))

    def links(self) -> pd.DataFrame:
        """Give the links."""
        rows = [
            {
                "link_id": link_id(*p),
                "connectworks_id": p[0],
                "xpm_id": p[1],
                "how": "tick",
                "by": self.person,
                "at": AT,
                "written": ("yes", "no", "here")[i % 3],
            }
            for i, p in enumerate(self._pairs)
        ]
        return frame_of(rows, ("link_id", "connectworks_id", "xpm_id", "how", "by", "at", "written"))

    def rejected(self) -> pd.DataFrame:
        """Give the rejected pairs."""
        return frame_of(
            [{"connectworks_id": c, "xpm_id": x, "by": self.person, "at": AT} for c, x in self._rejected],
            ("connectworks_id", "xpm_id", "by", "at"),
        )

    def find(self, side: Any, text: str, limit: int = 50) -> pd.DataFrame:
        """Search by name."""
        assert self._clients is not None
        frame = self._clients.side(side)
        return frame[frame["legal_name"].str.casefold().str.contains(text.casefold(), regex=False)].head(
            limit
        )

    def link(
        self, pairs: Sequence[tuple[str, str]], how: str, sample: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Join pairs."""
        self._moved()
        self._pairs += [tuple(p) for p in pairs]
        self.log += [self._entry("linked", client=c) for c, _ in pairs]

    def reject(self, pairs: Sequence[tuple[str, str]], how: str) -> None:
        """Reject pairs."""
        self._moved()
        self._rejected += [tuple(p) for p in pairs]

    def unreject(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take rejections back."""
        self._moved()
        self._rejected = [p for p in self._rejected if p not in {tuple(q) for q in pairs}]

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part links."""
        self._moved()
        self._pairs = [p for p in self._pairs if link_id(*p) not in link_ids]

    def differences(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give the differences; the same frame until the links change."""
        assert self._clients is not None
        if self._frames is None or self._frames[0] != len(self._pairs):
            self._frames = (len(self._pairs), plain_differences(self._clients, self._pairs))
        return self._frames[1]

    def patterns(self) -> pd.DataFrame:
        """Give the differences grouped by their kind of change."""
        return patterns(self.differences())

    def rules(self) -> pd.DataFrame:
        """Give the rules that were adopted."""
        return frame_of([{"rule": rule, "at": AT, "by": self.person} for rule in self.firm_rules], RULES)

    def proposed_rules(self) -> pd.DataFrame:
        """Give one proposal with one exception."""
        linked = link_id("cw0", "xp0")
        row = {"field": "email", "owner": "xpm", "partner": "Celia Finch", "chosen": 58, "of": 59}
        words = "Email, clients of Celia Finch: XPM chosen 58 of 59 times; the exception was Mere Rewi"
        return pd.DataFrame([{**row, "exceptions": [linked], "words": words}]).reindex(columns=list(PROPOSED))

    def adopt_rule(self, rule: Mapping[str, str | None]) -> None:
        """Make it a rule."""
        self._moved()
        self.firm_rules.append(f"{rule['field']} of {rule['partner']}: {rule['owner']}")

    def drop_rule(self, rule: str) -> None:
        """Have it no longer."""
        self._moved()
        self.firm_rules.remove(rule)

    def questions_file(self) -> bytes:
        """Give a file."""
        return b"questions"

    def decisions(self) -> pd.DataFrame:
        """Give the choices in force."""
        return frame_of(self.choices().values(), DECISIONS)

    def choices(self) -> dict[tuple[str, str], dict[str, str | None]]:
        """Give them by difference."""
        return {
            key: {
                "link_id": c.link_id,
                "field": c.field,
                "direction": c.direction,
                "connectworks": c.connectworks,
                "xpm": c.xpm,
                "erases": "yes" if c.erases else None,
                "unlocks": "yes" if c.unlocks else None,
                "warnings": c.warnings,
                "note": c.note or None,
            }
            for key, c in self._chosen.items()
        }

    def past_acts(self) -> list[Any]:
        """Give none: nothing was done on an earlier page."""
        return []

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give two sightings of one side."""
        lines = [("XPM flips back and forth", "old", "new"), ("XPM is first seen", None, "old")]
        rows = [{"at": AT, "what": what, "before": a, "after": b} for what, a, b in lines]
        return frame_of(rows, ("at", "by", "what", "before", "after"))

    def compared_at(self) -> pd.Series:
        """Give one moment for all links."""
        return pd.Series({link_id(*p): AT for p in self._pairs})

    def decide(self, choices: Sequence[Choice], how: str, note: str = "", sample: Sequence[str] = ()) -> None:
        """Keep choices."""
        self._moved()
        self.acts.append((how, len(choices), tuple(sample)))
        for choice in choices:
            self._chosen.pop((choice.link_id, choice.field), None)
            if choice.direction is not None:
                self._chosen[choice.link_id, choice.field] = choice
            self.log.append(
                self._entry(
                    f"decided ({how})",
                    client=choice.link_id,
                    field=choice.field,
                    before=choice.connectworks,
                    after=choice.xpm,
                )
            )

    def chosen(self) -> dict[tuple[str, str], Choice]:
        """Give what is kept, for tests."""
        return dict(self._chosen)

    def plan(self) -> Plan:
        """Give one operation for each choice that moves something."""
        ids = {link_id(*p): p for p in self._pairs}
        operations, left_out = [], []
        for choice in self._chosen.values():
            if choice.direction in ("leave", "ask") or choice.link_id not in ids:
                continue
            if choice.field == "website":
                left_out.append(
                    LeftOut(
                        choice.link_id, choice.field, "The value in XPM changed after it was ticked.", "stale"
                    )
                )
                continue
            cw, xpm = ids[choice.link_id]
            to_xpm = choice.direction == "to_xpm"
            before, after = (choice.xpm, choice.connectworks) if to_xpm else (choice.connectworks, choice.xpm)
            target = xpm if to_xpm else cw
            operations.append(
                Operation(
                    XPM if to_xpm else CONNECTWORKS,
                    "client",
                    target,
                    target,
                    {choice.field: before},
                    {choice.field: after},
                )
            )
        brakes = (
            Brake(
                "many_clients",
                "More than a fifth of all linked clients would change.",
                "set",
                words=f"Kōwhai Accounting {len(operations)} clients",
            ),
            Brake("no_quota", "The day's quota suffices.", "clear"),
            Brake("other_tenant", "The practice is the one that was planned for.", "not_checked"),
        )
        return Plan(
            tuple(operations), Cost(2 * len(operations), len(operations) / 30, 0.02), brakes, tuple(left_out)
        )

    def stale_links(self) -> pd.DataFrame:
        """Give none."""
        return frame_of((), ("link_id", "side", "client_id", "name", "what", "new_id", "new_name", "why"))

    def unmatched(self) -> pd.DataFrame:
        """Give nobody."""
        return frame_of((), ("side", "client_id", "name", "partner", "reason"))

    def handover_plan(self) -> Plan:
        """Give nothing: both sides can be written."""
        return Plan((), Cost(0, 0.0, 0.0))

    def handed_over(self) -> pd.DataFrame:
        """Give nothing."""
        return frame_of((), ("client", "standing"))

    def bulk_acts(self) -> pd.DataFrame:
        """Give what a test says was decided at once."""
        names = ("pattern", "at", "by", "how", "direction", "fields", "differences", "written")
        return frame_of(self.decided_at_once, names)

    def undo_plan(self, undoes: str) -> Plan:
        """Give the reverse of the plan."""
        plan = self.plan()
        back = tuple(replace(o, before=o.after, after=o.before) for o in plan.operations)
        return replace(plan, operations=back, undoes=undoes)

    def _ask(self, verb: str) -> str:
        self._moved()
        request = f"r{next(self._ids)}"
        self.works.insert(
            0,
            Work(
                request,
                verb,
                "running" if self.worker_alive else "queued",
                3,
                40,
                74.0,
                "reading clients",
                self.person,
            ),
        )
        return request

    def ask_connect(self) -> str:
        """Ask for a sign-in."""
        return self._ask("connect")

    def answer_prompt(self, prompt_id: str, answer: str) -> None:
        """Take an answer."""

    def ask_pull(self) -> str:
        """Ask for a pull."""
        return self._ask("pull")

    def custom_fields_cost(self) -> tuple[str, int] | None:
        """Say what reading custom fields costs."""
        return self.custom_cost

    def ask_custom_fields(self, calls: int) -> str:
        """Ask for custom fields."""
        return self._ask("custom_fields")

    def ask_refresh(self, link_id: str) -> str:
        """Ask for a refresh."""
        return self._ask("refresh")

    def ask_push(self, plan_hash: str, confirmed: str = "", undoes: str | None = None) -> str:
        """Ask for a push."""
        if plan_hash != self.sendable(undoes).hash:
            raise PlanRefused("That plan is no longer in force.", "Read the plan again.")
        operations = self.sendable().operations
        counts = {"done": len(operations)}
        self.pushes.append(RunTold("run1", AT, self.person, len(operations), len(operations), counts, undoes))
        for operation in operations:
            for field, after in operation.after.items():
                self.log.append(
                    self._entry(
                        "pushed",
                        client=operation.client_id,
                        field=field,
                        before=operation.before[field],
                        after=after,
                        outcome="done",
                        run_id="run1",
                    )
                )
        return self._ask("push")

    def stop(self, request_id: str) -> None:
        """Stop work."""
        self._moved()
        self.works = [
            replace(w, state="stopped", message="Stopped.") if w.request_id == request_id else w
            for w in self.works
        ]

    def _fitting(self, asked: Question) -> list[Any]:
        return [
            row
            for row in reversed(self.log)
            if asked.by in ("", row["by"])
            and asked.run_id in ("", row.get("run_id"))
            and asked.field in ("", row.get("field"))
            and asked.client in ("", row.get("link_id"))
            and asked.text.casefold() in f"{row.get('client')} {row.get('field')} {row['what']}".casefold()
        ]

    def look_back(self, question: Question = EVERYTHING, offset: int = 0, limit: int = 50) -> Happened:
        """Give a page of what happened."""
        fits = self._fitting(question)
        page = frame_of(fits[offset : offset + limit], _HISTORY)
        return Happened(page, len(fits), tuple(sorted({row["by"] for row in self.log})))

    def days(self, question: Question = EVERYTHING) -> pd.DataFrame:
        """Count what happened by day and person."""
        counts = Counter((row["at"][:10], row["by"], "decisions") for row in self._fitting(question))
        rows = [(*key, count) for key, count in counts.items()]
        return pd.DataFrame(rows, columns=["day", "by", "kind", "count"])

    def history_file(self, question: Question, ending: str, *, show_hidden: bool = False) -> bytes:
        """Give how much would stand in the file."""
        return f"{len(self._fitting(question))} rows, hidden shown: {show_hidden}".encode()

    def runs(self) -> list[RunTold]:
        """Give the pushes, latest first."""
        return list(reversed(self.pushes))

    def results(self, run_id: str = "") -> pd.DataFrame:
        """Give how writes ended."""
        return frame_of((r for r in self.ended if run_id in ("", r["run_id"])), RESULTS)

    def _entry(self, what: str, **more: Any) -> dict[str, Any]:
        return {"at": AT, "by": self.person, "what": what, **more}


def _candidate(pair: tuple[str, str], probability: float) -> dict[str, Any]:
    evidence = [
        {"field": "legal_name", "bits": 9.5, "words": "Same name"},
        {
            "field": "email",
            "bits": 6.0 if probability > 0.5 else -3.0,
            "words": "Same mailbox" if probability > 0.5 else "Other mailbox",
        },
        {"field": "physical_address", "bits": 4.0, "words": "Same street and town"},
    ]
    return {
        "connectworks_id": pair[0],
        "xpm_id": pair[1],
        "probability": str(probability),
        "match_weight": "12.0",
        "verdict": "link" if probability > 0.9 else "review",
        "rank": "1",
        "margin": "5.0",
        "contradiction": None if probability > 0.5 else "The numbers in the names differ.",
        "evidence": json.dumps(evidence),
    }


def address(**parts: str) -> str | None:
    """Make an address cell."""
    return address_cell(parts)
