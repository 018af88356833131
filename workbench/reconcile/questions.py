"""What clients are to be asked: one row a client, ready for a mail merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, SIDES, label_of
from workbench.domain.frames import Clients, address_parts, frame_of
from workbench.reconcile.pairing import pair, plain_texts

QUESTIONS: Final = ("client", "greeting", "email", "partner", "questions", "notes", "link_id")


def questions(decisions: pd.DataFrame, clients: Clients, links: pd.DataFrame) -> pd.DataFrame:
    """Write down what each client is to be asked.

    Parameters
    ----------
    decisions : pandas.DataFrame
        A DECISIONS frame; only ``ask`` counts.
    clients : Clients
        Both sides, for names and mailboxes: Connectworks' where there is one, else XPM's.
    links : pandas.DataFrame
        A LINKS frame.

    Returns
    -------
    pandas.DataFrame
        ``client, greeting, email, partner, questions`` (a line a field), ``notes`` and ``link_id``, by the
        client's name.
    """
    asked = decisions[decisions["direction"] == "ask"]
    columns = (plain_texts(asked[c]) for c in ("link_id", "field", *SIDES, "note"))
    of_link: dict[str, list[tuple[str, str | None]]] = {}
    for link, field, *pair_and_note in sorted(zip(*columns, strict=True), key=lambda row: str(row[:2])):
        connectworks, xpm, note = pair_and_note
        of_link.setdefault(str(link), []).append((_question(str(field), connectworks, xpm), note))
    about = _about(clients, links[links["link_id"].isin(of_link)])
    rows = [
        {
            **who,
            "link_id": link,
            "questions": "\n".join(line for line, _ in of_link[link]),
            "notes": "\n".join(dict.fromkeys(note for _, note in of_link[link] if note)) or None,
        }
        for link, who in about.items()
    ]
    return frame_of(sorted(rows, key=lambda row: (row["client"] or "", row["link_id"])), QUESTIONS)


def _about(clients: Clients, links: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Give who each link's client is."""
    pairing = pair(clients, links, "NZ")
    named = {"client": "legal_name", "greeting": "first_name", "email": "email", "partner": "partner"}
    columns = []
    for column in named.values():
        both = zip(*(pairing.column(side, column) for side in SIDES), strict=True)
        columns.append([one or other for one, other in both])
    rows = (dict(zip(named, row, strict=True)) for row in zip(*columns, strict=True))
    return dict(zip(pairing.links["link_id"], rows, strict=True))


def _question(field: str, connectworks: str | None, xpm: str | None) -> str:
    """Say which values are on file, without telling the client which system holds which."""
    known = list(dict.fromkeys(text for v in (connectworks, xpm) if v and (text := _readable(field, v))))
    if len(known) > 1:
        return f"{label_of(field)}: is it {' or '.join(known)}?"
    return f"{label_of(field)}: is it still {known[0]}?" if known else f"{label_of(field)}: what is it?"


def _readable(field: str, value: str) -> str:
    if BY_NAME[field].kind != "address":
        return value
    parts: Mapping[str, str | None] = address_parts(value)
    told = (parts[part] for part in ADDRESS_PARTS)
    return ", ".join(" ".join(text.split("\n")) for text in told if text)
