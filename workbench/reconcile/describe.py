"""What a differences frame says of one cell: kind, pattern, warnings, suggestion and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from workbench.domain.fields import PUSHABLE, SIDE_LABELS, SIDES
from workbench.domain.records import canonical
from workbench.domain.settings import RuleSettings
from workbench.domain.swaps import SWAPS
from workbench.domain.warnings import bar
from workbench.reconcile import contrasts, days, patterns, rules
from workbench.reconcile.agreed import Agreed
from workbench.reconcile.cautions import Cautions
from workbench.reconcile.suggest import TO, Situation, Suggestion, mover, suggest
from workbench.reconcile.verdicts import Habits, Verdict, judge

ALIKE: Final = ("same", "cosmetic")


class Cell(NamedTuple):
    """One field of one link, with all that is known of it."""

    link_id: str
    connectworks: str | None
    xpm: str | None
    verdict: Verdict
    cautions: Cautions
    absence: str | None
    rule: RuleSettings | None


class When(NamedTuple):
    """When things happened: the time zone in which days are told, and the spans in which values moved."""

    zone: str
    spans: Mapping[tuple[str, str, str], tuple[str, str]]

    def moved(self, link_id: str, field: str) -> tuple[str, str]:
        """Say per side when its value moved; '' where nobody knows."""
        spans = [self.spans.get((link_id, field, side)) for side in SIDES]
        told = [f" {days.between(*span, self.zone)}" if span else "" for span in spans]
        return told[0], told[1]


class Described(NamedTuple):
    """What is said of one cell, beside its ids and values; the columns of a differences frame."""

    kind: str = "same"
    richer: str | None = None
    slip: str | None = None
    pattern: str | None = None
    warnings: str | None = None
    baseline: str | None = None
    suggestion: str | None = None
    reason: str | None = None


_SAME: Final = Described()


def describe(field: str, cell: Cell, base: Agreed | None, when: When) -> Described:
    """Describe one field of one link.

    Parameters
    ----------
    field : str
        A compared field.
    cell : Cell
        Both values and what is known of them.
    base : Agreed or None
        The last agreed pair of values.
    when : When
        By which days are told.
    """
    if cell.absence:
        return Described("not_comparable", reason=cell.absence)
    verdict = _with_source(cell)
    if verdict.kind == "same" and base is None:
        return _SAME
    who = _mover(field, cell, base)
    now = _situation(field, cell, verdict, base, who, when)
    said = suggest(now)
    ruled = rules.apply(cell.rule, now, said) if cell.rule else said
    warnings = _warnings(said.kind, verdict, cell.cautions)
    return Described(
        said.kind,
        verdict.richer,
        verdict.slip,
        _ruled(_pattern(field, said.kind, who, verdict, cell.cautions), cell.rule, said, ruled),
        "; ".join(warnings) or None,
        base and _pair(base),
        ruled.direction,
        ruled.reason,
    )


def same_value(field: str, a: str | None, b: str | None, country: str | None = None) -> bool:
    """Tell whether two received values of a field are equal or only written differently.

    Parameters
    ----------
    field : str
        A compared field.
    a, b : str or None
        As received; an address as canonical JSON.
    country : str or None
        ISO 3166 code by which both are read.
    """
    return judge(field, a or None, b or None, Habits(country), Habits(country)).kind in ALIKE


def _ruled(pattern: str | None, rule: RuleSettings | None, said: Suggestion, ruled: Suggestion) -> str | None:
    """Put what a rule decides otherwise into patterns of the rule's own."""
    if pattern is None or rule is None or ruled.direction == said.direction:
        return pattern
    field, kind, who, change = pattern.split("|", 3)
    named = rules.in_brief(rule)
    # Where a rule takes a suggestion away, what the difference is stays worth knowing.
    parts = (named,) if ruled.direction else (change, named)
    return patterns.name(field, kind, who, "; ".join(filter(None, parts)))


def _pair(base: Agreed) -> str | None:
    if base.lost:
        return None
    return canonical({"connectworks": base.connectworks, "xpm": base.xpm}).decode()


def _with_source(cell: Cell) -> Verdict:
    """Let an email that XPM only takes from the contact be no more than cosmetically equal."""
    if cell.verdict.kind == "same" and cell.cautions.from_contact and cell.xpm is not None:
        return replace(cell.verdict, kind="cosmetic", change="XPM takes it from the primary contact")
    return cell.verdict


def _mover(field: str, cell: Cell, base: Agreed | None) -> str:
    if base is None or base.lost:
        return "unknown"
    was = (base.connectworks, base.xpm)
    now = (cell.connectworks, cell.xpm)
    anew = [a != b for a, b in zip(was, now, strict=True)]
    # What was only written anew has not moved.
    left = [new and not same_value(field, a, b) for new, a, b in zip(anew, was, now, strict=True)]
    if not any(left) and cell.verdict.kind not in ALIKE and any(anew) and same_value(field, *was):
        left = anew  # a suburb added where none stood is no move, until the other side has another one
    return mover(*left)


def _situation(
    field: str,
    cell: Cell,
    verdict: Verdict,
    base: Agreed | None,
    who: str,
    when: When,
) -> Situation:
    usable, allowed = verdict.usable, cell.cautions.sendable
    return Situation(
        kind=verdict.kind,
        mover=who,
        blank=verdict.blank,
        sendable=(usable[0] and allowed[0], usable[1] and allowed[1]),
        pushable=field in PUSHABLE,
        was_blank=base is not None and not base.connectworks and not base.xpm,
        when=when.moved(cell.link_id, field),
        agreed_on=days.day(base.at, when.zone) if base and base.at else None,
        lost=base.lost if base else None,
    )


def _warnings(kind: str, verdict: Verdict, known: Cautions) -> tuple[str, ...]:
    if kind == "same":
        return ()
    if kind == "cosmetic":
        return verdict.warnings + (("email_from_contact",) if known.from_contact else ())
    return verdict.warnings + known.warnings


def _pattern(field: str, kind: str, who: str, verdict: Verdict, known: Cautions) -> str | None:
    """Name the kind of change that a cell belongs to."""
    if kind in ("same", "not_comparable"):
        return None
    if kind == "cosmetic":
        return patterns.name(field, kind, who, verdict.change)
    if kind == "bad":
        return patterns.name(field, kind, who, _unfit(verdict))
    if verdict.slip in SWAPS:  # one pattern for both fields
        return patterns.name(SWAPS[verdict.slip][0], kind, who, verdict.slip)
    about = _about(known)
    if any(verdict.blank):
        full = verdict.blank.index(False)
        it = about[full] and f"it {about[full]}"
        barred = bar(TO[SIDES[full]], "; ".join(known.warnings)) and "it cannot be written there"
        unfit = verdict.change if it and not verdict.usable[full] else None
        told = "; ".join(filter(None, (it or verdict.change, unfit, barred)))
        return patterns.name(
            field, kind, who, patterns.filled(SIDES[full], told, cleared=who == SIDES[1 - full])
        )
    return patterns.name(field, kind, who, _contrast(verdict, about))


def _unfit(verdict: Verdict) -> str:
    """Say whose value must not be pushed, and why: the other side's may take its place."""
    unfit = [side for side in SIDES if f"unfit_in_{side}" in verdict.warnings]
    whose = f"{contrasts.WHOSE[unfit[0]]} value" if len(unfit) == 1 else "each value"
    return f"{whose} {verdict.change} and is not fit to be pushed"


def _contrast(verdict: Verdict, about: list[str | None]) -> str | None:
    """Name how two values differ: by a slip if there is one, else by what sort of value each side holds."""
    if slip := _slip(verdict):
        # What is a slip among clients' own values is worth a look where both are somebody else's.
        return f"{slip}; each value {about[0]}" if about[0] and about[0] == about[1] else slip
    if verdict.change and contrasts.ELSE in verdict.change:
        return verdict.change
    seen = [f"{contrasts.WHOSE[SIDES[at]]} value {words}" for at, words in enumerate(about) if words]
    if seen and verdict.change and verdict.change.endswith(contrasts.SOCIAL):
        seen.append(verdict.change)
    return "; ".join(seen) or verdict.change


def _about(known: Cautions) -> list[str | None]:
    """Say per side what other records tell of its value."""
    shared = [
        name and f"is shared by {n:,} clients: {name}"
        for name, n in zip(known.shared, known.sharing, strict=True)
    ]
    return [words or name for words, name in zip(known.about, shared, strict=True)]


def _slip(verdict: Verdict) -> str | None:
    """Name the slip, and the side that says more where one does: it is decided by that side."""
    if verdict.slip and verdict.richer and verdict.kind == "different":
        return f"{verdict.slip}; {SIDE_LABELS[verdict.richer]} says more"
    return verdict.slip
