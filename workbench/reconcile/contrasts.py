"""Names for values that truly differ and are no slip of each other: what sort of value each side holds."""

from __future__ import annotations

from typing import Final

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM
from workbench.reconcile.normalise import websites
from workbench.reconcile.normalise.addresses import Address

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
        return f"{_which(connectworks.care_of is not None)} is in care of somebody"
    if connectworks.only_box != xpm.only_box:
        return f"{_which(connectworks.only_box)} has a box, the other a street"
    if connectworks.only_box:
        return "another box or bag"
    if not (connectworks.street and xpm.street):
        return None
    if (connectworks.number, connectworks.street) == (xpm.number, xpm.street):
        return f"the same street and number, {_details(connectworks, xpm)}"
    near = connectworks.places[-1:] == xpm.places[-1:]
    return f"another street address in {'the same' if near else 'another'} place"


_DETAILS: Final = ("level", "unit", "building", "box", "rural")


def _details(connectworks: Address, xpm: Address) -> str:
    """Say which side alone names a level, a unit or the like."""
    named = [[bool(getattr(side, part)) for part in _DETAILS] for side in (connectworks, xpm)]
    more = [any(one and not two for one, two in zip(a, b, strict=True)) for a, b in (named, named[::-1])]
    return "with other details" if more[0] == more[1] else f"{_which(more[0])} says more"


def of_websites(connectworks: str, xpm: str) -> str | None:
    """Say which side's website is a page on a social network, if one is."""
    first, second = (is_social(website) for website in (connectworks, xpm))
    return None if first == second else f"{_which(first)} has a page on a social network"


def of_lists(connectworks: tuple[str, ...], xpm: tuple[str, ...]) -> str | None:
    """Say which side holds more than one bare number or mailbox, if one alone does.

    Parameters
    ----------
    connectworks, xpm : tuple of str
        Both sides' comparable numbers or mailboxes.
    """
    for does, words in ((_are_several, "several"), (_has_extension, "one with an extension")):
        first, second = does(connectworks), does(xpm)
        if first != second:
            return f"{_which(first)} has {words}, the other another"
    return None


def _are_several(numbers: tuple[str, ...]) -> bool:
    return len(numbers) > 1


def _has_extension(numbers: tuple[str, ...]) -> bool:
    return any(";" in number for number in numbers)


def is_social(website: str) -> bool:
    """Tell whether a website's comparable form leads to a social network."""
    host = websites.host(website)
    return host in _SOCIAL or any(host.endswith(f".{site}") for site in _SOCIAL)


def _which(is_connectworks: bool) -> str:
    return SIDE_LABELS[CONNECTWORKS if is_connectworks else XPM]
