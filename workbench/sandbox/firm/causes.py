"""Why two systems write one fact differently: every cause that the generator plants, and its effect.

The effect is what a careful person would call the difference: ``same``, ``cosmetic``, ``fill``,
``different``, ``bad`` (must not be pushed) or ``not_comparable``.
"""

from collections.abc import Sequence

CAUSES: dict[str, str] = {
    # Writing habits
    "format_date": "same",
    "format_phone": "cosmetic",
    "format_address_abbrev": "cosmetic",
    "format_unit": "cosmetic",
    "format_po_box": "cosmetic",
    "format_rural": "cosmetic",
    "format_number": "cosmetic",
    "format_url": "cosmetic",
    "one_line": "cosmetic",
    "suburb_in_lines": "cosmetic",
    "country_missing": "cosmetic",
    "region_missing": "cosmetic",
    "state_in_full": "cosmetic",
    "postcode_missing": "cosmetic",
    "city_respelled": "cosmetic",
    "case": "cosmetic",
    "macron_dropped": "cosmetic",
    "vowel_doubled": "cosmetic",
    "combining_macron": "cosmetic",
    "curly_quote": "cosmetic",
    "suffix": "cosmetic",
    "ampersand": "cosmetic",
    "the_dropped": "cosmetic",
    "trust_abbrev": "cosmetic",
    "number_style": "cosmetic",
    "surname_first": "cosmetic",
    "title": "cosmetic",
    "estate_wording": "cosmetic",
    "email_wrapper": "cosmetic",
    "phone_letters": "cosmetic",
    "fund_words": "cosmetic",
    "plural": "cosmetic",
    "status_note": "cosmetic",
    "trading_as": "cosmetic",
    "apostrophe_dropped": "cosmetic",
    "excel_zero_lost": "cosmetic",
    "placeholder": "cosmetic",
    "default_date": "cosmetic",
    "fallback_contact": "cosmetic",
    # Blanks (what is blank on one side can be filled from the other)
    "blank_connectworks": "fill",
    "blank_xpm": "fill",
    # Real differences
    "typo_letter": "different",
    "typo_digit": "different",
    "digits_swapped": "different",
    "new_number": "different",
    "extension": "different",
    "two_numbers": "different",
    "no_area_code": "different",
    "swapped_phones": "different",
    "swapped_addresses": "different",
    "moved_house": "different",
    "typo_street": "different",
    "level_lost": "different",
    "care_of": "different",
    "other_box": "different",
    "old_agent_po_box": "different",
    "old_mailbox": "different",
    "shared_mailbox": "different",
    "other_mailbox": "different",
    "second_mailbox": "different",
    "own_domain": "different",
    "facebook_page": "different",
    "old_website": "different",
    "other_page": "different",
    "middle_name_dropped": "different",
    "middle_initial": "different",
    "short_name": "different",
    "married_name": "different",
    "english_name": "different",
    "renamed": "different",
    "trustee_named": "different",
    "partnership_dropped": "different",
    "particle_dropped": "different",
    "particle_spacing": "different",
    "mac_mc": "different",
    "couple": "different",
    "name_suffix": "different",
    "day_month_swapped": "different",
    "conflicting_number": "different",
    # Never to be pushed, never to be compared
    "po_box_as_physical": "bad",
    "as_above": "bad",
    "excel_damage": "bad",
    "masked": "not_comparable",
}

_RANK = {name: rank for rank, name in enumerate(("same", "cosmetic", "fill", "different"))}
PLACEHOLDERS = {
    "n/a", "none@none.com", "tbc", "-", "01/01/1900", "1900-01-01", "none", "unknown", "no@email.com", "nil",
}  # fmt: skip


def is_blank(value: str | None) -> bool:
    """Tell whether a value says nothing: missing, empty or a placeholder."""
    return value is None or not value.strip() or value.strip().lower() in PLACEHOLDERS


# These do the same to a value whoever does it, so that on both sides they make no difference.
_ALIKE = {
    "middle_name_dropped", "middle_initial", "short_name", "old_mailbox", "old_website", "facebook_page",
    "day_month_swapped", "level_lost", "care_of", "second_mailbox", "no_area_code",
}  # fmt: skip


def effect(
    here: str | None, there: str | None, causes_here: Sequence[str], causes_there: Sequence[str]
) -> str:
    """Give the effect of all causes that were planted in one field of one pair.

    Parameters
    ----------
    here, there : str or None
        What stands in Connectworks and in XPM.
    causes_here, causes_there : sequence of str
        Why each is not the plain true value.
    """
    cancelled = _ALIKE.intersection(causes_here, causes_there)
    causes = [cause for cause in (*causes_here, *causes_there) if cause not in cancelled]
    blanks = is_blank(here) + is_blank(there)
    if "po_box_as_physical" in causes and not blanks:
        causes.append("other_box")  # against a street, it is a difference that a person can settle
        causes.remove("po_box_as_physical")
    effects = [CAUSES[cause] for cause in causes]
    for decisive in ("bad", "not_comparable"):
        if decisive in effects:
            return decisive
    if blanks:
        return "fill" if blanks == 1 else "cosmetic"
    return max(effects, key=_RANK.__getitem__, default="cosmetic")
