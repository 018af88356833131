"""The push protocol as a value: from what happened so far to the next step, without touching anything.

`next_step` reads one operation's ledger events and says what to do now. Whoever performs the steps appends
what came of each to the ledger, reads the operation's events again, and asks anew, until there is nothing
left to do. A take-over after a crash is the same question, asked by somebody else.

What the performer appends (every body has ``operation_id``), at once and before asking again:

========  =====================================================================================
Step      Events
========  =====================================================================================
Claim     ``claimed`` {run_id, holder}
Look      ``seen`` {match, why, looked_at, harm, holder}: `match` as given by `match`, ``gone`` where the
          service refused to show the record, ``marked`` where nothing has moved but the record is marked
          as nobody knew who decided, ``unclear`` where no readable picture came; `why` the
          step's; `looked_at` when the answer arrived (ISO 8601); `harm` the names of other fields
          that are not as they were before the last request that may have been carried out.
Seal      ``sending`` {holder}, unless anything was appended since it was asked; then asks again with
          ``sealed`` = that event's seq, once.
Send      writes, unless the clock has passed ``not_after``; then ``answered`` {sealed, answer, match,
          harm}, where `sealed` is the seq of the seal that it answers and `answer` is one of
          ``echo`` with the match of the echo and the names of the other fields that it harmed,
          ``refused`` where the service refused it by its own rules, ``unsent`` where it surely did
          not act for another reason (too late to send, quota spent, no consent), ``uncertain`` for
          everything else, a failure of our own code included.
Forgo     ``answered`` {sealed, answer: ``unsent``}
Wait      nothing; asks again at ``until``.
Conclude  ``concluded`` {run_id, outcome, reason, calls, harm}, unless anything was appended since
========  =====================================================================================

After a spent quota or a lost consent the performer stops the run; asking again later carries on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, Literal

from workbench.domain.fields import label_of
from workbench.domain.records import Event, Operation, Outcome, Seen, Values

Match = Literal["before", "after", "alike", "other", "unclear"]
Why = Literal["first", "closing"]

MOST_SENDS: Final = 6
MOST_UNCLEAR: Final = 6
TIMES_TOLD: Final = 3
"""So often a service has to refuse before it is believed: a passing failure may be told as a refusal, and
asking again after a plain no does no harm."""
LONGEST_WAIT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Claim:
    """Take the operation, so that nobody else works on it."""


@dataclass(frozen=True, slots=True)
class Look:
    """See the resource as it is now.

    Parameters
    ----------
    why : str
        ``first`` before anything was sent, ``closing`` after.
    """

    why: Why


@dataclass(frozen=True, slots=True)
class Seal:
    """Write down that the request is about to be sent."""

    kind: Literal["sending"] = "sending"


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request, once.

    Parameters
    ----------
    not_after : datetime
        From then on the look is no longer fresh and nothing may be sent.
    """

    not_after: datetime


@dataclass(frozen=True, slots=True)
class Forgo:
    """Write down that what was sealed is not sent: its look is no longer fresh."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until a time.

    Parameters
    ----------
    until : datetime
        When to ask again.
    why : str
        In plain words.
    """

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """Write down how it ended.

    Parameters
    ----------
    outcome : str
        One of the outcomes.
    reason : str
        In plain words.
    """

    outcome: Outcome
    reason: str


Step = Claim | Look | Seal | Send | Forgo | Wait | Conclude


def match(
    operation: Operation,
    seen: Seen | None,
    alike: Callable[[str, str | None, str | None], bool] | None = None,
) -> Match:
    """Say how a picture of the resource fits an operation, over all the fields that it carries.

    Parameters
    ----------
    operation : Operation
        What was decided.
    seen : Seen or None
        A look or an echo; None where none could be had.
    alike : callable, optional
        Whether two values of a field differ in writing only. For echoes and closing looks: a service may
        write a value in its own way.

    Returns
    -------
    str
        ``after`` or ``before`` where every field is exactly so (a blank is a blank), ``alike`` where every
        field says the same as after, ``unclear`` without a whole picture, else ``other``.
    """
    if seen is None or not seen.whole:
        return "unclear"
    shown = {name: seen.values.get(name) or None for name in operation.after}
    if all(shown[name] == (value or None) for name, value in operation.after.items()):
        return "after"
    if all(shown[name] == (value or None) for name, value in operation.before.items()):
        return "before"
    if alike and all(alike(name, shown[name], value) for name, value in operation.after.items()):
        return "alike"
    return "other"


def harm(operation: Operation, first: Values, now: Values, *, echo: bool = False) -> tuple[str, ...]:
    """Name the fields outside an operation which a write changed, be they read or not.

    Parameters
    ----------
    operation : Operation
        What was sent.
    first, now : mapping
        Every field (`Seen.marks`) of the look that the write followed, and of what was seen after it.
    echo : bool
        Whether the latter is the write's own answer: of a field that it leaves out it tells nothing.

    Returns
    -------
    tuple of str
        Field names in order; a service's own time stamp does not count.
    """
    told = now.keys() if echo else first.keys() | now.keys()
    others = told - operation.after.keys() - {"updated_at"}
    return tuple(sorted(name for name in others if (first.get(name) or None) != (now.get(name) or None)))


def covers(echo: Values, first: Values) -> bool:
    """Say whether an echo tells of every field that held something before: else it is no closing look."""
    return {name for name, value in first.items() if value} <= echo.keys()


# The invariant. Every request follows its own seal; the seal follows a look of the same holder that showed
# exactly what was decided on; and that look is at most `fresh_s` old when the request leaves. Between a seal
# without a clear answer and the next seal lie `late_commit_s` and another such look: whatever the first
# request did has happened by then; after a plain refusal, which wrote nothing, a new look is enough. Once
# something may have been sent, nothing is concluded but on a fresh look (a whole echo is one) or on a plain
# refusal. So a crash at any point may cost time, and never makes a lost, a doubled or an overwriting write.


def next_step(
    operation: Operation,
    events: Iterable[Event],
    now: datetime,
    *,
    holder: str = "",
    sealed: int | None = None,
    fresh_s: float = 5.0,
    late_commit_s: float = 60.0,
    lease_s: float = 60.0,
) -> Step | None:
    """Say what to do next about one operation.

    Parameters
    ----------
    operation : Operation
        What was decided.
    events : iterable of Event
        The ledger's events so far, at least all of this operation's, read after the last append.
    now : datetime
        The time, with its zone.
    holder : str
        Who asks; a name of its own for each process that may work at the same time.
    sealed : int, optional
        The sequence number of the ``sending`` event that the asker itself appended just now and has not
        acted on. Without it a seal counts as perhaps sent.
    fresh_s : float
        How old a look may be, in seconds.
    late_commit_s : float
        How long a write may still arrive after an uncertain answer.
    lease_s : float
        After how many seconds of silence a holder is taken for dead; longer than `fresh_s` and a write's
        time-out together.

    Returns
    -------
    Step or None
        None when the operation has been concluded.
    """
    own = sorted((e for e in events if e.body.get("operation_id") == operation.operation_id), key=_place)
    if any(event.kind == "concluded" for event in own):
        return None
    held = _held(own, lease_s)
    if held is None:
        return Claim()
    claim, last_sign = held
    if claim.body.get("holder", "") != holder:
        free = last_sign + timedelta(seconds=lease_s)
        return Wait(free, "Another process is working on it.") if now < free else Claim()
    story = _story(own, claim, now, timedelta(seconds=fresh_s), timedelta(seconds=late_commit_s))
    if story.refusals >= TIMES_TOLD:
        return Conclude("refused", "The service refused it; nothing was written.")
    return _before_sending(story) if story.sending is None else _after_sending(story, story.sending, sealed)


@dataclass(frozen=True, slots=True)
class _Story:
    """One operation's events, as its present holder reads them."""

    now: datetime
    fresh: timedelta
    late: timedelta
    sends: int
    refusals: int
    sending: Event | None  # the last seal after which something may have been written
    answer: Event | None  # what came of it
    onto: Event | None  # the look that it followed
    looks: tuple[Event, ...]  # of this holder, after the last seal and its answer


def _held(own: list[Event], lease_s: float) -> tuple[Event, datetime] | None:
    """Find who holds an operation and its last sign of life; a claim counts once nobody lives."""
    claim: Event | None = None
    last_sign = datetime.min.replace(tzinfo=UTC)
    for event in own:
        at = datetime.fromisoformat(event.at)
        if event.kind == "claimed":
            same = claim is not None and claim.body.get("holder") == event.body.get("holder")
            if claim and not same and at < last_sign + timedelta(seconds=lease_s):
                continue  # came second: the operation was in good hands
            claim = event
        if event.kind in ("claimed", "seen", "sending", "answered"):
            last_sign = at
    return (claim, last_sign) if claim else None


def _story(own: list[Event], claim: Event, now: datetime, fresh: timedelta, late: timedelta) -> _Story:
    answers = {e.body["sealed"]: e for e in own if e.kind == "answered"}
    refused = {seal for seal, e in answers.items() if e.body["answer"] == "refused"}
    unsent = {seal for seal, e in answers.items() if e.body["answer"] == "unsent"}
    sendings = [e for e in own if e.kind == "sending" and e.seq not in refused | unsent]
    sending = sendings[-1] if sendings else None
    sealed_at = sending.seq if sending else 0
    answer = answers.get(sealed_at)
    holder = claim.body.get("holder", "")
    # What another saw, who was taken for dead and woke, is no look of ours.
    looks = [
        e for e in own if e.kind == "seen" and e.seq > claim.seq and e.body.get("holder", holder) == holder
    ]
    # A look serves one request, also one that was refused or did not leave.
    since = max([sealed_at, *(e.seq for e in own if e.kind == "answered")])
    onto = [e for e in looks if e.seq < sealed_at]
    return _Story(
        now=now,
        fresh=fresh,
        late=late,
        sends=len(sendings),
        refusals=len(refused),
        sending=sending,
        answer=answer,
        onto=onto[-1] if onto else None,
        looks=tuple(e for e in looks if e.seq > since),
    )


def _before_sending(story: _Story) -> Step:
    """Look, then send only onto what was decided on."""
    if _in_a_row(story.looks, "unclear") >= MOST_UNCLEAR:
        return Conclude("gave_up", "The record could not be read; nothing was sent.")
    look = _fresh_look(story, None)
    if look is None:
        return _look_again(story, "first")
    match look.body["match"]:
        case "before":
            return Seal()
        case "after":
            return Conclude("already", "It is so already; nothing was written.")
        case "gone":
            return Conclude("refused", "The service does not show this record; nothing was written.")
        case "marked":
            return Conclude(
                "stale", "The client was archived, closed or marked as deceased since; nothing was written."
            )
    return Conclude("stale", "The value was changed after it was decided on; nothing was written.")


def _after_sending(story: _Story, sending: Event, sealed: int | None) -> Step:
    """Send what was sealed just now; else find out what became of it."""
    answer = story.answer
    if answer is None:
        if sealed == sending.seq and story.onto and story.onto.body["match"] == "before":
            not_after = _looked_at(story.onto) + story.fresh
            return Send(not_after) if story.now < not_after else Forgo()
        # Nobody knows whether it left. If it did, it was before its look ceased to be fresh.
        return _settle(story, datetime.fromisoformat(sending.at) + story.fresh + story.late)
    if answer.body["answer"] == "echo" and answer.body.get("match") in ("after", "alike"):
        return Conclude("done", _done(answer.body["match"], answer.body.get("harm") or ()))
    return _settle(story, datetime.fromisoformat(answer.at) + story.late)


def _settle(story: _Story, settled_at: datetime) -> Step:
    """Wait out late commits, look, then conclude or go again."""
    answered = story.answer is not None and story.answer.body["answer"] == "echo"
    if answered and not story.looks:
        return Look("closing")  # it was accepted, so it can be seen at once
    look = _fresh_look(story, None if answered else settled_at)
    reached = look is not None and look.body["match"] in ("after", "alike")
    if story.now < settled_at and not reached:
        return Wait(settled_at, "The answer was not clear; a write may still arrive.")
    look = look if reached else _fresh_look(story, settled_at)
    if look is None:
        return _look_again(story, "closing")
    match look.body["match"]:
        case "after" | "alike":
            return Conclude("done", _done(look.body["match"], look.body.get("harm") or ()))
        case "before" if answered:
            return Conclude("refused", "The service accepted the request and did not apply it.")
        case "before" if story.sends >= MOST_SENDS:
            return Conclude("gave_up", f"Sent {story.sends} times without effect.")
        case "before":
            return Seal()
        case "gone":
            return Conclude("gave_up", "After sending, the service no longer shows this record.")
    if answered:
        return Conclude("gave_up", "The service keeps another value than the one that was sent.")
    return Conclude(
        "stale", "The answer was not clear, and the value has since been changed by somebody else."
    )


def _fresh_look(story: _Story, since: datetime | None) -> Event | None:
    """Give the last look, if it is clear, fresh, and not from before late commits were waited out."""
    if not story.looks or story.looks[-1].body["match"] == "unclear":
        return None
    if 0 < _in_a_row(story.looks, "gone") < TIMES_TOLD:
        return None
    at = _looked_at(story.looks[-1])
    if story.now - at > story.fresh or (since and at < since):
        return None
    return story.looks[-1]


def _look_again(story: _Story, why: Why) -> Step:
    """Look; after looks that showed nothing clear, wait longer each time."""
    unclear = _in_a_row(story.looks, "unclear")
    if unclear:
        pause = min(story.fresh * 2 ** min(unclear, 20), timedelta(seconds=LONGEST_WAIT_S))
        until = datetime.fromisoformat(story.looks[-1].at) + pause
        if story.now < until:
            return Wait(until, "The record cannot be read just now.")
    return Look(why)


def _in_a_row(looks: tuple[Event, ...], *matches: str) -> int:
    """Count the last looks which all showed one of these."""
    return sum(1 for _ in takewhile(lambda event: event.body["match"] in matches, reversed(looks)))


def _looked_at(event: Event) -> datetime:
    return datetime.fromisoformat(event.body["looked_at"])


def _done(how: str, harmed: Iterable[str]) -> str:
    words = "Written." if how == "after" else "Written; the service keeps it in its own writing."
    names = ", ".join(map(label_of, harmed))
    return f"{words} The service also changed: {names}." if names else words


def _place(event: Event) -> int:
    return event.seq
