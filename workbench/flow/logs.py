"""A file in which the reference numbers that a page tells can be looked up."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

LONGEST_BYTES = 1_000_000
KEPT = 3


def keep_log(path: Path) -> None:
    """Let what this package logs go to a file, and nowhere else; a second call changes nothing.

    Parameters
    ----------
    path : Path
        The file; old parts are numbered beside it.
    """
    logger = logging.getLogger("workbench")
    if any(isinstance(handler, RotatingFileHandler) for handler in logger.handlers):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        path, maxBytes=LONGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
