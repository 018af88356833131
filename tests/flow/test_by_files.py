"""A firm that has exports and nothing else: pulled, linked, compared; honest about what it cannot do."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from workbench.desk import FirmDesk
from workbench.domain.errors import BadInput, WorkbenchError
from workbench.flow.asking import ask, follow
from workbench.flow.exports import columns_of, confirm_columns, export_notes
from workbench.flow.firm import Firm
from workbench.personal import PersonalDesk
from workbench.reconcile.state import State

SETTINGS = """
[firm]
name = "Kōwhai Accounting"
[connectworks]
access = "files"
[xpm]
access = "files"
"""
HERE = ["Legal name", "Type", "Client reference", "Email (primary contact)", "Primary phone", "Website"]
THERE = ["Client Code", "Name", "Business Structure", "Email", "Phone"]


class Exports:
    """A firm's two folders of exports, and the firm."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "firm.toml").write_text(SETTINGS, encoding="utf-8")
        self.firm = Firm(folder)
        self.saved = 0

    def save(self, side: str, headers: list[str], rows: list[list[str]]) -> None:
        """Save another export, as a person does."""
        self.saved += 1
        path = self.firm.folder / "exports" / side / f"export {self.saved}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([headers, *rows])

    def both(self, count: int) -> None:
        """Save an export of each side with so many clients, and confirm the columns."""
        names = [f"Kahikatea Number {n} Limited" for n in range(count)]
        here = [
            [n, "Company", f"R{at}", f"here{at}@k.example", "09 555 0101", "k.example"]
            for at, n in enumerate(names)
        ]
        self.save("connectworks", HERE, here)
        self.save(
            "xpm",
            THERE,
            [[f"R{at}", n, "Company", f"there{at}@k.example", "09 555 0101"] for at, n in enumerate(names)],
        )

    def do(self, verb: str, **args: Any) -> str:
        """Have something done, and give its closing words."""
        return follow(self.firm, ask(self.firm, verb, args))

    @property
    def state(self) -> State:
        """What the ledger says."""
        return self.firm.state()


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    """Give a firm that is reached by files on both sides."""
    return Exports(tmp_path / "by files")


def test_files_are_confirmed_pulled_linked_and_compared(exports: Exports) -> None:
    """Without any sign-in: columns are confirmed once, then two exports are two sides like any other."""
    exports.both(12)
    with pytest.raises(WorkbenchError, match="Nobody has confirmed"):
        exports.do("pull")
    shown = columns_of(exports.firm, "connectworks").set_index("header")["field"]
    assert shown["Email (primary contact)"] == "email"
    assert (
        confirm_columns(exports.firm, "connectworks")
        == "Confirmed. Records are told apart by “Client reference”."
    )
    confirm_columns(exports.firm, "xpm")
    assert exports.do("pull") == "Pulled 12 from Connectworks (files) and 12 from XPM (files)."
    assert exports.firm.facts().abilities == {"connectworks": {"read"}, "xpm": {"read"}}
    assert exports.firm.facts().linked_here_only

    desk = FirmDesk(exports.firm)
    found = desk.candidates()
    warned = desk.draft("xpm", str(found["connectworks_id"].iloc[0])).warnings
    assert any("cannot create records in XPM: enter it there by hand" in words for words in warned)
    desk.link(list(zip(found["connectworks_id"], found["xpm_id"], strict=True)), "test")
    differences = desk.differences()
    kinds = {field: set(rows["kind"]) for field, rows in differences.groupby("field")}
    assert kinds["email"] == {"different"}
    assert kinds["primary_phone"] == {"same"}
    assert kinds["website"] == {"not_comparable"}  # XPM's export does not tell: that is no blank
    why = differences.loc[differences["field"] == "website", "reason"].unique().tolist()
    assert why == ["The export of XPM has no such column."]


def test_a_smaller_export_raises_the_alarm(exports: Exports) -> None:
    """Fewer rows than last time are taken for a partial export until a person says that clients left."""
    exports.both(640 // 8)
    for side in ("connectworks", "xpm"):
        confirm_columns(exports.firm, side)  # type: ignore[arg-type]
    exports.do("pull")
    exports.both(480 // 8)
    told = exports.do("pull")
    assert "60 records; the last whole pull had 80. Was it exported by a Firm Administrator?" in told
    assert "--accept-shrink" in told
    assert not exports.firm.facts().pull_complete
    assert len(exports.firm.clients().xpm) == 80  # type: ignore[union-attr]
    exports.do("pull", accept_shrink=True)
    assert exports.firm.facts().pull_complete
    assert len(exports.firm.clients().xpm) == 60  # type: ignore[union-attr]


def test_what_is_odd_about_an_export_is_counted_and_listed(exports: Exports) -> None:
    """The pull counts the notes, and they are listed by row and column without any value."""
    exports.both(3)
    for side in ("connectworks", "xpm"):
        confirm_columns(exports.firm, side)  # type: ignore[arg-type]
    exports.save("xpm", THERE, [[f"R{n}", f"Name {n}", "Company", "", "95550101"] for n in range(3)])
    assert "3 from XPM (files) (3 notes on it)" in exports.do("pull")
    notes = export_notes(exports.firm)
    assert notes[["side", "row", "column", "kind"]].values.tolist() == [
        ["xpm", str(n), "Phone", "damage"] for n in (2, 3, 4)
    ]
    assert not notes["what"].str.contains("9555").any()


def test_a_refresh_looks_into_the_newest_export(exports: Exports) -> None:
    """Refreshing a link shows what the last saved export says of it."""
    exports.both(3)
    for side in ("connectworks", "xpm"):
        confirm_columns(exports.firm, side)  # type: ignore[arg-type]
    exports.do("pull")
    desk = FirmDesk(exports.firm)
    desk.link([("R1", "R1")], "test")
    exports.save("xpm", THERE, [["R1", "Kahikatea Number 1 Limited", "Company", "new@k.example", ""]])
    link = str(desk.links()["link_id"].iloc[0])
    assert exports.do("refresh", link_ids=[link]) == "Refreshed."
    rows = desk.differences().set_index("field")
    assert rows.loc["email", "xpm"] == "new@k.example"


def test_a_missing_export_is_told_with_what_to_do(exports: Exports) -> None:
    """Nothing saved yet: the folder is named, and who should export."""
    with pytest.raises(
        WorkbenchError, match=r"no export of Connectworks in .*exports/connectworks.*Firm Administrator"
    ):
        exports.do("pull")


def test_a_side_with_an_api_has_no_columns_to_confirm(small_firm: Any) -> None:
    """Asking for them is refused in words that name the setting."""
    with pytest.raises(BadInput, match="not reached by files"):
        columns_of(Firm(small_firm.folder), "xpm")


def test_a_side_that_comes_by_its_api_from_now_on_is_pulled_anew(exports: Exports, small_firm: Any) -> None:
    """What files told is no API's answer: after the switch none of it is read, and the next pull stands."""
    exports.both(3)
    for side in ("connectworks", "xpm"):
        confirm_columns(exports.firm, side)  # type: ignore[arg-type]
    exports.do("pull")
    demo = (small_firm.folder / "firm.toml").read_text(encoding="utf-8")
    (exports.firm.folder / "firm.toml").write_text(demo, encoding="utf-8")
    firm = Firm(exports.firm.folder)
    assert firm.clients() is None
    assert len(FirmDesk(firm).candidates()) == 0
    follow(firm, ask(firm, "pull", {"accept_shrink": True}))
    clients = firm.clients()
    assert clients is not None
    assert len(clients.xpm) == 28


def test_columns_are_confirmed_from_the_dashboard(tmp_path: Path) -> None:
    """The page shows how the newest file would be read, follows a new one, and its yes lets it load."""
    exports = Exports(tmp_path / "firm")
    desk = PersonalDesk(exports.firm)
    assert all("There is no export" in told.trouble for told in desk.exports_told())
    exports.both(3)
    here, there = desk.exports_told()
    assert (here.side, here.confirmed, there.confirmed) == ("connectworks", False, False)
    assert here.choices["physical_city"] == "Physical address: city"
    for told in (here, there):
        columns = dict(zip(told.columns["header"], told.columns["field"].fillna(""), strict=True))
        assert "told apart by “Client" in desk.confirm_columns(told.side, columns, False)
    assert all(told.confirmed for told in desk.exports_told())
    assert "Pulled 3 from Connectworks (files)" in exports.do("pull")
    exports.save("xpm", [*THERE, "Remarks"], [["R0", "A", "Company", "a@k.example", "09 555 0101", "Slow"]])
    assert [told.confirmed for told in desk.exports_told()] == [True, False]
