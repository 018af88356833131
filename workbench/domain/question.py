"""What somebody wants to know of all that ever happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = {"runs": "Runs", "decisions": "Decisions", "writes": "Writes", "other": "Everything else"}
"""The kinds of what happens: pushes and scheduled runs, what people chose, what was written, and the rest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What of all that happened is asked for; every part that is not empty has to fit.

    Parameters
    ----------
    text : str
        Words that the client, the field or the sentence must hold, in any order and case.
    by : str
        Only what this person did.
    run_id : str
        Only what this push or scheduled run did.
    field : str
        Only what is about this field.
    client : str
        Only what is about this client: an id of either side, or the link's.
    kind : str
        Only one of `KINDS`.
    """

    text: str = ""
    by: str = ""
    run_id: str = ""
    field: str = ""
    client: str = ""
    kind: str = ""


EVERYTHING: Final = Question()
