"""Several hundred pairs of values, as offices write them: what a careful person says of each."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.domain.fields import ADDRESS_PARTS
from workbench.domain.frames import Clients
from workbench.reconcile.compare import compare

VALUES = Path(__file__).parents[1] / "cases" / "field_values.json"
CASES: list[dict[str, Any]] = json.loads(VALUES.read_text(encoding="utf-8"))
OTHER = {"left": "right", "right": "left"}
Said = dict[str, str | None]
NOTHING_TO_SAY: Said = dict.fromkeys(("kind", "slip", "richer")) | {"kind": "same"}


def record(place: int, side: str) -> dict[str, Any]:
    """Lay one side of a case out as a client that has nothing else to compare."""
    case = CASES[place]
    field, value = case["field"], case[side]
    row = {
        "client_id": f"{place:03d}",
        "country": case.get("country", "NZ"),
        "entity_type": case.get("type", "company"),
        "legal_name": f"Kauri {place} Limited",
    }
    if not field.endswith("_address"):
        return row | {field: value}
    parts = value if isinstance(value, dict) else {"lines": value}
    return row | {f"{field.removesuffix('address')}{part}": parts.get(part) for part in ADDRESS_PARTS}


@cache
def compared(first: str) -> list[Said]:
    """Compare all cases, the side called `first` as Connectworks; `richer` is told by the cases' sides."""
    sides = [pd.DataFrame([record(at, side) for at in range(len(CASES))]) for side in (first, OTHER[first])]
    links = pd.DataFrame({"connectworks_id": sides[0]["client_id"], "xpm_id": sides[1]["client_id"]})
    of_system = {"connectworks": first, "xpm": OTHER[first]}
    found = {
        (row["connectworks_id"], row["field"]): {
            "kind": row["kind"],
            "slip": row["slip"] if isinstance(row["slip"], str) else None,
            "richer": of_system.get(row["richer"]),
        }
        for row in compare(Clients(*sides), links).to_dict("records")
    }
    return [found.get((f"{at:03d}", case["field"]), NOTHING_TO_SAY) for at, case in enumerate(CASES)]


@pytest.mark.parametrize("place", range(len(CASES)), ids=[f"{at}-{c['field']}" for at, c in enumerate(CASES)])
def test_two_values_are_what_a_careful_person_says(place: int) -> None:
    """Whichever system holds which value: the same, dress, a gap, a difference or unfit; a slip is named."""
    case = CASES[place]
    expected = {name: case[name] for name in ("kind", "slip", "richer") if name in case}
    for first in OTHER:
        said = compared(first)[place]
        assert {name: said[name] for name in expected} == expected, (case["left"], case["right"])
