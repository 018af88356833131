"""Overview: how things stand, and the pull."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.domain.fields import PUSHABLE, SIDE_LABELS, SIDES, label_of
from workbench.review.known import Known
from workbench.review.page import Asked
from workbench.review.permitted import may_do
from workbench.review.pieces import Screen, button, empty, figure, headed
from workbench.review.progress import going
from workbench.review.tree import Node, h
from workbench.review.waiting import what_waits
from workbench.review.words import KIND_WORDS, amount

_SHOWN_KINDS = ("conflict", "different", "fill", "bad", "cosmetic", "same")
_TO_DECIDE = ("conflict", "different", "fill")


class Overview(Screen):
    """Counts, a chart of the differences, the last pull.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "overview"
    needs = "differences"
    title = "Overview"
    wants = "See how far both systems agree. Pull again whenever you want to start from fresh data."

    def __init__(self, known: Known) -> None:
        self._known = known

    def view(self) -> Node:
        """Show the counts."""
        clients = self._known.clients
        if clients is None:
            return headed(
                self,
                empty(
                    "No clients yet",
                    "Pull reads all clients of both systems. It changes nothing there."
                    if may_do(self._known.desk, "pull")
                    else "Somebody who may do more than look has to pull both systems first.",
                    self._pull_button(),
                ),
            )
        counts = overview_counts(self._known)
        figures = h(
            "div",
            figure(
                f"{counts['connectworks']:,}",
                "in Connectworks",
                f"{counts['connectworks_alone']:,} without a counterpart",
            ),
            figure(f"{counts['xpm']:,}", "in XPM", f"{counts['xpm_alone']:,} without a counterpart"),
            figure(f"{counts['links']:,}", "linked", look="good"),
            figure(f"{counts['to_review']:,}", "links to review", look="warn" if counts["to_review"] else ""),
            figure(f"{counts['open']:,}", "differences"),
            class_="figures",
        )
        warnings = [h("p", "⚠ ", why, class_="warning", role="note") for why in clients.incomplete.values()]
        return headed(
            self,
            self._pulled(clients.pulled_at),
            self._custom_fields(),
            warnings,
            what_waits(self._known),
            figures,
            self._chart(),
        )

    def failed(self, fault: str) -> Node:
        """Offer the pull all the same: where what was pulled last cannot be read, it is what helps."""
        return headed(self, h("p", fault, class_="fault", role="alert"), h("p", self._pull_button()))

    def _pulled(self, at: Any) -> Node:
        told = " · ".join(f"{SIDE_LABELS[s]} pulled {self._known.moment(at.get(s))}" for s in SIDES)
        return h("div", h("span", told, class_="muted"), self._pull_button(), class_="tools")

    def _custom_fields(self) -> Node | None:
        """Show what reading custom fields costs before anybody asks for it."""
        cost = self._known.custom_fields_cost
        if cost is None or not cost[1]:
            return None
        words, calls = cost
        if going(self._known.pulse, "custom_fields") is not None:
            return None  # how far it is stands above
        asking = button(f"Read them: {amount(calls, 'call')}", "read_custom_fields", calls=calls)
        return h("div", h("span", words, class_="muted"), asking, class_="tools", key="custom fields")

    def _pull_button(self) -> Node:
        busy = going(self._known.pulse, "pull") is not None
        made = button("Pull both systems", "pull", look="main")
        return h(
            "button",
            "Pulling…" if busy else "Pull both systems",
            type="button",
            class_="button main",
            disabled=busy,
            on=made.on,
        )

    def _chart(self) -> Node | None:
        counts = kinds_by_field(self._known.differences)
        if counts.empty:
            return None
        legend = h(
            "ul",
            [h("li", h("span", class_=f"swatch kind-{k}"), KIND_WORDS[k]) for k in counts.columns],
            class_="legend",
        )
        rows = [_chart_row(str(field), counts.loc[field]) for field in counts.index]
        head = h(
            "tr",
            h("th", "Field", scope="col"),
            h("th", "Of all linked clients", scope="col"),
            h("th", "To decide", scope="col"),
        )
        caption = h("caption", "Differences by field and kind", class_="spoken")
        return h(
            "figure",
            h("figcaption", h("h3", "Differences by field and kind")),
            legend,
            h("table", caption, h("thead", head), h("tbody", rows), class_="chart"),
            class_="card",
        )

    def do_pull(self, _asked: Asked) -> None:
        """Ask for a pull of both systems."""
        if going(self._known.pulse, "pull") is None:
            self._known.desk.ask_pull()

    def do_read_custom_fields(self, asked: Asked) -> None:
        """Ask for custom fields to be read, at the cost that was shown."""
        if going(self._known.pulse, "custom_fields") is None:
            self._known.desk.ask_custom_fields(int(asked.args["calls"]))


def overview_counts(known: Known) -> dict[str, int]:
    """Count clients of each side, links, links to review, clients alone, and differences.

    Parameters
    ----------
    known : Known
        What the desk told; there must be clients.

    Returns
    -------
    dict of str to int
        ``connectworks``, ``xpm``, ``links``, ``to_review``, ``connectworks_alone``, ``xpm_alone``, ``open``.
    """
    clients, links, candidates = known.clients, known.links, known.candidates
    assert clients is not None
    told = {"links": len(links), "to_review": int(candidates["connectworks_id"].nunique())}
    for side in SIDES:
        told[side] = len(clients.side(side))
        met = set(links[f"{side}_id"]) | set(candidates[f"{side}_id"])
        told[f"{side}_alone"] = sum(i not in met for i in clients.side(side)["client_id"])
    counts = kinds_by_field(known.differences)
    told["open"] = int(counts[[c for c in counts.columns if c in _TO_DECIDE]].to_numpy().sum())
    return told


def kinds_by_field(differences: pd.DataFrame) -> pd.DataFrame:
    """Count the differences of the fields that can be sent: a row per field, a column per kind."""
    sent = differences[differences["field"].isin(PUSHABLE)]
    table = pd.crosstab(sent["field"].astype(object), sent["kind"].astype(object))
    kinds = [k for k in _SHOWN_KINDS if k in table.columns]
    return table.reindex(index=[f for f in PUSHABLE if f in table.index], columns=kinds, fill_value=0)


def _chart_row(field: str, counts: Any) -> Node:
    total = int(counts.sum()) or 1
    pieces = [
        h("span", class_=f"slice kind-{kind}", level=round(n / total, 4)) for kind, n in counts.items() if n
    ]
    words = ", ".join(f"{n:,} {KIND_WORDS[str(kind)]}" for kind, n in counts.items() if n)
    left = sum(int(n) for kind, n in counts.items() if kind in _TO_DECIDE)
    return h(
        "tr",
        h("th", label_of(field), scope="row"),
        h("td", h("span", pieces, class_="slices", aria_hidden="true"), h("span", words, class_="muted")),
        h("td", f"{left:,}", class_="number"),
    )
