"""Website cells: which page they lead to, whatever the scheme, the www or the closing slash."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from workbench.reconcile.normalise import text as texts


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
    if not bare:
        return None
    try:
        parts = urlsplit(f"//{bare}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return texts.fold(text)
    host = host.removeprefix("www.").rstrip(".")
    at = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{at}{parts.path.rstrip('/')}{query}" or None


def host(website: str) -> str:
    """Give the host of a comparable form."""
    return re.split(r"[/?:]", website, maxsplit=1)[0]
