"""What a person should know before a decision counts: codes for frames, sentences for people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDES, XPM, Side, field_named
from workbench.domain.frames import FLIPS, Clients, address_cell
from workbench.domain.settings import CompareSettings
from workbench.reconcile.normalise import addresses, emails, websites
from workbench.reconcile.normalise import text as texts
from workbench.reconcile.normalise.names import SAID_DECEASED
from workbench.reconcile.pairing import Pairing
from workbench.reconcile.text_columns import Codes, Flags, as_column, at, numbered

MANY: Final = 5
"""How many clients must share a value for it to be decided by itself."""


_STATES: Final = {
    (CONNECTWORKS, "discarded"): "closed",
    (CONNECTWORKS, "archived"): "archived",
    (XPM, "deleted"): "closed",
    (XPM, "archived"): "archived",
}
"""What a record's life cycle means for whoever would write to it."""


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
    """What the linked records say about themselves; every column has one entry a link.

    Parameters
    ----------
    deceased : array of bool
        Whether either side marks the person as deceased.
    verified : polars.Series of str
        The fields that Connectworks holds as verified, as received.
    clients_of_contact : polars.Series of int
        How many clients XPM's primary contact belongs to.
    from_contact : polars.Series of bool
        Whether XPM's email is only its primary contact's.
    no_contact : polars.Series of bool
        Whether XPM's client has no primary contact.
    states : tuple of polars.Series of str
        Per side: ``closed`` where the record cannot be changed there any more, ``archived`` where it is.
    flips : mapping
        (side, field) to how often the value of which client has gone back to an earlier one.
    """

    deceased: Flags
    verified: pl.Series
    clients_of_contact: pl.Series
    from_contact: pl.Series
    no_contact: pl.Series
    states: tuple[pl.Series, pl.Series]
    flips: Mapping[tuple[str, str], Mapping[str, int]]

    def of_contact(self, field: str) -> pl.Series:
        """Tell of which links XPM's value of a field is only its primary contact's."""
        return self.from_contact if field == "email" else self.from_contact & False


def records(pairing: Pairing, contacts: pl.DataFrame, flips: pd.DataFrame | None = None) -> Records:
    """Read what the linked records say about themselves.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    contacts : polars.DataFrame
        XPM contacts with the number of their clients (`contact_clients`).
    flips : pandas.DataFrame, optional
        Whose values flip back and forth (`workbench.domain.frames.FLIPS`).
    """
    known = bool(pairing.frames[XPM]["contact_id"].notna().any())  # a frame without contacts says nothing
    contact, source = (pairing.column(XPM, name).alias(name) for name in ("contact_id", "email_source"))
    counted = contact.to_frame().join(contacts, on="contact_id", how="left", maintain_order="left")
    ours, theirs = (_states(pairing.column(side, "lifecycle"), side) for side in SIDES)
    return Records(
        deceased(pairing),
        pairing.column(CONNECTWORKS, "verified_fields").fill_null(""),
        counted["clients"].fill_null(0),
        source.is_not_null() & source.ne_missing("client"),
        contact.is_null() & known,
        (ours, theirs),
        {} if flips is None else _times(flips),
    )


def _times(flips: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Give by side and field how often whose value has gone back."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for side, client, field, times in flips[list(FLIPS)].itertuples(index=False):
        found.setdefault((side, field), {})[client] = int(times)
    return found


def _states(lifecycle: pl.Series, side: Side) -> pl.Series:
    """Say which records are closed, or archived, on a side."""
    named = {lives: state for (of, lives), state in _STATES.items() if of == side}
    return lifecycle.replace_strict(named, default=None, return_dtype=pl.String)


def of_record(side: Side, died: str | None, lifecycle: str | None) -> str:
    """Give the warnings that one record's own marks call for (a warnings cell; '' where none).

    Parameters
    ----------
    side : str
        Where it is kept.
    died, lifecycle : str or None
        What its clients frame holds as ``deceased`` and ``lifecycle``.
    """
    codes = [] if pd.isna(died) or _says_no(str(died)) else ["deceased"]
    state = _STATES.get((side, str(lifecycle)))
    return "; ".join([*codes, f"{state}_in_{side}"] if state else codes)


def deceased(pairing: Pairing) -> Flags:
    """Tell of each link whether either side marks the person as deceased."""
    marked = [np.append(_marked_deceased(pairing.frames[side]), False)[pairing.rows[side]] for side in SIDES]
    return marked[0] | marked[1]


def gather(
    pairing: Pairing,
    known: Records,
    field: str,
    cells: Sequence[pl.Series],
    places: Codes,
    settings: CompareSettings,
) -> tuple[Codes, list[Cautions]]:
    """Gather the cautions for one field of some links.

    Parameters
    ----------
    pairing : Pairing
        The linked records.
    known : Records
        What they say about themselves.
    field : str
        A compared field.
    cells : sequence of polars.Series
        Both sides' cells of the field in these places.
    places : array of int
        Which links.
    settings : CompareSettings
        The firm's own domains and addresses.

    Returns
    -------
    array of int, list of Cautions
        Each place's number, and the distinct cautions in the order of their numbers.
    """
    if field not in PUSHABLE:
        return np.zeros(len(places), dtype=np.int64), [Cautions()]
    on_contact = field_named(field).xpm_resource == "contact"
    ours, agents = ([about(side, field, settings) for side in cells] for about in (_of_the_firm, _agents))
    sharing, shared = zip(*(_shared(pairing, side, field, places) for side in SIDES), strict=True)
    no = pl.repeat(False, len(places), eager=True)
    single = {
        "dead": pl.Series(known.deceased[places]),
        "verified": known.verified.gather(places).str.split("; ").list.contains(field),
        "clients_of_contact": known.clients_of_contact.gather(places) if on_contact else no.cast(pl.Int64),
        "from_contact": known.of_contact(field).gather(places),
        "no_contact": known.no_contact.gather(places) if on_contact else no,
    }
    states = [side.gather(places) for side in known.states]
    pairs = {"sharing": sharing, "states": states, "ours": ours, "agents": agents, "shared": shared}
    flips = [known.flips.get((side, field)) for side in SIDES]
    if any(flips):  # of few fields, and clients
        by_side = zip(SIDES, flips, strict=True)
        pairs["flips"] = [_of(pairing, side, times or {}, places) for side, times in by_side]
    sides = {f"{name} {at}": side for name, both in pairs.items() for at, side in enumerate(both)}
    codes, distinct = numbered(pl.DataFrame(single | sides))
    return codes, [_cautions(field, **_paired(row)) for row in distinct.iter_rows(named=True)]


def _of(pairing: Pairing, side: Side, times: Mapping[str, int], places: Codes) -> pl.Series:
    """Give some links' numbers by their record on a side; 0 where there is none."""
    ids = as_column(pairing.links[f"{side}_id"]).gather(places)
    return ids.replace_strict(times, default=0, return_dtype=pl.Int64)


def _paired(row: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a row says of each side (“name 0”, “name 1”) into pairs."""
    names = dict.fromkeys(name.partition(" ")[0] for name in row)
    return {name: row[name] if name in row else (row[f"{name} 0"], row[f"{name} 1"]) for name in names}


def _cautions(
    field: str,
    *,
    dead: bool,
    verified: bool,
    sharing: tuple[int, int],
    clients_of_contact: int,
    from_contact: bool,
    no_contact: bool,
    states: tuple[str | None, str | None],
    ours: tuple[bool, bool],
    agents: tuple[str | None, str | None],
    shared: tuple[str | None, str | None],
    flips: tuple[int, int] = (0, 0),
) -> Cautions:
    # Households share addresses; two with one mailbox or phone are worth a word.
    worth_a_word = 3 if field_named(field).kind == "address" else 2
    codes = {
        "deceased": dead,
        "aml_verified": verified,
        "own_address" if field_named(field).kind == "address" else "own_domain": any(ours),
        "email_from_contact": from_contact,
        "no_contact": no_contact,
        **{f"{state}_in_{side}": True for side, state in zip(SIDES, states, strict=True) if state},
        f"flips_in_connectworks:{flips[0]}": flips[0] > 0,
        f"flips_in_xpm:{flips[1]}": flips[1] > 0,
        f"contact_shared:{clients_of_contact}": clients_of_contact > 1,
        f"shared_value:{max(sharing)}": max(sharing) >= worth_a_word,
    }
    to_xpm = not (dead or ours[0] or no_contact or states[1] == "closed")
    to_connectworks = not (dead or ours[1] or from_contact or verified or states[0] == "closed")
    warnings = tuple(code for code, holds in codes.items() if holds)
    about = tuple("is your own firm’s" if own else agent for own, agent in zip(ours, agents, strict=True))
    return Cautions(warnings, (to_xpm, to_connectworks), sharing, from_contact, (about[0], about[1]), shared)


def contact_clients(clients: Clients, memberships: pd.DataFrame | None) -> pl.DataFrame:
    """Count for each XPM contact how many clients it belongs to: columns ``contact_id`` and ``clients``.

    Parameters
    ----------
    clients : Clients
        Their primary contacts count too; deleted clients do not.
    memberships : pandas.DataFrame, optional
        Which contact belongs to which client; the clients' own where not given.
    """
    known = clients.memberships if memberships is None else memberships
    names = ("contact_id", "client_id")
    gone = clients.xpm["lifecycle"].eq("deleted").fillna(False)
    deleted = clients.xpm.loc[gone, "client_id"]
    members = known[(known["side"] == XPM) & ~known["client_id"].isin(deleted)]
    # Of these columns only: all of every client, copied, would weigh on what is done next.
    some = (members[[*names]], clients.xpm.loc[~gone, [*names]])
    pairs = ([as_column(frame[name]).alias(name) for name in names] for frame in some)
    distinct = pl.concat(map(pl.DataFrame, pairs)).drop_nulls().unique()
    return distinct.group_by("contact_id").len("clients").with_columns(pl.col("clients").cast(pl.Int64))


def _marked_deceased(clients: pd.DataFrame) -> Flags:
    """Find the records that say so, or whose name does: offices write it behind a person's name."""
    names = ("deceased", "legal_name", "entity_type")
    said, name, entity = (pl.from_pandas(clients[column]).cast(pl.String) for column in names)
    no = [value for value in said.drop_nulls().unique() if _says_no(value)]
    named = name.str.contains(f"(?i){SAID_DECEASED}").fill_null(False)
    person = entity.is_null() | entity.eq_missing("individual")
    return ((said.is_not_null() & ~said.is_in(no).fill_null(False)) | (named & person)).to_numpy()


def _says_no(text: str) -> bool:
    """Tell whether a yes-or-no cell says no."""
    return texts.fold(text) in {"", "false", "no", "n", "0", "none"}


def _plain_forms(values: pl.Series, field: str) -> pl.DataFrame:
    """Give a quick normal form of each record's value (``value``), and how many are equal (``clients``)."""
    if field_named(field).kind == "phone":
        plain = values.str.replace_all("[^0-9]", "").str.tail(8)
        return _counted(plain.set(plain.str.len_bytes() < 7, None))
    found = _counted(values.str.strip_chars().str.to_lowercase())
    plain = found["value"]
    # Only what stands twice matters, so nothing else need be looked at.
    repeated = plain.filter(found["clients"] > 1).unique()
    if field_named(field).kind == "address":
        perhaps = repeated.filter(repeated.str.contains(addresses.PERHAPS_POINTER))
        nothing = perhaps.filter(addresses.cells_of(perhaps)["pointer"]).to_list()
    else:
        nothing = [value for value in repeated if not value or texts.is_placeholder(value)]
    something = pl.when(~pl.col("value").is_in(nothing))
    return found.select(something.then("value"), something.then("clients")) if nothing else found


def _counted(plain: pl.Series) -> pl.DataFrame:
    """Put beside each value how many are equal to it; beside none, null."""
    count = pl.when(pl.col("value").is_not_null()).then(pl.len().over("value"))
    return plain.alias("value").to_frame().with_columns(count.cast(pl.Int64).alias("clients"))


def _shared(pairing: Pairing, side: str, field: str, places: Codes) -> tuple[pl.Series, pl.Series]:
    """Count for some links how many clients of a side hold their value, and name what many do.

    A street address is named by its town only, since it is nobody's business.
    """
    plain = _plain_forms(pairing.whole(side, field), field)
    held = pl.DataFrame([at(column, pairing.rows[side][places]) for column in plain])
    is_address = field_named(field).kind == "address"
    named = _address_name if is_address else _value_name
    many = held.filter(pl.col("clients") >= MANY)["value"].unique()
    names = {value: named(value) for value in many}
    shared = held["value"].replace_strict(names, default=None, return_dtype=pl.String)
    return held["clients"].fill_null(0), shared


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


def _agents(values: pl.Series, field: str, _: CompareSettings) -> pl.Series:
    """Say where mail goes to somebody whom many addresses of a side name."""
    nobody = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    if field_named(field).kind != "address":
        return nobody
    # Few addresses name anybody: the others are not read.
    care_of = values.str.contains(addresses.PERHAPS_CARE_OF)
    read = _read_addresses(values.set(~care_of, None), "NZ")
    met = read.drop_nulls("care_of").group_by("care_of", maintain_order=True).len()
    agents = met.filter(pl.col("len") >= MANY)["care_of"].to_list()
    if not agents:
        return nobody
    boxed = values.str.contains(addresses.PERHAPS_BOX)
    read = _read_addresses(values.set(~(care_of | boxed), None), "NZ")
    named = [pl.when(pl.col("care_of").is_in(agents)).then("care_of")]
    # However the care-of line was mangled, the name still stands before the box's town.
    words = pl.concat_str("building", "street", "places", separator=" ", ignore_nulls=True) + " "
    begins = (pl.when(words.str.starts_with(f"{agent} ")).then(pl.lit(agent)) for agent in agents)
    agent = read.select(pl.coalesce(*named, pl.when("only_box").then(pl.coalesce(*begins)))).to_series()
    told = {name: f"is in care of {_title(name)}" for name in agents}
    return agent.replace_strict(told, default=None, return_dtype=pl.String)


def _title(name: str) -> str:
    """Write a name in normal form as people do: “Farrow and Finch”."""
    return re.sub(r"\b(And|Of|The)\b", lambda word: word.group().lower(), name.title())


def _read_addresses(values: pl.Series, country: str) -> pl.DataFrame:
    """Take addresses apart, each distinct one once."""
    distinct = values.drop_nulls().unique()
    known = addresses.cells_of(distinct, country).with_columns(distinct.alias("cell"))
    return values.alias("cell").to_frame().join(known, on="cell", how="left", maintain_order="left")


def _of_the_firm(values: pl.Series, field: str, settings: CompareSettings) -> pl.Series:
    """Tell of each value whether it is one of the firm's own."""
    kind = field_named(field).kind
    if kind == "address" and settings.own_addresses:
        return _are_own_addresses(values, settings)
    domains = frozenset(domain.lower() for domain in settings.own_domains)
    no = pl.repeat(False, len(values), eager=True)
    if kind not in ("email", "website") or not domains:
        return no
    # Whatever is written otherwise than a domain's own letters needs reading.
    perhaps = values.str.contains(f"(?i){'|'.join(map(re.escape, domains))}|xn--|[^\\x00-\\x7f]")
    places = perhaps.fill_null(False).arg_true()
    found = [not domains.isdisjoint(_domains(value, kind)) for value in values.gather(places)]
    return no.scatter(places, pl.Series(found, dtype=pl.Boolean))


def _domains(value: str | None, kind: str) -> list[str | None]:
    if kind == "email":
        return [emails.domain(address) for address in emails.keys(value)]
    site = websites.key(value)
    return [websites.host(site)] if site else []


def _are_own_addresses(values: pl.Series, settings: CompareSettings) -> pl.Series:
    """Tell which addresses are the firm's, however they are written and with whatever floor or postcode."""
    country = settings.home_country
    own = pl.Series([address_cell({"lines": lines}) for lines in settings.own_addresses], dtype=pl.String)
    place = pl.col("places").str.extract("([^ ]+)$")
    read = _read_addresses(values, country).with_columns(place.alias("place"))
    here = pl.lit(False)
    for mine in _read_addresses(own, country).with_columns(place.alias("place")).iter_rows(named=True):
        exact = {part: mine[part] for part in ("number", "street", "box")}
        if any(exact.values()):
            parts = (pl.col(part).eq_missing(pl.lit(text, pl.String)) for part, text in exact.items())
            same = pl.all_horizontal(*parts)
            elsewhere = (pl.col("place") != pl.lit(mine["place"], pl.String)).fill_null(False)
            here |= same & ~elsewhere & pl.col("cell").is_not_null()
    return read.with_columns(here.alias("own"))["own"]
