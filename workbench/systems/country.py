"""Countries as both systems write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_CODES: Final = {
    "new zealand": "NZ",
    "aotearoa": "NZ",
    "aotearoa new zealand": "NZ",
    "nz": "NZ",
    "nzl": "NZ",
    "australia": "AU",
    "au": "AU",
    "aus": "AU",
    "united kingdom": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "uk": "GB",
    "gb": "GB",
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "us": "US",
    "singapore": "SG",
    "hong kong": "HK",
    "china": "CN",
    "fiji": "FJ",
    "samoa": "WS",
    "tonga": "TO",
    "cook islands": "CK",
    "ireland": "IE",
    "canada": "CA",
    "south africa": "ZA",
    "india": "IN",
}
# Not WA, SA and NT: they are other things elsewhere.
_STATES: Final = frozenset(
    (
        *("nsw", "vic", "qld", "tas", "act", "new south wales", "victoria", "queensland", "tasmania"),
        *("western australia", "south australia", "northern territory", "australian capital territory"),
    )
)


def country_code(name: str | None, home: str) -> str | None:
    """Read a country's name.

    Parameters
    ----------
    name : str or None
        As received.
    home : str
        The firm's own country, which a blank stands for.

    Returns
    -------
    str or None
        Its ISO 3166 code; None for a name that is not known here.
    """
    plain = (name or "").strip().rstrip(".").lower()
    return _CODES.get(plain) if plain else home


def in_australia(
    home: str, countries: Iterable[str | None], regions: Iterable[str | None], number: str | None
) -> bool:
    """Say whether a client is in Australia, so that its tax number must not be kept; in doubt it is.

    Parameters
    ----------
    home : str
        The firm's own country: in an Australian firm every client counts.
    countries, regions : iterable of str or None
        Of its addresses, as received.
    number : str or None
        Its business number: an ABN has eleven digits, an NZBN thirteen.
    """
    return (
        home == "AU"
        or any(country_code(country, "") == "AU" for country in countries)
        or any((region or "").strip().lower() in _STATES for region in regions)
        or sum(map(str.isdigit, number or "")) == 11
    )
