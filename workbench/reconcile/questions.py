"""What clients are to be asked: one row a client, ready for a mail merge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, SIDES, label_of
from workbench.domain.frames import Clients, address_parts, frame_of
from workbench.domain.warnings import WARNINGS
from workbench.reconcile import cautions
from workbench.reconcile.normalise import emails
from workbench.reconcile.pairing import Pairing, pair, plain_texts
from workbench.reconcile.verdicts import read

QUESTIONS: Final = ("client", "greeting", "email", "partner", "questions", "notes", "link_id")


def questions(decisions: pd.DataFrame, clients: Clients, links: pd.DataFrame) -> pd.DataFrame:
    """Write down what each client is to be asked.

    Parameters
    ----------
    decisions : pandas.DataFrame
        A DECISIONS frame; only ``ask`` counts, and only while both values stand as they did then.
    clients : Clients
        Both sides, for names and mailboxes: Connectworks' where there is one, else XPM's.
    links : pandas.DataFrame
        A LINKS frame.

    Returns
    -------
    pandas.DataFrame
        ``client, greeting, email, partner, questions`` (a line a field), ``notes`` and ``link_id``, by the
        client's name. Of a person who has died greeting and email are left blank, so that no letter goes to
        them, and the notes say why.
    """
    asked = decisions[decisions["direction"] == "ask"]
    pairing = pair(clients, links[links["link_id"].isin(asked["link_id"])], "NZ")
    of_link: dict[str, list[tuple[str, str | None]]] = {}
    for link, field, connectworks, xpm, note in sorted(_standing(asked, pairing), key=itemgetter(0, 1)):
        of_link.setdefault(link, []).append((_question(field, connectworks, xpm), note))
    about = _about(pairing)
    rows = [
        {
            **who,
            "link_id": link,
            "questions": "\n".join(line for line, _ in of_link[link]),
            "notes": _notes([*(note for _, note in of_link[link]), who["notes"]]),
        }
        for link, who in about.items()
        if link in of_link
    ]
    return frame_of(sorted(rows, key=lambda row: (row["client"] or "", row["link_id"])), QUESTIONS)


def _standing(asked: pd.DataFrame, pairing: Pairing) -> Iterator[tuple[Any, ...]]:
    """Give link, field, both values and note of the questions whose values have not changed since."""
    at = {link: row for row, link in enumerate(pairing.links["link_id"])}
    cells = {field: [pairing.cells(side, field) for side in SIDES] for field in asked["field"].unique()}
    columns = (plain_texts(asked[c]) for c in ("link_id", "field", *SIDES, "note"))
    for link, field, *seen, note in zip(*columns, strict=True):
        if link in at and seen == [side[at[link]] for side in cells[field]]:
            yield link, field, *seen, note


def _about(pairing: Pairing) -> dict[str, dict[str, str | None]]:
    """Give who each link's client is."""
    named = {"client": "legal_name", "greeting": "first_name", "email": "email", "partner": "partner"}
    columns = []
    for column in named.values():
        both = zip(*(pairing.column(side, column) for side in SIDES), strict=True)
        # A placeholder is nobody's mailbox.
        fit = emails.keys if column == "email" else bool
        columns.append([next((cell for cell in cells if cell and fit(cell)), None) for cells in both])
    rows = [dict(zip(named, row, strict=True)) | {"notes": None} for row in zip(*columns, strict=True)]
    for at in cautions.deceased(pairing).nonzero()[0]:
        rows[at] |= {"greeting": None, "email": None, "notes": WARNINGS["deceased"]}
    return dict(zip(pairing.links["link_id"], rows, strict=True))


def _notes(notes: Iterable[str | None]) -> str | None:
    return "\n".join(dict.fromkeys(filter(None, notes))) or None


def _question(field: str, connectworks: str | None, xpm: str | None) -> str:
    """Say which values are on file, without telling the client which system holds which."""
    said = (value for value in (connectworks, xpm) if read(field, value).key is not None)
    known = list(dict.fromkeys(text for value in said if value and (text := _readable(field, value))))
    if len(known) > 1:
        return f"{label_of(field)}: is it {' or '.join(known)}?"
    return f"{label_of(field)}: is it still {known[0]}?" if known else f"{label_of(field)}: what is it?"


def _readable(field: str, value: str) -> str:
    if BY_NAME[field].kind != "address":
        return value
    parts: Mapping[str, str | None] = address_parts(value)
    told = (parts[part] for part in ADDRESS_PARTS)
    return ", ".join(" ".join(text.split("\n")) for text in told if text)
