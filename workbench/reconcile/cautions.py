"""What a person should know before a decision counts: codes for frames, sentences for people."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES, XPM, field_named
from workbench.domain.frames import Clients, address_cell
from workbench.domain.settings import CompareSettings
from workbench.reconcile.normalise import addresses, emails, websites
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
    no_contact : list of bool
        Whether XPM's client has no primary contact.
    closed : list of tuple of bool
        Per side: whether the record can no longer be changed there.
    """

    deceased: list[bool]
    verified: list[str]
    clients_of_contact: list[int]
    from_contact: list[bool]
    no_contact: list[bool]
    closed: list[tuple[bool, bool]]


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
    known = bool(pairing.frames[XPM]["contact_id"].notna().any())  # a frame without contacts says nothing
    return Records(
        [bool(one or other) for one, other in zip(first, second, strict=True)],
        [text or "" for text in pairing.column(CONNECTWORKS, "verified_fields")],
        [contacts.get(contact or "", 0) for contact in pairing.column(XPM, "contact_id")],
        [source not in (None, "client") for source in pairing.column(XPM, "email_source")],
        [known and contact is None for contact in pairing.column(XPM, "contact_id")],
        [
            (ours == "discarded", theirs == "deleted")
            for ours, theirs in zip(*(pairing.column(side, "lifecycle") for side in SIDES), strict=True)
        ],
    )


def gather(
    pairing: Pairing,
    known: Records,
    field: str,
    cells: Sequence[Sequence[str | None]],
    places: Sequence[int],
    settings: CompareSettings,
) -> list[Cautions]:
    """Gather the cautions for one field of some links.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    known : Records
        What they say about themselves.
    field : str
        A compared field.
    cells : sequence of sequence of str or None
        Both sides' cells of the field, an entry a link.
    places : sequence of int
        Which links.
    settings : CompareSettings
        The firm's own domains and addresses.
    """
    if field not in PUSHABLE:
        return [_NONE] * len(places)
    on_contact = field_named(field).xpm_resource == "contact"
    some = [[side[i] for i in places] for side in cells]
    ours = [_of_the_firm(values, field, settings) for values in some]
    agents = [_agents(values, field) for values in some]
    sharing, shared = zip(*(_shared(pairing, side, field, places) for side in SIDES), strict=True)
    return [
        _cautions(
            field,
            dead=known.deceased[i],
            verified=field in known.verified[i].split("; "),
            sharing=counts,
            clients_of_contact=known.clients_of_contact[i] if on_contact else 0,
            from_contact=field == "email" and known.from_contact[i],
            no_contact=on_contact and known.no_contact[i],
            closed=known.closed[i],
            ours=own,
            agents=agent,
            shared=names,
        )
        for i, counts, own, agent, names in zip(
            places, *(zip(*both, strict=True) for both in (sharing, ours, agents, shared)), strict=True
        )
    ]


_NONE: Final = Cautions()


@lru_cache(maxsize=65_536)
def _cautions(
    field: str,
    *,
    dead: bool,
    verified: bool,
    sharing: tuple[int, int],
    clients_of_contact: int,
    from_contact: bool,
    no_contact: bool,
    closed: tuple[bool, bool],
    ours: tuple[bool, bool],
    agents: tuple[str | None, str | None],
    shared: tuple[str | None, str | None],
) -> Cautions:
    # Households share addresses; two with one mailbox or phone are worth a word.
    worth_a_word = 3 if field_named(field).kind == "address" else 2
    codes = {
        "deceased": dead,
        "aml_verified": verified,
        "own_address" if field_named(field).kind == "address" else "own_domain": any(ours),
        "email_from_contact": from_contact,
        "no_contact": no_contact,
        "closed_in_connectworks": closed[0],
        "closed_in_xpm": closed[1],
        f"contact_shared:{clients_of_contact}": clients_of_contact > 1,
        f"shared_value:{max(sharing)}": max(sharing) >= worth_a_word,
    }
    to_xpm = not (dead or ours[0] or no_contact or closed[1])
    to_connectworks = not (dead or ours[1] or from_contact or verified or closed[0])
    warnings = tuple(code for code, holds in codes.items() if holds)
    about = tuple("is your own firm’s" if own else agent for own, agent in zip(ours, agents, strict=True))
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
    """Find the records that say so, or whose name does: offices write it behind a person's name."""
    said = clients["deceased"]
    no = [value for value in said.dropna().unique() if _says_no(value)]
    named = clients["legal_name"].str.contains(r"\b(?:deceased|dec'?d)\b", case=False, regex=True)
    person = clients["entity_type"].isin(["individual"]) | clients["entity_type"].isna()
    marked = (said.notna() & ~said.isin(no)) | (named.fillna(False) & person)
    return marked.to_numpy(dtype=np.int64)


def _says_no(text: str) -> bool:
    """Tell whether a yes-or-no cell says no."""
    return texts.fold(text) in {"", "false", "no", "n", "0", "none"}


def _plain_form(values: pd.Series, field: str) -> pd.Series:
    """Give a quick normal form of each record's value, by which equal ones are counted."""
    if field_named(field).kind == "phone":
        plain = values.str.replace(r"\D", "", regex=True).str[-8:]
        return plain.where(plain.str.len() >= 7)
    plain = values.str.strip().str.lower()
    # Only what stands twice is ever counted, so nothing else need be looked at.
    repeated = plain[plain.duplicated(keep=False)].dropna().unique()
    is_address = field_named(field).kind == "address"
    nothing = [
        value
        for value in repeated
        if not value or texts.is_placeholder(value) or (is_address and addresses.parse(value).pointer)
    ]
    return plain.where(~plain.isin(nothing))


def _shared(
    pairing: Pairing, side: str, field: str, places: Sequence[int]
) -> tuple[list[int], list[str | None]]:
    """Count for some links how many clients of a side hold their value, and name what many do.

    A street address is named by its town only, since it is nobody's business.
    """
    plain = _plain_form(pairing.fields[side, field], field)
    codes, values = pd.factorize(plain)
    counts = np.append(np.bincount(codes[codes >= 0], minlength=len(values)), 0)  # the last is for blanks
    rows = pairing.rows[side][list(places)]
    held = np.where(rows >= 0, codes[rows], -1)
    sharing = counts[held].tolist()
    named = _address_name if field_named(field).kind == "address" else _value_name
    names = {code: named(str(values[code])) for code in set(held[counts[held] >= MANY].tolist())}
    return sharing, [names.get(code) for code in held.tolist()]


def _value_name(plain: str) -> str:
    return f"ending in {plain[-7:-4]} {plain[-4:]}" if plain.isdigit() else plain


@lru_cache(maxsize=4096)
def _address_name(cell: str) -> str:
    read = addresses.parse(cell)
    place = " ".join(read.places).title() or "no place"
    if read.box and read.only_box:  # what many use is an office's, and known by its number
        return f"{read.box.title().replace('Po ', 'PO ').replace('Gpo ', 'GPO ')} in {place}"
    mark = hashlib.blake2b(cell.encode(), digest_size=2).hexdigest()
    return f"an address in {place} ({mark})"


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


def _of_the_firm(values: list[str | None], field: str, settings: CompareSettings) -> list[bool]:
    """Tell of each value whether it is one of the firm's own."""
    kind = field_named(field).kind
    if kind == "address" and settings.own_addresses:
        return [bool(value) and _is_own_address(value, settings) for value in values]
    domains = frozenset(domain.lower() for domain in settings.own_domains)
    if kind not in ("email", "website") or not domains:
        return [False] * len(values)
    return [not domains.isdisjoint(_domains(value, kind)) for value in values]


def _domains(value: str | None, kind: str) -> list[str | None]:
    if kind == "email":
        return [emails.domain(address) for address in emails.keys(value)]
    site = websites.key(value)
    return [websites.host(site)] if site else []


def _is_own_address(value: str | None, settings: CompareSettings) -> bool:
    """Tell whether an address is the firm's, however it is written and with whatever floor or postcode."""
    country = settings.home_country
    read = addresses.parse(value, country)
    for own in settings.own_addresses:
        mine = addresses.parse(address_cell({"lines": own}), country)
        here = (mine.number, mine.street, mine.box)
        if not any(here) or (read.number, read.street, read.box) != here:
            continue
        if not (read.places and mine.places) or read.places[-1] == mine.places[-1]:
            return True
    return False
