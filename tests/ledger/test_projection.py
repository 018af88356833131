"""The state that is kept beside the ledger: the same as folding the whole chain, on any doubt made anew."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import Overtaken
from workbench.domain.records import Entry
from workbench.ledger import chain
from workbench.ledger.book import Book
from workbench.ledger.projection import Projection
from workbench.reconcile.replay import planned_entry, replay
from workbench.reconcile.state import State

sys.path.insert(0, str(Path(__file__).parents[1] / "reconcile"))

from ledger_entries import OPERATION, concluded, decided, entries, linked


def now() -> datetime:
    """Give a fixed time."""
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Give an empty book."""
    return Book(tmp_path / "ledger.sqlite", now)


def parts(state: State) -> dict[str, Any]:
    """Give all that a state says, wherever it lies."""
    return {field.name: getattr(state, field.name) for field in fields(State)}


def altered(book: Book, statement: str) -> None:
    """Change the file behind the book's back."""
    with sqlite3.connect(book.path) as connection:
        connection.execute(statement)
    connection.close()


def story() -> list[Entry]:
    """Give a link, a decision on it, and its write."""
    planned = planned_entry(OPERATION, "r1", ["l1"])
    return [linked("c1", "x1"), decided("c1", "x1", "to_xpm"), planned, concluded(OPERATION, "done")]


@settings(max_examples=12)
@given(st.lists(st.tuples(st.lists(entries, max_size=8), st.integers(0, 2)), min_size=2, max_size=5))
def test_a_kept_state_says_what_the_whole_chain_says(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[list[Entry], int]]
) -> None:
    """However often it is kept, and whoever of several keeps it, between any two entries."""
    book = Book(tmp_path_factory.mktemp("firm") / "ledger.sqlite", now)
    readers = [Projection(book, every=3), Projection(book, every=5)]
    stood: list[tuple[State, dict[str, str]]] = []
    for some, reader in pieces:
        book.append(some, "ann")
        state = (readers[reader] if reader < 2 else Projection(book, every=1)).state()
        assert parts(state) == parts(replay(book.events()))
        stood.append((state, {name: repr(value) for name, value in parts(state).items()}))
    assert Projection(book).verify().ok  # step by step it was kept as the chain has it
    for state, said in stood:  # what was kept later does not change what an earlier state says
        assert {name: repr(value) for name, value in parts(state).items()} == said


def test_a_firm_is_opened_from_what_was_kept(book: Book) -> None:
    """Only the entries after it are folded: here the earlier ones cannot even be read any more."""
    book.append(story(), "ann")
    said = parts(Projection(book, every=1).state())
    altered(book, "UPDATE entries SET entry = 'unreadable' WHERE seq < 4")
    assert parts(Projection(book).state()) == said


@pytest.mark.parametrize(
    "doubt",
    [
        "UPDATE standing SET hash = 'of another chain'",
        "UPDATE standing SET made_by = 'other code'",
        "DELETE FROM standing",
        "UPDATE standing SET parts = x'ff'",
        "UPDATE standing SET told = 'many'",
    ],
)
def test_on_doubt_it_is_folded_again_from_the_chain(book: Book, doubt: str) -> None:
    """Another chain, other code, or nothing there: what was kept is not believed."""
    book.append(story(), "ann")
    Projection(book, every=1).state()
    altered(book, "UPDATE history SET what = 'altered'")
    altered(book, doubt)
    book.append([linked("c2", "x2")], "ann")
    assert parts(Projection(book, every=1).state()) == parts(replay(book.events()))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE history SET before = 'forged' WHERE place = 0", "history"),
        ("DELETE FROM history WHERE place = 1", "history"),
        ("INSERT INTO history (place, what) VALUES (99, 'forged')", "history"),
        ("UPDATE shelved SET value = replace(value, 'ann', 'eve') WHERE shelf = 'decided'", "decided"),
        ("DELETE FROM shelved WHERE shelf = 'operations'", "operations"),
        ("INSERT INTO shelved (shelf, key, seq, value) VALUES ('runs', '\"r9\"', 9, '{}')", "places"),
        ("UPDATE shelved SET seq = 'none', value = x'ff' WHERE shelf = 'decided'", "places"),
        ("UPDATE history SET what = x'ff'", "history"),
        ("UPDATE standing SET parts = replace(parts, 'x1', 'x2')", "standing"),
    ],
)
def test_what_is_kept_is_held_against_the_chain(book: Book, change: str, where: str) -> None:
    """What screens would show wrongly is found and named when the ledger is verified, and made again."""
    for entry in story():
        book.append([entry], "ann")
        Projection(book, every=1).state()
    assert Projection(book).verify().ok
    altered(book, change)
    reader = Projection(book)
    found = reader.verify()
    assert (found.ok, found.count, found.differing) == (False, 4, (where,))
    assert parts(reader.state()) == parts(replay(book.events()))
    assert reader.verify().ok


def test_a_chain_made_anew_of_entries_that_cannot_be_followed_is_told(book: Book) -> None:
    """Whoever rewrites it whole can write anything; what says nothing is a fault, and no crash."""
    book.append([linked("c1", "x1")], "ann")
    Projection(book, every=1).state()
    odd = chain.entry_text(seq=1, at="t", by="ann", kind="linked", subject="", body={}, private={})
    digest = chain.next_hash(chain.GENESIS, odd)
    altered(book, f"UPDATE entries SET entry = '{odd}', hash = '{digest}'")
    altered(book, f"UPDATE standing SET hash = '{digest}'")
    assert "never wrote" in (Projection(book).verify().fault or "")


def test_verified_once_only_what_came_since_is_read(book: Book) -> None:
    """A report in the same process is quick; what was written over meanwhile is found all the same."""
    book.append(story(), "ann")
    reader = Projection(book)
    assert reader.verified().count == 4
    altered(book, "UPDATE entries SET entry = 'unreadable' WHERE seq < 4")
    book.append([linked("c2", "x2")], "ann")
    assert (reader.verified().ok, reader.verified().count) == (True, 5)
    altered(book, "UPDATE entries SET hash = 'of another chain' WHERE seq = 5")
    assert "Entry 5" in (reader.verified().fault or "")
    assert not Projection(book).verified().ok


def test_whoever_folds_beside_another_keeps_the_state_too(book: Book) -> None:
    """Two processes take turns; neither is held up for good by what the other kept meanwhile."""
    one, other = Projection(book, every=2), Projection(book, every=2)
    for reader, client in ((one, 1), (other, 2), (one, 3), (other, 4), (other, 5), (other, 6)):
        book.append([linked(f"c{client}", f"x{client}")] * (1 if client == 4 else 2), "ann")
        reader.state()
    with sqlite3.connect(book.path) as connection:
        [(kept,)] = connection.execute("SELECT seq FROM standing")
    connection.close()
    assert kept == book.head().seq
    assert other.verify().ok


def test_what_was_kept_can_be_thrown_away(book: Book) -> None:
    """Rebuilding believes nothing but the chain; who stood on the old one is told to open the firm again."""
    book.append(story(), "ann")
    standing = Projection(book, every=1).state()
    altered(book, "UPDATE history SET what = 'altered'")
    reached: list[int] = []
    assert parts(Projection(book, every=1).rebuild(reached.append)) == parts(replay(book.events()))
    assert reached == [4]
    with pytest.raises(Overtaken, match="Open the firm again"):
        list(standing.told)


def test_deleted_values_are_gone_from_what_was_kept_too(book: Book) -> None:
    """Also for a process that had read them before, and from the file's bytes."""
    secret = Entry("decided", decided("c1", "x1", "to_xpm").body, {"xpm": "Purgeme Lane"}, "l1")
    book.append([linked("c1", "x1"), secret, planned_entry(OPERATION, "r1", ["l1"])], "ann")
    reader, idle = Projection(book, every=1), Projection(book)
    assert "Purgeme" in repr(parts(reader.state()))
    idle.state()
    book.purge("bob", ["l1"])
    for file in book.path.parent.iterdir():
        assert b"Purgeme" not in file.read_bytes()
    for each in (idle, reader):
        book.append([linked("c2", "x2")], "ann")
        assert parts(each.state()) == parts(replay(book.events()))
    for file in book.path.parent.iterdir():
        assert b"Purgeme" not in file.read_bytes()
