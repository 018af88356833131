"""What looks wrong within one side's data, before anything is linked or compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import polars as pl

from workbench.domain.fields import SIDE_LABELS, SIDES, label_of
from workbench.domain.frames import CHECKS, Clients, frame_of
from workbench.domain.progress import Tell, nobody
from workbench.reconcile.link.prepared import full_names, texts
from workbench.reconcile.normalise import dates, emails, identifiers, name_columns, phones, text

SHARED_MAILBOX: Final = 4
KNOWN_TYPES: Final = frozenset(
    ("individual", "company", "trust", "partnership", "limited_partnership", "estate", "other")
)
_GONE: Final = ("archived", "discarded", "deleted")
_IDENTIFIERS: Final = ("nzbn", "company_number", "abn", "tax_number")
_SAME_OTHERWISE: Final = (
    ("email", "email"),
    ("primary_phone", "phone"),
    ("date_of_birth", "date of birth"),
    ("nzbn", "NZBN"),
    ("company_number", "company number"),
)
Row = dict[str, str | None]


@dataclass(frozen=True)
class _Side:
    """One side's records as plain columns."""

    side: str
    ids: list[str]
    names: list[str]
    columns: dict[str, list[str | None]]

    def row(self, check: str, at: int, what: str, advice: str, group: str | None = None) -> Row:
        return {
            "group": group,
            "check": check,
            "side": self.side,
            "client_id": self.ids[at],
            "name": self.names[at],
            "what": what,
            "advice": advice,
        }


def check(clients: Clients, tell: Tell = nobody) -> pd.DataFrame:
    """Find what looks wrong within each side's data.

    Parameters
    ----------
    clients : Clients
        Both sides' frames.
    tell : callable, optional
        Hears between the steps which share of them is done; what it raises ends it.

    Returns
    -------
    pandas.DataFrame
        One row per finding and record, columns as in ``domain.frames.CHECKS``: twins, shared identifiers and
        mailboxes, unknown types, damaged values, placeholders, identifiers whose check digit does not hold.
        Rows of one finding share their ``group``. No masked value is shown.
    """
    rows: list[Row] = []
    done, steps = 0, len(SIDES) * len(_FINDS)
    for side in SIDES:
        one = _read(clients.side(side), side)
        for find in _FINDS:
            rows += find(one)
            done += 1
            tell(done / steps)
    return frame_of(rows, CHECKS)


def _read(frame: pd.DataFrame, side: str) -> _Side:
    frame = frame.sort_values("client_id", kind="stable")
    ids = frame["client_id"].astype(object).tolist()
    columns = {column: texts(frame, column) for column in frame.columns}
    return _Side(side, ids, [name or "(no name)" for name in full_names(frame)], columns)


def _twins(one: _Side) -> Iterator[Row]:
    """Name records of one side with the same name and type, and what else they share."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    keys = _name_keys(one)
    for at, name in enumerate(one.names):
        if name != "(no name)" and one.columns["lifecycle"][at] != "deleted":
            kind = one.columns["entity_type"][at]
            groups[keys[name, kind], kind or ""].append(at)
    for group in groups.values():
        if len(group) < 2 or _born_apart(one, group):
            continue
        for at in group:
            others = [other for other in group if other != at]
            what = f"{len(group)} records are called this in {SIDE_LABELS[one.side]}{_also(one, at, others)}."
            yield one.row("twins", at, what, _twin_advice(one, at, others), _group(one, "twins", group))


def _name_keys(one: _Side) -> dict[tuple[str, str | None], str]:
    """Give the comparable form of each name as a client of its kind has it."""
    of_kind: dict[str | None, dict[str, None]] = defaultdict(dict)
    for name, kind in zip(one.names, one.columns["entity_type"], strict=True):
        of_kind[kind][name] = None
    return {
        (name, kind): key
        for kind, some in of_kind.items()
        for name, key in zip(some, name_columns.keys_of(pl.Series(list(some)), kind), strict=True)
    }


def _twin_advice(one: _Side, at: int, others: Sequence[int]) -> str:
    states = one.columns["lifecycle"]
    if states[at] in _GONE and any(states[other] not in _GONE for other in others):
        return "This one is archived; link the live one, and move a link that still points here."
    return "Merge them there, or tell them apart, before linking either."


def _also(one: _Side, at: int, others: Sequence[int]) -> str:
    same = [
        label
        for column, label in _SAME_OTHERWISE
        if one.columns[column][at] and any(one.columns[column][at] == one.columns[column][o] for o in others)
    ]
    return f", with the same {' and '.join(same)}" if same else ""


def _born_apart(one: _Side, group: Sequence[int]) -> bool:
    days = [dates.key(one.columns["date_of_birth"][at]) for at in group]
    return None not in days and len(set(days)) == len(days)


def _shared_identifiers(one: _Side) -> Iterator[Row]:
    for field in _IDENTIFIERS:
        for group in _groups(identifiers.key(field, value) for value in one.columns[field]):
            for at in group:
                what = f"{len(group)} clients have the same {_name(field)}."
                advice = "Only one of them can be right: mend the others."
                yield one.row("shared_identifier", at, what, advice, _group(one, field, group))


def _group(one: _Side, what: str, group: Sequence[int]) -> str:
    """Name what the rows of one finding share."""
    return f"{what} {one.side} {one.ids[group[0]]}"


def _distinct(one: _Side, column: str) -> pl.Series:
    return pl.Series(list(filter(None, dict.fromkeys(one.columns[column]))), dtype=pl.String)


def _groups(keys: Iterator[str | None]) -> list[list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        if key:
            found[key].append(at)
    return [group for group in found.values() if len(group) > 1]


def _shared_mailboxes(one: _Side) -> Iterator[Row]:
    found: dict[str, list[int]] = defaultdict(list)
    cells = _distinct(one, "email")
    mailboxes = dict(zip(cells, emails.keys_of(cells).to_list(), strict=True))
    for at, value in enumerate(one.columns["email"]):
        for address in mailboxes.get(value, ()):
            found[address].append(at)
    for address, group in found.items():
        if len(group) >= SHARED_MAILBOX:
            for at in group:
                what = f"The mailbox {address} stands on {len(group)} clients."
                advice = "It is likely an agent’s: it says little about who is who."
                yield one.row("shared_mailbox", at, what, advice, _group(one, "mailbox", group))


def _unknown_types(one: _Side) -> Iterator[Row]:
    structures = one.columns["structure"]
    for at, kind in enumerate(one.columns["entity_type"]):
        if kind in KNOWN_TYPES and kind != "other":
            continue
        said = f"“{structures[at]}”" if structures[at] else "blank"
        yield one.row(
            "unknown_type",
            at,
            f"The kind of client is {said}, which no known type stands for.",
            "Name it under business_structures or entity_types in the settings, or mend the record.",
        )


def _damaged(one: _Side) -> Iterator[Row]:
    for field in (*_IDENTIFIERS, "primary_phone", "other_phone"):
        for at, value in enumerate(one.columns[field]):
            if value and (identifiers.damage(value) or text.is_spreadsheet_damage(value)):
                what = f"{label_of(field)} was damaged by a spreadsheet: digits are lost."
                yield one.row("damaged", at, what, "Enter it again from its source; it is never pushed.")
    for prefix in ("physical", "postal"):
        yield from _lost_zeros(one, prefix)


def _lost_zeros(one: _Side, prefix: str) -> Iterator[Row]:
    """Name postcodes of three digits: four are usual in both countries, and spreadsheets eat a first zero."""
    for at, value in enumerate(one.columns[f"{prefix}_postcode"]):
        if value and len(value.strip()) == 3 and value.strip().isdecimal():
            what = f"The {prefix} postcode has three digits: a leading zero was lost."
            yield one.row("damaged", at, what, "Put the zero back in front.")


def _placeholders(one: _Side) -> Iterator[Row]:
    for field in ("email", "primary_phone", "other_phone", "date_of_birth"):
        plain = _plain_emails(one) if field == "email" else frozenset()
        for at, value in enumerate(one.columns[field]):
            if value and value not in plain and value.strip() and _is_placeholder(field, value):
                shown = "" if field == "date_of_birth" else f" (“{value.strip()}”)"
                what = f"{label_of(field)} holds a placeholder{shown}."
                yield one.row(
                    "placeholder", at, what, "It counts as blank; clear it or enter the real value."
                )


def _plain_emails(one: _Side) -> frozenset[str]:
    """Give the cells that are one usual address, and so no placeholder."""
    cells = _distinct(one, "email")
    return frozenset(cells.filter(emails.plain_of(cells).is_not_null()))


def _is_placeholder(field: str, value: str) -> bool:
    if field == "date_of_birth":
        return dates.is_placeholder(value)
    if text.is_placeholder(value):
        return True
    if field == "email":
        return emails.parse(value) == emails.Emails()
    return phones.is_placeholder(value)


def _check_digits(one: _Side) -> Iterator[Row]:
    for field in _IDENTIFIERS:
        for at, value in enumerate(one.columns[field]):
            if not value or identifiers.damage(value):
                continue
            wrong = identifiers.warning(field, value, one.columns["country"][at])
            if wrong:
                yield one.row(
                    "check_digit", at, wrong, "Compare it with the register; it is used all the same."
                )


_FINDS: Final = (
    _twins,
    _shared_identifiers,
    _unknown_types,
    _damaged,
    _shared_mailboxes,
    _placeholders,
    _check_digits,
)


def _name(field: str) -> str:
    return (
        identifiers.NAMES.get(field, label_of(field)) if field in ("nzbn", "abn") else label_of(field).lower()
    )
