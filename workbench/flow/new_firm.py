"""A new firm's folder: one readable settings file without secrets, and where its exports are saved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomlkit

from workbench.domain.errors import BadSettings
from workbench.domain.fields import SIDES
from workbench.domain.settings import read_settings

ZONES: Final = {"NZ": "Pacific/Auckland", "AU": "Australia/Sydney"}
"""The usual time zone of each home country."""

_HEAD: Final = (
    "The firm's settings. They hold no secret: sign-ins are kept in the vault, and the secret of an",
    "application in an environment variable. After a change, check them: workbench doctor FOLDER",
)
_VAULTS: Final = {
    "keyring": "the operating system keeps the sign-ins",
    "file": "an encrypted file keeps the sign-ins; its passphrase is in WORKBENCH_PASSPHRASE",
    "memory": "sign-ins last only as long as the worker",
}
_COMMENTS: Final = {
    "home_country": "how phones and addresses without a country are read",
    "own_domains": "mail domains of the firm itself",
    "access": '"api", or "files" where there are exports only',
    "write": "whether Workbench may ever change anything there",
    "base_url": "the gateway",
    "client_secret_env": "the variable that holds the application's secret",
    "redirect_uri": "as registered with the application",
}


@dataclass(frozen=True)
class NewFirm:
    """What an administrator says of a new firm.

    Parameters
    ----------
    name, home_country, time_zone : str
        Of the firm.
    sides : mapping
        Side to its settings, as they stand in the file.
    own_domains : tuple of str
        The firm's own mail domains.
    vault : str
        ``keyring``, ``file`` or ``memory``.
    further : mapping
        Settings that stand above all parts.
    """

    name: str
    home_country: str
    time_zone: str
    sides: Mapping[str, Mapping[str, Any]]
    own_domains: tuple[str, ...] = ()
    vault: str = "keyring"
    further: Mapping[str, Any] = field(default_factory=dict)


def make_firm(folder: Path, new: NewFirm) -> Path:
    """Write a new firm's settings, once they are known to be good.

    Parameters
    ----------
    folder : Path
        Made if need be, readable by its owner only.
    new : NewFirm
        What the settings say.

    Returns
    -------
    Path
        The settings file.

    Raises
    ------
    BadSettings
        If there is a firm already, or a setting cannot be used; names it.
    """
    path = folder / "firm.toml"
    if path.exists():
        raise BadSettings(f"There is a firm in {folder} already.", f"Edit {path}, or name another folder.")
    text = _text(new)
    read_settings(text, str(path))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    for side in SIDES:
        if new.sides[side].get("access") == "files":
            (folder / new.sides[side].get("exports", f"exports/{side}")).mkdir(parents=True, exist_ok=True)
    return path


def _text(new: NewFirm) -> str:
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document["vault"] = tomlkit.item(new.vault).comment(_VAULTS.get(new.vault, ""))
    for name, value in new.further.items():
        document[name] = value
    firm = {"name": new.name, "home_country": new.home_country, "time_zone": new.time_zone}
    document["firm"] = _part({**firm, "own_domains": list(new.own_domains)})
    for side in SIDES:
        document[side] = _part(new.sides[side])
    return tomlkit.dumps(document)


def _part(settings: Mapping[str, Any]) -> Any:
    part = tomlkit.table()
    for name, value in settings.items():
        item = tomlkit.item(value)
        part[name] = item.comment(_COMMENTS[name]) if name in _COMMENTS else item
    return part
