"""Ask for a client's missing record to be created in the other system."""

from __future__ import annotations

from workbench.domain.errors import BadInput
from workbench.domain.fields import SIDE_LABELS, other_side
from workbench.domain.records import Entry
from workbench.flow.asking import ask_sealed
from workbench.flow.firm import Firm
from workbench.reconcile.creating import Draft, asked_entry
from workbench.reconcile.creations import Creation, of_source
from workbench.reconcile.state import State


def ask_create(firm: Firm, wanted: Draft, *, despite: bool = False) -> str:
    """Write down that a drafted record is wanted, and ask for it; gives the request's id.

    Asking again for what was asked and has not ended carries on with it: there is never a second one.

    Parameters
    ----------
    firm : Firm
        Whose ledger is written.
    wanted : Draft
        As it was shown.
    despite : bool
        Whether the person saw who may be the same client, and says that they are others.

    Raises
    ------
    BadInput
        If somebody may be it and that was not said, the client is linked, or its record was created before.
    """
    if wanted.twins and not despite:
        called = ", ".join(twin.name for twin in wanted.twins[:3])
        raise BadInput(
            f"{SIDE_LABELS[wanted.side]} may have {wanted.name} already: {called}.",
            "Link it, or say that they are others.",
        )

    def prepare(state: State) -> tuple[dict[str, str], list[Entry]]:
        if (other_side(wanted.side), wanted.source_id) in state.link_of:
            raise BadInput(f"{wanted.name} is linked by now.", "Nothing has to be created.")
        earlier = of_source(state.creations.values(), wanted.side, wanted.source_id)
        if any(each.client_id for each in earlier):
            raise BadInput(f"A record was created for {wanted.name} before.", "Pull, and link that one.")
        unfinished = next((each for each in earlier if each.open), None)
        if unfinished is not None and (unfinished.seals or dict(unfinished.values) == wanted.values):
            return {"creation_id": unfinished.creation_id}, []  # what may have left is brought to its end
        asked = asked_entry(wanted, len(earlier))
        return {"creation_id": str(asked.body["creation_id"])}, [*_dropped(unfinished), asked]

    return ask_sealed(firm, "create", prepare)


def _dropped(unfinished: Creation | None) -> list[Entry]:
    """End what was asked for with other values and never sent."""
    if unfinished is None:
        return []
    body = {"creation_id": unfinished.creation_id, "reason": "It was asked for anew, with other values."}
    return [Entry("not_created", body, subject=unfinished.source_id)]
