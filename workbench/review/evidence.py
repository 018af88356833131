"""Why two records may be the same client, in words and bars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import BY_NAME, label_of
from workbench.domain.percent import percent
from workbench.review.pieces import bar
from workbench.review.tree import Node, h

BANDS: Final = (
    ("almost certain", 0.99),
    ("very likely", 0.9),
    ("likely", 0.5),
    ("possible", 0.1),
    ("unlikely", 0.0),
)
_STRONG_BITS: Final = 12.0
_WORTH_SAYING_BITS: Final = 0.5
_PIECES: Final = 6
_PHONES: Final = ("primary_phone", "other_phone")
# What a piece of evidence was read from, where that is more or other than the column of its name.
_READ_FROM: Final = {"phone": _PHONES, "primary_phone": _PHONES, "other_phone": _PHONES}
_LEGIBLE: Final = ("email", "phone", *_PHONES, "website", "company_number", "nzbn", "abn")
Card = Mapping[str, Any]


def band_of(probability: float) -> str:
    """Give the word for a match probability (0 to 1)."""
    return next(name for name, least in BANDS if probability >= least)


def evidence_of(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    """Read a candidate's evidence: a list of field, bits (positive speaks for it) and words."""
    told = candidate.get("evidence")
    read = json.loads(told) if isinstance(told, str) and told else []
    return [e for e in read if isinstance(e, dict)]


def evidence_told(candidate: dict[str, Any]) -> str:
    """Tell in a line what speaks for a candidate, then what speaks against it; weak pieces stay out."""
    pieces = sorted(filter(_worth_saying, evidence_of(candidate)), key=lambda e: -float(e["bits"]))
    return _sentence("; ".join(map(_words, pieces)))


def evidence_view(candidate: dict[str, Any], mine: Card, theirs: Card) -> Node:
    """Show a candidate's probability as a word and a bar, and its evidence field by field.

    Parameters
    ----------
    candidate : dict
        The candidate's row.
    mine, theirs : mapping
        Both clients' rows: what is not hidden of them stands beside what it says.
    """
    probability = float(candidate["probability"] or 0)
    word = band_of(probability).capitalize()
    evidence = sorted(filter(_worth_saying, evidence_of(candidate)), key=lambda e: -abs(float(e["bits"])))
    contradiction = candidate.get("contradiction")
    return h(
        "div",
        h("p", h("strong", word), bar(probability, f"{word}: {percent(probability)}"), class_="likelihood"),
        h("p", f"⚠ {_sentence(contradiction)}", class_="warning") if contradiction else None,
        h("ul", [_line(e, mine, theirs) for e in evidence[:_PIECES]], class_="evidence"),
    )


def steps_view(waterfall: pd.DataFrame) -> Node:
    """Show evidence as steps from “Before comparing” to “Together”, each beginning where the last one ended.

    Parameters
    ----------
    waterfall : pandas.DataFrame
        label, bits, total and words of each piece.
    """
    bits, ends = waterfall["bits"].tolist(), waterfall["total"].tolist()
    whole = ends[-1] if ends else 0.0
    steps = [*zip(waterfall["label"], [0.0, *ends[:-1]], bits, waterfall["words"], strict=True)]
    low, high = min(0.0, *ends, -1.0), max(0.0, *ends, 1.0)
    drawn = [_step(*step, low, high) for step in [*steps, ("Together", 0.0, whole, "")]]
    return h("ol", drawn, class_="steps", aria_label="Evidence in bits")


def _step(label: str, start: float, bits: float, words: str, low: float, high: float) -> Node:
    whole, first = high - low, min(start, start + bits)
    look = "whole" if not words else "for" if bits > 0 else "against"
    return h(
        "li",
        h("span", label),
        h(
            "span",
            h("span", class_="step-zero", from_=-low / whole),
            h("span", class_=f"step-fill {look}", from_=(first - low) / whole, level=abs(bits) / whole),
            class_="step",
            aria_hidden="true",
        ),
        h("span", f"{bits:+.1f}".replace("-", "−"), class_="step-bits"),
        h("span", words.removeprefix(f"{label.lower()}: "), class_="muted"),
    )


def _worth_saying(piece: dict[str, Any]) -> bool:
    return piece.get("field") != "prior" and abs(float(piece.get("bits") or 0)) >= _WORTH_SAYING_BITS


def _line(piece: dict[str, Any], mine: Card, theirs: Card) -> Node:
    bits = float(piece.get("bits") or 0)
    speaks = "for" if bits > 0 else "against"
    strength = abs(bits) / _STRONG_BITS
    field = str(piece.get("field") or "")
    words = _sentence(_words(piece))
    values = _values(field, mine, theirs)
    return h(
        "li",
        bar(strength, f"speaks {speaks} it", speaks),
        h("span", "+ " if bits > 0 else "− ", class_="sign"),
        h("span", words, h("span", f": {values}", class_="compared") if values else None),
        class_=speaks,
    )


def _values(field: str, mine: Card, theirs: Card) -> str:
    """Give both values that were compared, or the one that is the same; nothing of a hidden field."""
    if field not in _LEGIBLE or (field in BY_NAME and BY_NAME[field].masked):
        return ""
    columns = _READ_FROM.get(field, (field,))
    both = ([" ".join(card[c].split()) for c in columns if card.get(c)] for card in (mine, theirs))
    one, other = (" and ".join(values) for values in both)
    if not one or not other:
        return ""
    return one if one == other else f"{one} ↔ {other}"


def _words(piece: dict[str, Any]) -> str:
    return str(piece.get("words") or label_of(str(piece.get("field") or "")))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
