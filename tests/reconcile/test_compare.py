"""Whole differences frames: their shape, their symmetry, their cautions and their reasons."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.errors import BadInput
from workbench.domain.fields import COMPARED, SIDES
from workbench.domain.frames import (
    BASELINE,
    DIFFERENCES,
    MEMBERSHIPS,
    Clients,
    address_cell,
    clients_frame,
    frame_of,
    link_id,
)
from workbench.domain.progress import StopAsked
from workbench.domain.settings import CompareSettings
from workbench.domain.warnings import WARNINGS, bar, in_words, lock
from workbench.reconcile.compare import compare, same_value

sys.path.insert(0, str(Path(__file__).parent))

from often import often

EMAILS = st.sampled_from(
    [None, "", "n/a", "jo@kauri.example", "JO@kauri.example", "al@kauri.example", "a@b.example; c@d.example"]
)
PHONES = st.sampled_from(
    [None, "-", "09 555 0123", "+64 9 555 0123", "9 555 0123", "555 0123", "021 555 0123", "2.1E+8"]
)
STREETS = st.sampled_from(
    [None, "14 Test Rd", "14 Test Road", "PO Box 99999", "Level 3, 14 Test Rd", "as above"]
)
RECORDS = st.fixed_dictionaries(
    {
        "email": EMAILS,
        "website": st.sampled_from(
            [None, "kauri.example", "https://www.kauri.example/", "facebook.com/kauri"]
        ),
        "primary_phone": PHONES,
        "other_phone": PHONES,
        "physical_lines": STREETS,
        "physical_city": st.sampled_from([None, "Taupō", "Taupo", "Napier"]),
        "postal_lines": STREETS,
        "legal_name": st.sampled_from(["Kauri Limited", "Kauri Ltd", "None", "Weka Ltd", None]),
        "date_of_birth": st.sampled_from([None, "04/05/1955", "1955-05-04", "1900-01-01"]),
        "nzbn": st.sampled_from([None, "9400000000012", "94 0000 0000012", "9.4E+12"]),
        "tax_number": st.sampled_from([None, "900-000-014", "900000014", "******014", "******022"]),
        "deceased": st.sampled_from([None, "true", "false"]),
    }
)
ALIKE = {"same", "cosmetic"}


def firm(pairs: list[tuple[dict[str, Any], dict[str, Any]]], **more: Any) -> tuple[Clients, pd.DataFrame]:
    """Make both sides of a firm and its links from pairs of records."""
    left = pd.DataFrame([{"client_id": f"c{i}"} | one for i, (one, _) in enumerate(pairs)])
    right = pd.DataFrame([{"client_id": f"x{i}"} | other for i, (_, other) in enumerate(pairs)])
    links = pd.DataFrame([{"connectworks_id": f"c{i}", "xpm_id": f"x{i}"} for i in range(len(pairs))])
    return Clients(left, right, **more), links


def rows(differences: pd.DataFrame) -> list[tuple[Any, ...]]:
    plain = differences.astype(object).where(differences.notna(), None)
    return [tuple(row) for row in plain.itertuples(index=False)]


def cell(differences: pd.DataFrame, field: str, place: int = 0) -> dict[str, Any]:
    found = differences[differences["field"] == field].iloc[place]
    return {str(name): None if pd.isna(value) else value for name, value in found.items()}


def agreed(connectworks: str | None, xpm: str | None, field: str = "email") -> pd.DataFrame:
    pair = {"connectworks": connectworks, "xpm": xpm, "at": "2026-01-12T00:00:00Z"}
    return frame_of([{"link_id": link_id("c0", "x0"), "field": field} | pair], BASELINE)


def test_shape() -> None:
    """One text row per link and field, in the links' and the field table's order."""
    clients, links = firm([({"email": "a@b.example"}, {}), ({}, {"email": "c@d.example"})])
    differences = compare(clients, links.iloc[::-1])
    assert tuple(differences.columns) == DIFFERENCES
    assert all(dtype == "string" for dtype in differences.dtypes)
    assert differences["field"].tolist() == list(COMPARED) * 2
    assert differences["connectworks_id"].tolist() == ["c1"] * len(COMPARED) + ["c0"] * len(COMPARED)


def test_no_links_no_rows() -> None:
    """Without links there are no differences, but there is a frame of the right shape."""
    clients, _ = firm([({}, {})])
    empty = compare(clients, pd.DataFrame({"connectworks_id": [], "xpm_id": []}))
    assert (len(empty), tuple(empty.columns)) == (0, DIFFERENCES)


def test_links_without_ids_are_refused() -> None:
    """Links must name records."""
    clients, _ = firm([({}, {})])
    with pytest.raises(BadInput, match="xpm_id"):
        compare(clients, pd.DataFrame({"connectworks_id": ["c0"]}))


def test_a_missing_record_is_not_a_record_of_blanks() -> None:
    """Nothing is concluded from absence: a link whose record was not pulled cannot be compared."""
    clients, links = firm([({"email": "a@b.example"}, {})])
    differences = compare(clients, links.assign(xpm_id="gone"))
    assert set(differences["kind"]) == {"not_comparable"}
    assert differences["suggestion"].isna().all()
    assert "XPM" in differences["reason"][0]


def test_what_cannot_be_written_is_not_suggested() -> None:
    """No contact for a mobile, a discarded client, an eaten zero, a wrapped mailbox: never suggested."""
    connectworks = [
        {"client_id": "c1", "other_phone": "021 555 0123", "primary_phone": "9 555 0123"},
        {"client_id": "c2", "lifecycle": "discarded"},
        {"client_id": "c3", "email": "mailto:jo@kauri.example"},
    ]
    xpm = [
        {"client_id": "x1"},
        {"client_id": "x2", "email": "jo@kauri.example", "contact_id": "p2"},
        {"client_id": "x3", "contact_id": "p3"},
    ]
    links = pd.DataFrame({"connectworks_id": ["c1", "c2", "c3"], "xpm_id": ["x1", "x2", "x3"]})
    found = compare(Clients(clients_frame(connectworks, "connectworks"), clients_frame(xpm, "xpm")), links)
    fills = found[found["kind"] == "fill"].set_index(["connectworks_id", "field"])
    assert fills["suggestion"].isna().all()
    assert "no_contact" in fills.loc[("c1", "other_phone"), "warnings"]
    assert "zero_eaten" in fills.loc[("c1", "primary_phone"), "warnings"]
    assert "closed_in_connectworks" in fills.loc[("c2", "email"), "warnings"]
    assert len(fills) == 4


def test_a_damaged_value_may_be_replaced_and_never_passed_on() -> None:
    """Of a good and a pointing address only the good one may be sent; the other way is barred in words."""
    good = {"client_id": "c1", "physical_lines": "14 Test Rd", "physical_city": "Hamilton"}
    pointing = {"client_id": "x1", "physical_lines": "As above"}
    clients = Clients(clients_frame([good], "connectworks"), clients_frame([pointing], "xpm"))
    found = compare(clients, pd.DataFrame({"connectworks_id": ["c1"], "xpm_id": ["x1"]}))
    address = found.set_index("field").loc["physical_address"]
    assert address["kind"] == "bad"
    assert bar("to_connectworks", address["warnings"]) == WARNINGS["unfit_in_xpm"]
    assert bar("to_xpm", address["warnings"]) is None


@given(st.lists(st.tuples(RECORDS, RECORDS), min_size=4, max_size=10))
@settings(max_examples=often(4))
def test_comparing_is_symmetric(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Swapping the systems leaves every kind and slip as it is and mirrors the suggestions."""
    # The one place where the systems differ: XPM's contact and Connectworks' verified fields.
    forth = compare(*firm(pairs))
    back = compare(*firm([(other, one) for one, other in pairs]))
    across = {"to_xpm": "to_connectworks", "to_connectworks": "to_xpm"}
    assert back["kind"].tolist() == forth["kind"].tolist()
    assert back["slip"].fillna("").tolist() == forth["slip"].fillna("").tolist()
    assert [across.get(s) for s in back["suggestion"]] == [
        s if s in across else None for s in forth["suggestion"]
    ]


@given(st.lists(st.tuples(RECORDS, RECORDS), min_size=4, max_size=10), st.randoms(use_true_random=False))
@settings(max_examples=often(3))
def test_shuffling_changes_nothing(pairs: list[tuple[dict[str, Any], dict[str, Any]]], random: Any) -> None:
    """The order of rows and columns of either side is of no account."""
    clients, links = firm(pairs)
    columns = list(clients.xpm.columns)
    random.shuffle(columns)
    shuffled = Clients(
        clients.connectworks.sample(frac=1, random_state=random.randrange(999)),
        clients.xpm.sample(frac=1, random_state=random.randrange(999))[columns],
    )
    assert rows(compare(shuffled, links)) == rows(compare(clients, links))


@given(st.lists(st.tuples(RECORDS, RECORDS), min_size=8, max_size=12))
@settings(max_examples=often(3))
def test_same_value_agrees_with_compare(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Two values are the same value exactly where comparing finds them same or cosmetic."""
    differences = compare(*firm(pairs))
    for field in ("email", "website", "nzbn", "date_of_birth", "tax_number"):
        for place, (one, other) in enumerate(pairs):
            found = cell(differences, field, place)
            assert same_value(field, one[field], other[field], "NZ") is (found["kind"] in ALIKE)


@given(st.lists(RECORDS, min_size=8, max_size=12))
@settings(max_examples=often(3))
def test_a_record_differs_from_itself_in_nothing(records: list[dict[str, Any]]) -> None:
    """Equal cells are the same, whatever is in them; a masked number alone is never called so."""
    differences = compare(*firm([(record, record) for record in records]))
    masked = {f"c{i}" for i, record in enumerate(records) if "*" in (record["tax_number"] or "")}
    taxes = differences["field"] == "tax_number"
    assert set(differences.loc[~taxes, "kind"]) == {"same"}
    assert [kind != "same" for kind in differences.loc[taxes, "kind"]] == [
        link in masked for link in differences.loc[taxes, "connectworks_id"]
    ]


@given(st.lists(st.tuples(RECORDS, RECORDS, RECORDS), min_size=8, max_size=12))
@settings(max_examples=often(4))
def test_the_only_changed_value_is_never_overwritten(stories: list[tuple[dict[str, Any], ...]]) -> None:
    """From an agreed pair, whichever side alone moves is followed or left, never written over."""
    fields = ("email", "website", "primary_phone")
    for mirrored, forbidden in ((False, "to_connectworks"), (True, "to_xpm")):
        pairs = [(other, now) if mirrored else (now, other) for _, now, other in stories]
        base = [
            {"link_id": link_id(f"c{i}", f"x{i}"), "field": field}
            | dict(
                zip(
                    SIDES, (other[field], was[field]) if mirrored else (was[field], other[field]), strict=True
                )
            )
            for i, (was, _, other) in enumerate(stories)
            for field in fields
        ]
        differences = compare(*firm(pairs), frame_of(base, BASELINE))
        for field in fields:
            for place, (was, now, _) in enumerate(stories):
                if not same_value(field, was[field], now[field], "NZ"):
                    assert cell(differences, field, place)["suggestion"] != forbidden


def test_values_stay_as_received() -> None:
    """Comparing repairs nothing: the cells in the frame are the cells that came."""
    clients, links = firm(
        [({"email": " JO@Kauri.example", "legal_name": "None"}, {"primary_phone": "9 555 0123"})]
    )
    differences = compare(clients, links)
    assert cell(differences, "email")["connectworks"] == " JO@Kauri.example"
    assert cell(differences, "legal_name")["kind"] == "fill"
    assert cell(differences, "primary_phone")["xpm"] == "9 555 0123"


def test_nothing_unfit_is_suggested() -> None:
    """Bad values, placeholders, lists and values of the firm itself fill no blank by suggestion."""
    unfit = ["n/a", "jo at kauri", "a@b.example; c@d.example", "ops@ourfirm.example"]
    clients, links = firm([({"email": email}, {}) for email in unfit])
    differences = compare(clients, links, settings=CompareSettings(own_domains=("ourfirm.example",)))
    emails = differences[differences["field"] == "email"]
    assert emails["kind"].tolist() == ["cosmetic", "bad", "fill", "fill"]
    assert emails["suggestion"].isna().all()


@pytest.mark.parametrize("broken", ["ann.kauri.example", "ann@@kauri.example", "ann@kauri..example"])
def test_what_is_no_value_never_replaces_one_that_is(broken: str) -> None:
    """An email that is none may be replaced by the other side’s; the other way is barred."""
    differences = compare(*firm([({"email": broken}, {"email": "ann@kauri.example"})]))
    email = cell(differences, "email")
    assert email["kind"] == "different"
    assert bar("to_xpm", email["warnings"]) == WARNINGS["unfit_in_connectworks"]
    assert bar("to_connectworks", email["warnings"]) is None


def test_what_a_spreadsheet_broke_is_named_in_every_field() -> None:
    """An error, hashes, a power of ten or a day number is damage: named, and never passed on."""
    broken = {
        "email": "#N/A",
        "website": "#REF!",
        "primary_phone": "2.15E+08",
        "other_phone": "######",
        "physical_lines": "#VALUE!",
        "legal_name": "#NAME?",
        "date_of_birth": "20213",
        "company_number": "####",
        "nzbn": "9.4E+12",
    }
    whole = {
        "email": "jo@kauri.example",
        "website": "kauri.example",
        "primary_phone": "09 555 0123",
        "other_phone": "021 555 0123",
        "physical_lines": "14 Test Rd",
        "legal_name": "Kauri Limited",
        "date_of_birth": "04/05/1955",
        "company_number": "9999012",
        "nzbn": "9400000000012",
    }
    differences = compare(*firm([(broken, whole)])).set_index("field")
    told = differences.drop(index=["postal_address", "tax_number"])
    assert set(told["kind"]) == {"bad"}
    assert told["warnings"].str.startswith("spreadsheet_damage").all()
    sent = told[told["warnings"].str.contains("unfit_in_connectworks")]
    assert len(sent) == len(told)
    assert told["suggestion"].isna().all()


@pytest.mark.parametrize("made", ["1-Dec Test Rd", "Dec-14 Test Rd", "Kauri House\nJan-12 Test Rd"])
def test_a_unit_that_a_spreadsheet_took_for_a_day_is_named(made: str) -> None:
    """“1/12” that came back as a day of the year is damage in an address too; a street named May is none."""
    whole = {"postal_lines": "1/12 Test Rd", "postal_city": "Napier"}
    kept = {"postal_lines": "14 May Street", "postal_city": "Napier"}
    pairs = [({**whole, "postal_lines": made}, whole), ({**whole, "postal_lines": made}, {}), (kept, whole)]
    differences = compare(*firm(pairs))
    told = differences[differences["field"] == "postal_address"]
    assert told["kind"].tolist() == ["bad", "bad", "different"]
    assert told["warnings"].str.startswith("spreadsheet_damage").tolist()[:2] == [True, True]
    assert told["suggestion"].isna().all()


def test_a_box_against_a_street_is_told_with_its_side() -> None:
    """Whose box would become the other's physical address is said, however plain; of two boxes neither."""
    street, box, other = ({"physical_lines": lines} for lines in ("14 Test Rd", "PO Box 99", "PO Box 7"))
    odd = {"physical_lines": "PO Box 99, Attn: The “Manager”"}
    differences = compare(*firm([(street, box), (box, street), (odd, street), (box, other)]))
    told = differences[differences["field"] == "physical_address"]["warnings"].tolist()
    assert told == ["box_in_xpm", "box_in_connectworks", "box_in_connectworks", "po_box_as_physical"]
    assert lock("to_connectworks", told[0]) and not lock("to_xpm", told[0])


def test_what_is_the_firms_own_is_named_and_not_suggested() -> None:
    """The firm's own mailbox, website or office, however written, is warned of where a client has it."""
    ours = {
        "email": "ops@ourfirm.example",
        "website": "https://www.ourfirm.example/",
        "physical_lines": "Level 3\n9 Quay St",
        "physical_city": "Auckland",
        "postal_lines": "9 Quay Street, Napier",
    }
    own = CompareSettings(own_domains=("ourfirm.example",), own_addresses=("9 Quay Street, Auckland 1010",))
    differences = compare(*firm([(ours, {})]), settings=own)
    told = differences.set_index("field").loc[["email", "website", "physical_address", "postal_address"]]
    assert told["warnings"].fillna("").tolist() == ["own_domain", "own_domain", "own_address", ""]
    assert told["suggestion"].notna().tolist() == [False, False, False, True]


def test_a_contacts_email_is_not_the_clients_own() -> None:
    """XPM's fallback to the primary contact is shown, and never suggested as the client's."""
    clients, links = firm([({}, {"email": "jo@kauri.example", "email_source": "contact"})])
    found = cell(compare(clients, links), "email")
    assert (found["kind"], found["suggestion"], found["warnings"]) == ("fill", None, "email_from_contact")


def test_the_dead_are_left_in_peace() -> None:
    """Nothing is suggested for a person who is marked as deceased, and it is said why."""
    clients, links = firm([({"email": "jo@kauri.example", "deceased": "true"}, {"deceased": "No"})])
    found = cell(compare(clients, links), "email")
    assert (found["suggestion"], found["warnings"]) == (None, "deceased")
    named = [
        "Ngata, Hemi (Dec)",
        "Hemi Ngata dec’d",
        "The late Hemi Ngata",
        "Hemi Ngata DECEASED",
        "Hemi Dec",
    ]
    pairs = [({"email": f"jo{n}@kauri.example"}, {"legal_name": name}) for n, name in enumerate(named)]
    clients, links = firm([(one | {"entity_type": "individual"}, other) for one, other in pairs])
    warned = compare(clients, links).query("field == 'email'")["warnings"].fillna("")
    assert warned.tolist() == ["deceased"] * 4 + [""]


def test_verified_values_are_not_overwritten_by_suggestion() -> None:
    """What Connectworks holds as verified is warned of and not suggested to be replaced."""
    clients, links = firm(
        [({"email": "jo@kauri.example", "verified_fields": "email; nzbn"}, {"email": "al@kauri.example"})]
    )
    found = cell(compare(clients, links, agreed("jo@kauri.example", "jo@kauri.example")), "email")
    assert (found["kind"], found["suggestion"], found["warnings"]) == ("different", None, "aml_verified")


def test_shared_values_and_shared_contacts_are_counted() -> None:
    """A mailbox of many clients and a contact of many clients carry their number."""
    pairs: list[Any] = [
        ({}, {"email": "accounts@agency.example", "contact_id": "k1", "other_phone": "021 555 0123"})
    ] * 4
    clients, links = firm(pairs)
    more = frame_of([{"side": "xpm", "contact_id": "k1", "client_id": "elsewhere"}], MEMBERSHIPS)
    differences = compare(clients, links, memberships=more)
    assert cell(differences, "email")["warnings"] == "shared_value:4"
    assert cell(differences, "other_phone")["warnings"] == "contact_shared:5; shared_value:4"
    assert in_words("contact_shared:5; shared_value:4")[0].startswith("This contact belongs to 5 clients")
    clients.xpm.loc[0, "lifecycle"] = "deleted"  # where nobody sees it any more
    assert cell(compare(clients, links, memberships=more), "other_phone", 1)["warnings"].startswith(
        "contact_shared:4"
    )


def test_the_country_comes_from_record_address_or_home() -> None:
    """A number is read by its record's country, else its address', else the firm's."""
    pairs: list[Any] = [
        ({"country": "Australia", "primary_phone": "0491 570 156"}, {"primary_phone": "+61 491 570 156"}),
        (
            {"physical_country": "Australia", "primary_phone": "02 5550 1234"},
            {"primary_phone": "+61 2 5550 1234"},
        ),
        ({"primary_phone": "02 5550 1234"}, {"primary_phone": "+61 2 5550 1234"}),
    ]
    differences = compare(*firm(pairs), settings=CompareSettings(home_country="AU"))
    assert {cell(differences, "primary_phone", place)["kind"] for place in range(3)} == {"cosmetic"}


def test_swaps_span_two_fields() -> None:
    """Two fields that hold each other's values are both marked, to be decided as one."""
    one = {"primary_phone": "09 555 0123", "other_phone": "021 555 0123"}
    other = {"primary_phone": "+64 21 555 0123", "other_phone": "(09) 555 0123"}
    differences = compare(*firm([(one, other)]))
    marked = differences.loc[differences["slip"].notna(), "field"].tolist()
    assert marked == ["primary_phone", "other_phone"]
    assert set(differences["slip"].dropna()) == {"primary and other phone swapped"}


def test_reasons_for_what_was_cleared_and_left() -> None:
    """A cleared value never comes back by suggestion, and a pair left alone stays left."""
    cleared = cell(
        compare(*firm([({"email": "jo@kauri.example"}, {})]), agreed("jo@kauri.example", "jo@kauri.example")),
        "email",
    )
    assert (cleared["kind"], cleared["suggestion"]) == ("different", None)
    assert "cleared on purpose" in cleared["reason"]
    assert cleared["pattern"] == "email|different|xpm|cleared in XPM"
    left = cell(
        compare(*firm([({"email": "jo@kauri.example"}, {})]), agreed("jo@kauri.example", None)), "email"
    )
    assert (left["kind"], left["suggestion"]) == ("fill", None)
    assert left["baseline"] == '{"connectworks":"jo@kauri.example","xpm":null}'


def test_what_is_only_written_anew_on_each_side_may_still_part_them() -> None:
    """Each address says what was agreed, but not what the other says by now: who wrote anew has moved."""

    def said(ours: str | None, theirs: str | None, *was: str | None) -> tuple[Any, ...]:
        lived = [
            {"physical_lines": "14 Rimu Road", "physical_suburb": suburb, "physical_city": "Hamilton"}
            for suburb in (ours, theirs, *was)
        ]
        before = [address_cell({k.removeprefix("physical_"): v for k, v in one.items()}) for one in lived[2:]]
        found = compare(*firm([(lived[0], lived[1])]), agreed(*before, "physical_address"))
        told = cell(found, "physical_address")
        return told["kind"], told["suggestion"], told["pattern"] and told["pattern"].split("|")[2]

    assert said("Nawton", "Frankton", None, "Frankton") == ("different", "to_xpm", "connectworks")
    assert said("Nawton", "Frankton", "Nawton", None) == ("different", "to_connectworks", "xpm")
    assert said("Nawton", "Frankton", None, None) == ("conflict", None, "both")
    assert said("Nawton", "Frankton", "Nawton", "Frankton") == ("different", None, "neither")
    assert said("Frankton", "Frankton", None, None)[:2] == ("same", None)


def test_every_warning_has_its_words() -> None:
    """No code reaches a screen without a sentence."""
    assert [in_words(f"{code}:3")[0] for code in WARNINGS] == [text.format(n=3) for text in WARNINGS.values()]


def test_comparing_tells_how_far_it_is_and_stops_where_it_is_told_to() -> None:
    """The shares grow up to the laying out; what a hearer raises ends the work and reaches the caller."""
    clients, links = firm([({"email": "jo@kauri.example"}, {"email": "al@kauri.example"})])
    heard: list[float] = []
    assert compare(clients, links, tell=heard.append).equals(compare(clients, links))
    assert heard == sorted(heard)
    assert 0 < heard[0] < heard[-1] < 1

    def stop(share: float) -> None:
        if share > 0.5:
            raise StopAsked

    with pytest.raises(StopAsked):
        compare(clients, links, tell=stop)
