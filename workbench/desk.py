"""The firm's desk: what the screens show and where their acts go, over one firm's memory."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from workbench.domain.discreet import discreet, masked
from workbench.domain.errors import BadInput, PlanRefused
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side, field_named
from workbench.domain.frames import CANDIDATES, CHECKS, DIFFERENCES, LINKS, TEXT, Clients, frame_of, link_id
from workbench.domain.question import EVERYTHING, Question
from workbench.domain.records import Entry, Plan, Values
from workbench.domain.settings import Settings
from workbench.flow.asking import ask, ask_sealed, stop, waits_for, worker_alive
from workbench.flow.firm import Firm
from workbench.flow.freshness import baselined, remember_comparison, remember_rules
from workbench.flow.handing_over import HandedOver, hand_over, how_it_stands, write_again
from workbench.flow.newcomers import ask_create
from workbench.flow.prompts import answer_prompt, open_prompt
from workbench.flow.rulebook import adopt, rules_standing
from workbench.flow.sealing import seal
from workbench.flow.sightings import movements, seen_cells
from workbench.reconcile.arrivals import STANDING
from workbench.reconcile.check import check
from workbench.reconcile.compare import compare
from workbench.reconcile.creating import Draft, draft
from workbench.reconcile.handover import parts
from workbench.reconcile.keeping import advised
from workbench.reconcile.link import link as link_candidates
from workbench.reconcile.link.duplicates import duplicates
from workbench.reconcile.link.line import moved_line
from workbench.reconcile.link.why_not import Linking, WhyNot
from workbench.reconcile.lookback import Row, as_history, by_day, fitting, results
from workbench.reconcile.normalise.text import fold
from workbench.reconcile.patterns import patterns
from workbench.reconcile.plan import plan
from workbench.reconcile.questions import questions
from workbench.reconcile.relinked import relinked
from workbench.reconcile.rules import propose
from workbench.reconcile.stale import STALE, stale_links
from workbench.reconcile.state import Carried, Request, RunSoFar, State
from workbench.reconcile.timeline import timeline
from workbench.reconcile.undoing import current_values, undo, written
from workbench.reconcile.unmatched import UNMATCHED, unmatched
from workbench.review.click_sheets import click_sheets
from workbench.review.desk import Choice, Happened, Prompted, Pulse, RunTold, Work
from workbench.review.words import moment
from workbench.systems.spreadsheets import frame_bytes

_SEARCHED = (
    "legal_name",
    "trading_name",
    "preferred_name",
    "client_reference",
    "company_number",
    "nzbn",
    "email",
    "primary_phone",
)
RECENT_WORKS = 5
_SIGNED_OUT = ("SignInNeeded", "NoTenant")
MOST_REFRESHED = 5
BULK = ("bulk", "pattern", "rule")
"""The ways of deciding on many at once: whether a sample was looked at before is written down either way."""


class FirmDesk:
    """A desk (see `workbench.review.desk.Desk`) over one firm's folder.

    Parameters
    ----------
    firm : Firm
        Whose memory is shown and written.
    """

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._kept: dict[str, tuple[Any, Any]] = {}
        self._seen: Clients | None = None
        self._version = 0
        self.name = firm.settings.firm.name
        self.served = firm.served
        self.time_zone = firm.settings.firm.time_zone
        self.link_at = firm.settings.link.line
        self.notice = _notice(firm.settings)

    @property
    def person(self) -> str:
        """What whoever looks is called."""
        return self._firm.person

    def _once(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        """Compute a thing once for each state of what it is computed from."""
        known = self._kept.get(name)
        if known is None or known[0] != key:
            self._kept[name] = (key, make())
        return self._kept[name][1]

    # --- what is going on ---------------------------------------------------------------------------------

    def pulse(self) -> Pulse:
        """Say what is going on; answers within milliseconds."""
        state = self._firm.state()
        recent = [request for request in state.requests.values() if not request.args.get("quiet")][::-1]
        ended = [request for request in recent if request.state == "ended"]
        shown = [*(request for request in recent if request.state != "ended"), *ended[:RECENT_WORKS]]
        alive = worker_alive(self._firm) if self.served else True
        works = tuple(self._work(state, request) for request in shown)
        return Pulse(state.seq, works, alive, self._asked() if len(ended) < len(recent) else None)

    def _asked(self) -> Prompted | None:
        """Give what signing in asks, to an administrator."""
        prompt = open_prompt(self._firm.folder) if self._firm.who.may("administer") else None
        if prompt is None:
            return None
        return Prompted(prompt.prompt_id, prompt.system, prompt.address, prompt.choices or {})

    def _work(self, state: State, request: Request) -> Work:
        news = self._firm.book.progress().get(request.request_id)
        done, total, left_s = (news.done, news.total, news.left_s) if news else (0, 0, None)
        waiting = waits_for(state, request) or "Waiting for the worker"
        message = request.message or (news.message if news else waiting)
        return Work(
            request.request_id,
            request.verb,
            _how_it_stands(request),
            done,
            total,
            left_s,
            message,
            request.by,
            str(request.args.get("run_id") or ""),
            request.error in _SIGNED_OUT,
        )

    # --- what stands --------------------------------------------------------------------------------------

    def clients(self) -> Clients | None:
        """Give both sides' clients as last pulled or refreshed; None before the first pull."""
        return self._firm.clients()

    def pulled_clients(self) -> Clients:
        """Give both sides' clients.

        Raises
        ------
        BadInput
            Before the first pull.
        """
        clients = self.clients()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        return clients

    def _clients_key(self) -> int:
        """Count the clients' frames that were seen; an object's own id may come again once it is gone."""
        clients = self._firm.clients()
        if clients is not self._seen:
            self._seen, self._version = clients, self._version + 1
        return self._version

    def _pulls_key(self) -> Any:
        """Stand for the last pulls: whole sides are not looked over again for every refreshed client."""
        return tuple((side, pull.seq) for side, pull in sorted(self._firm.state().pulls.items()))

    def checks(self) -> pd.DataFrame:
        """Give what stands out in the data itself, and links that Connectworks holds otherwise than we do."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), CHECKS)
        found = self._once("checks", self._pulls_key(), lambda: check(clients))
        key = (self._clients_key(), state.seq)
        links = self._once("relinked", key, lambda: relinked(clients, state))
        return pd.concat([found, links], ignore_index=True) if len(links) else found

    def candidates(self) -> pd.DataFrame:
        """Give link candidates that nobody has decided on yet."""
        clients = self.clients()
        if clients is None:
            return frame_of((), CANDIDATES)
        state = self._firm.state()
        links, rejected = state.links(), state.rejected()
        found = self._once(
            "candidates",
            self._pulls_key(),
            lambda: link_candidates(
                clients.connectworks,
                clients.xpm,
                settings=self._firm.settings.link,
                links=links,
                rejected=rejected,
            ),
        )
        taken = found["connectworks_id"].isin(links["connectworks_id"]) | found["xpm_id"].isin(
            links["xpm_id"]
        )
        refused = pd.Series(_pairs(found), index=found.index).isin(set(_pairs(rejected)))
        return found[~taken & ~refused].reset_index(drop=True)

    def moved_line(self, candidates: pd.DataFrame, at: float) -> pd.DataFrame:
        """Give which of these candidates would enter or leave the suggested ones with the line at `at`."""
        return moved_line(candidates, at, settings=self._firm.settings.link)

    def why_not(self, connectworks_id: str, xpm_id: str) -> WhyNot:
        """Say why two clients are not linked, as links and rejections stand: sentences, evidence and rivals.

        Raises
        ------
        BadInput
            Before the first pull, or if a side has no client of that id.
        """
        clients = self.clients()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        state = self._firm.state()
        links, rejected = state.links(), state.rejected()
        key = (self._clients_key(), tuple(_pairs(links)), tuple(_pairs(rejected)))
        linking = self._once(
            "linking",
            key,
            lambda: Linking(
                clients.connectworks,
                clients.xpm,
                settings=self._firm.settings.link,
                links=links,
                rejected=rejected,
            ),
        )
        return linking.why_not(connectworks_id, xpm_id)

    def links(self) -> pd.DataFrame:
        """Give the links, with a column ``written``: yes, no (waits for a push) or here (only here)."""
        state = self._firm.state()
        links = state.links()
        choices = state.decisions()
        waiting = set(choices.loc[choices["field"] == "linked_id", "link_id"])
        not_written = "here" if self._firm.facts().linked_here_only else "no"
        written = [not_written if link in waiting else "yes" for link in links["link_id"]]
        return links.assign(written=pd.array(written, dtype=TEXT))

    def rejected(self) -> pd.DataFrame:
        """Give the rejected pairs."""
        return self._firm.state().rejected()

    def find(self, side: Side, text: str, limit: int = 50) -> pd.DataFrame:
        """Search one side's clients by name, reference or number; an empty text gives all up to the limit."""
        clients = self.clients()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        frame = clients.side(side)
        words = fold(text).split()
        if words:
            folded = self._once(f"find {side}", self._clients_key(), lambda: _searchable(frame))
            frame = frame[[all(word in whole for word in words) for whole in folded]]
        return frame.head(limit).reset_index(drop=True)

    def warm_up(self) -> None:
        """Reckon what the screens need before anybody looks; nothing is written."""
        self.checks()
        self.candidates()
        if (clients := self.clients()) is not None:
            self._differences(clients, self._firm.state())

    def differences(self) -> pd.DataFrame:
        """Give the differences of all links as they stand; what is equal becomes the baseline."""
        clients = self.clients()
        if clients is None:
            return frame_of((), DIFFERENCES)
        state = self._firm.state()
        key, found = self._differences(clients, state)
        self._once("remembered", key, lambda: self._remember(found))
        return found

    def _differences(self, clients: Clients, state: State) -> tuple[Any, pd.DataFrame]:
        key = (self._clients_key(), frozenset(state.linked), _version(state.agreed), self._firm.comparing)
        return key, self._once("differences", key, lambda: self._compared(clients, state))

    def _compared(self, clients: Clients, state: State) -> pd.DataFrame:
        return compare(
            clients,
            state.links(),
            state.baseline(),
            moved=movements(self._firm, clients, state),
            settings=self._firm.comparing,
        )

    def _remember(self, differences: pd.DataFrame) -> None:
        remember_rules(self._firm)
        remember_comparison(self._firm, differences)

    def patterns(self) -> pd.DataFrame:
        """Give the differences grouped by their kind of change (`workbench.reconcile.patterns`)."""
        return patterns(self.differences())

    def rules(self) -> pd.DataFrame:
        """Give the firm's rules, each with who wrote it when (`workbench.reconcile.rules.RULES`)."""
        return rules_standing(self._firm)

    def adopt_rule(self, rule: Mapping[str, str | None]) -> None:
        """Write a proposed rule into the firm's settings; from now on it suggests."""
        adopt(self._firm, rule)

    def questions(self, decisions: pd.DataFrame | None = None) -> pd.DataFrame:
        """Give what clients are to be asked by all decisions in force, or by these; a row for each."""
        asked = self.decisions() if decisions is None else decisions
        return questions(asked, self.pulled_clients(), self.links())

    def questions_file(self) -> bytes:
        """Give the same as a spreadsheet (XLSX) in which no cell acts as a formula."""
        return frame_bytes(self.questions(), ".xlsx")

    def proposed_rules(self) -> pd.DataFrame:
        """Give rules that past decisions speak for; nothing is applied."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        return propose(state.choices_made(), clients, state.links(), self._firm.comparing.rules)

    def decisions(self) -> pd.DataFrame:
        """Give the choices in force."""
        return self._firm.state().decisions()

    def compared_at(self) -> pd.Series:
        """Give when each link was last refreshed or compared."""
        return self._firm.state().compared_at()

    def history(self, limit: int = 500) -> pd.DataFrame:
        """Give what happened, latest first, with clients by their names."""
        return as_history(self._firm.state().told[: -limit - 1 : -1], self.names())

    def look_back(
        self,
        question: Question = EVERYTHING,
        offset: int = 0,
        limit: int = 50,
        *,
        among: frozenset[tuple[str, str]] | None = None,
    ) -> Happened:
        """Give one page of all that ever happened and fits the question, latest first.

        `among` are the records (side, client_id) of which alone it may tell; by default of all.
        """
        state, names = self._firm.state(), self.names()
        rows = self._fitting(question, among)
        people = self._once(
            "people", state.seq, lambda: sorted({str(r["by"]) for r in state.told if r.get("by")})
        )
        return Happened(as_history(rows[offset : offset + limit], names), len(rows), tuple(people))

    def _fitting(self, question: Question, among: frozenset[tuple[str, str]] | None) -> list[Row]:
        state, names = self._firm.state(), self.names()
        key = (state.seq, self._clients_key(), question, among)
        return self._once("look back", key, lambda: _of(fitting(state.told, names, question), among))

    def days(
        self, question: Question = EVERYTHING, *, among: frozenset[tuple[str, str]] | None = None
    ) -> pd.DataFrame:
        """Count what happened and fits the question by day, person and kind; latest first."""
        return by_day(self._fitting(question, among), self.time_zone)

    def history_file(
        self,
        question: Question,
        ending: str,
        *,
        show_hidden: bool = False,
        among: frozenset[tuple[str, str]] | None = None,
    ) -> bytes:
        """Give all that happened and fits the question as a file, safe to open in a spreadsheet program.

        Parameters
        ----------
        question : Question
            What is asked for.
        ending : str
            ``.csv``, ``.xlsx`` or ``.parquet``.
        show_hidden : bool
            Whether addresses, birth dates and tax numbers stand in it.
        among
            As in `look_back`.
        """
        frame = as_history(self._fitting(question, among), self.names())
        self._firm.append([Entry("exported", {"rows": len(frame), "kind": ending})])
        return frame_bytes(frame if show_hidden else masked(discreet(frame)), ending)

    def runs(self) -> list[RunTold]:
        """Give every push that was begun, latest first."""
        state = self._firm.state()
        told = (_run_told(state, run) for run in reversed(list(state.runs.values())))
        return [run for run in told if run.begun]

    def results(self, run_id: str = "") -> pd.DataFrame:
        """Give how the writes of a push ended (of all pushes, if none is named), a row per value."""
        state = self._firm.state()
        return results(state.carried_by(run_id) if run_id else state.operations.values())

    def timeline(self, link_id: str, field: str) -> pd.DataFrame:
        """Give what both sides of a link showed in a field, what was decided and written, latest first."""
        told = self.history(1_000_000)
        of_field = told[(told["link_id"] == link_id) & (told["field"] == field)]
        link = {k: str(v) for k, v in self._firm.state().linked[link_id].items() if k in LINKS[:3]}
        return timeline(of_field, link, field, seen_cells(self._firm, link, field))

    def names(self) -> dict[str, str]:
        """Give each client's name by its id."""
        clients = self.clients()
        if clients is None:
            return {}
        both = pd.concat([clients.xpm, clients.connectworks])
        return dict(zip(both["client_id"], both["legal_name"].fillna("(no name)"), strict=True))

    # --- acts: each is durable when it returns ------------------------------------------------------------

    def link(
        self, pairs: Sequence[tuple[str, str]], how: str, sample: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Join pairs of (connectworks_id, xpm_id); `sample` is what was shown of a bulk act.

        A pair that is joined already stays so.

        Raises
        ------
        BadInput
            If a record has another link already, or stands in two of the pairs; then none is joined.
        """
        act = uuid.uuid4().hex

        def entries(state: State) -> list[Entry]:
            taken = set(state.link_of)
            fresh = [pair for pair in pairs if link_id(*pair) not in state.linked]
            for connectworks_id, xpm_id in fresh:
                both = {(CONNECTWORKS, connectworks_id), (XPM, xpm_id)}
                if both & taken:
                    named = ", ".join(self.names().get(record, record) for _, record in sorted(both & taken))
                    raise BadInput(f"{named} is linked already.", "Part that link first.")
                taken |= both
            linked = [_pair_entry("linked", pair, how, act=act) for pair in fresh]
            shown = _sampled(act, [link_id(*p) for p in sample], {link_id(*p) for p in pairs}, len(fresh))
            return [*linked, *([shown] if fresh and sample else [])]

        self._firm.decide(entries)
        self._refresh_quietly([link_id(*pair) for pair in pairs])

    def _refresh_quietly(self, link_ids: Sequence[str]) -> None:
        """Have a few clients looked at again where a worker is there; a band is as fresh as its pull."""
        if len(link_ids) <= MOST_REFRESHED and worker_alive(self._firm):
            ask(self._firm, "refresh", {"link_ids": list(link_ids), "quiet": True}, work_here=False)

    def reject(self, pairs: Sequence[tuple[str, str]], how: str) -> None:
        """Say that these pairs are not the same client."""
        self._firm.append([_pair_entry("rejected", pair, how) for pair in pairs])

    def unreject(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take rejections back."""
        self._firm.append([_pair_entry("unrejected", pair, "tick") for pair in pairs])

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part linked clients."""

        def entries(state: State) -> list[Entry]:
            rows = [state.linked[link] for link in link_ids if link in state.linked]
            pairs = [(str(row["connectworks_id"]), str(row["xpm_id"])) for row in rows]
            return [_pair_entry("unlinked", pair, "tick") for pair in pairs]

        self._firm.decide(entries)

    def decide(self, choices: Sequence[Choice], how: str, note: str = "", sample: Sequence[str] = ()) -> None:
        """Keep choices, all or none; `sample` are the links that were looked at before a bulk act."""
        act = uuid.uuid4().hex

        def entries(state: State) -> list[Entry]:
            for choice in choices:
                field_named(choice.field)
            if any(choice.link_id not in state.linked for choice in choices):
                raise BadInput("These two are not linked any more.", "Look at the differences again.")
            linked = state.linked
            chosen = [
                e for choice in choices for e in _chosen(choice, linked[choice.link_id], how, note, act)
            ]
            shown = _sampled(act, sample, {choice.link_id for choice in choices}, len(choices))
            return [*chosen, *([shown] if choices and (sample or how in BULK) else [])]

        self._firm.decide(entries)

    # --- plans and work -----------------------------------------------------------------------------------

    def plan(self, decisions: pd.DataFrame | None = None) -> Plan:
        """Give the plan that the decisions in force make, or only these of them: what can be written."""
        return self._parts(decisions)[0]

    def handover_plan(self, decisions: pd.DataFrame | None = None) -> Plan:
        """Give what the decisions in force ask of a side whose connection cannot write."""
        return self._parts(decisions)[1]

    def _parts(self, decisions: pd.DataFrame | None = None) -> tuple[Plan, Plan]:
        facts, state, tenants = self._firm.facts(), self._firm.state(), self._tenants(None)
        whole = plan(
            self.differences(),
            self.decisions() if decisions is None else decisions,
            facts=facts,
            concluded=state.concluded,
            tenants=tenants,
            clients=self.clients(),
        )
        return parts(whole, facts, links=state.link_of, tenants=tenants)

    def hand_over(self, plan_hash: str, confirmed: str = "") -> HandedOver:
        """Hand over the plan of this hash: write its files, and keep it open until a later pull shows it.

        Raises
        ------
        PlanRefused
            If the plan is another one by now: what is handed over is what was seen.
        """
        wanted = self.handover_plan()
        if wanted.hash != plan_hash:
            raise PlanRefused("The plan has changed since you looked at it.", "Look at it again.")
        return self.hand_over_plan(wanted, confirmed)

    def hand_over_plan(self, wanted: Plan, confirmed: str = "") -> HandedOver:
        """Hand over what a plan asks of a side whose connection cannot write."""
        state, facts = self._firm.state(), self._firm.facts()
        _, by_hand = parts(wanted, facts, links=state.link_of, tenants=self._tenants(wanted.undoes))
        return hand_over(self._firm, by_hand, confirmed, self._click_sheets)

    def hand_over_again(self, run_id: str | None = None) -> HandedOver:
        """Write the files of what is still open once more."""
        return write_again(self._firm, self._click_sheets, run_id)

    def handed_over(self) -> pd.DataFrame:
        """Give every value that was handed over, and how it stands; nothing before the first pull."""
        if self.clients() is None:
            return frame_of((), STANDING)
        key = (self._clients_key(), self._firm.state().seq)
        return self._once("handed over", key, lambda: how_it_stands(self._firm))

    def _click_sheets(self, sheet: pd.DataFrame) -> str:
        made_at = moment(self._firm.clock.now().isoformat(), self.time_zone)
        return click_sheets(sheet, self.name, made_at, self._firm.settings.connectworks.panel)

    def duplicates(self) -> pd.DataFrame:
        """Give the records that seem to stand twice within one side, and which of two to keep."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        found = self._once("duplicates", self._pulls_key(), lambda: duplicates(clients))
        return advised(found, clients, state.links())

    def stale_links(self) -> pd.DataFrame:
        """Give the links that point at nobody any more, each with where it should point, and why."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), STALE)
        key = (self._clients_key(), state.seq)
        return self._once("stale", key, lambda: stale_links(clients, state.links()))

    def repoint(self, link_ids: Sequence[str]) -> None:
        """Point stale links at the records that were proposed for them; all or none.

        Raises
        ------
        BadInput
            If for one of them none is proposed any more.
        """
        proposed = self.stale_links().dropna(subset=["new_id"]).set_index("link_id")

        def entries(state: State) -> list[Entry]:
            moved = []
            for link in link_ids:
                row = state.linked.get(link)
                if link not in proposed.index or row is None:
                    raise BadInput("Nobody is proposed for this link any more.", "Look at it again.")
                to = proposed.loc[[link]].iloc[0]
                new = {**row, f"{to['side']}_id": str(to["new_id"])}
                old, pair = ((str(each["connectworks_id"]), str(each["xpm_id"])) for each in (row, new))
                moved += [_pair_entry("unlinked", old, "repointed"), _pair_entry("linked", pair, "repointed")]
            return moved

        self._firm.decide(entries)

    def unmatched(self) -> pd.DataFrame:
        """Give the clients without a counterpart, each with the reason; none before the first pull."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), UNMATCHED)
        key = (self._clients_key(), state.seq)
        return self._once(
            "unmatched",
            key,
            lambda: unmatched(clients, state.links(), self.candidates(), state.rejected()),
        )

    def draft(self, side: Side, source_id: str) -> Draft:
        """Give the record that a client of the other side would get on this one, field by field."""
        clients = self.clients()
        if clients is None:
            raise BadInput("Nothing has been pulled yet.", "Pull first.")
        return draft(
            clients,
            side,
            source_id,
            links=self._firm.state().links(),
            candidates=self.candidates(),
            home_country=self._firm.settings.firm.home_country,
        )

    def ask_create(self, side: Side, source_id: str, draft_hash: str, despite: bool = False) -> str:
        """Ask for the drafted record of this hash; `despite` says that who may be it was seen to be another.

        Raises
        ------
        BadInput
            If the draft is another one by now: what is created is what was seen.
        """
        wanted = self.draft(side, source_id)
        if wanted.hash != draft_hash:
            raise BadInput("The client has changed since you looked at it.", "Look at the draft again.")
        return ask_create(self._firm, wanted, despite=despite)

    def undo_plan(
        self, run_id: str | None = None, *, client: str | None = None, act: str | None = None
    ) -> Plan:
        """Give the plan that takes back what a run, of a client, or by one act was written."""
        state = self._firm.state()
        carried = written(state, run_id=run_id, client=client, act=act)
        return undo(
            carried,
            self.values_now(carried),
            run_id=run_id,
            facts=self._firm.facts(),
            links=state.links(),
            tenants=self._tenants(run_id),
            clients=self.clients(),
        )

    def _tenants(self, undoes: str | None) -> Mapping[str, str]:
        """Give whose data a plan is made from: what was pulled, or what a run wrote."""
        return self._firm.state().runs[undoes].tenants if undoes else self._firm.data_tenants()

    def values_now(self, carried: Sequence[Carried]) -> Mapping[Any, Values]:
        """Give what the resources of some operations hold, as far as is known now."""
        clients = self.clients()
        return current_values([each.effect for each in carried], clients) if clients else {}

    def ask_connect(self) -> str:
        """Ask for a sign-in by whoever looks, in a browser that may be anywhere; gives the request's id."""
        return ask(self._firm, "connect", {"elsewhere": True})

    def answer_prompt(self, prompt_id: str, answer: str) -> None:
        """Answer what signing in asked; the answer goes to the worker alone, and is kept nowhere."""
        answer_prompt(self._firm.folder, prompt_id, answer)

    def ask_pull(self) -> str:
        """Ask for a pull of both sides."""
        return ask(self._firm, "pull", {})

    def ask_refresh(self, link_id: str) -> str:
        """Ask for a fresh look at one linked client on both sides."""
        return ask(self._firm, "refresh", {"link_ids": [link_id]})

    def ask_push(self, plan_hash: str, confirmed: str = "", undoes: str | None = None) -> str:
        """Ask for the plan of this hash to be pushed.

        Raises
        ------
        PlanRefused
            If the plan is another one by now: what is pushed is what was seen.
        """
        wanted = self.undo_plan(undoes) if undoes else self.plan()
        if wanted.hash != plan_hash:
            raise PlanRefused("The plan has changed since you looked at it.", "Look at it again, then push.")
        return self.push_plan(wanted, confirmed)

    def push_plan(self, wanted: Plan, confirmed: str = "") -> str:
        """Seal a plan and ask for it to be pushed; give the request's id."""
        tenants = dict(self._tenants(wanted.undoes))

        def prepare(state: State) -> tuple[dict[str, Any], list[Entry]]:
            run_id, sealed = seal(state, wanted, confirmed)
            args = {"run_id": run_id, "confirmed": confirmed, "undoes": wanted.undoes, "tenants": tenants}
            return args, sealed

        return ask_sealed(self._firm, "push", prepare)

    def stop(self, request_id: str) -> None:
        """Ask running work to stop after the present step."""
        stop(self._firm, request_id)


def _notice(settings: Settings) -> str:
    told = []
    if settings.xpm.product == "workflowmax":
        told.append("Practice management is WorkflowMax here: it stands wherever screens say XPM.")
    if settings.sandbox_speed is not None:
        told.append(
            "Demo on the sandbox: an invented firm on two local servers; "
            f"their limits run {settings.sandbox_speed:g} times faster than life."
        )
    return " ".join(told)


def _how_it_stands(request: Request) -> Literal["queued", "running", "done", "failed", "stopped"]:
    if request.state != "ended":
        return "running" if request.state == "taken" else "queued"
    if request.ok:
        return "done"
    return "stopped" if request.stop_asked else "failed"


def _run_told(state: State, run: RunSoFar) -> RunTold:
    counts = run.counts if run.ended else Counter(state.outcomes(run.run_id)["outcome"])
    values = sum(len(operation.after) for operation in run.operations)
    return RunTold(
        run.run_id,
        run.at,
        run.by,
        len(run.operation_ids),
        values,
        dict(counts),
        run.undoes,
        begun=run.started or bool(counts),
        ended=run.ended,
    )


def _searchable(frame: pd.DataFrame) -> list[str]:
    """Give one folded text per client: names, reference and numbers (never a tax number)."""
    columns = [frame[column].fillna("").tolist() for column in _SEARCHED]
    return [fold(" ".join(row)) for row in zip(*columns, strict=True)]


def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["connectworks_id"], frame["xpm_id"], strict=True))


def _of(told: list[Row], among: frozenset[tuple[str, str]] | None) -> list[Row]:
    """Keep what is about these records, and what is about no client at all."""
    if among is None:
        return told

    def fits(row: Row) -> bool:
        about = {(side, row[f"{side}_id"]) for side in SIDES if row.get(f"{side}_id")}
        return not about or bool(about & among)

    return [row for row in told if fits(row)]


def _version(agreed: Mapping[tuple[str, str], Mapping[str, str | None]]) -> tuple[int, str]:
    """Tell baselines apart without looking at every value: they only grow or get later."""
    return len(agreed), max((str(row["at"]) for row in agreed.values()), default="")


def _sampled(act: str, sample: Sequence[str], taken: set[str], count: int) -> Entry:
    """Write down which links were looked at before a bulk act; those that it left out were found wrong."""
    wrong = [link for link in sample if link not in taken]
    return Entry("sampled", {"act": act, "shown": list(sample), "wrong": wrong, "of": count})


def _pair_entry(kind: str, pair: tuple[str, str], how: str, act: str | None = None) -> Entry:
    link = link_id(*pair)
    body = {"link_id": link, "connectworks_id": pair[0], "xpm_id": pair[1], "how": how, "act": act}
    return Entry(kind, body, subject=link)


def _chosen(choice: Choice, link: Mapping[str, str | None], how: str, note: str, act: str) -> Iterator[Entry]:
    """Write a choice down; leaving two values as they are makes them the agreed pair."""
    body = {
        "link_id": choice.link_id,
        "connectworks_id": link["connectworks_id"],
        "xpm_id": link["xpm_id"],
        "field": choice.field,
        "direction": choice.direction,
        "how": how,
        "erases": choice.erases,
        "unlocks": choice.unlocks,
        "act": act,
    }
    seen = {CONNECTWORKS: choice.connectworks, XPM: choice.xpm}
    yield Entry("decided", body, {**seen, "note": choice.note or note or None}, choice.link_id)
    if choice.direction == "leave":
        yield baselined(choice.link_id, {choice.field: seen}, "leave")
