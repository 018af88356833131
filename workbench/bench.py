"""The workbench: one firm's folder and its effects, each verb a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import pandas as pd

from workbench.auditing import Audit, Held, asked_in_sql, held, touched
from workbench.desk import FirmDesk
from workbench.domain.collecting import tidy
from workbench.domain.discreet import DiscreetFrame, discreet, masked
from workbench.domain.errors import BadInput
from workbench.domain.fields import COMPARED, SIDES, Side
from workbench.domain.frames import Clients, frame_of
from workbench.domain.question import Question
from workbench.domain.records import Entry, Facts, Plan
from workbench.domain.swaps import with_other_halves
from workbench.domain.warnings import NONE_SEEN
from workbench.flow.answering import ByKeyboard
from workbench.flow.asking import ask, follow
from workbench.flow.custom_fields import Forecast, forecast
from workbench.flow.doctor import reported
from workbench.flow.exports import columns_of, confirm_columns, export_notes
from workbench.flow.firm import Firm
from workbench.flow.handing_over import HandedOver
from workbench.flow.logs import keep_log
from workbench.flow.passes import somebody_waits
from workbench.flow.since import moment_of
from workbench.flow.watching import watched
from workbench.following import Followed, follow_safe_rules
from workbench.ledger.chain import Head, Verification
from workbench.personal import PersonalDesk
from workbench.reconcile.creating import Draft
from workbench.reconcile.undoing import acts
from workbench.reporting import Report, moved_since, report
from workbench.review.dashboard import dashboard, differences_screen, links_screen
from workbench.review.desk import Choice
from workbench.review.guard import guarded
from workbench.runs import Rehearsal, Run, pushed, rehearsed
from workbench.showing import WhyNot, shown
from workbench.systems.spreadsheets import write_frame

Pairs = Iterable[tuple[str, str]] | pd.DataFrame
Direction = Literal["to_xpm", "to_connectworks", "leave", "ask"]
_IDS = ["link_id", "connectworks_id", "xpm_id"]


class Workbench:
    """One firm's bench: loads both systems, remembers every decision, and pushes what was decided.

    Parameters
    ----------
    folder : path
        The firm's folder, with its ``firm.toml``.

    Raises
    ------
    BadSettings
        If the folder holds no firm, or its settings cannot be used.
    """

    def __init__(self, folder: Path | str) -> None:
        self._firm = Firm(Path(folder))
        self.desk = FirmDesk(self._firm)
        if self._firm.unattended:
            keep_log(self._firm.folder / "logs" / "runs.log")
        self._personal = PersonalDesk(self._firm, self.desk)

    def __repr__(self) -> str:
        return f"<Workbench of {self.desk.name}>"

    # --- connect and load -------------------------------------------------------------------------------

    def connect(self, *, paste: bool = False) -> pd.DataFrame:
        """Sign in to both systems, in the browser and only where there is no consent yet.

        Where several practices are offered, you are asked for one by its name.

        Parameters
        ----------
        paste : bool
            Say that your browser is on another machine than this kernel: the page to open is shown, and the
            address to which it leads is pasted here. It goes to the worker alone.

        Returns
        -------
        pandas.DataFrame
            One row per side: the tenant's name and what the connection can do.
        """
        request_id = ask(self._firm, "connect", {"elsewhere": paste})
        follow(self._firm, request_id, meanwhile=ByKeyboard(self._firm.folder, paste=paste))
        connected = self._firm.state().connected
        rows = (
            {
                "side": side,
                "tenant": connected[side].tenant_name,
                "abilities": ", ".join(sorted(connected[side].abilities)),
            }
            for side in SIDES
        )
        return frame_of(rows, ("side", "tenant", "abilities"))

    def doctor(self) -> pd.DataFrame:
        """Check the firm's set-up: what works, in plain words, and what to do about what does not."""
        request_id = ask(self._firm, "check", {})
        follow(self._firm, request_id)
        rows = (
            {**asdict(each), "ok": "yes" if each.ok else "no"} for each in reported(self._firm, request_id)
        )
        return frame_of(rows, ("about", "what", "ok", "words", "advice"))

    def pull(self, *, accept_shrink: bool = False) -> Clients:
        """Fetch both systems' clients, keep the raw answers as a snapshot, and give them as frames.

        Parameters
        ----------
        accept_shrink : bool
            Say that clients really left, where the last pull was not believed to be whole for having too few.
        """
        request_id = ask(self._firm, "pull", {"accept_shrink": accept_shrink})
        follow(self._firm, request_id, meanwhile=ByKeyboard(self._firm.folder))
        return self.clients

    def custom_fields_cost(self, scope: str = "", *, anew: bool = False) -> Forecast:
        """Say what reading the custom fields costs that ``firm.toml`` names; nothing is asked.

        Parameters
        ----------
        scope : str
            Whose clients, as in `report`.
        anew : bool
            Whether also clients count that were read before.

        Returns
        -------
        Forecast
            ``words`` say it; pass it to `read_custom_fields`.
        """
        return forecast(self._firm, scope, anew=anew)

    def read_custom_fields(self, agreed: Forecast) -> str:
        """Read custom fields, at most as many calls as were shown; `clients` has them from then on.

        Parameters
        ----------
        agreed : Forecast
            As `custom_fields_cost` gave it.
        """
        request_id = ask(self._firm, "custom_fields", agreed.asked)
        return follow(self._firm, request_id, meanwhile=ByKeyboard(self._firm.folder))

    @property
    def clients(self) -> Clients:
        """Both sides' clients as last pulled or refreshed.

        Raises
        ------
        BadInput
            Before the first pull.
        """
        clients = self.desk.clients()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Call bench.pull() first.")
        return replace(clients, connectworks=discreet(clients.connectworks), xpm=discreet(clients.xpm))

    def columns(self, side: Side) -> pd.DataFrame:
        """Say what each column of a side's newest export is taken for; nothing is kept.

        Parameters
        ----------
        side : str
            ``connectworks`` or ``xpm``, one that is reached by files.
        """
        return columns_of(self._firm, side)

    def confirm_columns(
        self, side: Side, changes: Mapping[str, str] | None = None, *, month_first: bool = False
    ) -> str:
        """Keep what the columns are, as shown or changed; exports with the same headers then load by it.

        Parameters
        ----------
        side : str
            As in `columns`.
        changes : mapping, optional
            Header to field, where the shown one is wrong; ``""`` leaves a column out.
        month_first : bool
            Whether the export writes days as in the United States.
        """
        return confirm_columns(self._firm, side, changes, month_first=month_first)

    def export_notes(self) -> pd.DataFrame:
        """List by row and column what is odd about the last pulled exports; no value is shown."""
        return export_notes(self._firm)

    def refresh(self, client_id: str) -> pd.DataFrame:
        """See one linked client as it is now on both sides.

        Parameters
        ----------
        client_id : str
            Of either side, or the link's id.

        Returns
        -------
        pandas.DataFrame
            The client's differences, fresh.
        """
        link = self._link_of(client_id)
        follow(self._firm, self.desk.ask_refresh(link))
        differences = self.compare()
        return differences[differences["link_id"] == link].reset_index(drop=True)

    def _link_of(self, client_id: str) -> str:
        links = self.links
        found = links[(links[_IDS] == client_id).any(axis=1)]
        if found.empty:
            raise BadInput("There is no linked client of this id.", "Look it up in bench.links.")
        return str(found["link_id"].iloc[0])

    # --- what stands ------------------------------------------------------------------------------------

    @property
    def links(self) -> pd.DataFrame:
        """The links in force."""
        return self.desk.links()

    @property
    def baseline(self) -> pd.DataFrame:
        """The last agreed pair of values per link and field."""
        return discreet(self._firm.state().baseline())

    @property
    def decisions(self) -> pd.DataFrame:
        """The choices in force."""
        return discreet(self.desk.decisions())

    def checks(self) -> pd.DataFrame:
        """Give what stands out in the data itself: twins, duplicates, odd structures, damaged values."""
        with watched("Checking") as tell:
            return self.desk.checks(tell)

    def candidates(self) -> pd.DataFrame:
        """Give link candidates that nobody has decided on yet."""
        with watched("Linking") as tell:
            return self.desk.candidates(tell)

    def why_not(self, connectworks_id: str, xpm_id: str) -> WhyNot:
        """Say why two clients are not linked, as links and rejections stand: any two, compared or not.

        Parameters
        ----------
        connectworks_id, xpm_id : str
            Which two clients.

        Returns
        -------
        WhyNot
            As `workbench.why_not` gives it: ``sentence``, ``waterfall``, ``chart``, ``rivals``, ``cost``.

        Raises
        ------
        BadInput
            Before the first pull, or if a side has no client of that id.
        """
        return shown(self.desk.why_not(connectworks_id, xpm_id))

    def compare(self) -> pd.DataFrame:
        """Compare all links as they stand, and remember that it was done and what agrees.

        Interrupt it freely: then nothing of it is remembered.
        """
        with watched("Comparing") as tell:
            return discreet(self.desk.differences(tell))

    def export_questions(self, path: Path | str) -> pd.DataFrame:
        """Write what clients are to be asked into a spreadsheet for a mail merge, and give it.

        Parameters
        ----------
        path : path
            ``.csv`` or ``.xlsx``; no cell of it can act as a formula.
        """
        asked = self.desk.questions()
        write_frame(asked, Path(path))
        return asked

    def rules(self) -> pd.DataFrame:
        """Give the firm's rules, each with who wrote it when."""
        return self.desk.rules()

    def propose_rules(self) -> pd.DataFrame:
        """Give rules that past decisions speak for; nothing is applied."""
        return self.desk.proposed_rules()

    def adopt_rule(self, proposal: Mapping[str, str | None] | pd.Series) -> None:
        """Write a proposed rule into ``firm.toml``; from now on it suggests.

        Parameters
        ----------
        proposal : row of `propose_rules`
            Or any mapping with ``field``, ``owner`` and, where it is not for all, ``entity_type``,
            ``partner`` or ``group``.
        """
        self.desk.adopt_rule({str(name): value for name, value in proposal.items()})

    def facts(self) -> Facts:
        """Give what a plan is judged by: links, tenants, abilities, quota."""
        return self._firm.facts()

    # --- decide -----------------------------------------------------------------------------------------

    def link(self, pairs: Pairs, how: str = "notebook", sample: Pairs = ()) -> None:
        """Join records of the two sides; a pair that is joined already stays so.

        Parameters
        ----------
        pairs : iterable of (connectworks_id, xpm_id), or a frame with these two columns
            Whom to join; a record that has another link already is refused.
        how : str
            By which way, for the ledger.
        sample : as `pairs`, optional
            Which were drawn at random and looked at before a bulk act; kept with it. Those of them that are
            not among `pairs` were found wrong.
        """
        self.desk.link(_pairs(pairs), how, _pairs(sample))

    def reject(self, pairs: Pairs, how: str = "notebook") -> None:
        """Say that these pairs are not the same client; they are not offered again."""
        self.desk.reject(_pairs(pairs), how)

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part linked clients."""
        self.desk.unlink(link_ids)

    def decide(
        self, differences: pd.DataFrame, direction: Direction | None, note: str = "", *, unlock: bool = False
    ) -> None:
        """Choose one direction for some differences, as they are shown.

        Parameters
        ----------
        differences : pandas.DataFrame
            Rows of `compare`; of two fields that were swapped, either stands for both.
        direction : str or None
            ``to_xpm``, ``to_connectworks``, ``leave``, ``ask`` (the client); None takes the choices back.
        note : str
            Why, kept with the decision.
        unlock : bool
            Also where a warning locks the value: verified for anti-money-laundering checks, or of somebody
            who has died. Without it the plan leaves such a decision out.
        """
        whole = with_other_halves(differences, self.desk.differences())
        rows = whole[["link_id", "field", *SIDES]].astype(object)
        rows = rows.where(rows.notna(), None)
        # Who shows no warnings has seen what nobody knows.
        seen = whole["warnings"].fillna(NONE_SEEN) if "warnings" in whole else [None] * len(whole)
        told = zip(rows.itertuples(index=False), seen, strict=True)
        choices = [
            Choice(link, name, direction, connectworks, xpm, unlocks=unlock, warnings=warnings)
            for (link, name, connectworks, xpm), warnings in told
        ]
        self.desk.decide(choices, "notebook", note)

    # --- create -----------------------------------------------------------------------------------------

    def duplicates(self) -> pd.DataFrame:
        """Give the records that seem to stand twice within one side: evidence, which to keep, and why.

        Nothing is merged by it; a pair that is linked to either stays in review until they are told apart.
        """
        return self.desk.duplicates()

    def stale_links(self) -> pd.DataFrame:
        """Give the links that point at an archived, deleted or converted record, and where they should."""
        return self.desk.stale_links()

    def repoint(self, link_ids: Sequence[str]) -> None:
        """Point links where `stale_links` proposes; a push tells Connectworks."""
        self.desk.repoint(link_ids)

    def unmatched(self) -> pd.DataFrame:
        """Give the clients without a counterpart, each with the reason."""
        return self.desk.unmatched()

    def draft(self, side: Side, client_id: str) -> Draft:
        """Give the record that a client would get in the other system; nothing is created by it.

        Parameters
        ----------
        side : str
            Where it would be created: ``connectworks`` or ``xpm``.
        client_id : str
            The client of the other side.

        Returns
        -------
        Draft
            ``frame()`` shows it field by field; ``twins`` are the records over there that may be the same
            client, ``warnings`` what to know before.
        """
        return self.desk.draft(side, client_id)

    def create(self, draft: Draft, *, despite: bool = False) -> str:
        """Create a drafted record in the other system and link the two; gives how it ended.

        Interrupt it freely: creating the same client again carries on, and never makes a second record.

        Parameters
        ----------
        draft : Draft
            As `draft` gave it.
        despite : bool
            Say that those who may be the same client (``draft.twins``) are others.

        Raises
        ------
        BadInput
            If somebody may be it, the client is linked, changed since, or its record was created before.
        """
        return follow(self._firm, self.desk.ask_create(draft.side, draft.source_id, draft.hash, despite))

    # --- push -------------------------------------------------------------------------------------------

    def push(self, plan: Plan, confirm: str = "") -> Run:
        """Push a plan: look, compare with what was decided on, write, check, record.

        Interrupt it freely: pushing the same plan again carries on where it stopped.

        Parameters
        ----------
        plan : Plan
            As `workbench.plan` or `workbench.undo` made it.
        confirm : str
            The typed words that lift its brakes, a line for each that is set; each brake names its own.

        Raises
        ------
        PlanRefused
            If a brake is set, or there is nothing to push.
        """
        return pushed(self._firm, self.desk, plan, confirm)

    def hand_over(self, plan: Plan, confirm: str = "") -> HandedOver:
        """Hand over what a plan asks of a side whose connection cannot write.

        Writes a change workbook, the import files of XPM and printable click sheets into the firm's folder.
        Its changes are then handed over, never done; the next pull shows which arrived.

        Parameters
        ----------
        plan : Plan
            As `workbench.plan` made it. What the connections can write is left to `push`.
        confirm : str
            The typed words that lift the plan's brakes, where it has any set.

        Returns
        -------
        HandedOver
            ``folder``, ``files`` and ``message``.

        Raises
        ------
        PlanRefused
            If a brake is set, or both connections can write all of it.
        """
        return self.desk.hand_over_plan(plan, confirm)

    def handed_over(self) -> pd.DataFrame:
        """Give every value that was handed over and how it stands: arrived, open, changed, gone, replaced."""
        return discreet(self.desk.handed_over())

    def undo(
        self, run_id: str | None = None, *, client: str | None = None, pattern: str | None = None
    ) -> Plan:
        """Plan to take back what a run wrote, what was ever written of a client, or what a pattern decided.

        Values that were changed since are left out and shown; so is what cannot be emptied again.

        Parameters
        ----------
        run_id : str, optional
            Only what this run wrote.
        client : str, optional
            Only what was written of this client: an id of either side, or the link's.
        pattern : str, optional
            Only what was decided by this one act, as `patterns_decided` names it.

        Returns
        -------
        Plan
            To be looked at, approved, pushed and taken back like any other.

        Raises
        ------
        BadInput
            If none of the three is named: nobody takes everything back by leaving out a word.
        """
        if not (run_id or client or pattern):
            raise BadInput("It is not said what to take back.", "Name a run, a client or a pattern.")
        return self.desk.undo_plan(run_id, client=client, act=pattern)

    def patterns_decided(self) -> pd.DataFrame:
        """Give the acts that decided several differences at once, latest first.

        Returns
        -------
        pandas.DataFrame
            pattern (the act's id), at, by, how, direction, fields, differences (how many), written (how many
            of them have been written since).
        """
        return acts(self._firm.state())

    def rehearse(self, plan: Plan, confirm: str = "") -> Rehearsal:
        """Push a plan into twins of both systems, made from the last pull, and compare again.

        Nothing leaves this machine, and nothing of it is remembered: neither decisions nor the real systems
        are touched.

        Parameters
        ----------
        plan, confirm
            As for `push`; without typed words, those which lift this plan's brakes are taken.

        Returns
        -------
        Rehearsal
            The run as it would go if nobody edits meanwhile, and the differences that would then be left.

        Raises
        ------
        BadInput
            Before the first whole pull.
        PlanRefused
            If a brake is set that no words lift.
        """
        return rehearsed(self._firm, plan, confirm)

    # --- look back --------------------------------------------------------------------------------------

    def history(self, client: str | None = None, name: str | None = None, limit: int = 500) -> pd.DataFrame:
        """Give what happened, latest first; of one client's field also what each side showed when.

        Parameters
        ----------
        client : str, optional
            Only of this client: an id of either side, or the link's.
        name : str, optional
            Only of this field. With a linked client: its timeline, in which a value that comes back is named.
        limit : int
            At most so many rows.
        """
        if client is not None and name in COMPARED and (self.links[_IDS] == client).any(axis=None):
            return discreet(self.desk.timeline(self._link_of(client), str(name)).head(limit))
        told = self.desk.history(limit if client is None and name is None else 1_000_000)
        if client is not None:
            told = told[(told[_IDS] == client).any(axis=1)]
        if name is not None:
            told = told[told["field"] == name]
        return discreet(told.head(limit).reset_index(drop=True))

    def audit(
        self, *, text: str = "", by: str = "", run: str = "", field: str = "", client: str = ""
    ) -> Audit:
        """Look back at all that happened, or at what fits.

        Parameters
        ----------
        text : str
            Words that the client, the field or the sentence must hold.
        by, run, field, client : str
            Only of this person, this run, this field, this client (an id of either side, or the link's).

        Returns
        -------
        Audit
            ``runs``, ``decisions``, ``writes``, ``timeline``, ``history`` and the chain's ``entries`` as
            frames; ``save`` writes them as files.
        """
        return Audit(self._firm, self.desk, Question(text, by, run, field, client))

    def held(self, client: str) -> Held:
        """Gather everything that the firm's folder holds about a client.

        Parameters
        ----------
        client : str
            An id of either side, or the link's; in either letter case.

        Returns
        -------
        Held
            ``records``, ``memberships``, ``history``, ``values``, ``entries`` and ``answers`` as frames.

        Raises
        ------
        BadInput
            If nothing is held about it.
        """
        client = self._firm.as_written(client)
        found = held(self._firm, self.desk, client)
        self._firm.append([Entry("read", {"client_id": client})])
        return found

    def touched(self, run: str) -> pd.DataFrame:
        """Give every client that a run touched (`workbench.auditing.touched`).

        Parameters
        ----------
        run : str
            The id of a push or of a scheduled run, as in ``bench.audit().runs``.
        """
        return touched(self._firm, self.desk, run)

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Ask in SQL; nothing that is asked changes anything.

        Parameters
        ----------
        query : str
            One statement of SQLite over the tables ``runs``, ``decisions``, ``writes``, ``history`` and
            ``links``, and the ledger's own, such as ``ledger.entries`` (seq, kind, entry, hash).
        **parameters
            What it names as ``:name``.

        Raises
        ------
        BadInput
            If it cannot be answered.
        """
        return asked_in_sql(self._firm, self.desk, query, parameters)

    def export(self, frame: pd.DataFrame, path: Path | str) -> None:
        """Write a frame as it is shown to CSV, XLSX or Parquet; no cell of it can act as a formula.

        Parameters
        ----------
        frame : pandas.DataFrame
            What the bench's frames hide stays hidden; export ``frame.unmasked()`` to write it.
        path : path
            ``.csv``, ``.xlsx`` or ``.parquet``.
        """
        shown = masked(frame) if isinstance(frame, DiscreetFrame) else frame
        write_frame(shown, Path(path))
        self._firm.append([Entry("exported", {"rows": len(shown), "kind": Path(path).suffix})])

    def verify(self, expected: Head | None = None) -> Verification:
        """Check the ledger's whole chain and what is kept beside it, and give its head.

        What was added up of it for the screens is made again where it says something else than the chain.

        Parameters
        ----------
        expected : Head, optional
            A head that was noted earlier; the chain must pass through it.
        """
        return self._firm.verify(expected)

    # --- report -----------------------------------------------------------------------------------------

    def moved(self, since: str = "") -> pd.DataFrame:
        """Give what moved in both systems: values that changed, clients that came or went.

        Parameters
        ----------
        since : str
            A day (``2026-11-02``), a scheduled run's id, or ``""`` for the last scheduled run (before the
            first one: for the pull before the last).

        Returns
        -------
        pandas.DataFrame
            side, client_id, name, field, before, after, what.
        """
        return discreet(moved_since(self._firm, self.desk.pulled_clients(), moment_of(self._firm, since)))

    def follow_safe_rules(self) -> Followed:
        """Push what the safe rules settle that ``firm.toml`` switches on, under its cap; by default nothing.

        Returns
        -------
        Followed
            What was done in a sentence, and why a person is needed where one is.
        """
        return follow_safe_rules(self.desk, self._firm.settings.run, self.push)

    def report(self, scope: str = "", since: str = "", followed: Followed | None = None) -> Report:
        """Make the report of how the firm stands: a page for people, and the tables behind it.

        Parameters
        ----------
        scope : str
            Whose clients: ``""`` for all, ``"partner: NAME"``, or so ``manager``, ``group``, ``type``,
            ``structure``, ``custom field``.
        since : str
            As in `moved`.
        followed : Followed, optional
            What `follow_safe_rules` did just before.

        Returns
        -------
        Report
            ``save(folder)`` writes it.
        """
        return report(self._firm, self.desk, scope=scope, since=since, followed=followed or Followed(""))

    # --- show -------------------------------------------------------------------------------------------

    def review_links(self, candidates: pd.DataFrame | None = None) -> Any:
        """Show who is who, with the evidence; every act is kept at once.

        Parameters
        ----------
        candidates : pandas.DataFrame, optional
            Only these of the firm's candidates; by default all that nobody has decided on.
        """
        return links_screen(self._personal, candidates)

    def review(self, differences: pd.DataFrame | None = None) -> Any:
        """Show differences with a tick box per direction; every tick is kept at once.

        Parameters
        ----------
        differences : pandas.DataFrame, optional
            Only these rows of `compare`; by default all.
        """
        return differences_screen(self._personal, differences)

    def dashboard(self) -> Any:
        """Show all screens, as reviewers see them."""
        if self._firm.served:
            keep_log(self._firm.folder / "logs" / "pages.log")
            self._make_ready()
        return dashboard(self._personal)

    def _make_ready(self) -> None:
        """Reckon ahead: before anybody comes, as for most pages; where somebody waits already, meanwhile."""
        if somebody_waits():
            Thread(target=guarded, args=(self.desk.warm_up,), daemon=True).start()
            return
        guarded(self.desk.warm_up)
        tidy(now=True)  # what every act looks up and none changes is not gone through again and again


def _pairs(pairs: Pairs) -> list[tuple[str, str]]:
    if isinstance(pairs, pd.DataFrame):
        return list(zip(pairs["connectworks_id"], pairs["xpm_id"], strict=True))
    return list(pairs)
