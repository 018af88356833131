"""The labelled cases of linking, with other surnames, places and numbers, and firms to plant them in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.reconcile.link import link
from workbench.sandbox.firm import Recipe, stream

Case = dict[str, Any]
Record = dict[str, Any]
PAIR: Final = ["connectworks_id", "xpm_id"]
CASES: Final = json.loads((Path(__file__).parents[1] / "cases" / "domain_cases.json").read_text("utf-8"))
RECORD_CASES: Final[list[Case]] = [case for table in "ABC" for case in CASES[table]]

# Surnames and first words of the cases, as they are written there; a macron stays where it stood.
_STEMS: Final = (
    *("Smithson", "Tane", "Hale", "Ngāta", "Ngata", "Paraone", "Beech", "Oakes", "Rewi", "Finch", "Leod"),
    *("Faatest", "Fa'atest", "Fa’atest", "Faʻatest", "Wang", "Kaur", "Berg", "berg", "Tūī", "Tui", "Kauri"),
    *("Pōhutukawa", "Pohutukawa", "Harbour", "Rata", "Weka", "Kea", "Moa", "Nīkau", "Nikau", "Aroha", "Bean"),
    *("Tahi", "Hollow", "Fernside", "Torea", "Matuku", "Kotare", "Test", "Builds"),
)
_MACRONS: Final = str.maketrans("āēīōūĀĒĪŌŪ", "aeiouAEIOU")
_ADD_MACRONS: Final = str.maketrans("aeiou", "āēīōū")
_SIGNS: Final = "'’ʻ"
_TENS: Final = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_DIGITS: Final = {"nzbn", "company_number", "abn", "tax_number", "primary_phone", "other_phone"}
_STARTS: Final = ("B", "D", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "W")


def substituted(case: Case, turn: int) -> Case:
    """Give a case with other surnames, places and numbers; the nth turn gives the same ones every time.

    Parameters
    ----------
    case : dict
        As labelled.
    turn : int
        From 1 on; 0 gives the case as it stands.
    """
    if turn == 0:
        return case
    place = RECORD_CASES.index(case)
    write = _writer(turn * len(RECORD_CASES) + place)
    return case | {side: [write(record) for record in case[side]] for side in ("left", "right")}


def planted(frame_pair: tuple[pd.DataFrame, pd.DataFrame], cases: list[Case], swapped: bool) -> pd.DataFrame:
    """Link a firm with the records of some cases added; the candidates' columns are as without swapping."""
    sides = [
        pd.concat([frame, pd.DataFrame([record for case in cases for record in case[side]], dtype="str")])
        for frame, side in zip(frame_pair, ("left", "right"), strict=True)
    ]
    standing = [
        (case["left"][i]["client_id"], case["right"][j]["client_id"])
        for case in cases
        for i, j in case.get("links", ())
    ]
    links = pd.DataFrame(standing, columns=PAIR[::-1] if swapped else PAIR)
    found = link(*(sides[::-1] if swapped else sides), links=links)
    return found.rename(columns=dict(zip(PAIR, PAIR[::-1], strict=True))) if swapped else found


def without_namesakes(
    frame_pair: tuple[pd.DataFrame, pd.DataFrame], case: Case
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out of a firm whoever bears a surname or first word of a case.

    A case as it is written holds “if unique”: a firm's own Smithson Family Trust makes it another case.
    """
    told = json.dumps([case["left"], case["right"]], ensure_ascii=False)
    stems = {stem.translate(_MACRONS).lower() for stem in _STEMS if stem in told}
    if not stems:
        return frame_pair
    pattern = re.compile("|".join(map(re.escape, sorted(stems))))
    left, right = (
        frame[~frame["legal_name"].fillna("").str.translate(_MACRONS).str.lower().str.contains(pattern)]
        for frame in frame_pair
    )
    return left, right


def unlike_label(case: Case, found: pd.DataFrame) -> list[str]:
    """Name the pairs of a case that do not have their label."""
    return [
        f"{case['id']}: {left} {right} is {said}, not {expected}"
        for i, j, expected in case["pairs"]
        for left, right in [(case["left"][i]["client_id"], case["right"][j]["client_id"])]
        if (said := label(found, left, right)) != expected
        # Nobody's best and below one half, a pair in review is a pair to look at, and no match.
        and not (said == "weak" and expected != "link")
    ]


def label(found: pd.DataFrame, left: str, right: str) -> str:
    """Read a pair's label: link, review or absent; a review below one half and nobody's best is weak."""
    row = found[(found["connectworks_id"] == left) & (found["xpm_id"] == right)]
    if row.empty:
        return "absent"
    said = str(row["verdict"].iloc[0])
    return "weak" if said == "review" and float(row["probability"].iloc[0]) < 0.5 else said


def firm_frames(recipe: Recipe) -> tuple[tuple[pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """Give an invented firm's two sides, and the truth about which records belong together."""
    rows: dict[str, list[Record]] = {"connectworks": [], "xpm": []}
    truth: list[Record] = []
    for written in stream(recipe):
        doubled = (side for _, side in (*written.doubles, *written.twins))
        for side in (*written.connectworks.values(), *written.xpm.values(), *doubled):
            rows[str(side.row["side"])].append(dict(side.row))
        truth += [dict(row) for row in written.truth if row["row"] != "difference"]
    left, right = (pd.DataFrame(side, dtype="str") for side in rows.values())
    return (left, right), pd.DataFrame(truth)


def surname(number: int) -> str:
    """Give an invented surname; the nth is the same every time."""
    return _stem("Smithson", number)


def _writer(number: int) -> Callable[[Record], Record]:
    """Make what writes one case's records anew: equal values stay equal, different ones different."""
    stems = {stem: _stem(stem, number) for stem in _STEMS}
    pattern = re.compile("|".join(sorted(map(re.escape, stems), key=len, reverse=True)))

    def names(text: str) -> str:
        text = pattern.sub(lambda found: stems[found.group()], text)
        text = re.sub(r"\b(?:20\d\d)\b", lambda found: str(1950 + (int(found.group()) + number) % 70), text)
        text = re.sub(r"(?<=No )\d|(?<=No\. )\d", lambda found: str(int(found.group()) + number % 7), text)
        tens = number % len(_TENS)
        return text.replace("180", f"1{tens + 2}0").replace("Eighty", _TENS[tens])

    def write(record: Record) -> Record:
        written = dict(record)
        for field, value in record.items():
            if field in _DIGITS:
                written[field] = _other_digits(value, number)
            elif field == "date_of_birth":
                written[field] = value[:-1] + str((int(value[-1]) + number) % 10)
            elif field == "email":
                written[field] = value.replace("@", f"{number}@")
            elif field.endswith(("_name", "_lines")):
                written[field] = names(value)
        return written

    return write


def _stem(stem: str, number: int) -> str:
    """Give another word of the same make: its capital, macrons and signs stay of their kind."""
    if stem == "berg":
        return _stem("Berg", number).lower()
    plain = stem.translate(_MACRONS)
    bare = "".join(letter for letter in plain if letter not in _SIGNS)
    seed = number * 31 + sum(map(ord, bare)) * 17
    parts = ("lo", "ri", "ma", "ke", "tu", "pa", "ne", "wi", "so", "ha")
    word = _STARTS[seed % len(_STARTS)].lower() + "".join(
        ("a", "o", "e")[seed // 3 % 3] if place == 0 else parts[seed // 7**place % len(parts)]
        for place in range(4)
    )
    sign = next((letter for letter in stem if letter in _SIGNS), "")
    word = word[:2] + sign + word[2:]
    if plain != stem:
        word = word[:3] + word[3:].translate(_ADD_MACRONS)
    return word.capitalize() if bare[0].isupper() else word


def _other_digits(text: str, number: int) -> str:
    """Turn each of the last six digits by the same steps, whatever stands between them."""
    left, steps = 6, number
    result = []
    for letter in reversed(text):
        if letter.isdigit() and left:
            letter, left, steps = str((int(letter) + steps) % 10), left - 1, steps // 10 + 3 * left
        result.append(letter)
    return "".join(reversed(result))
