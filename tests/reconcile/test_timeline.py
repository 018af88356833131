"""A field through time."""

from itertools import pairwise

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.frames import HISTORY, frame_of
from workbench.reconcile.timeline import TIMELINE, spells, timeline

LINK = {"link_id": "l", "connectworks_id": "c", "xpm_id": "x"}
VALUES = st.lists(st.sampled_from([None, "a@b.example", "c@d.example", "e@f.example"]), max_size=9)


def sightings(values: list[str | None]) -> list[tuple[str, str | None]]:
    return [(f"2026-03-{day:02}T09:00:00Z", value) for day, value in enumerate(values, start=1)]


@given(VALUES, st.randoms(use_true_random=False))
def test_spells_tell_what_was_seen_and_nothing_else(values: list[str | None], random: object) -> None:
    """Every sighting lies in exactly one spell of its value, whatever the order; neighbours differ."""
    seen = sightings(values)
    shuffled = list(seen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = spells(shuffled)
    for at, value in seen:
        assert [spell.value for spell in found if spell.since <= at <= spell.until] == [value]
    assert all(one.value != other.value for one, other in pairwise(found))
    assert (found[-1].returns if found else 0) == len(found) - len({spell.value for spell in found})


def test_flipping_is_named() -> None:
    """The first return is told, the second is called flipping; a steady side is not."""
    a, b = "a@b.example", "c@d.example"
    seen = {"connectworks": spells(sightings([a] * 5)), "xpm": spells(sightings([a, b, a, b, "e@f.example"]))}
    found = timeline(frame_of((), HISTORY), LINK, "email", seen)
    assert tuple(found.columns) == TIMELINE
    of_xpm = found[found["side"] == "xpm"]
    assert of_xpm["what"].tolist() == [
        "XPM shows something new",
        "XPM flips back and forth: gone back once more",
        "XPM has gone back to an earlier value",
        "XPM shows something new",
        "XPM is first seen",
    ]
    assert of_xpm["before"].tolist()[:2] == [b, a]
    steady = found[found["side"] == "connectworks"]
    assert steady["what"].tolist() == ["Connectworks is first seen"]
    assert steady["until"].str[8:10].tolist() == ["05"]


def test_acts_stand_between_what_was_shown() -> None:
    """Decisions and writes keep their place in time among the sightings."""
    written = {"at": "2026-03-02T12:00:00Z", "what": "Written to XPM", "after": "c@d.example"}
    act = {**LINK, "field": "email", **written}
    seen = {"xpm": spells(sightings(["a@b.example", "a@b.example", "c@d.example"]))}
    found = timeline(frame_of([act], HISTORY), LINK, "email", seen)
    assert found["what"].tolist() == ["XPM shows something new", "Written to XPM", "XPM is first seen"]
    assert pd.isna(found["side"][1])
