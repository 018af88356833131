"""Keep what was just seen of single records, and what both sides now agree on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.domain.errors import Refused
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side
from workbench.domain.records import Answer, Entry, Operation
from workbench.flow.firm import Firm


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


def look_at_client(firm: Firm, side: Side, client_id: str, by: str) -> None:
    """See one client as it is now and keep it; a record that is gone is left as it was known."""
    try:
        seen = firm.connections.system[side].look(client_id)
    except Refused:
        return
    keep_answers(firm, seen.answers, by)


def refresh(firm: Firm, link_ids: Iterable[str], by: str) -> None:
    """See linked clients on both sides as they are now and keep them."""
    links = firm.state().links().set_index("link_id")
    for link_id in link_ids:
        for side in SIDES:
            look_at_client(firm, side, str(links.loc[link_id, f"{side}_id"]), by)


def verified(firm: Firm, operation: Operation) -> list[Entry]:
    """Give the entries that make an operation's values the new baseline of its links.

    Parameters
    ----------
    firm : Firm
        Whose decisions the operation carries.
    operation : Operation
        One that is done, or was so already.
    """
    entries = []
    for seq in operation.decisions:
        decision = firm.state().decided.get(seq)
        if decision is None or decision.body["field"] not in operation.after:
            continue
        name, link_id = decision.body["field"], decision.body["link_id"]
        values = {side: decision.private.get(side) for side in (CONNECTWORKS, XPM)}
        values[operation.side] = operation.after[name]
        private = {f"{name}.{side}": value for side, value in values.items()}
        entries.append(
            Entry("baselined", {"link_id": link_id, "fields": [name], "why": "verified"}, private, link_id)
        )
    return entries
