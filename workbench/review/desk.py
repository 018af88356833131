"""What the screens need from behind them: frames to show and acts to hand over.

The face knows nothing of ledgers and services. Whoever opens a screen gives it a desk; `Workbench` is one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd

from workbench.domain.adjustable import SettingValue
from workbench.domain.fields import CONNECTWORKS, XPM, Side
from workbench.domain.frames import Clients
from workbench.domain.people import AccessSettings, PersonSettings, Role
from workbench.domain.progress import Tell, nobody
from workbench.domain.question import EVERYTHING, Question
from workbench.domain.records import Operation, Plan


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of long work, as every page shows it.

    Parameters
    ----------
    request_id : str
        Its id.
    verb : str
        ``pull``, ``push`` or ``refresh``.
    state : str
        ``queued``, ``running``, ``done``, ``failed`` or ``stopped``.
    done, total : int
        How far it is; total 0 is unknown.
    left_s : float, optional
        Time left, in seconds.
    message : str
        What is being done, or how it ended, in plain words.
    by : str
        Who asked for it.
    run_id : str
        Of a push, which one it is.
    signed_out : bool
        Whether it failed because a sign-in does not hold.
    stopping : bool
        Whether it was told to stop, and ends after its present step.
    in_percent : bool
        Whether `done` is a share of 100, and no number of things.
    """

    request_id: str
    verb: str
    state: Literal["queued", "running", "done", "failed", "stopped"]
    done: int = 0
    total: int = 0
    left_s: float | None = None
    message: str = ""
    by: str = ""
    run_id: str = ""
    signed_out: bool = False
    stopping: bool = False
    in_percent: bool = False


@dataclass(frozen=True, slots=True)
class Prompted:
    """What signing in asks of a person.

    Parameters
    ----------
    prompt_id, system : str
        Which question, about which system.
    address : str
        The page to open, where it is a sign-in.
    choices : mapping
        Id to name of the practices, where one is to be chosen.
    """

    prompt_id: str
    system: str
    address: str = ""
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a page asks every second: cheap, and changes when anything changed.

    Parameters
    ----------
    head : int
        The ledger's last sequence number.
    works : tuple of Work
        Running work and the last few pieces that ended, latest first.
    worker_alive : bool
        Whether anyone will carry out what is asked for.
    asked : Prompted, optional
        What signing in waits for, shown to administrators only.
    """

    head: int
    works: tuple[Work, ...] = ()
    worker_alive: bool = True
    asked: Prompted | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one difference, with both values as they were seen.

    Parameters
    ----------
    link_id, field : str
        Which difference.
    direction : str or None
        ``to_xpm``, ``to_connectworks``, ``leave``; None takes the choice back.
    connectworks, xpm : str or None
        The values seen (an address as its canonical JSON).
    erases : bool
        Whether the person said in a second act that a blank may overwrite a value.
    unlocks : bool
        Whether the person said in a second act that a lock (`workbench.domain.warnings.LOCKS`) is opened.
    note : str
        Why, in the person's own words.
    warnings : str or None
        What the difference warned of when it was decided on (`workbench.domain.warnings.come_up`).
    """

    link_id: str
    field: str
    direction: Literal["to_xpm", "to_connectworks", "leave", "ask"] | None
    connectworks: str | None = dataclasses.field(repr=False)
    xpm: str | None = dataclasses.field(repr=False)
    erases: bool = False
    unlocks: bool = False
    note: str = dataclasses.field(default="", repr=False)
    warnings: str | None = None

    @classmethod
    def told(cls, written: Mapping[str, Any]) -> Choice:
        """Read a choice as it was written down; what is not there was not said."""
        return cls(
            written["link_id"],
            written["field"],
            written["direction"],
            written.get(CONNECTWORKS),
            written.get(XPM),
            bool(written.get("erases")),
            bool(written.get("unlocks")),
            written.get("note") or "",
            written.get("warnings"),
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """One page of what happened.

    Parameters
    ----------
    rows : pandas.DataFrame
        at, by, what, client, xpm_id, field, before, after, outcome, run_id; latest first.
    total : int
        How many rows fit the question, on all pages.
    people : tuple of str
        Everybody who ever did something.
    """

    rows: pd.DataFrame
    total: int
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTold:
    """A push, as it stands.

    Parameters
    ----------
    run_id, at, by : str
        Which, since when, whose.
    writes, values : int
        How many requests it was to send, and how many values these carry.
    counts : mapping
        Outcome to number of writes, of those that have ended.
    undoes : str, optional
        The push that it takes back.
    begun, ended : bool
        How far it has come.
    """

    run_id: str
    at: str
    by: str
    writes: int
    values: int
    counts: Mapping[str, int]
    undoes: str | None = None
    begun: bool = True
    ended: bool = True


class Drafted(Protocol):
    """A record as it would be created in the other system."""

    @property
    def name(self) -> str:
        """The client's name."""

    @property
    def hash(self) -> str:
        """What it is known by: another draft has another one."""

    @property
    def lines(self) -> Sequence[Any]:
        """Its fields: ``field``, ``value``, ``sent``, ``note``."""

    @property
    def parties(self) -> Sequence[Any]:
        """Who plays a part in it: ``name``, ``role``, ``entity_type``, ``sent``, ``note``, ``source_id``.

        ``first`` tells whether they come along once a record of their own was created there.
        """

    @property
    def warnings(self) -> Sequence[str]:
        """What to know before."""

    @property
    def twins(self) -> Sequence[Any]:
        """Who may be the same client already: ``name``, ``why``."""


class ExportShown(Protocol):
    """A side's newest export, and what its columns are taken for."""

    @property
    def side(self) -> Side:
        """Which system it is of."""

    @property
    def name(self) -> str:
        """The file's name; '' where it cannot be read."""

    @property
    def columns(self) -> pd.DataFrame:
        """A row each: header, field ('' for one that is not read), why, sample."""

    @property
    def choices(self) -> Mapping[str, str]:
        """What a column can be: the field, and what people call it."""

    @property
    def confirmed(self) -> bool:
        """Whether a person has confirmed all of its columns."""

    @property
    def month_first(self) -> bool:
        """Whether its days are taken as in the United States."""

    @property
    def trouble(self) -> str:
        """Why it cannot be read."""


class HandedOver(Protocol):
    """A plan that people carry across."""

    @property
    def folder(self) -> Path:
        """Where its files are."""

    @property
    def files(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def message(self) -> str:
        """The whole in one sentence."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One write of a plan, and where it stands on its way through approval.

    Parameters
    ----------
    operation : Operation
        The write.
    link_id : str
        Whose client it is about; empty where the two are not linked any more.
    standing : str
        ``new`` (nobody was asked), ``waiting``, ``approved`` or ``sent_back``.
    own : bool
        Whether whoever looks had a hand in it, and so cannot approve it.
    proposed_by, proposed_at, by, at : str
        Who asked for the yes and who gave or refused it, by name, and when.
    note : str
        Of whoever acted last.
    undoes : str, optional
        The push that its plan takes back.
    """

    operation: Operation
    link_id: str
    standing: Literal["new", "waiting", "approved", "sent_back"] = "new"
    own: bool = False
    proposed_by: str = ""
    proposed_at: str = ""
    by: str = ""
    at: str = ""
    note: str = ""
    undoes: str | None = None


class Told(Protocol):
    """Why a pair stands where it stands."""

    @property
    def sentence(self) -> str:
        """In plain words."""

    @property
    def waterfall(self) -> pd.DataFrame:
        """One row per piece of evidence: label, bits, total (running sum), words; no hidden value."""


class Desk(Protocol):
    """What stands behind the screens. Every act is durable when it returns, and may raise WorkbenchError."""

    served: bool
    notice: str
    """One line that every screen shows on top (for example: sandbox, limits run 20 times faster), or ''."""

    @property
    def name(self) -> str:
        """What the firm is called."""

    @property
    def time_zone(self) -> str:
        """IANA name of the zone in which times are shown."""

    @property
    def link_at(self) -> float:
        """Match probability from which pairs are suggested as links, unless a person moves the line."""

    @property
    def person(self) -> str:
        """What whoever looks is called."""

    @property
    def approval(self) -> bool:
        """Whether somebody else's yes is needed for every write."""

    def called(self, key: str) -> str:
        """Give the name of whoever stands in the ledger under a key; the key where no other name is known."""

    @property
    def vouched(self) -> bool:
        """Whether whoever looks signed in somewhere, and so can sign out."""

    def may(self, role: Role) -> bool:
        """Tell whether whoever looks may ``see``, ``decide``, ``approve``, ``push`` or ``administer``."""

    def theirs(self) -> frozenset[str] | None:
        """Give the links of whoever looks; None where the firm does not part them."""

    def pulse(self) -> Pulse:
        """Say what is going on; answers within milliseconds."""

    def still(self) -> AbstractContextManager[None]:
        """Give all as it stands at one moment, as long as this is entered; nothing is decided meanwhile."""

    def at_hand(self, what: str) -> bool:
        """Tell whether ``checks`` or ``candidates`` were reckoned before, or ``differences`` still stand.

        Takes no time.
        """

    def clients(self) -> Clients | None:
        """Give both sides' clients; None before the first pull."""

    def checks(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give what stands out in the data itself (twins, duplicates, odd structures, damaged values).

        `tell` hears how far that is.
        """

    def candidates(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give link candidates that nobody has decided on yet; `tell` hears how far that is."""

    def moved_line(self, candidates: pd.DataFrame, at: float) -> pd.DataFrame:
        """Give which of these candidates would enter or leave the suggested ones with the line at `at`.

        A row per pair: ``moves`` (``enters``, ``leaves``), connectworks_id, xpm_id, probability, why.
        """

    def why_not(self, connectworks_id: str, xpm_id: str) -> Told:
        """Say why two clients are not linked, or what speaks for linking them; whichever two they are."""

    def links(self) -> pd.DataFrame:
        """Give the links, with a column ``written``: yes, no (waits for a push) or here (only here)."""

    def rejected(self) -> pd.DataFrame:
        """Give the rejected pairs (connectworks_id, xpm_id, by, at)."""

    def find(self, side: Side, text: str, limit: int = 50) -> pd.DataFrame:
        """Search one side's clients by name or number; an empty text gives all, up to the limit."""

    def link(
        self, pairs: Sequence[tuple[str, str]], how: str, sample: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Join pairs of (connectworks_id, xpm_id); `sample` is what was shown of a bulk act."""

    def reject(self, pairs: Sequence[tuple[str, str]], how: str) -> None:
        """Say that these pairs are not the same client."""

    def unreject(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take rejections back."""

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part linked clients."""

    def differences(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give the differences of all links as they stand; `tell` hears how far that is."""

    def patterns(self) -> pd.DataFrame:
        """Give the differences grouped by their kind of change, the largest group first."""

    def rules(self) -> pd.DataFrame:
        """Give the firm's rules: rule (in words), field, owner, by, at."""

    def proposed_rules(self) -> pd.DataFrame:
        """Give rules that past decisions speak for: the set of clients, owner, exceptions, words."""

    def adopt_rule(self, rule: Mapping[str, str | None]) -> None:
        """Write a proposed rule into the firm's settings."""

    def drop_rule(self, rule: str) -> None:
        """Take a rule, named by its words, out of them."""

    def questions_file(self) -> bytes:
        """Give what clients are to be asked as a spreadsheet (XLSX)."""

    def decisions(self) -> pd.DataFrame:
        """Give the choices in force."""

    def choices(self) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
        """Give the same by (link_id, field); a row stays the same object as long as it says the same.

        Its parts are link_id, field, direction, connectworks, xpm, note, and ``erases`` and ``unlocks``: yes
        or None.
        """

    def past_acts(self) -> Sequence[tuple[tuple[Choice, ...], tuple[Choice, ...]]]:
        """Give what whoever looks did on earlier pages and can take back, the oldest first.

        Of each act: what stood before it, and what it chose.
        """

    def compared_at(self) -> pd.Series:
        """Give when each link was last refreshed or compared (index link_id, ISO 8601 UTC)."""

    def decide(self, choices: Sequence[Choice], how: str, note: str = "", sample: Sequence[str] = ()) -> None:
        """Keep choices; `how` is one of ``tick``, ``bulk``, ``rule``, ``pattern``, ``undo``, ``redo``.

        `note` goes with those that have none of their own; `sample` are the ids of the links that were
        looked at before a bulk act.
        """

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give what a link's sides showed in a field and what was done: at, by, what, before, after."""

    def plan(self) -> Plan:
        """Give the plan that the decisions in force make, with its cost, brakes and what it leaves out.

        What a connection cannot write is not in it, but in `handover_plan`.
        """

    def stale_links(self) -> pd.DataFrame:
        """Give the links that point at nobody any more.

        A row each: link_id, side, client_id, name, ``what``, new_id, new_name, ``why``, ``advice``.
        """

    def repoint(self, link_ids: Sequence[str]) -> None:
        """Point stale links at the records that were proposed for them."""

    def unmatched(self) -> pd.DataFrame:
        """Give the clients without a counterpart.

        A row each: side, client_id, name, entity_type, partner, ``reason``, ``what`` (in words), other_id,
        other_name.
        """

    def draft(self, side: Side, source_id: str) -> Drafted:
        """Give the record that a client of the other side would get on this one."""

    def ask_create(self, side: Side, source_id: str, draft_hash: str, despite: bool = False) -> str:
        """Ask for the drafted record of this hash; `despite` says that who may be it is another."""

    def handover_plan(self) -> Plan:
        """Give what the decisions in force ask of a side whose connection cannot write."""

    def hand_over(self, plan_hash: str, confirmed: str = "") -> HandedOver:
        """Hand over the plan of this hash; `confirmed` is what the person typed for its brakes."""

    def hand_over_again(self, run_id: str | None = None) -> HandedOver:
        """Write the files of what is still open once more."""

    def handed_over(self) -> pd.DataFrame:
        """Give every value that was handed over, with its ``standing``.

        ``arrived``, ``open``, ``changed``, ``gone``, ``replaced`` or ``agrees``; ``attrs["told"]`` says the
        whole in one sentence.
        """

    def bulk_acts(self) -> pd.DataFrame:
        """Give the acts that decided several differences at once and of which something was written.

        The columns are pattern, at, by, how, direction, fields, differences, written.
        """

    def undo_plan(self, undoes: str) -> Plan:
        """Give the plan that takes back a run, or what `workbench.domain.taking_back` names."""

    def sendable(self, undoes: str | None = None) -> Plan:
        """Give what of the plan (or of the one that takes a run back) may be pushed now."""

    def proposals(self, undoes: str | None = None) -> list[Proposed]:
        """Give every write of the plan (or of the one that takes a run back), and where it stands."""

    def undoes_proposed(self) -> list[str]:
        """Give the pushes for whose taking back somebody's yes is asked."""

    def propose(self, plan_hash: str, undoes: str | None = None, note: str = "") -> int:
        """Send the plan of this hash for approval; gives how many writes were not sent before."""

    def approve(self, operations: Sequence[Operation]) -> None:
        """Say yes to exactly these writes."""

    def send_back(self, operations: Sequence[Operation], note: str) -> None:
        """Say no to these writes, and why."""

    def access(self) -> AccessSettings:
        """Give who may do what, to whoever administers."""

    def set_access(self, before: AccessSettings, after: AccessSettings, what: str) -> None:
        """Let other people do other things from now on; `before` is what was seen."""

    def myself(self) -> PersonSettings:
        """Give whoever looks as the settings would name them."""

    def exports_told(self) -> Sequence[ExportShown]:
        """Say of each side that is reached by files how its newest export would be read."""

    def confirm_columns(self, side: Side, columns: Mapping[str, str], month_first: bool) -> str:
        """Keep what each column of a side's newest export is; gives what tells records apart."""

    def settings(self) -> Mapping[str, SettingValue]:
        """Give what an administrator may change, by `workbench.domain.adjustable.Adjustable.key`."""

    def set_setting(self, key: str, before: SettingValue, after: SettingValue) -> str:
        """Set one of them from now on; `before` is what was seen; gives the change in words."""

    def told_settings(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Give the firm's other settings in words: sections of labels and words."""

    def saved_filters(self, screen: str) -> dict[str, dict[str, str]]:
        """Give the filters that whoever looks saved on a screen, by their names in order."""

    def save_filter(self, screen: str, name: str, filters: Mapping[str, str]) -> None:
        """Keep filters under a name for whoever looks; one of that name is replaced."""

    def forget_filter(self, screen: str, name: str) -> None:
        """Keep them no longer."""

    def ask_connect(self) -> str:
        """Ask for a sign-in by whoever looks, in a browser that may be anywhere; gives the request's id."""

    def answer_prompt(self, prompt_id: str, answer: str) -> None:
        """Answer what signing in asked; the answer goes to the worker alone, and is kept nowhere."""

    def ask_pull(self) -> str:
        """Ask for a pull of both sides; gives the request's id."""

    def custom_fields_cost(self) -> tuple[str, int] | None:
        """Say in words what reading custom fields costs, and how many calls; None where none is chosen."""

    def ask_custom_fields(self, calls: int) -> str:
        """Ask for custom fields to be read, at most as many calls as were shown; gives the request's id."""

    def ask_refresh(self, link_id: str) -> str:
        """Ask for a fresh look at one linked client on both sides."""

    def ask_push(self, plan_hash: str, confirmed: str = "", undoes: str | None = None) -> str:
        """Ask for the plan of this hash to be pushed; `confirmed` is what the person typed for its brakes."""

    def stop(self, request_id: str) -> None:
        """Ask running work to stop after the present step."""

    def look_back(self, question: Question = EVERYTHING, offset: int = 0, limit: int = 50) -> Happened:
        """Give one page of all that ever happened and fits the question, latest first."""

    def days(self, question: Question = EVERYTHING) -> pd.DataFrame:
        """Count what happened and fits: ``day`` (ISO 8601), ``by``, ``kind``, ``count``; latest first."""

    def history_file(self, question: Question, ending: str, *, show_hidden: bool = False) -> bytes:
        """Give all that happened and fits as a file: ``.csv``, ``.xlsx`` or ``.parquet``."""

    def runs(self) -> list[RunTold]:
        """Give every push that was begun, latest first."""

    def results(self, run_id: str = "") -> pd.DataFrame:
        """Give how the writes of a push (or of all) ended.

        A row per value: run_id, link_id, side, client_id, field, before, after, outcome, reason.
        """
