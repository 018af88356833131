"""Whole columns of addresses: the numbers split off as columns, the words read once for each distinct text.

House and box numbers make almost every address another; streets, suburbs and cities repeat. So an address
is cut into texts that are each read by themselves, by the reading of one cell, and put together again.
A row whose texts say something about each other (a postcode or a state behind a city) is not sure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from workbench.reconcile.normalise import address_words as known

PARTS: Final = ("unit", "number", "street", "box", "places", "postcode", "level", "rural")
# The rest of what an address holds, where it is wanted whole.
MORE: Final = ("care_of", "building", "segments")
# The number that stands for any number while the words of its street are read.
STAND_IN: Final = "7071"

_BEFORE: Final = r"^(?:([^\n\r,;]*)[\n\r,;]+)?? *"
_AFTER: Final = r"(?:[\n\r,;]+((?s:.*)))?$"
_NUMBERED: Final = (
    _BEFORE
    + r"(?:((?i:unit|flat|apartment|apt|suite|shop) )?([1-9][0-9]{0,3}[A-Za-z]?) ?/ ?)?"
    + r"([0-9]{1,5}(?: ?[A-Za-z])?(?: ?- ?[0-9]{1,5}[A-Za-z]?)?) +(\p{L}\p{L}[^\n\r,;]*)"
    + _AFTER
)
_NUMBERED_GROUPS: Final = ("before", "unit_word", "unit", "number", "street", "after")
# No more digits than a box has, and no last four that could be a postcode.
_BOX: Final = (
    _BEFORE
    + r"((?i:p\.? ?o\.? ?box|gpo box|private bag|locked bag)) (?:(?i:no)\.? )?"
    + r"([0-9]{1,6}|[0-9]{2,3} [0-9]{3})"
    + _AFTER
)
_BOX_GROUPS: Final = ("before", "kind", "box", "after")

# What is read of one text by itself: the parts found, the words, and what decides whether that is enough.
READING: Final = {
    **dict.fromkeys(("text", "care_of", "level", "unit", "rural", "box", "number"), pl.String),
    **dict.fromkeys(("building", "street", "places", "segments"), pl.String),
    **dict.fromkeys(("plain", "ends", "odd"), pl.Boolean),
}
_STREET: Final = ("number", "building", "street")
_ALL: Final = ("before", "head", "after", "suburb", "city")
Read = Callable[[pl.Series], pl.DataFrame]


def assembled(
    texts: pl.DataFrame,
    first: Read,
    following: Read,
    echoless: Callable[[str], str],
    *,
    ended: bool = False,
) -> pl.DataFrame:
    """Read addresses from texts that are each read once.

    Parameters
    ----------
    texts : polars.DataFrame
        As `cut` gives them.
    first, following : callable
        The reading of distinct texts: as the first of an address, and behind a street.
    echoless : callable
        Drops a place that is named twice in a row.
    ended : bool
        Whether countries, states and postcodes are already taken off the last texts.

    Returns
    -------
    polars.DataFrame
        `key` and the parts; `sure`, whether they are what the reading of the whole cell gives; `last`, the
        column of the last text, and `alone`, whether nothing stands before it; `pointer`, whether the text
        only points elsewhere; and `MORE` of it, every segment between line breaks.
    """
    behind = _attached(texts, ("before", "after", "suburb", "city"), following)
    rows = pl.concat([texts, _attached(texts, ("head",), first), behind], how="horizontal")
    rows = rows.with_columns(_places().alias("all_places"), _sure(ended).alias("sure"))
    words = rows["all_places"].drop_nulls().unique()
    places = pl.Series("places", [echoless(text) for text in words], dtype=pl.String)
    spoken = pl.DataFrame([words, places])
    parts = rows.join(spoken, on="all_places", how="left", maintain_order="left").select(
        *_parts(), *_last_text(), "sure", (_is_pointer() & (not ended)).alias("pointer")
    )
    found = pl.when(~pl.col("pointer")).then(pl.col("key", *PARTS, *MORE))
    return parts.with_columns(_key()).select(found, "sure", "last", "alone", "pointer")


def cut(frame: pl.DataFrame) -> pl.DataFrame:
    """Cut the lines of addresses into numbers and the texts before, at and after them.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns lines, suburb, city; and postcode, already in digits.

    Returns
    -------
    polars.DataFrame
        The texts before, head, after, suburb and city; number, unit, box and postcode.
    """
    lines = frame["lines"]
    numbered = lines.str.extract_groups(_NUMBERED).struct.unnest()
    numbered.columns = [f"n_{name}" for name in _NUMBERED_GROUPS]
    boxed = lines.set(numbered["n_number"].is_not_null(), None).str.extract_groups(_BOX).struct.unnest()
    boxed.columns = [f"b_{name}" for name in _BOX_GROUPS]
    rows = pl.concat([frame, numbered, boxed], how="horizontal")
    kind = pl.col("b_kind").str.to_lowercase().str.replace_all("[^a-z]", "").replace(known.BOXES)
    return rows.select(
        "suburb",
        "city",
        "postcode",
        pl.coalesce("n_before", "b_before").alias("before"),
        pl.coalesce("n_after", "b_after").alias("after"),
        pl.when(pl.col("n_number").is_not_null())
        .then(f"{STAND_IN} " + pl.col("n_street"))
        .when(pl.col("b_box").is_null())
        .then("lines")
        .alias("head"),
        _squeezed("n_number").alias("number"),
        _squeezed("n_unit").alias("unit"),
        pl.col("n_unit_word").is_not_null().alias("unit_word"),
        (kind + " " + _squeezed("b_box")).alias("box"),
    )


def _squeezed(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(" ", "").str.to_lowercase()


def _attached(rows: pl.DataFrame, names: tuple[str, ...], read: Read) -> pl.DataFrame:
    """Read the distinct texts of some columns, and put what was read beside each row."""
    texts = pl.concat([rows[name].alias("text") for name in names]).drop_nulls().unique()
    readings = read(texts)
    return pl.concat([_beside(rows[name], readings) for name in names], how="horizontal")


def _beside(texts: pl.Series, readings: pl.DataFrame) -> pl.DataFrame:
    """Put the reading of each text beside it, its columns named after the texts' column."""
    needed = readings.select(part for part in READING if texts.name == "head" or part not in _STREET)
    frame = texts.alias("text").to_frame().join(needed, on="text", how="left", maintain_order="left")
    return frame.select(pl.exclude("text").name.prefix(f"{texts.name}_"))


def _last(part: str, *others: str) -> pl.Expr:
    """Give a part from the last text that has it; the later reading counts."""
    return pl.coalesce(*(f"{name}_{part}" for name in ("city", "suburb", "after")), *others, f"before_{part}")


def _joined(*columns: str | pl.Expr) -> pl.Expr:
    """Join what is there by spaces; null where nothing is."""
    words = pl.concat_str(*columns, separator=" ", ignore_nulls=True)
    return pl.when(words != "").then(words)


def _on_street() -> pl.Expr:
    return pl.col("head_street").is_not_null()


def _places() -> pl.Expr:
    return _joined(*(f"{name}_places" for name in ("head", "after", "suburb", "city")))


def _sure(ended: bool) -> pl.Expr:
    """Whether the texts may be read by themselves."""
    names = ("head", "before", "after", "suburb", "city")
    odd = pl.any_horizontal(pl.col(f"{name}_odd").fill_null(False) for name in names)
    # A country or a state is only looked for at the very end.
    ends = pl.coalesce(*(f"{name}_ends" for name in ("city", "suburb", "after", "head"))).fill_null(False)
    plain = pl.all_horizontal(pl.col(f"{name}_plain").fill_null(True) for name in ("after", "suburb", "city"))
    numbered = pl.col("number").is_not_null()
    as_number = (pl.col("head_number") == STAND_IN) & _on_street() & pl.col("head_box").is_null()
    # Whoever is named before a box stands in another text than the box.
    boxed = pl.any_horizontal(pl.col(f"{name}_box").is_not_null() for name in ("after", "suburb", "city"))
    own_unit = pl.col("head_unit").is_null() | (~pl.col("unit_word") & (pl.col("head_unit") != STAND_IN))
    as_text = _on_street() | (plain & pl.col("head_number").is_null())
    return (
        ~odd
        & (ended | ~ends)
        & (_on_street() | ~boxed)
        & pl.col("before_plain").fill_null(True)
        & pl.when(numbered).then(as_number & own_unit).otherwise(as_text).fill_null(False)
    )


def _parts() -> list[pl.Expr]:
    cut = pl.col("number").is_not_null() | pl.col("box").is_not_null()
    building = pl.when(cut).then("before_places").otherwise("head_building")
    return [
        _last("unit", "unit", "head_unit").alias("unit"),
        pl.coalesce("number", "head_number").alias("number"),
        building.alias("building"),
        pl.col("head_street").alias("street"),
        _last("box", "box", "head_box").alias("box"),
        pl.col("places"),
        pl.col("postcode"),
        _last("level", "head_level").alias("level"),
        _last("rural", "head_rural").alias("rural"),
        _joined(*(f"{name}_care_of" for name in _ALL)).alias("care_of"),
        pl.concat_str(*(f"{name}_segments" for name in _ALL), separator="\n", ignore_nulls=True).alias(
            "segments"
        ),
    ]


def _is_pointer() -> pl.Expr:
    """Whether the whole text only points elsewhere (“as above”)."""
    segments = _joined(*(f"{name}_segments" for name in ("head", "suburb", "city"))).str.replace_all(
        "\n", " "
    )
    bare = pl.col("number").is_null() & pl.col("box").is_null()
    return segments.is_in(list(known.POINTERS)).fill_null(False) & bare


def _last_text() -> list[pl.Expr]:
    """Say which text is the last, and whether nothing stands before it."""
    has = {name: pl.col(f"{name}_segments").is_not_null() for name in ("city", "suburb", "after", "head")}
    last = pl.coalesce(pl.when(there).then(pl.lit(name)) for name, there in has.items())
    begun = has["head"] | pl.col("box").is_not_null() | (has["suburb"] & has["city"])
    return [last.alias("last"), (~begun).alias("alone")]


def _key() -> pl.Expr:
    """Give the key as `addresses.key` writes it."""
    named = ("rd " + pl.col("rural"), "level " + pl.col("level"), "unit " + pl.col("unit"))
    tail = pl.when(pl.col("places").is_null()).then("postcode")
    return _joined("box", *named, "number", "building", "street", "places", tail).alias("key")
