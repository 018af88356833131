"""Where a record is spoken of: in the chain's entries, and in what the services sent."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workbench.domain.records import Event, canonical
from workbench.ledger.book import Book
from workbench.ledger.snapshots import Snapshots, unpacked
from workbench.ledger.tables import ENTRIES, told


def events_about(book: Book, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Event]:
    """Give the entries that name any of these ids, with the personal values that are still kept of them.

    Parameters
    ----------
    book : Book
        The firm's ledger; it is read once through, or what of it is of these kinds.
    ids : collection of str
        Of records, links, operations or runs.
    kinds : collection of str, optional
        Only entries of these kinds.
    """
    # An id stands in an entry as a whole JSON text, so that one that begins another is not taken for it.
    named = sa.or_(*(sa.func.instr(ENTRIES.c.entry, canonical(each).decode()) > 0 for each in sorted(ids)))
    if kinds is not None:
        named = sa.and_(ENTRIES.c.kind.in_(sorted(kinds)), named)
    with told(book.path), book.reading() as connection:
        places = connection.execute(sa.select(ENTRIES.c.seq).where(named)).scalars().all()
    return book.at(places)


def answers_about(snapshots: Snapshots, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Say in which kept answers of the services these ids stand: file, side, resource and moment.

    The search begins with the call, in threads of its own; the ledger can be read meanwhile.

    Parameters
    ----------
    snapshots : Snapshots
        The firm's; each file is checked and read through, several at once.
    ids : collection of str
        Of records; in either letter case, for a service may write one now so and now so.

    Raises
    ------
    StorageFailed
        If a file cannot be read, or is not what was written: nobody is told of less than all.
    """
    paths = sorted(snapshots.folder.rglob("*.gz"))
    pool = ThreadPoolExecutor(os.cpu_count())
    found = pool.map(lambda path: _standing_in(path, snapshots.folder, ids), paths)
    pool.shutdown(wait=False)
    return chain.from_iterable(found)


def _standing_in(path: Path, folder: Path, ids: Collection[str]) -> list[dict[str, Any]]:
    keys = {each.lower() for each in ids}
    sought = [each.encode() for each in sorted(keys)]
    return [
        {
            "file": path.relative_to(folder).as_posix(),
            "side": answer.side,
            "resource": answer.resource,
            "at": answer.at.isoformat(),
            "bytes": len(answer.body),
        }
        for answer in unpacked(path)
        if (answer.key or "").lower() in keys or names_any(answer.body, sought)
    ]


def names_any(content: bytes, words: Collection[bytes]) -> bool:
    """Tell whether any of some words stands in what a service or a file says, in either letter case."""
    lower = content.lower()
    return any(word.lower() in lower for word in words)
