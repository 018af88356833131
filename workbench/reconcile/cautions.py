"""What a person should know before a decision counts: codes for frames, sentences for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES, XPM, field_named
from workbench.domain.frames import Clients
from workbench.reconcile.normalise import addresses, emails
from workbench.reconcile.normalise import text as texts
from workbench.reconcile.pairing import Pairing


@dataclass(frozen=True, slots=True)
class Cautions:
    """What the records as a whole say about one field of one link.

    Parameters
    ----------
    warnings : tuple of str
        Codes.
    sendable : tuple of bool
        Per side (Connectworks, XPM): whether its value may be suggested to the other.
    sharing : tuple of int
        Per side: how many of its clients hold this value.
    from_contact : bool
        Whether XPM's value is only its primary contact's.
    """

    warnings: tuple[str, ...] = ()
    sendable: tuple[bool, bool] = (True, True)
    sharing: tuple[int, int] = (0, 0)
    from_contact: bool = False


@dataclass(frozen=True)
class Records:
    """What the linked records say about themselves; every list has one entry a link.

    Parameters
    ----------
    deceased : list of bool
        Whether either side marks the person as deceased.
    verified : list of str
        The fields that Connectworks holds as verified, as received.
    clients_of_contact : list of int
        How many clients XPM's primary contact belongs to.
    from_contact : list of bool
        Whether XPM's email is only its primary contact's.
    """

    deceased: list[bool]
    verified: list[str]
    clients_of_contact: list[int]
    from_contact: list[bool]


def records(pairing: Pairing, contacts: Mapping[str, int]) -> Records:
    """Read what the linked records say about themselves.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    contacts : mapping
        XPM contact to the number of its clients (`contact_clients`).
    """
    first, second = (pairing.counted(side, _marked_deceased(pairing.frames[side])) for side in SIDES)
    return Records(
        [bool(one or other) for one, other in zip(first, second, strict=True)],
        [text or "" for text in pairing.column(CONNECTWORKS, "verified_fields")],
        [contacts.get(contact or "", 0) for contact in pairing.column(XPM, "contact_id")],
        [source not in (None, "client") for source in pairing.column(XPM, "email_source")],
    )


def gather(pairing: Pairing, known: Records, field: str, own_domains: tuple[str, ...]) -> list[Cautions]:
    """Gather the cautions for one field, a link each.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    known : Records
        What they say about themselves.
    field : str
        A compared field.
    own_domains : tuple of str
        The firm's own mail domains.
    """
    if field not in PUSHABLE:
        return [Cautions()] * len(pairing)
    sharing = [pairing.counted(side, _sharing(pairing.fields[side, field], field)) for side in SIDES]
    ours = [_at_own_domain(pairing.cells(side, field), own_domains, field) for side in SIDES]
    return [
        _cautions(
            field,
            dead=known.deceased[i],
            verified=field in known.verified[i].split("; "),
            sharing=(sharing[0][i], sharing[1][i]),
            clients_of_contact=known.clients_of_contact[i] if field == "other_phone" else 0,
            from_contact=field == "email" and known.from_contact[i],
            ours=(ours[0][i], ours[1][i]),
        )
        for i in range(len(pairing))
    ]


@lru_cache(maxsize=65_536)
def _cautions(
    field: str,
    *,
    dead: bool,
    verified: bool,
    sharing: tuple[int, int],
    clients_of_contact: int,
    from_contact: bool,
    ours: tuple[bool, bool],
) -> Cautions:
    # Households share addresses; two with one mailbox or phone are worth a word.
    worth_a_word = 3 if field_named(field).kind == "address" else 2
    codes = {
        "deceased": dead,
        "aml_verified": verified,
        "own_domain": any(ours),
        "email_from_contact": from_contact,
        f"contact_shared:{clients_of_contact}": clients_of_contact > 1,
        f"shared_value:{max(sharing)}": max(sharing) >= worth_a_word,
    }
    to_xpm = not (dead or ours[0])
    to_connectworks = not (dead or ours[1] or from_contact or verified)
    warnings = tuple(code for code, holds in codes.items() if holds)
    return Cautions(warnings, (to_xpm, to_connectworks), sharing, from_contact)


def contact_clients(clients: Clients, memberships: pd.DataFrame | None) -> dict[str, int]:
    """Count for each XPM contact how many clients it belongs to.

    Parameters
    ----------
    clients : Clients
        Their primary contacts count too.
    memberships : pandas.DataFrame, optional
        Which contact belongs to which client; the clients' own where not given.
    """
    known = clients.memberships if memberships is None else memberships
    pairs = known.loc[known["side"] == XPM, ["contact_id", "client_id"]]
    both = pd.concat([pairs, clients.xpm[["contact_id", "client_id"]]], ignore_index=True)
    counts = both.dropna().drop_duplicates()["contact_id"].value_counts()
    return {str(contact): int(n) for contact, n in counts.items()}


def _marked_deceased(clients: pd.DataFrame) -> np.ndarray:
    said = clients["deceased"]
    no = [value for value in said.dropna().unique() if _says_no(value)]
    return (said.notna() & ~said.isin(no)).to_numpy(dtype=np.int64)


def _says_no(text: str) -> bool:
    """Tell whether a yes-or-no cell says no."""
    return texts.fold(text) in {"", "false", "no", "n", "0", "none"}


def _sharing(values: pd.Series, field: str) -> np.ndarray:
    """Count per record how many clients of its side hold its value, by a quick normal form."""
    if field_named(field).kind == "phone":
        plain = values.str.replace(r"\D", "", regex=True).str[-8:]
        plain = plain.where(plain.str.len() >= 7)
    else:
        plain = values.str.strip().str.lower()
        nothing = [value for value in plain.dropna().unique() if not value or texts.is_placeholder(value)]
        plain = plain.where(~plain.isin(nothing))
    counts = plain.value_counts()
    if field_named(field).kind == "address":
        pointers = [value for value in counts.index[counts > 1] if addresses.parse(value).pointer]
        counts = counts.drop(pointers)
    return plain.map(counts).fillna(0).to_numpy(dtype=np.int64)


def _at_own_domain(values: list[str | None], own_domains: tuple[str, ...], field: str) -> list[bool]:
    ours = frozenset(domain.lower() for domain in own_domains)
    if field != "email" or not ours:
        return [False] * len(values)
    return [any(emails.domain(address) in ours for address in emails.keys(value)) for value in values]
