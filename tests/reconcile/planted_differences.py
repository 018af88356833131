"""Invented firms with planted differences, and how well a grouping keeps apart what is decided differently.

What a careful person would do about a difference follows from the causes that the generator planted, as far
as the values show them: which of two telephone numbers is the new one cannot be seen, which of them has an
extension can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES
from workbench.domain.frames import Clients
from workbench.domain.settings import Settings
from workbench.sandbox.firm import Recipe, demo_firm, stream
from workbench.systems.connectworks_rows import Mapper
from workbench.systems.xpm_rows import Reading, client_row

OPEN: Final = ("fill", "different", "conflict", "bad")
FEW: Final = 60
PURE: Final = 0.99
MOST: Final = 0.9
OWN_DOMAIN: Final = "farrowfinch.example"

_SLIP: Final = "find out which one is mistyped"
_STALE: Final = "find out which one is current"
_REMEDIES: Final = {
    **dict.fromkeys(("typo_letter", "typo_digit", "digits_swapped", "typo_street"), _SLIP),
    **dict.fromkeys(("new_number", "moved_house", "old_mailbox", "old_website", "other_box"), _STALE),
    **dict.fromkeys(("other_mailbox", "other_page"), _STALE),
    **dict.fromkeys(("swapped_phones", "swapped_addresses"), "swap them"),
}
_TELLING: Final = {
    # Causes that can be seen on the side that has them, and what they say of that side's value.
    **dict.fromkeys(("extension", "two_numbers", "second_mailbox", "care_of"), "says more"),
    **dict.fromkeys(("level_lost", "no_area_code"), "says less"),
    "facebook_page": "has a page on a social network",
    "own_domain": "has the firm's own mailbox",
    "old_agent_po_box": "has the agent's box",
    "po_box_as_physical": "has a box as the physical address",
}
_DECISIVE: Final = ("facebook_page", "own_domain", "old_agent_po_box", "po_box_as_physical")
_UNFIT_TO_FILL: Final = ("two_numbers", "second_mailbox", "care_of", "old_agent_po_box", "facebook_page")
_CANCELLING: Final = frozenset({"level_lost", "care_of", "second_mailbox", "no_area_code", "facebook_page"})

Cause = tuple[str, str]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class PlantedFirm:
    """Both sides of an invented firm, its true links, and why which cells differ.

    Parameters
    ----------
    clients : Clients
        Both sides.
    links : pandas.DataFrame
        The true pairs.
    truth : dict
        (connectworks_id, xpm_id, field) to the planted effect and the (cause, side) behind it.
    """

    clients: Clients
    links: pd.DataFrame
    truth: dict[Key, tuple[str, frozenset[Cause]]]


@dataclass(frozen=True)
class Grouping:
    """How well groups of open cells serve for deciding.

    Parameters
    ----------
    cells, groups : int
        How many open cells there are, in how many groups.
    covered : float
        Part (0 to 1) of the cells that lie in the 60 largest groups.
    purest : float
        The lowest purity of any group.
    purity : float
        Part of all cells that agree with their group's commonest decision.
    acts : int
        Decisions needed without ever being wrong: one for each pure group, one for each cell of the others.
    most : int
        So many of these decisions decide nine tenths of the cells: pure groups first, the largest of them
        first, then single cells.
    in_pure : float
        Part (0 to 1) of the cells that lie in pure groups.
    impure : list of str
        The worst groups in words.
    """

    cells: int
    groups: int
    covered: float
    purest: float
    purity: float
    acts: int
    most: int
    in_pure: float
    impure: list[str]

    def __str__(self) -> str:
        """Tell it in one line."""
        return (
            f"{self.cells} cells in {self.groups} groups; {self.covered:.1%} in the {FEW} largest, "
            f"the worst is {self.purest:.1%} pure; purity {self.purity:.2%}; "
            f"{self.acts} safe acts, {self.most} of them for {MOST:.0%} of the cells; "
            f"pure groups hold {self.in_pure:.1%}"
        )


def generated(links: int, seed: int = 1) -> PlantedFirm:
    """Give a generated firm with about this many links."""
    rows: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    truth: list[Any] = []
    size = round(links / 0.85)
    for written in stream(Recipe(size, size, seed=seed)):
        doubled = (side for _, side in (*written.doubles, *written.twins))
        for side in (*written.connectworks.values(), *written.xpm.values(), *doubled):
            rows[str(side.row["side"])].append(dict(side.row))
        truth += written.truth
    return _planted(rows, truth)


def demo() -> PlantedFirm:
    """Give the demo firm as the house reads it."""
    firm = demo_firm()
    read = Mapper(Settings.model_validate(_SETTINGS))
    contacts = {contact["uuid"]: contact for contact in firm.xpm_contacts}
    rows: dict[str, list[dict[str, Any]]] = {
        "connectworks": [read.row(record) for record in firm.connectworks],
        "xpm": [client_row(_with_contacts(client, contacts), Reading()) for client in firm.xpm_clients],
    }
    return _planted(rows, firm.truth)


_URL: Final = "http://127.0.0.1:1"
_SETTINGS: Final = {
    "firm": {"name": "Demo"},
    "connectworks": {"base_url": _URL, "client_id": "demo"},
    "xpm": {"client_id": "demo"},
}


def _with_contacts(client: dict[str, Any], contacts: dict[str, Any]) -> dict[str, Any]:
    cards = [{**contacts[card["uuid"]], **card} for card in client["contacts"]]
    masked = "******" + client["taxNumber"][-3:] if client["taxNumber"] else None
    return {**client, "contacts": cards, "taxNumber": masked}


def _planted(rows: dict[str, list[dict[str, Any]]], truth: Iterable[dict[str, Any]]) -> PlantedFirm:
    clients = Clients(*(pd.DataFrame(rows[side], dtype="str") for side in SIDES))
    told = list(truth)
    pairs = [(row["connectworks_id"], row["xpm_id"]) for row in told if row["row"] == "pair"]
    why: dict[Key, tuple[str, frozenset[Cause]]] = {}
    for row in told:
        if row["row"] == "difference":
            key = row["connectworks_id"], row["xpm_id"], row["field"]
            known = why.get(key, ("", frozenset()))[1]
            why[key] = row["effect"], known | {(row["cause"], row["side"])}
    return PlantedFirm(clients, pd.DataFrame(pairs, columns=["connectworks_id", "xpm_id"]), why)


def remedy(effect: str, causes: frozenset[Cause]) -> str:
    """Say what a careful person would do about a cell, by the causes planted in it.

    Parameters
    ----------
    effect : str
        The effect of all causes together.
    causes : frozenset of (cause, side)
        Each planted cause and where.
    """
    if effect in ("", "same", "cosmetic", "not_comparable", "bad"):
        return "leave it"
    names = [cause for cause, _ in causes]
    alike = {cause for cause in names if names.count(cause) == len(SIDES) and cause in _CANCELLING}
    left = sorted((cause, side) for cause, side in causes if cause not in alike)
    if effect == "fill":
        blank = next((side for cause, side in left if cause.startswith("blank_")), "a blank")
        unfit = [cause for cause, _ in sorted(causes) if cause in _UNFIT_TO_FILL]
        return f"fill {blank}" if not unfit else f"look at what would fill {blank}: {unfit}"
    told = {_REMEDIES[cause] for cause, _ in left if cause in _REMEDIES}
    telling = {f"{side} {_TELLING[cause]}" for cause, side in left if cause in _DECISIVE}
    if len(telling) == 1:  # whatever is wrong with the other value, this one is not the client's
        return telling.pop()
    if _STALE in told:  # who has moved has moved, however well the old address was written
        return _STALE
    told |= {f"{side} {_TELLING[cause]}" for cause, side in left if cause in _TELLING}
    return "; ".join(sorted(told)) or "leave it"


def measure(firm: PlantedFirm, differences: pd.DataFrame, groups: pd.Series) -> Grouping:
    """Measure a grouping of a differences frame's open cells.

    Parameters
    ----------
    firm : PlantedFirm
        Whose differences they are.
    differences : pandas.DataFrame
        As compared.
    groups : pandas.Series
        A group's name for each row.
    """
    asked = differences["kind"].isin(OPEN) & differences["field"].isin(PUSHABLE)
    offered = differences[asked]
    members: dict[str, Counter[str]] = {}
    for left, right, field, group in zip(
        offered["connectworks_id"], offered["xpm_id"], offered["field"], groups[asked], strict=True
    ):
        what = remedy(*firm.truth.get((left, right, field), ("", frozenset())))
        members.setdefault(str(group), Counter())[what] += 1
    largest = sorted(members.items(), key=lambda one: (-one[1].total(), one[0]))
    purities = {name: max(counts.values()) / counts.total() for name, counts in members.items()}
    agreeing = sum(max(counts.values()) for counts in members.values())
    few = [name for name, _ in largest[:FEW]]
    impure = [
        f"{purities[name]:.1%} of {counts.total()} {name}: {counts.most_common(4)}"
        for name, counts in largest
        if purities[name] < PURE
    ]
    pure = [counts.total() for name, counts in largest if purities[name] >= PURE]
    alone = len(offered) - sum(pure)
    held = accumulate([*pure, *[1] * alone])
    enough = next((n for n, cells in enumerate(held, 1) if cells >= MOST * len(offered)), 0)
    return Grouping(
        len(offered),
        len(members),
        sum(members[name].total() for name in few) / len(offered),
        min(purities.values()),
        agreeing / len(offered),
        len(pure) + alone,
        enough,
        sum(pure) / len(offered),
        impure,
    )


def trivial(differences: pd.DataFrame) -> pd.Series:
    """Group by field, kind and mover only."""
    parts = differences["pattern"].fillna("").str.split("|", n=3, expand=True)
    return differences["field"] + "|" + parts[1] + "|" + parts[2]


__all__ = ["CONNECTWORKS", "Grouping", "PlantedFirm", "demo", "generated", "measure", "remedy", "trivial"]
