"""Where a record is spoken of: in the chain's entries, and in what the services sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from workbench.domain.errors import StorageFailed
from workbench.domain.records import Event, canonical
from workbench.ledger.book import Book
from workbench.ledger.snapshots import Snapshots, answers
from workbench.ledger.tables import ENTRIES, told


def events_about(book: Book, ids: Collection[str]) -> list[Event]:
    """Give the entries that name any of these ids, with the personal values that are still kept of them.

    Parameters
    ----------
    book : Book
        The firm's ledger; it is read once through.
    ids : collection of str
        Of records, links, operations or runs.
    """
    # An id stands in an entry as a whole JSON text, so that one that begins another is not taken for it.
    named = sa.or_(*(sa.func.instr(ENTRIES.c.entry, canonical(each).decode()) > 0 for each in sorted(ids)))
    with told(book.path), book.reading() as connection:
        places = connection.execute(sa.select(ENTRIES.c.seq).where(named)).scalars().all()
    return book.at(places)


def answers_about(snapshots: Snapshots, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Say in which kept answers of the services these ids stand: file, side, resource and moment.

    Parameters
    ----------
    snapshots : Snapshots
        The firm's; each file is read through, and one that cannot be read is named.
    ids : collection of str
        Of records.
    """
    sought = [each.encode() for each in sorted(ids)]
    for path in sorted(snapshots.folder.rglob("*.gz")):
        name = path.relative_to(snapshots.folder).as_posix()
        try:
            for answer in answers(path):
                if answer.key in ids or any(each in answer.body for each in sought):
                    row = {"file": name, "side": answer.side, "resource": answer.resource}
                    yield {**row, "at": answer.at.isoformat(), "bytes": len(answer.body)}
        except (OSError, EOFError, gzip.BadGzipFile, json.JSONDecodeError):
            raise StorageFailed(f"The snapshot {name} cannot be read.", "Verify or delete it.") from None
