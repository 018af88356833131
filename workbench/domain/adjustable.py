"""Which of a firm's settings an administrator changes on the screens, and how each is asked for and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from workbench.domain.errors import BadInput
from workbench.domain.settings import Settings

SettingValue = str | int | float | tuple[str, ...] | None
"""A setting's value; None where the file does not name it and nothing stands in its place."""


@dataclass(frozen=True, slots=True)
class Adjustable:
    """One setting.

    Parameters
    ----------
    part, name : str
        Where it stands in firm.toml.
    label : str
        What people call it.
    kind : str
        ``text``, ``number``, ``share`` (typed in per cent), ``names`` (parted by semicolons), ``choice`` (one
        of `choices`) or ``several`` (any of them).
    hint : str
        What it does, in one line.
    unset : str
        What counts where it is left empty; '' where it may not be.
    choices : mapping
        Value to words.
    private : bool
        Whether its value is personal, and so told by no sentence.
    """

    part: str
    name: str
    label: str
    kind: Literal["text", "number", "share", "names", "choice", "several"] = "text"
    hint: str = ""
    unset: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    private: bool = False

    @property
    def key(self) -> str:
        """Its whole name."""
        return f"{self.part}.{self.name}"

    def of(self, settings: Settings) -> SettingValue:
        """Give its value."""
        value: SettingValue = getattr(getattr(settings, self.part), self.name)
        return value

    def typed(self, value: SettingValue) -> str:
        """Give a value as it stands in a box."""
        if value is None:
            return ""
        if isinstance(value, tuple):
            return "; ".join(value)
        return f"{float(value) * 100:g}" if self.kind == "share" else str(value)

    def in_words(self, value: SettingValue) -> str:
        """Say a value."""
        if isinstance(value, tuple):
            return ", ".join(self.choices.get(each, each) for each in value) or self.unset or "none"
        if value is None:
            return self.unset
        return (
            f"{float(value) * 100:g} %" if self.kind == "share" else self.choices.get(str(value), str(value))
        )

    def read(self, text: str) -> SettingValue:
        """Read what was typed.

        Raises
        ------
        BadInput
            If a number is wanted and something else was typed.
        """
        text = text.strip()
        if self.kind in ("names", "several"):
            return tuple(each.strip() for each in text.split(";") if each.strip())
        if not text and self.unset:
            return None
        if self.kind not in ("number", "share"):
            return text
        try:
            return int(text.replace(",", "")) if self.kind == "number" else float(text.rstrip(" %")) / 100
        except ValueError:
            wanted = "a whole number" if self.kind == "number" else "a number of per cent"
            raise BadInput(f"{self.label}: “{text}” is not {wanted}.", "Type digits only.") from None


ADJUSTABLE: Final[tuple[tuple[str, tuple[Adjustable, ...]], ...]] = (
    (
        "The firm",
        (
            Adjustable("firm", "name", "Name"),
            Adjustable(
                "firm",
                "home_country",
                "Home country",
                "choice",
                "How phones and addresses that name no country are read.",
                choices={"NZ": "New Zealand", "AU": "Australia"},
            ),
            Adjustable("firm", "time_zone", "Time zone", hint="Times are shown in it."),
            Adjustable(
                "firm",
                "own_domains",
                "Own mail domains",
                "names",
                "A client should not have an address here. Several are parted by semicolons.",
            ),
            Adjustable(
                "firm",
                "own_addresses",
                "Own offices and boxes",
                "names",
                "Seldom a client’s own address. Each in one line, several parted by semicolons.",
                private=True,
            ),
        ),
    ),
    (
        "Filters and queues",
        (
            Adjustable(
                "xpm",
                "custom_fields",
                "Custom fields of XPM",
                "names",
                "As XPM calls them, parted by semicolons. What reading them costs then stands in Overview.",
            ),
        ),
    ),
    (
        "Linking",
        (
            Adjustable(
                "link",
                "link_at",
                "Suggest a link from, in %",
                "share",
                "How sure linking must be before it suggests; nothing is linked by itself.",
                unset="90 %",
            ),
            Adjustable(
                "link",
                "review_at",
                "Show a pair from, in %",
                "share",
                "Below this a pair is not shown at all.",
            ),
        ),
    ),
    (
        "Scheduled runs",
        (
            Adjustable(
                "run",
                "cap",
                "Write at most, values in one run",
                "number",
                "Where more would follow, none is written and a person is needed.",
            ),
            Adjustable(
                "run",
                "safe_rules",
                "Follow by itself",
                "several",
                "Nothing, unless ticked here; never a difference with a warning.",
                unset="nothing",
                choices={
                    "fill_blanks": "fill blanks",
                    "one_side_changed": "changes on one side only",
                    "firm_rules": "the firm’s rules",
                },
            ),
        ),
    ),
    (
        "How long things are kept",
        (
            Adjustable(
                "retention",
                "snapshot_days",
                "What was read from both systems, days",
                "number",
                "What the screens stand on is kept in any case.",
            ),
            Adjustable(
                "retention",
                "value_days",
                "Values in the history, days",
                "number",
                "A push whose values have gone cannot be undone. Empty: for good.",
                unset="for good",
            ),
            Adjustable(
                "retention",
                "run_days",
                "Reports of scheduled runs, days",
                "number",
                "Empty: for good.",
                unset="for good",
            ),
        ),
    ),
    (
        "Pace of XPM",
        (
            Adjustable(
                "xpm",
                "calls_per_min",
                "Calls a minute",
                "number",
                "Never above what Xero allows the practice.",
            ),
            Adjustable("xpm", "calls_per_day", "Calls a day", "number"),
        ),
    ),
)
"""In the order in which they are shown, in groups."""
BY_KEY: Final[Mapping[str, Adjustable]] = {each.key: each for _, group in ADJUSTABLE for each in group}


def change_in_words(setting: Adjustable, before: Any, after: Any) -> str:
    """Say a change in one line; of a personal value only that it changed."""
    if setting.private:
        return f"{setting.label} changed"
    return f"{setting.label}: {setting.in_words(before)} → {setting.in_words(after)}"
