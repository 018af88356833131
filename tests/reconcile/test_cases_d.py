"""The labelled field cases, each by its id, in both directions."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.fields import ADDRESS_PARTS
from workbench.domain.frames import BASELINE, Clients, frame_of, link_id
from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare

sys.path.insert(0, str(Path(__file__).parent))

from often import often

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "domain_cases.json").read_text(encoding="utf-8")
)["D"]
SLIPS = {
    "transposed": {"two digits swapped", "two letters swapped"},
    "swapped": {"primary and other phone swapped", "physical and postal swapped"},
}
TOLD = {"zero_eaten", "own_domain", "email_from_contact"}
ACROSS = {"to_xpm": "to_connectworks", "to_connectworks": "to_xpm", None: None}


def record(case: dict[str, Any], side: str) -> dict[str, Any]:
    """Lay one side of a case out as a row of a clients frame."""
    row = {"client_id": side, "country": case["context"].get("country"), "legal_name": "Kauri Limited"}
    row |= case["context"].get(f"{side}_record", {})
    row[case["field"]] = case[side]
    for name in [name for name in row if name.endswith("_address")]:
        parts = row.pop(name) or {}
        row |= {f"{name.removesuffix('address')}{part}": parts.get(part) for part in ADDRESS_PARTS}
    return row


def compared(case: dict[str, Any], connectworks: str, xpm: str) -> dict[str, Any]:
    """Compare one case, one of its sides as Connectworks and one as XPM."""
    context = case["context"]
    clients = Clients(pd.DataFrame([record(case, connectworks)]), pd.DataFrame([record(case, xpm)]))
    links = pd.DataFrame([{"connectworks_id": connectworks, "xpm_id": xpm}])
    baseline = None
    if was := context.get("baseline"):
        pair = (
            (was["connectworks"], was["xpm"]) if connectworks == "left" else (was["xpm"], was["connectworks"])
        )
        row = {"link_id": link_id(connectworks, xpm), "field": case["field"]}
        baseline = frame_of([row | {"connectworks": pair[0], "xpm": pair[1]}], BASELINE)
    settings = CompareSettings(**context.get("settings", {}))
    differences = compare(clients, links, baseline, settings=settings)
    found = differences[differences["field"] == case["field"]].iloc[0]
    return {name: None if pd.isna(value) else value for name, value in found.items()}


def check_words(case: dict[str, Any], found: dict[str, Any]) -> None:
    """Hold the words of a row against what the case expects, whichever side is which."""
    assert found["kind"] == case["kind"]
    assert set((found["warnings"] or "").split("; ")) & TOLD == set(case["warn"])
    if case["slip"]:
        assert found["slip"] in SLIPS[case["slip"]]
    else:
        assert found["slip"] not in SLIPS["transposed"] | SLIPS["swapped"]
    if "reason" in case:
        assert case["reason"] in found["reason"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_field_case(case: dict[str, Any]) -> None:
    """Each labelled pair of values is of the kind, and warned of, as a careful person would say."""
    found = compared(case, "left", "right")
    check_words(case, found)
    if "richer" in case:
        assert found["richer"] == case["richer"]
    if "suggestion" in case:
        assert found["suggestion"] == case["suggestion"]


# XPM alone falls back to a contact's email: this one case has no mirror.
MIRRORED = [case for case in CASES if case["id"] != "D41"]


@pytest.mark.parametrize("case", MIRRORED, ids=lambda case: case["id"])
def test_field_case_with_sides_swapped(case: dict[str, Any]) -> None:
    """Which system holds which of the two values changes only the side that is named."""
    found = compared(case, "right", "left")
    check_words(case, found)
    if "richer" in case:
        assert found["richer"] == {"xpm": "connectworks", "connectworks": "xpm"}[case["richer"]]
    if "suggestion" in case:
        assert found["suggestion"] == ACROSS[case["suggestion"]]


# What was agreed decides these; here only the two values count.
DIFFERING = [case for case in CASES if case["kind"] == "different" and not case["context"].get("baseline")]
DRESSES = st.tuples(
    st.sampled_from([str, str.upper, str.lower, str.title]), st.sampled_from(["{}", " {} ", "{}\t"])
)


def dressed(value: Any, dress: tuple[Callable[[str], str], str], capitals: bool) -> Any:
    """Write a value with other capitals and spaces around it; an address part by part."""
    if isinstance(value, dict):
        return {part: dressed(text, dress, capitals) for part, text in value.items()}
    if value is None:
        return None
    return dress[1].format(dress[0](value) if capitals else value).replace(" ", "  ")


@given(st.sampled_from(DIFFERING), DRESSES, DRESSES)
@settings(max_examples=often(10))
def test_no_normal_form_loses_what_tells_two_values_apart(case: dict[str, Any], one: Any, other: Any) -> None:
    """Values that differ still do, however both are dressed in capitals and spaces."""
    capitals = case["field"] != "website"  # a server may tell capitals of a path apart
    worn = {
        **case,
        "left": dressed(case["left"], one, capitals),
        "right": dressed(case["right"], other, capitals),
    }
    assert compared(worn, "left", "right")["kind"] not in ("same", "cosmetic", "fill")
