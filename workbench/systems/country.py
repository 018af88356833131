"""Country names as both systems write them, as ISO 3166 codes."""

from __future__ import annotations

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
