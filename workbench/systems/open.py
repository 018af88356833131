"""Opening a firm's connections to both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.domain.clock import Clock
from workbench.domain.fields import SIDES, XPM, Side
from workbench.domain.settings import Settings
from workbench.systems.connectworks import Connectworks
from workbench.systems.consent import Consent
from workbench.systems.files import Files
from workbench.systems.issuer import registration
from workbench.systems.pace import Pace, SharedWindow
from workbench.systems.port import System
from workbench.systems.vault import Vault
from workbench.systems.wire import Transport, Wire
from workbench.systems.workflowmax import WorkflowMax
from workbench.systems.xpm import Xpm

_CONNECTWORKS_CONCURRENT: Final = 4
_CALLED: Final = {"xpm": "XPM", "workflowmax": "WorkflowMax"}


@dataclass(frozen=True)
class Connections:
    """Both sides' consents and systems. Nothing is sent before somebody asks for something.

    Parameters
    ----------
    consent, system : mapping
        By side; a side that is reached by files has no consent.
    """

    consent: Mapping[Side, Consent]
    system: Mapping[Side, System]

    def close(self) -> None:
        """Let go of all connections."""
        for system in self.system.values():
            system.close()


def open_systems(
    settings: Settings, vault: Vault, clock: Clock, folder: Path, *, transport: Transport | None = None
) -> Connections:
    """Open both sides as a firm's settings say.

    Parameters
    ----------
    settings : Settings
        Of the firm.
    vault : Vault
        Where tokens are kept.
    clock : Clock
        What measures and waits.
    folder : Path
        The firm's folder, for lock files.
    transport : Transport, optional
        What carries the requests, by default the network.

    Raises
    ------
    BadSettings
        If an address is not safe to send tokens to, or the settings name an unknown field.
    """
    consent: dict[Side, Consent] = {}
    system: dict[Side, System] = {}
    for side in SIDES:
        if settings.side(side).access == "files":
            system[side] = Files(settings, side, folder)
            continue
        consent[side] = Consent(
            registration(settings, side),
            vault,
            clock,
            folder,
            tenant_id=settings.xpm.tenant_id if side == XPM else None,
            transport=transport,
        )
        wire = _wire(settings, side, consent[side], clock, folder / "pace.sqlite", transport)
        practice = {"xpm": Xpm, "workflowmax": WorkflowMax}[settings.xpm.product]
        service = practice if side == XPM else Connectworks
        system[side] = service(settings, consent[side], wire)
    return Connections(consent, system)


def _wire(
    settings: Settings, side: Side, consent: Consent, clock: Clock, counts: Path, transport: Transport | None
) -> Wire:
    ours = settings.side(side)
    # A sandbox whose clock runs faster lets the same number of calls through in a shorter while.
    window_s = 60.0 / (settings.sandbox_speed or 1.0)

    def spent_by() -> str:
        return f"{side}/{ours.client_id}/{consent.tenant().id if side == XPM else ''}"

    window = SharedWindow(counts, spent_by, ours.calls_per_min, window_s, clock)
    concurrent = settings.xpm.concurrent if side == XPM else _CONNECTWORKS_CONCURRENT
    return Wire(
        _CALLED[settings.xpm.product] if side == XPM else "Connectworks",
        str(ours.base_url),
        clock,
        bearer=consent,
        pace=Pace(ours.calls_per_min, concurrent, clock, window_s, window),
        setting=f"{side}.base_url",
        transport=transport,
    )
