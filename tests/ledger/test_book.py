"""The book: append, read, verify, purge, share, refuse."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput, StorageFailed
from workbench.domain.records import Entry
from workbench.ledger.book import Book
from workbench.ledger.chain import Head

SECRET = "12 Kauri Street"


def now() -> datetime:
    """Give a fixed time."""
    return datetime(2026, 3, 2, 9, 30, 0, 123000, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Give an empty book in a folder that it makes itself."""
    return Book(tmp_path / "firm" / "ledger.sqlite", now)


def decided(n: int, value: str | None = SECRET) -> Entry:
    """Give an entry with a private value of subject n."""
    return Entry("decided", {"n": n}, {"xpm": value, "connectworks": None}, f"l{n}")


def alter(book: Book, statement: str, *values: object) -> None:
    """Change the file behind the book's back."""
    with sqlite3.connect(book.path) as connection:
        connection.execute(statement, values)
    connection.close()


_texts = st.text(st.characters(codec="utf-8"), max_size=20)


@settings(max_examples=25)
@given(
    bodies=st.lists(st.dictionaries(_texts, st.none() | _texts | st.integers(), max_size=3), max_size=4),
    private=st.dictionaries(_texts, st.none() | _texts, max_size=3),
)
def test_what_was_appended_reads_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[dict], private: dict
) -> None:
    """Any text survives: line breaks, macrons, NUL, blanks, None."""
    book = Book(tmp_path_factory.mktemp("firm") / "ledger.sqlite", now)
    entries = [Entry("noted", body, private, "s") for body in bodies]
    assert book.append(entries, "Māia") == list(range(1, len(entries) + 1))
    events = book.events()
    assert [(e.kind, e.body, e.private, e.subject) for e in events] == [
        (e.kind, e.body, e.private, e.subject) for e in entries
    ]
    assert {(e.by, e.at) for e in events} <= {("Māia", "2026-03-02T09:30:00.123+00:00")}
    assert book.verify().ok


def test_events_are_read_on_from_a_place_and_by_kind(book: Book) -> None:
    """Readers follow the ledger without reading it all again."""
    book.append([decided(1), Entry("linked", {}), decided(2)], "ann")
    assert [e.seq for e in book.events(after=1)] == [2, 3]
    assert [e.seq for e in book.events(kinds={"decided"})] == [1, 3]
    assert book.events(kinds=()) == []
    assert book.head().seq == 3


def test_an_entry_that_is_not_plain_json_keeps_all_of_them_out(book: Book) -> None:
    """An append is all or nothing."""
    for bad in (Entry("odd", {"x": object()}), Entry("odd", {}, {"x": "\ud800"})):
        with pytest.raises(BadInput, match="odd"):
            book.append([decided(1), bad], "ann")
    assert book.head() == Head(0, "0" * 64)
    assert book.events() == []


def test_another_process_sees_the_same_and_appends_after_it(book: Book) -> None:
    """Nothing is kept in memory: a book opened again carries on the same chain."""
    book.append([decided(1)], "ann")
    again = Book(book.path, now, create=False)
    assert again.append([decided(2)], "bob") == [2]
    assert [e.by for e in book.events()] == ["ann", "bob"]
    assert book.verify().count == 2


def _append_many(path: Path, who: str) -> None:
    for n in range(15):
        Book(path, now).append([decided(n), Entry("noted", {"n": n})], who)


def test_processes_that_append_at_once_make_one_chain(book: Book) -> None:
    """Two writers never break or interleave one another's appends."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(book.path, who)) for who in ("ann", "bob")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert book.verify().count == 60
    events = book.events()
    assert all(a.by == b.by for a, b in zip(events[::2], events[1::2], strict=True))


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE entries SET entry = replace(entry, 'ann', 'eve') WHERE seq = 2", ()),
        ("UPDATE entries SET hash = ? WHERE seq = 2", ("0" * 64,)),
        ("UPDATE entries SET kind = 'linked' WHERE seq = 2", ()),
        ("DELETE FROM entries WHERE seq = 2", ()),
        ("UPDATE private_values SET value = replace(value, 'Kauri', 'Rata')", ()),
        ("UPDATE private_values SET value = 'null'", ()),
        ("UPDATE private_values SET salt = zeroblob(16)", ()),
        ("UPDATE private_values SET subject = 'l2' WHERE seq = 1", ()),
        ("UPDATE private_values SET seq = 3 WHERE seq = 1", ()),
        ("DELETE FROM private_values WHERE seq = 2", ()),
        ("INSERT INTO private_values SELECT 'd', 9, subject, salt, value FROM private_values LIMIT 1", ()),
        ("UPDATE private_values SET seq = 99 WHERE seq = 1", ()),  # as if it had been purged
        ("UPDATE entries SET entry = CAST(entry AS BLOB) WHERE seq = 2", ()),
        ("UPDATE entries SET hash = CAST(hash AS BLOB) WHERE seq = 2", ()),
        ("UPDATE entries SET kind = x'ff' WHERE seq = 2", ()),
        ("UPDATE private_values SET value = x'ff00' WHERE seq = 1", ()),
        ("UPDATE private_values SET salt = 'no bytes' WHERE seq = 1", ()),
        ("UPDATE private_values SET seq = 1.5 WHERE seq = 1", ()),
        ("UPDATE private_values SET seq = 'first' WHERE seq = 1", ()),
        ("UPDATE private_values SET digest = x'ff' WHERE value LIKE '%Kauri%' AND seq = 1", ()),
    ],
)
def test_what_was_altered_is_found(book: Book, statement: str, values: tuple[str, ...]) -> None:
    """Entries, the order of them, and the personal values beside them."""
    book.append([decided(1), decided(2), decided(3)], "ann")
    assert book.verify().ok
    alter(book, statement, *values)
    found = book.verify()
    assert not found.ok
    assert found.fault
    assert SECRET not in found.fault


def test_an_end_that_was_cut_off_is_found_by_a_head_noted_earlier(book: Book) -> None:
    """The chain alone cannot know its own end."""
    book.append([decided(1), decided(2)], "ann")
    head = book.head()
    book.append([decided(3)], "ann")
    assert book.verify(head).ok
    alter(book, "DELETE FROM entries WHERE seq > 1")
    assert "no entry holds" in (book.verify().fault or "")  # whoever cut it forgot the values
    alter(book, "DELETE FROM private_values WHERE seq > 1")
    assert book.verify().ok
    assert not book.verify(head).ok


def test_the_chain_holds_no_personal_value(book: Book) -> None:
    """Only digests, each salted by itself: equal values do not look equal, not even of one subject."""
    book.append([decided(1), decided(1)], "ann")
    with sqlite3.connect(book.path) as connection:
        entries = [json.loads(row[0]) for row in connection.execute("SELECT entry FROM entries")]
    connection.close()
    assert SECRET not in json.dumps(entries)
    assert entries[0]["private"]["xpm"] != entries[1]["private"]["xpm"]


def test_purging_deletes_one_subjects_values_and_the_chain_still_verifies(book: Book) -> None:
    """Gone from the file's bytes too, and noted."""
    book.append([decided(1, "Purgeme Lane"), decided(2)], "ann")
    assert book.purge("bob", ["l1"]) == 2
    events = book.events()
    assert (events[0].private, events[1].private["xpm"]) == ({}, SECRET)
    assert (events[-1].kind, events[-1].by) == ("purged", "bob")
    assert book.verify().ok
    for file in book.path.parent.iterdir():
        assert b"Purgeme" not in file.read_bytes()
    book.append([decided(1, "Purgeme Lane")], "ann")
    assert book.verify().ok


def test_progress_and_beats_are_news_not_history(book: Book) -> None:
    """The last one counts, and the chain does not grow."""
    assert book.last_beat() is None
    book.set_progress("q", 1, 10, "Reading", 9.5)
    book.set_progress("q", 2, 10, "Reading", None)
    book.beat("w1")
    told = book.progress()["q"]
    assert (told.done, told.total, told.message, told.left_s) == (2, 10, "Reading", None)
    beat = book.last_beat()
    assert beat is not None
    assert (beat.worker_id, datetime.fromisoformat(beat.at)) == ("w1", now())
    assert book.head().seq == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such permissions")
def test_files_are_for_their_owner_only(book: Book) -> None:
    """The folder 0700, every file 0600."""
    book.append([decided(1)], "ann")
    assert book.path.parent.stat().st_mode & 0o777 == 0o700
    assert {f.stat().st_mode & 0o777 for f in book.path.parent.iterdir()} == {0o600}


def test_a_missing_ledger_is_told(tmp_path: Path) -> None:
    """Unless it is to be made."""
    with pytest.raises(StorageFailed, match="no ledger"):
        Book(tmp_path / "none.sqlite", now, create=False)


def test_a_damaged_ledger_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Not with a database's traceback."""
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"This is no database at all. " * 100)
    with pytest.raises(StorageFailed, match="damaged"):
        Book(path, now)


def test_a_full_disk_loses_nothing_and_is_told_without_any_value(book: Book) -> None:
    """SQLite's own limit on pages stands in for the disk."""
    book.append([decided(1)], "ann")
    with sqlite3.connect(book.path) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()

    def limited(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    sa.event.listen(book._engine, "connect", limited)
    with pytest.raises(StorageFailed, match="full") as refused:
        book.append([decided(n, SECRET * 50) for n in range(2, 60)], "ann")
    assert SECRET not in str(refused.value)
    sa.event.remove(book._engine, "connect", limited)
    assert book.head().seq == 1
    assert book.verify().ok


def test_purging_by_age_spares_what_is_in_force(book: Book) -> None:
    """Old values go, save those of entries that are named."""
    book.append([decided(1), decided(2), decided(3), decided(4)], "ann")
    assert book.purge("bob", before=4, sparing=[2], besides={"before": "2026-03-01"}) == 4
    events = book.events()
    assert [bool(event.private) for event in events] == [False, True, False, True, False]
    assert events[-1].body == {"subjects": [], "values": 4, "before": "2026-03-01"}
    assert book.verify().ok


def test_a_ledger_of_another_form_is_told_and_left_alone(tmp_path: Path) -> None:
    """Rather than written into."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE private_values (digest TEXT PRIMARY KEY, subject TEXT, value TEXT)")
    connection.close()
    with pytest.raises(StorageFailed, match="trial version"):
        Book(path, now)


@pytest.mark.parametrize("cell", ["x'ff'", "'no JSON'", "'[1]'", "CAST(x'ff' AS TEXT)"])
def test_whoever_reads_an_altered_cell_is_told_so(book: Book, cell: str) -> None:
    """In a sentence, that says what to do; verifying says which entry it is, or that it is no text at all."""
    book.append([decided(1), decided(2)], "ann")
    alter(book, f"UPDATE entries SET entry = {cell} WHERE seq = 2")
    for read in (book.events, lambda: book.at([2])):
        with pytest.raises(StorageFailed, match="altered, or is damaged"):
            read()
    if "AS TEXT" in cell:
        with pytest.raises(StorageFailed, match="no text"):
            book.verify()
    else:
        assert "Entry 2" in (book.verify().fault or "")
