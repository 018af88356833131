"""What waits for approval, gathered by client: each change with what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.records import plan_hash
from workbench.review.desk import Proposed
from workbench.review.known import Known, rows_of
from workbench.review.outlook import Outlook, of_change, of_client
from workbench.review.pieces import badge, table
from workbench.review.plan_lines import Change, change_line
from workbench.review.tree import Node, h
from workbench.review.words import ENTITY_WORDS

OWN: Final = "own"
LISTS: Final = {"waiting": "Waiting", OWN: "Your own", "approved": "Approved", "sent_back": "Sent back"}
_HEAD: Final = ("Client", "Field", "In", "Stands now", "Will stand")
_ORDER: Final = {"ask": 0, "look": 1, "safe": 2}
_BADGES: Final = {
    "ask": ("? to ask the client", "danger"),
    "look": ("⚠ needs a look", "warn"),
    "safe": ("✓ looks safe", "good"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """All writes about one client that stand alike.

    Parameters
    ----------
    link_id : str
        Whose; empty where the two are not linked any more.
    name : str
        The client's name.
    about : str
        Type and partner, in words.
    items : tuple of Proposed
        The writes.
    outlook : Outlook
        How it looks.
    others : mapping of str to tuple of str
        Operation id to the other XPM clients at which it shows too.
    """

    link_id: str
    name: str
    about: str
    items: tuple[Proposed, ...]
    outlook: Outlook
    others: dict[str, tuple[str, ...]]

    @property
    def standing(self) -> str:
        """Where all of it stands."""
        return self.items[0].standing

    @property
    def own(self) -> bool:
        """Whether whoever looks had a hand in any of it."""
        return any(item.own for item in self.items)

    @property
    def place(self) -> str:
        """In which list it stands: what waits for somebody else than whoever looks has one of its own."""
        return OWN if self.own and self.standing == "waiting" else self.standing

    @property
    def plan_hash(self) -> str:
        """What a yes is given to: the identity of exactly these writes."""
        return plan_hash(item.operation.operation_id for item in self.items)

    @property
    def key(self) -> str:
        """What stands for it on the page."""
        return f"{self.standing} {self.items[0].undoes or ''} {self.items[0].operation.operation_id}"

    @property
    def can_be_asked(self) -> bool:
        """Whether there is anything that the client could be asked about."""
        fields = any(item.operation.resource != "link" for item in self.items)
        return bool(self.link_id) and fields and self.items[0].undoes is None


def cases_of(known: Known) -> list[Case]:
    """Gather everything proposed by client and standing; what needs most attention comes first.

    Parameters
    ----------
    known : Known
        What the desk told.
    """
    rows = {(row["link_id"], row["field"]): row for row in _differing(known)}
    directions = _directions(known)
    cases = [
        _case(known, items, undoes, rows, directions)
        for undoes in (None, *known.undoes_proposed)
        for items in _gathered(known, undoes)
    ]
    return sorted(cases, key=lambda case: (_ORDER[case.outlook.verdict], case.name.casefold(), case.key))


def _differing(known: Known) -> list[dict[str, Any]]:
    frame = known.differences
    columns = ["link_id", "field", "kind", "warnings", "suggestion", *(CONNECTWORKS, XPM)]
    return rows_of(frame.loc[~frame["kind"].isin(("same", "cosmetic")), columns])


def _directions(known: Known) -> dict[tuple[str, str], str]:
    choices = known.decisions
    pairs = zip(choices["link_id"], choices["field"], strict=True)
    return dict(zip(pairs, choices["direction"], strict=True))


def _gathered(known: Known, undoes: str | None) -> Iterator[tuple[Proposed, ...]]:
    groups: dict[tuple[str, ...], list[Proposed]] = {}
    for item in known.proposals(undoes):
        if item.standing != "new":
            about = item.link_id or f"{item.operation.side} {item.operation.client_id}"
            groups.setdefault((about, item.standing), []).append(item)
    for items in groups.values():
        yield tuple(items)


def _case(
    known: Known,
    items: tuple[Proposed, ...],
    undoes: str | None,
    rows: dict[tuple[str, str], dict[str, Any]],
    directions: dict[tuple[str, str], str],
) -> Case:
    first = items[0].operation
    card = known.cards.get((first.side, first.client_id)) or {}
    reaches = known.plan(undoes).reaches or {}
    others = {i.operation.operation_id: reaches.get(i.operation.operation_id, ()) for i in items}

    def changes() -> Iterator[Outlook]:
        for item in items:
            for field in item.operation.after:
                key = (item.link_id, field)
                told = None if undoes else rows.get(key)
                yield of_change(field, directions.get(key), told, len(others[item.operation.operation_id]))

    words = [ENTITY_WORDS.get(card.get("entity_type") or "", ""), card.get("partner") or ""]
    about = " · ".join(word for word in words if word)
    name = known.name(first.side, first.client_id)
    return Case(items[0].link_id, name, about, items, of_client(card, changes()), others)


def client_card(known: Known, case: Case, show_hidden: bool, acts: Node | None) -> Node:
    """Show one client's writes: who prepared them, each value before and after, what to look at.

    Parameters
    ----------
    known : Known
        What the desk told.
    case : Case
        Whose.
    show_hidden : bool
        Whether hidden fields are shown.
    acts : Node, optional
        What can be done.
    """
    lines = [
        change_line(
            known,
            Change(item.operation, field, item.operation.before.get(field), after),
            case.others[item.operation.operation_id],
            show_hidden,
            below=case.name,
        )
        for item in case.items
        for field, after in item.operation.after.items()
    ]
    words, look = _BADGES[case.outlook.verdict]
    return h(
        "article",
        h(
            "header",
            h("h3", case.name),
            h("span", case.about, class_="muted") if case.about else None,
            badge(words, look),
            class_="client-line",
        ),
        h("p", _history(known, case), class_="muted"),
        _note(case.items[0]),
        [h("p", "⚠ ", reason, class_="warning") for reason in case.outlook.reasons],
        table(("Field", "In", "Stands now", "Will stand"), lines, f"What would change at {case.name}"),
        acts,
        class_="card case",
        key=f"case {case.key}",
    )


def _history(known: Known, case: Case) -> str:
    item, plan = case.items[0], f"plan {short_hash(case.plan_hash)}"
    prepared = f"Prepared by {item.proposed_by}, {known.moment(item.proposed_at)}, as {plan}"
    if item.undoes:
        prepared = f"Takes an earlier push back. {prepared}"
    done = {"approved": "approved", "sent_back": "sent back"}.get(item.standing)
    return f"{prepared}; {done} by {item.by}, {known.moment(item.at)}." if done else f"{prepared}."


def _note(item: Proposed) -> Node | None:
    return h("p", h("strong", "Note: "), item.note, class_="note") if item.note else None


def short_hash(whole: str) -> str:
    """Write a plan's hash so that two people can compare it aloud."""
    return " ".join(whole[i : i + 4] for i in range(0, 12, 4))
