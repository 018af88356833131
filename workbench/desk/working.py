"""What is going on, and what is asked of the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from workbench.desk.standing import Standing
from workbench.domain.fields import SIDES, Side
from workbench.flow.asking import ask, stop, waits_for, worker_alive
from workbench.flow.custom_fields import forecast
from workbench.flow.exports import ExportTold, confirm_columns, files_of, told_export
from workbench.flow.prompts import answer_prompt, open_prompt
from workbench.ledger.book import Progress
from workbench.reconcile.state import Request, State
from workbench.review.desk import Prompted, Pulse, Work

RECENT_WORKS = 5
_SIGNED_OUT = ("SignInNeeded", "NoTenant")


class Working(Standing):
    """What is going on, and what is asked of the worker."""

    def pulse(self) -> Pulse:
        """Say what is going on; answers within milliseconds."""
        state = self._firm.state()
        recent = [request for request in state.requests.values() if not request.args.get("quiet")][::-1]
        ended = [request for request in recent if request.state == "ended"]
        shown = [*(request for request in recent if request.state != "ended"), *ended[:RECENT_WORKS]]
        alive = worker_alive(self._firm) if self.served else True
        told = all(request.state == "ended" and request.message for request in shown)
        news = {} if told else self._firm.book.progress()
        works = tuple(self._work(state, request, news.get(request.request_id)) for request in shown)
        return Pulse(state.seq, works, alive, self._asked() if len(ended) < len(recent) else None)

    def _asked(self) -> Prompted | None:
        """Give what signing in asks, to an administrator."""
        prompt = open_prompt(self._firm.folder) if self._firm.who.may("administer") else None
        if prompt is None:
            return None
        return Prompted(prompt.prompt_id, prompt.system, prompt.address, prompt.choices or {})

    @staticmethod
    def _work(state: State, request: Request, news: Progress | None) -> Work:
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
            request.state != "ended" and request.stop_asked,
        )

    def ask_connect(self) -> str:
        """Ask for a sign-in by whoever looks, in a browser that may be anywhere; gives the request's id."""
        return ask(self._firm, "connect", {"elsewhere": True})

    def answer_prompt(self, prompt_id: str, answer: str) -> None:
        """Answer what signing in asked; the answer goes to the worker alone, and is kept nowhere."""
        answer_prompt(self._firm.folder, prompt_id, answer)

    def exports_told(self) -> list[ExportTold]:
        """Say of each side that is reached by files how its newest export would be read."""
        sides = [side for side in SIDES if self._firm.settings.side(side).access == "files"]
        return [self._export_told(side) for side in sides]

    def _export_told(self, side: Side) -> ExportTold:
        version = files_of(self._firm, side).version()
        return self._once(f"export {side}", version, lambda: told_export(self._firm, side))

    def confirm_columns(self, side: Side, columns: Mapping[str, str], month_first: bool) -> str:
        """Keep what each column of a side's newest export is, as it was shown or changed."""
        return confirm_columns(self._firm, side, columns, month_first=month_first)

    def ask_pull(self) -> str:
        """Ask for a pull of both sides."""
        return ask(self._firm, "pull", {})

    def custom_fields_cost(self) -> tuple[str, int] | None:
        """Say what reading custom fields costs; None where none is chosen, or nothing has been pulled."""
        ours = self._firm.settings.xpm
        if not ours.custom_fields or ours.access != "api" or self._firm.clients() is None:
            return None
        cost = forecast(self._firm)
        return cost.words, cost.calls

    def ask_custom_fields(self, calls: int) -> str:
        """Ask for custom fields of those that were not read yet, at most as many calls as were shown."""
        return ask(self._firm, "custom_fields", {"calls": calls, "scope": "", "anew": False})

    def ask_refresh(self, link_id: str) -> str:
        """Ask for a fresh look at one linked client on both sides."""
        return ask(self._firm, "refresh", {"link_ids": [link_id]})

    def stop(self, request_id: str) -> None:
        """Ask running work to stop after the present step."""
        stop(self._firm, request_id)


def _how_it_stands(request: Request) -> Literal["queued", "running", "done", "failed", "stopped"]:
    if request.state != "ended":
        return "running" if request.state == "taken" else "queued"
    if request.ok:
        return "done"
    return "stopped" if request.stop_asked else "failed"
