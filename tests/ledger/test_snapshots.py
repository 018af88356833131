"""Snapshots: whole or not at all."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import StorageFailed
from workbench.domain.records import Answer
from workbench.ledger.mentions import answers_about
from workbench.ledger.snapshots import Snapshots

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def answer(body: bytes = b"<a>\n\n</a>\n", key: str | None = None) -> Answer:
    """Give an answer of XPM."""
    return Answer("xpm", "clients", "application/xml; charset=utf-8", body, AT, key)


def keep(snapshots: Snapshots, answers: list[Answer]) -> str:
    """Write a snapshot and give its id."""
    with snapshots.writing("xpm", AT) as writer:
        for one in answers:
            writer.add(one)
    return writer.id


_answers = st.builds(
    answer, st.binary(max_size=60), st.none() | st.text(st.characters(codec="utf-8"), max_size=8)
)


@settings(max_examples=25)
@given(st.lists(_answers, max_size=5))
def test_answers_read_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, answers: list[Answer]
) -> None:
    """Any bytes, in order; and the same answers give the same id anywhere."""
    one, two = (Snapshots(tmp_path_factory.mktemp("firm") / "snapshots") for _ in range(2))
    kept = keep(one, answers)
    assert list(one.read(kept)) == answers
    assert keep(two, answers) == kept


def test_a_pull_that_breaks_off_leaves_no_snapshot(tmp_path: Path) -> None:
    """Only a file that is flagged as partial, and never read."""
    snapshots = Snapshots(tmp_path / "snapshots")
    with pytest.raises(KeyboardInterrupt), snapshots.writing("xpm", AT) as writer:
        writer.add(answer())
        raise KeyboardInterrupt
    assert writer.id == ""
    assert [file.suffix for file in snapshots.folder.iterdir()] == [".partial"]


def test_an_altered_snapshot_gives_no_answer_at_all(tmp_path: Path) -> None:
    """The whole file is checked before its first answer is given."""
    snapshots = Snapshots(tmp_path)
    kept = keep(snapshots, [answer(b"x" * 1000), answer(b"y")])
    path = next(tmp_path.glob("*.gz"))
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(StorageFailed, match="hash"):
        snapshots.read(kept)


def test_looks_are_kept_one_by_one(tmp_path: Path) -> None:
    """Twice the same is one file; an unknown or altered one is told."""
    snapshots = Snapshots(tmp_path)
    look = snapshots.add_look(answer(b"<b/>", "x1"))
    assert snapshots.add_look(answer(b"<b/>", "x1")) == look
    assert snapshots.read_look(look) == answer(b"<b/>", "x1")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 1
    files[0].write_bytes(b"")
    for lost in (look, "0" * 64):
        with pytest.raises(StorageFailed):
            snapshots.read_look(lost)


def test_all_kept_answers_in_which_an_id_stands_are_found(tmp_path: Path) -> None:
    """In pulls by their bytes, in looks by their key, in either case; none where a file was altered."""
    snapshots = Snapshots(tmp_path)
    keep(snapshots, [answer(b"<id>x1</id>"), answer(b"<id>x2</id>"), answer(b"<id>x3</id><id>x1</id>")])
    snapshots.add_look(answer(b"<none/>", "x1"))
    snapshots.add_look(answer(b"<uuid>X1</uuid>", "X1"))
    found = list(answers_about(snapshots, {"x1", "c1"}))
    assert sorted(row["bytes"] for row in found) == [7, 11, 15, 22]
    assert {row["at"] for row in found} == {AT.isoformat()}
    assert list(answers_about(snapshots, {"c2"})) == []
    path = next(tmp_path.glob("*.gz"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StorageFailed, match=path.name):
        list(answers_about(snapshots, {"c2"}))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one sentence, naming it."""
    (tmp_path / "snapshots").write_text("a file stands here")
    snapshots = Snapshots(tmp_path / "snapshots")
    with pytest.raises(StorageFailed, match="snapshots"):
        keep(snapshots, [])
    with pytest.raises(StorageFailed, match="snapshots"):
        snapshots.add_look(answer())


def test_an_unknown_snapshot_is_told(tmp_path: Path) -> None:
    """With what to do next."""
    with pytest.raises(StorageFailed, match="Pull again"):
        Snapshots(tmp_path).read("0" * 64)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such permissions")
def test_snapshots_are_for_their_owner_only(tmp_path: Path) -> None:
    """Folders 0700, files 0600."""
    snapshots = Snapshots(tmp_path / "snapshots")
    keep(snapshots, [answer()])
    snapshots.add_look(answer())
    found = [snapshots.folder, *snapshots.folder.rglob("*")]
    assert {f.stat().st_mode & 0o777 for f in found if f.is_dir()} == {0o700}
    assert {f.stat().st_mode & 0o777 for f in found if f.is_file()} == {0o600}
