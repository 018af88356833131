"""A bar for whoever watches a notebook's cell or a terminal: how far long work is, and the time left."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

from workbench.domain.progress import Tell, nobody

Given = TypeVar("Given", bound=Callable[..., Any])
UNATTENDED: Final = "WORKBENCH_UNATTENDED"
"""Set to 1 where nobody is there: to sign in, or to see a bar."""
PATIENCE_S: Final = 1.0
"""Work that is done sooner, in seconds, shows no bar."""
_STEPS: Final = 100


def is_watched() -> bool:
    """Tell whether a progress bar would be seen: in a notebook or a terminal, not in a log."""
    # tqdm's own switch, which its bars in notebooks pass over.
    if os.environ.get(UNATTENDED) == "1" or os.environ.get("TQDM_DISABLE"):
        return False
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None or sys.stderr.isatty()


@contextmanager
def watched(what: str) -> Iterator[Tell]:
    """Show how far some work is that takes its time; interrupting the cell ends it after its present step.

    Parameters
    ----------
    what : str
        What is being done, in a word or two.

    Yields
    ------
    callable
        To be told which share of the work is done (0 to 1).
    """
    if not is_watched():
        yield nobody
        return
    from tqdm.auto import tqdm  # only here: it brings the notebook's widgets along

    shape = "{desc}: {percentage:.0f} %|{bar}| {elapsed}<{remaining}"
    with tqdm(desc=what, total=_STEPS, delay=PATIENCE_S, leave=False, bar_format=shape) as bar:
        yield lambda share: bar.update(round(share * _STEPS) - bar.n)


def with_a_bar(what: str, work: Given) -> Given:
    """Let work that tells how far it is show it to whoever watches, unless somebody else listens.

    Parameters
    ----------
    what : str
        As in `watched`.
    work : callable
        Has a parameter ``tell``.
    """

    @wraps(work)
    def shown(*args: Any, **kwargs: Any) -> Any:
        if "tell" in kwargs:
            return work(*args, **kwargs)
        with watched(what) as tell:
            return work(*args, tell=tell, **kwargs)

    return shown  # type: ignore[return-value]
