"""What is not read is still held against itself."""

from __future__ import annotations

from workbench.systems.unread import unread

RECORD = {
    "uuid": "x1",
    "email": "a@kauri.example",
    "taxNumber": "***-***-142",
    "dateOfDeath": "",
    "modifiedDateUtc": "2026-03-02",
    "notes": [{"title": "One", "createdAt": "1"}, {"title": "Two", "createdAt": "2"}],
    "jobManager": {"uuid": "s1", "name": "Ann"},
}


def test_every_field_but_stamps_and_what_is_read_has_a_mark_that_tells_nothing() -> None:
    """Blank is None, a nested record is told part by part, and no value stands in it."""
    marks = unread(RECORD, {"/email", "/jobManager/name"})
    assert set(marks) == {"/uuid", "/taxNumber", "/dateOfDeath", "/notes", "/jobManager/uuid"}
    assert marks["/dateOfDeath"] is None
    assert "142" not in str(marks["/taxNumber"])


def test_a_list_is_the_same_in_any_order_and_another_with_other_items() -> None:
    """The order of notes and their stamps say nothing; their words do."""
    notes = RECORD["notes"]
    assert isinstance(notes, list)
    turned = RECORD | {"notes": [note | {"createdAt": "9"} for note in reversed(notes)]}
    assert unread(turned, ()) == unread(RECORD, ())
    assert unread(RECORD | {"notes": notes[:1]}, ())["/notes"] != unread(RECORD, ())["/notes"]
    assert unread(RECORD | {"notes": []}, ())["/notes"] is None
