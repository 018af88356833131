"""The labelled cases are one file that other tests read: its shape and its invented numbers are held here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from stdnum import ean
from stdnum.au import abn, acn
from stdnum.nz import ird

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("domain_cases.json").read_text(encoding="utf-8")
)
RECORD_CASES = [case for table in "ABC" for case in CASES[table]]
COLUMNS = {
    "client_id", "nature", "entity_type", "entity_subtype", "lifecycle", "country", "deceased",
    "legal_name", "trading_name", "first_name", "middle_name", "last_name", "groups", "email",
    "primary_phone", "other_phone", "physical_lines", "physical_city", "physical_postcode",
    "physical_country", "date_of_birth", "company_number", "nzbn", "abn", "tax_number", "linked_id",
}  # fmt: skip
KINDS = {"same", "cosmetic", "fill", "different", "conflict", "bad", "not_comparable"}
PARTS = {"lines", "suburb", "city", "region", "postcode", "country"}


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def records() -> list[dict[str, Any]]:
    return [record for case in RECORD_CASES for record in case["left"] + case["right"]]


@pytest.mark.parametrize(("table", "last"), [("A", 40), ("B", 26), ("C", 7), ("D", 59)])
def test_every_case_is_present_once(table: str, last: int) -> None:
    """No labelled case is missing and no id appears twice."""
    ids = [case["id"] for case in CASES[table]]
    assert len(ids) == len(set(ids))
    assert {f"{table}{n}" for n in range(1, last + 1)} <= set(ids)


@pytest.mark.parametrize("case", RECORD_CASES, ids=lambda case: case["id"])
def test_records_and_pairs_are_well_formed(case: dict[str, Any]) -> None:
    """Records use canonical columns only, with unique ids, and each expected pair points at two of them."""
    for side in ("left", "right"):
        assert len({record["client_id"] for record in case[side]}) == len(case[side]) > 0
        for record in case[side]:
            assert set(record) <= COLUMNS
            assert {"client_id", "nature", "entity_type", "lifecycle", "legal_name", "country"} <= set(record)
    assert case["label"] in {"link", "review", "absent"}
    assert case["pairs"] or case["scores"]
    for left, right, verdict in case["pairs"]:
        assert left < len(case["left"])
        assert right < len(case["right"])
        assert verdict in {"link", "review", "absent"}


@pytest.mark.parametrize("case", CASES["D"], ids=lambda case: case["id"])
def test_field_cases_are_well_formed(case: dict[str, Any]) -> None:
    """A field case names one kind, and gives an address as its six parts."""
    assert case["kind"] in KINDS
    assert case["slip"] in {None, "transposed", "swapped"}
    if case["field"].endswith("_address"):
        assert all(value is None or set(value) == PARTS for value in (case["left"], case["right"]))


def test_numbers_cannot_belong_to_anyone() -> None:
    """Business and tax numbers fail their check digits or lie outside what is issued."""
    for record in records():
        if number := record.get("nzbn"):
            assert not ean.is_valid(digits(number))
        if number := record.get("abn"):
            assert not abn.is_valid(digits(number))
        if record["country"] == "AU" and (number := record.get("company_number")):
            assert not acn.is_valid(digits(number))
        if (number := record.get("tax_number")) and "*" not in number:
            assert record["country"] == "NZ"
            assert digits(number).startswith("9")
            assert not ird.is_valid(digits(number))


def test_phones_and_domains_are_reserved_for_fiction() -> None:
    """Phones use 555 or the Australian drama ranges; mailboxes end in .example."""
    for record in records():
        for column in ("primary_phone", "other_phone"):
            assert "555" in record.get(column, "555")
        assert record.get("email", "x.example").endswith(".example")
