"""What linking says of itself: what it left out, and what it took for granted, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_KINDS: Final = {
    "nzbn": "NZBN",
    "company_number": "company number",
    "abn": "ABN",
    "tax_number": "tax number",
    "email": "mailbox",
    "phone": "phone",
    "address": "address",
    "website": "website",
    "date_of_birth": "date of birth",
    "words": "whole name",
    "word_pair": "two words of the name",
    "word": "word of the name",
    "family_given": "family and given name",
    "family_initial": "family name and initial",
    "skeleton": "name but for its vowels",
    "squeezed": "beginning of the name",
}


def notes_of(skipped: Mapping[str, int]) -> list[str]:
    """Tell which pairs were not compared because too many records share a value.

    Parameters
    ----------
    skipped : mapping of str to int
        By kind of key, how many pairs were over its budget (`blocking.Blocked`).
    """
    if not skipped:
        return []
    told = (f"{count:,} by {_KINDS[kind]}" for kind, count in sorted(skipped.items(), key=lambda x: -x[1]))
    return [
        f"Not compared by what too many clients share: {', '.join(told)} (pairs). "
        "Where they have something rarer in common, they met by that."
    ]


def cardinality_note(once: tuple[bool, bool]) -> list[str]:
    """Tell how many counterparts a record may have, where that was read off the lists.

    Parameters
    ----------
    once : tuple of bool
        Whether a Connectworks, and an XPM record has one counterpart at the most.
    """
    sides = [side for side, one in zip(("a Connectworks", "an XPM"), once, strict=True) if not one]
    if not sides:
        return ["Linked one to one: hardly any record of either list stands there twice."]
    listed = " and ".join(f"{side} record" for side in sides)
    # Records that stand twice on the one side are why a record of the other may have several counterparts.
    return [
        f"{listed[0].upper()}{listed[1:]} may have several counterparts, since many records of the other "
        "list stand there more than once. Set `cardinality` to say otherwise."
    ]
