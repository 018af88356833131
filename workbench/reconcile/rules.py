"""The firm's own rules: what they suggest, and which ones past decisions would speak for.

A rule only ever suggests. It never touches what was left alone, and never suggests to write over the only
value that changed: there it steps back and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import polars as pl

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES, XPM, label_of, other_side
from workbench.domain.frames import TEXT, Clients, frame_of
from workbench.domain.records import canonical
from workbench.domain.settings import BY_RULE, RuleSettings
from workbench.reconcile.pairing import Pairing, pair
from workbench.reconcile.suggest import HELD_BACK, TO, Situation, Suggestion
from workbench.reconcile.text_columns import Codes, numbered

PROPOSED: Final = (
    "field",
    "entity_type",
    "partner",
    "group",
    "owner",
    "chosen",
    "of",
    "exceptions",
    "words",
)
RULES: Final = ("rule", "field", "owner", "by", "at")
ENOUGH: Final = 10
"""Fewer decisions than this say nothing about the next one."""
NEARLY_ALL: Final = 0.95
"""Part (0 to 1) of the decisions that must agree."""
FEW: Final = 3
"""So many exceptions are named; of more only the number is said."""

_OWNERS: Final = {"to_xpm": CONNECTWORKS, "to_connectworks": XPM, "ask": "ask", "leave": "never"}
_SAYS: Final = {
    CONNECTWORKS: "Connectworks is followed",
    XPM: "XPM is followed",
    "fill_only": "only blanks are filled",
    "ask": "the client is asked",
    "never": "it is never synchronised",
}
_TYPES: Final = {
    "individual": "people",
    "company": "companies",
    "trust": "trusts",
    "partnership": "partnerships",
    "limited_partnership": "limited partnerships",
    "estate": "estates",
    "other": "clients of other types",
}
_CHOSEN: Final = {
    CONNECTWORKS: "Connectworks chosen",
    XPM: "XPM chosen",
    "ask": "the client asked",
    "never": "left as it is",
}


def digest(rules: Sequence[RuleSettings]) -> str:
    """Give the identity of a set of rules in their order (64 hexadecimal digits)."""
    return hashlib.sha256(written(rules)).hexdigest()


def written(rules: Sequence[RuleSettings]) -> bytes:
    """Write rules down as canonical JSON."""
    return canonical([rule.model_dump(mode="json", exclude_defaults=True) for rule in rules])


def standing(rules: Sequence[RuleSettings], versions: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Give rules in words, each with who wrote it when.

    Parameters
    ----------
    rules : sequence of RuleSettings
        The present ones.
    versions : iterable of (str, str, str)
        Every set of rules that was ever in force, oldest first: by whom, when, and as `written`.

    Returns
    -------
    pandas.DataFrame
        ``rule`` (in words), ``field``, ``owner``, ``by`` and ``at``: since when it has stood without a break.
        A rule that no version knows yet has neither.
    """
    since: dict[str, tuple[str, str]] = {}
    for by, at, text in versions:
        named = [json.dumps(rule, sort_keys=True) for rule in json.loads(text)]
        since = {rule: since.get(rule, (by, at)) for rule in named}
    rows = []
    for rule in rules:
        key = json.dumps(rule.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
        known = dict(zip(("by", "at"), since.get(key, ()), strict=False))
        rows.append({"rule": in_words(rule), "field": rule.field, "owner": rule.owner, **known})
    return frame_of(rows, RULES)


def in_words(rule: RuleSettings) -> str:
    """Say a rule in one line, such as “Postal address, clients of Celia Finch: XPM is followed”."""
    return f"{_about(rule.field, rule.entity_types, rule.partner, rule.group)}: {_SAYS[rule.owner]}"


def in_brief(rule: RuleSettings) -> str:
    """Say of a field that is named already what a rule does, such as “by your rule for trusts, …”."""
    whose = ", ".join(_whose(rule.entity_types, rule.partner, rule.group))
    return f"by your rule{f' for {whose}' if whose else ''}, {_SAYS[rule.owner]}"


def _about(field: str, types: Sequence[str], partner: str | None, group: str | None) -> str:
    return ", ".join([label_of(field), *_whose(types, partner, group)])


def _whose(types: Sequence[str], partner: str | None, group: str | None) -> list[str]:
    whose = [
        " or ".join(_TYPES.get(kind, kind) for kind in types) if types else None,
        f"clients of {partner}" if partner else None,
        f"group {group}" if group else None,
    ]
    return [words for words in whose if words]


def rules_for(
    pairing: Pairing, field: str, rules: Sequence[RuleSettings]
) -> tuple[Codes, list[RuleSettings | None]]:
    """Find each link's rule for a field: the first in the file that covers the client.

    Parameters
    ----------
    pairing : Pairing
        The linked records; either side's entity type, partner or groups will do.
    field : str
        A compared field.
    rules : sequence of RuleSettings
        In the file's order.

    Returns
    -------
    array of int, list of RuleSettings or None
        Each link's number, and the rule of each number; None is no rule.
    """
    about = [rule for rule in rules if rule.field == field]
    if not about:
        return np.zeros(len(pairing), dtype=np.int64), [None]
    codes, traits = _traits(pairing)
    covered = [next((n for n, rule in enumerate(about) if _covers(rule, one)), -1) for one in traits]
    return np.array([*covered, -1])[codes] + 1, [None, *about]


class _Traits(NamedTuple):
    """By what a rule may choose a client."""

    types: frozenset[str]
    partners: frozenset[str]
    groups: frozenset[str]


def _traits(pairing: Pairing) -> tuple[Codes, list[_Traits]]:
    """Give each link a number that stands for its client's traits, and the traits of each number."""
    signs = {"entity_type": None, "partner": None, "groups": "; "}
    columns = [pairing.column(side, name).alias(f"{name} {side}") for name in signs for side in SIDES]
    codes, distinct = numbered(pl.DataFrame(columns))
    pairs = (distinct.select(f"{name} {side}" for side in SIDES).rows() for name in signs)
    both = zip(pairs, signs.values(), strict=True)
    values = ([_values(pair, sign) for pair in rows] for rows, sign in both)
    return codes, [_Traits(*row) for row in zip(*values, strict=True)]


def _values(texts: Iterable[str | None], sign: str | None) -> frozenset[str]:
    parts = (part for text in texts if text for part in (text.split(sign) if sign else [text]))
    return frozenset(part.strip() for part in parts)


def _covers(rule: RuleSettings, traits: _Traits) -> bool:
    if rule.entity_types and traits.types.isdisjoint(rule.entity_types):
        return False
    if rule.partner and rule.partner not in traits.partners:
        return False
    return not rule.group or rule.group in traits.groups


def apply(rule: RuleSettings, now: Situation, said: Suggestion) -> Suggestion:
    """Let a rule have its say about one difference.

    Parameters
    ----------
    rule : RuleSettings
        The firm's rule for this field and client.
    now : Situation
        What is known about the difference.
    said : Suggestion
        What is suggested without the rule.
    """
    if said.kind not in ("fill", "different", "conflict") or now.mover == "neither" or now.lost:
        return said
    reason = f"{BY_RULE}{in_words(rule)}."
    if rule.owner == "ask":
        return replace(said, direction="ask" if now.pushable else None, reason=reason)
    if rule.owner == "never":
        return replace(said, direction=None, reason=reason)
    if rule.owner == "fill_only":
        if now.kind == "fill" and said.direction:
            return replace(said, reason=f"{reason} {said.reason or ''}".strip())
        return replace(said, direction=None, reason=reason)
    return _owned(rule.owner, now, said, reason)


def _owned(owner: str, now: Situation, said: Suggestion, reason: str) -> Suggestion:
    """Suggest the owner's value, unless it is blank, unfit, or would discard the only change."""
    place = SIDES.index(owner)
    if now.blank[place]:
        return replace(said, direction=None, reason=f"{reason} But it has nothing here.")
    if now.mover == other_side(owner):
        return replace(said, direction=None, reason=f"{reason} But {said.reason}")
    if not (now.pushable and now.sendable[place]):
        return replace(said, direction=None, reason=f"{reason} {HELD_BACK}")
    if said.kind == "conflict":
        reason = f"{reason} {said.reason}"
    return replace(said, direction=TO[owner], reason=reason)


def propose(
    decisions: pd.DataFrame, clients: Clients, links: pd.DataFrame, rules: Sequence[RuleSettings] = ()
) -> pd.DataFrame:
    """Find rules that past decisions speak for; nothing is applied.

    Parameters
    ----------
    decisions : pandas.DataFrame
        What people chose: ``link_id``, ``field``, ``direction`` and both values; the last row of a link and
        field counts, and only where both sides had a value.
    clients : Clients
        Both sides, for types, partners and groups.
    links : pandas.DataFrame
        At least ``link_id``, ``connectworks_id`` and ``xpm_id``.
    rules : sequence of RuleSettings
        The firm's present ones; what they cover is not proposed again.

    Returns
    -------
    pandas.DataFrame
        One row per proposal, best supported first: the field and the set of clients it holds for (missing
        means any), ``owner``, ``chosen`` of ``of`` decisions, the ``exceptions``' link ids, and words. A
        proposal for everybody stands only where decisions beyond any one set of clients speak for it.
    """
    pairing = pair(clients, links, "NZ")
    codes, distinct = _traits(pairing)
    traits = {link: distinct[code] for link, code in zip(pairing.links["link_id"], codes, strict=True)}
    # A set to which every client belongs says no more than everybody.
    whole = {one for one in _sets(distinct[0]) if all(one in _sets(t) for t in distinct)} if distinct else {}
    counted: dict[tuple[str, str, str], dict[str, str]] = {}
    for link, field, direction in _choices(decisions):
        if link in traits and field in PUSHABLE and direction in _OWNERS:
            for kind, whose in _sets(traits[link]):
                if not kind or (kind, whose) not in whole:
                    counted.setdefault((field, kind, whose), {})[link] = _OWNERS[direction]
    made = (_proposal(*one, chosen) for one, chosen in sorted(counted.items()))
    rows = [row for row in _apart_from_each_other(filter(None, made)) if not _known(row, rules)]
    names = dict(zip(pairing.links["link_id"], _names(pairing), strict=True))
    for row in rows:
        row["words"] = f"{row['words']}{_told_exceptions([names[link] for link in row['exceptions']])}"
    rows.sort(key=lambda row: (-row["of"], row["words"]))
    frame = pd.DataFrame(rows, columns=list(PROPOSED))
    texts = dict.fromkeys(("field", "entity_type", "partner", "group", "owner", "words"), TEXT)
    return frame.astype(texts | {"chosen": "int64", "of": "int64"})


def _names(pairing: Pairing) -> list[str]:
    """Give each link's client a name: Connectworks' where there is one, else XPM's."""
    both = zip(*(pairing.column(side, "legal_name") for side in SIDES), strict=True)
    return [one or other or "a client without a name" for one, other in both]


def _told_exceptions(names: Sequence[str]) -> str:
    """Say who went the other way; of many only the first few."""
    if not names:
        return ""
    told = sorted(names)[:FEW] + ([f"{len(names) - FEW} more"] if len(names) > FEW else [])
    *most, last = told
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"; the exception{'s were' if most else ' was'} {listed}"


def _choices(decisions: pd.DataFrame) -> Iterable[tuple[str, str, str]]:
    both = decisions[decisions[CONNECTWORKS].notna() & decisions[XPM].notna()]
    last = both.drop_duplicates(["link_id", "field"], keep="last")
    taken = last[last["direction"].notna()]
    return zip(*(taken[c].astype(str).tolist() for c in ("link_id", "field", "direction")), strict=True)


def _sets(traits: _Traits) -> list[tuple[str, str]]:
    """Name the sets of clients that a client belongs to, all clients first."""
    named = {"entity_type": traits.types, "partner": traits.partners, "group": traits.groups}
    return [("", ""), *((kind, whose) for kind, values in named.items() for whose in sorted(values))]


def _proposal(field: str, kind: str, whose: str, chosen: Mapping[str, str]) -> dict[str, Any] | None:
    owners = sorted(set(chosen.values()))
    owner = max(owners, key=lambda one: sum(value == one for value in chosen.values()))
    exceptions = sorted(link for link, value in chosen.items() if value != owner)
    if len(chosen) < ENOUGH or len(chosen) - len(exceptions) < NEARLY_ALL * len(chosen):
        return None
    one = dict.fromkeys(("entity_type", "partner", "group")) | ({kind: whose} if kind else {})
    about = _about(field, [one["entity_type"]] if one["entity_type"] else [], one["partner"], one["group"])
    agreed = len(chosen) - len(exceptions)
    words = f"{about}: {_CHOSEN[owner]} {agreed} of {len(chosen)} times"
    return {
        **one,
        "field": field,
        "owner": owner,
        "chosen": agreed,
        "of": len(chosen),
        "exceptions": exceptions,
        "words": words,
    }


def _known(row: Mapping[str, Any], rules: Sequence[RuleSettings]) -> bool:
    return any(
        rule.field == row["field"]
        and rule.partner in (None, row["partner"])
        and rule.group in (None, row["group"])
        and (not rule.entity_types or row["entity_type"] in rule.entity_types)
        for rule in rules
    )


def _for_all(row: Mapping[str, Any]) -> bool:
    return not any(row[c] for c in ("entity_type", "partner", "group"))


def _apart_from_each_other(proposals: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let a proposal for everybody stand where it holds beyond any set, and then for the sets as well."""
    rows = list(proposals)
    sets = [row for row in rows if not _for_all(row)]
    wide = {row["field"]: row for row in rows if _for_all(row) and not _borne_by_one(row, sets)}
    some = [r for r in sets if r["field"] not in wide or wide[r["field"]]["owner"] != r["owner"]]
    return [*wide.values(), *some]


def _borne_by_one(row: Mapping[str, Any], sets: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether next to all decisions behind a proposal for everybody are about one set of clients."""
    return any(row["field"] == one["field"] and row["of"] - one["of"] < ENOUGH for one in sets)
