"""Pairs of plain cells, judged a whole column at a time: as `workbench.reconcile.verdicts.judge` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, SIDES, XPM, field_named
from workbench.reconcile import contrasts, plain_cells, rewrite_columns
from workbench.reconcile.normalise import identifiers
from workbench.reconcile.normalise.addresses import Address
from workbench.reconcile.slips import STREET_ENDS
from workbench.reconcile.text_columns import numbered
from workbench.reconcile.verdicts import AGREEING, FAULTS, WEIGHTY, unlike, unlike_addresses, within

_NONE: Final = pl.lit(None, pl.String)
SAID: Final = dict.fromkeys(("kind", "richer", "slip", "change"), pl.String)
FOUND: Final = SAID | {"ours_usable": pl.Boolean, "theirs_usable": pl.Boolean, "warnings": pl.String}


def found(field: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs of cells that are not the same text.

    Parameters
    ----------
    field : str
        A compared field.
    rows : polars.DataFrame
        Columns ``ours``, ``theirs``, ``our_habit`` and ``their_habit``.

    Returns
    -------
    polars.DataFrame
        Columns `FOUND`, in the order of the rows, the warnings' codes with a space between them; ``kind`` is
        null where only the pair by itself can be judged.
    """
    kind = field_named(field).kind
    ours, theirs = plain_cells.keys(field, rows)
    if kind == "address":
        return _addresses(rows, ours, theirs)
    read = _texts(kind, rows.select("ours", "theirs", first=ours["key"], second=theirs["key"]))
    there = rows.select(
        ours_usable=pl.col("ours").is_not_null(), theirs_usable=pl.col("theirs").is_not_null(), warnings=_NONE
    )
    whole = pl.concat([read, there], how="horizontal")
    return _masked(rows, ours["key"], theirs["key"], whole) if kind == "tax" else whole


def _texts(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs of which ``first`` and ``second`` are the normal forms, null where not plain."""
    first, second = pl.col("first"), pl.col("second")
    rows = rows.with_columns(
        pl.when(first == second)
        .then(pl.lit("cosmetic"))
        .when(first != second)
        .then(pl.lit("different"))
        .when(pl.col("theirs").is_null() & first.is_not_null())
        .then(pl.lit("fill"))
        .when(pl.col("ours").is_null() & second.is_not_null())
        .then(pl.lit("fill"))
        .alias("kind")
    ).with_row_index("row")
    alike = _rewritten(kind, rows.filter(pl.col("kind") == "cosmetic"))
    apart = _unlike(kind, rows.filter(pl.col("kind") == "different"))
    fills = _fills(kind, rows.filter(pl.col("kind") == "fill"))
    return _together(rows.select("row"), alike, apart, fills)


def _together(rows: pl.DataFrame, *some: pl.DataFrame) -> pl.DataFrame:
    """Put what was found of some rows back beside all rows."""
    whole = pl.concat([part.select("row", *SAID) for part in some])
    return rows.join(whole, on="row", how="left", maintain_order="left").select(*SAID)


def _rewritten(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    if kind == "date":
        return rows.select("row", kind=pl.lit("same"), richer=_NONE, slip=_NONE, change=_NONE)
    known = rewrite_columns.known(rewrite_columns.OURS) & rewrite_columns.known(rewrite_columns.THEIRS)
    said = {"richer": rewrite_columns.richer(), "slip": _NONE, "change": rewrite_columns.of(kind)}
    # Planned as a whole, as every sign builds on texts that the one before made.
    return rows.lazy().filter(known).select("row", kind=pl.lit("cosmetic"), **said).collect()


def _unlike(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Name slips and contrasts, pair by pair: there are few."""
    listed = kind in ("phone", "email")
    pairs = rows.select("first", "second", "ours", "theirs").iter_rows()
    told = [unlike(kind, (a,), (b,), *c) if listed else unlike(kind, a, b, *c) for a, b, *c in pairs]
    return pl.concat([rows.select("row"), pl.DataFrame(told, schema=SAID, orient="row")], how="horizontal")


def _fills(kind: str, rows: pl.DataFrame, change: pl.Expr = _NONE) -> pl.DataFrame:
    full = pl.when(pl.col("theirs").is_null()).then(pl.lit(CONNECTWORKS)).otherwise(pl.lit(XPM))
    if kind == "website":
        sites = rows.select(pl.coalesce("first", "second")).to_series()
        social = pl.Series([contrasts.is_social(key) for key in sites], dtype=pl.Boolean)
        change = pl.when(social).then(pl.lit(contrasts.SOCIAL))
    return rows.select("row", kind=pl.lit("fill"), richer=full, slip=_NONE, change=change)


def _masked(rows: pl.DataFrame, ours: pl.Series, theirs: pl.Series, whole: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs with a masked tax number: nothing but the last digits can be compared."""
    sides = []
    for cells, key in ((rows["ours"], ours), (rows["theirs"], theirs)):
        masked = identifiers.plainly_masked(cells).fill_null(False)
        sides.append((masked, masked | cells.is_null() | key.is_not_null(), key.is_not_null()))
    last = [identifiers.last_three_of(rows[side]) for side in ("ours", "theirs")]
    agree = (
        pl.when(last[0] == last[1])
        .then(pl.lit("last three digits agree"))
        .when(last[0] != last[1])
        .then(pl.lit("last three digits differ"))
    )
    here = (sides[0][0] | sides[1][0]) & sides[0][1] & sides[1][1]
    told = {"kind": pl.lit("not_comparable"), "richer": _NONE, "slip": agree, "change": _NONE}
    told |= {"ours_usable": pl.lit(sides[0][2]), "theirs_usable": pl.lit(sides[1][2])}
    return whole.with_columns(
        pl.when(here).then(new).otherwise(pl.col(name)).alias(name) for name, new in told.items()
    )


_PARTS: Final = (*AGREEING, "building", "street", "places")


def _addresses(rows: pl.DataFrame, ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Judge pairs of addresses by their parts."""
    read = (*_PARTS, "plain", "boxed", "points", "line", "habit")
    both = pl.concat(
        [
            rows.select("ours", "theirs"),
            ours.select(pl.col(read).name.suffix("_0")),
            theirs.select(pl.col(read).name.suffix("_1")),
        ],
        how="horizontal",
    ).with_row_index("row")
    both = both.with_columns(
        pl.col(f"{word}_{n}").fill_null(False) for word in ("plain", "boxed", "points") for n in (0, 1)
    )
    blank = [pl.col(side).is_null() for side in ("ours", "theirs")]
    fills = both.filter((pl.col("plain_0") & blank[1]) | (pl.col("plain_1") & blank[0]))
    in_care = pl.coalesce("care_of_0", "care_of_1").is_not_null()
    filled = _fills("address", fills, pl.when(in_care).then(pl.lit("in care of somebody")))
    ready = (pl.col(f"plain_{n}") | pl.col(f"boxed_{n}") for n in (0, 1))
    pairs = _weighed(both.filter(*ready, _written_alike()))
    apart = pairs.filter("apart")
    alike = pairs.filter(~pl.col("apart"))
    said = _together(both.select("row"), filled, _unlike_addresses(apart), _alike_addresses(alike))
    usable = both.select(ours_usable=pl.col("plain_0"), theirs_usable=pl.col("plain_1"))
    return _unfit(pl.concat([both, said, usable], how="horizontal"), blank)


def _written_alike() -> pl.Expr:
    """Tell which addresses can be held against each other as they are read.

    Where one alone names a country, or has as its region what is the other's city, the pair is asked.
    """
    countries = pl.col("country_0").is_null() == pl.col("country_1").is_null()
    slid = [
        (pl.col(f"places_{n}") + " " + pl.col(f"region_{n}") == pl.col(f"places_{1 - n}"))
        & pl.col(f"region_{1 - n}").is_null()
        for n in (0, 1)
    ]
    return countries & ~pl.any_horizontal(some.fill_null(False) for some in slid)


def _unfit(whole: pl.DataFrame, blank: Sequence[pl.Expr]) -> pl.DataFrame:
    """Judge pairs of which one address is none that could be passed on, and warn of boxes."""
    told = []
    for n, side in enumerate(SIDES):
        other = blank[1 - n] | pl.col(f"plain_{1 - n}")
        told.append((pl.col(f"points_{n}") & other, "pointer", side))
        told.append((pl.col(f"boxed_{n}") & blank[1 - n], "po_box_as_physical", side))
    faults = [pl.when(is_so).then(pl.lit(FAULTS[code])) for is_so, code, _ in told]
    warned = [pl.when(is_so).then(pl.lit(f"{code} unfit_in_{side}")) for is_so, code, side in told]
    boxed = (
        pl.when(pl.col("boxed_0") & pl.col("boxed_1"))
        .then(pl.lit("po_box_as_physical"))
        .when("boxed_0")
        .then(pl.lit(f"box_in_{CONNECTWORKS}"))
        .when("boxed_1")
        .then(pl.lit(f"box_in_{XPM}"))
    )
    bad = pl.any_horizontal(*(is_so for is_so, _, _ in told))
    return whole.select(
        pl.when(bad).then(pl.lit("bad")).otherwise("kind").alias("kind"),
        "richer",
        "slip",
        pl.coalesce(*faults, "change").alias("change"),
        "ours_usable",
        "theirs_usable",
        pl.coalesce(*warned, boxed).alias("warnings"),
    )


def _weighed(both: pl.DataFrame) -> pl.DataFrame:
    """Tell which addresses differ (``apart``) and which side says more (``richer``); join all words."""
    both = both.with_columns(
        pl.concat_str(f"building_{n}", f"street_{n}", f"places_{n}", separator=" ", ignore_nulls=True).alias(
            f"words_{n}"
        )
        for n in (0, 1)
    )
    same_words = pl.col("words_0") == pl.col("words_1")
    only = [_only_in(n, same_words) for n in (0, 1)]
    more = [pl.any_horizontal(*side.values()) for side in only]
    weighty = pl.any_horizontal(*(side[part] for side in only for part in side if part in WEIGHTY))
    streets = ~_clash(("building", "street"))
    both = both.with_columns(_held(both.select(same_words | ~streets).to_series(), both).alias("held"))
    agree = ~_clash(AGREEING) & (same_words | (streets & pl.col("held")))
    apart = ~agree | weighty | (more[0] & more[1]) | ~_anchored(same_words)
    richer = (
        pl.when(agree & more[0] & ~more[1])
        .then(pl.lit(CONNECTWORKS))
        .when(agree & more[1] & ~more[0])
        .then(pl.lit(XPM))
    )
    return both.with_columns(apart.alias("apart"), richer.alias("richer"))


def _only_in(side: int, same_words: pl.Expr) -> dict[str, pl.Expr]:
    """Tell of each part whether one side alone has it."""
    other = 1 - side
    only = {
        part: pl.col(f"{part}_{side}").is_not_null() & pl.col(f"{part}_{other}").is_null() for part in _PARTS
    }
    only |= {part: only[part] & ~same_words for part in ("building", "street")}
    mine, theirs = (_size(f"places_{n}") for n in (side, other))
    return only | {"places": (mine > theirs) & ~same_words}


def _size(words: str) -> pl.Expr:
    """Count the words of a text; of none, 0."""
    return (pl.col(words).str.count_matches(" ", literal=True) + (pl.col(words) != "")).fill_null(0)


def _clash(parts: Iterable[str]) -> pl.Expr:
    """Tell whether a part that both have is not the same."""
    return pl.any_horizontal(*(pl.col(f"{part}_0") != pl.col(f"{part}_1") for part in parts)).fill_null(False)


def _anchored(same_words: pl.Expr) -> pl.Expr:
    """Tell whether both name one place, or the same words."""
    postcodes = pl.col("postcode_0"), pl.col("postcode_1")
    last = [pl.col(f"places_{n}").str.extract("([^ ]+)$") for n in (0, 1)]
    whole = same_words & (pl.col("places_0").is_not_null() | postcodes[0].eq_missing(postcodes[1]))
    return whole | (postcodes[0] == postcodes[1]).fill_null(False) | (last[0] == last[1]).fill_null(False)


def _held(known: pl.Series, both: pl.DataFrame) -> pl.Series:
    """Tell whether the places of one side stand in the other's in the same order, where that is asked."""
    same = both["places_0"].eq_missing(both["places_1"])
    asked = (~known & ~same).arg_true()
    pairs = (both[name].gather(asked) for name in ("places_0", "places_1"))
    told = [within(*sorted((_words(a), _words(b)), key=len)) for a, b in zip(*pairs, strict=True)]
    return same.scatter(asked, pl.Series(told, dtype=pl.Boolean))


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(" ")) if text else ()


def _alike_addresses(rows: pl.DataFrame) -> pl.DataFrame:
    """Name how one address is written in two ways; left out where not every sign is known."""
    known = rewrite_columns.known(pl.col("ours")) & rewrite_columns.known(pl.col("theirs"))
    told = []
    for part in ("postcode", "region"):
        lacks = [pl.col(f"{part}_{n}").is_null() for n in (0, 1)]
        told.append(_adds(~lacks[0] & lacks[1], lacks[0] & ~lacks[1], f"the {part}"))
    unlike_words = pl.col("words_0") != pl.col("words_1")
    told.append(_adds(unlike_words & (_size("words_0") > _size("words_1")), unlike_words, "a place"))
    lines = rewrite_columns.plainly(pl.col("line_0"), pl.col("line_1"))
    change = pl.coalesce(*told, *lines, pl.lit("abbreviations, spelling or order of the parts"))
    richer = pl.coalesce("richer", rewrite_columns.richer())
    said = {"kind": pl.lit("cosmetic"), "richer": richer, "slip": _NONE, "change": change}
    return rows.lazy().filter(known).select("row", **said).collect()


def _adds(ours: pl.Expr, theirs: pl.Expr, what: str) -> pl.Expr:
    told = [pl.lit(f"{SIDE_LABELS[side]} adds {what}") for side in (CONNECTWORKS, XPM)]
    return pl.when(ours).then(told[0]).when(theirs).then(told[1])


def _unlike_addresses(rows: pl.DataFrame) -> pl.DataFrame:
    """Name slips and contrasts of addresses; pairs whose parts are to each other the same are asked once."""
    codes, _ = numbered(rows.select("richer", *_relations()))
    first = np.unique(codes, return_index=True)[1]
    asked = rows[first]
    named = ([pl.col(f"{part}_{n}").alias(part) for part in _PARTS] for n in (0, 1))
    sides = (asked.select(parts).iter_rows(named=True) for parts in named)
    pairs = zip(*sides, asked["richer"], strict=True)
    told = [unlike_addresses(_address(a), _address(b), richer) for a, b, richer in pairs]
    found = pl.DataFrame(told, schema=SAID, orient="row")[codes]
    return pl.concat([rows.select("row"), found], how="horizontal")


_SIGNS: Final = "aeinorst0123456789"


def _relations() -> Iterator[pl.Expr]:
    """Give all that is looked at in naming how two addresses differ, save what is written in them.

    Where one could be the other with a slip of the keyboard, what is written counts: such a pair is told
    from all others by its row.
    """
    for part in _PARTS:
        one, other = pl.col(f"{part}_0"), pl.col(f"{part}_1")
        held = one.is_not_null().cast(pl.Int8) + 2 * other.is_not_null().cast(pl.Int8)
        yield (held + 4 * one.eq_missing(other).cast(pl.Int8)).alias(part)
    last = [pl.col(f"places_{n}").str.extract("([^ ]+)$") for n in (0, 1)]
    yield last[0].eq_missing(last[1]).alias("last")
    for part, pattern in (("street", "^(.+) [^ ]+$"), ("box", "([^ ]+)$")):
        some = [pl.col(f"{part}_{n}").str.extract(pattern) for n in (0, 1)]
        yield some[0].eq_missing(some[1]).alias(f"some_{part}")
    for n in (0, 1):
        street = pl.col(f"street_{n}")
        named = ~street.str.contains("^the [^ ]+$")
        yield (named & street.str.extract("([^ ]+)$").is_in(list(STREET_ENDS))).alias(f"kind_{n}")
    yield pl.col("words_0").eq_missing(pl.col("words_1")).alias("words")
    lines = [_line(n) for n in (0, 1)]
    # One slip changes how often at most two signs stand there, another order of the letters none.
    often = ([line.str.count_matches(sign, literal=True).cast(pl.Int32) for line in lines] for sign in _SIGNS)
    changed = pl.sum_horizontal(*((one - other).abs() for one, other in often))
    yield pl.when(changed <= 2).then("row").alias("written")


def _line(side: int) -> pl.Expr:
    """Write where an address is on one line, as `Address.line` does."""
    named = (("", "box"), ("rd ", "rural"), ("level ", "level"), ("unit ", "unit"), ("", "number"))
    parts = (pl.lit(before) + pl.col(f"{part}_{side}") for before, part in named)
    return pl.concat_str(*parts, pl.col(f"words_{side}").replace("", None), separator=" ", ignore_nulls=True)


def _address(parts: dict[str, Any]) -> Address:
    several = {part: _words(parts[part]) for part in ("building", "street", "places")}
    return Address(**(parts | several))
