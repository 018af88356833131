"""What an operation gets and what the table of operations says about it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from workbench.sandbox.state import Record
from workbench.sandbox.xpm.errors import BusinessError
from workbench.sandbox.xpm.practice import Practice


@dataclass
class Call:
    """One call of the API, already decoded.

    Attributes
    ----------
    practice : Practice
        The tenant's records.
    dials : dict
    address : str
        The operation's own absolute address, without a query.
    identifier : str
        The uuid in the path, or "".
    query : dict
    body : dict
    fault : str or None
        A fault that the operation has to carry out.
    notes : dict
        For the request log: resource, changed, looked, listed.
    """

    practice: Practice
    dials: Record
    address: str
    identifier: str
    query: dict[str, str]
    body: Record
    fault: str | None
    notes: Record = field(default_factory=dict)

    def looked(self, uuid: str) -> None:
        """Note that the answer shows this record alone."""
        self.notes["looked"] = self.notes["resource"] = uuid

    def listed(self, records: list[Record]) -> None:
        """Note which records the answer lists."""
        self.notes["listed"] = {record["uuid"] for record in records}

    def wrote(self, uuid: str, changed: set[str]) -> None:
        """Note which fields of which record a write has really changed."""
        self.notes["resource"] = uuid
        self.notes["changed"] = sorted(changed)


@dataclass(frozen=True)
class Operation:
    """One row of the table of operations.

    Attributes
    ----------
    method, path : str
    act : callable
        Call -> the answer, without its status.
    api_method : str
        The root's attribute in XML.
    area : str
        ``client``, ``staff`` or ``definition``: which scope it needs.
    body : tuple of str, optional
        (shape, root element) of the request body.
    errors : frozenset of int
        HTTP statuses that are declared for its business errors.
    """

    method: str
    path: str
    act: Callable[[Call], Record]
    api_method: str
    area: str = "client"
    body: tuple[str, str] | None = None
    errors: frozenset[int] = frozenset({500})

    @property
    def writes(self) -> bool:
        """Whether it needs a scope for writing."""
        return self.method != "GET"


def page(call: Call, kind: str, keep: Callable[[Record], bool]) -> tuple[list[Record], Record]:
    """Return one page of a kind's records, and the answer's pagination.

    Raises
    ------
    BusinessError
        For a page size outside 1 to 500 or a token that is not ours.
    """
    size = _page_size(call.query.get("pageSize"))
    after = _position(call.query.get("pageToken"))
    found: list[tuple[int, Record]] = []
    while len(found) <= size:
        chunk = call.practice.state.page(call.practice.kind(kind), after, size + 1)
        if not chunk:
            break
        after = chunk[-1][0]
        found += [(position, record) for position, record in chunk if keep(record)]
    shown = found[:size]
    links: dict[str, Any] = {"first": f"{call.address}?{urlencode({'pageSize': size})}"}
    if len(found) > size:
        token = base64.urlsafe_b64encode(f"seq={shown[-1][0]}".encode()).decode()
        links["next"] = f"{call.address}?{urlencode({'pageToken': token, 'pageSize': size})}"
    elif call.dials["last_page"] != "absent":
        links["next"] = None if call.dials["last_page"] == "null" else ""
    return [record for _, record in shown], {"links": links}


def _page_size(given: str | None) -> int:
    if given in (None, ""):
        return 50
    if given.isascii() and given.isdigit() and 1 <= int(given) <= 500:
        return int(given)
    raise BusinessError("pageSize has to be between 1 and 500")


def _position(token: str | None) -> int:
    if token in (None, ""):
        return 0
    try:
        name, _, position = base64.b64decode(token, altchars=b"-_", validate=True).decode().partition("=")
        if name == "seq":
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise BusinessError("pageToken is not valid")
