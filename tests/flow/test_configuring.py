"""A setting is changed in firm.toml, which stays readable, counts at once, and stands in the ledger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_appointing import TOML

from workbench.domain.adjustable import BY_KEY
from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.people import Identity
from workbench.flow.configuring import configure
from workbench.flow.firm import Firm
from workbench.flow.worker import Worker
from workbench.personal import PersonalDesk


@pytest.fixture
def firm(tmp_path: Any) -> Firm:
    """Give a firm as Ann has it, who administers."""
    (tmp_path / "firm.toml").write_text(TOML, encoding="utf-8")
    return Firm(tmp_path, identity=Identity("s", "Ann", "ann@kowhai.example", "https://id.example"))


def test_a_change_counts_at_once_and_is_a_version_in_the_ledger(firm: Firm) -> None:
    """Whoever has the firm open reads the new value; comments stay; each version has a digest."""
    other = PersonalDesk(Firm(firm.folder))
    assert configure(firm, "link.link_at", None, 0.97) == "Suggest a link from, in %: 90 % → 97 %"
    configure(firm, "firm.home_country", "NZ", "AU")
    configure(firm, "link.link_at", 0.97, None)
    configure(firm, "firm.own_addresses", (), ("1 Test Rise, Hastings",))
    assert (other.link_at, firm.comparing.home_country) == (0.9, "AU")
    text = (firm.folder / "firm.toml").read_text(encoding="utf-8")
    assert 'name = "Kōwhai"   # as the clients know it' in text
    noted = firm.book.events(kinds={"configured"})
    assert [event.body["setting"] for event in noted] == [
        "link.link_at",
        "firm.home_country",
        "link.link_at",
        "firm.own_addresses",
    ]
    assert len({event.body["digest"] for event in noted}) == 4
    assert "Hastings" not in str(noted[-1].body)
    assert noted[-1].private == {"before": "[]", "after": '["1 Test Rise, Hastings"]'}
    assert firm.state().told[1]["what"] == "Changed the settings: Home country: New Zealand → Australia"
    assert firm.book.verify().ok


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("firm.time_zone", "Mars/Olympus", "Time zone: there is no such time zone; name one such as"),
        ("retention.snapshot_days", 0, "Input should be greater than or equal to 1"),
        ("run.safe_rules", ("fill_blanks",), "safe_rules need a cap"),
        ("link.link_at", 1.2, "link_at must lie between 0 and 1"),
        ("xpm.calls_per_min", 0, "Calls a minute: Input should be"),
    ],
)
def test_what_cannot_be_is_refused_in_words(firm: Firm, key: str, value: Any, told: str) -> None:
    """The message says which setting and why; the file and the ledger stay as they are."""
    before = (firm.folder / "firm.toml").read_text(encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        configure(firm, key, BY_KEY[key].of(firm.settings), value)
    assert (firm.folder / "firm.toml").read_text(encoding="utf-8") == before
    assert not firm.book.events(kinds={"configured"})


def test_only_administrators_change_it_and_never_from_a_stale_page(firm: Firm) -> None:
    """Others are refused; so is a change of what somebody else changed meanwhile."""
    ben = Firm(firm.folder, identity=Identity("b", "Ben", "ben@kowhai.example", "https://id.example"))
    with pytest.raises(NotAllowedHere):
        configure(ben, "run.cap", 0, 5)
    configure(firm, "run.cap", 0, 5)
    with pytest.raises(BadInput, match="Somebody else changed this meanwhile"):
        configure(firm, "run.cap", 0, 9)
    assert firm.settings.run.cap == 5


def test_filters_are_each_persons_own(firm: Firm) -> None:
    """One is saved, replaced under its name, and forgotten; nobody else sees it; no chain knows it."""
    head = firm.book.head().seq
    ann, this_machine = PersonalDesk(firm), Firm(firm.folder).book
    ann.save_filter("links", "Trusts", {"list": "review", "text": "trust"})
    ann.save_filter("links", "Trusts", {"list": "linked", "text": "trust"})
    assert ann.saved_filters("links") == {"Trusts": {"list": "linked", "text": "trust"}}
    assert ann.saved_filters("differences") == this_machine.saved_filters("ben", "links") == {}
    ann.forget_filter("links", "Trusts")
    assert ann.saved_filters("links") == {}
    assert firm.book.head().seq == head


def test_what_is_changed_by_hand_is_noted_once(firm: Firm) -> None:
    """The next worker says which part of firm.toml was changed by hand; the one after it says nothing.

    The first worker of all notes what it finds: what is changed by hand before anybody changes anything on a
    screen is told all the same.
    """

    def noted() -> list[str]:
        with Worker(firm).on_duty():
            beginning, *changes = firm.book.events(kinds={"configured"})
            assert beginning.body["begins"]
            return [event.body["what"] for event in changes]

    def by_hand(before: str, after: str) -> None:
        path = firm.folder / "firm.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    assert noted() == []
    by_hand('"Kōwhai"', '"Kōwhai and Tūī"')
    first = "how the firm works, by hand in firm.toml"
    assert noted() == [first]
    change = configure(firm, "link.link_at", None, 0.97)
    assert noted() == [first, change]
    by_hand("0.97", "0.95")
    assert noted() == noted() == [first, change, first]
    by_hand('roles = ["administer"]', 'roles = ["administer", "push"]')
    assert noted()[3:] == ["who may do what, by hand in firm.toml"]
