"""Keep what was just seen of single records, and what both sides now agree on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.domain.errors import Gone
from workbench.domain.fields import SIDE_LABELS, SIDES, Side
from workbench.domain.records import Answer, Entry, Operation, Values
from workbench.domain.warnings import LOST
from workbench.flow.firm import Firm
from workbench.reconcile.rules import digest, written
from workbench.reconcile.state import NEVER, State


def keep_answers(firm: Firm, answers: Sequence[Answer], by: str) -> None:
    """Keep the raw answers about whole client records, so that every page shows them from now on.

    Parameters
    ----------
    firm : Firm
        Whose snapshots and ledger are written.
    answers : sequence of Answer
        Of a look or an echo; those about something else than a client are left.
    by : str
        Who asked for it.
    """
    entries = [
        Entry(
            "looked", {"side": answer.side, "client_id": answer.key, "look": firm.snapshots.add_look(answer)}
        )
        for answer in answers
        if answer.resource == "client" and answer.key
    ]
    if entries:
        firm.append(entries, by)


def look_at_client(firm: Firm, side: Side, client_id: str, by: str) -> bool:
    """See one client as it is now and keep it; one that is gone is left as it was known, and False given."""
    try:
        seen = firm.connections.system[side].look(client_id)
    except Gone:
        return False
    keep_answers(firm, seen.answers, by)
    return True


def refresh(firm: Firm, link_ids: Iterable[str], by: str) -> str:
    """See linked clients on both sides as they are now and keep them; say in words what could not be seen."""
    linked = firm.state().linked
    found = [linked[link_id] for link_id in link_ids if link_id in linked]
    gone = [
        SIDE_LABELS[side]
        for link in found
        for side in SIDES
        if not look_at_client(firm, side, str(link[f"{side}_id"]), by)
    ]
    told = ["Refreshed." if found else "These two are not linked any more; nothing was looked at."]
    for side, count in Counter(gone).items():
        told.append(f"{count} not found in {side} any more: see there whether it was deleted, or pull.")
    return " ".join(told)


def baselined(link_id: str, values: Mapping[str, Values], why: str, at: str | None = None) -> Entry:
    """Give the entry that makes pairs of values the agreed ones of a link.

    Parameters
    ----------
    link_id : str
        Whose.
    values : mapping
        Field to its value on each side.
    why : str
        ``verified``, ``equal`` or ``leave``; ``restored`` where a leave was taken back and what was agreed
        before it counts again, and `NEVER` where nothing was.
    at : str, optional
        When it was agreed (ISO 8601, UTC), where that was earlier.
    """
    private = {f"{name}.{side}": pair[side] for name, pair in values.items() for side in SIDES}
    body = {"link_id": link_id, "fields": sorted(values), "why": why} | ({"at": at} if at else {})
    return Entry("baselined", body, private, link_id)


def not_left(state: State, link_id: str, field: str, seen: Values) -> Entry | None:
    """Give the entry that makes what was agreed before a leave count again; None where no leave stands.

    Parameters
    ----------
    state : State
        What the ledger says before something else is chosen.
    link_id, field : str
        Of which difference.
    seen : mapping
        Side to the value seen: a leave of other values has done its work, and stays.
    """
    key = link_id, field
    choice, left = state.choices.get(key), state.agreed.get(key)
    stands = choice is not None and choice["direction"] == "leave" and left is not None
    if not (stands and left and left["why"] == "leave" and all(left[side] == seen[side] for side in SIDES)):
        return None
    before = state.before_leaving.get(key)
    if before is None:
        return baselined(link_id, {field: dict.fromkeys(SIDES)}, NEVER)
    why = before["why"] if before["why"] in (*LOST, NEVER) else "restored"
    return baselined(link_id, {field: {side: before[side] for side in SIDES}}, why or "", before["at"])


def verified(firm: Firm, operation: Operation) -> list[Entry]:
    """Give the entries that make an operation's values the agreed ones of its links.

    Parameters
    ----------
    firm : Firm
        Whose decisions the operation carries.
    operation : Operation
        One that is done, or was so already.
    """
    decided = firm.state().decided
    entries = []
    for seq in operation.decisions:
        if seq in decided and decided[seq].body["field"] in operation.after:
            decision = decided[seq]
            name = decision.body["field"]
            pair: dict[str, str | None] = {side: decision.private.get(side) for side in SIDES}
            pair[operation.side] = operation.after[name]
            entries.append(baselined(decision.body["link_id"], {name: pair}, "verified"))
    return entries


def remember_rules(firm: Firm) -> None:
    """Write down the firm's rules whenever the settings hold others than the ledger knows."""
    rules = firm.comparing.rules
    now, known = digest(rules), firm.state().ruled.get("digest", digest(()))
    if now != known:
        body = {"digest": now, "rules": len(rules)}
        firm.append([Entry("ruled", body, {"rules": written(rules).decode()}, subject="rules")])


def remember_comparison(firm: Firm, differences: pd.DataFrame) -> None:
    """Write down that all links were compared, and which pairs of values were found to agree.

    Only what the ledger does not say yet is written, so that looking twice writes nothing.

    Parameters
    ----------
    firm : Firm
        Whose ledger.
    differences : pandas.DataFrame
        As just compared.
    """
    state = firm.state()
    agreed: dict[str, dict[str, Values]] = {}
    equal = differences[differences["kind"].isin(("same", "cosmetic"))]
    columns: list[Any] = [
        equal[c].astype(object).where(equal[c].notna(), None) for c in ("link_id", "field", *SIDES)
    ]
    for link_id, name, *values in zip(*columns, strict=True):
        pair = dict(zip(SIDES, values, strict=True))
        known = state.agreed.get((link_id, name))
        if known is None or known["why"] == NEVER or any(known[side] != pair[side] for side in SIDES):
            agreed.setdefault(link_id, {})[name] = pair
    entries = [baselined(link_id, values, "equal") for link_id, values in agreed.items()]
    last_pull = max((pull.at for pull in state.pulls.values()), default="")
    if entries or any(state.compared.get(link, "") < last_pull for link in state.linked):
        kinds = {str(kind): int(count) for kind, count in differences["kind"].value_counts().items()}
        snapshots = {side: pull.snapshot for side, pull in state.pulls.items()}
        compared = Entry("compared", {"links": len(state.linked), "counts": kinds, "snapshots": snapshots})
        firm.append([*entries, compared])
