"""The firm's desk as one person has it: they see what is theirs to see and do what their roles allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from workbench.desk import FirmDesk
from workbench.domain.adjustable import BY_KEY, SettingValue
from workbench.domain.errors import BadInput, NotAllowedHere, PlanRefused
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side, other_side
from workbench.domain.frames import Clients
from workbench.domain.people import ROLES, THIS_MACHINE, AccessSettings, PersonSettings, Role
from workbench.domain.progress import Tell, nobody
from workbench.domain.question import EVERYTHING, Question
from workbench.domain.records import Operation, Plan
from workbench.domain.taking_back import taken_back
from workbench.flow import approving
from workbench.flow.appointing import appoint
from workbench.flow.configuring import configure
from workbench.flow.exports import ExportTold
from workbench.flow.firm import Firm
from workbench.flow.handing_over import HandedOver
from workbench.flow.permission import lacking_approval
from workbench.reconcile.approval import WAITING, Standing
from workbench.reconcile.brakes import judged
from workbench.reconcile.creating import Draft
from workbench.reconcile.link.why_not import WhyNot
from workbench.reconcile.queues import Record, theirs
from workbench.reconcile.settings_told import told_settings
from workbench.review.desk import Choice, Happened, Proposed, Pulse, RunTold
from workbench.review.permitted import WORKING
from workbench.systems.spreadsheets import frame_bytes

_DOING: Final[dict[Role, str]] = {
    "see": "look at this firm",
    "decide": "decide",
    "approve": "approve",
    "push": "push",
    "administer": "change the settings",
}


class PersonalDesk:
    """A desk (see `workbench.review.desk.Desk`) for whoever opened the firm.

    Parameters
    ----------
    firm : Firm
        Opened by that person.
    desk : FirmDesk, optional
        The whole firm's desk, where one stands already.
    """

    def __init__(self, firm: Firm, desk: FirmDesk | None = None) -> None:
        self._firm = firm
        self._desk = desk or FirmDesk(firm)
        self._kept: dict[str, tuple[Any, Any]] = {}
        self.served, self.notice = self._desk.served, self._desk.notice

    @property
    def name(self) -> str:
        """What the firm is called."""
        return self._desk.name

    @property
    def time_zone(self) -> str:
        """IANA name of the zone in which times are shown."""
        return self._desk.time_zone

    @property
    def link_at(self) -> float:
        """Match probability from which pairs are suggested as links."""
        return self._desk.link_at

    @property
    def person(self) -> str:
        """What whoever looks is called."""
        return self._firm.who.name

    def called(self, key: str) -> str:
        """Give the name of whoever stands in the ledger under a key; the key where no other name is known."""
        return self._firm.access.named(key).name

    @property
    def vouched(self) -> bool:
        """Whether whoever looks signed in somewhere, and so can sign out."""
        return self._firm.identity.issuer != THIS_MACHINE

    def may(self, role: Role) -> bool:
        """Tell whether whoever looks may do what a role allows."""
        return self._firm.who.may(role)

    @property
    def approval(self) -> bool:
        """Whether the firm wants somebody else's yes for every write."""
        return self._firm.access.approval

    def _need(self, *roles: Role) -> None:
        who = self._firm.who
        if not any(who.may(role) for role in roles):
            raise NotAllowedHere(
                f"{who.name} may not {_DOING[roles[0]]} here.", "Ask an administrator of your firm."
            )

    def _once(self, name: str, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """Compute a thing once for the same frames and values; they are kept, so that none is taken anew."""
        known = self._kept.get(name)
        alike = known is not None and all(
            one is other or (isinstance(one, int | str | frozenset) and one == other)
            for one, other in zip(known[0], key, strict=True)
        )
        if known is None or not alike:
            self._kept[name] = (key, make())
        return self._kept[name][1]

    # --- whose clients ------------------------------------------------------------------------------------

    def _own(self) -> frozenset[Record] | None:
        """Give the records of whoever looks; None where the settings part them not."""
        who, clients = self._firm.who, self._desk.clients()
        if not who.has_queue or clients is None:
            return None
        state = self._firm.state()
        key = (clients, frozenset(state.linked), frozenset(who.queue))
        return self._once("own", key, lambda: theirs(clients, state.links(), who))

    def _shown(self) -> frozenset[Record] | None:
        """Give the records that whoever looks may see; None for all."""
        if not self.may("see"):
            return frozenset()
        return (self._own() or frozenset()) if self._firm.who.only_theirs else None

    def theirs(self) -> frozenset[str] | None:
        """Give the links of whoever looks; None where the settings part them not."""
        own = self._own()
        if own is None:
            return None
        linked = self._firm.state().linked
        return frozenset(k for k, row in linked.items() if (CONNECTWORKS, row["connectworks_id"]) in own)

    def _kept_rows(self, name: str, frame: pd.DataFrame, *columns: tuple[Side, str]) -> pd.DataFrame:
        """Keep the rows whose records may all be seen; the same frame as long as nothing changed."""
        shown = self._shown()
        if shown is None:
            return frame

        def narrowed() -> pd.DataFrame:
            keep = pd.Series(True, index=frame.index)
            for side, column in columns:
                ids = {client for of, client in shown if of == side}
                keep &= frame[column].isin(ids)
            return frame[keep].reset_index(drop=True)

        return self._once(name, (frame, shown), narrowed)

    def _pairs_shown(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        return self._kept_rows(name, frame, (CONNECTWORKS, "connectworks_id"), (XPM, "xpm_id"))

    def _check_records(self, records: Iterable[tuple[str, str]]) -> None:
        shown = self._shown()
        if shown is not None and not set(records) <= shown:
            raise NotAllowedHere("This client is not one of yours.", "Ask whoever looks after it.")

    def _check_links(self, link_ids: Iterable[str]) -> None:
        linked = self._firm.state().linked
        rows = (linked[link] for link in link_ids if link in linked)
        self._check_records((side, str(row[f"{side}_id"])) for row in rows for side in SIDES)

    def _check_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._check_records(record for pair in pairs for record in zip(SIDES, pair, strict=True))

    # --- what stands --------------------------------------------------------------------------------------

    def pulse(self) -> Pulse:
        """Say what is going on."""
        return self._desk.pulse()

    def still(self) -> AbstractContextManager[None]:
        """Stand on what the ledger says now."""
        return self._firm.still()

    def at_hand(self, what: str) -> bool:
        """Tell whether something was reckoned before."""
        return self._desk.at_hand(what)

    def clients(self) -> Clients | None:
        """Give both sides' clients that may be seen; None before the first pull."""
        clients, shown = self._desk.clients(), self._shown()
        if clients is None or shown is None:
            return clients

        def narrowed() -> Clients:
            def of(side: Side) -> pd.DataFrame:
                ids = {client for owner, client in shown if owner == side}
                frame = clients.side(side)
                return frame[frame["client_id"].isin(ids)].reset_index(drop=True)

            return replace(clients, connectworks=of(CONNECTWORKS), xpm=of(XPM))

        return self._once("clients", (clients, shown), narrowed)

    def checks(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give what stands out in the data that may be seen."""
        return self._of_records("checks", self._desk.checks(tell))

    def _of_records(self, name: str, found: pd.DataFrame) -> pd.DataFrame:
        """Keep the rows about records (side, client_id) that may be seen."""
        shown = self._shown()
        if shown is None:
            return found

        def mine() -> pd.DataFrame:
            keep = [pair in shown for pair in zip(found["side"], found["client_id"], strict=True)]
            return found[keep].reset_index(drop=True)

        return self._once(name, (found, shown), mine)

    def candidates(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give link candidates of which both records may be seen."""
        return self._pairs_shown("candidates", self._desk.candidates(tell))

    def moved_line(self, candidates: pd.DataFrame, at: float) -> pd.DataFrame:
        """Give which of these candidates would enter or leave the suggested ones."""
        return self._desk.moved_line(candidates, at)

    def why_not(self, connectworks_id: str, xpm_id: str) -> WhyNot:
        """Say why two clients are not linked."""
        self._check_pairs([(connectworks_id, xpm_id)])
        return self._desk.why_not(connectworks_id, xpm_id)

    def links(self) -> pd.DataFrame:
        """Give the links that may be seen."""
        return self._pairs_shown("links", self._desk.links())

    def rejected(self) -> pd.DataFrame:
        """Give the rejected pairs that may be seen."""
        return self._pairs_shown("rejected", self._desk.rejected())

    def find(self, side: Side, text: str, limit: int = 50) -> pd.DataFrame:
        """Search the clients that may be seen."""
        if self._shown() is None:
            return self._desk.find(side, text, limit)
        found = self._desk.find(side, text, 1_000_000)
        return self._kept_rows("found", found, (side, "client_id")).head(limit)

    def differences(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give the differences that may be seen."""
        return self._pairs_shown("differences", self._desk.differences_shown(tell))

    def patterns(self) -> pd.DataFrame:
        """Give them grouped by their kind of change."""
        return self._desk.patterns_of(self.differences())

    def rules(self) -> pd.DataFrame:
        """Give the firm's rules."""
        return self._desk.rules()

    def proposed_rules(self) -> pd.DataFrame:
        """Give rules that past decisions speak for."""
        return self._desk.proposed_rules()

    def adopt_rule(self, rule: Mapping[str, str | None]) -> None:
        """Write a proposed rule into the firm's settings."""
        self._need("administer")
        self._desk.adopt_rule(rule)

    def drop_rule(self, rule: str) -> None:
        """Take a rule, named by its words, out of the firm's settings."""
        self._need("administer")
        self._desk.drop_rule(rule)

    def questions_file(self) -> bytes:
        """Give what clients that may be seen are to be asked, as a spreadsheet."""
        self._need("decide", "approve")
        return frame_bytes(self._desk.questions(self.decisions()), ".xlsx")

    def decisions(self) -> pd.DataFrame:
        """Give the choices in force on what may be seen."""
        return self._kept_rows("decisions", self._desk.decisions(), (CONNECTWORKS, "connectworks_id"))

    def past_acts(self) -> Sequence[tuple[tuple[Choice, ...], tuple[Choice, ...]]]:
        """Give what whoever looks did on earlier pages and can take back."""
        return self._desk.past_acts()

    def choices(self) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
        """Give them by (link_id, field)."""
        choices, shown = self._desk.choices(), self._shown()
        if shown is None:
            return choices
        return {k: row for k, row in choices.items() if (CONNECTWORKS, row["connectworks_id"]) in shown}

    def compared_at(self) -> pd.Series:
        """Give when each link was last refreshed or compared."""
        return self._desk.compared_at()

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give what both sides of a link showed in a field, what was decided and written."""
        self._check_links([link_id])
        return self._desk.timeline(link_id, field)

    def look_back(self, question: Question = EVERYTHING, offset: int = 0, limit: int = 50) -> Happened:
        """Give one page of what happened to what may be seen."""
        return self._desk.look_back(question, offset, limit, among=self._shown())

    def days(self, question: Question = EVERYTHING) -> pd.DataFrame:
        """Count what happened to what may be seen, by day, person and kind."""
        return self._desk.days(question, among=self._shown())

    def history_file(self, question: Question, ending: str, *, show_hidden: bool = False) -> bytes:
        """Give all that happened to what may be seen, and fits, as a file."""
        return self._desk.history_file(question, ending, show_hidden=show_hidden, among=self._shown())

    def runs(self) -> list[RunTold]:
        """Give every push that was begun, latest first."""
        return self._desk.runs() if self.may("see") else []

    def bulk_acts(self) -> pd.DataFrame:
        """Give the acts that decided several differences at once and of which something was written."""
        told = self._desk.bulk_acts()
        return told if self.may("see") else told.head(0)

    def results(self, run_id: str = "") -> pd.DataFrame:
        """Give how the writes of a push (or of all) ended, as far as they may be seen."""
        return self._of_records(f"results {run_id}", self._desk.results(run_id))

    # --- plans and their approval -------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Give the plan that the decisions in force on what may be seen make."""
        return self._seen_part(self._desk.plan())

    def undo_plan(self, undoes: str) -> Plan:
        """Give the plan that takes back a run, or what was written of a client or by a pattern."""
        return self._seen_part(self._desk.undo_plan(undoes))

    def _seen_part(self, plan: Plan) -> Plan:
        shown = self._shown()
        if shown is None:
            return plan
        linked = self._firm.state().linked
        seen = {k for k, row in linked.items() if (CONNECTWORKS, row["connectworks_id"]) in shown}
        left_out = tuple(one for one in plan.left_out if one.link_id in seen)
        return self._part(replace(plan, left_out=left_out), lambda o: (o.side, o.client_id) in shown)

    def _part(self, plan: Plan, keep: Callable[[Operation], bool]) -> Plan:
        """Give a part of a plan, judged as the plan that it is by itself."""
        operations = [o for o in plan.operations if keep(o)]
        if len(operations) == len(plan.operations):
            return plan
        state = self._firm.state()
        run = state.runs.get(plan.undoes or "")
        tenants = run.tenants if run else self._firm.data_tenants()
        part = judged(operations, plan.left_out, self._firm.facts(), links=state.link_of, tenants=tenants)
        return replace(part, undoes=plan.undoes, reaches=plan.reaches)

    def sendable(self, undoes: str | None = None) -> Plan:
        """Give what of the plan may be pushed now: all of it, or what somebody else approved."""
        return self._approved_part(self.undo_plan(undoes) if undoes else self.plan())

    def handover_plan(self) -> Plan:
        """Give what may be handed over now, of what the decisions ask of a side that cannot be written."""
        return self._approved_part(self._seen_part(self._desk.handover_plan()))

    def _approved_part(self, whole: Plan) -> Plan:
        if not self.approval:
            return whole
        lacking = {o.operation_id for o in lacking_approval(self._firm, whole.operations)}
        return self._part(whole, lambda o: o.operation_id not in lacking)

    def proposals(self, undoes: str | None = None) -> list[Proposed]:
        """Give every write of the plan in force (or of one that takes a run back), and where it stands."""
        state, access, me = self._firm.state(), self._firm.access, self._firm.person

        def told(operation: Operation, known: Standing | None) -> Proposed:
            link = state.link_of.get((operation.side, operation.client_id), "")
            if known is None:
                own = me in {state.deciders.get(seq) for seq in operation.decisions}
                return Proposed(operation, link, own=own, undoes=undoes)
            return Proposed(
                operation,
                link,
                known.standing,
                me in known.hands(state.deciders),
                access.named(known.proposed_by).name,
                known.proposed_at,
                access.named(known.by).name if known.by else "",
                known.at,
                known.note,
                undoes,
            )

        return [told(o, state.standing.get(o.operation_id)) for o in self._to_approve(undoes)]

    def _to_approve(self, undoes: str | None) -> list[Operation]:
        """Give every write that needs a yes, be it pushed or handed over."""
        if undoes:
            return list(self.undo_plan(undoes).operations)
        by_hand = self._seen_part(self._desk.handover_plan())
        return [*self.plan().operations, *by_hand.operations]

    def undoes_proposed(self) -> list[str]:
        """Give the runs for whose taking back somebody's yes is asked."""
        state = self._firm.state()
        asked = {s.undoes for i, s in state.standing.items() if s.undoes and i not in state.concluded}
        return sorted(one for one in asked if one in state.runs or taken_back(one)[0] != "run_id")

    def propose(self, plan_hash: str, undoes: str | None = None, note: str = "") -> int:
        """Send the plan of this hash for approval; gives how many writes were not sent before."""
        self._need("decide", "push")
        wanted = self.undo_plan(undoes) if undoes else self.plan()
        if wanted.hash != plan_hash:
            raise PlanRefused(
                "The plan has changed since you looked at it; nothing was sent.",
                "Read it again, then send it.",
            )
        return approving.propose(self._firm, wanted.operations, undoes, note)

    def approve(self, operations: Sequence[Operation]) -> None:
        """Say yes to exactly these writes, as long as they are what the decisions in force ask for."""
        self._need("approve")
        self._check_records((o.side, o.client_id) for o in operations)
        self._check_in_force(operations)
        approving.approve(self._firm, operations)

    def _check_in_force(self, operations: Sequence[Operation]) -> None:
        """Refuse what was decided anew since a page showed it: that yes would count for nothing."""
        standing = self._firm.state().standing
        plans = (self._to_approve(undoes) for undoes in (None, *self.undoes_proposed()))
        in_force = {o.operation_id for plan in plans for o in plan}
        for one in operations:
            known = standing.get(one.operation_id)
            if known is not None and known.standing == WAITING and one.operation_id not in in_force:
                raise BadInput("This changed while you looked at it; nothing was done.", "Read it again.")

    def send_back(self, operations: Sequence[Operation], note: str) -> None:
        """Say no to these writes, and why."""
        self._need("approve")
        self._check_records((o.side, o.client_id) for o in operations)
        approving.send_back(self._firm, operations, note)

    # --- settings -----------------------------------------------------------------------------------------

    def access(self) -> AccessSettings:
        """Give who may do what."""
        self._need("administer")
        return self._firm.access

    def set_access(self, before: AccessSettings, after: AccessSettings, what: str) -> None:
        """Let other people do other things from now on."""
        appoint(self._firm, before, after, what)

    def myself(self) -> PersonSettings:
        """Give whoever looks as the settings would name them, with all that they may do."""
        who = self._firm.who
        roles = tuple(role for role in ROLES if role in who.roles)
        return PersonSettings(sign_in=who.key, name=who.name, roles=roles)

    def exports_told(self) -> list[ExportTold]:
        """Say how the newest exports would be read."""
        self._need("administer")
        return self._desk.exports_told()

    def confirm_columns(self, side: Side, columns: Mapping[str, str], month_first: bool) -> str:
        """Keep what each column of an export is."""
        self._need("administer")
        return self._desk.confirm_columns(side, columns, month_first)

    def settings(self) -> Mapping[str, SettingValue]:
        """Give what an administrator may change."""
        self._need("administer")
        settings = self._firm.settings
        return {key: setting.of(settings) for key, setting in BY_KEY.items()}

    def set_setting(self, key: str, before: SettingValue, after: SettingValue) -> str:
        """Set one of them from now on."""
        return configure(self._firm, key, before, after)

    def told_settings(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Give the firm's other settings in words."""
        self._need("administer")
        return told_settings(self._firm.settings)

    # --- what is one's own ---------------------------------------------------------------------------------

    def saved_filters(self, screen: str) -> dict[str, dict[str, str]]:
        """Give the filters that whoever looks saved on a screen."""
        return self._firm.book.saved_filters(self._firm.person, screen)

    def save_filter(self, screen: str, name: str, filters: Mapping[str, str]) -> None:
        """Keep filters under a name for whoever looks."""
        self._need("see")
        self._firm.book.save_filter(self._firm.person, screen, name, filters)

    def forget_filter(self, screen: str, name: str) -> None:
        """Keep them no longer."""
        self._firm.book.forget_filter(self._firm.person, screen, name)

    # --- acts ---------------------------------------------------------------------------------------------

    def link(
        self, pairs: Sequence[tuple[str, str]], how: str, sample: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Join pairs of (connectworks_id, xpm_id)."""
        self._need("decide")
        self._check_pairs(pairs)
        self._desk.link(pairs, how, sample)

    def reject(self, pairs: Sequence[tuple[str, str]], how: str) -> None:
        """Say that these pairs are not the same client."""
        self._need("decide")
        self._check_pairs(pairs)
        self._desk.reject(pairs, how)

    def unreject(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take rejections back."""
        self._need("decide")
        self._check_pairs(pairs)
        self._desk.unreject(pairs)

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part linked clients."""
        self._need("decide")
        self._check_links(link_ids)
        self._desk.unlink(link_ids)

    def decide(self, choices: Sequence[Choice], how: str, note: str = "", sample: Sequence[str] = ()) -> None:
        """Keep choices; whoever approves may have a client asked, too."""
        only_asked = all(choice.direction == "ask" for choice in choices)
        self._need("decide", *(("approve",) if only_asked else ()))
        self._check_links(choice.link_id for choice in choices)
        self._desk.decide(choices, how, note, sample)

    def ask_connect(self) -> str:
        """Ask for a sign-in by whoever looks; gives the request's id."""
        self._need("administer")
        return self._desk.ask_connect()

    def answer_prompt(self, prompt_id: str, answer: str) -> None:
        """Answer what signing in asked; the answer goes to the worker alone."""
        self._need("administer")
        self._desk.answer_prompt(prompt_id, answer)

    def ask_pull(self) -> str:
        """Ask for a pull of both sides."""
        self._need(*WORKING)
        return self._desk.ask_pull()

    def custom_fields_cost(self) -> tuple[str, int] | None:
        """Say what reading custom fields costs."""
        return self._desk.custom_fields_cost()

    def ask_custom_fields(self, calls: int) -> str:
        """Ask for custom fields to be read."""
        self._need(*WORKING)
        return self._desk.ask_custom_fields(calls)

    def ask_refresh(self, link_id: str) -> str:
        """Ask for a fresh look at one linked client on both sides."""
        self._need("see")
        self._check_links([link_id])
        return self._desk.ask_refresh(link_id)

    def ask_push(self, plan_hash: str, confirmed: str = "", undoes: str | None = None) -> str:
        """Ask for what may be pushed of the plan to be pushed, if it is what was seen."""
        self._need("push")
        wanted = self.sendable(undoes)
        if wanted.hash != plan_hash:
            raise PlanRefused("The plan has changed since you looked at it.", "Look at it again, then push.")
        return self._desk.push_plan(wanted, confirmed)

    def hand_over(self, plan_hash: str, confirmed: str = "") -> HandedOver:
        """Hand over what may be handed over, if it is what was seen."""
        self._need("push")
        wanted = self.handover_plan()
        if wanted.hash != plan_hash:
            raise PlanRefused("The plan has changed since you looked at it.", "Look at it again.")
        return self._desk.hand_over_plan(wanted, confirmed)

    def hand_over_again(self, run_id: str | None = None) -> HandedOver:
        """Write the files of what is still open once more."""
        self._need("push")
        return self._desk.hand_over_again(run_id)

    def handed_over(self) -> pd.DataFrame:
        """Give every value that was handed over, as far as it may be seen, and how it stands."""
        return self._of_records("handed over", self._desk.handed_over())

    def duplicates(self) -> pd.DataFrame:
        """Give the records that may be seen and seem to stand twice within one side."""
        return self._of_records("duplicates", self._desk.duplicates())

    def stale_links(self) -> pd.DataFrame:
        """Give the links that may be seen and point at nobody any more."""
        return self._of_records("stale links", self._desk.stale_links())

    def repoint(self, link_ids: Sequence[str]) -> None:
        """Point stale links at the records that were proposed for them."""
        self._need("decide")
        self._check_links(link_ids)
        self._desk.repoint(link_ids)

    def unmatched(self) -> pd.DataFrame:
        """Give the clients without a counterpart that may be seen."""
        return self._of_records("unmatched", self._desk.unmatched())

    def draft(self, side: Side, source_id: str) -> Draft:
        """Give the record that a client that may be seen would get on this side."""
        self._check_records([(other_side(side), source_id)])
        return self._desk.draft(side, source_id)

    def ask_create(self, side: Side, source_id: str, draft_hash: str, despite: bool = False) -> str:
        """Ask for the drafted record of this hash."""
        self._need("push")
        self._check_records([(other_side(side), source_id)])
        return self._desk.ask_create(side, source_id, draft_hash, despite)

    def stop(self, request_id: str) -> None:
        """Ask running work to stop after the present step."""
        self._need(*WORKING)
        self._desk.stop(request_id)
