"""What phone cells are read as."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import phones

DIGITS = st.text("0123456789", min_size=4, max_size=4)


@given(DIGITS, st.sampled_from(["{a} 555 {d}", "({a}) 555-{d}", "+64 (0){b} 555 {d}", "0064 {b} 555{d}"]))
@settings(max_examples=60)
def test_writing_habits_do_not_matter(last: str, habit: str) -> None:
    """However an Auckland number is spaced, bracketed or prefixed, it is the one number."""
    written = habit.format(a="09", b="9", d=last)
    assert phones.keys(written, "NZ") == (f"+649555{last}",)


@given(st.text(max_size=40), st.sampled_from(["NZ", "AU", None]))
@settings(max_examples=150)
def test_reading_never_fails_and_is_idempotent(text: str, country: str | None) -> None:
    """Any text can be read, and a number's own normal form reads as itself."""
    for number in phones.keys(text, country):
        assert phones.keys(number, country) == (number,)


@given(st.permutations(["09 555 0123", "021 555 0123", "0800 555 123"]))
@settings(max_examples=6)
def test_order_of_a_list_does_not_matter(numbers: list[str]) -> None:
    """Several numbers in one cell are one set, in whatever order."""
    assert phones.keys(" / ".join(numbers)) == ("+64215550123", "+64800555123", "+6495550123")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Mob: 021 555 0123", ("+64215550123",)),
        ("09 555 0123 (wk)\n021 555 0123 (mob)", ("+64215550123", "+6495550123")),
        ("09 555 0123 x4", ("+6495550123;ext=4",)),
        ("555 0123", ("local:5550123",)),
        ("ask Jo", ("text:ask jo",)),
        ("09 555 0123 / 4", ("text:09 555 0123 / 4",)),
    ],
)
def test_labels_extensions_and_leftovers_are_kept_apart(text: str, numbers: tuple[str, ...]) -> None:
    """Labels go, extensions stay, and nothing that was in the cell is lost in silence."""
    assert phones.parse(text, "NZ").numbers == numbers


@pytest.mark.parametrize(
    ("text", "country", "eaten"),
    [
        ("9 555 0123", "NZ", True),
        ("215550123", "NZ", True),
        ("09 555 0123", "NZ", False),
        ("+64 9 555 0123", "NZ", False),
        ("1300 975 707", "AU", False),
        ("491 570 156", "AU", True),
    ],
)
def test_a_zero_that_a_spreadsheet_ate_is_named(text: str, country: str, eaten: bool) -> None:
    """A missing leading zero is told, but not where numbers begin with another digit by right."""
    assert phones.parse(text, country).zero_eaten is eaten


@pytest.mark.parametrize("text", ["2.1555E+08", "2,1555E+08", "215550123.0", "#N/A"])
def test_spreadsheet_damage_is_named_and_not_repaired(text: str) -> None:
    """A number that a spreadsheet rewrote is damaged and has no comparable form."""
    assert phones.parse(text).damaged
    assert phones.keys(text) == ()


@pytest.mark.parametrize("text", ["n/a", "-", "000 000", "none", "TBC", "0"])
def test_placeholders_hold_no_number(text: str) -> None:
    """What stands for nothing reads as nothing."""
    assert phones.parse(text) == phones.Phones()


@given(
    st.from_regex(r"(?:0|\+64 ?(?:\(0\))?|\+61 ?|0061|64|)[1-9][0-9 -]{5,11}[0-9]", fullmatch=True),
    st.sampled_from(["NZ", "AU"]),
)
@settings(max_examples=150)
def test_the_short_way_reads_what_the_library_reads(text: str, country: str) -> None:
    """A number that is read without the library's parser has the form that the library gives it."""
    short = phones._usual(text, country)
    if short is not None:
        number = phonenumbers.parse(text, country)
        assert phonenumbers.is_valid_number(number)
        assert short == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(
    st.from_regex(r"[1-9][0-9]{4,10}", fullmatch=True) | st.from_regex(r"[2-9][0-9]{6}", fullmatch=True),
    st.sampled_from(["NZ", "AU"]),
)
@settings(max_examples=150)
def test_a_number_without_its_zero_or_area_code_reads_as_the_library_reads_it(
    text: str, country: str
) -> None:
    """Digits that are read without the library's parser are valid, or too short, where it says so."""
    short = phones._bare(text, country)
    if short is not None:
        number = phonenumbers.parse(text, country)
        whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        valid = phonenumbers.is_valid_number(number)
        assert short == ((whole, True) if valid else (f"local:{text}", False))


@given(
    st.sampled_from(["09 555 0123", "(021) 5550123", "+64 9 555 0123", "+61 2 5550 1234", "555 0123"]),
    st.sampled_from([" ext ", " x", " x ", " ext"]),
    st.from_regex(r"[0-9]{1,5}", fullmatch=True),
)
@settings(max_examples=60)
def test_an_extension_is_read_as_the_library_reads_it(number: str, sign: str, extension: str) -> None:
    """The short way to an extension leads where the library's parser does."""
    read = phonenumbers.parse(f"{number}{sign}{extension}", "NZ")
    if phonenumbers.is_valid_number(read):
        assert phones._one(f"{number}{sign}{extension}", "NZ") == (phones._key(read), False)


@pytest.mark.parametrize("text", ["44927", "1234", "20213 "])
def test_what_is_too_short_for_a_number_is_none(text: str) -> None:
    """A day's number in a phone cell can be dialled nowhere: it has no comparable form and is not usable."""
    assert not phones.parse(text).readable
    assert phones.keys(text) == ()


def test_wide_digits_lack_no_zero() -> None:
    """A number typed with a Chinese keyboard is the number, its zero included."""
    wide = phones.parse("０９ ５５５ ０１２３")
    assert wide == phones.parse("09 555 0123")
    assert not wide.zero_eaten
