"""Rules on the screen: accepted by one act, proposed from habits; notes and questions for clients."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from desk_on_frames import DeskOnFrames

from workbench.review.bulk import offer
from workbench.review.dashboard import differences_screen
from workbench.review.rows import Bulk, Key
from workbench.review.tree import Node

RULE = "Email: Connectworks is followed"


class Ruled(DeskOnFrames):
    """A desk of which one rule suggests all open emails towards XPM."""

    def __init__(self) -> None:
        super().__init__()
        self.firm_rules = [RULE]

    def differences(self) -> pd.DataFrame:
        """Give the differences, with what the rule suggests."""
        if self._frames is None:
            whole = super().differences().copy()
            mine = (whole["field"] == "email") & whole["kind"].isin(["different", "fill"])
            mine &= whole["connectworks"].notna()
            whole.loc[mine, ["suggestion", "reason"]] = ["to_xpm", f"Rule {RULE}."]
            assert self._frames is not None
            self._frames = (self._frames[0], whole)
        return super().differences()


class Driven:
    """A page driven as the browser drives it: acts go in, trees and files come out."""

    def __init__(self, desk: DeskOnFrames) -> None:
        self.desk = desk
        self.page = differences_screen(desk)
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.page.send = lambda content, buffers=None: self.sent.append((content, buffers))

    def do(self, act: str, value: str = "", checked: bool = False, **args: Any) -> None:
        """Do an act, and see that it went well."""
        content = {"kind": "act", "act": act, "args": args, "value": value, "checked": checked, "n": 1}
        self.page._hear(None, content, None)
        answer = next(content for content, _ in reversed(self.sent) if content["kind"] == "parts")
        assert answer["ok"]

    def text(self) -> str:
        """Give all that the screen says."""
        return _text_of(self.page._stage.view())


def _text_of(node: Node | str) -> str:
    return node if isinstance(node, str) else " ".join(_text_of(child) for child in node.children)


def test_all_suggestions_of_a_rule_are_accepted_by_one_act() -> None:
    """A rule shows how much it suggests; one act accepts it, each singly, with the sample kept, one undo."""
    driven = Driven(Ruled())
    waiting = int(driven.desk.differences()["reason"].eq(f"Rule {RULE}.").sum())
    assert waiting > 1
    driven.do("look_by", by="rules")
    assert RULE in driven.text()
    driven.do("open_rule", rule=RULE)
    assert f"Tick {waiting} differences: {waiting} towards XPM?" in driven.text()
    assert driven.desk.chosen() == {}
    driven.do("accept_rule")
    assert {choice.direction for choice in driven.desk.chosen().values()} == {"to_xpm"}
    [(how, count, looked_at)] = driven.desk.acts
    assert (how, count, len(looked_at)) == ("rule", waiting, min(waiting, 20))
    driven.do("undo")
    assert driven.desk.chosen() == {}


class TwoWays:
    """A model of a hundred suggestions, of which the last few go the other way."""

    def bulk(self, keys: Iterable[Key], direction: str) -> Bulk:
        """Take them all."""
        every = tuple(keys)
        ways = tuple("to_connectworks" if link >= "l095" else "to_xpm" for link, _ in every)
        return Bulk(every, ways, ("",) * len(every))

    def together(self, key: Key) -> frozenset[Key]:
        """None is half of a swap."""
        return frozenset()

    def row(self, key: Key) -> SimpleNamespace:
        """None has a warning."""
        return SimpleNamespace(cautions=())


def test_only_a_draw_from_all_counts_as_the_sample_that_speaks_for_all() -> None:
    """A rare way is shown whole, but does not weigh more than its share in what bounds the errors."""
    keys = [(f"l{n:03}", "email") for n in range(100)]
    made = offer(TwoWays(), keys, "suggested")  # type: ignore[arg-type]
    shown = {link for _, some in made.sections for link, _ in some}
    assert (len(shown), len(made.looked_at)) == (25, 20)
    assert set(made.looked_at) < shown
    assert sum(link >= "l095" for link in made.looked_at) < 5
    few = offer(TwoWays(), keys[85:], "suggested")  # type: ignore[arg-type]
    assert set(few.looked_at) == {link for link, _ in keys[85:]}


def test_a_proposal_becomes_a_rule_only_after_a_yes() -> None:
    """What habits speak for is shown in words, and written only when a person confirms."""
    driven = Driven(DeskOnFrames())
    driven.do("look_by", by="rules")
    [proposal] = driven.desk.proposed_rules().to_dict("records")
    assert proposal["words"] in driven.text()
    driven.do("ask_adopt", words=proposal["words"])
    assert driven.desk.firm_rules == []
    driven.do("adopt_rule", rule={"field": "email", "owner": "xpm", "partner": "Celia Finch"})
    assert driven.desk.firm_rules == ["email of Celia Finch: xpm"]
    assert "email of Celia Finch: xpm" in driven.text()


def test_a_rule_is_written_on_the_screen() -> None:
    """A rule of one's own needs a field and what to do; whose clients it is for may be left open."""
    driven = Driven(DeskOnFrames())
    driven.do("look_by", by="rules")
    driven.do("new_rule")
    assert "Add the rule" in driven.text()
    for part, value in (("field", "email"), ("partner", "Celia Finch"), ("owner", "xpm")):
        driven.do("rule_part", value, part=part)
    assert driven.desk.firm_rules == []
    driven.do("add_rule")
    assert driven.desk.firm_rules == ["email of Celia Finch: xpm"]
    assert "Add the rule" not in driven.text()
    driven.do("new_rule")
    driven.do("no_rule")
    assert len(driven.desk.firm_rules) == 1


def test_a_note_stays_with_its_choice_through_undo_and_redo() -> None:
    """Why something was left alone is kept with the choice, shown again, and survives undo and redo."""
    driven = Driven(DeskOnFrames())
    model = driven.page._stage._screens["differences"].model
    driven.text()
    key = next(key for key in model._at if model.state(key) == "open")
    where = {"link_id": key[0], "field": key[1], "seen": model.row(key).seen}
    driven.do("leave", **where)
    driven.do("note", value="Both reach them.", **where)
    assert driven.desk.chosen()[key].note == "Both reach them."
    driven.do("undo")
    assert driven.desk.chosen()[key].note == ""
    driven.do("redo")
    assert driven.desk.chosen()[key].note == "Both reach them."
    again = Driven(driven.desk)
    again.text()
    assert again.page._stage._screens["differences"].model.row(key).note == "Both reach them."


def test_questions_for_clients_come_as_a_file() -> None:
    """Once something is to be asked, the page hands the list out by its own channel, only when asked to."""
    driven = Driven(DeskOnFrames())
    model = driven.page._stage._screens["differences"].model
    assert "Questions for clients" not in driven.text()
    key = next(key for key in model._at if model.state(key) == "open")
    driven.do("ask", link_id=key[0], field=key[1], seen=model.row(key).seen)
    assert "Questions for clients (1)" in driven.text()
    assert [content["kind"] for content, _ in driven.sent].count("file") == 0
    driven.do("questions")
    driven.do("help")
    files = [(content["name"], buffers) for content, buffers in driven.sent if content["kind"] == "file"]
    assert files == [("questions for clients.xlsx", [b"questions"])]
