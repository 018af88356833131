"""What a plan takes back, in one word: a run's id, or a client's or pattern's with its kind before it."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["run_id", "client", "act"]

_CLIENT: Final = "client:"
_PATTERN: Final = "pattern:"


def all_of_client(client: str) -> str:
    """Name all that was ever written of a client, by an id of either side or of its link."""
    return _CLIENT + client


def all_of_pattern(act: str) -> str:
    """Name all that was written because of one act that decided several differences."""
    return _PATTERN + act


def taken_back(undoes: str) -> tuple[Kind, str]:
    """Say what kind of thing is taken back, and which one."""
    if undoes.startswith(_CLIENT):
        return "client", undoes.removeprefix(_CLIENT)
    if undoes.startswith(_PATTERN):
        return "act", undoes.removeprefix(_PATTERN)
    return "run_id", undoes
