"""The traps of the demo firm as plain lists: who is who, and fields that are hard to compare.

A record is written as its kind, its name and whatever else matters. Letters for kinds: I individual,
C company, T trust, P partnership, LP limited partnership, E estate.
"""

from dataclasses import dataclass, field
from typing import Any

from .places import Address

Detail = dict[str, Any]


@dataclass(frozen=True)
class Whose:
    """Records that are, or are not, one and the same client.

    Parameters
    ----------
    connectworks, xpm : tuple of dict
        The records on each side.
    verdict : {"link", "review", "absent"}
        What a careful person says of every pair of them, unless `verdicts` says otherwise.
    causes : tuple of str
        Why the names differ; for ``absent``, what makes them look alike.
    both : dict
        What all records have in common.
    shared : bool
        Whether they share mailbox, phone and addresses too.
    verdicts : dict
        Verdicts of single pairs, by their places.
    linked : tuple of int, optional
        The place of the Connectworks record and of the XPM client that it is already linked to.
    """

    connectworks: tuple[Detail, ...]
    xpm: tuple[Detail, ...]
    verdict: str
    causes: tuple[str, ...]
    both: Detail = field(default_factory=dict)
    shared: bool = False
    verdicts: dict[tuple[int, int], str] = field(default_factory=dict)
    linked: tuple[int, int] | None = None


def _one(kind: str, name: str, **more: Any) -> Detail:
    return {"kind": kind, "legal_name": name, **more}


def _person(first: str, last: str, middle: str | None = None, name: str | None = None, **more: Any) -> Detail:
    name = name or " ".join(part for part in (first, middle, last) if part)
    return _one("I", name, first_name=first, middle_name=middle, last_name=last, **more)


def _link(one: Detail, other: Detail, *causes: str, shared: bool = True, **both: Any) -> Whose:
    return Whose((one,), (other,), "link", causes, both, shared)


def _review(one: Detail, other: Detail, *causes: str, shared: bool = False, **both: Any) -> Whose:
    return Whose((one,), (other,), "review", causes, both, shared)


def _absent(one: Detail, other: Detail, cause: str, shared: bool = False, **both: Any) -> Whose:
    return Whose((one,), (other,), "absent", (cause,), both, shared)


ORGANISATIONS = (
    _link(_one("C", "Tūī Plumbing Limited"), _one("C", "Tui Plumbing Ltd"), "macron_dropped", "suffix"),
    _link(
        _one("C", "Kauri & Sons Co Ltd"), _one("C", "Kauri and Sons Company Limited"), "ampersand", "suffix"
    ),
    _link(
        _one("C", "The Pohutukawa Bros Limited"),
        _one("C", "Pōhutukawa Brothers Ltd"),
        "macron_dropped",
        "the_dropped",
        "suffix",
    ),
    _link(
        _one("C", "Whānau Builds NZ Limited"),
        _one("C", "Whaanau Builds New Zealand Ltd"),
        "vowel_doubled",
        "suffix",
    ),
    _absent(
        _one("C", "Harbour Clothing Limited"),
        _one("C", "Harbour Clothing (2020) Limited"),
        "sister_company_year",
    ),
    _absent(
        _one("C", "Rata Holdings No 1 Limited"),
        _one("C", "Rata Holdings No 2 Limited"),
        "number_differs",
        True,
    ),
    _absent(
        _one("T", "The Wetherby Family Trust"), _one("T", "Wetherby Family Trust No 2"), "second_trust", True
    ),
    _link(_one("T", "Ormley Family Trust No. 2"), _one("T", "Ormley Family Trust (No 2)"), "number_style"),
    _review(_one("T", "Cardale Family Trust"), _one("T", "JA & MR Cardale Family Trust"), "settlors_named"),
    _absent(
        _one("T", "Esk Valley Family Trust"),
        _one("C", "Esk Valley Trustees Limited"),
        "trustee_company",
        True,
    ),
    _review(
        _one("T", "Dunmore Family Trust"),
        _one("C", "Dunmore Trustees Ltd ATF Dunmore Family Trust"),
        "trustee_named",
    ),
    _absent(
        _one("C", "Farrant Trustees (2019) Limited"),
        _one("C", "Farrant Trustees Limited"),
        "sister_company_year",
    ),
    _review(_one("C", "Aroha Cafe Limited", trading_name="Bean Town"), _one("C", "Bean Town"), "trading_as"),
    _link(_one("C", "Manaia Cafe Limited"), _one("C", "Manaia Café Limited T/A Corner Cup"), "trading_as"),
    _link(
        _one("C", "Nīkau Farms Limited"),
        _one("C", "Nikau Farm Ltd"),
        "macron_dropped",
        "plural",
        "suffix",
        nzbn="9429000000010",
    ),
    _review(
        _one("C", "Weka Freight Limited", nzbn="9429000000025"),
        _one("C", "Weka Freight Limited", nzbn="9429000000034"),
        "conflicting_number",
    ),
    _link(
        _one("C", "Kea Digital Limited"), _one("C", "Kea Web Limited"), "renamed", company_number="9999012"
    ),
    _review(
        _one("C", "Pekapeka Web Limited"),
        _one("C", "Pekapeka Wed Limited"),
        "typo_letter",
        email="office@pekapeka.example",
    ),
    _link(
        _one("C", "Moa Motors Limited"),
        _one("C", "Moa Motors Ltd (In Liquidation)"),
        "suffix",
        "status_note",
        nzbn="9429000000049",
    ),
    _review(
        _one("C", "Titoki Motors Limited"),
        _one("C", "zzz DO NOT USE Titoki Motors Ltd", lifecycle="archived"),
        "status_note",
    ),
    Whose(
        (_one("C", "Rewarewa Tyres Limited"),),
        (_one("C", "Rewarewa Tyres Ltd", lifecycle="archived"), _one("C", "Rewarewa Tyres Ltd")),
        "link",
        ("suffix",),
        shared=True,
        verdicts={(0, 0): "twin"},
    ),
    _review(_one("P", "J & M Garston Partnership"), _one("P", "Garston J A & M R"), "surname_first"),
    _link(
        _one("C", "Lomax & Ngata Partnership", entity_subtype="partnership"),
        _one("P", "Lomax and Ngata"),
        "ampersand",
        "partnership_dropped",
    ),
    _link(_one("E", "Estate of Hemi Wharemate"), _one("E", "Wharemate, Hemi (Estate)"), "estate_wording"),
    _review(
        _one("T", "Piripi Hautapu Estate", entity_subtype="estate"),
        _one("E", "Estate of Piripi Hautapu"),
        "estate_wording",
    ),
    _absent(_person("Rangi", "Poutama"), _one("E", "Estate of Rangi Poutama"), "person_and_estate", True),
    _link(
        _one("C", "Finch Pty Ltd"),
        _one("C", "Finch Pty Limited"),
        "suffix",
        country="AU",
        company_number="900 000 012",
    ),
    _link(
        _one("T", "Brolga Family Trust"),
        _one("C", "Brolga Pty Ltd ATF Brolga Family Trust"),
        "trustee_named",
        country="AU",
        abn="00 900 000 012",
    ),
    _link(
        _one("T", "Kelso Super Fund"),
        _one("T", "The Kelso Superannuation Fund (SMSF)", structure="SMSF"),
        "fund_words",
        country="AU",
    ),
    _absent(
        _one("C", "Currawong Pty Ltd", country="AU"),
        _one("C", "Currawong Limited", country="NZ"),
        "country_differs",
    ),
    _review(
        _one("C", "180 Test Investments Limited"),
        _one("C", "One Eighty Test Investments Ltd"),
        "number_in_words",
    ),
    _review(_one("C", "Tahi Tapui Limited"), _one("C", "Tahi Limited"), "suffix"),
    _link(_one("LP", "Quay LP"), _one("LP", "Quay Limited Partnership"), "suffix"),
    _absent(
        _one("LP", "Zeller Limited Partnership"), _one("C", "Zeller GP Limited"), "general_partner", True
    ),
    _review(
        _one("C", "Corran Charitable Trust Board"),
        _one("T", "Corran Charitable Trust", structure="Incorporated Society"),
        "trust_board",
    ),
    Whose(
        (_person("Mere", "Rewi", name="Mere Rewi t/a Rewi Electrical"), _one("C", "Rewi Electrical Limited")),
        (_person("Mere", "Rewi", structure="Sole Trader"),),
        "link",
        ("trading_as",),
        {"other_phone": "021 555 0123"},
        verdicts={(1, 0): "absent"},
    ),
    _link(_one("T", "Rewi Whānau Trust"), _one("T", "Rewi Whanau Tr."), "macron_dropped", "trust_abbrev"),
    _link(_one("C", "None"), _one("C", "None")),
    _link(_one("T", "NA Trust"), _one("T", "NA Trust")),
)

PEOPLE = (
    _link(
        _person("John", "Smithson", "Andrew"),
        _person("John", "Smithson", "A", "Smithson, John A"),
        "surname_first",
        "middle_initial",
        shared=False,
        born="14/07/1961",
    ),
    _absent(
        _person("Murray", "Hale", "Colin", born="14/07/1961"),
        _person("Murray", "Hale", born="02/11/1988"),
        "parent_and_child",
    ),
    _review(_person("Graham", "Oakes"), _person("Graham", "Oakes", name="Graham Oakes Jnr"), "name_suffix"),
    _link(_person("Elizabeth", "Tāne"), _person("Liz", "Tāne"), "short_name"),
    _absent(_person("Margaret", "Pōtae"), _person("Bettina", "Pōtae"), "household", True),
    _absent(_person("Neil", "Penrose"), _person("Mary", "Penrose"), "spouse", email="penroses@fam.example"),
    Whose(
        (_person("John", "Varley"), _person("Mary", "Varley")),
        (_one("I", "John & Mary Varley"),),
        "review",
        ("couple",),
    ),
    _link(
        _person("Joanne", "Cardew"),
        _person("Joanne", "Marlow"),
        "married_name",
        shared=False,
        born="21/03/1970",
        other_phone="027 555 0170",
    ),
    _review(_person("Karen", "Purdie"), _person("Karen", "Quested"), "married_name"),
    _link(
        _person("Hēmi", "Ngāta"), _person("Hemi", "Ngata"), "macron_dropped", shared=False, born="09/09/1972"
    ),
    _link(
        _person("Te Ariki", "Paraone"),
        _person("Ariki", "Paraone"),
        "particle_dropped",
        shared=False,
        born="30/01/1980",
    ),
    _link(_person("Anna", "van der Berg"), _person("Anna", "Vanderberg"), "particle_spacing"),
    _link(_person("Shona", "MacLeod"), _person("Shona", "McLeod"), "mac_mc", shared=False, born="17/05/1966"),
    _link(
        _one("I", "Wang Xiaoming"),
        _one("I", "Xiaoming (Simon) Wang"),
        "english_name",
        shared=False,
        born="28/02/1983",
    ),
    _absent(
        _one("I", "Kaur Test", born="09/02/1984"), _one("I", "Kaur Test", born="23/10/1991"), "common_name"
    ),
    _link(
        _person("Sione", "Fa'atest"),
        _person("Sione", "Faatest"),
        "apostrophe_dropped",
        shared=False,
        other_phone="022 555 0177",
    ),
    _review(_person("Tia", "Rewi"), _person("Tai", "Rewi"), "typo_letter", born="03/05/1990"),
    _review(
        _person("Alan", "Beech", born="05/04/1955", tax_number="900-000-014"),
        _person("Alan", "Beech", born="04/05/1955", tax_number="900-000-014"),
    ),
    _link(
        _person("Warwick", "Dovey", name="Warwick Dovey (deceased)", deceased="Yes"),
        _person("Warwick", "Dovey"),
        "status_note",
    ),
    Whose(
        (_person("Clive", "Ewart", nature="contact"), _person("Clive", "Ewart", nature="contact")),
        (_person("Clive", "Ewart"),),
        "review",
        ("duplicate_contact",),
    ),
    _link(_person("Rex", "Tester"), _person("Rex", "Tester"), shared=False, tax_number="900-000-022"),
    _review(
        _person("Avis", "Tester", tax_number="900-000-030"),
        _person("Avis", "Tester", tax_number="900-000-049"),
    ),
    _absent(
        _person("Hugh", "Tester", tax_number="900-000-057"),
        _person("Grace", "Oakes", tax_number="900-111-057"),
        "same_last_digits",
    ),
    _link(
        _person("Alan", "Birchwood", name="Dr Alan Birchwood QSM"),
        _person("Alan", "Birchwood", name="Mr Alan Birchwood"),
        "title",
        shared=False,
        born="12/12/1949",
    ),
    _review(_person("Tessa", "Harrow"), _person("Tessa", "Harrow", lifecycle="prospect")),
    _link(_person("Peter", "Null"), _person("Peter", "Null")),
    _link(_person("Olive", "Tester"), _person("Olive", "Tester"), tax_number="009-000-012"),
)

SETS = (
    Whose(
        (_one("C", "Torea Joinery Limited"),),
        (_one("C", "Torea Joinery Ltd"), _one("C", "Torea Joinery Limited")),
        "review",
        ("duplicate_xpm",),
        {"nzbn": "9429000000058"},
    ),
    Whose(
        (_one("C", "Matuku Media Limited"),),
        (_one("C", "Matuku Printing Limited"), _one("C", "Matuku Media Ltd")),
        "review",
        ("doubtful_link",),
        linked=(0, 0),
    ),
    Whose(
        (_one("C", "Kotare Lodge Limited"),),
        (_one("C", "Kotare Lodge Ltd", lifecycle="archived"), _one("C", "Kotare Lodge Ltd")),
        "review",
        ("archived_twin",),
        shared=True,
        linked=(0, 0),
    ),
    Whose(
        (_one("T", "Fernside Family Trust"), _one("T", "Fernside Family Trust")),
        (_one("T", "Fernside Family Trust"),),
        "review",
        ("tie",),
    ),
)


@dataclass(frozen=True)
class Field:
    """A field of a true pair that is hard to compare; all other fields are equal.

    Parameters
    ----------
    name : str
        The field's canonical name.
    connectworks, xpm : str, Address or None
        What stands on each side.
    causes : tuple of str
        Why they differ.
    more_connectworks, more_xpm : dict
        Other values that belong to the case.
    side : {"connectworks", "xpm"}
        Where the causes were planted.
    """

    name: str
    connectworks: str | Address | None
    xpm: str | Address | None
    causes: tuple[str, ...]
    more_connectworks: Detail = field(default_factory=dict)
    more_xpm: Detail = field(default_factory=dict)
    side: str = "xpm"


def _in(city: str, postcode: str | None, lines: str, country: str | None = "New Zealand") -> Address:
    return Address(lines, None, city, None, postcode, country)


_STREET = _in("Hamilton", "3204", "14 Test Road")
_BOX = _in("Hamilton", "3240", "PO Box 99999")

FIELDS = (
    Field("primary_phone", "09 555 0123", "+64 9 555 0123", ("format_phone",)),
    Field("primary_phone", "(09) 555-0124", "0064 9 5550124", ("format_phone",)),
    Field("primary_phone", "+64 (0)9 555 0125", "095550125", ("format_phone",)),
    Field("primary_phone", "021 555 0126", "+64 21 555 0126", ("format_phone",)),
    Field("primary_phone", "9 555 0127", "09 555 0127", ("excel_zero_lost",), side="connectworks"),
    Field("primary_phone", "555 0128", "09 555 0128", ("no_area_code",), side="connectworks"),
    Field("primary_phone", "09 555 0129", "09 555 0192", ("digits_swapped",)),
    Field("primary_phone", "09 555 0130 ext 4", "09 555 0130", ("extension",), side="connectworks"),
    Field(
        "primary_phone", "09 555 0131 / 021 555 0131", "09 555 0131", ("two_numbers",), side="connectworks"
    ),
    Field(
        "primary_phone",
        "09 555 0132",
        "021 555 0132",
        ("swapped_phones",),
        {"other_phone": "021 555 0132"},
        {"other_phone": "09 555 0132"},
    ),
    Field("primary_phone", "0800 555 133", "+64 800 555 133", ("format_phone",)),
    Field("primary_phone", "0800 TESTCO", "0800 837826", ("phone_letters",), side="connectworks"),
    Field("primary_phone", "n/a", None, ("placeholder",), side="connectworks"),
    Field("primary_phone", None, "021 555 0135", ("blank_connectworks",), side="connectworks"),
    Field(
        "physical_address",
        _in("Hamilton", "3204", "14 Test St"),
        _in("Hamilton", "3204", "14 Test Street"),
        ("format_address_abbrev",),
    ),
    Field(
        "physical_address",
        _in("Hamilton", "3204", "Flat 2, 15 Test Rd"),
        _in("Hamilton", "3204", "2/15 Test Road"),
        ("format_unit", "format_address_abbrev"),
    ),
    Field(
        "physical_address",
        _in("Hamilton", "3204", "14A Test Rd"),
        _in("Hamilton", "3204", "14 A Test Rd"),
        ("format_number",),
    ),
    Field(
        "physical_address",
        _in("Hamilton", "3204", "1/14 Test Rd"),
        _in("Hamilton", "3204", "11/4 Test Rd"),
        ("typo_street",),
    ),
    Field(
        "postal_address",
        _in("Taupō", None, "P O Box 99 998"),
        _in("Taupo", "3351", "PO Box 99998"),
        ("format_po_box", "macron_dropped", "postcode_missing"),
    ),
    Field(
        "postal_address",
        _in("Taupō", "3351", "PO Box 99997"),
        _in("Taupō", "3351", "Private Bag 99997"),
        ("other_box",),
    ),
    Field(
        "physical_address",
        _in("Cambridge", "3493", "8 Gate Rd\nR D 3"),
        _in("Cambridge", "3493", "8 Gate Road\nRD3"),
        ("format_rural", "format_address_abbrev"),
    ),
    Field(
        "physical_address",
        _in("Cambridge", "3493", "9 Gate Rd\nRD 3"),
        _in("Cambridge", "3493", "9 Gate Rd\nRD 8"),
        ("typo_street",),
    ),
    Field(
        "physical_address",
        _in("Auckland", "0610", "14 Quay Rd"),
        _in("Auckland", "610", "14 Quay Rd"),
        ("excel_zero_lost",),
    ),
    Field(
        "physical_address",
        _in("Whanganui", "4500", "3 Mt Test Rd"),
        _in("Wanganui", "4500", "3 Mount Test Rd"),
        ("format_address_abbrev", "city_respelled"),
    ),
    Field(
        "physical_address",
        _in("Auckland", "1010", "Level 3, 9 Quay St"),
        _in("Auckland", "1010", "9 Quay St"),
        ("level_lost",),
    ),
    Field(
        "postal_address",
        _in("Nelson", "7040", "C/- Finch Law\nPO Box 9"),
        _in("Nelson", "7040", "PO Box 9"),
        ("care_of",),
        side="connectworks",
    ),
    Field(
        "physical_address",
        Address("16 Test Rd, Pukehua, Tauranga 3110"),
        Address("16 Test Rd\nPukehua\nTauranga 3110"),
        ("one_line",),
    ),
    Field(
        "physical_address",
        _in("Hamilton", "3204", "17 Test Rd"),
        _in("Hamilton", "3204", "17 Test Rd", None),
        ("country_missing",),
    ),
    Field("physical_address", None, _BOX, ("po_box_as_physical",)),
    Field(
        "physical_address",
        _STREET,
        _BOX,
        ("swapped_addresses",),
        {"postal_address": _BOX},
        {"postal_address": _STREET},
    ),
    Field("physical_address", _STREET, Address("As above"), ("as_above",)),
    Field("postal_address", _STREET, Address("same as physical"), ("as_above",)),
    Field("email", "Jo@Kauri.example", "jo@kauri.example", ("case",)),
    Field("email", "jo@rimu.example", "jo@rimu.example; al@rimu.example", ("second_mailbox",)),
    Field("email", "Jo <jo@rata.example>", "mailto:jo@rata.example", ("email_wrapper",)),
    Field("email", "jo@matai.example", "jo@maati.example", ("typo_letter",)),
    Field("email", "none@none.com", None, ("placeholder",), side="connectworks"),
    Field("email", "jo@miro.example", None, ("fallback_contact",), {}, {"card_email": "jo@miro.example"}),
    Field("email", "ops@farrowfinch.example", "jo@tawa.example", ("own_domain",), side="connectworks"),
    Field("website", "https://www.kauri.example/", "kauri.example", ("format_url",)),
    Field("website", "rimu.example/nz", "rimu.example/au", ("other_page",)),
    Field("website", "facebook.com/rata-test", "rata.example", ("facebook_page",), side="connectworks"),
    Field(
        "legal_name", "Taupō Tester Limited", "Taupo Tester Ltd", ("macron_dropped", "suffix"), {"kind": "C"}
    ),
    Field(
        "legal_name",
        "Tu\u0304i\u0304 Tester Limited",
        "Tūī Tester Limited",
        ("combining_macron",),
        {"kind": "C"},
    ),
    Field("legal_name", "O’Test\u00a0Farms Limited", "O'Test Farms Limited", ("curly_quote",), {"kind": "C"}),
    Field("legal_name", "TESTERSON, Jonah", "Jonah Testerson", ("surname_first",)),
    Field("date_of_birth", "04/05/1955", "1955-05-04", ("format_date",)),
    Field("date_of_birth", "01/01/1900", None, ("default_date",), side="connectworks"),
    Field("date_of_birth", "05/04/1958", "1958-05-04", ("day_month_swapped",)),
    Field("nzbn", "94 2900 0000063", "9.4E+12", ("excel_damage",), {"kind": "C"}),
)
