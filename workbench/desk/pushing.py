"""From decisions to plans: what can be written, what is handed over, what is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.desk.comparing import Comparing
from workbench.domain.errors import PlanRefused
from workbench.domain.frames import frame_of
from workbench.domain.records import Entry, Plan, Values
from workbench.domain.taking_back import Kind, all_of_client, all_of_pattern, taken_back
from workbench.flow.asking import ask_sealed
from workbench.flow.handing_over import HandedOver, hand_over, how_it_stands, write_again
from workbench.flow.sealing import seal
from workbench.reconcile.arrivals import STANDING
from workbench.reconcile.handover import parts
from workbench.reconcile.plan import plan
from workbench.reconcile.state import Carried, State
from workbench.reconcile.undoing import current_values, undo, written
from workbench.review.click_sheets import click_sheets
from workbench.review.words import moment


class Pushing(Comparing):
    """From decisions to plans: what can be written, what is handed over, what is taken back."""

    def plan(self, decisions: pd.DataFrame | None = None) -> Plan:
        """Give the plan that the decisions in force make, or only these of them: what can be written."""
        return self._parts(decisions)[0]

    def handover_plan(self, decisions: pd.DataFrame | None = None) -> Plan:
        """Give what the decisions in force ask of a side whose connection cannot write."""
        return self._parts(decisions)[1]

    def _parts(self, decisions: pd.DataFrame | None = None) -> tuple[Plan, Plan]:
        facts, state, tenants = self._firm.facts(), self._firm.state(), self._tenants(None)
        whole = plan(
            self.differences_shown(),
            self.decisions() if decisions is None else decisions,
            facts=facts,
            concluded=state.concluded,
            tenants=tenants,
            clients=self.clients(),
        )
        return parts(whole, facts, links=state.link_of, tenants=tenants)

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

    def undo_plan(
        self, undoes: str | None = None, *, client: str | None = None, act: str | None = None
    ) -> Plan:
        """Give the plan that takes back what a run, of a client, or by one act was written.

        `undoes` is a run's id, or what `workbench.domain.taking_back` makes of a client or an act.
        """
        state = self._firm.state()
        undoes = undoes or (all_of_client(client) if client else all_of_pattern(act) if act else None)
        named: dict[Kind, str | None] = {"run_id": None, "client": client, "act": act}
        named |= [taken_back(undoes)] if undoes else []
        carried = written(state, **named)
        return undo(
            carried,
            self.values_now(carried),
            run_id=undoes,
            facts=self._firm.facts(),
            links=state.links(),
            tenants=self._tenants(undoes),
            clients=self.clients(),
        )

    def values_now(self, carried: Sequence[Carried]) -> Mapping[Any, Values]:
        """Give what the resources of some operations hold, as far as is known now."""
        clients = self.clients()
        return current_values([each.effect for each in carried], clients) if clients else {}

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
