"""What works of a firm's set-up, in plain words, and what to do about what does not."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from workbench.domain.errors import WorkbenchError
from workbench.domain.fields import SIDE_LABELS, SIDES, XPM, Side
from workbench.flow.custom_fields import forecast, labelling
from workbench.flow.firm import Firm
from workbench.systems.connectworks import Connectworks, has_parties
from workbench.systems.files import Files
from workbench.systems.port import (
    CLEAR_FIELDS,
    CREATE,
    CUSTOM_FIELDS,
    ETAG,
    IDEMPOTENCY,
    READ,
    WRITE_FIELDS,
    WRITE_LINKS,
    Labelling,
    Progress,
    System,
    silent,
)

ABILITIES: Final = {
    READ: "read clients",
    WRITE_FIELDS: "change fields",
    CLEAR_FIELDS: "empty a field",
    WRITE_LINKS: "record links",
    ETAG: "notice a change made meanwhile",
    IDEMPOTENCY: "repeat a write without doubling it",
    CREATE: "create records",
    CUSTOM_FIELDS: "read custom fields",
}
"""What a connection may be able to do, in words."""
_WRITING: Final = (WRITE_FIELDS, CLEAR_FIELDS, WRITE_LINKS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Parameters
    ----------
    about : str
        What it is about: the firm, or a system by its name.
    what : str
        What was checked.
    ok : bool
        Whether it is well.
    words : str
        What was found.
    advice : str
        What to do, where it is not well.
    """

    about: str
    what: str
    ok: bool
    words: str
    advice: str = ""


def examine(firm: Firm, progress: Progress = silent) -> list[Finding]:
    """Check a firm's set-up as far as it goes; it asks each service once or twice and changes nothing.

    Parameters
    ----------
    firm : Firm
        To be called where its tokens are.
    progress : callable, optional
        Told which system is asked.
    """
    findings = [*_firm(firm)]
    for side in SIDES:
        try:
            system = firm.connections.system[side]
            progress(0, None, f"Asking {system.name}")
            findings += _files(firm, system) if isinstance(system, Files) else _service(firm, side, system)
        except WorkbenchError as error:
            findings.append(Finding(SIDE_LABELS[side], "connection", False, error.what, error.next_step))
    return findings


def report(firm: Firm, request_id: str, findings: Sequence[Finding]) -> None:
    """Leave findings where whoever asked reads them: beside the chain, for they name people."""
    told = json.dumps([asdict(finding) for finding in findings], ensure_ascii=False)
    firm.book.set_progress(_kept_under(request_id), len(findings), len(findings), told)


def reported(firm: Firm, request_id: str) -> list[Finding]:
    """Give the findings that were left for a request."""
    left = firm.book.progress().get(_kept_under(request_id))
    return [Finding(**each) for each in json.loads(left.message)] if left else []


def _kept_under(request_id: str) -> str:
    """Keep them apart from the request's own progress, which bars and pages show word for word."""
    return f"findings of {request_id}"


def _firm(firm: Firm) -> Iterator[Finding]:
    about, ours = "Firm", firm.settings.firm
    yield Finding(about, "settings", True, f"{ours.name}, {ours.home_country}, {ours.time_zone}.")
    mode = stat.S_IMODE(firm.folder.stat().st_mode)
    private = os.name != "posix" or not mode & 0o077
    words = (
        "Only your account can open the firm’s folder."
        if private
        else "Others on this machine can open the firm’s folder."
    )
    yield Finding(about, "folder", private, words, "" if private else f"Run: chmod 700 {firm.folder}")
    named = [person.name or person.sign_in for person in firm.access.people if "administer" in person.roles]
    words = (
        f"Administrators: {', '.join(named)}." if named else "Whoever has this account is the administrator."
    )
    alone = bool(named) or not firm.access.people
    yield Finding(
        about,
        "administrators",
        alone,
        words if alone else "Nobody may administer.",
        "" if alone else "Give somebody the role administer in firm.toml.",
    )


def _service(firm: Firm, side: Side, system: System) -> Iterator[Finding]:
    about, consent = system.name, firm.connections.consent[side]
    if not consent.signed_in():
        yield Finding(
            about, "sign-in", False, "Nobody is signed in.", f"Run: workbench connect {firm.folder}"
        )
        return
    try:
        consent.tenants()
        tenant = system.tenant()
    except WorkbenchError as error:
        yield Finding(about, "sign-in", False, error.what, error.next_step)
        return
    who = f"Signed in as {tenant.person}." if tenant.person else "Signed in; it does not say as whom."
    yield Finding(about, "sign-in", True, who)
    yield Finding(about, "tenant", True, f"It reaches the data of {tenant.name}.")
    try:
        system.touch()
    except WorkbenchError as error:
        yield Finding(about, "permissions", False, error.what, error.next_step)
        return
    yield _permissions(firm, side, system)
    yield _can(system)
    if CUSTOM_FIELDS in system.abilities():
        yield _filters(firm, labelling(system))
    if isinstance(system, Connectworks) and system.tells_parties():
        yield _parties(firm, system)
    yield from _quota(firm, side, system)


def _permissions(firm: Firm, side: Side, system: System) -> Finding:
    """Say what was allowed, and whether that is what the settings want."""
    wanted, may = firm.settings.side(side).write, WRITE_FIELDS in system.abilities()
    words = "May read and change clients." if may else "May read clients, and change nothing."
    if may or not wanted:
        return Finding(system.name, "permissions", True, words)
    return Finding(
        system.name,
        "permissions",
        False,
        words,
        f"firm.toml wants to write: connect again and allow it, or set write = false under [{side}].",
    )


def _can(system: System) -> Finding:
    able = system.abilities()
    can = ", ".join(words for ability, words in ABILITIES.items() if ability in able)
    cannot = ", ".join(ABILITIES[ability] for ability in _WRITING if ability not in able)
    words = f"It can {can}." + (f" It cannot {cannot}." if cannot else "")
    return Finding(system.name, "abilities", READ in able, words)


def _filters(firm: Firm, system: Labelling) -> Finding:
    """Say what filters and queues have to go by, and what custom fields would cost."""
    with_pull = "Partners, managers, groups and business structures come with each pull and cost no call."
    chosen, known = firm.settings.xpm.custom_fields, system.custom_field_names()
    there = "" if known is None else f" There are: {', '.join(known) or 'none'}."
    if not chosen:
        words = f"{with_pull} Custom fields are not read: none is chosen.{there}"
        return Finding(system.name, "filters", True, words)
    strange = [] if known is None else [name for name in chosen if not _among(name, known)]
    if strange:
        words = f"XPM has no custom field called {', '.join(strange)}.{there}"
        advice = "Write custom_fields under [xpm] in firm.toml as XPM calls them."
        return Finding(system.name, "filters", False, words, advice)
    if firm.clients() is None:
        return Finding(system.name, "filters", True, f"{with_pull} Custom fields: after the first pull.")
    cost = forecast(firm)
    if known is None and cost.calls:
        with_pull += " XPM does not tell this sign-in what custom fields there are: read a few clients first."
    advice = f"To read them: workbench custom-fields {firm.folder}" if cost.calls else ""
    return Finding(system.name, "filters", True, f"{with_pull} {cost.words}", advice)


def _parties(firm: Firm, system: Connectworks) -> Finding:
    """Say what it costs to read who belongs to which company or trust, and whether a pull does."""
    clients = firm.clients()
    what = "Who belongs to which company or trust is read with each pull, a call for each"
    if clients is None:
        return Finding(system.name, "parties", True, f"{what}.")
    entities = sum(map(has_parties, clients.connectworks.to_dict("records")))
    pace = firm.settings.connectworks.calls_per_min
    if system.affordable(entities):
        minutes = -(-entities // pace)
        words = f"{what}: {entities:,} calls, at most {minutes} minute{'' if minutes == 1 else 's'}."
        return Finding(system.name, "parties", True, words)
    words = f"Who belongs to which company or trust is not read: {entities:,} calls would take too long."
    advice = "Where the gateway allows more, raise calls_per_min under [connectworks] in firm.toml."
    return Finding(system.name, "parties", True, words, advice)  # nothing is wrong with the set-up


def _among(name: str, known: Sequence[str]) -> bool:
    return name.strip().casefold() in {each.strip().casefold() for each in known}


def _quota(firm: Firm, side: Side, system: System) -> Iterator[Finding]:
    quota, ours = system.quota(), firm.settings.side(side)
    if quota.day_left is not None and side == XPM:
        words = f"{quota.day_left:,} of {firm.settings.xpm.calls_per_day:,} calls are left today."
        yield Finding(
            system.name, "quota", quota.day_left > 0, words, "" if quota.day_left else "Carry on tomorrow."
        )
    elif quota.minute_left is not None:
        yield Finding(
            system.name,
            "quota",
            True,
            f"{quota.minute_left} of {ours.calls_per_min} calls are left this minute.",
        )


def _files(firm: Firm, system: Files) -> Iterator[Finding]:
    about = system.name
    table = system.table()
    when = firm.state().whole_pulls.get(system.side)
    yield Finding(about, "export", True, f"{table.name} holds {len(table)} rows, saved {table.at:%d %B %Y}.")
    system.touch()
    yield Finding(about, "columns", True, "Its columns are confirmed.")
    if when is not None:
        yield Finding(about, "last pull", True, f"The last whole pull had {when.records} clients.")
    words = "It can read clients. It cannot change anything: changes are handed over."
    yield Finding(about, "abilities", True, words)
