"""Change one of a firm's settings: in firm.toml, whose other lines stay as they are, and in the ledger."""

from __future__ import annotations

import hashlib

import tomlkit
from pydantic import ValidationError

from workbench.domain.adjustable import BY_KEY, Adjustable, SettingValue, change_in_words
from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.records import Entry, canonical
from workbench.domain.settings import Settings, fault_in_words
from workbench.flow.firm import Firm
from workbench.flow.settings_file import rewrite


def configure(firm: Firm, key: str, before: SettingValue, after: SettingValue) -> str:
    """Set one setting from now on; give the change in words.

    Parameters
    ----------
    firm : Firm
        Who changes it is whoever opened it.
    key : str
        Of `workbench.domain.adjustable.BY_KEY`.
    before : str, int, float, tuple or None
        As it was seen.
    after : str, int, float, tuple or None
        As it should be; None leaves it to what counts by itself.

    Raises
    ------
    NotAllowedHere
        If that person may not administer.
    BadInput
        If it was changed meanwhile, or cannot be so; says why.
    """
    if not firm.who.may("administer"):
        raise NotAllowedHere(f"{firm.who.name} may not change the settings.", "Ask an administrator.")
    setting = BY_KEY[key]

    def change(document: tomlkit.TOMLDocument) -> None:
        if setting.of(firm.settings) != before:
            raise BadInput("Somebody else changed this meanwhile; nothing was changed.", "Look again.")
        _put(document, setting, after)
        _check(document, setting)

    if after == before:
        return ""
    settings = rewrite(firm.folder, change)
    what = change_in_words(setting, before, after)
    told = {"before": _written(before), "after": _written(after)}
    firm.append([Entry("configured", {"what": what, "setting": key, "digest": version(settings)}, told)])
    return what


def version(settings: Settings) -> str:
    """Give the identity of all settings that can be changed on the screens (64 hexadecimal digits)."""
    told = {key: setting.of(settings) for key, setting in BY_KEY.items()}
    return hashlib.sha256(canonical(told)).hexdigest()


def _written(value: SettingValue) -> str:
    return canonical(value).decode()


def _put(document: tomlkit.TOMLDocument, setting: Adjustable, value: SettingValue) -> None:
    part = document.setdefault(setting.part, tomlkit.table())
    if value is None:
        part.pop(setting.name, None)
    else:
        part[setting.name] = list(value) if isinstance(value, tuple) else value


def _check(document: tomlkit.TOMLDocument, setting: Adjustable) -> None:
    try:
        Settings.model_validate(document.unwrap())
    except ValidationError as error:
        raise BadInput(
            f"{setting.label}: {fault_in_words(error)}; nothing was changed.", "Change it and try again."
        ) from None
