"""Approval: what others prepared, client by client; approve it, send it back, or have the client asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from workbench.domain.errors import BadInput
from workbench.domain.records import plan_hash
from workbench.review.approval_cards import LISTS, OWN, Case, cases_of, client_card, short_hash
from workbench.review.desk import Choice, Proposed
from workbench.review.known import Known, rows_of
from workbench.review.outlook import VERDICTS, Verdict, in_one_line, outlook_bar, tally
from workbench.review.page import Asked
from workbench.review.pieces import (
    Covering,
    button,
    chooser,
    empty,
    headed,
    nothing_fits,
    page_of,
    paged,
    searcher,
    ticker,
)
from workbench.review.tree import Act, Node, h
from workbench.review.words import amount

CLIENTS_A_PAGE: Final = 10
NAMES_SHOWN: Final = 12
_VERDICT_WORDS: Final = {"": "All", "ask": "To ask the client", "look": "Need a look", "safe": "Look safe"}
_TAKEN_BACK: Final = "The approval was taken back."


class Approval(Covering):
    """Writes that wait for somebody's yes, gathered by client.

    Parameters
    ----------
    known : Known
        What the desk told.
    """

    name = "approval"
    title = "Approval"
    wants = "Read what others prepared. Approve it, send it back with a note, or have the client asked."

    def __init__(self, known: Known) -> None:
        self._known = known
        self._list = ""  # until somebody chooses: what waits for them, else what they wait for
        self._verdict: Verdict | str = ""
        self._text = ""
        self._everybodys = False
        self._page = 0
        self._asking_safe = False
        self._returning: str | None = None
        self._note = ""
        self._done = ""
        self._said = ""

    def offered(self) -> bool:
        """Only where the firm wants somebody else's yes."""
        return self._known.desk.approval

    # --- what is shown -------------------------------------------------------------------------------

    def view(self) -> Node:
        """Show how many wait and how they look, and the clients of the chosen list."""
        cases = self._cases()
        waiting = [case for case in cases if case.place == "waiting"]
        return headed(
            self,
            self._summary(waiting),
            h("p", f"✓ {self._done}", class_="ended", key="done") if self._done else None,
            self._lists(cases),
            self._filters(),
            self._listed([case for case in cases if self._passes(case, self._list_of(cases))]),
        )

    def _cases(self) -> list[Case]:
        theirs = None if self._everybodys else self._known.desk.theirs()
        return [case for case in cases_of(self._known) if theirs is None or case.link_id in theirs]

    def _summary(self, waiting: Sequence[Case]) -> Node:
        if not waiting:
            return h("p", "Nothing of others waits for your approval.", class_="muted", key="summary")
        counts = tally(case.outlook for case in waiting)
        safe = [case for case in waiting if case.outlook.verdict == "safe"]
        start = (
            button(f"Approve the {len(safe):,} that look safe…", "ask_safe", look="main") if safe else None
        )
        return h(
            "div",
            h("p", f"{amount(len(waiting), 'client waits', 'clients wait')} for you:", class_="muted"),
            h("p", h("strong", f"{in_one_line(counts)}."), class_="outlook-line"),
            outlook_bar(counts),
            self._question(safe) if self._asking_safe and safe else start,
            class_="card outlook-card",
            key="summary",
        )

    def _question(self, safe: Sequence[Case]) -> Node:
        """Say who they are and what exactly is approved before it is."""
        names = [case.name for case in safe]
        rest = names[NAMES_SHOWN:]
        more = h("details", h("summary", f"and {len(rest):,} more"), ", ".join(rest)) if rest else None
        items = [item for case in safe for item in case.items]
        values = amount(sum(len(item.operation.after) for item in items), "value")
        mark = _hash_of(items)
        return h(
            "div",
            h("p", h("strong", f"Approve {values} of {amount(len(safe), 'client')}?")),
            h("p", ", ".join(names[:NAMES_SHOWN]), more),
            h("p", f"This is plan {short_hash(mark)}: exactly these writes and no other.", class_="muted"),
            h(
                "button",
                f"Yes, approve these {len(safe):,}",
                type="button",
                class_="button main",
                data_focus="yes",
                on={"click": Act("approve_safe", {"plan": mark})},
            ),
            button("Not yet", "no_safe", look="quiet"),
            class_="question",
            role="group",
            aria_label="Approve many at once",
            data_asks="yes",
            key=f"safe {mark}",
        )

    def _list_of(self, cases: Sequence[Case]) -> str:
        places = {case.place for case in cases}
        return self._list or (OWN if OWN in places and "waiting" not in places else "waiting")

    def _lists(self, cases: Sequence[Case]) -> Node:
        counts, on = Counter(case.place for case in cases), self._list_of(cases)
        made = [
            h(
                "button",
                f"{words} ({counts[name]:,})",
                type="button",
                class_="button choice",
                aria_pressed="true" if name == on else "false",
                on={"click": Act("list", {"list": name})},
            )
            for name, words in LISTS.items()
            if name != OWN or counts[OWN]
        ]
        return h("div", made, class_="choices", role="group", aria_label="Which")

    def _filters(self) -> Node:
        mine = self._known.desk.theirs() is not None
        return h(
            "div",
            searcher("Search", "search", self._text, "A client"),
            chooser("Looks", "choose_verdict", self._verdict, _VERDICT_WORDS),
            ticker("Only my clients", "mine", not self._everybodys) if mine else None,
            self.cover_box(),
            class_="filters",
        )

    def _passes(self, case: Case, place: str) -> bool:
        wanted = self._text.casefold().strip()
        looks = self._verdict in ("", case.outlook.verdict)
        return case.place == place and looks and wanted in case.name.casefold()

    def _listed(self, cases: list[Case]) -> Node:
        if not cases:
            filtered = self._text.strip() or self._verdict
            return nothing_fits() if filtered else empty("No client here", "The other lists are above.")
        shown, self._page, pages = page_of(cases, self._page, CLIENTS_A_PAGE)
        cards = [self._card(case) for case in shown]
        count = amount(len(cases), "client")
        return paged(h("div", cards, class_="cards"), self._page, pages, "turn", of="clients", count=count)

    def _card(self, case: Case) -> Node:
        return client_card(self._known, case, self._show_hidden, self._acts(case))

    def _acts(self, case: Case) -> Node | None:
        mark = case.plan_hash
        about = {"case": case.key, "plan": mark}
        if case.standing == "sent_back":
            return None
        if case.standing == "approved":
            return button(
                "Take the yes back",
                "take_yes_back",
                look="quiet small",
                name=f"Take the yes back: {case.name}",
                **about,
            )
        if case.own:
            return h("p", "You had a hand in this: somebody else approves it.", class_="muted")
        if self._returning == case.key:
            return self._returning_form(case, mark)
        return h(
            "div",
            button("Approve", "approve", look="main", name=f"Approve {case.name}", **about),
            button("Send back…", "ask_back", name=f"Send back {case.name}", **about),
            button("Ask the client", "ask_client", name=f"Ask the client: {case.name}", **about)
            if case.can_be_asked
            else None,
            class_="acts-inline",
        )

    def _returning_form(self, case: Case, mark: str) -> Node:
        name = f"Send back {case.name} with this note"
        box = h(
            "input",
            type="text",
            value=self._note,
            maxlength=500,
            autocomplete="off",
            data_focus="yes",
            on={"input": Act("type_note", {})},
        )
        return h(
            "div",
            h("label", h("span", "What should be looked at again?"), box, class_="field"),
            button(
                "Send back",
                "send_back",
                look="main",
                name=name,
                case=case.key,
                plan=mark,
            ),
            button("Cancel", "no_back", look="quiet"),
            class_="question",
            role="group",
            aria_label=f"Send {case.name} back",
            data_asks="yes",
            key=f"back {case.key}",
        )

    def said(self) -> str:
        """Say what the last act did."""
        said, self._said = self._said, ""
        return said

    def _tell(self, sentence: str) -> None:
        self._done = self._said = sentence

    # --- what is done --------------------------------------------------------------------------------

    def _case(self, asked: Asked) -> Case:
        """Give the case that was seen, if it still is what was seen."""
        found = next((case for case in self._cases() if case.key == asked.args["case"]), None)
        if found is None or found.plan_hash != asked.args["plan"]:
            raise BadInput("This changed while you looked at it; nothing was done.", "Read it again.")
        return found

    def do_ask_safe(self, _asked: Asked) -> None:
        """Ask whether all that look safe are approved."""
        self._asking_safe, self._done = True, ""

    def do_no_safe(self, _asked: Asked) -> None:
        """Approve none of them."""
        self._asking_safe = False

    def do_approve_safe(self, asked: Asked) -> None:
        """Approve what looks safe, if it still is what was shown."""
        self._asking_safe = False
        waiting = (case for case in self._cases() if case.place == "waiting")
        safe = [case for case in waiting if case.outlook.verdict == "safe"]
        items = [item for case in safe for item in case.items]
        if _hash_of(items) != asked.args["plan"]:
            raise BadInput(
                "These changed while you looked at them; nothing was approved.", "Read the list again."
            )
        self._known.desk.approve([item.operation for item in items])
        self._tell(f"{amount(len(safe), 'client')} approved.")

    def do_approve(self, asked: Asked) -> None:
        """Approve one client's writes."""
        case = self._case(asked)
        self._known.desk.approve([item.operation for item in case.items])
        self._tell(f"{case.name} approved.")

    def do_ask_back(self, asked: Asked) -> None:
        """Open the note for sending one client back."""
        self._returning, self._note = asked.args["case"], ""

    def do_no_back(self, _asked: Asked) -> None:
        """Close it."""
        self._returning = None

    def do_type_note(self, asked: Asked) -> None:
        """Take what the person types as a note."""
        self._note = asked.value

    def do_send_back(self, asked: Asked) -> None:
        """Send one client back."""
        case = self._case(asked)
        self._known.desk.send_back([item.operation for item in case.items], self._note)
        self._returning = None
        self._tell(f"{case.name} sent back.")

    def do_take_yes_back(self, asked: Asked) -> None:
        """Take an approval back."""
        case = self._case(asked)
        self._known.desk.send_back([item.operation for item in case.items], _TAKEN_BACK)
        self._tell(f"The approval of {case.name} is taken back.")

    def do_ask_client(self, asked: Asked) -> None:
        """Have the client asked which values are right; nothing of it is sent until then."""
        case = self._case(asked)
        fields = {name for item in case.items for name in item.operation.after}
        of_client = self._known.differences
        rows = rows_of(of_client[of_client["link_id"] == case.link_id])
        choices = [
            Choice(case.link_id, row["field"], "ask", row["connectworks"], row["xpm"])
            for row in rows
            if row["field"] in fields
        ]
        if not choices:
            raise BadInput("There is nothing here to ask the client about.", "Send it back with a note.")
        self._known.desk.decide(choices, "card")
        self._tell(f"{case.name} is on the list of clients to ask.")

    def do_list(self, asked: Asked) -> None:
        """Choose a list."""
        self._list, self._page, self._returning = asked.args["list"], 0, None

    def do_choose_verdict(self, asked: Asked) -> None:
        """Choose by how they look."""
        self._verdict, self._page = asked.value if asked.value in VERDICTS else "", 0

    def do_search(self, asked: Asked) -> None:
        """Keep what is named so."""
        self._text, self._page = asked.value, 0

    def do_unfilter(self, _asked: Asked) -> None:
        """Show every client of the list."""
        self._text, self._verdict, self._page = "", "", 0

    def do_mine(self, asked: Asked) -> None:
        """Show one's own clients, or everybody's."""
        self._everybodys, self._page = not asked.checked, 0

    def do_turn(self, asked: Asked) -> None:
        """Turn the page."""
        self._page = int(asked.args["page"])


def _hash_of(items: Sequence[Proposed]) -> str:
    return plan_hash(item.operation.operation_id for item in items)
