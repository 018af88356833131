"""The shapes of the frames that flow through the house, and how they are made at the door."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any, Final

import pandas as pd
import polars as pl
import pyarrow as pa
from pandas.api.types import is_float_dtype

from workbench.domain.errors import BadInput
from workbench.domain.fields import ADDRESS_PARTS, BY_NAME, COLUMNS, CONNECTWORKS, SIDES, XPM

# Frames share an allocator with arrays, so that what either lets go serves the other; Arrow's own holds half
# as much again as a large frame needs.
pa.set_memory_pool(pa.system_memory_pool())

TEXT: Final = pd.StringDtype("pyarrow", na_value=pd.NA)

CANDIDATES: Final = (
    "connectworks_id",
    "xpm_id",
    "probability",
    "match_weight",
    "verdict",
    "rank",
    "margin",
    "contradiction",
    "evidence",
)
LINKS: Final = ("link_id", "connectworks_id", "xpm_id", "how", "by", "at")
DIFFERENCES: Final = (
    "link_id",
    "connectworks_id",
    "xpm_id",
    "contact_id",
    "field",
    "connectworks",
    "xpm",
    "kind",
    "richer",
    "slip",
    "pattern",
    "warnings",
    "baseline",
    "suggestion",
    "reason",
)
DECISIONS: Final = (
    "link_id",
    "connectworks_id",
    "xpm_id",
    "field",
    "direction",
    "connectworks",
    "xpm",
    "erases",
    "unlocks",
    "warnings",
    "how",
    "by",
    "at",
    "note",
    "seq",
)
FLIPS: Final = ("side", "client_id", "field", "times")
OPERATIONS: Final = ("operation_id", "side", "resource", "resource_id", "client_id", "before", "after")
OUTCOMES: Final = ("operation_id", "outcome", "reason", "calls")
MEMBERSHIPS: Final = ("side", "contact_id", "client_id", "role", "since", "until")
HISTORY: Final = (
    "at",
    "by",
    "what",
    "connectworks_id",
    "xpm_id",
    "link_id",
    "field",
    "before",
    "after",
    "outcome",
    "run_id",
)
BASELINE: Final = ("link_id", "field", "connectworks", "xpm", "at", "why")
CHECKS: Final = ("check", "side", "client_id", "name", "what", "advice", "group")

_ESCAPED: Final = {sign: encode_basestring(sign)[1:-1] for sign in ('"', "\\", *map(chr, range(32)))}
_NAMED_PARTS: Final = tuple(f'"{part}":' for part in ADDRESS_PARTS)

DIRECTIONS: Final = ("to_xpm", "to_connectworks", "leave", "ask")
KINDS: Final = ("same", "cosmetic", "fill", "different", "conflict", "bad", "not_comparable")


def frame_of(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Make a text frame with exactly these columns; what a row does not have is missing.

    Parameters
    ----------
    rows : iterable of mapping
        One mapping of column to text (or None) per row.
    columns : tuple of str
        The frame's columns, in order.
    """
    rows = list(rows)
    return pd.DataFrame({c: _texts([row.get(c) for row in rows]) for c in columns})


def _texts(values: list[Any]) -> pd.api.extensions.ExtensionArray:
    try:
        plain = pa.array(values, pa.large_string(), from_pandas=True)
    except pa.ArrowException:  # not only texts: pandas makes them some
        return pd.array(values, dtype=TEXT)
    return TEXT.__from_arrow__(pa.chunked_array([plain]))  # type: ignore[attr-defined]


def clients_frame(rows: Iterable[Mapping[str, Any]], side: str) -> pd.DataFrame:
    """Make a clients frame of one side from mappings of canonical column to text.

    Parameters
    ----------
    rows : iterable of mapping
        One record each; columns that are absent become missing.
    side : str
        ``"connectworks"`` or ``"xpm"``.

    Returns
    -------
    pandas.DataFrame
        All canonical columns as ``string[pyarrow]``, missing is ``pd.NA``.
    """
    frame = frame_of(rows, COLUMNS)
    frame["side"] = pd.array([side] * len(frame), dtype=TEXT)
    return frame


def as_clients(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """Let any frame of client-like columns in: text columns converted, missing columns added.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per record; any subset of the canonical columns, of any text dtype. Without a
        ``client_id`` the row's label stands in for it.
    side : str
        ``"connectworks"`` or ``"xpm"``.

    Raises
    ------
    BadInput
        If it is no frame, two rows have the same ``client_id``, or a column appears twice.
    """
    demand_frame(frame, side)
    if _is_whole(frame, side):
        return frame
    ids = client_ids(frame, side)
    blank = pd.array([None] * len(frame), dtype=TEXT)
    result = pd.DataFrame({c: as_text(frame[c]) if c in frame.columns else blank for c in COLUMNS})
    result["client_id"] = ids
    result["side"] = pd.array([side] * len(frame), dtype=TEXT)
    return result


def demand_frame(given: object, name: str) -> None:
    """Demand a pandas frame.

    Raises
    ------
    BadInput
        If it is anything else.
    """
    if not isinstance(given, pd.DataFrame):
        raise BadInput(
            f"What was given as {name} is no pandas frame but a {type(given).__name__}.",
            "Give a pandas.DataFrame with one row a record; a Polars frame has to_pandas().",
        )


def client_ids(frame: pd.DataFrame, side: str) -> pd.api.extensions.ExtensionArray:
    """Give the ids of a frame's records as texts; without a ``client_id`` the row's label stands in for it.

    Parameters
    ----------
    frame, side
        As for `as_clients`.

    Raises
    ------
    BadInput
        If two rows have the same ``client_id`` or a column appears twice.
    """
    if frame.columns.has_duplicates:
        twice = sorted({str(c) for c in frame.columns[frame.columns.duplicated()]})
        raise BadInput(
            f"The {side} frame has the column {', '.join(twice)} twice.", "Rename or drop one of them."
        )
    ids = as_text(frame["client_id"] if "client_id" in frame.columns else pd.Series(frame.index.astype(str)))
    if pd.Series(ids).duplicated().any():
        raise BadInput(
            f"The {side} frame holds a client_id more than once.", "Give every record an id of its own."
        )
    return ids


def as_text(column: pd.Series) -> pd.api.extensions.ExtensionArray:
    """Give a column's values as texts; what is missing stays missing.

    Parameters
    ----------
    column : pandas.Series
        Of any dtype.
    """
    if isinstance(column.dtype, pd.StringDtype):
        return column.astype(TEXT).array
    if is_float_dtype(column.dtype) and bool((column.dropna() % 1 == 0).all()):
        # Whole numbers beside gaps are whole numbers still.
        column = column.astype("Int64")
    values = column.astype(object)
    texts = [None if gone else str(value) for value, gone in zip(values, values.isna(), strict=True)]
    try:
        return pd.array(texts, dtype=TEXT)
    except UnicodeEncodeError:
        # Half of a sign of two halves, as a cut text has at its end, is no text anywhere else.
        whole = [text and text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return pd.array(whole, dtype=TEXT)


def _is_whole(frame: pd.DataFrame, side: str) -> bool:
    """Tell whether a frame came through this door already."""
    whole = tuple(frame.columns) == COLUMNS and all(dtype == TEXT for dtype in frame.dtypes)
    return whole and bool((frame["side"] == side).all()) and not frame["client_id"].duplicated().any()


def address_cell(parts: Mapping[str, str | None]) -> str | None:
    """Put an address' six parts, as received, into one canonical JSON text; None when all are blank.

    Parameters
    ----------
    parts : mapping
        Keys among ``lines, suburb, city, region, postcode, country``; ``lines`` keeps its line breaks.
    """
    return _address_text([parts.get(part) for part in ADDRESS_PARTS])


def _address_text(values: Sequence[str | None]) -> str | None:
    """Write six parts as JSON: the same text as `json.dumps` gives, without a mapping for each record."""
    if not any(values):
        return None
    texts = (encode_basestring(value) if value else "null" for value in values)
    return "{" + ",".join(map(str.__add__, _NAMED_PARTS, texts)) + "}"


def _address_texts(columns: Sequence[pl.Series]) -> pl.Series:
    """Give `_address_text` of whole columns, one for each part."""
    parts = pl.DataFrame([values.alias(part) for part, values in zip(ADDRESS_PARTS, columns, strict=True)])
    parts = parts.select(pl.all().replace("", None))
    written = (
        pl.lit(f"{{{name}" if place == 0 else f",{name}") + as_json(part)
        for place, (part, name) in enumerate(zip(ADDRESS_PARTS, _NAMED_PARTS, strict=True))
    )
    any_there = pl.any_horizontal(pl.all().is_not_null())
    return parts.select(pl.when(any_there).then(pl.concat_str(*written, pl.lit("}")))).to_series()


def as_json(column: str) -> pl.Expr:
    """Write a column of texts as JSON, null as ``null``."""
    text = pl.col(column).str.replace_many(_ESCAPED)
    return pl.when(pl.col(column).is_null()).then(pl.lit("null")).otherwise('"' + text + '"')


def address_parts(cell: str | None) -> dict[str, str | None]:
    """Take an address cell apart into its six parts; all None for a blank cell."""
    parts: dict[str, str | None] = dict.fromkeys(ADDRESS_PARTS)
    if cell is not None:
        parts.update(json.loads(cell))
    return parts


def address_text(cell: str) -> str:
    """Write an address cell on lines, as people read it; '' where it holds nothing."""
    parts = address_parts(cell)
    city = " ".join(filter(None, (parts["city"], parts["postcode"])))
    return "\n".join(filter(None, (parts["lines"], parts["suburb"], city, parts["region"], parts["country"])))


def cells(clients: pd.DataFrame, name: str) -> pd.Series:
    """Give one field's cells of a clients frame, as received; an address as its canonical JSON.

    Parameters
    ----------
    clients : pandas.DataFrame
        A whole clients frame (all canonical columns).
    name : str
        A field of the field table.

    Returns
    -------
    pandas.Series
        ``string[pyarrow]``, on the frame's own index.
    """
    columns = BY_NAME[name].columns
    if len(columns) == 1:
        return clients[columns[0]].rename(name)
    joined = _address_texts([pl.from_pandas(clients[c]).cast(pl.String) for c in columns])
    plain = joined.to_arrow(compat_level=pl.CompatLevel.oldest())
    texts = TEXT.__from_arrow__(pa.chunked_array([plain]))  # type: ignore[attr-defined]
    return pd.Series(texts, index=clients.index, name=name)


def link_id(connectworks_id: str, xpm_id: str) -> str:
    """Derive the stable id of a link from the two records' ids (20 hexadecimal digits)."""
    return _mark(f"[{encode_basestring(connectworks_id)}, {encode_basestring(xpm_id)}]")


def _mark(ids: str) -> str:
    return hashlib.blake2b(ids.encode(), digest_size=10).hexdigest()


def _link_ids(links: pd.DataFrame) -> list[str]:
    """Give `link_id` of every link, the ids written as whole columns."""
    sides = ("connectworks_id", "xpm_id")
    ids = pl.DataFrame({side: pl.from_pandas(links[side]).cast(pl.String) for side in sides})
    both = pl.format("[{}, {}]", *map(as_json, sides))
    return list(map(_mark, ids.select(both).to_series().to_list()))


def as_links(links: pd.DataFrame) -> pd.DataFrame:
    """Complete a frame of links: only ``connectworks_id`` and ``xpm_id`` are needed.

    Raises
    ------
    BadInput
        If it is no frame, or one of the two id columns is missing.
    """
    demand_frame(links, "links")
    missing = [c for c in ("connectworks_id", "xpm_id") if c not in links.columns]
    if missing:
        raise BadInput(
            f"The links frame lacks {' and '.join(missing)}.", "Each link names one record of each side."
        )
    whole = pd.DataFrame({c: as_text(links[c]) if c in links else None for c in LINKS}).astype(TEXT)
    unnamed = whole["link_id"].isna().to_numpy(bool)
    named = whole["link_id"].to_numpy(object)
    named[unnamed] = _link_ids(whole[unnamed])
    return whole.assign(link_id=pd.array(named, dtype=TEXT))


def no_memberships() -> pd.DataFrame:
    """Give an empty memberships frame."""
    return frame_of((), MEMBERSHIPS)


@dataclass(frozen=True)
class Clients:
    """Both systems' clients, as two frames of one shape.

    Parameters
    ----------
    connectworks, xpm : pandas.DataFrame
        Any frames of client-like columns; converted at the door.
    memberships : pandas.DataFrame, optional
        Which contact or party belongs to which client, of both sides.
    incomplete : mapping of str to str
        Sides whose last pull cannot be trusted to be whole, each with the reason in words.
    pulled_at : mapping of str to str
        When each side was pulled (ISO 8601, UTC).
    told : mapping of str to frozenset of str
        Sides whose source is known to lack some columns, each with those that it has: what a source does not
        tell is not blank.
    """

    connectworks: pd.DataFrame
    xpm: pd.DataFrame
    memberships: pd.DataFrame = field(default_factory=no_memberships)
    incomplete: Mapping[str, str] = field(default_factory=dict)
    pulled_at: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for side in SIDES:
            object.__setattr__(self, side, as_clients(getattr(self, side), side))

    def side(self, side: str) -> pd.DataFrame:
        """Give one side's frame by its name."""
        return {CONNECTWORKS: self.connectworks, XPM: self.xpm}[side]
