"""The warnings that a difference may carry, and what each says to a person."""

from __future__ import annotations

from typing import Final

WARNINGS: Final = {
    "aml_verified": "Connectworks holds this as verified for anti-money-laundering checks.",
    "archived_in_connectworks": "This client is archived in Connectworks.",
    "archived_in_xpm": "This client is archived in XPM.",
    "box_in_connectworks": "A PO Box in Connectworks would become the physical address in XPM.",
    "box_in_xpm": "A PO Box in XPM would become the physical address in Connectworks.",
    "closed_in_connectworks": "This client is discarded in Connectworks and cannot be changed there.",
    "closed_in_xpm": "This client is deleted in XPM and cannot be changed there.",
    "contact_shared": "This contact belongs to {n} clients in XPM; a change shows at all of them.",
    "deceased": "This person has died.",
    "email_from_contact": "XPM has no email of its own here; this is its primary contact's.",
    "flips_in_connectworks": "The value in Connectworks flips back and forth: gone back {n} times by now.",
    "flips_in_xpm": "The value in XPM flips back and forth: gone back {n} times by now.",
    "leads_nowhere": "This only says that mail does not arrive.",
    "no_contact": "XPM keeps this at a client's primary contact, and there is none.",
    "own_address": "This is an address of your own firm.",
    "own_domain": "This belongs to your own firm’s domain.",
    "placeholder": "This looks like a placeholder, not a value.",
    "pointer": "This only points to another address.",
    "po_box_as_physical": "A PO Box stands as the physical address.",
    "several_values": "There are several values in one field.",
    "shared_value": "{n} clients share this value.",
    "spreadsheet_damage": "A spreadsheet seems to have turned this into another number.",
    "unfit_in_connectworks": "The value in Connectworks is not fit to be passed on.",
    "unfit_in_xpm": "The value in XPM is not fit to be passed on.",
    "unreadable": "This cannot be read as what it should be.",
    "zero_eaten": "A leading zero seems to have been lost in a spreadsheet.",
}


LOST: Final = {
    "lost": "What was agreed here is not kept any more, so nobody can tell which side moved.",
    "unfit": "The agreed values on file belong to other links, so nobody can tell which side moved.",
}
"""Why an agreed pair cannot be gone by; nothing is suggested then."""


LOCKS: Final = {
    "aml_verified": ("to_connectworks",),
    "box_in_connectworks": ("to_xpm",),
    "box_in_xpm": ("to_connectworks",),
    "deceased": ("to_connectworks", "to_xpm"),
}
"""The directions that a warning locks: a person unlocks them by a second act, one by one."""


BARS: Final = {
    "closed_in_connectworks": "to_connectworks",
    "closed_in_xpm": "to_xpm",
    "email_from_contact": "to_connectworks",
    "no_contact": "to_xpm",
    "unfit_in_connectworks": "to_xpm",
    "unfit_in_xpm": "to_connectworks",
}
"""The direction that a warning bars: no act opens it."""


def bar(direction: str, warnings: str | None) -> str | None:
    """Say why a direction cannot be taken at all, in a sentence; None where it can.

    Parameters
    ----------
    direction : str
        ``to_xpm`` or ``to_connectworks``.
    warnings : str or None
        A warnings cell of a differences frame.
    """
    codes = [code.strip() for code in (warnings or "").split(";")]
    return next((WARNINGS[code] for code in codes if BARS.get(code) == direction), None)


def lock(direction: str, warnings: str | None) -> str | None:
    """Say all that locks a direction, in sentences; None where nothing does.

    Parameters
    ----------
    direction : str
        As decided.
    warnings : str or None
        A warnings cell of a differences frame.
    """
    codes = (code.strip() for code in (warnings or "").split(";"))
    return " ".join(WARNINGS[code] for code in codes if direction in LOCKS.get(code, ())) or None


NONE_SEEN: Final = "none"
"""Stands with a decision for the warnings that were seen, where there were none."""


def come_up(seen: str | None, now: str | None) -> str:
    """Give the warnings that a difference carries now and did not when it was decided on.

    Parameters
    ----------
    seen : str or None
        Its warnings cell as it was decided on; None where nobody knows.
    now : str or None
        As it is now. How many share a value may change: what was known to be shared is nothing new.
    """
    if not seen or not now:
        return ""
    known = {code.strip().partition(":")[0] for code in seen.split(";")}
    codes = (code.strip() for code in now.split(";"))
    return "; ".join(code for code in codes if code.partition(":")[0] not in known)


def in_words(warnings: str) -> list[str]:
    """Give the sentences for a warnings cell of a differences frame.

    Parameters
    ----------
    warnings : str
        Codes parted by ``"; "``; a code may carry a count (``shared_value:12``). A code without a sentence
        is read as it stands.
    """
    parted = (code.strip().partition(":") for code in warnings.split(";") if code.strip())
    return [_sentence(name).format(n=count or "Several") for name, _, count in parted]


def _sentence(name: str) -> str:
    return WARNINGS.get(name, name.replace("_", " ").capitalize())
