"""What website cells are read as."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import websites


@given(
    st.sampled_from(["", "http://", "https://", "HTTPS://", "//"]),
    st.sampled_from(["", "www.", "WWW."]),
    st.sampled_from(["", "/", " "]),
)
@settings(max_examples=40)
def test_scheme_www_and_closing_slash_do_not_matter(scheme: str, www: str, end: str) -> None:
    """One site is one site, however its address is typed."""
    assert websites.key(f"{scheme}{www}Kauri.example{end}") == "kauri.example"


@given(st.text(max_size=50))
@settings(max_examples=150)
def test_reading_never_fails_and_is_idempotent(text: str) -> None:
    """Any text can be read, and the normal form of a normal form is itself."""
    key = websites.key(text)
    again = websites.key(key)
    assert websites.key(again) == again


def test_paths_and_queries_tell_pages_apart() -> None:
    """Two pages of one site are two; capitals in a path are kept."""
    pages = [
        "kauri.example/nz",
        "kauri.example/NZ",
        "kauri.example/nz?a=1",
        "kauri.example",
        "kauri.example:8080",
    ]
    assert [websites.key(page) for page in pages] == pages


@pytest.mark.parametrize("text", ["n/a", "http://", "https:///", "-", "none", ""])
def test_placeholders_are_nothing(text: str) -> None:
    """A scheme alone leads nowhere."""
    assert websites.key(text) is None
