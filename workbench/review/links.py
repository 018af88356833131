"""Links: who is who."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM, other_side
from workbench.review.band import Band, Pair, band_view, drawn_band
from workbench.review.desk import Told
from workbench.review.evidence import BANDS, band_of
from workbench.review.known import Known, rows_of
from workbench.review.line import line_at, line_view, told
from workbench.review.link_acts import LinkActs
from workbench.review.marked import Chosen, as_texts, from_texts, mark_filters, with_mark
from workbench.review.page import Asked
from workbench.review.pairs import found_row, link_row, loner_row, pair_card, rejected_row
from workbench.review.pieces import (
    button,
    empty,
    headed,
    nothing_fits,
    page_of,
    paged,
    searcher,
    stepper,
    table,
)
from workbench.review.saved_filters import Filtered
from workbench.review.tree import Act, Child, Node, h
from workbench.review.words import amount

CLIENTS_A_PAGE: Final = 10


class Links(Filtered):
    """Candidates side by side, lists of links and rejections, and the search by hand.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "links"
    needs = "candidates"
    title = "Links"
    wants = "Say which clients are the same. Nothing is linked unless you say so."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._acts = LinkActs(known.desk)
        self._list = "review"
        self._text = ""
        self._marks: Chosen = ()
        self._more_filters = False
        self._page = 0
        self._band: Band | None = None
        self._hunt: tuple[str, str, str] | None = None
        self._picked: tuple[Pair, Told] | None = None
        self._line: float | None = None
        self._moves_page = 0
        self._parting: str | None = None
        self._said = ""

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show the chosen list."""
        if self._known.clients is None:
            return headed(self, empty("No clients yet", "Go to Overview and pull both systems first."))
        lists = {
            "review": self._review,
            "alone": self._alone,
            "linked": self._linked,
            "rejected": self._rejected,
        }
        asked = band_view(self._band, self._known) if self._band else None
        return headed(self, self._choices(), asked, lists[self._list](), self._hunt_view())

    def _choices(self) -> Node:
        known = self._known
        names = {
            "review": f"To review ({known.candidates['connectworks_id'].nunique():,})",
            "alone": f"Without a counterpart ({len(self._loners()):,})",
            "linked": f"Linked ({len(known.links):,})",
            "rejected": f"Rejected ({len(known.rejected):,})",
        }
        buttons = [
            h(
                "button",
                words,
                type="button",
                class_="button choice",
                aria_pressed="true" if k == self._list else "false",
                on={"click": Act("list", {"list": k})},
            )
            for k, words in names.items()
        ]
        return h(
            "div",
            h("div", buttons, class_="choices", role="group", aria_label="Which list"),
            searcher("Search", "search", self._text, "A client's name"),
            mark_filters(known.marks, self._marks, self._more_filters),
            self.saved_bar(),
            h(
                "div",
                stepper("Undo", "undo_link", self._acts.can_undo),
                stepper("Redo", "redo_link", self._acts.can_redo),
                class_="steppers",
            ),
            class_="filters",
        )

    def filters_now(self) -> dict[str, str]:
        """Give the list and what is searched for."""
        return {"list": self._list, "text": self._text, **as_texts(self._marks)}

    def filter_by(self, saved: Mapping[str, str]) -> None:
        """Go to the saved list and search for the saved words."""
        self._list, self._text = saved.get("list", "review"), saved.get("text", "")
        self._marks, self._page, self._band = from_texts(saved), 0, None

    def _review(self) -> Node:
        found = self._found()
        if not found:
            return self._nobody("Nothing to review", "Every candidate has been decided on.")
        mine: dict[str, list[dict[str, Any]]] = {}
        for candidate in found:
            mine.setdefault(candidate["connectworks_id"], []).append(candidate)
        groups, self._page, pages = page_of(list(mine.items()), self._page, CLIENTS_A_PAGE)
        suggested = self._suggested()
        cards = [pair_card(self._known, i, candidates, suggested) for i, candidates in groups]
        return h(
            "div",
            line_view(self._known, self._at(), self._moves(), self._moves_page),
            self._bands(found, suggested),
            self._page_of(cards, pages, len(mine)),
        )

    def _found(self) -> list[dict[str, Any]]:
        """Give the candidates that pass the filters, the likeliest first."""
        return sorted((c for c in rows_of(self._known.candidates) if self._named(c)), key=_order)

    def _bands(self, found: list[dict[str, Any]], suggested: set[Pair]) -> Node | None:
        counts = {name: len(_of_band(found, name, suggested)) for name, _ in BANDS}
        offers = [
            button(f"Link all {counts[name]:,} that are {name}…", "ask_band", band=name)
            for name, _ in BANDS
            if counts[name] > 1
        ]
        return h("div", offers, class_="tools") if offers else None

    def _at(self) -> float:
        """Give where the line lies."""
        return self._known.desk.link_at if self._line is None else self._line

    def _moves(self) -> list[dict[str, Any]]:
        """Give what the moved line lets in and out, of what is named so."""
        if self._line is None:
            return []
        return [row for row in rows_of(self._known.moved_line(self._line)) if self._named(row)]

    def _suggested(self) -> set[Pair]:
        """Give the pairs that are suggested with the line where it lies."""
        moves = self._moves()
        entered, left = ({_ids(r) for r in moves if r["moves"] == which} for which in ("enters", "leaves"))
        links = self._known.candidates.query("verdict == 'link'")
        return {*zip(links["connectworks_id"], links["xpm_id"], strict=True)} - left | entered

    def _loners(self) -> list[dict[str, Any]]:
        known = self._known
        clients = known.clients
        assert clients is not None
        met = set(known.links["connectworks_id"]) | set(known.candidates["connectworks_id"])
        return [
            r
            for r in rows_of(clients.connectworks[["client_id", "legal_name", "entity_type", "nature"]])
            if r["client_id"] not in met
        ]

    def _alone(self) -> Node:
        loners = [
            r
            for r in self._loners()
            if self._text.casefold().strip() in (r["legal_name"] or "").casefold()
            and self._known.passes(self._marks, r["client_id"])
        ]
        rows, self._page, pages = page_of(loners, self._page)
        if not rows:
            return self._nobody("Nobody here", "Every Connectworks client is linked or has a candidate.")
        head = ("In Connectworks", "Type", "Kept as", "")
        lines = [loner_row(r) for r in rows]
        return self._page_of(table(head, lines, "Clients without a counterpart"), pages, len(loners))

    def _linked(self) -> Node:
        linked = [r for r in rows_of(self._known.links) if self._named(r)]
        rows, self._page, pages = page_of(linked, self._page)
        if not rows:
            return self._nobody("No links yet", "Accept candidates, or search by hand.")
        head = ("In Connectworks", "In XPM", "Linked", "Stands", "")
        lines = [link_row(self._known, r, r["link_id"] == self._parting) for r in rows]
        return self._page_of(table(head, lines, "Linked clients"), pages, len(linked))

    def _rejected(self) -> Node:
        rejected = [r for r in rows_of(self._known.rejected) if self._named(r)]
        rows, self._page, pages = page_of(rejected, self._page)
        if not rows:
            words = "Pairs that you reject stay here and never come back by themselves."
            return self._nobody("Nothing rejected", words)
        head = ("In Connectworks", "In XPM", "Rejected", "")
        lines = [rejected_row(self._known, r) for r in rows]
        return self._page_of(table(head, lines, "Rejected pairs"), pages, len(rejected))

    def _page_of(self, content: Child, pages: int, count: int) -> Node:
        words = amount(count, "client")
        return paged(content, self._page, pages, "turn", of="links", count=words)

    def _nobody(self, title: str, words: str) -> Node:
        filtered = self._text.strip() or self._marks
        return self._page_of(nothing_fits() if filtered else empty(title, words), 1, 0)

    def _hunt_view(self) -> Node | None:
        if self._hunt is None:
            return None
        side, client_id, text = self._hunt
        name, where = self._known.name(side, client_id), SIDE_LABELS[other_side(side)]
        box = h(
            "input",
            type="search",
            value=text,
            on={"input": Act("hunt_for", {})},
            autocomplete="off",
            data_search="yes",
            data_focus="yes" if self._picked is None else None,
        )
        found = rows_of(self._known.desk.find(XPM if side == CONNECTWORKS else CONNECTWORKS, text))
        lines = [found_row(side, client_id, r, self._picked) for r in found]
        return h(
            "div",
            h(
                "header",
                h("h3", f"Find {name} in {where}", id="hunt-title"),
                h(
                    "button",
                    "Close",
                    type="button",
                    class_="button quiet",
                    data_escape="yes",
                    on={"click": Act("close_hunt", {})},
                ),
                class_="panel-head",
            ),
            h("label", h("span", "Name or number; empty shows all"), box, class_="field"),
            h("p", f"{amount(len(lines), 'client')} found", class_="muted", role="status"),
            h("ul", lines, class_="found"),
            class_="panel",
            role="dialog",
            aria_modal="true",
            aria_labelledby="hunt-title",
            key=f"hunt {side} {client_id}",
        )

    def _named_pair(self, asked: Asked) -> str:
        mine, theirs = _pair(asked)
        return f"{self._known.name(CONNECTWORKS, mine)} and {self._known.name(XPM, theirs)}"

    def _named(self, row: dict[str, Any]) -> bool:
        wanted = self._text.casefold().strip()
        names = (self._known.name(CONNECTWORKS, row["connectworks_id"]), self._known.name(XPM, row["xpm_id"]))
        named = not wanted or any(wanted in name.casefold() for name in names)
        return named and self._known.passes(self._marks, row["connectworks_id"], row["xpm_id"])

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    # --- what is done --------------------------------------------------------------------------------

    def do_list(self, asked: Asked) -> None:
        """Choose a list."""
        self._list, self._page, self._band = asked.args["list"], 0, None

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so."""
        self._text, self._page = asked.value, 0

    def do_mark(self, asked: Asked) -> None:
        """Keep the clients that have one more mark in common, or let go of that."""
        self._marks, self._page = with_mark(self._marks, asked.args["mark"], asked.value), 0
        self._band = None

    def do_unfilter(self, _asked: Asked) -> None:
        """Show everything in the list."""
        self._text, self._marks, self._page, self._band = "", (), 0, None

    def do_more_filters(self, _asked: Asked) -> None:
        """Show the filters that are seldom wanted, or put them away."""
        self._more_filters = not self._more_filters

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])

    def do_accept(self, asked: Asked) -> None:
        """Link the pair that was seen."""
        self._acts.link([_pair(asked)], "tick")
        self._said = f"Linked: {self._named_pair(asked)}."

    def do_reject(self, asked: Asked) -> None:
        """Say that a pair is not the same client."""
        self._acts.reject(_pair(asked))
        self._said = f"Rejected: {self._named_pair(asked)}."

    def do_unreject(self, asked: Asked) -> None:
        """Take a rejection back."""
        self._acts.unreject(_pair(asked))
        self._said = "The rejection is taken back."

    def do_ask_band(self, asked: Asked) -> None:
        """Show a sample of a band."""
        name = asked.args["band"]
        self._band = drawn_band(name, _of_band(self._found(), name, self._suggested()))

    def do_band_wrong(self, asked: Asked) -> None:
        """Leave a pair of the sample out as wrong, or take it in again."""
        if self._band is not None:
            self._band = self._band.turned(_pair(asked))

    def do_band(self, _asked: Asked) -> None:
        """Link the whole band whose sample was shown."""
        if self._band is not None:
            self._acts.link(self._band.right, "band", tuple(self._band.sample))
            self._said = f"{amount(len(self._band.right), 'pair')} linked."
            self._band = None

    def do_no_band(self, _asked: Asked) -> None:
        """Link none of them."""
        self._band = None

    def do_move_line(self, asked: Asked) -> None:
        """Move the line from which pairs are suggested, and say what enters and leaves."""
        self._line = line_at(asked.value, self._known.desk.link_at)
        self._moves_page, self._band = 0, None
        self._said = told(self._moves())

    def do_line_back(self, _asked: Asked) -> None:
        """Put the line back where the settings have it."""
        self._line, self._band = None, None

    def do_turn_moves(self, asked: Asked) -> None:
        """Turn the page of what enters and leaves."""
        self._moves_page = int(asked.args["page"])

    def do_hunt(self, asked: Asked) -> None:
        """Search the other system for a client, starting from its name."""
        self._picked = None
        side, client_id = asked.args["side"], asked.args["client_id"]
        self._hunt = (side, client_id, self._known.name(side, client_id))

    def do_hunt_for(self, asked: Asked) -> None:
        """Search for other words."""
        if self._hunt is not None:
            self._hunt, self._picked = (*self._hunt[:2], asked.value), None

    def do_close_hunt(self, _asked: Asked) -> None:
        """Close the search."""
        self._hunt = self._picked = None

    def do_pick(self, asked: Asked) -> None:
        """Say of a pair that was found by hand why linking has not suggested it."""
        pair = _pair(asked)
        why = self._known.desk.why_not(*pair)
        self._picked, self._said = (pair, why), why.sentence

    def do_no_pick(self, _asked: Asked) -> None:
        """Go back to what was found."""
        self._picked = None

    def do_link(self, asked: Asked) -> None:
        """Link what was found by hand."""
        self._acts.link([_pair(asked)], "search")
        self._said, self._hunt, self._picked = f"Linked: {self._named_pair(asked)}.", None, None

    def do_ask_unlink(self, asked: Asked) -> None:
        """Ask once more before a link is parted."""
        self._parting = asked.args["link_id"]

    def do_no_unlink(self, _asked: Asked) -> None:
        """Let it stand."""
        self._parting = None

    def do_unlink(self, asked: Asked) -> None:
        """Part a link."""
        row = next((r for r in rows_of(self._known.links) if r["link_id"] == asked.args["link_id"]), None)
        if row is None:
            raise BadInput("These two are not linked any more.", "Look at the list again.")
        self._acts.unlink(_ids(row))
        self._parting, self._said = None, "Unlinked."

    def do_undo_link(self, _asked: Asked) -> None:
        """Take the last act on this page back."""
        self._said = self._acts.undo()

    def do_redo_link(self, _asked: Asked) -> None:
        """Do it again."""
        self._said = self._acts.redo()


def _pair(asked: Asked) -> Pair:
    return asked.args["connectworks_id"], asked.args["xpm_id"]


def _ids(row: dict[str, Any]) -> Pair:
    return row["connectworks_id"], row["xpm_id"]


def _order(candidate: dict[str, Any]) -> tuple[float, str, str]:
    return -float(candidate["probability"] or 0), candidate["connectworks_id"], candidate["xpm_id"]


def _of_band(candidates: list[dict[str, Any]], band: str, suggested: set[Pair]) -> list[dict[str, Any]]:
    """Give a band's candidates: only what is suggested, nothing that contradicts itself."""
    return [
        c
        for c in candidates
        if _ids(c) in suggested and not c["contradiction"] and band_of(float(c["probability"] or 0)) == band
    ]
