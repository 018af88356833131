"""Whatever comes in at the door keeps its values and takes the promised shape."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.errors import BadInput, UnknownField
from workbench.domain.fields import ADDRESS_PARTS, COLUMNS, COMPARED, FIELDS, PUSHABLE, field_named
from workbench.domain.frames import (
    TEXT,
    Clients,
    address_cell,
    address_parts,
    as_clients,
    as_links,
    cells,
    clients_frame,
    link_id,
)
from workbench.reconcile.link import link

TEXTS = st.none() | st.text(min_size=1)
PARTS = st.fixed_dictionaries(dict.fromkeys(ADDRESS_PARTS, TEXTS))


@given(PARTS)
def test_an_address_cell_gives_back_what_was_put_in(parts: dict[str, str | None]) -> None:
    """Six parts of any text, line breaks and macrons included, survive the cell; all blank is no cell."""
    cell = address_cell(parts)
    assert address_parts(cell) == parts
    assert (cell is None) == (not any(parts.values()))


@given(st.lists(st.fixed_dictionaries({"legal_name": TEXTS, "email": TEXTS}), max_size=6))
def test_any_frame_comes_in_whole(rows: list[dict[str, str | None]]) -> None:
    """A frame of any text dtype and any subset of columns keeps every value and gains every column."""
    frame = as_clients(pd.DataFrame(rows, columns=["legal_name", "email"], dtype=object), "xpm")
    assert tuple(frame.columns) == COLUMNS
    assert all(dtype == TEXT for dtype in frame.dtypes)
    for name in ("legal_name", "email"):
        assert [None if pd.isna(v) else v for v in frame[name]] == [row[name] for row in rows]


@pytest.mark.parametrize("name", ["None", "nan", "NA", "null", "0042"])
def test_a_client_may_be_called_anything(name: str) -> None:
    """Words that programs take for nothing stay a client's name."""
    frame = clients_frame([{"client_id": "1", "legal_name": name}], "connectworks")
    assert as_clients(frame, "connectworks").loc[0, "legal_name"] == name


def test_a_whole_frame_passes_as_it_is() -> None:
    """A frame that came through the door before is not copied again."""
    frame = clients_frame([{"client_id": "1", "legal_name": "Mere Rewi"}], "xpm")
    assert as_clients(frame, "xpm") is frame
    assert Clients(connectworks=frame, xpm=frame).connectworks["side"].tolist() == ["connectworks"]


def test_one_id_for_two_records_is_refused() -> None:
    """Two rows of one id are told, with what to do."""
    with pytest.raises(BadInput, match="more than once"):
        as_clients(pd.DataFrame({"client_id": ["1", "1"]}), "xpm")


def test_a_column_that_stands_twice_is_refused() -> None:
    """Two columns of one name are told by their name."""
    frame = pd.DataFrame([["a@b.example", "c@d.example"]], columns=["email", "email"])
    with pytest.raises(BadInput, match="email"):
        as_clients(frame, "xpm")


@pytest.mark.parametrize("what", [None, {"legal_name": ["Kea Ltd"]}, pl.DataFrame(), pd.Series(["Kea Ltd"])])
def test_what_is_no_frame_is_refused_by_name(what: object) -> None:
    """Whatever else is given as clients or as links is named, with what to give instead."""
    whole = pd.DataFrame({"client_id": ["a"], "legal_name": ["Kea Ltd"]})
    with pytest.raises(BadInput, match=f"xpm is no pandas frame but a {type(what).__name__}"):
        as_clients(what, "xpm")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="given as connectworks"):
        link(what, whole)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="given as links"):
        as_links(what)  # type: ignore[arg-type]


def test_half_a_sign_is_no_error() -> None:
    """A text that was cut in the middle of a sign comes in with a question mark at its place."""
    frame = pd.DataFrame({"client_id": ["a"], "legal_name": pd.Series(["Kea \ud83d"], dtype=object)})
    assert as_clients(frame, "xpm")["legal_name"].tolist() == ["Kea ?"]


def test_links_need_only_both_ids() -> None:
    """A frame of two ids becomes a whole frame of links; without one of them it is refused by name."""
    links = as_links(pd.DataFrame({"connectworks_id": ["cw_1"], "xpm_id": ["u1"]}))
    assert links.loc[0, "link_id"] == link_id("cw_1", "u1")
    with pytest.raises(BadInput, match="xpm_id"):
        as_links(pd.DataFrame({"connectworks_id": ["cw_1"]}))


@given(st.text(), st.text(), st.text(), st.text())
def test_link_ids_tell_pairs_apart(a: str, b: str, c: str, d: str) -> None:
    """Two pairs share an id only if they are the same pair."""
    assert (link_id(a, b) == link_id(c, d)) == ((a, b) == (c, d))


def test_cells_are_as_received() -> None:
    """A field's cells are its column, or an address' parts as one text."""
    frame = clients_frame([{"client_id": "1", "email": " Jo@Kauri.example", "postal_city": "Taupō"}], "xpm")
    assert cells(frame, "email").tolist() == [" Jo@Kauri.example"]
    assert address_parts(cells(frame, "postal_address")[0])["city"] == "Taupō"
    assert cells(frame, "physical_address").isna().all()


def test_the_field_table_says_what_may_be_pushed() -> None:
    """Exactly the six fields of the sync panel may be pushed; a tax number never, and it is masked."""
    assert COMPARED[:6] == PUSHABLE
    assert {field.name for field in FIELDS if field.masked} == {
        "physical_address",
        "postal_address",
        "date_of_birth",
        "tax_number",
    }
    assert field_named("tax_number").xpm_write is None
    with pytest.raises(UnknownField, match="shoe_size"):
        field_named("shoe_size")


def test_whole_numbers_beside_gaps_stay_whole() -> None:
    """A postcode that pandas read as a float beside a gap is its digits, without a decimal point."""
    frame = pd.DataFrame({"client_id": [1, 2], "physical_postcode": [3216.0, None], "legal_name": ["A", "B"]})
    read = as_clients(frame, "xpm")
    assert read["physical_postcode"].tolist() == ["3216", pd.NA]
    assert read["client_id"].tolist() == ["1", "2"]
