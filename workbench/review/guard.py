"""Nothing that a person does may end in silence or in a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from workbench.domain.errors import WorkbenchError

_log = logging.getLogger("workbench.review")


def guarded(work: Callable[[], None]) -> str | None:
    """Do something that a person asked for, and say in words what went wrong, if anything did.

    Parameters
    ----------
    work : callable
        What to do.

    Returns
    -------
    str or None
        None when it was done. A refusal in plain words, of which the log holds what was left out; for
        anything unforeseen a reference number, under which the log holds the error's type and place, without
        any client's value.
    """
    try:
        work()
    except WorkbenchError as refusal:
        if refusal.plain != str(refusal):
            _log.warning("%s", refusal)
        return refusal.plain
    except Exception as error:  # the last wall before the browser: everything must become a sentence
        reference = secrets.token_hex(3).upper()
        _log.error("reference %s: %s at %s", reference, type(error).__name__, _places(error))
        return (
            f"Something went wrong that Workbench did not foresee (reference {reference}). "
            "What was saved before is kept. Try again, and quote the reference when you ask for help."
        )
    return None


def _places(error: BaseException) -> str:
    """Name the last places that an error went through; its message might hold a client's value."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(
            f"{code.co_qualname if hasattr(code, 'co_qualname') else code.co_name}:{trace.tb_lineno}"
        )
        trace = trace.tb_next
    return " > ".join(places[-6:])
