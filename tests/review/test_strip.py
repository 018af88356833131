"""The small timeline draws time as length and values as colours, and says the same in words."""

from __future__ import annotations

from typing import Any

from workbench.review.strip import strip
from workbench.review.tree import Node


def spell(side: str, since: int, until: int, value: str | None) -> dict[str, Any]:
    """Tell what a side showed between two days of a March."""
    return {
        "side": side,
        "at": f"2026-03-{since:02}T00:00:00Z",
        "until": f"2026-03-{until:02}T00:00:00Z",
        "after": value,
    }


def slices(node: Node | None) -> list[list[tuple[str, float]]]:
    """Give each side's stretches: colour and share."""
    assert node is not None
    lines = [line for line in node.children if isinstance(line, Node) and line.tag == "div"]
    drawn = [line.children[1] for line in lines if isinstance(line, Node)]
    return [
        [
            (str(piece.attrs["class"]), float(piece.attrs["level"]))
            for piece in line.children
            if isinstance(piece, Node)
        ]
        for line in drawn
        if isinstance(line, Node)
    ]


def test_time_is_length_and_a_value_keeps_its_colour() -> None:
    """A side that goes back shows its first colour again, and both sides share their colours."""
    told = [
        spell("xpm", 1, 4, "a"),
        spell("xpm", 5, 8, "b"),
        spell("xpm", 9, 11, "a"),
        spell("connectworks", 1, 11, "a"),
        {"at": "2026-03-06T00:00:00Z", "what": "Chose to leave it as it is"},
    ]
    node = strip(told, str)
    ours, theirs = slices(node)
    assert [share for _, share in theirs] == [0.4, 0.4, 0.2]
    assert theirs[0][0] == theirs[2][0] == ours[0][0] != theirs[1][0]
    assert ours == [(ours[0][0], 1.0)]


def test_what_was_seen_once_draws_nothing() -> None:
    """Without two different times, as they are written, there is no line of time."""
    assert strip([spell("xpm", 1, 1, "a")], str) is None
    assert strip([spell("xpm", 1, 4, "a")], lambda at: at[:7]) is None
    assert strip([], str) is None
