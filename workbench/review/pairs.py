"""The cards and rows of the link screen, as trees."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM
from workbench.review.desk import Told
from workbench.review.evidence import evidence_view, steps_view
from workbench.review.known import Known
from workbench.review.pieces import badge, button
from workbench.review.tree import Act, Node, h
from workbench.review.words import ENTITY_WORDS, WRITTEN_WORDS

Pair = tuple[str, str]
_HOW: Final = {
    "tick": "by hand",
    "band": "in bulk",
    "search": "by search",
    "connectworks": "in Connectworks already",
}


def pair_card(
    known: Known, client_id: str, candidates: list[dict[str, Any]], suggested: Collection[Pair]
) -> Node:
    """Show a Connectworks client beside its candidates, each with its evidence; some are suggested."""
    return h(
        "article",
        h(
            "div",
            who(known, CONNECTWORKS, client_id),
            button(
                "Search XPM",
                "hunt",
                look="quiet small",
                side=CONNECTWORKS,
                client_id=client_id,
                name=f"Search XPM for {known.name(CONNECTWORKS, client_id)}",
            ),
            class_="side",
        ),
        h("div", [_candidate(known, c, suggested) for c in candidates], class_="others"),
        class_="card pair",
        key=client_id,
        part=f"pair {client_id}",
    )


def _candidate(known: Known, candidate: dict[str, Any], suggested: Collection[Pair]) -> Node:
    pair = {"connectworks_id": candidate["connectworks_id"], "xpm_id": candidate["xpm_id"]}
    mine, theirs = (
        known.name(CONNECTWORKS, pair["connectworks_id"]),
        known.name(XPM, pair["xpm_id"]),
    )
    both = f"{mine} and {theirs}"
    stands = (candidate["connectworks_id"], candidate["xpm_id"]) in suggested
    return h(
        "div",
        who(known, XPM, candidate["xpm_id"]),
        evidence_view(
            candidate,
            known.cards.get((CONNECTWORKS, pair["connectworks_id"])) or {},
            known.cards.get((XPM, pair["xpm_id"])) or {},
        ),
        h(
            "div",
            badge("suggested", "good") if stands else None,
            button("Same client", "accept", look="main", name=f"Same client: {both}", **pair),
            button("Not the same", "reject", name=f"Not the same: {both}", **pair),
            class_="acts",
        ),
        class_="candidate",
        key=candidate["xpm_id"],
    )


def who(known: Known, side: str, client_id: str) -> Node:
    """Show who a client is, in a few lines."""
    card = known.cards.get((side, client_id)) or {}
    about = [
        ENTITY_WORDS.get(card.get("entity_type") or "", ""),
        "contact only" if card.get("nature") == "contact" else "",
        card.get("lifecycle") if card.get("lifecycle") not in (None, "active") else "",
        card.get("partner") or "",
        card.get("client_reference") or "",
    ]
    number = card.get("company_number")
    details = [card.get("email"), card.get("primary_phone"), number and f"company number {number}"]
    return h(
        "div",
        h("div", SIDE_LABELS[side], class_="eyebrow"),
        h("h3", known.name(side, client_id)),
        h("p", " · ".join(a for a in about if a), class_="muted"),
        h("p", " · ".join(d for d in details if d)),
        class_="who",
    )


def loner_row(row: dict[str, Any]) -> Node:
    """Show a client without a counterpart, with the search for one."""
    return h(
        "tr",
        h("th", row["legal_name"] or "Client without a name", scope="row"),
        h("td", ENTITY_WORDS.get(row["entity_type"] or "", "")),
        h("td", "Contact" if row["nature"] == "contact" else "Client"),
        h(
            "td",
            button(
                "Search XPM",
                "hunt",
                look="small",
                side=CONNECTWORKS,
                client_id=row["client_id"],
                name=f"Search XPM for {row['legal_name']}",
            ),
        ),
        key=row["client_id"],
    )


def link_row(known: Known, link: dict[str, Any], parting: bool) -> Node:
    """Show a link, and while it is being parted the question about it."""
    name = known.name(CONNECTWORKS, link["connectworks_id"])
    acts: list[Node] = [
        button("Unlink…", "ask_unlink", look="quiet small", name=f"Unlink {name}", link_id=link["link_id"])
    ]
    if parting:
        acts = [
            button(
                "Yes, unlink",
                "unlink",
                look="danger small",
                name=f"Yes, unlink {name}",
                link_id=link["link_id"],
            ),
            button("Keep", "no_unlink", look="quiet small", name=f"Keep the link of {name}"),
        ]
    how = _HOW.get(link["how"] or "", link["how"] or "")
    when = known.moment(link["at"]) if link["at"] else ""
    told = [h("div", words) for words in (how, known.called(link["by"]), when) if words]
    state = link.get("written") or "no"
    return h(
        "tr",
        h("th", name, scope="row"),
        h("td", known.name(XPM, link["xpm_id"])),
        h("td", told, class_="muted when"),
        h("td", badge(WRITTEN_WORDS.get(state, state), "good" if state == "yes" else "")),
        h("td", acts),
        key=link["link_id"],
    )


def rejected_row(known: Known, row: dict[str, Any]) -> Node:
    """Show a rejected pair, with the way back."""
    return h(
        "tr",
        h("th", known.name(CONNECTWORKS, row["connectworks_id"]), scope="row"),
        h("td", known.name(XPM, row["xpm_id"])),
        h("td", " · ".join(filter(None, (known.called(row["by"]), known.moment(row["at"])))), class_="muted"),
        h(
            "td",
            button(
                "Take back",
                "unreject",
                look="small",
                connectworks_id=row["connectworks_id"],
                xpm_id=row["xpm_id"],
                name=f"Take back: {known.name(CONNECTWORKS, row['connectworks_id'])}",
            ),
        ),
        key=f"{row['connectworks_id']} {row['xpm_id']}",
    )


def found_row(side: str, client_id: str, row: dict[str, Any], picked: tuple[Pair, Told] | None) -> Node:
    """Show a client that a search by hand found; the picked one with what linking says of the pair."""
    pair = (client_id, row["client_id"]) if side == CONNECTWORKS else (row["client_id"], client_id)
    name = row.get("legal_name") or "Client without a name"
    about = [
        ENTITY_WORDS.get(row.get("entity_type") or "", ""),
        row.get("client_reference"),
        row.get("email"),
    ]
    chosen = picked is not None and picked[0] == pair
    return h(
        "li",
        h("div", h("strong", name), h("div", " · ".join(a for a in about if a), class_="muted")),
        None if chosen else button("Link…", "pick", look="small", name=f"Link with {name}", **_ids(pair)),
        _picked_view(pair, name, picked[1]) if picked is not None and chosen else None,
        key=row["client_id"],
    )


def _picked_view(pair: Pair, name: str, why: Told) -> Node:
    """Show what linking says of a pair before it is accepted."""
    sure = h(
        "button",
        "Yes, link",
        type="button",
        class_="button main",
        aria_label=f"Yes, link with {name}",
        data_focus="yes",
        on={"click": Act("link", _ids(pair))},
    )
    return h(
        "div",
        h("p", why.sentence),
        steps_view(why.waterfall),
        h(
            "div",
            sure,
            button("Back", "no_pick", look="quiet", name="Back to what was found"),
            class_="tools",
        ),
        class_="picked",
        role="group",
        aria_label=f"What linking says of {name}",
    )


def _ids(pair: Pair) -> dict[str, str]:
    return {"connectworks_id": pair[0], "xpm_id": pair[1]}
