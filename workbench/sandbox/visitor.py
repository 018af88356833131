"""Somebody at the sandbox's consent page who says yes: ``python -m workbench.sandbox.visitor ADDRESS``.

Stands in for a person at a browser where there is none: in the demo's worker, and in tests of notebooks. It
answers only pages of this machine.
"""

from __future__ import annotations

import sys
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import Request, urlopen

from lxml import html

PATIENCE_S = 20
_HOME = {"127.0.0.1", "localhost"}


def allow(address: str) -> str:
    """Open a consent page, tick the first practice where one is to be chosen, allow, and follow.

    Parameters
    ----------
    address : str
        The authorize address of one of the sandbox's servers.

    Returns
    -------
    str
        The page on which the visitor ends up.

    Raises
    ------
    ValueError
        If the address is not of this machine.
    """
    if urlsplit(address).hostname not in _HOME:
        raise ValueError("The visitor answers only the sandbox on this machine.")
    with urlopen(address, timeout=PATIENCE_S) as answer:
        form = html.fromstring(answer.read()).forms[0]
        target = urljoin(answer.url, form.action or answer.url)
    offered = form.xpath(".//input[@type='checkbox']")
    if offered:
        offered[0].checked = True
    fields = [*form.form_values(), ("decision", "allow")]
    request = Request(target, data=urlencode(fields).encode(), method="POST")
    with urlopen(request, timeout=PATIENCE_S) as answer:
        return str(answer.url)


if __name__ == "__main__":
    allow(sys.argv[1])
