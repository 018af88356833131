"""Names in bulk: whole columns of names read into arrays of word codes.

A plain name (letters, one comma at most, no remarks) is read by string operations on the whole column; an odd
one (a couple, a remark, a trading name, brackets) is read by `names.parse`. Both give what that gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.reconcile.normalise import columns, names
from workbench.reconcile.normalise.lexicon import (
    ARTICLES,
    CAPACITIES,
    FORMS,
    GENERATIONS,
    HONOURS,
    NUMBER_WORDS,
    ORGANISATION_WORDS,
    PARTICLES,
    TITLES,
    WHOSE_TITLES,
)
from workbench.reconcile.normalise.names import Name
from workbench.reconcile.normalise.text import ENTITY, fold
from workbench.reconcile.threads import workers

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
NOBODY, PERSON, COUPLE, ORGANISATION = range(4)
KINDS: Final = {"person": PERSON, "couple": COUPLE, "organisation": ORGANISATION}
LEGAL_FORMS: Final = ("", *dict.fromkeys(meaning for _, meaning in FORMS))
CAPACITY_NAMES: Final = ("", *dict.fromkeys(CAPACITIES.values()))
GENERATION_NAMES: Final = ("", *dict.fromkeys(GENERATIONS.values()))
DECEASED, STATUS, DO_NOT_USE = 1, 2, 4
_NOTES: Final = {"deceased": DECEASED, "status": STATUS, "do_not_use": DO_NOT_USE}
COUPLE_TITLES: Final = "couple"
TITLE_NAMES: Final = ("", *dict.fromkeys(WHOSE_TITLES.values()), COUPLE_TITLES)
ALIASES: Final = ("trading", "former", "trustee_for")

# Rust's expressions, as Polars has them: no look-around.
_ODD: Final = (
    r"[^a-z0-9 &'.,()-]|,.*,|\bt\.?\s*a\.|\b(?:trading as|dba|atf|trustees? (?:for|of)|formerly|previously|"
    r"was|nee|liquidation|liq|receivership|administration|statutory|struck|deregistered|deceased|dec'?d|late|estate|"
    r"est|setate|etsate|esatte|esttae|estaet|"
    r"do not use|dnu|dup|duplicate)\b|^[^a-z0-9]*(?:zz|xxx|inactive|archived)|"
    r"\([ ]*(?:removed|ceased|dormant|inactive|archived|old|closed|smsf|dec[.]?)[ ]*\)|"
    r"\b(?:son|daughter|child|minor|father|mother|parent)[ ]*\)|\bthe (?:younger|elder)\b|"
    r"(?:\bas (?:[a-z]+ )*|\([ ]*|^(?:the )?)(?:{})\b".format("|".join(CAPACITIES))
)
_ANY_OF: Final = r"\b(?:{})\b"
_ORGANISATION: Final = _ANY_OF.format("|".join(sorted(ORGANISATION_WORDS))) + r"|\b\d+\b"
_TITLES: Final = r"^(?:(?:{})[ .]+)+(.)".format("|".join(sorted(TITLES)))
_NOT_NAMES: Final = _ANY_OF.format("|".join(sorted({*TITLES, *HONOURS, *GENERATIONS, "and"}))) + r"|&|\b\d+\b"
_WHOSE: Final = r"(?:^|, ?|\()({})(?:[. )]|$)".format("|".join(WHOSE_TITLES))
_TWO_TITLES: Final = r"\bmr\.? *(?:&|and) *(?:mrs|ms|miss)\b"
_WRITTEN_OUT: Final = r"aa|ii|uu"
_FAMILY: Final = r"^(?:(.*?[^ ]) )?((?:(?:{}) )*[^ ]+)$".format("|".join(sorted(PARTICLES)))
_FORM: Final = r"^(.+?) ({})$".format("|".join(written for written, _ in FORMS))
_ARTICLE: Final = r"^(?:{}) (.)".format("|".join(sorted(ARTICLES)))
_NUMBER_RUN: Final = r"^[^a-z0-9]*(?:{0})[^a-z0-9]+(?:{0})\b".format("|".join(sorted(NUMBER_WORDS)))
# What reading an organisation's name may take off or rewrite, beside digits.
_ON_ORGANISATIONS: Final = "|".join([_FORM, _ARTICLE, _NUMBER_RUN, r"\band$", r"\bn ?z\b", "new zealand"])
_MOST_FORMS: Final = 4
# Names that are read at a time.
CHUNK: Final = 1 << 15


@dataclass(frozen=True)
class NameColumns:
    """Many names, read: one row each, and behind them the other names that they give.

    Parameters
    ----------
    vocabulary : list of str
        The word of each code, sorted.
    words, given, partner, family : array of int, shape (rows, width)
        Codes of `Name.words`, of the first and the second person's given names, and of the family name; −1
        where there is none.
    kind, form, capacity, generation, title, notes : array of int
        `KINDS`, place in `LEGAL_FORMS`, `CAPACITY_NAMES`, `GENERATION_NAMES` and `TITLE_NAMES`, sum of the
        notes' bits.
    numbers : array of int
        Code of all numbers in the name, 0 where there is none.
    numbered : list of str
        The numbers of each code.
    order_known, spelled : array of bool
        As in `Name`.
    alias : array of int, shape (rows, 3)
        The row in which the trading name, the former name and the trust acted for is read; −1 where none.
    former_last : array of int
        Code of the last word of the former name; −1 where none.
    """

    vocabulary: list[str]
    words: Ints
    given: Ints
    partner: Ints
    family: Ints
    kind: Ints
    form: Ints
    capacity: Ints
    generation: Ints
    title: Ints
    notes: Ints
    numbers: Ints
    numbered: list[str]
    order_known: Flags
    spelled: Flags
    alias: Ints
    former_last: Ints


_SCHEMA: Final[dict[str, Any]] = {
    "row": pl.UInt32,
    "kind": pl.Int32,
    "words": pl.List(pl.String),
    "given": pl.List(pl.String),
    "partner": pl.List(pl.String),
    "family": pl.List(pl.String),
    "order_known": pl.Boolean,
    "numbers": pl.String,
    "spelled": pl.Boolean,
    "form": pl.String,
    "capacity": pl.String,
    "generation": pl.String,
    "title": pl.String,
    "notes": pl.Int32,
    **dict.fromkeys(ALIASES, pl.String),
}


def read(frame: pl.DataFrame) -> NameColumns:
    """Read a column of names.

    Parameters
    ----------
    frame : polars.DataFrame
        Text columns ``text`` (the whole name), ``entity_type``, ``family`` (where a column of its own tells
        it) and ``trading`` (likewise); null where unknown.

    Returns
    -------
    NameColumns
        The frame's rows in their order, then the rows of their aliases, which equal rows share.
    """
    number, first = columns.numbered(frame)
    found = _read_once(frame[first])
    aliases = np.arange(len(first), len(found.kind))
    return _spread(found, np.concatenate([number, aliases]), len(number) - len(first))


def _read_once(frame: pl.DataFrame) -> NameColumns:
    """Read distinct rows."""
    table = _table_of(frame)
    aliases = table.select("row", *ALIASES).unpivot(index="row", on=ALIASES, variable_name="of")
    aliases = aliases.drop_nulls("value").sort("row", "of").with_row_index("at", offset=len(table))
    others = [names.parse(text) for text in aliases["value"]]
    whole = pl.concat([table, _table(aliases["at"].to_list(), others)], how="diagonal")
    alias = np.full((len(whole), len(ALIASES)), -1, dtype=np.int32)
    for column, of in enumerate(ALIASES):
        some = aliases.filter(pl.col("of") == of)
        alias[some["row"].to_numpy(), column] = some["at"].to_numpy()
    return _coded(whole, alias)


def _table_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Read names into rows of texts, in the order of the frame."""
    # Some rows at a time: what is split on the way is larger than what is read.
    with workers(len(frame)) as pool:
        slices = frame.with_row_index("row").iter_slices(min(CHUNK, len(frame) // 2 + 1))
        return pl.concat([_schema_only(), *pool.map(_read_rows, slices)])


def _spread(found: NameColumns, rows: npt.NDArray[np.int64], further: int) -> NameColumns:
    """Give every row the name that it has; the rows of aliases stand so much further behind."""
    arrays: dict[str, Any] = {
        name: value.take(rows, axis=0) for name, value in vars(found).items() if isinstance(value, np.ndarray)
    }
    alias = np.where(arrays["alias"] >= 0, arrays["alias"] + further, -1)
    return replace(found, **arrays | {"alias": alias.astype(np.int32)})


def keys_of(texts: pl.Series, entity_type: str | None = None) -> pl.Series:
    """Give `names.key` of every name of a column.

    Parameters
    ----------
    texts : polars.Series of str
        Distinct names as received.
    entity_type : str, optional
        Of all of them.
    """
    once = _keys_once(texts, entity_type)
    distinct = once.drop_nulls().unique()
    # One reading may bare what the next one takes off.
    bare = _are_bare(distinct, entity_type)
    others = distinct.filter(~bare)
    again = _keys_once(others, entity_type)
    settled = once.is_in(pl.concat([distinct.filter(bare), others.filter(again == others)]).implode())
    by_cell = columns.one_by_one(lambda text: names.key(text, entity_type))
    return columns.completed(once, settled, texts, by_cell)


def _are_bare(forms: pl.Series, entity_type: str | None) -> pl.Series:
    """Tell which comparable forms another reading surely leaves as they are: nothing is left to take off."""
    signs, word_of = (_ON_ORGANISATIONS, names.organisation_word)
    if entity_type == "individual":
        signs, word_of = (_NOT_NAMES, names.one_vowel)
    elif entity_type == "estate":
        return pl.repeat(False, len(forms), eager=True)
    words = forms.str.split(" ")
    changing = [word for word in words.explode().drop_nulls().unique() if word_of(word) != word]
    odd = (_ODD, _WRITTEN_OUT, signs)
    rows = pl.DataFrame([forms.alias("form"), words.alias("words")])
    bare = pl.col("form").str.contains(r"^[a-z]+(?: [a-z]+)*$")
    for pattern in odd:
        bare &= ~pl.col("form").str.contains(pattern)
    if changing:
        bare &= pl.col("words").list.set_intersection(pl.lit(pl.Series([changing]))).list.len() == 0
    return rows.select(bare).to_series()


def _keys_once(texts: pl.Series, entity_type: str | None) -> pl.Series:
    """Give the comparable form after one reading; null where a closer look is needed."""
    if texts.is_empty():
        return texts
    blank = [pl.lit(None, pl.String).alias(name) for name in ("family", "trading")]
    kind = pl.lit(entity_type, pl.String).alias("entity_type")
    table = _table_of(pl.DataFrame([texts.alias("text")]).with_columns(kind, *blank))
    firm, person = (pl.col("kind").eq_missing(one) for one in (ORGANISATION, PERSON))
    table = table.with_columns(
        pl.when(firm).then("words").alias("words"),
        *(pl.when(~firm).then(part).alias(part) for part in ("given", "family")),
        pl.when(firm).then(pl.col("form").replace(names.FORM_WORDS)).alias("said_form"),
        (person & ~_is_said("generation") & ~_is_said("form")).alias("plain"),
        firm.alias("firm"),
    )
    read_by = {"words": names.organisation_word, "given": names.one_vowel, "family": names.one_vowel}
    table = table.with_columns(_joined(table[part], word_of) for part, word_of in read_by.items())
    said = pl.col(*read_by, "said_form", "numbers").replace("", None)
    whole = pl.concat_str(said, separator=" ", ignore_nulls=True).replace("", None)
    apart = whole.str.contains(r"\b(?:[a-z] [a-z]|mc [a-z]{2,})\b").fill_null(False)
    read = (pl.col("firm") | pl.col("plain")) & ~apart & ~_is_said("capacity")
    return table.select(pl.when(read).then(whole).alias(texts.name)).to_series()


def _is_said(part: str) -> pl.Expr:
    return (pl.col(part) != "").fill_null(False)


def _joined(words: pl.Series, word_of: Callable[[str], str]) -> pl.Series:
    """Write lists of words as texts, each word in the form in which it is compared."""
    forms = {word: word_of(word) for word in words.explode().drop_nulls().unique()}
    changed = {word: form for word, form in forms.items() if form != word}
    lists = words.list.eval(pl.element().replace(changed)) if changed else words
    return lists.list.join(" ")


def _schema_only() -> pl.DataFrame:
    return pl.DataFrame(schema=_SCHEMA)


def _read_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Read some names into rows of texts."""
    rows = _folded(rows)
    found = pl.concat([_organisations(rows), _people(rows), _parsed(rows.filter("odd"))], how="diagonal")
    two = pl.col("text").str.contains(_TWO_TITLES)
    title = pl.when(two).then(pl.lit(COUPLE_TITLES)).otherwise(pl.col("text").str.extract(_WHOSE))
    told = rows.select("row", pl.col("trading").alias("told"), title.replace(WHOSE_TITLES).alias("title"))
    table = told.join(found, on="row", how="left", maintain_order="left")
    return table.with_columns(pl.coalesce("trading", "told").alias("trading")).select(*_SCHEMA)


def _folded(rows: pl.DataFrame) -> pl.DataFrame:
    """Fold the texts, and mark what only `names.parse` can read (``odd``) and what is a person's name."""
    rows = rows.with_columns(fold_column(rows[c]) for c in ("text", "family", "trading"))
    text, family = pl.col("text").fill_null(""), pl.col("family").fill_null("")
    typed = pl.col("entity_type").is_in(["individual", "estate"])
    other = pl.col("entity_type").fill_null("other") == "other"
    says = (family != "") | text.str.contains(",", literal=True)
    person = typed | (other & says & ~text.str.contains(_ORGANISATION))
    rows = rows.with_columns(person.fill_null(False).alias("person"))
    # Titles are taken off the front; whatever else is no name (“and”, “JP”, “Jnr”) is odd.
    named = text.str.split(",").list.eval(pl.element().str.strip_chars(" ").str.replace(_TITLES, "$1"))
    titled = pl.col("person") & (
        named.list.join(",").str.contains(_NOT_NAMES) | family.str.contains(_NOT_NAMES)
    )
    spelled = ~pl.col("person") & text.str.contains(_NUMBER_RUN)
    estate = (pl.col("entity_type") == "estate").fill_null(False)
    remark = pl.col("person") & text.str.ends_with(")")
    unlike = estate | text.str.contains(_ODD) | family.str.contains(_ODD) | text.str.contains(_WRITTEN_OUT)
    return rows.with_columns((titled | spelled | remark | unlike).alias("odd"))


def fold_column(texts: pl.Series) -> pl.Series:
    """Fold a column of texts as `fold` does; what has no letter or digit is missing.

    Parameters
    ----------
    texts : polars.Series
        Of strings, null where missing.
    """
    # Control characters are white space to Python, and none to Rust's expressions.
    plain = (texts.str.contains(r"^[ -~]*$") & ~texts.str.contains(ENTITY)).fill_null(True)
    lower = texts.str.to_lowercase().str.replace_all("`", "'", literal=True)
    lower = lower.str.replace_all(r" {2,}", " ").str.strip_chars(" ")
    if not plain.all():
        at = (~plain).arg_true()
        lower = lower.scatter(at, [fold(text) for text in texts.gather(at)])
    return lower.set(lower == "", None)


def _tokens(text: pl.Expr) -> pl.Expr:
    """Write a text as its words with one space between them; an apostrophe joins, any other sign parts."""
    joined = text.str.replace_all("'", "", literal=True).str.replace_all("&", " and ", literal=True)
    return joined.str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")


def _people(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the plain names of people."""
    people = rows.filter(pl.col("person") & ~pl.col("odd") & pl.col("text").is_not_null())
    last, first = (pl.col("text").str.split(",").list.get(i, null_on_oob=True) for i in (0, 1))
    people = people.select(
        "row",
        _untitled(last).alias("last"),
        _untitled(first).fill_null("").alias("first"),
        _untitled(pl.col("text")).alias("whole"),
        _tokens(pl.col("family").fill_null("")).alias("told"),
        pl.col("family").is_not_null().alias("has_family"),
    )
    comma = (pl.col("first") != "") & (pl.col("last") != "")
    told, whole = pl.col("told"), pl.col("whole")
    ends = (told != "") & whole.str.ends_with(" " + told)
    starts = (told != "") & whole.str.starts_with(told + " ")
    given = (
        pl.when(comma)
        .then("first")
        .when(ends)
        .then(whole.str.strip_suffix(" " + told))
        .when(starts)
        .then(whole.str.strip_prefix(told + " "))
        .otherwise(whole.str.extract(_FAMILY, 1).fill_null(""))
    )
    family = (
        pl.when(comma).then("last").when(ends | starts).then("told").otherwise(whole.str.extract(_FAMILY, 2))
    )
    people = people.select(
        "row",
        given.alias("given"),
        family.alias("family"),
        (pl.col("has_family") | comma).alias("order_known"),
    )
    return people.filter(pl.col("family") != "").select(
        "row",
        "order_known",
        pl.lit(PERSON, pl.Int32).alias("kind"),
        _split(pl.concat_str("given", "family", separator=" ").str.strip_chars(" ")).alias("words"),
        _split(pl.col("given")).alias("given"),
        _split(pl.col("family")).alias("family"),
    )


def _untitled(text: pl.Expr) -> pl.Expr:
    return _tokens(text).str.replace(_TITLES, "$1")


def _organisations(rows: pl.DataFrame) -> pl.DataFrame:
    """Read the plain names of organisations."""
    found = rows.filter(~pl.col("person") & ~pl.col("odd"))
    text = pl.col("text").fill_null("").str.replace_all(r"\b(?:no|number|num)\.? *(\d)", "$1")
    text = text.str.replace_all(r"\bn\.? ?z\b\.?|\bnew zealand\b", "nz")
    table = found.select("row", _tokens(text).alias("all"))
    bare = pl.col("all").str.replace_all(r"\b\d+\b", "").str.replace_all(" +", " ").str.strip_chars(" ")
    table = table.with_columns(bare.alias("rest"))
    numbered = (pl.col("rest") != "") & (pl.col("rest") != pl.col("all"))
    digits = pl.col("all").str.extract_all(r"\b\d+\b").list.eval(pl.element().str.replace(r"^0+(\d)", "$1"))
    table = table.with_columns(
        pl.when(numbered).then(digits.list.sort().list.join(" ")).otherwise(pl.lit("")).alias("numbers"),
        pl.when(pl.col("rest") == "").then("all").otherwise("rest").alias("rest"),
        pl.lit("").alias("form"),
    )
    table = _without_forms(table)
    rest = pl.col("rest").str.replace(r"^(.+?)(?: and)+$", "$1")
    for _ in range(2):
        rest = rest.str.replace(_ARTICLE, "$1")
    return table.filter(pl.col("rest") != "").select(
        "row",
        "numbers",
        pl.col("form").replace_strict(dict(FORMS), default=""),
        pl.lit(ORGANISATION, pl.Int32).alias("kind"),
        _split(rest).alias("words"),
    )


def _without_forms(table: pl.DataFrame) -> pl.DataFrame:
    """Take the legal forms off the ends; the first one found names the form."""
    for _ in range(_MOST_FORMS):
        ending = pl.col("rest").str.extract(_FORM, 2)
        shorter = pl.col("rest").str.extract(_FORM, 1)
        form = pl.when(pl.col("form") == "").then(ending.fill_null("")).otherwise("form")
        table = table.with_columns(form.alias("form"), shorter.fill_null(pl.col("rest")).alias("rest"))
    return table


def _split(text: pl.Expr) -> pl.Expr:
    return text.str.split(" ").list.filter(pl.element() != "")


def _parsed(odd: pl.DataFrame) -> pl.DataFrame:
    """Read odd names one by one."""
    texts = odd.select(pl.col("text").fill_null(""), "entity_type", "family").rows()
    return _table(odd["row"].to_list(), [names.parse(*row) for row in texts])


def _table(rows: Sequence[int], parsed: Sequence[Name]) -> pl.DataFrame:
    """Put names that `names.parse` read into rows."""
    lists = {
        "words": [name.words for name in parsed],
        "given": [name.given[0] if name.given else () for name in parsed],
        "partner": [name.given[1] if len(name.given) > 1 else () for name in parsed],
        "family": [name.family for name in parsed],
    }
    table = pl.DataFrame(
        {
            "row": list(rows),
            "kind": [KINDS[name.kind] if name.words or name.numbers else NOBODY for name in parsed],
            **{column: [" ".join(words) for words in some] for column, some in lists.items()},
            "order_known": [name.order_known for name in parsed],
            "numbers": [" ".join(name.numbers) for name in parsed],
            "spelled": [name.spelled for name in parsed],
            "form": [name.form for name in parsed],
            "capacity": [name.capacity for name in parsed],
            "generation": [name.generation for name in parsed],
            "notes": [sum(_NOTES[note] for note in name.notes) for name in parsed],
            **{alias: [getattr(name, alias) or None for name in parsed] for alias in ALIASES},
        },
        schema={c: t for c, t in _SCHEMA.items() if c != "title"} | dict.fromkeys(lists, pl.String),
    )
    return table.with_columns(_split(pl.col(column)).alias(column) for column in lists)


def _coded(table: pl.DataFrame, alias: Ints) -> NameColumns:
    """Turn words into codes of one sorted vocabulary."""
    lists = {c: table[c] for c in ("words", "given", "partner", "family")}
    spoken = pl.concat([column.explode().drop_nulls() for column in lists.values()]).unique().to_list()
    # Plain names were split as they stand; their words get the forms that `names.parse` gives them.
    organised = set(lists["words"].filter(table["kind"] == ORGANISATION).explode().drop_nulls().unique())
    person = {word: names.one_vowel(word) for word in spoken}
    firm = {word: names.organisation_word(word) for word in organised}
    former = table["former"].str.split(" ").list.last()
    vocabulary = sorted({*person.values(), *firm.values(), *former.drop_nulls().unique()})
    code = {word: number for number, word in enumerate(vocabulary)}
    of_person = {word: code[form] for word, form in person.items()}
    of_firm = {word: code[form] for word, form in firm.items()}
    kind = table["kind"].fill_null(NOBODY)
    is_firm = (kind == ORGANISATION).to_numpy()
    matrices = {name: _matrix(column, of_person, of_firm, is_firm) for name, column in lists.items()}
    numbered = sorted({"", *table["numbers"].unique().drop_nulls()})
    return NameColumns(
        vocabulary,
        **matrices,
        kind=kind.to_numpy(),
        form=_places(table["form"], LEGAL_FORMS),
        capacity=_places(table["capacity"], CAPACITY_NAMES),
        generation=_places(table["generation"], GENERATION_NAMES),
        title=_places(table["title"], TITLE_NAMES),
        notes=table["notes"].fill_null(0).to_numpy(),
        numbers=_places(table["numbers"], numbered),
        numbered=numbered,
        order_known=table["order_known"].fill_null(False).to_numpy(),
        spelled=table["spelled"].fill_null(False).to_numpy(),
        alias=alias,
        former_last=former.replace_strict(code, default=-1, return_dtype=pl.Int32).fill_null(-1).to_numpy(),
    )


def _places(column: pl.Series, of: Sequence[str]) -> Ints:
    return (
        column.fill_null("").replace_strict(list(of), list(range(len(of))), return_dtype=pl.Int32).to_numpy()
    )


def _matrix(column: pl.Series, person: dict[str, int], firm: dict[str, int], is_firm: Flags) -> Ints:
    """Write lists of words as rows of codes, padded with −1."""
    sizes = column.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = column.list.explode(keep_nulls=False, empty_as_null=False)
    result = np.full((len(sizes), max(1, int(sizes.max(initial=0)))), -1, dtype=np.int32)
    if not len(flat):
        return result
    rows = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    codes = np.empty(len(flat), dtype=np.int32)
    for words, mine in ((person, ~is_firm[rows]), (firm, is_firm[rows])):
        if mine.any():
            known = list(words)
            place = flat.filter(mine).cast(pl.Enum(known)).to_physical().to_numpy()
            codes[mine] = np.fromiter(words.values(), dtype=np.int32, count=len(known))[place]
    result[rows, within] = codes
    return result
