"""Identifiers compare by their digits; check digits warn and never filter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import identifiers

FIELDS = st.sampled_from(["nzbn", "abn", "company_number", "tax_number"])


@settings(max_examples=100)
@given(FIELDS, st.text(alphabet="0123456789 -.*eE+x", max_size=18))
def test_a_key_of_a_key_is_itself(field: str, text: str) -> None:
    """Taking the comparable form twice changes nothing, and it holds digits only."""
    once = identifiers.key(field, text)
    assert once is None or (once.isdigit() and identifiers.key(field, once) == once)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("nzbn", "94 0000 0000012", "9400000000012"),
        ("abn", "00 900 000 012", "00900000012"),
        ("company_number", "900 000 012", "900000012"),
        ("company_number", "0123456", "123456"),
        ("tax_number", "09-000-012", "009000012"),
    ],
)
def test_spacing_and_optional_zeros_do_not_matter(field: str, one: str, other: str) -> None:
    """The same number written otherwise has the same key, though it fails its check digit."""
    assert identifiers.key(field, one) == identifiers.key(field, other) is not None


def test_a_masked_number_is_never_compared_whole() -> None:
    """Only the last three digits of a masked tax number are evidence."""
    assert identifiers.key("tax_number", "******014") is None
    assert identifiers.last_three("******014") == identifiers.last_three("900-000-014") == "014"


@pytest.mark.parametrize("text", ["9.4E+12", "9,4e12", "9E+12"])
def test_spreadsheet_damage_is_named_and_not_compared(text: str) -> None:
    """A number in scientific notation has lost digits: it is damage, not a value."""
    assert identifiers.key("nzbn", text) is None
    assert "scientific" in (identifiers.damage(text) or "")


def test_warnings_say_what_is_wrong() -> None:
    """Check digits and lengths warn; a sound or masked number does not."""
    assert "check digit" in (identifiers.warning("nzbn", "9400000000012") or "")
    assert "digits" in (identifiers.warning("abn", "123") or "")
    assert "leading zero" in (identifiers.warning("company_number", "12345678", "AU") or "")
    assert identifiers.warning("nzbn", "9429041234562") is None or "check" in identifiers.warning(
        "nzbn", "9429041234562"
    )
    assert identifiers.warning("tax_number", "******014") is None


@pytest.mark.parametrize("text", ["000000000", "999999999", "", None, "n/a"])
def test_placeholders_are_no_evidence(text: str | None) -> None:
    """A row of one digit or no digits at all is a blank."""
    assert identifiers.key("tax_number", text) is None
