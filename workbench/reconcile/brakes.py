"""What a plan costs, and the reasons why it would not run as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from workbench.domain.fields import SIDE_LABELS, XPM, label_of
from workbench.domain.records import Brake, Cost, Facts, LeftOut, Operation, Plan, Quota

CALLS_PER_WRITE: Final = 2
"""A look and the write; a whole echo is the closing look. A contact's or a link's client is seen afterwards,
and taking a link away is answered without a picture, so that it is looked at."""

MOST_CLIENTS_SHARE: Final = 0.20
MOST_BLANKS: Final = 50
ONE_FIELD_SHARE: Final = 0.80
FEWEST_WRITES: Final = 20
"""Below so many writes one field may be all of them."""

WRITE_FIELDS: Final = "write_fields"
WRITE_LINKS: Final = "write_links"

_Links = Mapping[tuple[str, str], str]


def judged(
    operations: Sequence[Operation],
    left_out: tuple[LeftOut, ...] = (),
    facts: Facts | None = None,
    *,
    links: _Links | None = None,
    tenants: Mapping[str, str] | None = None,
    undoing: bool = False,
) -> Plan:
    """Make a plan of operations: count its cost and check every brake.

    Parameters
    ----------
    operations : sequence of Operation
        In the order in which they would be sent.
    left_out : tuple of LeftOut
        What it does not carry.
    facts : Facts, optional
        Without them, the brakes that need them are not checked.
    links : mapping, optional
        (side, client id) to link id, so that a client written on both sides counts once.
    tenants : mapping, optional
        Side to the id of the tenant whose data the plan was made from.
    undoing : bool
        Whether it takes writes back: then nobody has said of any value that it may be emptied.
    """
    pulled = brakes(operations, facts, links=links, tenants=tenants, undoing=undoing)
    return Plan(tuple(operations), cost_of(operations, facts), pulled, left_out)


def brakes(
    operations: Sequence[Operation],
    facts: Facts | None,
    *,
    links: _Links | None = None,
    tenants: Mapping[str, str] | None = None,
    undoing: bool = False,
    overtaken: int = 0,
) -> tuple[Brake, ...]:
    """Check every brake: also those that are clear, or could not be checked, are given.

    Parameters
    ----------
    operations, facts, links, tenants, undoing
        As in `judged`.
    overtaken : int
        How many of the operations rest on a decision that does not hold any more.

    Returns
    -------
    tuple of Brake
        Each that is set and not final has words of its own: the practice's name, and how many it is about.
    """
    checked = (
        _many_clients(operations, facts, links or {}),
        _many_blanks(operations, 0 if undoing else MOST_BLANKS),
        _one_field(operations),
        _other_tenant(operations, facts, tenants),
        _incomplete_pull(operations, facts),
        _stale_plan(overtaken),
        _no_ability(operations, facts),
        _no_quota(operations, facts),
    )
    whose = facts.practice if facts else ""
    return tuple(replace(b, words=f"{whose} {b.words}".strip()) if b.words else b for b in checked)


def cost_of(operations: Sequence[Operation], facts: Facts | None = None) -> Cost:
    """Count calls, minutes at the pace, and the share of the XPM calls that are left today.

    Parameters
    ----------
    operations : sequence of Operation
        What would be sent.
    facts : Facts, optional
        Give pace and quota; without them 60 calls a minute are taken.
    """
    calls = sum(map(_calls_of, operations)) + _asking(operations, facts)
    left = facts.quota.day_left if facts else None
    share = None if left is None else _xpm_calls(operations) / left if left else float("inf")
    return Cost(calls, calls / (facts.calls_per_min if facts else 60), share if calls else 0.0)


def _many_clients(operations: Sequence[Operation], facts: Facts | None, links: _Links) -> Brake:
    written = [(o.side, o.client_id) for o in operations if o.resource != "link"]
    touched = len({links.get(client, "/".join(client)) for client in written})
    if facts is None:
        return _brake("many_clients", None, "How many of the linked clients this is was not checked.")
    message = f"{touched} of {facts.links} linked clients would be written, more than one in five."
    words = f"{touched} clients"
    return _brake("many_clients", touched > MOST_CLIENTS_SHARE * facts.links, message, words=words)


def _many_blanks(operations: Sequence[Operation], most: int) -> Brake:
    blanks = sum(value is None for o in operations if o.resource != "link" for value in o.after.values())
    message = f"{blanks} value{'s' if blanks > 1 else ''} would be emptied."
    return _brake("many_blanks", blanks > most, message, words=f"{blanks} emptied")


def _one_field(operations: Sequence[Operation]) -> Brake:
    names = Counter(name for o in operations if o.resource != "link" for name in o.after)
    name, most = max(sorted(names.items()), key=lambda item: item[1], default=("", 0))
    whole = names.total()
    message = f"{most} of {whole} values are of one field, {label_of(name)}."
    pulled = whole >= FEWEST_WRITES and most > ONE_FIELD_SHARE * whole
    return _brake("one_field", pulled, message, words=f"{most} times {label_of(name).lower()}")


def _other_tenant(
    operations: Sequence[Operation], facts: Facts | None, tenants: Mapping[str, str] | None
) -> Brake:
    if facts is None or tenants is None:
        return _brake("other_tenant", None, "Whose data this reaches was not checked.", final=True)
    sides = sorted({o.side for o in operations})
    other = [SIDE_LABELS[s] for s in sides if facts.tenants.get(s) != tenants.get(s)]
    message = f"The sign-in reaches another practice than the plan was made from ({', '.join(other)})."
    return _brake("other_tenant", bool(other), message, final=True)


def _incomplete_pull(operations: Sequence[Operation], facts: Facts | None) -> Brake:
    if facts is None:
        return _brake("incomplete_pull", None, "Whether the last pull was whole was not checked.")
    message = "The last pull was incomplete; pull again first."
    words = f"{len(operations)} from an incomplete pull"
    return _brake("incomplete_pull", not facts.pull_complete, message, words=words)


def _stale_plan(overtaken: int) -> Brake:
    message = (
        f"{overtaken} of these writes rest on a choice that was changed or taken back; make the plan again."
    )
    return _brake("stale_plan", overtaken > 0, message, final=True)


def _no_ability(operations: Sequence[Operation], facts: Facts | None) -> Brake:
    if facts is None:
        return _brake("no_ability", None, "What the connections can do was not checked.", final=True)
    needed = sorted({(o.side, WRITE_LINKS if o.resource == "link" else WRITE_FIELDS) for o in operations})
    lacking = [SIDE_LABELS[s] for s, ability in needed if ability not in facts.abilities.get(s, frozenset())]
    sides = " and ".join(dict.fromkeys(lacking))
    message = f"This connection cannot write to {sides}. Hand that part over instead (bench.hand_over)."
    return _brake("no_ability", bool(lacking), message, final=True)


def _no_quota(operations: Sequence[Operation], facts: Facts | None) -> Brake:
    quota = facts.quota if facts else Quota()
    calls = _xpm_calls(operations)
    if quota.day_left is None:
        when = "asked before the first write" if quota.outdated else "not known yet"
        return _brake("no_quota", None, f"How many calls XPM allows today is {when}.")
    if calls > quota.day_left:
        message = (
            f"XPM allows {quota.day_left} more calls today and this needs {calls}: it stops when they are "
            "used up, and carries on by itself the next day."
        )
    else:
        message = (
            f"XPM allows {quota.day_left} more calls today: enough for this ({calls}), not to undo it too."
        )
    return _brake("no_quota", 2 * calls > quota.day_left, message, words=f"{calls} calls")


def _calls_of(operation: Operation) -> int:
    taken_away = operation.resource == "link" and operation.after.get("linked_id") is None
    return CALLS_PER_WRITE + (operation.resource != "client") + taken_away


def _asking(operations: Sequence[Operation], facts: Facts | None) -> int:
    """Count the call that asks XPM how many are left, where what it told is of an earlier day."""
    return int(facts is not None and facts.quota.outdated and any(o.side == XPM for o in operations))


def _xpm_calls(operations: Sequence[Operation]) -> int:
    return sum(_calls_of(o) for o in operations if o.side == XPM)


def _brake(code: str, pulled: bool | None, message: str, *, final: bool = False, words: str = "") -> Brake:
    states: dict[bool | None, Literal["set", "clear", "not_checked"]] = {
        True: "set",
        False: "clear",
        None: "not_checked",
    }
    return Brake(code, message if pulled is not False else "", states[pulled], final, words if pulled else "")
