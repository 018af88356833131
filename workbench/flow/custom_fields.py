"""Custom fields of XPM: what reading them costs, and reading them.

XPM gives them for one client at a call. So a pull leaves them out: they are read when somebody has seen the
cost and asks for it, and what was read is kept until it is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from workbench.domain.errors import BadInput, Gone, NotAllowedHere
from workbench.domain.fields import XPM
from workbench.domain.records import Entry
from workbench.flow.firm import Firm
from workbench.reconcile.scope import in_scope
from workbench.systems.port import CUSTOM_FIELDS, Labelling, Progress, System

_AT_ONCE: Final = 20
"""After so many clients what was read is written down: a stop or a spent quota loses no more than these."""
_GONE: Final = ("archived", "deleted")


@dataclass(frozen=True, repr=False)
class Forecast:
    """What reading custom fields would cost; nothing has been asked yet.

    Parameters
    ----------
    fields : tuple of str
        Which are read.
    of : int
        How many clients are in the scope, archived and deleted ones left out.
    clients : tuple of str
        Those that would be read, a call for each.
    calls_per_min, calls_per_day : int
        The pace and the day's limit.
    day_left : int, optional
        Calls that are left today, where that is known.
    scope, anew
        As they were asked for.
    """

    fields: tuple[str, ...]
    of: int
    clients: tuple[str, ...]
    calls_per_min: int
    calls_per_day: int
    day_left: int | None = None
    scope: str = ""
    anew: bool = False

    @property
    def calls(self) -> int:
        """How many calls it takes."""
        return len(self.clients)

    @property
    def asked(self) -> Mapping[str, Any]:
        """What asks a worker for it, once somebody has agreed to the cost."""
        return {"calls": self.calls, "scope": self.scope, "anew": self.anew}

    def __repr__(self) -> str:
        return f"<{self.words}>"

    @cached_property
    def words(self) -> str:
        """The cost in plain words."""
        if not self.calls:
            return f"{_listed(self.fields)}: read for all {_many(self.of, 'client')}."
        minutes = round(self.calls / self.calls_per_min)
        takes = f"about {_many(minutes, 'minute')}" if minutes else "less than a minute"
        left = "" if self.day_left is None else f"; {self.day_left:,} are left today"
        days = -(-self.calls // self.calls_per_day)
        more = f" It takes {days:,} days: ask again on each." if days > 1 else ""
        if days == 1 and self.day_left is not None and self.calls > self.day_left:
            more = " Today’s calls do not reach: ask again tomorrow for the rest."
        return (
            f"Reading {_listed(self.fields)} of {_many(self.calls, 'client')} costs "
            f"{_many(self.calls, 'call')}, {takes}, of {self.calls_per_day:,} a day{left}.{more}"
        )


def forecast(firm: Firm, scope: str = "", *, anew: bool = False) -> Forecast:
    """Say what reading custom fields costs, by what was pulled and read before; nothing is asked.

    Parameters
    ----------
    firm : Firm
        Whose.
    scope : str
        Whose clients, as in `workbench.reconcile.scope`; '' for all.
    anew : bool
        Whether also clients count whose custom fields were read before.

    Raises
    ------
    BadInput
        If the settings name no custom field, or nothing has been pulled yet.
    NotAllowedHere
        If XPM is not reached through an API that tells them.
    """
    fields = firm.settings.xpm.custom_fields
    _insist_on_api(firm)
    if not fields:
        raise BadInput(
            "No custom field is chosen.",
            'Name them under [xpm] in firm.toml as XPM calls them: custom_fields = ["Preferred language"].',
        )
    clients, state = firm.clients(), firm.state()
    if clients is None:
        raise BadInput("Nothing has been pulled yet.", "Pull first.")
    there = clients.xpm.loc[~clients.xpm["lifecycle"].isin(_GONE), "client_id"].tolist()
    wanted = in_scope(clients, state.links(), scope)
    meant = [i for i in there if wanted is None or i in wanted]
    kept = {i for i, one in state.labelled.items() if firm.snapshots.look_path(one.look).exists()}
    known = {i for i in kept if set(fields) <= set(state.labelled[i].fields)}
    return Forecast(
        fields,
        len(meant),
        tuple(i for i in meant if anew or i not in known),
        firm.facts().calls_per_min,
        firm.settings.xpm.calls_per_day,
        firm.quota().day_left,
        scope,
        anew,
    )


def read_custom_fields(firm: Firm, agreed: int, scope: str, anew: bool, by: str, progress: Progress) -> str:
    """Read custom fields, at most as many calls as somebody agreed to; what was read stays, however it ends.

    Parameters
    ----------
    firm : Firm
        Whose snapshots and ledger are written.
    agreed : int
        The calls that were shown.
    scope, anew
        As in `forecast`.
    by : str
        Who asked for it.
    progress : callable
        Told as the answers come.

    Returns
    -------
    str
        What came, in a sentence.
    """
    system = labelling(firm.connections.system[XPM])
    told = forecast(firm, scope, anew=anew)
    wanted, gone, found = told.clients[:agreed], 0, set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        looks: dict[str, str] = {}
        try:
            for place, client in enumerate(wanted[start : start + _AT_ONCE], start):
                progress(place, len(wanted), "Reading custom fields from XPM, a call for each client")
                try:
                    answer = system.custom_fields(client, told.fields)
                except Gone:
                    gone += 1
                    continue
                looks[client] = firm.snapshots.add_look(answer)
                found |= {label.partition(":")[0].casefold() for label in system.labels(answer)}
        finally:
            if looks:
                firm.append([Entry("labelled", {"looks": looks, "fields": list(told.fields)})], by)
    return _told(told.fields, len(wanted) - gone, gone, found)


def _told(fields: tuple[str, ...], read: int, gone: int, found: set[str]) -> str:
    words = [f"Read custom fields of {_many(read, 'client')}."]
    if gone:
        words.append(f"{_many(gone, 'client')} not found in XPM any more: pull to see what is there.")
    unknown = [name for name in fields if name.casefold() not in found]
    if read and unknown:
        words.append(f"None of them has a value in {_listed(tuple(unknown))}: is it so called in XPM?")
    return " ".join(words)


def labelling(system: System) -> Labelling:
    """Give a system as one whose custom fields can be read.

    Raises
    ------
    NotAllowedHere
        If it cannot tell them.
    """
    if CUSTOM_FIELDS not in system.abilities():
        raise NotAllowedHere(
            f"Custom fields cannot be read from {system.name}.",
            "They come only from XPM, through its API.",
        )
    return cast("Labelling", system)


def _insist_on_api(firm: Firm) -> None:
    """Refuse what cannot be read, without any connection: pages have none."""
    if firm.settings.xpm.access != "api" or firm.settings.xpm.product != "xpm":
        raise NotAllowedHere(
            "Custom fields cannot be read here.", "They come only from XPM, through its API."
        )


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"“{name}”" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
