"""Website cells: which page they lead to, whatever the scheme, the www or the closing slash."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import polars as pl

from workbench.reconcile.normalise import columns
from workbench.reconcile.normalise import text as texts

# A scheme, a host of four signs or more with a dot inside, a path without a query.
_PLAIN: Final = r"^(?:https?://)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})((?:/[A-Za-z0-9_.~-]+)*)/*$"


@lru_cache(maxsize=65_536)
def key(text: str | None) -> str | None:
    """Give the comparable form of a web address.

    Parameters
    ----------
    text : str or None
        The cell as received.

    Returns
    -------
    str or None
        Host in lower case without ``www.``, and the path and query as they are (a server may tell capitals
        apart there), without closing slash; None for a blank or a placeholder.
    """
    if text is None or texts.is_placeholder(text):
        return None
    bare = re.sub(r"(?i)^\s*(?:[a-z][a-z0-9+.-]*://|https?:)?/*", "", texts.tidy(text), count=1)
    if bare.lower().strip("./") in ("", "www"):
        return None
    try:
        parts = urlsplit(f"//{bare}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return texts.fold(text)
    if "@" in parts.netloc:
        return texts.fold(text)  # a mailbox, and no page
    host = _readable(host.removeprefix("www.").rstrip("."))
    at = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{at}{parts.path.rstrip('/')}{query}" or None


def _readable(host: str) -> str:
    """Write a host in the letters that its coded form stands for."""
    try:
        return host.encode("ascii").decode("idna") if "xn--" in host else host
    except UnicodeError:
        return host


def key_of(texts: pl.Series) -> pl.Series:
    """Give `key` of every cell of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.

    Returns
    -------
    polars.Series of str
        As of `key`; null where there is nothing to compare.
    """
    found = plain_of(texts)
    return columns.completed(found, found.is_not_null(), texts, columns.one_by_one(key))


def plain_of(texts: pl.Series) -> pl.Series:
    """Give `key` of every cell that holds a plain web address; null of all others.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct cells as received.
    """
    parts = texts.str.extract_groups(_PLAIN).struct.unnest()
    parts.columns = ["host", "path"]
    hosts = pl.col("host").str.to_lowercase().str.strip_prefix("www.")
    return parts.select(hosts + pl.col("path")).to_series()


def host(website: str) -> str:
    """Give the host of a comparable form."""
    return re.split(r"[/?:]", website, maxsplit=1)[0]
