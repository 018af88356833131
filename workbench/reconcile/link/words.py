"""Evidence told to a person: one plain sentence, and the waterfall's bars."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

LABELS: Final = {
    "prior": "Before comparing",
    "legal_name": "Name",
    "trading_name": "Trading name",
    "nzbn": "NZBN",
    "company_number": "Company number",
    "abn": "ABN",
    "tax_number": "Tax number",
    "tax_last_three": "Last three digits of the tax number",
    "email": "Email",
    "phone": "Phone",
    "address": "Address",
    "website": "Website",
    "date_of_birth": "Date of birth",
    "entity_type": "Type",
    "country": "Country",
    "lifecycle": "State",
}
_SPOKEN: Final = {
    "trading_name": "trading name",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "website": "website",
    "date_of_birth": "date of birth",
    "company_number": "company number",
    "tax_number": "tax number",
    "tax_last_three": "last three digits of the tax number",
    "entity_type": "type",
    "country": "country",
    "lifecycle": "state",
}
_TOLD_WHEN_EQUAL: Final = (
    "nzbn",
    "company_number",
    "abn",
    "tax_number",
    "date_of_birth",
    "email",
    "phone",
    "address",
    "website",
    "tax_last_three",
    "trading_name",
)
Item = Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a pair stands where it stands; shown by itself it is its sentence.

    Parameters
    ----------
    sentence : str
        In plain words.
    waterfall : pandas.DataFrame
        One row per piece of evidence: field, label, bits, total (running sum), words.
    """

    sentence: str
    waterfall: pd.DataFrame

    def __repr__(self) -> str:
        return self.sentence


def in_words(evidence: str | Sequence[Item]) -> str:
    """Tell a pair's evidence in one sentence.

    Parameters
    ----------
    evidence : str or sequence of mapping
        The `evidence` cell of a candidate, or what it holds.

    Returns
    -------
    str
        Such as “Same NZBN and phone; name differs only in its legal form; dates of birth differ.”
    """
    items: Sequence[Item] = json.loads(evidence) if isinstance(evidence, str) else evidence
    by_field = {item["field"]: item for item in items}
    name = by_field.get("legal_name", {}).get("words", "")
    equal = [field for field in _TOLD_WHEN_EQUAL if _is_same(by_field.get(field))]
    told = ["name"] if name == "same name" else []
    told += [_spoken(field) for field in equal]
    parts = [f"same {listed(told)}"] if told else []
    if name and name != "same name":
        parts.append(name if name.startswith(("name", "same", "another", "other")) else f"name: {name}")
    parts += [
        str(item["words"])
        for field, item in by_field.items()
        if field not in ("prior", "legal_name") and not _is_same(item)
    ]
    sentence = "; ".join(parts) or "nothing to go by"
    return sentence[0].upper() + sentence[1:] + "."


def explain(candidate: Mapping[str, Any] | pd.Series) -> Explanation:
    """Explain one candidate: the sentence, and the waterfall from the prior to the match weight.

    Parameters
    ----------
    candidate : mapping or pandas.Series
        One row of a candidates frame.
    """
    items = json.loads(candidate["evidence"])
    sentence = in_words(items)
    doubts = candidate.get("contradiction")
    if isinstance(doubts, str) and doubts:
        sentence += f" To be looked at: {doubts}."
    return Explanation(sentence, waterfall_of(items))


def waterfall_of(items: Sequence[Item]) -> pd.DataFrame:
    """Lay out evidence as steps from the prior to the match weight; no value of a record is in it.

    Parameters
    ----------
    items : sequence of mapping
        What the `evidence` cell of a candidate holds.
    """
    frame = pd.DataFrame(
        {
            "field": [item["field"] for item in items],
            "label": [LABELS.get(item["field"], item["field"]) for item in items],
            "bits": [float(item["bits"]) for item in items],
            "words": [item["words"] for item in items],
        }
    )
    frame.insert(3, "total", frame["bits"].cumsum())
    return frame


def words_for(field: str, bits: float, slip: bool) -> str:
    """Tell what a field's bits mean, where the comparison left no words of its own.

    Parameters
    ----------
    field : str
        A canonical field.
    bits : float
        What it weighs.
    slip : bool
        Whether the values differ by one slip of the keyboard only.
    """
    if bits > 0:
        return f"{'almost the ' if slip else ''}same {_spoken(field)}"
    if field == "lifecycle":
        return "only one of them is active"
    if field == "entity_type":
        return "types differ"
    if slip:
        return f"{_spoken(field)} differs by one slip"
    return f"{_spoken(field)} {'differ' if field == 'tax_last_three' else 'differs'}"


def _is_same(item: Item | None) -> bool:
    return item is not None and item["words"] == f"same {_spoken(item['field'])}"


def _spoken(field: str) -> str:
    return _SPOKEN.get(field, LABELS.get(field, field))


def listed(words: Sequence[str]) -> str:
    """Put words into one list: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
