"""Households written into both systems, one after the other, until both lists have their size."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .causes import effect
from .dice import Dice
from .entities import Entity, Household, Population
from .sides import FIELDS, Pen, Row, Side, XpmContact
from .writing import Rates

TRUTH_COLUMNS = ("row", "connectworks_id", "xpm_id", "other_id", "field", "cause", "effect", "side")


@dataclass(frozen=True)
class Recipe:
    """What kind of firm to draw.

    Parameters
    ----------
    connectworks, xpm : int
        Records on each side.
    overlap : float
        Share of the smaller side's records that have a counterpart, from 0 to 1.
    seed : int
        Equal recipes give equal firms, on every machine.
    errors : float
        Factor on blanks, slips and stale values; 0 plants writing habits only.
    au_share : float
        Share of Australian households.
    duplicates : float
        Share of linked XPM clients that have a twin there.
    doubled_contacts : float
        Share of linked people who stand in Connectworks a second time, as a contact.
    """

    connectworks: int
    xpm: int
    overlap: float = 0.85
    seed: int = 1
    errors: float = 1.0
    au_share: float = 0.08
    duplicates: float = 0.008
    doubled_contacts: float = 0.0


@dataclass(slots=True)
class Written:
    """One household in both systems, with the truth about it."""

    home: Household
    connectworks: dict[int, Side] = field(default_factory=dict)
    xpm: dict[int, Side] = field(default_factory=dict)
    doubles: list[tuple[int, Side]] = field(default_factory=list)
    twins: list[tuple[int, Side]] = field(default_factory=list)
    contacts: dict[int, XpmContact] = field(default_factory=dict)
    truth: list[Row] = field(default_factory=list)


def stream(recipe: Recipe, population: Population | None = None) -> Iterator[Written]:
    """Draw households until both sides have as many records as the recipe says.

    Parameters
    ----------
    recipe : Recipe
        Sizes, rates and seed.
    population : Population, optional
        Where the households come from; drawn by the recipe when not given.

    Yields
    ------
    Written
        One household in both systems; its sides are keyed by the place of the entity in ``home.entities``.
        No household is kept, so memory stays flat.
    """
    dice = Dice(recipe.seed)
    population = population or Population(Dice(recipe.seed + 1), recipe.au_share)
    pen = Pen(dice, Rates().scaled(recipe.errors))
    left = _Left(recipe)
    while left.total:
        yield _write(dice, pen, population.household(), left, recipe)


class _Left:
    """How many records are still to be written: in both systems, and in one only."""

    def __init__(self, recipe: Recipe) -> None:
        self.both = round(min(recipe.connectworks, recipe.xpm) * recipe.overlap)
        self.connectworks = recipe.connectworks - self.both
        self.xpm = recipe.xpm - self.both
        self.written = 0

    @property
    def total(self) -> int:
        return self.both + self.connectworks + self.xpm

    def take(self, dice: Dice) -> str:
        """Choose where the next entity stands, so that the sizes come out exactly."""
        place = dice.number(1, self.total)
        where = (
            "both"
            if place <= self.both
            else "connectworks"
            if place <= self.both + self.connectworks
            else "xpm"
        )
        setattr(self, where, getattr(self, where) - 1)
        return where

    def next_id(self) -> str:
        self.written += 1
        return f"cw_{self.written:06}"


def _write(dice: Dice, pen: Pen, home: Household, left: _Left, recipe: Recipe) -> Written:
    written = Written(home)
    for place, entity in enumerate(home.entities):
        if not left.total:
            break
        where = left.take(dice)
        if where != "xpm":
            written.connectworks[place] = pen.connectworks(entity, home, left.next_id())
        if where != "connectworks":
            contact = _contact(dice, pen, written, entity)
            written.xpm[place] = pen.xpm(entity, home, dice.uuid(), contact)
        if where == "both":
            _write_pair(dice, pen, written, place, left, recipe)
    written.truth += _decoys(written)
    return written


_ASK_FIRST = {"archived", "discarded", "prospect", "deleted"}


def _write_pair(dice: Dice, pen: Pen, written: Written, place: int, left: _Left, recipe: Recipe) -> None:
    """Write down that two records are one client, and now and then give one of them a double."""
    states = written.connectworks[place].row["lifecycle"], written.xpm[place].row["lifecycle"]
    expected = "review" if _ASK_FIRST.intersection(states) else "link"
    if left.xpm and dice.chance(recipe.duplicates):
        left.xpm -= 1
        expected = _add_twin(pen, written, place, dice.uuid()) or expected
    if written.home.entities[place].person and left.connectworks and dice.chance(recipe.doubled_contacts):
        left.connectworks -= 1
        expected = _add_double(pen, written, place, left.next_id())
    written.truth += pair_truth(written.connectworks[place], written.xpm[place], expected)


def _contact(dice: Dice, pen: Pen, written: Written, entity: Entity) -> XpmContact | None:
    """Give the entity's primary contact: its household's people share their cards between entities."""
    person = entity.answers
    if person is None or dice.chance(0.15):
        return None
    if id(person) not in written.contacts:
        written.contacts[id(person)] = pen.contact(person, entity.country)
    return written.contacts[id(person)]


def _add_twin(pen: Pen, written: Written, place: int, client_id: str) -> str | None:
    """Add a second XPM client of the same entity; where that changes what to expect of the pair, say it."""
    twin = pen.xpm(written.home.entities[place], written.home, client_id, None)
    twin.row["lifecycle"] = "archived" if pen.dice.chance(0.6) else "active"
    pair = written.connectworks[place].row, written.xpm[place].row
    pair[1]["lifecycle"] = "active"
    written.twins.append((place, twin))
    ids = pair[0]["client_id"], twin.row["client_id"]
    cause = f"{twin.row['lifecycle']}_twin"
    written.truth.append(truth_row("twin", *ids, other_id=pair[1]["client_id"], cause=cause, effect="absent"))
    return "review" if cause == "active_twin" else None


def _add_double(pen: Pen, written: Written, place: int, client_id: str) -> str:
    """Add a second Connectworks record of the same person, and say what to expect of the pair."""
    double = pen.connectworks(written.home.entities[place], written.home, client_id)
    double.row["nature"], double.row["lifecycle"] = "contact", "active"
    pair = written.connectworks[place].row, written.xpm[place].row
    written.doubles.append((place, double))
    ids = double.row["client_id"], pair[1]["client_id"]
    written.truth.append(
        truth_row("double", *ids, other_id=pair[0]["client_id"], cause="duplicate_contact", effect="absent")
    )
    return "review"


def truth_row(
    row: str,
    connectworks_id: str | None,
    xpm_id: str | None,
    *,
    other_id: str | None = None,
    field: str | None = None,
    cause: str | None = None,
    effect: str | None = None,
    side: str | None = None,
) -> Row:
    """Give one row of the truth; see the README beside the demo firm's files."""
    values = (row, connectworks_id, xpm_id, other_id, field, cause, effect, side)
    return dict(zip(TRUTH_COLUMNS, values, strict=True))


def pair_truth(connectworks: Side, xpm: Side, expected: str = "link") -> list[Row]:
    """Give the rows of one true pair: that it is one, and a row for each cause in each field that differs."""
    ids = connectworks.row["client_id"], xpm.row["client_id"]
    rows = [truth_row("pair", *ids, effect=expected)]
    for name in FIELDS:
        here, there = connectworks.value(name), xpm.value(name)
        borrowed = name == "email" and xpm.row.get("email_source")  # equal, yet not the client's own
        if here == there and not borrowed:
            continue
        causes_here, causes_there = connectworks.causes.get(name, []), xpm.causes.get(name, [])
        causes = [(cause, "connectworks") for cause in causes_here] + [
            (cause, "xpm") for cause in causes_there
        ]
        result = effect(here, there, causes_here, causes_there)
        rows += [
            truth_row("difference", *ids, field=name, cause=cause, effect=result, side=side)
            for cause, side in causes
        ]
    return rows


def _decoys(written: Written) -> list[Row]:
    """Give the pairs of different entities that look alike and stand on opposite sides."""
    places = {id(entity): place for place, entity in enumerate(written.home.entities)}
    rows = []
    for one, other, cause in written.home.decoys:
        for here, there in ((places[id(one)], places[id(other)]), (places[id(other)], places[id(one)])):
            if here in written.connectworks and there in written.xpm:
                ids = written.connectworks[here].row["client_id"], written.xpm[there].row["client_id"]
                rows.append(truth_row("decoy", *ids, cause=cause, effect="absent"))
    return rows
