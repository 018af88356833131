"""What addresses are taken apart into."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.fields import ADDRESS_PARTS
from workbench.domain.frames import address_cell, address_parts
from workbench.reconcile.normalise import addresses

Parts = dict[str, str | None]


def lines(text: str, **parts: str) -> str | None:
    return address_cell({"lines": text, **parts})


STREETS = st.builds(
    "{} {} {}".format,
    st.integers(1, 999),
    st.sampled_from(["Kauri", "Te Test", "St Johns", "Mount Test"]),
    st.sampled_from(["Street", "Road", "Terrace", "Crescent", "Quay", "Way"]),
)
PLACES = st.lists(
    st.sampled_from(["Pukehua", "Albany", "Stokeley", "Hamilton"]), min_size=1, max_size=2, unique=True
)


@given(STREETS, PLACES, st.integers(1000, 9999))
@settings(max_examples=60)
def test_a_comma_is_worth_a_line_break(street: str, places: list[str], code: int) -> None:
    """One line with commas, several lines and separate parts are one address."""
    pieces = [street, *places]
    one_line = addresses.parse(lines(f"{', '.join(pieces)} {code}"))
    many_lines = addresses.parse(lines("\n".join(pieces) + f" {code}"))
    in_parts = addresses.parse(lines("\n".join(pieces[:-1]), city=pieces[-1], postcode=str(code)))
    assert one_line == many_lines == in_parts
    assert one_line.postcode == str(code)
    assert one_line.places == tuple(place.lower() for place in places)


@given(STREETS, PLACES)
@settings(max_examples=40)
def test_a_suburb_in_the_lines_is_a_suburb(street: str, places: list[str]) -> None:
    """XPM has no suburb: as the last address line it means the same."""
    apart = addresses.parse(address_cell({"lines": street, "suburb": places[0], "city": "Napier"}))
    together = addresses.parse(address_cell({"lines": f"{street}\n{places[0]}", "city": "Napier"}))
    assert apart == together


SHORT = {"Street": "St", "Road": "Rd", "Terrace": "Tce", "Crescent": "Cres", "Quay": "Qy", "Way": "Wy"}


@given(STREETS, st.sampled_from([str.upper, str.lower, str.title]))
@settings(max_examples=40)
def test_abbreviations_and_capitals_do_not_matter(street: str, capitals: object) -> None:
    """A street type is the same spelled out or short."""
    *name, kind = street.split()
    assert addresses.key(lines(" ".join([*name, SHORT[kind]]).upper())) == addresses.key(lines(street))


@given(
    st.dictionaries(
        st.sampled_from(["lines", "suburb", "city", "region", "postcode", "country"]), st.text(max_size=40)
    )
)
@settings(max_examples=200)
def test_any_text_can_be_read(parts: Parts) -> None:
    """No address makes the reader fail, and reading is a function of the text alone."""
    cell = address_cell(parts)
    assert addresses.parse(cell, "NZ") == addresses.parse(cell, "NZ")
    addresses.key(cell, "AU")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Flat 2, 14 Test Rd", {"unit": "2", "number": "14"}),
        ("2/14 Test Rd", {"unit": "2", "number": "14"}),
        ("Unit 2/14A Test Rd", {"unit": "2", "number": "14a"}),
        ("14 A Test Rd", {"unit": None, "number": "14a"}),
        ("11/4 Test Rd", {"unit": "11", "number": "4"}),
        ("10-12 Test Rd", {"number": "10-12"}),
        ("Level 3, 9 Quay St", {"level": "3", "number": "9"}),
        ("L3/9 Quay St", {"level": "3", "number": "9"}),
        ("Ground Floor, 9 Quay St", {"level": "ground", "number": "9"}),
        ("8 Gate Rd, R D 3", {"number": "8", "rural": "3"}),
        ("P O Box 99 999, Taupō", {"box": "po box 99999", "number": None, "places": ("taupo",)}),
        ("P.O. Box 99-120", {"box": "po box 99120"}),
        ("Private Bag 99999", {"box": "private bag 99999"}),
        ("C/- Finch Law, PO Box 9", {"care_of": "finch law", "box": "po box 9"}),
        ("c/o Finch Law\n9 Quay St", {"care_of": "finch law", "number": "9"}),
        ("St Kilda Rd", {"street": ("saint", "kilda", "road")}),
        ("5 Whaanau Lane, Wanganui", {"street": ("whanau", "lane"), "places": ("whanganui",)}),
        (
            "Finch House\n9 Quay St West",
            {"building": ("finch", "house"), "street": ("quay", "street", "west")},
        ),
    ],
)
def test_parts_are_found(text: str, parts: dict[str, object]) -> None:
    """Units, levels, boxes, bags, rural deliveries and care-of lines are what they are."""
    found = addresses.parse(lines(text))
    assert {name: getattr(found, name) for name in parts} == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/14 Test Rd", "11/4 Test Rd"),
        ("PO Box 99999", "Private Bag 99999"),
        ("8 Gate Rd, RD 3", "8 Gate Rd, RD 8"),
        ("Level 3, 9 Quay St", "9 Quay St"),
        ("14 Test Rd", "14 Test St"),
        ("Flat 2, 14 Test Rd", "Flat 3, 14 Test Rd"),
        ("14 St Johns Rd", "14 Johns Rd"),
    ],
)
def test_what_tells_addresses_apart_is_kept(one: str, other: str) -> None:
    """The comparable form loses nothing that distinguishes two places."""
    assert addresses.key(lines(one)) != addresses.key(lines(other))


def test_states_and_countries() -> None:
    """An Australian state is one whether short or in full, and names the country; Mount Victoria does not."""
    short = addresses.parse(lines("14 Test Rd", city="Melbourne", region="VIC", postcode="3000"), "AU")
    long = addresses.parse(lines("14 Test Rd Melbourne Victoria 3000 Australia"), "AU")
    assert short == long
    assert (
        addresses.parse(lines("14 Test Rd", city="Albany", region="WA", postcode="6330"), "NZ").country
        == "AU"
    )
    assert addresses.parse(lines("14 Test Rd\nMt Victoria 6011"), "NZ").country is None


@pytest.mark.parametrize("text", ["As above", "same as postal", "See physical address", "Ditto"])
def test_pointers_are_no_addresses(text: str) -> None:
    """Text that points elsewhere is told apart and has no comparable form."""
    assert addresses.parse(lines(text)).pointer
    assert addresses.key(lines(text)) is None


def test_a_lost_zero_is_named() -> None:
    """A three-digit postcode is four digits without the zero, and said so."""
    found = addresses.parse(lines("14 Test Rd", city="Auckland", postcode="610"))
    assert (found.postcode, found.zero_eaten) == ("0610", True)


PART = st.none() | st.text(max_size=12)


@given(st.fixed_dictionaries(dict.fromkeys(ADDRESS_PARTS, PART)))
def test_an_address_cell_is_plain_json(parts: dict[str, str | None]) -> None:
    """The cell is the very text that `json.dumps` writes, whatever the parts hold; blank parts are null."""
    whole = {part: parts[part] or None for part in ADDRESS_PARTS}
    expected = json.dumps(whole, ensure_ascii=False, separators=(",", ":")) if any(whole.values()) else None
    assert address_cell(parts) == expected
    assert address_parts(expected) == (whole if expected else dict.fromkeys(ADDRESS_PARTS))


HIDING = [
    *("att", "Ａtt", "care", "cāre", " of ", "attn", "PO", "ｂox", "bōx ", "Bag", "Bāg"),
    *("12", "as", "Ābove", "Same"),
]
SIGNS = st.sampled_from([*"cCoO/.-ßĀ \t\n,", *HIDING])


@given(st.lists(SIGNS, max_size=7).map("".join), st.sampled_from([*ADDRESS_PARTS[:3]]))
@settings(max_examples=150)
def test_somebody_a_box_or_a_pointer_is_only_read_where_it_may_stand(text: str, part: str) -> None:
    """What is passed over because no sign of somebody, of a box or of a pointer stands in it holds none."""
    cell = address_cell({part: text})
    read = addresses.parse(cell)
    assert read.care_of is None or re.search(addresses.PERHAPS_CARE_OF, cell or "")
    assert read.box is None or re.search(addresses.PERHAPS_BOX, cell or "")
    assert not read.pointer or re.search(addresses.PERHAPS_POINTER, cell or "")
