"""How a scheduled run can end, and with which exit code: the highest that is true counts."""

from __future__ import annotations

from typing import Final

NOTHING_MOVED: Final = "nothing_moved"
DIFFERENCES_WAIT: Final = "differences_wait"
NEEDS_PERSON: Final = "needs_person"
FAILED: Final = "failed"

EXIT_CODES: Final = {NOTHING_MOVED: 0, DIFFERENCES_WAIT: 10, NEEDS_PERSON: 20, FAILED: 1}
"""1 is what every command of ours ends with when it is refused, 2 is a command that was not understood."""

RESULT_WORDS: Final = {
    NOTHING_MOVED: "nothing moved and nothing waits",
    DIFFERENCES_WAIT: "differences wait",
    NEEDS_PERSON: "a person is needed",
    FAILED: "failed",
}
