"""Who looks at a page: the server leaves a pass for a page's kernel, and the kernel reads its own.

A page's kernel may be older than its visitor (a pool of them is kept warm), so who looks cannot be in its
environment. The server writes the pass once somebody has signed in and before the page is sent. A visitor can
run no code and write no file, so nobody can write a pass, and each kernel finds only the one of its own name.
"""

from __future__ import annotations

import getpass
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from workbench.domain.errors import BadSettings, NotAllowedHere, StorageFailed
from workbench.domain.people import THIS_MACHINE, Identity

SERVED = "WORKBENCH_SERVED"
PERSON = "WORKBENCH_PERSON"
PASSES = "WORKBENCH_PASSES"
KERNEL = "VOILA_KERNEL_ID"  # Voilà tells each kernel its own id under this name


def leave_pass(folder: Path, kernel_id: str, identity: Identity) -> None:
    """Say to a kernel, once and whole, who its page was opened for.

    Parameters
    ----------
    folder : Path
        The private folder with the passes; made if missing.
    kernel_id : str
        As the server knows the kernel.
    identity : Identity
        Who signed in.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, unfinished = tempfile.mkstemp(dir=folder)  # readable by its owner only
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(identity), file)
    Path(unfinished).replace(folder / kernel_id)


def withdraw_pass(folder: Path, kernel_id: str) -> None:
    """Take a kernel's pass away; one that is not there is no error."""
    (folder / kernel_id).unlink(missing_ok=True)


def whoever_looks() -> Identity:
    """Say for whom this process works: whoever a page was opened for, or the account on this machine.

    Raises
    ------
    NotAllowedHere
        In a page's kernel that nobody has come to yet.
    BadSettings
        If this machine does not say whose account it is.
    StorageFailed
        If the pass cannot be read.
    """
    if PASSES in os.environ:
        return _holder(_own_pass())
    account = account_here()
    return Identity(account, account, "", THIS_MACHINE)


def somebody_waits() -> bool:
    """Tell whether this is a page's kernel whose visitor has come already."""
    return PASSES in os.environ and _own_pass().exists()


def account_here() -> str:
    """Give the name of the account on this machine, or the name that is put in its stead."""
    try:
        return os.environ.get(PERSON) or getpass.getuser()
    except (ImportError, KeyError, OSError):
        raise BadSettings(
            "This computer does not say who you are.", f"Put your name into {PERSON} and start again."
        ) from None


def _own_pass() -> Path:
    return Path(os.environ[PASSES]) / os.environ.get(KERNEL, "nobody")


def _holder(path: Path) -> Identity:
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NotAllowedHere("Nobody is signed in to this page.", "Reload it and sign in.") from None
    except (OSError, ValueError, TypeError):
        raise StorageFailed(
            "It cannot be read who is signed in to this page.",
            "Reload it; if this stays, restart the server.",
        ) from None
