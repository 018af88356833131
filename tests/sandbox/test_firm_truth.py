"""The invented firms: what they promise about size, truth, sameness and being nobody."""

import csv
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import ean
from stdnum.au import abn, acn
from stdnum.nz import ird

from workbench.sandbox.firm import Firm, Recipe, demo_firm, read, slips, stream, write, writing
from workbench.sandbox.firm.__main__ import main
from workbench.sandbox.firm.address_writing import address
from workbench.sandbox.firm.causes import CAUSES
from workbench.sandbox.firm.dice import Dice
from workbench.sandbox.firm.numbers import AU_MOBILES, landline, mobile, next_of_kind
from workbench.sandbox.firm.places import draw_box_address, draw_street_address, draw_town
from workbench.sandbox.firm.sides import FIELDS, Side
from workbench.sandbox.firm.stream import TRUTH_COLUMNS, Written

DATA = Path(__file__).parents[2] / "data" / "demo_firm"
SMALL = settings(max_examples=25, deadline=None)
recipes = st.builds(
    Recipe,
    connectworks=st.integers(0, 60),
    xpm=st.integers(0, 60),
    overlap=st.floats(0, 1),
    seed=st.integers(0, 10_000),
    errors=st.floats(0, 6),
    au_share=st.floats(0, 1),
    duplicates=st.floats(0, 0.5),
    doubled_contacts=st.floats(0, 0.5),
)


@pytest.fixture(scope="module")
def firm() -> Firm:
    return demo_firm(1)


def sides_of(written: Written) -> Iterator[Side]:
    yield from written.connectworks.values()
    yield from written.xpm.values()
    yield from (side for _, side in [*written.twins, *written.doubles])


@SMALL
@given(recipes)
def test_both_lists_have_exactly_the_size_asked_for(recipe: Recipe) -> None:
    """Sizes come out exactly, ids are unique, and the overlap is what was asked for."""
    written = list(stream(recipe))
    for system, size in (("connectworks", recipe.connectworks), ("xpm", recipe.xpm)):
        ids = [side.row["client_id"] for w in written for side in sides_of(w) if side.row["side"] == system]
        assert len(ids) == len(set(ids)) == size
    pairs = sum(row["row"] == "pair" for w in written for row in w.truth)
    assert pairs == round(min(recipe.connectworks, recipe.xpm) * recipe.overlap)


@SMALL
@given(recipes)
def test_every_difference_has_a_cause_and_every_cause_a_difference(recipe: Recipe) -> None:
    """In a true pair, a field has rows of truth exactly where the values differ, or one is borrowed."""
    for written in stream(recipe):
        explained = {
            (row["connectworks_id"], row["xpm_id"], row["field"])
            for row in written.truth
            if row["row"] == "difference"
        }
        differing = {
            (here.row["client_id"], written.xpm[place].row["client_id"], name)
            for place, here in written.connectworks.items()
            if place in written.xpm
            for name in FIELDS
            if here.value(name) != written.xpm[place].value(name)
            or (name == "email" and written.xpm[place].row.get("email_source"))
        }
        assert explained == differing


@SMALL
@given(recipes)
def test_effects_agree_with_blanks(recipe: Recipe) -> None:
    """A difference is to fill only where one side says nothing, and every cause is a known one."""
    for written in stream(recipe):
        sides = {side.row["client_id"]: side for side in sides_of(written)}
        for row in written.truth:
            if row["row"] != "difference":
                continue
            assert row["cause"] in CAUSES
            values = [sides[row[key]].value(str(row["field"])) for key in ("connectworks_id", "xpm_id")]
            if values.count(None) == 1:
                assert row["effect"] in {"fill", "cosmetic", "bad", "not_comparable"}
            if row["effect"] == "different":
                assert None not in values


ALWAYS_STALE = writing.Rates(habit=0, blank=0, slip=0, stale=1)
COUNTRIES = st.sampled_from(("NZ", "AU"))


@settings(deadline=None)
@given(st.integers(0, 10_000), COUNTRIES, st.booleans())
def test_no_new_number_could_be_a_slip(seed: int, country: str, is_mobile: bool) -> None:
    """A number planted as a new one is another one, and no mistyped old one, so that a reader can tell."""
    dice = Dice(seed)
    old = mobile(dice, country) if is_mobile else landline(dice, "09" if country == "NZ" else "03", country)
    new, causes = writing.phone(dice, old, ALWAYS_STALE, country)
    assert causes == ["new_number"]
    assert new is not None and new != old and not slips.is_slip(new, old)
    assert new.split(" ")[0] == old.split(" ")[0] or is_mobile


def test_the_likest_of_numbers_kept_for_fiction_are_kept_apart() -> None:
    """Wherever one was drawn, going on from it ends at a number that is no slip of the old one."""
    spaced = [f"{digits[:4]} {digits[4:7]} {digits[7:]}" for digits in AU_MOBILES]
    numbers = [*spaced, *(f"021 555 {digits:04}" for digits in range(0, 10_000, 37))]
    for old in numbers:
        drawn = [old, *(one for one in numbers if slips.is_slip(one, old))]
        for value in drawn:
            found = slips.unmistaken(value, old, next_of_kind)
            assert found != old and not slips.is_slip(found, old)


@settings(deadline=None)
@given(st.integers(0, 10_000), COUNTRIES, st.booleans(), st.booleans())
def test_no_new_address_could_be_a_slip(seed: int, country: str, boxed: bool, physical: bool) -> None:
    """An earlier home and an agent's box are never the client's own address, nor a mistyped one of it."""
    dice = Dice(seed)
    town = draw_town(dice, country)
    old = draw_box_address(dice, town) if boxed else draw_street_address(dice, town)
    new, causes = address(dice, old, ALWAYS_STALE, "connectworks", town, physical)
    assert causes in (["moved_house"], ["old_agent_po_box"])
    lines = [str(one.lines).removeprefix("C/- Farrow & Finch\n") for one in (new, old)]
    assert lines[0] != lines[1] and not slips.is_slip(*lines)


@given(st.text("ab1", max_size=6), st.text("ab1", max_size=6))
def test_a_slip_is_one_sign_or_two_neighbours(one: str, other: str) -> None:
    """What counts as a slip is what one wrong, missing, doubled or swapped sign makes, either way round."""
    signs = "ab1"
    places = range(len(one) + 1)
    made = {one[:i] + sign + one[i + 1 :] for i in places[:-1] for sign in signs}
    made |= {one[:i] + one[i + 1 :] for i in places[:-1]}
    made |= {one[:i] + sign + one[i:] for i in places for sign in signs}
    made |= {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in places[:-2]}
    assert slips.is_slip(one, other) == (other in made - {one})
    assert slips.is_slip(one, other) == slips.is_slip(other, one)


def test_no_errors_means_habits_only() -> None:
    """With the error factor at 0, true pairs differ in no field that a person would have to decide."""
    rows = [row for written in stream(Recipe(300, 300, errors=0, seed=4)) for row in written.truth]
    fields = {"website", "physical_address", "postal_address", "company_number", "nzbn"}
    effects = {row["effect"] for row in rows if row["row"] == "difference" and row["field"] in fields}
    assert effects <= {"cosmetic"}


def test_equal_recipes_give_equal_firms() -> None:
    """A recipe gives the same records again, and another seed gives others."""
    one, again, other = (
        [side.row for written in stream(Recipe(80, 90, seed=seed)) for side in sides_of(written)]
        for seed in (5, 5, 6)
    )
    assert one == again != other


def test_the_stream_holds_one_household_at_a_time() -> None:
    """A million records are begun as quickly as ten: nothing is drawn ahead."""
    first = next(stream(Recipe(1_000_000, 1_000_000)))
    assert 1 <= len(first.home.entities) <= 20


def test_live_companies_never_share_a_name() -> None:
    """True companies of one firm have names and numbers of their own, as the register demands."""
    companies = [
        entity
        for written in stream(Recipe(3_000, 3_000, seed=2))
        for entity in written.home.entities
        if entity.kind == "company"
    ]
    assert len(companies) > 500
    assert len({entity.name for entity in companies}) == len(companies)
    assert len({entity.company_number for entity in companies}) == len(companies)


def test_the_demo_firm_is_reproduced_byte_for_byte(tmp_path: Path) -> None:
    """The files beside the repository's code are exactly what the generator writes."""
    write(demo_firm(1), tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in DATA.iterdir()} - {"README.md", ".gitattributes"}
    for name in made:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 3_000_000


def test_a_firm_reads_back_as_it_was_written(firm: Firm) -> None:
    """Reading the files gives the very firm, macrons and line breaks included."""
    assert read(DATA) == firm


def test_the_demo_firm_has_its_size_and_its_mix(firm: Firm) -> None:
    """640 and 710 records of every kind and state, some linked already, with cells as in life."""
    assert (len(firm.connectworks), len(firm.xpm_clients)) == (640, 710)
    assert {record["entity_type"] for record in firm.connectworks} == {
        "individual", "company", "trust", "partnership", "limited_partnership", "estate",
    }  # fmt: skip
    states = {record["lifecycle"] for record in firm.connectworks}
    assert states == {"active", "guest", "archived", "discarded"}
    assert sum(record["nature"] == "contact" for record in firm.connectworks) > 100
    assert 15 < sum(record["xpm_link"] is not None for record in firm.connectworks) < 60
    for flag in ("isProspect", "isArchived", "isDeleted"):
        assert {client[flag] for client in firm.xpm_clients} == {"Yes", "No"}
    mailboxes = [client["email"] for client in firm.xpm_clients]
    assert mailboxes.count("accounts@agency.example") > 25
    synced = {"email", "website", "primary_phone", "other_phone", "physical_address", "postal_address"}
    effects = {
        (row["connectworks_id"], row["xpm_id"], row["field"]): row["effect"]
        for row in firm.truth
        if row["row"] == "difference" and row["field"] in synced
    }
    cells = 6 * sum(row["row"] == "pair" for row in firm.truth)
    open_cells = sum(effect not in {"same", "cosmetic"} for effect in effects.values())
    assert 0.30 < open_cells / cells < 0.40


def test_the_demo_firm_holds_together(firm: Firm) -> None:
    """Every id that a record names exists: contacts, staff, groups, parties, relationships, links, truth."""
    clients = {client["uuid"] for client in firm.xpm_clients}
    records = {record["id"] for record in firm.connectworks}
    contacts = {contact["uuid"] for contact in firm.xpm_contacts}
    staff = {member["uuid"] for member in firm.xpm_staff}
    fields = {definition["uuid"] for definition in firm.xpm_custom_fields}
    for client in firm.xpm_clients:
        assert {contact["uuid"] for contact in client["contacts"]} <= contacts
        assert client["accountManager"]["uuid"] in staff
        assert {value["uuid"] for value in client["customFields"]} <= fields
    assert {id for group in firm.xpm_groups for id in group["clientUuids"]} <= clients
    for relationship in firm.xpm_relationships:
        assert {relationship["clientUuid"], relationship["relatedClientUuid"]} <= clients
    assert {party[key] for party in firm.parties for key in ("id", "client_id")} <= records
    assert {record["xpm_link"]["uuid"] for record in firm.connectworks if record["xpm_link"]} <= clients
    for row in firm.truth:
        assert row["connectworks_id"] in records
        assert row["xpm_id"] in clients


def test_several_clients_share_one_contact(firm: Firm) -> None:
    """Some contacts belong to several clients, so that a mobile ripples."""
    used = [contact["uuid"] for client in firm.xpm_clients for contact in client["contacts"]]
    assert sum(used.count(id) > 1 for id in set(used)) > 30


@pytest.mark.parametrize(
    ("left", "right", "row"),
    [
        ("Tūī Plumbing Limited", "Tui Plumbing Ltd", "pair"),
        ("None", "None", "pair"),
        ("Rata Holdings No 1 Limited", "Rata Holdings No 2 Limited", "decoy"),
        ("Esk Valley Family Trust", "Esk Valley Trustees Limited", "decoy"),
        ("John Varley", "John & Mary Varley", "ambiguous"),
        ("Neil Penrose", "Mary Penrose", "decoy"),
        ("Rewarewa Tyres Limited", "Rewarewa Tyres Ltd", "twin"),
    ],
)
def test_traps_are_planted_with_their_truth(firm: Firm, left: str, right: str, row: str) -> None:
    """The labelled traps stand in both systems and the truth says what they are."""
    here = {record["id"] for record in firm.connectworks if record["legal_name"] == left}
    there = {client["uuid"] for client in firm.xpm_clients if client["name"] == right}
    said = {r["row"] for r in firm.truth if r["connectworks_id"] in here and r["xpm_id"] in there}
    assert row in said


def test_the_demo_firm_is_nobody(firm: Firm) -> None:
    """Identifiers fail their checks or lie outside what is issued, mailboxes end in .example."""
    for client in firm.xpm_clients:
        assert uuid.UUID(client["uuid"])
        tax = re.sub(r"\D", "", client["taxNumber"] or "")
        assert not tax or (tax.startswith(("9", "00")) and not ird.is_valid(tax))
        for number in (client["businessNumber"] or "", client["companyNumber"] or ""):
            digits = re.sub(r"\D", "", number)
            assert not (len(digits) == 13 and ean.is_valid(digits))
            assert not (len(digits) == 11 and abn.is_valid(digits))
            assert not (len(digits) == 9 and acn.is_valid(digits))
    for path in DATA.glob("*.jsonl"):
        for mailbox in re.findall(r"[\w.]+@[\w.-]+", path.read_text(encoding="utf-8")):
            assert mailbox.lower().endswith((".example", "none@none.com", "no@email.com")), mailbox


def test_no_australian_tax_number_is_ever_made() -> None:
    """A client in Australia has no tax number on either side."""
    sides = [side for w in stream(Recipe(150, 150, au_share=1)) for side in sides_of(w)]
    assert {side.row["country"] for side in sides} == {"AU"}
    assert {side.row["tax_number"] for side in sides} == {None}


def test_phones_are_kept_for_fiction(firm: Firm) -> None:
    """Every phone of eight digits or more lies in a range that belongs to nobody."""
    phones = [record[name] for record in firm.connectworks for name in ("primary_phone", "other_phone")]
    phones += [contact["mobile"] for contact in firm.xpm_contacts]
    phones += [client["phone"] for client in firm.xpm_clients]
    for phone in filter(None, phones):
        digits = re.sub(r"\D", "", phone)
        fiction = ("555", "5550", "7010", "49157", "837826")
        assert len(digits) < 8 or any(part in digits for part in fiction), phone


def test_the_command_writes_lists_and_truth(tmp_path: Path) -> None:
    """The command writes both lists and a truth whose ids are found in them; line breaks survive."""
    assert main(["--size", "120", "--seed", "3", "--out", str(tmp_path)]) == 0
    rows = {
        name: list(csv.DictReader((tmp_path / f"{name}.csv").open(encoding="utf-8", newline="")))
        for name in ("connectworks", "xpm", "truth")
    }
    assert len(rows["connectworks"]) == len(rows["xpm"]) == 120
    assert tuple(rows["truth"][0]) == TRUTH_COLUMNS
    ids = {row["client_id"] for row in rows["connectworks"]}
    assert {row["connectworks_id"] for row in rows["truth"]} <= ids
    assert any("\n" in row["physical_lines"] for row in rows["xpm"])


def test_the_lists_do_not_give_the_pairs_away(tmp_path: Path) -> None:
    """The two lists stand in orders of their own."""
    main(["--size", "200", "--overlap", "1", "--out", str(tmp_path)])
    truth = csv.DictReader((tmp_path / "truth.csv").open(encoding="utf-8", newline=""))
    pairs = {row["connectworks_id"]: row["xpm_id"] for row in truth if row["row"] == "pair"}
    orders = [
        [row["client_id"] for row in csv.DictReader((tmp_path / name).open(encoding="utf-8", newline=""))]
        for name in ("connectworks.csv", "xpm.csv")
    ]
    met = sum(pairs[here] == there for here, there in zip(*orders, strict=True))
    assert met < 20


@pytest.mark.parametrize(
    "arguments",
    [["--size", "0"], ["--size", "5", "--overlap", "2"], ["--size", "5", "--errors", "-1"]],
)
def test_impossible_sizes_are_refused(arguments: list[str], tmp_path: Path) -> None:
    """An impossible recipe ends with a sentence and exit code 2, and writes nothing."""
    with pytest.raises(SystemExit, match="2"):
        main([*arguments, "--out", str(tmp_path / "none")])
    assert not (tmp_path / "none").exists()


def test_records_are_json_as_the_gateway_gives_it(firm: Firm) -> None:
    """A record has the keys of the contract, six address parts, and a time of change in UTC."""
    record = json.loads((DATA / "connectworks.jsonl").read_text(encoding="utf-8").split("\n")[0])
    needed = {"id", "nature", "entity_type", "lifecycle", "legal_name", "evidence", "xpm_link", "updated_at"}
    assert needed <= set(record)
    addresses = [r["physical_address"] for r in firm.connectworks if r["physical_address"]]
    assert all(set(a) == {"lines", "suburb", "city", "region", "postcode", "country"} for a in addresses)
    assert all(isinstance(a["lines"], list) for a in addresses)
    assert all(r["updated_at"].endswith("Z") for r in firm.connectworks)
