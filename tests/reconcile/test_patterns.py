"""Grouping by the kind of change."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from planted_differences import FEW, OWN_DOMAIN, PlantedFirm, demo, generated, measure, trivial

from workbench.domain.frames import Clients
from workbench.domain.settings import CompareSettings
from workbench.reconcile.compare import compare
from workbench.reconcile.patterns import PATTERNS, SAMPLE, patterns, words


def differences_of(n: int) -> pd.DataFrame:
    """Compare a firm in which few kinds of change happen often."""
    left = [
        {
            "client_id": f"c{i}",
            "primary_phone": f"09 555 {i:04}",
            "email": f"m{i}@kauri.example",
            "website": f"site{i}.example",
        }
        for i in range(n)
    ]
    right = [
        {
            "client_id": f"x{i}",
            "primary_phone": f"+64 9 555 {i:04}",
            "email": f"M{i}@Kauri.example" if i % 2 else None,
            "website": f"https://site{i}.example",
        }
        for i in range(n)
    ]
    links = pd.DataFrame([{"connectworks_id": f"c{i}", "xpm_id": f"x{i}"} for i in range(n)])
    return compare(Clients(pd.DataFrame(left), pd.DataFrame(right)), links)


def test_few_kinds_of_change_make_few_patterns() -> None:
    """Every cell of a kind falls into one pattern, named in plain words, largest first."""
    found = patterns(differences_of(60))
    assert tuple(found.columns) == PATTERNS
    assert found["words"].tolist() == [
        "Primary phone: XPM adds the country code",
        "Website: XPM adds the scheme",
        "Email: differs only in capitals",
        "Email: only Connectworks has a value",
    ]
    assert found["count"].tolist() == [60, 60, 30, 30]
    assert found["share"].tolist() == [1 / 3, 1 / 3, 1 / 6, 1 / 6]
    assert {len(sample) for sample in found["sample"]} == {SAMPLE}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_order_is_of_no_account(seed: int) -> None:
    """Shuffled differences give the same patterns with the same samples."""
    differences = differences_of(25)
    shuffled = differences.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(patterns(shuffled), patterns(differences))


def test_equal_cells_belong_to_no_pattern() -> None:
    """Patterns are made of differences; a frame without any gives none."""
    differences = differences_of(3)
    assert differences.loc[differences["kind"] == "same", "pattern"].isna().all()
    assert patterns(differences[differences["kind"] == "same"]).empty


def test_who_moved_is_part_of_the_words() -> None:
    """Cells that one side changed are told apart from those that the other did."""
    assert words("email|different|xpm|two letters swapped") == "Email: two letters swapped; only XPM changed"
    assert words("email|conflict|both|") == "Email: both sides changed, each to something else"
    assert words("email|conflict|both|one letter differs").endswith(
        "each to something else: one letter differs"
    )


def differences_with(left: list[dict[str, str]], right: list[dict[str, str]]) -> pd.DataFrame:
    """Compare records that are linked in order."""
    sides = [
        pd.DataFrame([{"client_id": f"{letter}{i}"} | one for i, one in enumerate(records)])
        for letter, records in (("c", left), ("x", right))
    ]
    links = pd.DataFrame([{"connectworks_id": f"c{i}", "xpm_id": f"x{i}"} for i in range(len(left))])
    return compare(Clients(*sides), links)


def test_a_value_that_many_share_is_decided_by_itself() -> None:
    """Blanks that one agency's phone would fill stand apart from those that a client's own would."""
    shared = ["09 555 0100"] * 6 + ["021 555 0200"] * 5
    own = [f"07 555 03{i:02}" for i in range(9)]
    found = patterns(
        differences_with([{} for _ in shared + own], [{"primary_phone": n} for n in shared + own])
    )
    assert found["count"].tolist() == [9, 6, 5]
    assert found["words"].tolist() == [
        "Primary phone: only XPM has a value",
        "Primary phone: only XPM has a value; it is shared by 6 clients: ending in 555 0100",
        "Primary phone: only XPM has a value; it is shared by 5 clients: ending in 555 0200",
    ]


def test_an_agents_box_is_known_by_the_clients_who_use_it() -> None:
    """An address in care of somebody whom many name is told from one in care of anybody."""
    many = [f"C/- Old Agents\nPO Box 99{i}" for i in range(5)]
    left = [{"postal_lines": line, "postal_city": "Napier"} for line in [*many, "C/- Aunt Mere\n4 Test Rd"]]
    right = [{"postal_lines": f"{i} Kauri Lane", "postal_city": "Taupō"} for i in range(6)]
    found = patterns(differences_with(left, right))
    assert found["change"].tolist() == [
        "Connectworks’ value is in care of Old Agents",
        "Connectworks’ value is in care of somebody",
    ]


def test_a_box_that_many_use_is_known_by_its_number() -> None:
    """An office's box is named; a street address that several share is named by its town only."""
    box = {"postal_lines": "PO Box 99-120", "postal_city": "Napier"}
    house = {"postal_lines": "14 Test Road", "postal_city": "Napier"}
    others = [{"postal_lines": f"{i} Kauri Lane", "postal_city": "Taupō"} for i in range(12)]
    found = patterns(differences_with([box] * 6 + [house] * 6, others))["words"].tolist()
    assert "Connectworks’ value is shared by 6 clients: PO Box 99120 in Napier" in found[0]
    assert "Test Road" not in found[1]


def test_a_swap_is_one_pattern_of_two_cells() -> None:
    """Two numbers that stand the other way round are one kind of change, counted once for a client."""
    left = [{"primary_phone": f"09 555 010{i}", "other_phone": f"021 555 020{i}"} for i in range(3)]
    right = [
        {"primary_phone": f"+64 21 555 020{i}", "other_phone": f"(09) 555 010{i}", "contact_id": f"k{i}"}
        for i in range(3)
    ]
    found = patterns(differences_with(left, right))
    assert found[["words", "count", "clients"]].to_numpy().tolist() == [
        ["Primary and other phone swapped", 6, 3]
    ]


def test_the_side_that_says_more_is_part_of_the_pattern() -> None:
    """An extension on one side is decided otherwise than one on the other."""
    left = [{"primary_phone": "09 555 0123 ext 4"}, {"primary_phone": "09 555 0124"}]
    right = [{"primary_phone": "09 555 0123"}, {"primary_phone": "09 555 0124 ext 4"}]
    found = patterns(differences_with(left, right))
    assert sorted(found["change"]) == [
        "extension missing; Connectworks says more",
        "extension missing; XPM says more",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "change"),
    [
        ("021 555 0101 / 027 555 0202", "021 555 0101 ext 7", "one of them with an extension"),
        ("021 555 0101 / 027 555 0202", "021 555 0110", "one of them with two digits swapped"),
        ("021 555 0101 / 027 555 0202", "029 555 9876", "another"),
    ],
)
def test_one_number_beside_several_is_told_by_the_likest(ours: str, theirs: str, change: str) -> None:
    """Of several numbers against one, the pattern says whether that one is among them but for a slip."""
    found = patterns(differences_with([{"primary_phone": ours}], [{"primary_phone": theirs}]))
    assert found["change"].tolist() == [f"Connectworks has several, XPM {change}"]
    turned = patterns(differences_with([{"primary_phone": theirs}], [{"primary_phone": ours}]))
    assert turned["change"].tolist() == [f"XPM has several, Connectworks {change}"]


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "change"),
    [
        ("primary_phone", "021 555 0101 (Mary)", "021 555 0101", "Connectworks adds words"),
        ("primary_phone", "0800 KIWIANA", "0800 549 4262", "Connectworks writes letters for digits"),
        ("primary_phone", "64 21 555 0101", "021 555 0101", "Connectworks adds the country code"),
        ("primary_phone", "tel:+64215550101", "021 555 0101", "Connectworks adds the country code"),
        ("primary_phone", "ring Mary", "021 555 0101", "Connectworks has what cannot be read"),
        ("email", "jo @kauri.example", "jo@kauri.example", "Connectworks has what cannot be read"),
    ],
)
def test_a_pattern_is_named_for_what_a_person_sees(field: str, ours: str, theirs: str, change: str) -> None:
    """Words beside a number are no letters for digits, a bare country code lacks no zero, and so on."""
    assert patterns(differences_with([{field: ours}], [{field: theirs}]))["change"].tolist() == [change]


def test_several_numbers_on_both_sides_are_told_by_what_they_share() -> None:
    """Two lists that share a number stand apart from two that share none, and from a slip in one number."""
    ours = ["021 555 0101 / 027 555 0202", "09 555 0303; 09 555 0404", "021 555 0101 027 555 0202"]
    theirs = ["021 555 0101 / 022 555 8888", "07 555 6789; 06 555 4321", "027 555 0220 / 021 555 0101"]
    left, right = ([{"primary_phone": cell} for cell in side] for side in (ours, theirs))
    assert sorted(patterns(differences_with(left, right))["change"]) == [
        "both have several, none in common",
        "both have several, one of them in common",
        "both have several, one of them with two digits swapped",
    ]


def test_a_slip_in_a_number_without_its_area_code_is_told_with_its_side() -> None:
    """It is decided otherwise than a number that is new, and by the side that has it whole."""
    lacks = "Connectworks lacks the area code, otherwise two digits swapped"
    found = patterns(differences_with([{"primary_phone": "555 1741"}], [{"primary_phone": "07 555 1714"}]))
    assert found["change"].tolist() == [lacks]
    found = patterns(differences_with([{"primary_phone": "07 555 1714"}], [{"primary_phone": "555 1741"}]))
    assert found["change"].tolist() == [lacks.replace("Connectworks", "XPM")]
    found = patterns(differences_with([{"primary_phone": "555 9999"}], [{"primary_phone": "07 555 1714"}]))
    assert found["change"].isna().all()


def test_a_page_on_a_social_network_stays_told_where_many_share_a_site() -> None:
    """The client's own page is chosen over a site that many share, another site is looked up."""
    left = [{"website": "www.gill.example"}] * 6
    right = [{"website": "facebook.com/kea"}, {"website": "kea.example"}, *[{"website": "gill.example"}] * 4]
    shared = "Connectworks’ value is shared by 6 clients: www.gill.example"
    found = patterns(differences_with(left, right).query("kind == 'different'"))
    assert sorted(found["change"]) == [shared, f"{shared}; XPM has a page on a social network"]


def box(number: int, care_of: str = "", **parts: str) -> dict[str, str]:
    """Give a postal address in Napier, in care of somebody or not."""
    lines = f"C/- {care_of}\nPO Box {number}" if care_of else f"PO Box {number}"
    return {"postal_lines": lines, "postal_city": "Napier", **parts}


@pytest.mark.parametrize("times", [1, 6])
@pytest.mark.parametrize(
    ("other", "rest"),
    [(box(91337, postal_postcode="4110"), "the same"), (box(91373), "two digits swapped")],
)
def test_a_care_of_line_alone_makes_no_other_address(times: int, other: dict[str, str], rest: str) -> None:
    """What is the same, or a slip away, but for who takes the mail in stands apart, however often."""
    found = patterns(differences_with([box(91337, "The Manager")] * times, [other] * times))
    assert found["change"].tolist() == [f"Connectworks’ value is in care of somebody, otherwise {rest}"]


def test_a_slip_between_two_boxes_of_one_agent_is_looked_at_by_itself() -> None:
    """Where both sides hold somebody else's address, a slip between them is no slip in a client's own."""
    agents = [[box(90013 + 100 * i, "Old Agents"), box(90031 + 100 * i, "Old Agents")] for i in range(6)]
    left, right = zip(*agents, [box(8013), box(8031)], strict=True)
    slip = "two digits swapped in the box number"
    found = patterns(differences_with([*left], [*right]))
    assert found["change"].tolist() == [f"{slip}; each value is in care of Old Agents", slip]


def test_what_cannot_be_passed_on_stands_apart_from_what_many_share() -> None:
    """A shared number among several in one cell is not filled with those that stand alone."""
    found = patterns(
        differences_with(
            [{} for _ in range(7)],
            [*[{"primary_phone": "09 555 0100"}] * 5, *[{"primary_phone": "021 555 0200 / 09 555 0100"}] * 2],
        )
    )
    assert found["change"].tolist() == [
        "only XPM has a value; it is shared by 7 clients: ending in 555 0100",
        "only XPM has a value; it is shared by 7 clients: ending in 555 0100; several values in one field",
    ]


def test_outliers_are_the_members_warned_of_what_few_are() -> None:
    """Whoever is unlike the rest of a pattern is named, all of them."""
    left = [{"email": f"m{i}@kauri.example", "deceased": "Yes" if i == 7 else "No"} for i in range(30)]
    differences = differences_with(left, [{} for _ in left])
    found = patterns(differences)
    assert found["suggestion"].tolist() == ["to_xpm"]
    dead = differences[differences["warnings"] == "deceased"]
    assert found["outliers"].tolist() == [dead["link_id"].tolist()]


@pytest.fixture(scope="module", params=[0, 1000, pytest.param(4000, marks=pytest.mark.long)])
def planted(request: pytest.FixtureRequest) -> PlantedFirm:
    """Give the demo firm, or a generated one with so many links."""
    return generated(request.param) if request.param else demo()


def test_patterns_do_not_mix_what_is_decided_differently(planted: PlantedFirm) -> None:
    """On firms of known truth, few patterns cover nearly all open cells and beat the trivial grouping."""
    own = CompareSettings(own_domains=(OWN_DOMAIN,))
    differences = compare(planted.clients, planted.links, settings=own)
    ours = measure(planted, differences, differences["pattern"])
    plain = measure(planted, differences, trivial(differences))
    assert ours.covered >= 0.9, f"{FEW} patterns: {ours}"
    assert not ours.impure, f"{ours}\n{ours.impure}"
    assert ours.purity > plain.purity
    assert ours.acts < plain.acts / 5
