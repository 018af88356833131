"""Compare the linked clients of both systems, field by field: what differs, how, and what to do about it.

Each field goes through the same steps: take both sides' cells, judge every distinct pair of values once, set
them against the last agreed pair, add what a person should be warned of. Nothing is repaired and nothing is
dropped: cells stay as received.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.domain.fields import BY_NAME, COMPARED, CONNECTWORKS, SIDE_LABELS, SIDES, XPM
from workbench.domain.frames import DIFFERENCES, TEXT, Clients
from workbench.domain.settings import CompareSettings
from workbench.domain.swaps import SWAPS
from workbench.reconcile import cautions, rules
from workbench.reconcile.describe import ALIKE, SAME, Agreed, Cell, Described, When, describe, same_value
from workbench.reconcile.pairing import Pairing, pair, plain_texts
from workbench.reconcile.verdicts import Habits, Verdict, judge

__all__ = ["compare", "same_value"]

Cells = list[str | None]


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
        The firm's home country, time zone, own domains and addresses, and rules.

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
    known = cautions.records(pairing, cautions.contact_clients(clients, memberships))
    agreed, absences = _agreed(baseline, pairing.links), pairing.absences()
    when = When(settings.time_zone, _spans(moved))
    cells = {f: (pairing.cells(CONNECTWORKS, f), pairing.cells(XPM, f)) for f in COMPARED}
    always = [bool(absent) or borrowed for absent, borrowed in zip(absences, known.from_contact, strict=True)]
    untold = {f: _untold(clients, f) for f in COMPARED}
    asked = {f: _asked(f, *cells[f], _with_base(f, pairing, agreed, always)) for f in COMPARED}
    asked |= {f: list(range(len(pairing))) for f in COMPARED if untold[f]}
    verdicts = {field: _judge_all(pairing, field, asked[field], *cells[field]) for field in COMPARED}
    for words, (first, second) in SWAPS.items():
        _name_swaps(pairing, cells, verdicts, first, second, words)
    described, ids = {}, plain_texts(pairing.links["link_id"])
    for field in COMPARED:
        places, (ours, theirs) = asked[field], cells[field]
        warned = cautions.gather(pairing, known, field, cells[field], places, settings)
        ruled = rules.rules_for(pairing, field, settings.rules)
        rows = (
            Cell(
                str(ids[i]),
                ours[i],
                theirs[i],
                verdicts[field][i],
                caution,
                absences[i] or untold[field],
                ruled[i],
            )
            for i, caution in zip(places, warned, strict=True)
        )
        described[field] = _describe_all(field, rows, agreed, when)
    return _frame(pairing, cells, asked, described)


def _untold(clients: Clients, field: str) -> str:
    """Say which side's source has no such column, so that its blank means nothing; '' where none."""
    columns = set(BY_NAME[field].columns)
    lacking = [SIDE_LABELS[side] for side, told in clients.told.items() if not columns & told]
    return f"The export of {' and '.join(lacking)} has no such column." if lacking else ""


def _asked(field: str, first: Cells, second: Cells, always: Sequence[bool]) -> list[int]:
    """Find the links that are more than two equal texts of which nothing else is known."""
    if BY_NAME[field].kind == "tax":  # of a masked number not even equal texts say anything
        return list(range(len(first)))
    both = zip(first, second, always, strict=True)
    return [i for i, (one, other, more) in enumerate(both) if more or one != other]


def _with_base(
    field: str, pairing: Pairing, agreed: Mapping[tuple[str, str], Agreed], always: list[bool]
) -> list[bool]:
    """Find the links of which something is agreed in a field, or that are to be looked at always."""
    if not agreed:
        return always
    return [
        more or (link, field) in agreed
        for link, more in zip(plain_texts(pairing.links["link_id"]), always, strict=True)
    ]


def _judge_all(
    pairing: Pairing, field: str, places: list[int], first: Cells, second: Cells
) -> dict[int, Verdict]:
    """Judge a field's cells of some links (`judge` remembers every distinct pair)."""
    kind = BY_NAME[field].kind

    def relevant(habits: Habits) -> Habits:
        return Habits(
            habits.country if kind in ("phone", "address") else None,
            habits.entity_type if kind == "name" else None,
        )

    known = {habits: relevant(habits) for side in SIDES for habits in set(pairing.habits[side])}
    ours, theirs = (pairing.habits[side] for side in SIDES)
    return {i: judge(field, first[i], second[i], known[ours[i]], known[theirs[i]]) for i in places}


def _name_swaps(
    pairing: Pairing,
    cells: Mapping[str, tuple[Cells, Cells]],
    verdicts: Mapping[str, dict[int, Verdict]],
    first: str,
    second: str,
    words: str,
) -> None:
    """Mark the links where one side holds two fields' values the other way round."""
    for place in verdicts[first].keys() & verdicts[second].keys():
        if verdicts[first][place].kind in ALIKE or verdicts[second][place].kind in ALIKE:
            continue
        ours, theirs = ([cells[field][side][place] for field in (first, second)] for side in (0, 1))
        if not all(ours + theirs):
            continue
        habits = [pairing.habits[side][place] for side in SIDES]
        crossed = zip(ours, reversed(theirs), strict=True)
        # The second field's notion of equality: a box is no physical address, but it is an address.
        if all(judge(second, *values, *habits).kind in ALIKE for values in crossed):
            for field in (first, second):
                verdicts[field][place] = replace(
                    verdicts[field][place], kind="different", richer=None, slip=words
                )


def _describe_all(
    field: str,
    rows: Iterable[Cell],
    agreed: Mapping[tuple[str, str], Agreed],
    when: When,
) -> list[Described]:
    """Describe cells; alike ones of which nothing is agreed are described once."""
    known: dict[tuple[int, int, int], Described] = {}
    kept: list[Cell] = []  # what is known by its identity must not go away meanwhile
    result = []
    for cell in rows:
        base = agreed.get((cell.link_id, field)) if agreed else None
        if base or cell.absence:
            result.append(describe(field, cell, base, when))
            continue
        key = id(cell.verdict), id(cell.cautions), id(cell.rule)
        if key not in known:
            known[key] = describe(field, cell, None, when)
            kept.append(cell)
        result.append(known[key])
    return result


def _agreed(baseline: pd.DataFrame | None, links: pd.DataFrame) -> dict[tuple[str, str], Agreed]:
    """Key the agreed pairs by link and field; of a baseline that belongs to other links nothing is known."""
    if baseline is None or baseline.empty:
        return {}
    columns = ("link_id", "field", "connectworks", "xpm", "at", "why")
    blank = [None] * len(baseline)
    values = [plain_texts(baseline[c]) if c in baseline else blank for c in columns]
    known = {(str(row[0]), str(row[1])): Agreed(*row[2:]) for row in zip(*values, strict=True)}
    ids = plain_texts(links["link_id"])
    if {link for link, _ in known}.isdisjoint(ids):
        return {(str(link), field): Agreed(None, None, None, "unfit") for link in ids for field in COMPARED}
    return known


def _spans(moved: pd.DataFrame | None) -> dict[tuple[str, str, str], tuple[str, str]]:
    if moved is None:
        return {}
    columns = ("link_id", "field", "side", "since", "until")
    rows = zip(*(moved[c].astype(str) for c in columns), strict=True)
    return {(link, field, side): (since, until) for link, field, side, since, until in rows}


def _frame(
    pairing: Pairing,
    cells: Mapping[str, tuple[Cells, Cells]],
    asked: Mapping[str, list[int]],
    described: Mapping[str, list[Described]],
) -> pd.DataFrame:
    """Lay the fields' columns out link by link."""
    size = len(pairing)
    values = {name: _spread([column] * len(COMPARED)) for name, column in _ids(pairing).items()}
    values["field"] = _spread([[field] * size for field in COMPARED])
    for place, side in enumerate(SIDES):
        values[side] = _spread([cells[field][place] for field in COMPARED])
    for place, name in enumerate(Described._fields):
        columns = ([row[place] for row in described[field]] for field in COMPARED)
        usual = SAME[place]
        values[name] = _spread(
            [_filled(size, usual, asked[f], column) for f, column in zip(COMPARED, columns, strict=True)]
        )
    return pd.DataFrame({name: values[name] for name in DIFFERENCES})


def _ids(pairing: Pairing) -> dict[str, Cells]:
    ids = {name: plain_texts(pairing.links[name]) for name in ("link_id", "connectworks_id", "xpm_id")}
    return {**ids, "contact_id": pairing.column(XPM, "contact_id")}


def _filled(size: int, usual: str | None, places: list[int], column: Cells) -> np.ndarray:
    """Give a field's column: the usual, and what is said at some places."""
    whole = np.full(size, usual, dtype=object)
    whole[places] = column
    return whole


def _spread(columns: Sequence[Any]) -> pd.api.extensions.ExtensionArray:
    """Put the columns of all fields into one, link by link."""
    whole = np.empty((len(columns[0]), len(columns)), dtype=object)
    for place, column in enumerate(columns):
        whole[:, place] = column
    texts = pa.chunked_array([pa.array(whole.ravel(), type=pa.large_string())])
    return texts.to_pandas(types_mapper={pa.large_string(): TEXT}.get).array
