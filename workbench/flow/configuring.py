"""Change one of a firm's settings: in firm.toml, whose other lines stay as they are, and in the ledger."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import tomlkit
from pydantic import ValidationError

from workbench.domain.adjustable import BY_KEY, Adjustable, SettingValue, change_in_words
from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.records import Entry, canonical
from workbench.domain.settings import Settings, fault_in_words
from workbench.flow.firm import Firm
from workbench.flow.settings_file import rewrite

_PARTS: Final = {"file": "how the firm works", "access": "who may do what"}


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
    firm.append(
        [Entry("configured", {"what": what, "setting": key, **versions(firm.folder, settings)}, told)]
    )
    return what


def versions(folder: Path, settings: Settings) -> dict[str, str]:
    """Give the identities (64 hexadecimal digits each) of what is changed on the screens, for the ledger.

    Parameters
    ----------
    folder : Path
        The firm's.
    settings : Settings
        As they count.

    Returns
    -------
    dict of str to str
        ``digest`` of all adjustable settings as they count; ``file`` of those, and ``access`` of who may do
        what, as the file has them: they stay the same where a new version lets other values count by itself.
    """
    written = tomlkit.parse((folder / "firm.toml").read_text(encoding="utf-8")).unwrap()
    parts = {key: written.get(setting.part, {}) for key, setting in BY_KEY.items()}
    told = {key: setting.of(settings) for key, setting in BY_KEY.items()}
    named = {key: parts[key][each.name] for key, each in BY_KEY.items() if each.name in parts[key]}
    return {"digest": _digest(told), "file": _digest(named), "access": _digest(written.get("access", {}))}


def note_by_hand(firm: Firm) -> None:
    """Note in the ledger, once, where firm.toml says otherwise than the ledger's last word on it.

    Where the ledger has no word on it yet, what stands there is noted as the beginning.
    """
    last: dict[str, str] = {}
    for event in firm.book.events(kinds={"configured"}):
        last.update({name: event.body[name] for name in _PARTS if name in event.body})
    now = versions(firm.folder, firm.settings)
    if not last:
        firm.append([Entry("configured", {"begins": True, **now})])
        return
    changed = [words for name, words in _PARTS.items() if last.get(name, now[name]) != now[name]]
    if changed:
        firm.append([Entry("configured", {"what": f"{' and '.join(changed)}, by hand in firm.toml", **now})])


def _digest(told: object) -> str:
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
