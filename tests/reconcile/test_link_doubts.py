"""What tells two clients of one name from one client, and what does not."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.reconcile.link import link

Record = dict[str, str]
HOME = {"physical_lines": "14 Test Rise", "physical_city": "Hamilton"}
FAMILY = {"email": "larkwell07@mail.example"}
OWN = {"email": "alan.larkwell@mail.example"}
PHONES = {"other_phone": "021 555 0123"}, {"other_phone": "021 555 0987"}


def person(*parts: Record, name: str = "Alan Larkwell", **more: str) -> Record:
    """Give a person of one name."""
    return {
        "entity_type": "individual",
        "legal_name": name,
        **{k: v for p in parts for k, v in p.items()},
        **more,
    }


def trust(name: str, *parts: Record, **more: str) -> Record:
    """Give a trust."""
    return {"entity_type": "trust", "legal_name": name, **{k: v for p in parts for k, v in p.items()}, **more}


def linked(left: list[Record], right: list[Record]) -> pd.DataFrame:
    """Link a few records; they are called by their places."""
    sides = (
        pd.DataFrame([{"client_id": str(at), "country": "NZ"} | row for at, row in enumerate(side)])
        for side in (left, right)
    )
    return link(*sides)


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (person(FAMILY, HOME), person(FAMILY, HOME), "link"),
        (person(FAMILY, HOME, PHONES[0]), person(FAMILY, HOME, PHONES[1]), "review"),
        (person(FAMILY, HOME), person(FAMILY), "review"),
        (person(OWN), person(OWN, HOME), "link"),
    ],
    ids=["all agrees", "another phone", "mailbox alone", "a mailbox of one's own"],
)
def test_a_familys_mailbox_is_enough_with_its_address(left: Record, right: Record, verdict: str) -> None:
    """A mailbox named after the family settles who it is beside the address, and where nothing differs."""
    assert linked([left], [right])["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("left", "right", "verdicts"),
    [
        ([person(HOME)], [person(HOME)], {"link"}),
        ([person(HOME, PHONES[0])], [person(HOME, PHONES[1])], {"review"}),
        ([person(HOME), person(HOME, name="Alan Rex Larkwell")], [person(HOME)], {"review"}),
        ([person(HOME)], [person(HOME, lifecycle="prospect")], {"review"}),
    ],
    ids=["nothing else", "another phone", "a namesake in the house", "a prospect"],
)
def test_name_and_address_are_enough_where_nothing_differs_and_nobody_else_is_called_so(
    left: list[Record], right: list[Record], verdicts: set[str]
) -> None:
    """An address settles whose name it is, unless something speaks for a relative of the same name."""
    assert set(linked(left, right)["verdict"]) == verdicts


@pytest.mark.parametrize(
    ("born", "verdict"),
    [("1960-04-05", "link"), ("1960-05-14", "link"), ("1990-05-04", "review"), ("1988-11-21", "review")],
    ids=["day and month swapped", "one digit", "a generation later", "another day"],
)
def test_a_slip_in_a_date_of_birth_is_settled_by_a_mailbox(born: str, verdict: str) -> None:
    """Who has the same name and mailbox and is born on almost the same day is the same; a child is not."""
    left = person(OWN, date_of_birth="1960-05-04")
    assert linked([left], [person(OWN, date_of_birth=born)])["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [(("900-000-418", "******418"), "link"), (("900-000-418", ""), "review")],
    ids=["same last three digits", "no digits"],
)
def test_initials_one_letter_apart_are_settled_by_three_digits(
    numbers: tuple[str, str], verdict: str
) -> None:
    """A mistyped initial in a trust's name is believed where mailbox and last three digits agree."""
    box = {"email": "office@larkwell.example"}
    left = trust("M & O Larkwell Family Trust", box, HOME, tax_number=numbers[0])
    right = trust("MA & O Larkwell Family Trust", box, HOME, tax_number=numbers[1])
    assert linked([left], [right])["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    "child",
    [
        person(HOME, tax_number="900-000-777"),
        person(HOME, {"email": "alan@larkwell.example"}, PHONES[1]),
    ],
    ids=["another tax number", "another mailbox and phone"],
)
def test_a_namesake_on_the_same_side_is_no_twin(child: Record) -> None:
    """A parent's link is not held up by a child of the same name and house who shares nothing personal."""
    parent = person(OWN, HOME, PHONES[0], tax_number="900-000-418")
    found = linked([parent, child], [parent])
    assert found[found["rank"] == 1][["connectworks_id", "verdict"]].values.tolist() == [["0", "link"]]


def test_a_whole_name_alone_is_no_link_where_mailbox_and_phone_differ() -> None:
    """The same middle name does not outweigh that all contact data differ."""
    left, right = (
        person({"email": f"{n}@mail.example"}, PHONES[n], name="Alan Rex Larkwell") for n in (0, 1)
    )
    assert linked([left], [right])["verdict"].tolist() == ["review"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana Mere", "Ana Marie"), ("Mary Ann", "Mary Jane"), ("Mary-Ann", "Mary-Jane"), ("J A", "J B")],
)
def test_twins_of_one_first_name_are_no_link(one: str, other: str) -> None:
    """Born on one day in one house, two people with other second names are two until a tax number tells."""
    born = person(HOME, FAMILY, date_of_birth="1990-05-03")
    left, right = born | {"legal_name": f"{one} Larkwell"}, born | {"legal_name": f"{other} Larkwell"}
    assert linked([left], [right])["verdict"].tolist() == ["review"]


@pytest.mark.parametrize(
    ("shared", "verdict"),
    [((FAMILY, {"primary_phone": "07 555 0144"}), "review"), ((OWN, PHONES[0]), "link")],
    ids=["a household's", "one's own"],
)
def test_another_surname_is_settled_by_ones_own_contacts_only(
    shared: tuple[Record, ...], verdict: str
) -> None:
    """Who married keeps mobile and mailbox; a stepchild of the same first name shares the house's."""
    left, right = person(*shared, HOME), person(*shared, HOME, name="Alan Fernside")
    assert linked([left], [right])["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Mr Alan Larkwell", "Mrs Alan Larkwell"), ("Larkwell, Mr Alan", "Larkwell, Miss Alan")),
        *(("Sir Alan Larkwell", "Lady Alan Larkwell"), ("Master Alan Larkwell", "Mr Alan Larkwell")),
        *(("Alan Larkwell", "Mr & Mrs Alan Larkwell"), ("Alan Larkwell", "Alan/Mary Larkwell")),
        *(("Alan Larkwell", "Alan Larkwell (2)"), ("Alan Larkwell 1", "Alan Larkwell 2")),
        *(("Alan Larkwell IV", "Alan Larkwell"), ("Alan Larkwell 2nd", "Alan Larkwell")),
        *(("Alan Larkwell (son)", "Alan Larkwell"), ("Alan Larkwell", "Alan Larkwell the elder")),
        *(("Alan Larkwell (Junior)", "Alan Larkwell"), ("Alan Larkwell (minor)", "Alan Larkwell")),
        *(("Mrs Alan Larkwell", "Alan Larkwell (deceased)"), ("Baby Larkwell", "Baby Larkwell")),
        ("Alan Larkwell (Timaru)", "Alan Larkwell (Gore)"),
    ],
)
@pytest.mark.parametrize("shared", [(HOME, FAMILY), (HOME, OWN, PHONES[0])], ids=["a household", "own"])
def test_whom_names_tell_apart_are_no_link(one: str, other: str, shared: tuple[Record, ...]) -> None:
    """Husband and wife by title, father and son by number: what they share does not make them one."""
    assert linked([person(*shared, name=one)], [person(*shared, name=other)])["verdict"].tolist() == [
        "review"
    ]


@pytest.mark.parametrize(
    ("names", "verdict"),
    [(("Wei Ling", "Wei Ming"), "review"), (("Wei Larkwell", "Wei Larkwelt"), "link")],
    ids=["short", "long"],
)
def test_a_letter_makes_another_of_a_short_family_name(names: tuple[str, str], verdict: str) -> None:
    """A mailbox is enough beside a mistyped family name, and not where a letter makes another family."""
    sides = [[person({"email": "office@kea.example"}, name=name)] for name in names]
    assert linked(*sides)["verdict"].tolist() == [verdict]


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("Alan Larkwell as executor of the estate of Mary Larkwell", "Alan Larkwell", ("individual",) * 2),
        ("Alan Larkwell ATF Larkwell Family Trust", "Alan Larkwell", ("individual",) * 2),
        ("Alan Larkwell (attorney for Mary Larkwell)", "Alan Larkwell", ("individual",) * 2),
        ("Trustees of Alan Larkwell", "Alan Larkwell", ("other", "individual")),
        ("Executors of the Estate of Alan Larkwell", "Alan Larkwell", ("estate", "other")),
        ("Larkwell Builders Pty Ltd", "Larkwell Builders Limited", ("company",) * 2),
        ("Larkwell Farm Partnership", "Larkwell Farm Limited", ("other", "other")),
        ("Alan Larkwell Jnr", "Alan Larkwell", ("other", "individual")),
        ("Larkwell Parish", "Larkwell Parish Trust", ("other", "trust")),
        ("Xiaoming Larkwell", "Xiaohong Larkwell", ("individual",) * 2),
    ],
)
@pytest.mark.parametrize("shared", [(HOME, FAMILY), (HOME, OWN, PHONES[0])], ids=["a household", "own"])
def test_who_acts_for_another_or_has_another_form_is_no_link(
    one: str, other: str, kinds: tuple[str, str], shared: tuple[Record, ...]
) -> None:
    """A capacity or a legal form in a name keeps two clients apart, be their types told or not."""
    sides = (
        [{"legal_name": name, "entity_type": kind, **shared[0], **shared[1]}]
        for name, kind in zip((one, other), kinds, strict=True)
    )
    assert "link" not in linked(*sides)["verdict"].tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mrs Ana Larkwell", "Miss Ana Larkwell"), ("Dr Ana Larkwell", "Mrs Ana Larkwell")],
)
def test_a_title_that_may_be_the_same_persons_is_no_doubt(one: str, other: str) -> None:
    """Who marries or takes a degree changes the title, and stays who she is."""
    both = [[person(HOME, OWN, name=name)] for name in (one, other)]
    assert linked(*both)["verdict"].tolist() == ["link"]


def test_a_trust_as_the_business_register_writes_it_is_the_trust() -> None:
    """“The Trustee for …” before a trust's name says nothing of another client."""
    left, right = (trust(f"{before}Larkwell Family Trust", OWN, HOME) for before in ("The Trustee for ", ""))
    assert linked([left], [right])["verdict"].tolist() == ["link"]
