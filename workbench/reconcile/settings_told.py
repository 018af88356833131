"""Those of a firm's settings that no screen changes, in words; nothing secret stands in them."""

from __future__ import annotations

from workbench.domain.fields import label_of
from workbench.domain.settings import ConnectworksSettings, RuleSettings, Settings, XpmSettings

Lines = list[tuple[str, str]]
_OWNERS = {
    "connectworks": "Connectworks is followed",
    "xpm": "XPM is followed",
    "fill_only": "only blanks are filled",
    "ask": "the client is asked",
    "never": "it is left alone",
}


def told_settings(settings: Settings) -> list[tuple[str, Lines]]:
    """Say what firm.toml says of what is changed there alone, section by section.

    Parameters
    ----------
    settings : Settings
        The firm's.
    """
    return [("The two systems", _systems(settings)), ("Rules of the firm", _rules(settings))]


def _systems(settings: Settings) -> Lines:
    xpm = settings.xpm
    lines = [
        (label, f"{_reached(side)}; {'may be written to' if side.write else 'is never written to'}")
        for label, side in (("Connectworks", settings.connectworks), ("XPM", xpm))
    ]
    phones = {"mobile": "the contact’s mobile", "fax": "the client’s fax"}
    vaults = {"keyring": "the system’s keyring", "file": "an encrypted file"}
    return [
        *lines,
        ("Other phone in XPM", phones.get(xpm.other_phone, "not kept")),
        ("Sign-ins are kept in", vaults.get(settings.vault, "the worker’s memory only")),
    ]


def _reached(side: ConnectworksSettings | XpmSettings) -> str:
    return "by exports that a person saves" if side.access == "files" else str(side.base_url)


def _rules(settings: Settings) -> Lines:
    return [_rule(rule) for rule in settings.rules] or [
        ("Rules", "none: every difference is decided by hand")
    ]


def _rule(rule: RuleSettings) -> tuple[str, str]:
    whose = [*(kind.replace("_", " ") for kind in rule.entity_types)]
    whose += [f"partner {rule.partner}"] if rule.partner else []
    whose += [f"group {rule.group}"] if rule.group else []
    of = f" (of {', '.join(whose)})" if whose else ""
    return label_of(rule.field) + of, _OWNERS[rule.owner]
