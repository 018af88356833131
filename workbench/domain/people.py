"""Who somebody is, as the door says; what they may do is said by the firm's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

THIS_MACHINE: Final = "this machine"
"""The issuer of whoever opens a firm on their own machine: the operating system knows them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who came in, in the words of whoever vouches for them; nobody types this about themselves.

    Parameters
    ----------
    subject : str
        What the issuer calls them, for good: ``sub`` of OpenID Connect, or the account on this machine.
    name : str
        As people call them, for screens.
    email : str
        Their address where the issuer has made sure that it is theirs, else ''.
    issuer : str
        Who vouches: the address of an OpenID provider or of a JupyterHub, or `THIS_MACHINE`.
    """

    subject: str
    name: str
    email: str
    issuer: str
