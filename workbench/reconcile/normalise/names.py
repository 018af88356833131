"""Names of people, couples, companies, trusts, partnerships and estates, read into comparable parts.

Companies follow the New Zealand Companies Register's rule of what counts as the same name
(companies-register.companiesoffice.govt.nz, “The rules relating to company names”): case, accents, spaces,
punctuation, a leading “The”, the final legal form and a plural s do not matter; “&” is “and”, “Co” is
“Company”, “NZ” is “New Zealand”, “Bros” is “Brothers”; but a number, a year or a place makes another name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from workbench.reconcile.normalise.lexicon import (
    ARTICLES,
    CAPACITIES,
    FORMS,
    GENERATIONS,
    HONOURS,
    NUMBER_WORDS,
    ORGANISATION_WORDS,
    PARTICLES,
    SAME_WORDS,
    SHORT_NAMES,
    TITLES,
)
from workbench.reconcile.normalise.text import fold

NameKind = Literal["person", "couple", "organisation"]

_TRADING = re.compile(r"\b(?:t\s*/\s*as?\b|trading\s+as\b|t\.\s*a\.|d\s*/\s*b\s*/\s*a\b|dba\b)[\s:.]*")
_TRUSTEE_FOR = re.compile(
    r"\b(?:a\s*/?\s*t\s*/?\s*f|as\s+trustees?\s+(?:for|of)|trustees?\s+(?:for|of))\b(?:\s+the\b)?[\s:.]*"
)
_ROLES: Final = "|".join(CAPACITIES)
# “John Rowe as executor of …”, “John Rowe (executor)”, “Executors of John Rowe”.
_CAPACITY = re.compile(
    rf"[\s,-]*(?:\(\s*)?\bas\s+(?:(?:an?|the|sole|joint|bare)\s+)*({_ROLES})\b.*$|"
    rf"\(\s*({_ROLES})\b[^()]*\)\s*$|^(?:the\s+)?({_ROLES})\s+(?:of|for)\b(?:\s+the\b)?"
)
_FORMER = re.compile(
    r"\(?\s*\b(?:formerly(?:\s+known\s+as)?|previously|was|nee|née|f\s*/\s*k\s*/\s*a)\b\s+([^()]+)\)?"
)
_STATUS = re.compile(
    r"\(?\s*\b(?:in\s+(?:voluntary\s+)?(?:liquidation|liq\b\.?|receivership|administration)|"
    r"under\s+administration|in\s+statutory\s+management|struck\s+off|deregistered)\b\s*\)?"
)
_STATUS_BRACKET = re.compile(r"\(\s*(?:removed|ceased|dormant|inactive|archived|closed|smsf)\s*\)")
SAID_DECEASED: Final = r"\b(?:deceased|dec['’]?d|the\s+late)\b|\(\s*dec\.?\s*\)"
"""What says in a name that its bearer has died."""
_DECEASED = re.compile(rf"\(?\s*(?:{SAID_DECEASED})\.?\s*\)?")
_DO_NOT_USE = re.compile(
    r"^\W*(?:(?:z{2,}|x{3,}|do\s+not\s+use|dnu|duplicate|dup|inactive|archived)\b\W*)+|"
    r"\(\s*(?:do\s+not\s+use|dnu|duplicate|dup|old)\s*\)"
)
# As written, as shortened, and as hurried fingers write it.
_ESTATE = re.compile(
    r"\(?\s*\b(?:(?:the\s+)?(?:executors?|executrix|administrators?)\s+(?:of|for|in)\s+)?(?:the\s+)?"
    r"(?:estate\b|est\b\.?|(?:setate|etsate|esatte|esttae|estaet)(?=\s+of\b))"
    r"(?:\s+of\b)?(?:\s+the\s+late\b)?\s*\)?"
)
_BRACKET = re.compile(r"[(\[\"]([^()\[\]\"]*)[)\]\"]")
_NUMBERED = re.compile(r"\b(?:no|number|num)\.?\s*(?=\d)")
# Two of one name told apart: “John Rowe 2”, “John Rowe (2)”.
_COUNTED = re.compile(r"[#(]*\b\d+\b\)*")
# Parent and child of one name told apart: “John Rowe (son)”, “John Rowe the elder”.
_YOUNGER = re.compile(r"\(\s*(?:the\s+)?(?:son|daughter|child|minor|younger)\s*\)|\bthe\s+younger\b")
_ELDER = re.compile(r"\(\s*(?:the\s+)?(?:father|mother|parent|elder)\s*\)|\bthe\s+elder\b")
# What is told of somebody behind the name: “John Rowe (Timaru)”, “Ann Rowe (Hale)”.
_REMARK = re.compile(r"\(([^()]*)\)\s*$")
_EITHER = re.compile(r"(?<=\w\w)\s*/\s*(?=\w\w)")
_MAORI = re.compile(r"(?:(?:ng|wh|[hkmnprtw])?[aeiou])+")
_WORD = re.compile(r"[^\W_]+")
_MOST_READINGS: Final = 12
_SIGNS_IN_WORDS = re.compile(r"['’‘ʻʼ`´]")
_PROPRIETARY = re.compile(r"\bp\s*/\s*l\b")
# Initials, and the beginning of a Scottish or Irish name, written apart: “J A Rowe”, “Mc Leod”.
_APART = re.compile(r"(?:\b[a-z] (?=[a-z]\b)|\bmc (?=[a-z]{2}))")
_NZ = re.compile(r"\bn\.?\s?z\b\.?|\bnew\s+zealand\b")
_DOUBLED = re.compile(r"([aiu])\1+")
_FORMS_BY_LAST: Final[dict[str, list[tuple[list[str], str]]]] = {}
for _written, _meaning in FORMS:
    _FORMS_BY_LAST.setdefault(_written.split()[-1], []).append((_written.split(), _meaning))
# Whoever acts for one of these is it: “The trustees of the Rowe Settlement”.
_TRUSTS: Final = frozenset(("trust", "tr", "tst", "fund", "settlement", "smsf", "estate"))
# How the form of a name stands in its comparable form, where not as it is called.
FORM_WORDS: Final = {
    "limited": "",
    "proprietary": "pty",
    "limited_partnership": "lp",
    "trust_board": "trust board",
}
_NOT_NAMES: Final = HONOURS | TITLES | GENERATIONS.keys()


@dataclass(frozen=True, slots=True)
class Name:
    """One name, read.

    Parameters
    ----------
    kind : str
        ``person``, ``couple`` (two people in one record) or ``organisation``.
    words : tuple of str
        What the name says without legal form, numbers, notes, trading and former names.
    given : tuple of tuple of str
        Given names of each person (empty for an organisation).
    family : tuple of str
        Family name's words, particles included (empty for an organisation).
    order_known : bool
        Whether a comma or a column told which name is the family's.
    numbers : tuple of str
        Numbers and years in the name, sorted.
    spelled : bool
        Whether one of these numbers was spelled in words.
    form : str
        The legal form as written, if any: ``limited``, ``trust``, ``estate``, …
    capacity : str
        In whose place its bearer acts, if said: a meaning of `lexicon.CAPACITIES`.
    generation : str
        ``junior``, ``senior``, ``ii`` or ``iii``, if said.
    trading, former, trustee_for : str
        Other names that the text gives, folded; empty where it gives none.
    notes : tuple of str
        Remarks in the name: ``deceased``, ``status`` (in liquidation …), ``do_not_use``.
    """

    kind: NameKind
    words: tuple[str, ...]
    given: tuple[tuple[str, ...], ...] = ()
    family: tuple[str, ...] = ()
    order_known: bool = False
    numbers: tuple[str, ...] = ()
    spelled: bool = False
    form: str = ""
    capacity: str = ""
    generation: str = ""
    trading: str = ""
    former: str = ""
    trustee_for: str = ""
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 17)
def parse(text: str, entity_type: str | None = None, family: str | None = None) -> Name:
    """Read a name into its parts.

    Parameters
    ----------
    text : str
        As received; a person's in any order.
    entity_type : str, optional
        The canonical entity type; without one the words decide.
    family : str, optional
        The family name, where a column of its own tells it.
    """
    rest, notes = _take_notes(fold(text))
    rest, trading = _cut(_TRADING, rest)
    rest, trustee_for = _cut(_TRUSTEE_FOR, rest)
    rest, capacity = _take_capacity(rest, entity_type == "estate")
    # As the business register writes a trust: “The Trustee for Rowe Family Trust”.
    if trustee_for and ARTICLES.issuperset(_WORD.findall(rest)):
        rest, trustee_for = trustee_for, ""
        capacity = "" if _TRUSTS.intersection(_WORD.findall(rest)) else "trustee"
    rest, former = _take_former(rest)
    extra: dict[str, Any] = {"trading": trading, "trustee_for": trustee_for, "former": former, "notes": notes}
    extra["capacity"] = "trustee" if trustee_for else capacity
    if _is_person(rest, entity_type, family):
        return _person(rest, family, entity_type == "estate" or bool(_ESTATE.search(rest)), extra)
    return _organisation(rest, extra)


@lru_cache(maxsize=1 << 17)
def key(text: str | None, entity_type: str | None = None) -> str:
    """Give the comparable form of a name: two names with one key differ in their dress only.

    Parameters
    ----------
    text : str, optional
        As received.
    entity_type : str, optional
        The canonical entity type; without one the words decide.

    Returns
    -------
    str
        Folded words; empty only for a blank name. Taking the key of a key changes nothing.
    """
    # A name of signs that folding drops is itself; only a blank one has no form.
    current = fold(text or "").strip() or (text or "").strip()
    # One reading may bare what the next one takes off (“The The Kauri Co Ltd”); few names need three.
    for _ in range(_MOST_READINGS):
        before, current = current, _key_once(current, entity_type)
        if current == before:
            break
    return current


def given_roots(word: str) -> frozenset[str]:
    """Give the formal names that a given name or short name may stand for; always at least itself."""
    return SHORT_NAMES.get(word, frozenset((word,))) | {word}


def family_root(words: tuple[str, ...]) -> str:
    """Give a family name as one word, its particles joined and Mac written as Mc."""
    joined = "".join(words)
    if joined.startswith("mac") and len(joined) > 6 and joined[3] not in "hk":
        return "mc" + joined[3:]
    return joined


def short_vowels(word: str) -> str:
    """Write every doubled vowel of a word that could be Māori once (“heemi” is “hemi”)."""
    return re.sub(r"([aeiou])\1+", r"\1", word) if _MAORI.fullmatch(word) else word


def _key_once(text: str, entity_type: str | None) -> str:
    name = parse(text, entity_type)
    if name.kind == "organisation":
        parts = [*name.words, FORM_WORDS.get(name.form, name.form), *name.numbers]
    else:
        people = " and ".join(" ".join(given) for given in name.given if given)
        parts = [people, *name.family, name.generation, "estate" if name.form == "estate" else ""]
        parts += name.numbers
    if name.capacity and not name.trustee_for:
        parts.append(f"as {name.capacity}")
    return _APART.sub(lambda found: found.group().rstrip(), " ".join(filter(None, parts))) or text


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Part a name where a pattern stands: what is before it, and what is after."""
    found = pattern.search(text)
    if not found:
        return text, ""
    before, after = text[: found.start()], text[found.end() :]
    # Nothing before it (“Trading As Usual Limited”): the words are the name itself.
    if not _WORD.search(before) and (pattern is _TRADING or not _WORD.search(after)):
        return text, ""
    return before.rstrip(" ("), after.strip(" )")


def _take_notes(text: str) -> tuple[str, tuple[str, ...]]:
    notes = []
    for code, pattern in (
        ("do_not_use", _DO_NOT_USE),
        ("status", _STATUS),
        ("status", _STATUS_BRACKET),
        ("deceased", _DECEASED),
    ):
        shorter = pattern.sub(" ", text)
        if shorter != text and _WORD.search(shorter):
            text = shorter
            notes.append(code)
    return text.strip(), tuple(dict.fromkeys(notes))


def _take_former(text: str) -> tuple[str, str]:
    found = _FORMER.search(text)
    if not found or not _WORD.search(text[: found.start()]):
        return text, ""
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), found.group(1).strip()


def _take_capacity(text: str, of_estate: bool) -> tuple[str, str]:
    """Part a name and the capacity in which its bearer acts; the executors of an estate are the estate."""
    found = _CAPACITY.search(text)
    if not found:
        return text, ""
    shorter = f"{text[: found.start()]} {text[found.end() :]}".strip()
    is_estate = found.start() == 0 and (of_estate or _ESTATE.search(shorter))
    if is_estate or not _WORD.search(shorter):
        return text, ""
    return shorter, CAPACITIES[next(filter(None, found.groups()))]


def _is_person(text: str, entity_type: str | None, family: str | None) -> bool:
    if entity_type in ("individual", "estate"):
        return True
    if entity_type and entity_type != "other":
        return False
    words = _WORD.findall(text)
    if any(word in ORGANISATION_WORDS or word.isdigit() for word in words):
        return bool(_ESTATE.match(text)) and "trust" not in words
    return bool(family) or "," in text


def _tokens(text: str) -> list[str]:
    """Split folded text into words; an apostrophe or okina joins, every other sign parts."""
    text = _SIGNS_IN_WORDS.sub("", text).replace("&", " and ").replace("+", " and ")
    return [one_vowel(word) for word in _WORD.findall(text)]


@lru_cache(maxsize=1 << 16)
def one_vowel(word: str) -> str:
    """Write a doubled vowel of a Māori word once, as a macron folds to it; oo and ee are English too.

    Parameters
    ----------
    word : str
        One folded word.
    """
    if len(word) > 3 and _DOUBLED.search(word) and _MAORI.fullmatch(word):
        return _DOUBLED.sub(r"\1", word)
    return word


def _organisation(text: str, extra: dict[str, Any]) -> Name:
    text = _PROPRIETARY.sub("pty ltd", _NZ.sub("nz", _NUMBERED.sub("", text)))
    words = _tokens(text)
    words, numbers, spelled = _take_numbers(words)
    words, form = _take_form(words)
    while len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    words = [organisation_word(word) for word in words]
    return Name("organisation", tuple(words), numbers=numbers, spelled=spelled, form=form, **extra)


@lru_cache(maxsize=1 << 16)
def organisation_word(word: str) -> str:
    """Give a word of an organisation's name as it is compared: abbreviations in full, no plural s.

    A family name that is a given name with an s (Roberts, Williams) is no plural.

    Parameters
    ----------
    word : str
        One folded word.
    """
    word = SAME_WORDS.get(one := one_vowel(word), one)
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural and word[:-1] not in SHORT_NAMES else word


def _take_form(words: list[str]) -> tuple[list[str], str]:
    """Take legal forms off the end, keeping at least one word; the first one found names the form."""
    form = ""
    while ending := _ending(words):
        words, form = words[: -len(ending[0])], form or ending[1]
    while len(words) > 1 and words[-1] == "and":
        words = words[:-1]
    return words, form


def _ending(words: list[str]) -> tuple[list[str], str] | None:
    """Give the legal form that a name ends with, as written and as meant; not where it is all there is."""
    for written, meaning in _FORMS_BY_LAST.get(words[-1], ()) if words else ():
        if len(words) > len(written) and words[-len(written) :] == written:
            return written, meaning
    return None


def _take_numbers(words: list[str]) -> tuple[list[str], tuple[str, ...], bool]:
    """Take numbers out of an organisation's words; a leading run of number words counts as one."""
    run = 0
    while run < len(words) - 1 and words[run] in NUMBER_WORDS:
        run += 1
    # One word alone (“One Tree Hill”, “Seven Sharp”) is a word; “One Eighty” is a number.
    spelled = run > 1
    numbers = ["".join(str(NUMBER_WORDS[word]) for word in words[:run])] if spelled else []
    rest = words[run:] if spelled else words
    numbers += [str(int(word)) for word in rest if word.isdecimal()]
    kept = [word for word in rest if not word.isdecimal()]
    return (kept, tuple(sorted(numbers)), spelled) if kept else (rest, (), False)


def _person(text: str, family: str | None, estate: bool, extra: dict[str, Any]) -> Name:
    without = _ESTATE.sub(" ", text) if estate else text
    text, estate = (without, estate) if _WORD.search(without) else (text, False)
    text = _ELDER.sub(" senior", _YOUNGER.sub(" junior", text))
    text, numbers = _take_counts(text)
    text, remark = _take_remark(text)
    text = _EITHER.sub(" and ", _BRACKET.sub(lambda found: f" {found.group(1)} ", text))
    last, comma, first = text.partition(",")
    given, surname = _people(_tokens(first)), _people(_tokens(last))
    generation = _generation(_tokens(first)) or _generation(_tokens(last))
    order_known = bool(family or (comma and given and surname))
    if not (comma and given and surname):
        kept = _people(_tokens(text))
        # Where nothing but titles and the like is written, they are the name.
        kept, generation = (kept, generation) if kept else (_tokens(text), "")
        given, surname = _given_and_family(kept, _tokens(fold(family or "")))
        given += remark
    people = _split_couple(given)
    words = tuple(word for word in (*given, *surname) if word != "and") or (*given, *surname)
    form = "estate" if estate else ""
    kind: NameKind = "couple" if len(people) > 1 else "person"
    told: dict[str, Any] = {"numbers": numbers, "form": form, "generation": generation}
    return Name(kind, words, people, tuple(surname), order_known, **told, **extra)


def _take_remark(text: str) -> tuple[str, list[str]]:
    """Take what is told of somebody from behind the name, so that it is not read as the family name."""
    found = _REMARK.search(text)
    remark = _people(_tokens(found.group(1))) if found else []
    if not found or not remark or "," in text or len(_WORD.findall(text[: found.start()])) < 2:
        return text, []
    return text[: found.start()], remark


def _take_counts(text: str) -> tuple[str, tuple[str, ...]]:
    """Take the numbers that tell namesakes apart out of a person's name."""
    without = _COUNTED.sub(" ", text)
    if not _WORD.search(without):
        return text, ()
    return without, tuple(sorted(str(int(word)) for word in _WORD.findall(text) if word.isdecimal()))


def _people(tokens: list[str]) -> list[str]:
    """Leave out titles before, honours and generations after; never everything."""
    kept = list(tokens)
    while len(kept) > 1 and (kept[0] in TITLES or kept[0] == "and"):
        kept.pop(0)
    while len(kept) > 1 and (kept[-1] in HONOURS or kept[-1] in GENERATIONS or kept[-1] == "and"):
        kept.pop()
    inner = [w for i, w in enumerate(kept) if not (w in TITLES and i and kept[i - 1] == "and")]
    return [] if inner and inner[0] in _NOT_NAMES and len(inner) == 1 else inner


def _generation(tokens: list[str]) -> str:
    """Give the generation said at the end of a name, among its honours."""
    for word in reversed(tokens[1:]):
        if word in GENERATIONS:
            return GENERATIONS[word]
        if word not in HONOURS:
            break
    return ""


def _given_and_family(tokens: list[str], family: list[str]) -> tuple[list[str], list[str]]:
    size = len(family)
    if size and len(tokens) > size and tokens[-size:] == family:
        return tokens[:-size], family
    if size and len(tokens) > size and tokens[:size] == family:
        return tokens[size:], family
    start = max(len(tokens) - 1, 0)
    while start > 1 and tokens[start - 1] in PARTICLES:
        start -= 1
    return tokens[:start], tokens[start:]


def _split_couple(given: list[str]) -> tuple[tuple[str, ...], ...]:
    people: list[list[str]] = [[]]
    for word in given:
        if word == "and":
            people.append([])
        else:
            people[-1].append(word)
    return tuple(tuple(person) for person in people if person)
