"""What waits for whoever looks, in one line and one bar: the first thing that a partner reads."""

from __future__ import annotations

from workbench.review.approval_cards import cases_of
from workbench.review.known import Known
from workbench.review.outlook import Outlook, in_one_line, open_outlooks, outlook_bar, tally
from workbench.review.tree import Act, Node, h
from workbench.review.words import amount


def what_waits(known: Known) -> Node | None:
    """Say how many clients wait for whoever looks, how they look, and where to go.

    Whoever approves is told of what others prepared; whoever decides of what is undecided. Where the firm
    parts its clients, only their own count.

    Parameters
    ----------
    known : Known
        What the desk told; there must be clients.
    """
    desk = known.desk
    theirs = desk.theirs()
    one, several = ("client", "clients") if theirs is None else ("of your clients",) * 2
    if desk.approval and desk.may("approve"):
        cases = [
            case
            for case in cases_of(known)
            if case.place == "waiting" and (theirs is None or case.link_id in theirs)
        ]
        if cases:
            words = f"{amount(len(cases), f'{one} waits', f'{several} wait')} for your approval:"
            return _card(words, [case.outlook for case in cases], "Go to Approval", "approval")
    if desk.may("decide"):
        outlooks = list(open_outlooks(known, theirs).values())
        if outlooks:
            words = f"{amount(len(outlooks), one, several)} with undecided differences:"
            return _card(words, outlooks, "Go to Differences", "differences")
    return None


def _card(words: str, outlooks: list[Outlook], go: str, screen: str) -> Node:
    counts = tally(outlooks)
    return h(
        "div",
        h("p", words, class_="muted"),
        h("p", h("strong", f"{in_one_line(counts)}."), class_="outlook-line"),
        outlook_bar(counts),
        h(
            "button",
            go,
            type="button",
            class_="button",
            on={"click": Act("tab", {"screen": screen})},
        ),
        class_="card outlook-card",
        key="waits",
    )
