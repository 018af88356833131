"""Setting up a firm from a notebook: the settings file of `workbench init`, without its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.bench import Workbench
from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, XPM
from workbench.flow.new_firm import ZONES, NewFirm, make_firm
from workbench.systems.vault import usual_vault

Side = str | Mapping[str, Any]


def init(
    folder: Path | str,
    name: str,
    *,
    connectworks: Side = "files",
    xpm: Side = "files",
    home_country: str = "NZ",
    time_zone: str | None = None,
    own_domains: Sequence[str] = (),
) -> Workbench:
    """Set up a firm and open it; a folder that holds one already is opened as it is.

    Parameters
    ----------
    folder : path
        Where the firm is to live; made if need be.
    name : str
        Of the firm.
    connectworks, xpm : str or mapping
        ``"files"`` where there are exports only, else the side's settings as in ``firm.toml``:
        ``client_id``, ``redirect_uri``, for Connectworks ``base_url``, and ``write=False`` to read only.
    home_country : str
        ``NZ`` or ``AU``.
    time_zone : str, optional
        IANA name; by default the home country's usual one.
    own_domains : sequence of str
        The firm's own mail domains.

    Returns
    -------
    Workbench
        Call its `doctor` next: it says what works, and what to do about what does not.

    Raises
    ------
    BadSettings
        If a setting is missing or cannot be used; names it.
    """
    folder = Path(folder)
    if not (folder / "firm.toml").exists():
        sides = {CONNECTWORKS: _told(connectworks), XPM: _told(xpm)}
        zone = time_zone or ZONES.get(home_country, "")
        vault = usual_vault() if any(side["access"] == "api" for side in sides.values()) else "keyring"
        make_firm(folder, NewFirm(name, home_country, zone, sides, tuple(own_domains), vault))
    return Workbench(folder)


def _told(side: Side) -> Mapping[str, Any]:
    if isinstance(side, str):
        if side != "files":
            raise BadInput(f"“{side}” is no way to reach a system.", 'Say "files", or give its settings.')
        return {"access": "files"}
    return {"access": "api", **side}
