"""The lines of a plan: what would change, at whom it shows besides, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.domain.fields import BY_NAME, CONNECTWORKS, SIDE_LABELS, XPM, label_of
from workbench.domain.records import LeftOut, Operation, Plan
from workbench.review.known import Known, rows_of
from workbench.review.outcomes import GOOD
from workbench.review.pieces import badge
from workbench.review.tree import Node, h
from workbench.review.values import shown
from workbench.review.words import amount

NAMES_SHOWN: Final = 6
_LEFT_OUT_TITLES: Final = {
    "stale": "Changed since it was ticked: decide again",
    "warned": "A warning has come up since it was ticked",
    "erases": "Would erase a value: say so in Differences",
    "locked": "Locked: unlock it in Differences",
    "cannot": "Cannot be written",
    "refused": "Cannot be undone",
    "contradicts": "Contradicts another choice",
    "not_pushable": "For looking only",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would change.

    Parameters
    ----------
    operation : Operation
        Which request carries it.
    field : str
        Which field.
    before, after : str or None
        The value that stands and the value that would stand.
    """

    operation: Operation
    field: str
    before: str | None
    after: str | None

    @property
    def erases(self) -> bool:
        """Whether a value would be gone afterwards."""
        return bool(self.before) and not self.after and self.operation.resource != "link"


def changes_of(plan: Plan) -> list[Change]:
    """List a plan's changes, those that erase first, otherwise in the order of the push."""

    def each() -> Iterator[Change]:
        for operation in plan.operations:
            for field, after in operation.after.items():
                yield Change(operation, field, operation.before.get(field), after)

    return sorted(each(), key=lambda change: not change.erases)


def found(known: Known, changes: Sequence[Change], text: str) -> list[Change]:
    """Keep the changes whose client, field or new value holds a text; a hidden value is not searched."""
    wanted = text.casefold().strip()

    def holds(change: Change) -> bool:
        operation = change.operation
        told = [known.name(operation.side, operation.client_id)]
        if operation.resource != "link":
            value = "" if BY_NAME[change.field].masked else change.after
            told += [label_of(change.field), value or ""]
        return wanted in "\0".join(told).casefold()

    return [change for change in changes if holds(change)] if wanted else list(changes)


def reached(plan: Plan) -> int | None:
    """Count the other clients at which writes to shared contacts show too; None where that is not known."""
    if plan.reaches is None:
        return None
    return len({client for others in plan.reaches.values() for client in others})


def change_line(
    known: Known, change: Change, others: Sequence[str], show_hidden: bool, below: str | None = None
) -> Node:
    """Show one value that would change.

    Parameters
    ----------
    known : Known
        What the desk told.
    change : Change
        Which value.
    others : sequence of str
        Ids of the other XPM clients at which it shows too.
    show_hidden : bool
        Whether a hidden field's value may be read.
    below : str, optional
        Under which client's name the line stands: it is not said again, unless the other system has another.
    """
    operation = change.operation
    name = known.name(operation.side, operation.client_id)
    contact = h("div", "on its primary contact", class_="muted") if operation.resource == "contact" else None
    if operation.resource == "link":
        before, after = (known.name(XPM, v) if v else "not linked" for v in (change.before, change.after))
    else:
        before, after = (shown(change.field, v, show_hidden) for v in (change.before, change.after))
    what = "Link to XPM" if operation.resource == "link" else label_of(change.field)
    if below is None:
        head = [h("th", name, contact, _also_at(known, others), scope="row"), h("td", what)]
    else:
        named = h("div", name, class_="muted") if name != below else None
        head = [h("th", what, named, contact, _also_at(known, others), scope="row")]
    erased = f"ERASES {SIDE_LABELS[operation.side]} {label_of(change.field).lower()}"
    return h(
        "tr",
        head,
        h("td", SIDE_LABELS[operation.side]),
        h("td", h("span", before, class_="value")),
        h("td", h("span", after, class_="value"), badge(erased, "danger") if change.erases else None),
        key=f"{operation.operation_id} {change.field}",
    )


def _also_at(known: Known, others: Sequence[str]) -> Node | None:
    """Name the other clients that share the contact; beyond a few, the rest opens on a click."""
    if not others:
        return None
    names = sorted(known.name(XPM, other) for other in others)
    first, rest = names[:NAMES_SHOWN], names[NAMES_SHOWN:]
    more = (
        h("details", h("summary", f"and {amount(len(rest), 'more', 'more')}"), ", ".join(rest))
        if rest
        else None
    )
    return h("div", h("strong", "Also shows at: "), "; ".join(first), more, class_="also-at")


def left_out_lines(known: Known, left_out: Sequence[LeftOut], why: dict[tuple[str, str], str]) -> list[Node]:
    """Show choices that a plan leaves out.

    Parameters
    ----------
    known : Known
        What the desk told.
    left_out : sequence of LeftOut
        Which.
    why : dict
        Link id and field to what the service said when it was tried, where it was.
    """
    links = known.links
    parties = dict(zip(links["link_id"], links["connectworks_id"], strict=True))
    return [_left_out_line(known, out, parties.get(out.link_id), why) for out in left_out]


def _left_out_line(
    known: Known, out: LeftOut, connectworks_id: str | None, why: dict[tuple[str, str], str]
) -> Node:
    name = known.name(CONNECTWORKS, connectworks_id) if connectworks_id else "Client no longer linked"
    said = why.get((out.link_id, out.field)) if out.code == "cannot" else None
    return h(
        "tr",
        h("th", name, scope="row"),
        h("td", "Link to XPM" if out.field == "linked_id" else label_of(out.field)),
        h(
            "td",
            h("strong", _LEFT_OUT_TITLES.get(out.code, "Left out")),
            h("div", out.reason, class_="muted"),
            h("div", f"When it was tried: {said}") if said else None,
        ),
    )


def tried_in_vain(known: Known) -> dict[tuple[str, str], str]:
    """Give what was said of the writes that ended without effect, by link id and field; the latest counts."""
    ended = rows_of(known.results())
    return {
        (row["link_id"], row["field"]): row["reason"]
        for row in ended
        if row["outcome"] not in GOOD and row["link_id"] and row["reason"]
    }
