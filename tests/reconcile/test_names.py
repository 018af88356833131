"""Names are read into parts that compare: the same person or firm written otherwise has the same key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import names

ENTITY_TYPES = [
    "individual",
    "company",
    "trust",
    "partnership",
    "limited_partnership",
    "estate",
    "other",
    None,
]
PIECES = st.sampled_from(
    [
        "The",
        "Limited",
        "Ltd",
        "Co",
        "&",
        "and",
        "Trust",
        "No",
        "2",
        "(2019)",
        "Te",
        "van",
        "Mc",
        "Dr",
        "QSM",
        "Jnr",
        "Estate",
        "of",
        ",",
        ".",
        "'",
        "(deceased)",
        "was",
        "t/a",
        "ATF",
        "Tūī",
        "Whaanau",
        "Smith's",
        "John",
        "zzz",
        "NZ",
        "New",
        "Zealand",
        "Pty",
        "Bros",
        "Farms",
        "LP",
        "Partnership",
        "One",
        "Eighty",
    ]
)
WRITTEN = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=7).map(" ".join))


@settings(max_examples=150)
@given(WRITTEN, st.sampled_from(ENTITY_TYPES))
def test_a_key_of_a_key_is_itself(text: str, entity_type: str | None) -> None:
    """Taking the comparable form twice changes nothing."""
    once = names.key(text, entity_type)
    assert names.key(once, entity_type) == once


@settings(max_examples=150)
@given(WRITTEN, st.sampled_from(ENTITY_TYPES))
def test_a_name_is_never_emptied(text: str, entity_type: str | None) -> None:
    """Whatever is taken off a name, something stays to compare by."""
    if text.strip():
        assert names.key(text, entity_type)
    if any(ch.isalnum() for ch in text) and text.isascii():
        assert names.parse(text, entity_type).words or names.parse(text, entity_type).numbers


@pytest.mark.parametrize(
    ("one", "other", "entity_type"),
    [
        ("Tūī Plumbing Limited", "TUI PLUMBING LTD.", "company"),
        ("Kauri & Sons Co Ltd", "Kauri and Sons Company Limited", "company"),
        ("The Pohutukawa Bros Limited", "Pōhutukawa Brothers Ltd", "company"),
        ("Whānau Builds NZ Limited", "Whaanau Builds New Zealand Ltd", "company"),
        ("Finch Pty Ltd", "Finch Proprietary Limited", "company"),
        ("Aroha Café Limited T/A Bean Town", "Aroha Cafe Ltd", "company"),
        ("Moa Motors Ltd (In Liquidation)", "Moa Motors Limited", "company"),
        ("Smithson Family Trust No. 2", "The Smithson Family Trust (No 2)", "trust"),
        ("Rewi Whānau Trust", "Rewi Whanau Tr.", "trust"),
        ("Finch Super Fund", "The Finch Superannuation Fund (SMSF)", "trust"),
        ("Finch LP", "Finch Limited Partnership", "limited_partnership"),
        ("Estate of Hemi Ngata", "Ngata, Hemi (Estate)", "estate"),
        ("SMITHSON, John", "John Smithson", "individual"),
        ("Dr Alan Beech QSM", "Mr Alan Beech", "individual"),
        ("Sione Fa'atest", "Sione Faʻatest", "individual"),
        ("Alan Beech (deceased)", "Alan Beech", "individual"),
        ("Executors of the Estate of Hemi Ngata", "Estate of Hemi Ngata", "estate"),
        ("The Trustees of the Finch Settlement", "Finch Settlement", "trust"),
        ("Finch P/L", "Finch Proprietary Limited", "company"),
    ],
)
def test_the_same_name_in_another_dress(one: str, other: str, entity_type: str) -> None:
    """Suffixes, signs, accents, order, titles and notes are dress."""
    assert names.key(one, entity_type) == names.key(other, entity_type)


@pytest.mark.parametrize(
    ("one", "other", "entity_type"),
    [
        ("Harbour Clothing Limited", "Harbour Clothing (2020) Limited", "company"),
        ("Rata Holdings No 1 Limited", "Rata Holdings No 2 Limited", "company"),
        ("Tahi Tapui Limited", "Tahi Limited", "company"),
        ("Elizabeth Tane", "Liz Tane", "individual"),
        ("Shona MacLeod", "Shona McLeod", "individual"),
        ("Anna Moore", "Anna More", "individual"),
        ("John Smithson", "John Smithson Jnr", "individual"),
        ("John Smithson", "John & Mary Smithson", "individual"),
        ("Finch Charitable Trust Board", "Finch Charitable Trust", "trust"),
        ("Finch Pty Ltd", "Finch Limited", "company"),
        ("John Smithson as executor of Mary Smithson", "John Smithson", "individual"),
        ("Trustees of John Smithson", "John Smithson", None),
    ],
)
def test_another_name_stays_another(one: str, other: str, entity_type: str) -> None:
    """What may be another person or firm is never folded away."""
    assert names.key(one, entity_type) != names.key(other, entity_type)


def test_people_are_read_into_given_and_family() -> None:
    """A comma, a column or the last place tells the family name; particles belong to it."""
    assert names.parse("Smithson, John A", "individual").given == (("john", "a"),)
    assert names.parse("Anna van der Berg", "individual").family == ("van", "der", "berg")
    assert names.parse("Wang Xiaoming", "individual", "Wang").family == ("wang",)
    couple = names.parse("Mr John & Mrs Mary Smithson", "individual")
    assert (couple.kind, couple.given, couple.family) == ("couple", (("john",), ("mary",)), ("smithson",))


@pytest.mark.parametrize(
    ("text", "capacity", "words"),
    [
        ("John Smithson as sole executor of the estate of Mary Smithson", "executor", "john smithson"),
        ("John Smithson (attorney for Mary)", "attorney", "john smithson"),
        ("Guardians of John Smithson", "guardian", "john smithson"),
        ("John Smithson ATF Smithson Family Trust", "trustee", "john smithson"),
        ("The Trustees of John Smithson", "trustee", "john smithson"),
        ("The Trustees of the Smithson Family Trust", "", "smithson family"),
        ("Smithson Nominees Limited", "", "smithson nominee"),
    ],
)
def test_who_acts_for_somebody_else_is_told_apart(text: str, capacity: str, words: str) -> None:
    """The capacity in which somebody acts is a part of the name, and none of its words."""
    name = names.parse(text)
    assert (name.capacity, " ".join(name.words)) == (capacity, words)


def test_what_is_told_behind_a_name_is_no_family_name() -> None:
    """A place or a trade in brackets says which of the namesakes it is; the family name stays."""
    name = names.parse("John Smithson (Timaru)", "individual")
    assert (name.given, name.family) == ((("john", "timaru"),), ("smithson",))
    assert names.parse("John Smithson (Jnr)", "individual").generation == "junior"


def test_a_client_named_none_keeps_its_name() -> None:
    """A name that looks like a blank is a name."""
    assert names.key("None", "individual") == "none"


def test_other_names_in_a_name_are_told_apart() -> None:
    """Trading names, former names and the trust behind a trustee are parts, not words of the name."""
    assert names.parse("Mere Rewi t/a Rewi Electrical", "individual").trading == "rewi electrical"
    assert names.parse("Kea Digital Limited (was Kea Web Limited)", "company").former == "kea web limited"
    trustee = names.parse("Finch Pty Ltd ATF Finch Family Trust", "company")
    assert (trustee.words, trustee.trustee_for) == (("finch",), "finch family trust")
    assert names.parse("zzz DO NOT USE Moa Motors Ltd", "company").notes == ("do_not_use",)


def test_numbers_are_taken_out_and_kept() -> None:
    """A number, spelled or in digits, is the same number; it never vanishes."""
    digits, spelled = names.parse("180 Test Ltd", "company"), names.parse("One Eighty Test Ltd", "company")
    assert digits.numbers == spelled.numbers == ("180",)
    assert (digits.spelled, spelled.spelled) == (False, True)


@settings(max_examples=60)
@given(st.sampled_from(["liz", "chris", "bob", "zyx"]))
def test_short_names_include_themselves(word: str) -> None:
    """A given name always stands for itself too."""
    assert word in names.given_roots(word)
