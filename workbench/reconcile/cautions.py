"""What a person should know before a decision counts: codes for frames, sentences for people."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES, XPM, field_named
from workbench.domain.frames import Clients
from workbench.reconcile.normalise import addresses, emails
from workbench.reconcile.normalise import text as texts
from workbench.reconcile.normalise.addresses import Address
from workbench.reconcile.pairing import Pairing

MANY: Final = 5
"""How many clients must share a value for it to be decided by itself."""


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
    about : tuple of str or None
        Per side: what sort of value it holds, where other records tell, in words.
    shared : tuple of str or None
        Per side: a name for its value, where so many clients hold it that it is worth a decision of its own.
    """

    warnings: tuple[str, ...] = ()
    sendable: tuple[bool, bool] = (True, True)
    sharing: tuple[int, int] = (0, 0)
    from_contact: bool = False
    about: tuple[str | None, str | None] = (None, None)
    shared: tuple[str | None, str | None] = (None, None)


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
    plain = [_plain_form(pairing.fields[side, field], field) for side in SIDES]
    sharing = [pairing.counted(side, _sharing(values)) for side, values in zip(SIDES, plain, strict=True)]
    names = [pairing.taken(side, values) for side, values in zip(SIDES, plain, strict=True)]
    shared = [_named(*known, field) for known in zip(names, sharing, strict=True)]
    ours = [_at_own_domain(pairing.cells(side, field), own_domains, field) for side in SIDES]
    agents = [_agents(pairing.cells(side, field), field) for side in SIDES]
    return [
        _cautions(
            field,
            dead=known.deceased[i],
            verified=field in known.verified[i].split("; "),
            sharing=(sharing[0][i], sharing[1][i]),
            clients_of_contact=known.clients_of_contact[i] if field == "other_phone" else 0,
            from_contact=field == "email" and known.from_contact[i],
            ours=(ours[0][i], ours[1][i]),
            agents=(agents[0][i], agents[1][i]),
            shared=(shared[0][i], shared[1][i]),
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
    agents: tuple[str | None, str | None],
    shared: tuple[str | None, str | None],
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
    about = tuple(
        "is an address of your own firm" if own else agent for own, agent in zip(ours, agents, strict=True)
    )
    return Cautions(warnings, (to_xpm, to_connectworks), sharing, from_contact, (about[0], about[1]), shared)


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


def _plain_form(values: pd.Series, field: str) -> pd.Series:
    """Give a quick normal form of each record's value, by which equal ones are counted."""
    if field_named(field).kind == "phone":
        plain = values.str.replace(r"\D", "", regex=True).str[-8:]
        return plain.where(plain.str.len() >= 7)
    plain = values.str.strip().str.lower()
    nothing = [value for value in plain.dropna().unique() if not value or texts.is_placeholder(value)]
    plain = plain.where(~plain.isin(nothing))
    if field_named(field).kind == "address":
        repeated = plain[plain.duplicated(keep=False)].dropna().unique()
        plain = plain.where(~plain.isin([value for value in repeated if addresses.parse(value).pointer]))
    return plain


def _sharing(plain: pd.Series) -> np.ndarray:
    """Count per record how many clients of its side hold its value."""
    return plain.map(plain.value_counts()).fillna(0).to_numpy(dtype=np.int64)


def _named(values: list[str | None], sharing: list[int], field: str) -> list[str | None]:
    """Name the values that many clients share; an address by its town only, since it is nobody's business."""
    named = _address_name if field_named(field).kind == "address" else _value_name
    return [named(value) if value and n >= MANY else None for value, n in zip(values, sharing, strict=True)]


def _value_name(plain: str) -> str:
    return f"ending in {plain[-7:-4]} {plain[-4:]}" if plain.isdigit() else plain


@lru_cache(maxsize=4096)
def _address_name(cell: str) -> str:
    mark = hashlib.blake2b(cell.encode(), digest_size=2).hexdigest()
    return f"an address in {' '.join(addresses.parse(cell).places).title() or 'no place'} ({mark})"


def _agents(values: list[str | None], field: str) -> list[str | None]:
    """Say where mail goes to somebody whom many addresses of a side name."""
    if field_named(field).kind != "address":
        return [None] * len(values)
    read = [addresses.parse(value) if value else None for value in values]
    met = Counter(address.care_of for address in read if address and address.care_of)
    agents = {tuple(name.split()): name for name, n in met.items() if n >= MANY}
    return [_agent(address, agents) if address else None for address in read]


def _agent(address: Address, agents: Mapping[tuple[str, ...], str]) -> str | None:
    named = address.care_of if address.care_of in agents.values() else None
    if named is None and address.only_box:
        # However the care-of line was mangled, the name still stands before the box's town.
        named = next((name for words, name in agents.items() if address.words[: len(words)] == words), None)
    return f"is in care of {named.title()}" if named else None


def _at_own_domain(values: list[str | None], own_domains: tuple[str, ...], field: str) -> list[bool]:
    ours = frozenset(domain.lower() for domain in own_domains)
    if field != "email" or not ours:
        return [False] * len(values)
    return [any(emails.domain(address) in ours for address in emails.keys(value)) for value in values]
