"""A firm's own snapshots, written as the folder of files from which the sandbox serves twins of both systems.

The folder holds one JSON record a line: ``firm.json``, ``connectworks.jsonl``, ``parties.jsonl``,
``xpm_clients.jsonl`` with references into ``xpm_contacts.jsonl``, ``xpm_groups.jsonl`` and, empty here,
``xpm_staff.jsonl``, ``xpm_custom_fields.jsonl``, ``xpm_relationships.jsonl`` and ``truth.csv``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, FIELDS, SIDE_LABELS, SIDES, XPM, Side
from workbench.domain.records import Answer
from workbench.flow.firm import Firm
from workbench.systems.xpm_codec import decode
from workbench.systems.xpm_rows import items

Record = dict[str, Any]

_CLIENT: Final = (
    *dict.fromkeys(part.split(".")[0] for f in FIELDS if f.xpm_read for part in f.xpm_read.split(",")),
    *("isProspect", "isArchived", "isDeleted", "fax"),
)
_CONTACT: Final = ("uuid", "name", "salutation", "addressee", "mobile", "email", "phone", "isDeleted")
_LINK: Final = ("uuid", "isPrimary", "position")
_CONNECTWORKS: Final = dict.fromkeys(
    (f.connectworks or "").split("/")[1] for f in FIELDS if (f.connectworks or "").startswith("/")
)
_EMPTY: Final = ("xpm_staff", "xpm_custom_fields", "xpm_relationships")
_TRUTH: Final = "row,connectworks_id,xpm_id,other_id,field,cause,effect,side\n"


def write_twins(firm: Firm, folder: Path) -> None:
    """Write what both systems held when they were last seen.

    Parameters
    ----------
    firm : Firm
        Whose snapshots are read.
    folder : Path
        Made if need be.

    Raises
    ------
    BadInput
        Before the first pull.
    """
    if by_files := [SIDE_LABELS[side] for side in SIDES if firm.settings.side(side).access == "files"]:
        raise BadInput(
            f"{' and '.join(by_files)} is reached by files, so that no twin of it can be made.",
            "Look at the plan itself instead.",
        )
    answers = {side: list(_answers(firm, side)) for side in SIDES}
    xpm = _xpm_records(answers[XPM])
    tenants = {side: firm.state().connected[side].tenant_id for side in SIDES}
    about = {
        "name": tenants[CONNECTWORKS],
        "country": firm.settings.firm.home_country,
        "tenant_id": tenants[XPM],
    }
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "firm.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "truth.csv").write_text(_TRUTH, encoding="utf-8")
    lists = {
        "connectworks": _connectworks_records(answers[CONNECTWORKS]).values(),
        "parties": _parties(answers[CONNECTWORKS]),
        "xpm_clients": map(_client, xpm.values()),
        "xpm_contacts": _contacts(xpm.values()),
        "xpm_groups": _groups(xpm.values()),
        **dict.fromkeys(_EMPTY, ()),
    }
    for name, records in lists.items():
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")


def _answers(firm: Firm, side: Side) -> Iterator[Answer]:
    """Give the last whole pull's answers, then the looks after it."""
    state = firm.state()
    pull = state.whole_pulls.get(side)
    if pull is None:
        raise BadInput("There is no whole pull of both sides to rehearse on.", "Call bench.pull() first.")
    yield from firm.snapshots.read(pull.snapshot)
    yield from map(firm.snapshots.read_look, state.looks(side).values())


def _connectworks_records(answers: Iterable[Answer]) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for answer in answers:
        if answer.resource in ("clients", "client"):
            told = json.loads(answer.body)
            for item in told["items"] if answer.resource == "clients" else [told]:
                whole = {**dict.fromkeys(_CONNECTWORKS), "addon_refreshed_at": None, "evidence": {}, **item}
                records[item["id"]] = {name: value for name, value in whole.items() if name != "etag"}
    return records


def _parties(answers: Iterable[Answer]) -> Iterator[Record]:
    for answer in answers:
        if answer.resource == "parties":
            yield from ({"client_id": answer.key, **item} for item in json.loads(answer.body)["items"])


def _xpm_records(answers: Iterable[Answer]) -> dict[str, Record]:
    parts = (part for answer in answers for part in decode(answer.media_type, answer.body))
    return {value["uuid"]: value for name, value in parts if name in ("clients", "client")}


def _client(client: Mapping[str, Any]) -> Record:
    kept = {name: client.get(name) or None for name in _CLIENT}
    links = [{name: contact.get(name) for name in _LINK} for contact in items(client, "contacts")]
    return {**kept, "contacts": links, "notes": [], "customFields": []}


def _contacts(clients: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Give each contact once; where clients tell of it differently, the last holds."""
    found = {c["uuid"]: c for client in clients for c in items(client, "contacts")}
    return [{name: contact.get(name) or None for name in _CONTACT} for contact in found.values()]


def _groups(clients: Iterable[Mapping[str, Any]]) -> list[Record]:
    found: dict[str, Record] = {}
    for client in clients:
        for group in items(client, "groups"):
            about = {"uuid": group["uuid"], "name": group.get("name"), "taxable": "No", "clientUuids": []}
            found.setdefault(group["uuid"], about)["clientUuids"].append(client["uuid"])
    return list(found.values())
