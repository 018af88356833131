"""WorkflowMax by BlueRock behind the port: of XPM's ancestry, with its own sign-in and account header.

What is known of it comes from public clients of its API: the same ``client.api`` in XML, lists paged by
number, the account named by a header, and neither tax fields nor business structures. It has no account for
tests, so the sandbox stands for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from workbench.domain.errors import NotUnderstood, Refused
from workbench.domain.records import Answer, Parsed
from workbench.systems.port import Progress, silent
from workbench.systems.wire import Reply
from workbench.systems.xpm import Xpm
from workbench.systems.xpm_codec import decode

_PAGE: Final = 100


class WorkflowMax(Xpm):
    """The account's clients in WorkflowMax, which takes the place of XPM."""

    name = "WorkflowMax"
    _writing = frozenset({"workflowmax"})
    _labelling = frozenset()  # whether it tells custom fields is not known

    def pull(self, progress: Progress = silent) -> Iterator[Answer]:
        """Fetch all clients, a page at a time, as many as the service says there are."""
        done, page = 0, 1
        while True:
            query = {"detailed": "true", "page": str(page), "pagesize": str(_PAGE)}
            answer, count, total = self._wire.read_as(self._page, "client.api/list", query, self._headers())
            done += count
            progress(done, total, "WorkflowMax: clients")
            yield answer
            if done >= total or not count:
                return
            page += 1

    def parse(self, answers: Iterable[Answer], only: Collection[str] | None = None) -> Parsed:
        """Read kept answers into frames; a list is whole once as many came as the service said."""
        kept = list(answers)
        parsed = super().parse(kept, only)
        listed = [self._told(answer) for answer in kept if answer.resource == "clients"]
        counts, totals = [count for count, _ in listed], [total for _, total in listed]
        whole = bool(totals) and sum(counts) >= totals[-1]
        return replace(parsed, expected=totals[-1] if totals else parsed.expected, complete=whole)

    def _page(self, reply: Reply) -> tuple[Answer, int, int]:
        answer = self._answer(self._checked(reply), "clients")
        return answer, *self._told(answer)

    @staticmethod
    def _told(answer: Answer) -> tuple[int, int]:
        """Give how many clients an answer holds, and how many the service says there are."""
        count, total = 0, None
        for name, value in decode(answer.media_type, answer.body):
            count += name == "clients"
            if name == "totalRecords" and str(value).isdecimal():
                total = int(value)
        if total is None:
            raise NotUnderstood("WorkflowMax' answer does not say how many clients there are.", "Try again.")
        return count, total

    def touch(self) -> None:
        """Ask for one client, so that permissions and limits show."""
        self._wire.read_as(self._page, "client.api/list", {"page": "1", "pagesize": "1"}, self._headers())

    def relate(self, client_id: str, party_id: str, role: str, since: str | None) -> None:
        """Refuse: nothing is known of how relationships are added there."""
        raise Refused("WorkflowMax takes no relationships from here.", "Add it there by hand.")

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/xml, text/xml", "account_id": self.tenant().id}
