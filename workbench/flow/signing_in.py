"""Signing in as the worker does it: only for an administrator, with the person wherever they are."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Final

from workbench.domain.errors import NotAllowedHere, NoTenant, Unreachable
from workbench.domain.fields import SIDE_LABELS, XPM, Side
from workbench.flow.firm import Firm
from workbench.flow.prompts import asking
from workbench.systems.port import Progress

WITHIN_S: Final = 180.0
_POLL_S: Final = 0.2


def may_connect(firm: Firm, by: str) -> None:
    """Let an administrator connect or disconnect, and nobody else.

    Parameters
    ----------
    firm : Firm
        Whose settings name the administrators.
    by : str
        Who asked, as the ledger names them.

    Raises
    ------
    NotAllowedHere
        If that person may not.
    """
    if not firm.access.named(by).may("administer"):
        raise NotAllowedHere(
            f"{by} may not connect or disconnect {firm.settings.firm.name}.",
            "Ask one of the firm’s administrators (roles under [[access.people]] in firm.toml).",
        )


def sign_in(firm: Firm, side: Side, by: str, progress: Progress, *, elsewhere: bool = False) -> None:
    """Have a person sign in to one side, and choose the practice where several are offered.

    Parameters
    ----------
    firm : Firm
        Whose connection it is.
    side : str
        Which.
    by : str
        Who asked.
    progress : callable
        Told what is waited for; may raise to stop the waiting.
    elsewhere : bool
        Whether the person opens the page themselves, in a browser that may be on another machine.

    Raises
    ------
    NotAllowedHere
        If that person is no administrator.
    SignInNeeded
        If nobody signed in in time, access was refused, or the answer was of another sign-in.
    """
    may_connect(firm, by)
    consent, name = firm.connections.consent[side], firm.connections.system[side].name
    begun = consent.begin()
    with asking(firm.folder, "sign_in", name, begun.url) as asked:

        def pasted() -> str | None:
            progress(0, None, f"Waiting for the sign-in to {name}")
            return asked.answer()

        pasted()
        show = _nothing if elsewhere else firm.show
        consent.listen(show, WITHIN_S, pasted, begun, elsewhere=elsewhere)


def _nothing(address: str) -> None:
    """Open no page: the person does."""


def choose_practice(firm: Firm, side: Side, progress: Progress, *, again: bool = False) -> None:
    """Have one of several practices chosen by its name.

    Parameters
    ----------
    firm, side, progress
        As in `sign_in`.
    again : bool
        Whether to ask although one was chosen. The settings' own choice and the only one are never asked for.

    Raises
    ------
    NoTenant
        If nobody chose in time, or none is offered.
    """
    consent, name = firm.connections.consent[side], firm.connections.system[side].name
    if side == XPM and firm.settings.xpm.tenant_id:
        return
    if not again:
        with suppress(NoTenant):
            consent.tenant()
            return
    offered = consent.choose_the_only_one()
    if len(offered) < 2:
        return
    names = {tenant.id: tenant.name for tenant in offered}
    with asking(firm.folder, "practice", name, choices=names) as asked:
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            progress(0, None, f"Waiting for the choice of a practice in {name}")
            if (answer := asked.answer()) is not None:
                consent.choose(answer)
                return
            time.sleep(_POLL_S)
    raise NoTenant(
        "No practice was chosen.", f"Connect again and choose one of: {', '.join(names.values())}."
    )


def forget(firm: Firm, by: str) -> str:
    """Withdraw every sign-in and delete its tokens; say for each side how it went.

    Raises
    ------
    NotAllowedHere
        If that person is no administrator.
    Unreachable
        If a service could not be told; the tokens of both sides are deleted all the same.
    """
    may_connect(firm, by)
    told: list[str] = []
    untold: list[Unreachable] = []
    for side, consent in firm.connections.consent.items():
        try:
            if consent.signed_in():
                consent.disconnect()
                told.append(f"Disconnected from {SIDE_LABELS[side]}.")
            else:
                told.append(f"There was no sign-in to {SIDE_LABELS[side]}.")
        except Unreachable as error:
            untold.append(error)
    if untold:
        raise Unreachable(" ".join([*told, *(each.what for each in untold)]), untold[0].next_step)
    return "\n".join(told) or "Both sides are reached by files: nobody was signed in."
