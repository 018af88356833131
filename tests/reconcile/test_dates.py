"""What date cells are read as."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import dates

DAYS = st.dates(date(1901, 1, 1), date(2026, 12, 31))
HABITS = [
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%A, %d %B %Y",
]


@given(DAYS, st.sampled_from(HABITS))
@settings(max_examples=80)
def test_every_habit_means_the_same_day(day: date, habit: str) -> None:
    """Day first, ISO or with the month in words: one day."""
    assert dates.key(day.strftime(habit)) == day.isoformat()


@given(st.text(max_size=30))
@settings(max_examples=150)
def test_reading_never_fails_and_is_idempotent(text: str) -> None:
    """Any text can be read, and a day's normal form is itself."""
    key = dates.key(text)
    assert dates.key(key) == key


@pytest.mark.parametrize(
    "text", ["1900-01-01", "01/01/1900", "n/a", "0001-01-01T00:00:00", "00/00/0000", "1/0/1900"]
)
def test_default_dates_are_placeholders(text: str) -> None:
    """A program's default date is no birthday."""
    assert dates.is_placeholder(text)
    assert dates.key(text) is None


def test_what_is_no_whole_date_is_not_guessed() -> None:
    """Two-digit years, impossible days and day numbers are left alone."""
    assert [dates.key(text) for text in ("4/5/55", "31/02/1990", "20213", "May 1990")] == [None] * 4
    assert dates.is_serial("20213")
    assert not dates.is_serial("1955")
    assert dates.key("05/13/1955") == "1955-05-13"
