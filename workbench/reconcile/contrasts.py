"""Names for values that truly differ and are no slip of each other: what sort of value each side holds."""

from __future__ import annotations

from typing import Final

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM
from workbench.reconcile import slips
from workbench.reconcile.normalise import websites
from workbench.reconcile.normalise.addresses import Address

SOCIAL: Final = "a page on a social network"
_SOCIAL: Final = frozenset(
    f"{site}.com" for site in ("facebook", "fb", "instagram", "linkedin", "twitter", "x", "youtube", "tiktok")
)


def of_addresses(connectworks: Address, xpm: Address) -> str | None:
    """Say what sort of address each side holds.

    Parameters
    ----------
    connectworks, xpm : Address
        Both sides' addresses.
    """
    if (connectworks.care_of is None) != (xpm.care_of is None):
        told = f"{WHOSE[CONNECTWORKS if connectworks.care_of else XPM]} value is in care of somebody"
        return f"{told}{ELSE}{rest}" if (rest := _without_care(connectworks, xpm)) else told
    if connectworks.only_box != xpm.only_box:
        return f"{_which(connectworks.only_box)} has a box, {_which(xpm.only_box)} a street"
    if connectworks.only_box:
        return "another box or bag"
    if not (connectworks.street and xpm.street):
        return None
    if (connectworks.number, connectworks.street) == (xpm.number, xpm.street):
        return f"the same street and number, {_details(connectworks, xpm)}"
    near = connectworks.places[-1:] == xpm.places[-1:]
    return f"another street address in {'the same' if near else 'another'} place"


WHOSE: Final = {CONNECTWORKS: "Connectworks’", XPM: "XPM’s"}
"""How a side's value is spoken of."""
ELSE: Final = ", otherwise "
"""Stands before what else is to be said of two addresses of which one is in care of somebody."""


def _without_care(connectworks: Address, xpm: Address) -> str | None:
    """Say what two addresses are to each other but for who takes the mail in, where they are one."""
    land = [(getattr(connectworks, part), getattr(xpm, part)) for part in ("region", "postcode", "country")]
    if any(one and other and one != other for one, other in land):
        return None
    return "the same" if connectworks.line == xpm.line else slips.typing(connectworks.line, xpm.line)


_DETAILS: Final = ("level", "unit", "building", "box", "rural")


def _details(connectworks: Address, xpm: Address) -> str:
    """Say which side alone names a level, a unit or the like."""
    named = [[bool(getattr(side, part)) for part in _DETAILS] for side in (connectworks, xpm)]
    more = [any(one and not two for one, two in zip(a, b, strict=True)) for a, b in (named, named[::-1])]
    return "with other details" if more[0] == more[1] else f"{_which(more[0])} says more"


def of_websites(connectworks: str, xpm: str) -> str | None:
    """Say which side's website is a page on a social network, if one is."""
    first, second = (is_social(website) for website in (connectworks, xpm))
    return None if first == second else f"{_which(first)} has {SOCIAL}"


def of_lists(connectworks: tuple[str, ...], xpm: tuple[str, ...]) -> str | None:
    """Say which side holds more than one bare number or mailbox, if one does.

    Parameters
    ----------
    connectworks, xpm : tuple of str
        Both sides' comparable numbers or mailboxes.
    """
    ours, theirs = (tuple(n for n in side if not n.startswith("text:")) for side in (connectworks, xpm))
    if not (ours and theirs):
        return f"{_which(not ours)} has what cannot be read" if ours or theirs else None
    several = len(ours) > 1, len(theirs) > 1
    if all(several):
        if slip := _in_one(set(ours), set(theirs)):
            return f"both have several, one of them with {slip}"
        return f"both have several, {'none' if set(ours).isdisjoint(theirs) else 'one of them'} in common"
    if any(several):
        return f"{_which(several[0])} has several, {_which(several[1])} {_like_one_of(ours, theirs)}"
    for is_connectworks, part, whole in ((True, ours[0], theirs[0]), (False, theirs[0], ours[0])):
        if slip := _in_local_part(part, whole):
            return f"{_which(is_connectworks)} lacks the area code{ELSE}{slip}"
    extended = ";" in ours[0], ";" in theirs[0]
    if extended[0] != extended[1]:
        return f"{_which(extended[0])} has one with an extension, {_which(extended[1])} another"
    return None


def _in_one(ours: set[str], theirs: set[str]) -> str | None:
    """Name the slip between the only two that are not in common, where there is one."""
    apart = [*(ours - theirs), *(theirs - ours)]
    alone = len(ours - theirs) == len(theirs - ours) == 1
    return slips.typing(*apart) if alone else None


def _in_local_part(part: str, whole: str) -> str | None:
    """Name the slip between a number without its area code and the end of a whole one."""
    local = part.removeprefix("local:")
    if local == part or not whole.startswith("+"):
        return None
    return slips.typing(local, whole[-len(local) :])


def _like_one_of(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """Say what the only number of one side is to the several of the other."""
    pairs = [(a, b) for a in one for b in other]
    if any(a.partition(";")[0] == b.partition(";")[0] for a, b in pairs):
        return "one of them with an extension"
    slip = next(filter(None, (slips.typing(a, b) for a, b in pairs)), None)
    return f"one of them with {slip}" if slip else "another"


def is_social(website: str) -> bool:
    """Tell whether a website's comparable form leads to a social network."""
    host = websites.host(website)
    return host in _SOCIAL or any(host.endswith(f".{site}") for site in _SOCIAL)


def _which(is_connectworks: bool) -> str:
    return SIDE_LABELS[CONNECTWORKS if is_connectworks else XPM]
