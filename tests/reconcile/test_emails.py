"""What email cells are read as."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.reconcile.normalise import emails

NAME = st.text("abcdefghijklmnopqrstuvwyz0123456789", min_size=2, max_size=10)


@given(
    NAME, NAME, st.sampled_from(["{}", "<{}>", "Jo Test <{}>", "mailto:{}", " {} ", '"Test, Jo" <{}>', "{};"])
)
@settings(max_examples=80)
def test_wrappers_and_capitals_do_not_matter(local: str, host: str, wrapper: str) -> None:
    """An address is the same however it is wrapped and capitalised."""
    address = f"m{local}@{host}.example"
    assert emails.parse(wrapper.format(address.upper())) == emails.Emails((address,))


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_reading_never_fails_and_is_idempotent(text: str) -> None:
    """Any text can be read, and the normal form reads as itself."""
    for address in emails.keys(text):
        assert emails.keys(address) == (address,)


@pytest.mark.parametrize(
    "text", ["none@none.com", "noemail@noemail.com", "na@na.co.nz", "test@test.com", "N/A"]
)
def test_nobodys_mailboxes_are_placeholders(text: str) -> None:
    """An address that was only typed to fill the box is nothing."""
    assert emails.parse(text) == emails.Emails()


@pytest.mark.parametrize(
    "text", ["noel@kauri.example", "nadia@none.example", "test@kauri.example", "nora@x.example"]
)
def test_people_are_no_placeholders(text: str) -> None:
    """A person whose name begins like a placeholder keeps the mailbox."""
    assert emails.keys(text) == (text,)


def test_what_is_no_address_is_kept_as_unread() -> None:
    """Words beside an address are not lost, and a broken address is none."""
    assert emails.parse("jo@kauri.example (old)").unread == ("old",)
    assert emails.parse("jo@@kauri").addresses == ()
    assert emails.parse("jo at kauri").addresses == ()


@given(
    st.permutations(["al@kauri.example", "jo@kauri.example", "mo@weka.example"]), st.sampled_from("; ,/ \n")
)
@settings(max_examples=20)
def test_order_and_separators_of_a_list_do_not_matter(addresses: list[str], sign: str) -> None:
    """Several addresses in one cell are one set."""
    assert emails.keys(sign.join(addresses)) == ("al@kauri.example", "jo@kauri.example", "mo@weka.example")


@given(NAME, NAME, st.sampled_from(["old.{}", "{}.smith", "{}-2", "a.{}.b"]))
@settings(max_examples=60)
def test_a_name_with_words_more_extends_a_mailbox(local: str, host: str, words: str) -> None:
    """“old.jane” says more than “jane”, never the other way round, and not at another domain."""
    bare, more = (f"{local}@{host}.example",), (f"{words.format(local)}@{host}.example",)
    assert emails.extends(more, bare)
    assert not emails.extends(bare, more)
    assert not emails.extends(bare, bare)
    assert not emails.extends((f"m{local}@{host}.example",), bare)
    assert not emails.extends(more, (f"{local}@m{host}.example",))
