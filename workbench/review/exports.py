"""What the columns of an export are taken for: shown with a sample, changed and confirmed by a person."""

from __future__ import annotations

from typing import Any, Final

from workbench.domain.fields import SIDE_LABELS, Side
from workbench.review.desk import ExportShown
from workbench.review.known import Known, rows_of
from workbench.review.page import Asked
from workbench.review.pieces import button, table, ticker
from workbench.review.tree import Act, Node, h

_HEAD: Final = ("Column in the file", "Is taken for", "A sample", "Why")
_LEFT: Final = "(not read)"


class Exports:
    """A card for each side that is reached by files.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._changed: dict[Side, dict[str, str]] = {}
        self._month_first: dict[Side, bool] = {}

    def view(self) -> list[Node]:
        """Show how each newest export would be read."""
        return [self._card(told) for told in self._known.desk.exports_told()]

    def _card(self, told: ExportShown) -> Node:
        title = h("h3", f"Columns of {SIDE_LABELS[told.side]}’s exports")
        if told.trouble:
            return h("div", title, h("p", told.trouble), class_="card", key=f"columns {told.side}")
        changed = self._changed.get(told.side, {})
        standing = told.confirmed and not changed and told.side not in self._month_first
        words = (
            f"✓ Confirmed: later exports with the columns of {told.name} load by this."
            if standing
            else f"Look at each column of {told.name}, change what is wrong, and confirm. "
            "Columns that are not read are never kept."
        )
        lines = [_line(told, row, changed) for row in rows_of(told.columns)]
        month_first = self._month_first.get(told.side, told.month_first)
        days = "Its days are written month first, as in the United States"
        confirm = button("Confirm these columns", "confirm_columns", look="main", side=told.side)
        return h(
            "div",
            title,
            h("p", words, role="status"),
            table(_HEAD, lines, "Columns of the export"),
            ticker(days, "days", month_first, side=told.side),
            None if standing else confirm,
            class_="card",
            key=f"columns {told.side}",
        )

    def take(self, asked: Asked) -> None:
        """Take a column for something else, until it is confirmed."""
        side: Side = asked.args["side"]
        self._changed.setdefault(side, {})[asked.args["header"]] = asked.value

    def days(self, asked: Asked) -> None:
        """Take days as month first, or as day first, until it is confirmed."""
        self._month_first[asked.args["side"]] = asked.checked

    def confirm(self, asked: Asked) -> str:
        """Keep what is shown; gives what tells records apart."""
        side: Side = asked.args["side"]
        told = next(each for each in self._known.desk.exports_told() if each.side == side)
        shown = {row["header"]: row["field"] or "" for row in rows_of(told.columns)}
        month_first = self._month_first.get(side, told.month_first)
        said = self._known.desk.confirm_columns(side, shown | self._changed.get(side, {}), month_first)
        self._changed.pop(side, None)
        self._month_first.pop(side, None)
        return said


def _line(told: ExportShown, row: dict[str, Any], changed: dict[str, str]) -> Node:
    header, field = row["header"], changed.get(row["header"], row["field"] or "")
    options = [h("option", words, value=key, key=key) for key, words in {"": _LEFT, **told.choices}.items()]
    select = h(
        "select",
        options,
        value=field,
        aria_label=f"{header} is taken for",
        on={"change": Act("take_column", {"side": told.side, "header": header})},
    )
    why = "as you say" if header in changed else row["why"]
    return h(
        "tr",
        h("th", header, scope="row"),
        h("td", select),
        h("td", h("span", row["sample"] or "", class_="value")),
        h("td", why, class_="muted"),
        key=header,
    )
