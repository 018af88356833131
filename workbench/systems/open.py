"""Opening a firm's connections to both services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.domain.clock import Clock
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side
from workbench.domain.settings import Settings
from workbench.systems.connectworks import Connectworks
from workbench.systems.consent import Consent
from workbench.systems.issuer import registration
from workbench.systems.pace import Pace, SharedWindow
from workbench.systems.port import System
from workbench.systems.vault import Vault
from workbench.systems.wire import Transport, Wire
from workbench.systems.xpm import Xpm

_CONNECTWORKS_CONCURRENT: Final = 4


@dataclass(frozen=True)
class Connections:
    """Both sides' consents and systems. Nothing is sent before somebody asks for something.

    Parameters
    ----------
    consent, system : mapping
        By side.
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
    tenants = {XPM: settings.xpm.tenant_id, CONNECTWORKS: None}
    consent: dict[Side, Consent] = {
        side: Consent(
            registration(settings, side),
            vault,
            clock,
            folder,
            tenant_id=tenants[side],
            transport=transport,
        )
        for side in SIDES
    }
    # A sandbox whose clock runs faster lets the same number of calls through in a shorter while.
    window_s = 60.0 / (settings.sandbox_speed or 1.0)
    xpm, connectworks = settings.xpm, settings.connectworks
    counts = folder / "pace.sqlite"

    def pace(side: Side, client_id: str, calls_per_min: int, concurrent: int) -> Pace:
        def spent_by() -> str:
            return f"{side}/{client_id}/{consent[XPM].tenant().id if side == XPM else ''}"

        window = SharedWindow(counts, spent_by, calls_per_min, window_s, clock)
        return Pace(calls_per_min, concurrent, clock, window_s, window)

    xpm_wire = Wire(
        "XPM",
        str(xpm.base_url),
        clock,
        bearer=consent[XPM],
        pace=pace(XPM, xpm.client_id, xpm.calls_per_min, xpm.concurrent),
        setting="xpm.base_url",
        transport=transport,
    )
    connectworks_wire = Wire(
        "Connectworks",
        str(connectworks.base_url),
        clock,
        bearer=consent[CONNECTWORKS],
        pace=pace(CONNECTWORKS, connectworks.client_id, connectworks.calls_per_min, _CONNECTWORKS_CONCURRENT),
        setting="connectworks.base_url",
        transport=transport,
    )
    return Connections(
        consent,
        {
            XPM: Xpm(settings, consent[XPM], xpm_wire),
            CONNECTWORKS: Connectworks(settings, consent[CONNECTWORKS], connectworks_wire),
        },
    )
