"""The chain: pure hashing and checking."""

from __future__ import annotations

import hashlib
import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.domain.records import canonical
from workbench.ledger.chain import GENESIS, Head, Row, digest, entry_text, next_hash, verify


def rows_of(count: int) -> list[Row]:
    """Give a sound chain."""
    rows, before = [], GENESIS
    for seq in range(1, count + 1):
        text = entry_text(seq=seq, at="t", by="ann", kind="k", subject="", body={"n": seq}, private={})
        before = next_hash(before, text)
        rows.append(Row(seq, text, before))
    return rows


def test_the_format_is_what_it_says() -> None:
    """Anyone can compute the same from the description alone."""
    text = entry_text(
        seq=1, at="t", by="Māia", kind="k", subject="s", body={"b": 1, "a": None}, private={"x": "d"}
    )
    assert text == (
        '{"at":"t","body":{"a":null,"b":1},"by":"Māia","kind":"k","private":{"x":"d"},"seq":1,"subject":"s","v":1}'
    )
    assert next_hash(GENESIS, text) == hashlib.sha256(bytes(32) + text.encode()).hexdigest()


def test_an_empty_chain_is_sound() -> None:
    """Its head is nothing and zeros."""
    assert verify([]).head == Head(0, GENESIS)
    assert verify([]).ok


@settings(max_examples=150)
@given(st.data())
def test_every_change_of_a_chain_is_found(data: st.DataObject) -> None:
    """Flipped, dropped, swapped, inserted, cut: against a noted head none goes unseen."""
    rows = rows_of(6)
    head = Head(6, rows[-1].hash)
    assert verify(rows, head).ok
    how = data.draw(st.sampled_from(["flip", "drop", "swap", "insert", "cut", "rewrite"]))
    i, j = data.draw(st.tuples(st.integers(0, 5), st.integers(0, 5)))
    changed = list(rows)
    if how == "flip":
        at = data.draw(st.integers(0, len(rows[i].entry) - 1))
        letter = data.draw(st.characters(codec="ascii"))
        assume(letter != rows[i].entry[at])
        changed[i] = Row(rows[i].seq, rows[i].entry[:at] + letter + rows[i].entry[at + 1 :], rows[i].hash)
    elif how == "drop":
        del changed[i]
    elif how == "swap":
        assume(i != j)
        changed[i], changed[j] = changed[j], changed[i]
    elif how == "insert":
        changed.insert(i, rows[j])
    elif how == "cut":
        changed = changed[:i]
    else:  # with every later hash made anew, only the noted head tells
        entry = rows[i].entry.replace("ann", "eve")
        before = rows[i - 1].hash if i else GENESIS
        for k in range(i, 6):
            entry = entry if k == i else rows[k].entry
            before = next_hash(before, entry)
            changed[k] = Row(k + 1, entry, before)
    assert not verify(changed, head).ok


def test_an_entry_of_an_unknown_format_is_not_taken_on_trust() -> None:
    """A later format needs a later reader."""
    whole = json.loads(rows_of(1)[0].entry) | {"v": 2}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    assert "format" in (verify([Row(1, text, next_hash(GENESIS, text))]).fault or "")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=3), _JSON, max_size=3))
def test_only_the_one_byte_form_of_an_entry_holds(body: dict[str, object]) -> None:
    """Whatever an entry says: as it is written it holds; with other spaces, order or escapes it does not."""
    parts = {"seq": 1, "at": "t", "by": "Māia", "kind": "k", "subject": "", "private": {}}
    text = entry_text(body=body, **parts)  # type: ignore[arg-type]
    assert verify([Row(1, text, next_hash(GENESIS, text))]).ok
    whole = json.loads(text)
    turned = {**whole, "body": dict(reversed(whole["body"].items()))}
    deep = {**whole, "body": {"in": [{"b": 1, "a": body}]}}
    tight = {"ensure_ascii": False, "separators": (",", ":")}
    for other in (
        json.dumps(whole, sort_keys=True, ensure_ascii=False),
        json.dumps(whole, sort_keys=True, separators=(",", ":")),
        json.dumps(turned, **tight),
        json.dumps(deep, **tight),
        text.replace('"seq":1', '"seq":1,"seq":1'),
    ):
        if other != text:
            assert "canonical" in (verify([Row(1, other, next_hash(GENESIS, other))]).fault or "")


@given(
    st.text(max_size=5), st.none() | st.text(max_size=5), st.text(max_size=5), st.none() | st.text(max_size=5)
)
def test_digests_differ_by_name_value_and_salt(n1: str, v1: str | None, n2: str, v2: str | None) -> None:
    """A blank is not an empty text, and a name and value never run together."""
    salt, other = b"0" * 16, b"1" * 16
    one, two = canonical([n1, v1]), canonical([n2, v2])
    assert (digest(salt, one) == digest(salt, two)) == ((n1, v1) == (n2, v2))
    assert digest(salt, one) != digest(other, one)
