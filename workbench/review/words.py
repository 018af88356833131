"""The plain words of the screens for the codes of the frames."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KIND_WORDS: Final = {
    "same": "same",
    "cosmetic": "same, written differently",
    "fill": "one side is empty",
    "different": "differs",
    "conflict": "both changed",
    "bad": "damaged value",
    "not_comparable": "cannot be compared",
}
ENTITY_WORDS: Final = {
    "individual": "Person",
    "company": "Company",
    "trust": "Trust",
    "partnership": "Partnership",
    "limited_partnership": "Limited partnership",
    "estate": "Estate",
    "other": "Other",
}
DIRECTION_WORDS: Final = {
    "to_xpm": "XPM gets the value of Connectworks",
    "to_connectworks": "Connectworks gets the value of XPM",
    "leave": "Both stay as they are",
    "ask": "The client is asked",
}
OUTCOME_WORDS: Final = {
    "done": "done",
    "already": "was so already",
    "stale": "left out: changed meanwhile",
    "refused": "refused by the service",
    "gave_up": "not certain: look again",
    "handed_over": "handed over",
}
STANDING_WORDS: Final = {
    "arrived": "arrived",
    "open": "open: the old value still stands",
    "changed": "open: another value stands there now",
    "gone": "open: the record is not shown any more",
    "replaced": "replaced by a later change",
    "agrees": "settled: both systems agree, otherwise",
}
"""How a value stands that was handed over."""
WRITTEN_WORDS: Final = {
    "yes": "in both systems",
    "no": "waits for the next push",
    "here": "linked here only",
}
CHECK_WORDS: Final = {
    "damaged": "Damaged values",
    "link_differs": "Links that Connectworks holds otherwise",
    "twins": "Records that seem to stand twice within one system",
    "shared_identifier": "Identifiers that several records share",
    "unknown_type": "Types that are not known",
    "shared_mailbox": "Mailboxes that several records share",
    "placeholder": "Placeholders where a value should be",
    "check_digit": "Numbers whose check digit is wrong",
}
VERB_WORDS: Final = {
    "pull": "Pull",
    "push": "Push",
    "refresh": "Refresh",
    "custom_fields": "Custom fields",
    "linking": "Linking",
    "comparing": "Comparing",
    "checking": "Data check",
    "create": "Create",
    "connect": "Signing in",
    "check": "Check",
}


def amount(count: int, one: str, many: str | None = None) -> str:
    """Say a number with its noun, thousands parted."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def moment(at: str | None, zone: str | None = None) -> str:
    """Give an ISO 8601 moment in a time zone (this machine's if none), as people write it."""
    if not at:
        return "never"
    try:
        when = datetime.fromisoformat(at).astimezone(ZoneInfo(zone) if zone else None)
    except (ValueError, ZoneInfoNotFoundError):
        return at
    return f"{when.day} {when:%b %Y, %H:%M}"


def now_in(zone: str) -> datetime:
    """Give the present time in a time zone (this machine's if there is no such zone)."""
    try:
        return datetime.now(ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return datetime.now()


def duration(seconds: float) -> str:
    """Say how long something takes, roughly."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"
