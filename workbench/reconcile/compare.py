"""Compare the linked clients of both systems, field by field: what differs, how, and what to do about it.

Each field goes through the same steps: take both sides' cells, judge every distinct pair of values once, set
them against the last agreed pair, add what a person should be warned of. Nothing is repaired and nothing is
dropped: cells stay as received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from workbench.domain.fields import BY_NAME, COMPARED, PUSHABLE, SIDE_LABELS, SIDES, XPM
from workbench.domain.frames import DIFFERENCES, TEXT, Clients
from workbench.domain.records import canonical
from workbench.domain.settings import CompareSettings, RuleSettings
from workbench.reconcile import cautions, days, patterns, rules, slips
from workbench.reconcile.cautions import Cautions
from workbench.reconcile.pairing import Pairing, pair, plain_texts
from workbench.reconcile.suggest import LOST, Situation, Suggestion, mover, suggest
from workbench.reconcile.verdicts import Habits, Verdict, judge

_ALIKE: Final = ("same", "cosmetic")
_CROSSWISE: Final = (
    ("primary_phone", "other_phone", slips.PHONES_SWAPPED),
    ("physical_address", "postal_address", slips.ADDRESSES_SWAPPED),
)


def compare(
    clients: Clients,
    links: pd.DataFrame,
    baseline: pd.DataFrame | None = None,
    *,
    memberships: pd.DataFrame | None = None,
    moved: pd.DataFrame | None = None,
    settings: CompareSettings | None = None,
) -> pd.DataFrame:
    """Compare every link's two records in every compared field.

    Parameters
    ----------
    clients : Clients
        Both sides as received.
    links : pandas.DataFrame
        At least ``connectworks_id`` and ``xpm_id``.
    baseline : pandas.DataFrame, optional
        The last agreed pair of values per link and field (`workbench.domain.frames.BASELINE`). Without it no
        direction is suggested for two values that are both there.
    memberships : pandas.DataFrame, optional
        Which contact belongs to which client; `clients.memberships` where not given.
    moved : pandas.DataFrame, optional
        When values changed (`workbench.reconcile.moved.moved`), for the reasons' dates.
    settings : CompareSettings, optional
        The firm's home country, time zone and own mail domains.

    Returns
    -------
    pandas.DataFrame
        `workbench.domain.frames.DIFFERENCES`, all text: one row per link and field, links in the given order,
        fields in the field table's. A link whose record is not among the clients is ``not_comparable``.

    Raises
    ------
    BadInput
        If the links name no records.
    """
    settings = settings or CompareSettings()
    pairing = pair(clients, links, settings.home_country)
    cells = {field: [pairing.cells(side, field) for side in SIDES] for field in COMPARED}
    verdicts = {field: _judge_all(pairing, field, *cells[field]) for field in COMPARED}
    for first, second, words in _CROSSWISE:
        _name_swaps(pairing, cells, verdicts, first, second, words)
    agreed, absences = _agreed(baseline, pairing.links), pairing.absences()
    when = _When(settings.time_zone, _spans(moved))
    known = cautions.records(pairing, cautions.contact_clients(clients, memberships))
    columns = []
    for field in COMPARED:
        warned = cautions.gather(pairing, known, field, settings.own_domains)
        ruled = rules.rules_for(pairing, field, settings.rules)
        rows = zip(
            pairing.links["link_id"], *cells[field], verdicts[field], warned, absences, ruled, strict=True
        )
        columns.append([_row(field, _Cell(*row), agreed, when) for row in rows])
    return _frame(pairing, columns)


def same_value(field: str, a: str | None, b: str | None, country: str | None = None) -> bool:
    """Tell whether two received values of a field are equal or only written differently.

    Parameters
    ----------
    field : str
        A compared field.
    a, b : str or None
        As received; an address as canonical JSON.
    country : str or None
        ISO 3166 code by which both are read.
    """
    return judge(field, a or None, b or None, Habits(country), Habits(country)).kind in _ALIKE


def _judge_all(
    pairing: Pairing, field: str, first: Sequence[str | None], second: Sequence[str | None]
) -> list[Verdict]:
    """Judge a field's cells of all links (`judge` remembers every distinct pair)."""
    kind = BY_NAME[field].kind

    def relevant(habits: Habits) -> Habits:
        return Habits(
            habits.country if kind in ("phone", "address") else None,
            habits.entity_type if kind == "name" else None,
        )

    habits = [[relevant(h) for h in pairing.habits[side]] for side in SIDES]
    return [judge(field, *what) for what in zip(first, second, *habits, strict=True)]


def _name_swaps(
    pairing: Pairing,
    cells: Mapping[str, list[list[str | None]]],
    verdicts: Mapping[str, list[Verdict]],
    first: str,
    second: str,
    words: str,
) -> None:
    """Mark the links where one side holds two fields' values the other way round."""
    for place, habits in enumerate(zip(*(pairing.habits[side] for side in SIDES), strict=True)):
        if verdicts[first][place].kind in _ALIKE or verdicts[second][place].kind in _ALIKE:
            continue
        ours, theirs = ([cells[field][side][place] for field in (first, second)] for side in (0, 1))
        if not all(ours + theirs):
            continue
        crossed = zip(ours, reversed(theirs), strict=True)
        # The second field's notion of equality: a box is no physical address, but it is an address.
        if all(judge(second, *values, *habits).kind in _ALIKE for values in crossed):
            for field in (first, second):
                verdicts[field][place] = replace(verdicts[field][place], kind="different", slip=words)


class _Cell(NamedTuple):
    """One field of one link, with all that is known of it."""

    link_id: str
    connectworks: str | None
    xpm: str | None
    verdict: Verdict
    cautions: Cautions
    absence: str | None
    rule: RuleSettings | None


class _Agreed(NamedTuple):
    """A pair of values on which both sides were agreed, and why it counts as agreed."""

    connectworks: str | None
    xpm: str | None
    at: str | None
    why: str | None = None

    @property
    def lost(self) -> str | None:
        """Say why it cannot be gone by; None where it can."""
        return LOST.get(self.why or "")


class _When(NamedTuple):
    """When things happened: the time zone in which days are told, and the spans in which values moved."""

    zone: str
    spans: Mapping[tuple[str, str, str], tuple[str, str]]

    def moved(self, link_id: str, field: str) -> tuple[str, str]:
        """Say per side when its value moved; '' where nobody knows."""
        spans = [self.spans.get((link_id, field, side)) for side in SIDES]
        told = [f" {days.between(*span, self.zone)}" if span else "" for span in spans]
        return told[0], told[1]


class _Row(NamedTuple):
    """What one row of a differences frame says, beside the ids."""

    field: str
    connectworks: str | None
    xpm: str | None
    kind: str
    richer: str | None = None
    slip: str | None = None
    pattern: str | None = None
    warnings: str | None = None
    baseline: str | None = None
    suggestion: str | None = None
    reason: str | None = None


def _row(
    field: str,
    cell: _Cell,
    agreed: Mapping[tuple[str, str], _Agreed],
    when: _When,
) -> _Row:
    """Describe one field of one link."""
    if cell.absence:
        return _Row(field, cell.connectworks, cell.xpm, "not_comparable", reason=cell.absence)
    base = agreed.get((cell.link_id, field))
    verdict = _with_source(cell)
    if verdict.kind == "same" and base is None:
        return _Row(field, cell.connectworks, cell.xpm, "same")
    who = _mover(field, cell, base)
    now = _situation(field, cell, verdict, base, who, when)
    said = suggest(now)
    ruled = rules.apply(cell.rule, now, said) if cell.rule else said
    warnings = _warnings(said.kind, verdict, cell.cautions)
    return _Row(
        field,
        cell.connectworks,
        cell.xpm,
        said.kind,
        verdict.richer,
        verdict.slip,
        _ruled(_pattern(field, said.kind, who, verdict, cell.cautions), cell.rule, said, ruled),
        "; ".join(warnings) or None,
        base and _pair(base),
        ruled.direction,
        ruled.reason,
    )


def _ruled(pattern: str | None, rule: RuleSettings | None, said: Suggestion, ruled: Suggestion) -> str | None:
    """Put what a rule decides otherwise into patterns of the rule's own."""
    if pattern is None or rule is None or ruled.direction == said.direction:
        return pattern
    field, kind, who, change = pattern.split("|", 3)
    named = f"rule: {rules.in_words(rule)}"
    # Where a rule takes a suggestion away, what the difference is stays worth knowing.
    parts = (named,) if ruled.direction else (change, named)
    return patterns.name(field, kind, who, "; ".join(filter(None, parts)))


def _pair(base: _Agreed) -> str | None:
    if base.lost:
        return None
    return canonical({"connectworks": base.connectworks, "xpm": base.xpm}).decode()


def _with_source(cell: _Cell) -> Verdict:
    """Let an email that XPM only takes from the contact be no more than cosmetically equal."""
    if cell.verdict.kind == "same" and cell.cautions.from_contact and cell.xpm is not None:
        return replace(cell.verdict, kind="cosmetic", change="XPM takes it from the primary contact")
    return cell.verdict


def _mover(field: str, cell: _Cell, base: _Agreed | None) -> str:
    if base is None or base.lost:
        return "unknown"
    was = (base.connectworks, base.xpm)
    now = (cell.connectworks, cell.xpm)
    # What was only written anew has not moved.
    left = [a != b and not same_value(field, a, b) for a, b in zip(was, now, strict=True)]
    return mover(*left)


def _situation(
    field: str,
    cell: _Cell,
    verdict: Verdict,
    base: _Agreed | None,
    who: str,
    when: _When,
) -> Situation:
    usable, allowed = verdict.usable, cell.cautions.sendable
    return Situation(
        kind=verdict.kind,
        mover=who,
        blank=verdict.blank,
        sendable=(usable[0] and allowed[0], usable[1] and allowed[1]),
        pushable=field in PUSHABLE,
        was_blank=base is not None and not base.connectworks and not base.xpm,
        when=when.moved(cell.link_id, field),
        agreed_on=days.day(base.at, when.zone) if base and base.at else None,
        lost=base.lost if base else None,
    )


def _warnings(kind: str, verdict: Verdict, known: Cautions) -> tuple[str, ...]:
    if kind == "same":
        return ()
    if kind == "cosmetic":
        return verdict.warnings + (("email_from_contact",) if known.from_contact else ())
    return verdict.warnings + known.warnings


def _pattern(field: str, kind: str, who: str, verdict: Verdict, known: Cautions) -> str | None:
    """Name the kind of change that a cell belongs to."""
    if kind in ("same", "not_comparable"):
        return None
    if kind in ("cosmetic", "bad"):
        return patterns.name(field, kind, who, verdict.change)
    about = _about(known)
    if any(verdict.blank):
        full = verdict.blank.index(False)
        it = about[full] and f"it {about[full]}"
        return patterns.name(field, kind, who, patterns.filled(SIDES[full], it or verdict.change))
    told = [f"{patterns.WHOSE[SIDES[at]]} value {words}" for at, words in enumerate(about) if words]
    seen = "; ".join(told) or None
    return patterns.name(field, kind, who, _slip(verdict) or seen or verdict.change)


def _about(known: Cautions) -> list[str | None]:
    """Say per side what other records tell of its value."""
    shared = [name and f"is shared by many: {name}" for name in known.shared]
    return [words or name for words, name in zip(known.about, shared, strict=True)]


def _slip(verdict: Verdict) -> str | None:
    """Name the slip, and the side that says more where one does: it is decided by that side."""
    if verdict.slip and verdict.richer and verdict.kind == "different":
        return f"{verdict.slip}; {SIDE_LABELS[verdict.richer]} says more"
    return verdict.slip


def _agreed(baseline: pd.DataFrame | None, links: pd.DataFrame) -> dict[tuple[str, str], _Agreed]:
    """Key the agreed pairs by link and field; of a baseline that belongs to other links nothing is known."""
    if baseline is None or baseline.empty:
        return {}
    columns = ("link_id", "field", "connectworks", "xpm", "at", "why")
    blank = [None] * len(baseline)
    values = [plain_texts(baseline[c]) if c in baseline else blank for c in columns]
    known = {(str(row[0]), str(row[1])): _Agreed(*row[2:]) for row in zip(*values, strict=True)}
    ids = plain_texts(links["link_id"])
    if {link for link, _ in known}.isdisjoint(ids):
        return {(str(link), field): _Agreed(None, None, None, "unfit") for link in ids for field in COMPARED}
    return known


def _spans(moved: pd.DataFrame | None) -> dict[tuple[str, str, str], tuple[str, str]]:
    if moved is None:
        return {}
    columns = ("link_id", "field", "side", "since", "until")
    rows = zip(*(moved[c].astype(str) for c in columns), strict=True)
    return {(link, field, side): (since, until) for link, field, side, since, until in rows}


def _frame(pairing: Pairing, columns: list[list[_Row]]) -> pd.DataFrame:
    """Lay the fields' columns out link by link."""
    rows = [row for of_link in zip(*columns, strict=True) for row in of_link]
    values = dict(zip(_Row._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    repeated = {
        "link_id": plain_texts(pairing.links["link_id"]),
        "connectworks_id": plain_texts(pairing.links["connectworks_id"]),
        "xpm_id": plain_texts(pairing.links["xpm_id"]),
        "contact_id": pairing.column(XPM, "contact_id"),
    }
    for name, of_links in repeated.items():
        values[name] = tuple(np.repeat(np.array(of_links, dtype=object), len(COMPARED)))
    return pd.DataFrame({c: pd.array(list(values.get(c, ())), dtype=TEXT) for c in DIFFERENCES})
