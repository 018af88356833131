"""History in plain words: what each ledger event says to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.domain.fields import SIDE_LABELS
from workbench.domain.frames import HISTORY
from workbench.domain.records import Event, Operation
from workbench.domain.results import RESULT_WORDS

if TYPE_CHECKING:
    from workbench.reconcile.state import Carried

_DIRECTIONS: Final = {
    "to_xpm": "Chose Connectworks’ value for XPM",
    "to_connectworks": "Chose XPM’s value for Connectworks",
    "leave": "Chose to leave it as it is",
    "ask": "Chose to ask the client",
}
_OUTCOMES: Final = {
    "done": "Written to {side}",
    "already": "It was so in {side} already",
    "stale": "Left out: {side} had changed",
    "refused": "{side} refused it",
    "gave_up": "Gave up on {side}",
    "handed_over": "Handed over for {side}",
}

Row = Mapping[str, str | None]


def told(event: Event, operations: Mapping[str, Carried], links: Mapping[str, Row]) -> list[Row]:
    """Give an event's rows of history; none for events that only machines care about.

    Parameters
    ----------
    event : Event
        What happened.
    operations : mapping
        The operations known before it, by id.
    links : mapping
        The links in force before it, by id.

    Returns
    -------
    list of dict
        One row, or one per field for a write that has ended; columns as in `HISTORY`.
    """
    if event.kind == "concluded":
        return _concluded(event, operations.get(event.body["operation_id"]), links)
    if event.kind == "arrived":
        return _arrived(event, operations.get(event.body["operation_id"]), links)
    words = _WORDS.get(event.kind)
    if words is None:
        return []
    before, after = _chosen(event) if event.kind == "decided" else (None, None)
    return [_row(event, words(event.body), before=before, after=after)]


def _row(event: Event, what: str, **cells: str | None) -> Row:
    body = event.body
    ids = {name: body.get(name) for name in ("connectworks_id", "xpm_id", "link_id", "field", "run_id")}
    return dict.fromkeys(HISTORY) | ids | {"at": event.at, "by": event.by, "what": what} | cells


def _concluded(event: Event, known: Carried | None, linked: Mapping[str, Row]) -> list[Row]:
    if known is None:
        return []
    outcome = event.body["outcome"]
    what = _OUTCOMES.get(outcome, "Ended at {side}")
    return _of_values(event, what, known, linked, tuple(known.operation.after), outcome)


def _arrived(event: Event, known: Carried | None, linked: Mapping[str, Row]) -> list[Row]:
    if known is None:
        return []
    names = tuple(name for name in event.body["fields"] if name in known.operation.after)
    return _of_values(event, "Handed over, and seen in {side} since", known, linked, names, "handed_over")


def _of_values(
    event: Event,
    what: str,
    known: Carried,
    linked: Mapping[str, Row],
    names: Sequence[str],
    outcome: str,
) -> list[Row]:
    operation = known.operation
    of: tuple[str | None, ...] = known.link_ids or (None,)
    return [
        _row(
            event,
            what.format(side=SIDE_LABELS[operation.side]),
            by=operation.by or event.by,
            **_ids(linked.get(link or ""), operation),
            link_id=link,
            field=name,
            before=operation.before.get(name),
            after=operation.after[name],
            outcome=outcome,
            run_id=known.run_id,
        )
        for link in of
        for name in names
    ]


def _ids(link: Row | None, operation: Operation) -> Row:
    if link is None:
        return {f"{operation.side}_id": operation.client_id}
    return {"connectworks_id": link["connectworks_id"], "xpm_id": link["xpm_id"]}


def _chosen(event: Event) -> tuple[str | None, str | None]:
    """Give what a decision would overwrite, and with what."""
    sides = event.private.get("connectworks"), event.private.get("xpm")
    if event.body.get("direction") == "to_xpm":
        return sides[1], sides[0]
    if event.body.get("direction") == "to_connectworks":
        return sides[0], sides[1]
    return None, None


def _decided(body: Mapping[str, Any]) -> str:
    what = _DIRECTIONS.get(body.get("direction") or "", "Took the choice back")
    what += ", a blank over a value" if body.get("erases") else ""
    return f"{what}, in spite of its lock" if body.get("unlocks") else what


def _pulled(body: Mapping[str, Any]) -> str:
    whole = "" if body.get("complete") else f", incomplete: {body.get('reason') or 'it was cut short'}"
    return f"Read {body.get('records', 0)} records from {SIDE_LABELS[body['side']]}{whole}"


def _linked(body: Mapping[str, Any]) -> str:
    return "Found linked in Connectworks" if body.get("how") == "connectworks" else "Linked"


def _run_started(body: Mapping[str, Any]) -> str:
    taken_back = " that takes an earlier one back" if body.get("undoes") else ""
    return f"Started a push of {body.get('operations', 0)} changes{taken_back}"


def _handed_over(body: Mapping[str, Any]) -> str:
    taken_back = " that take an earlier run back" if body.get("undoes") else ""
    return f"Handed {body.get('operations', 0)} changes{taken_back} over, to be carried across by hand"


def _configured(body: Mapping[str, Any]) -> str:
    if body.get("begins"):
        return "Noted the settings as they stood in firm.toml"
    return f"Changed the settings: {body.get('what') or 'no word on what'}"


def _purged(body: Mapping[str, Any]) -> str:
    files = sum(int(body.get(name) or 0) for name in ("snapshots", "looks", "files"))
    return f"Deleted {body.get('values', 0)} personal values" + (f" and {files} files" if files else "")


def _cleared(body: Mapping[str, Any]) -> str:
    files = sum(int(body.get(name) or 0) for name in ("snapshots", "looks", "files"))
    return f"Deleted {files} files that were older than the firm keeps them"


def _sampled(body: Mapping[str, Any]) -> str:
    shown, wrong = len(body.get("shown") or ()), len(body.get("wrong") or ())
    seen = (
        f"a sample of {shown} looked at before, {wrong or 'none'} wrong" if shown else "none looked at before"
    )
    return f"Accepted {body.get('of', 0)} at once: {seen}"


def _plain(what: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda body: what


_WORDS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "read": _plain("Looked at everything that is held of a client"),
    "exported": lambda body: f"Wrote {body.get('rows', 0)} rows to a file",
    "connected": lambda body: f"Signed in to {SIDE_LABELS[body['side']]}: {body['tenant_name']}",
    "pulled": _pulled,
    "labelled": lambda body: f"Read custom fields of {len(body.get('looks') or ())} clients in XPM",
    "linked": _linked,
    "unlinked": _plain("Unlinked"),
    "ruled": _plain("Changed the firm’s rules"),
    "rejected": _plain("Said that these are not the same client"),
    "unrejected": _plain("Took a rejection back"),
    "sampled": _sampled,
    "decided": _decided,
    "run_started": _run_started,
    "run_ended": lambda body: f"The push ended: {body.get('message') or 'no word on how'}",
    "proposed": lambda body: f"Sent {len(body.get('operations') or ())} writes for approval",
    "approved": lambda body: f"Approved {len(body.get('operations') or ())} writes",
    "sent_back": lambda body: f"Sent {len(body.get('operations') or ())} writes back",
    "configured": _configured,
    "handed_over": _handed_over,
    "creation_asked": lambda body: f"Asked for a new record in {SIDE_LABELS[body['side']]}",
    "created": lambda body: f"Created a record in {SIDE_LABELS[body['side']]}",
    "not_created": lambda body: f"No record was created: {body.get('reason') or 'no word on why'}",
    "confirmed": _plain("Confirmed a plan in spite of its brakes"),
    "ran": lambda body: f"Scheduled run: {RESULT_WORDS.get(body.get('result', ''), 'no word on how')}",
    "bundled": lambda body: f"Made a bundle of a run for an outsider ({body['edition']} edition)",
    "purged": _purged,
    "cleared": _cleared,
}
