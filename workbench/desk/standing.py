"""What stands in a firm's memory: the ground that every part of the desk shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock, RLock
from typing import Any

import pandas as pd

from workbench.domain.errors import BadInput
from workbench.domain.fields import Side
from workbench.domain.frames import CHECKS, TEXT, Clients, frame_of, link_id
from workbench.domain.progress import Hearers, Tell, nobody
from workbench.domain.records import Entry
from workbench.domain.settings import Settings
from workbench.flow.firm import Firm
from workbench.reconcile.check import check
from workbench.reconcile.normalise.text import fold
from workbench.reconcile.relinked import relinked

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


class Standing:
    """What stands in a firm's memory: the ground that every part of the desk shares."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._kept: dict[str, tuple[Any, Any]] = {}
        self._making: dict[str, RLock] = {}
        self._counting = Lock()
        self._checking = Hearers()
        self._seen: Clients | None = None
        self._version = 0
        self.served = firm.served
        self.notice = _notice(firm.settings)

    @property
    def name(self) -> str:
        """What the firm is called."""
        return self._firm.settings.firm.name

    @property
    def time_zone(self) -> str:
        """IANA name of the zone in which times are shown."""
        return self._firm.settings.firm.time_zone

    @property
    def link_at(self) -> float:
        """Match probability from which pairs are suggested as links."""
        return self._firm.settings.link.line

    @property
    def person(self) -> str:
        """What whoever looks is called."""
        return self._firm.person

    def _once(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        """Compute a thing once for each state of what it is computed from, whichever threads ask for it."""
        with self._making.setdefault(name, RLock()):
            known = self._kept.get(name)
            if known is None or known[0] != key:
                known = self._kept[name] = (key, make())
            return known[1]

    def at_hand(self, what: str) -> bool:
        """Tell whether ``checks``, ``candidates`` or ``differences`` were reckoned before."""
        return what in self._kept

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
        with self._counting:
            if clients is not self._seen:
                self._seen, self._version = clients, self._version + 1
            return self._version

    def _pulls_key(self) -> Any:
        """Stand for the last pulls: whole sides are not looked over again for every refreshed client."""
        return tuple((side, pull.seq) for side, pull in sorted(self._firm.state().pulls.items()))

    def names(self) -> dict[str, str]:
        """Give each client's name by its id."""
        clients = self.clients()
        if clients is None:
            return {}
        both = pd.concat([clients.xpm, clients.connectworks])
        return dict(zip(both["client_id"], both["legal_name"].fillna("(no name)"), strict=True))

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

    def decisions(self) -> pd.DataFrame:
        """Give the choices in force."""
        return self._firm.state().decisions()

    def choices(self) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
        """Give the choices in force by (link_id, field), as the ledger holds them."""
        return self._firm.state().choices

    def compared_at(self) -> pd.Series:
        """Give when each link was last refreshed or compared."""
        return self._firm.state().compared_at()

    def checks(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give what stands out in the data itself, and links that Connectworks holds otherwise than we do.

        `tell` hears how far that is.
        """
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), CHECKS)
        with self._checking.hearing(tell):
            found = self._once("checks", self._pulls_key(), lambda: check(clients, self._checking.tell))
        key = (self._clients_key(), state.linked, state.wishes, state.refused_pairs)
        links = self._once("relinked", key, lambda: relinked(clients, state))
        return pd.concat([found, links], ignore_index=True) if len(links) else found

    def find(self, side: Side, text: str, limit: int = 50) -> pd.DataFrame:
        """Search one side's clients by name, reference or number; an empty text gives all up to the limit."""
        clients = self.pulled_clients()
        frame = clients.side(side)
        words = fold(text).split()
        if words:
            folded = self._once(f"find {side}", self._clients_key(), lambda: _searchable(frame))
            frame = frame.loc[[all(word in whole for word in words) for whole in folded]]
        return frame.head(limit).reset_index(drop=True)

    def _tenants(self, undoes: str | None) -> Mapping[str, str]:
        """Give whose data a plan is made from: what was pulled, or what a run wrote."""
        run = self._firm.state().runs.get(undoes or "")
        return run.tenants if run else self._firm.data_tenants()


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


def _searchable(frame: pd.DataFrame) -> list[str]:
    """Give one folded text per client: names, reference and numbers (never a tax number)."""
    columns = [frame[column].fillna("").tolist() for column in _SEARCHED]
    return [fold(" ".join(row)) for row in zip(*columns, strict=True)]


def pairs_of(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Give a frame's pairs of (connectworks_id, xpm_id)."""
    return list(zip(frame["connectworks_id"], frame["xpm_id"], strict=True))


def sampled(act: str, sample: Sequence[str], taken: set[str], count: int) -> Entry:
    """Write down which links were looked at before a bulk act; those that it left out were found wrong."""
    wrong = [link for link in sample if link not in taken]
    return Entry("sampled", {"act": act, "shown": list(sample), "wrong": wrong, "of": count})


def pair_entry(kind: str, pair: tuple[str, str], how: str, act: str | None = None) -> Entry:
    """Write down what was said of a pair of clients."""
    link = link_id(*pair)
    body = {"link_id": link, "connectworks_id": pair[0], "xpm_id": pair[1], "how": how, "act": act}
    return Entry(kind, body, subject=link)
