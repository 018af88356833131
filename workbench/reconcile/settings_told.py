"""A firm's settings in words, for whoever administers them; nothing secret stands in them."""

from __future__ import annotations

from workbench.domain.fields import label_of
from workbench.domain.settings import RuleSettings, Settings

Lines = list[tuple[str, str]]
_OWNERS = {
    "connectworks": "Connectworks is followed",
    "xpm": "XPM is followed",
    "fill_only": "only blanks are filled",
    "ask": "the client is asked",
    "never": "it is left alone",
}


def told_settings(settings: Settings) -> list[tuple[str, Lines]]:
    """Say what firm.toml says, section by section.

    Parameters
    ----------
    settings : Settings
        The firm's.
    """
    firm, link = settings.firm, settings.link
    here: Lines = [
        ("Name", firm.name),
        ("Home country", firm.home_country),
        ("Time zone", firm.time_zone),
        ("Own mail domains", ", ".join(firm.own_domains) or "none named"),
        (
            "Sign-ins are kept in",
            {"keyring": "the system’s keyring", "file": "an encrypted file"}.get(
                settings.vault, "the worker’s memory only"
            ),
        ),
    ]
    reached: Lines = [
        ("Connectworks", str(settings.connectworks.base_url)),
        ("XPM", str(settings.xpm.base_url)),
        ("Pace", f"{settings.xpm.calls_per_min:,} calls a minute, {settings.xpm.calls_per_day:,} a day"),
        (
            "Other phone in XPM",
            {"mobile": "the contact’s mobile", "fax": "the client’s fax"}.get(
                settings.xpm.other_phone, "not kept"
            ),
        ),
    ]
    linking: Lines = [
        ("Suggested from", f"{link.line:.0%}"),
        ("Shown from", f"{link.review_at:.0%}"),
    ]
    rules = [_rule(rule) for rule in settings.rules] or [
        ("Rules", "none: every difference is decided by hand")
    ]
    return [
        ("The firm", here),
        ("The two systems", reached),
        ("Linking", linking),
        ("Rules of the firm", rules),
    ]


def _rule(rule: RuleSettings) -> tuple[str, str]:
    whose = [*(kind.replace("_", " ") for kind in rule.entity_types)]
    whose += [f"partner {rule.partner}"] if rule.partner else []
    whose += [f"group {rule.group}"] if rule.group else []
    of = f" (of {', '.join(whose)})" if whose else ""
    return label_of(rule.field) + of, _OWNERS[rule.owner]
