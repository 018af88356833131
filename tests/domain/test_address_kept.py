"""An address arrives as the side that receives it keeps addresses, and what it lacks is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.address_kept import as_kept, parts_lost
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.domain.frames import address_cell, address_parts

HELD = address_cell({"lines": "187 Ngaio Road", "suburb": "Pukehua", "city": "Tauranga"})


@pytest.mark.parametrize(
    ("lines", "suburb"),
    [
        ("42 Tinker Way\nMatuahine", "Matuahine"),
        ("PO Box 90 020\nMatuahine", "Matuahine"),
        ("C/- Finch Law\n42 Tinker Way\nMatuahine", "Matuahine"),
        ("Kauri House\nPUKEHUA", "PUKEHUA"),
        ("42 Tinker Way", None),
        ("Level 3\nTinker Way", None),
        ("42 Tinker Way\nRD 9", None),
        ("42 Tinker Way\nC/- Finch Law", None),
        ("42 Tinker Way\nAttention: Ann", None),
    ],
)
def test_a_last_line_that_can_only_be_a_suburb_becomes_one(lines: str, suburb: str | None) -> None:
    """XPM keeps a suburb as its last line; Connectworks has a place for it, so nothing is erased."""
    source = address_cell({"lines": lines, "city": "Tauranga"})
    after = as_kept(CONNECTWORKS, source, HELD)
    assert address_parts(after)["suburb"] == suburb
    assert parts_lost(HELD, after) == ([] if suburb else ["suburb"])


@given(*[st.dictionaries(st.sampled_from(["lines", "suburb", "city"]), st.text("a1 /\n", max_size=9))] * 2)
def test_no_word_is_lost_on_the_way(source: dict[str, str], held: dict[str, str]) -> None:
    """Whichever way an address goes, its lines and suburb say the same words in the same order."""
    cell = address_cell(source)
    before = address_parts(cell)
    words = f"{before['lines'] or ''} {before['suburb'] or ''}".split()
    for side in (CONNECTWORKS, XPM):
        after = address_parts(as_kept(side, cell, address_cell(held)))
        assert f"{after['lines'] or ''} {after['suburb'] or ''}".split() == words
