"""One firm's folder, open: settings, ledger, snapshots and connections, and what they say now."""

from __future__ import annotations

import os
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.domain.clock import Clock
from workbench.domain.errors import Overtaken, WorkbenchError
from workbench.domain.fields import CONNECTWORKS, SIDES, XPM, Side
from workbench.domain.frames import Clients
from workbench.domain.people import AccessSettings, Identity, Person
from workbench.domain.records import Entry, Facts, Parsed, Quota
from workbench.domain.settings import CompareSettings, Settings
from workbench.flow.overlay import labelled, laid_over
from workbench.flow.passes import SERVED, whoever_looks
from workbench.flow.settings_file import SettingsFile
from workbench.flow.watching import UNATTENDED
from workbench.ledger.book import Book
from workbench.ledger.chain import Head, Verification
from workbench.ledger.projection import Projection
from workbench.ledger.run_records import RunRecords
from workbench.ledger.snapshots import Snapshots
from workbench.reconcile.state import Pull, State
from workbench.systems.clock import RealClock
from workbench.systems.files import TENANT as FILES
from workbench.systems.open import Connections, open_systems
from workbench.systems.pace import day_of
from workbench.systems.port import WRITE_LINKS
from workbench.systems.vault import Vault, open_vault
from workbench.systems.xpm import Xpm

_IDS: Final = ("link_id", "connectworks_id", "xpm_id")

DAY_QUOTA = "quota"


class Firm:
    """Everything of one firm that outlives a process, and the connections that do not.

    Parameters
    ----------
    folder : Path
        Holds ``firm.toml``; ledger, snapshots and locks are made beside it.
    clock : Clock, optional
        By default the machine's own.
    show : callable, optional
        Opens a sign-in page for a person; by default the browser does.
    identity : Identity, optional
        Who came in; by default whoever the page was opened for, or whose account on this machine it is.

    Raises
    ------
    BadSettings
        If there is no usable ``firm.toml``.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock | None = None,
        show: Callable[[str], object] | None = None,
        identity: Identity | None = None,
    ) -> None:
        self.folder = folder
        self.clock = clock or RealClock()
        self.show = show or _open_browser
        self._file = SettingsFile(folder)
        self._file.now()  # a firm without usable settings is not opened
        self.served = os.environ.get(SERVED) == "1"
        self._identity = identity
        self.unattended = os.environ.get(UNATTENDED) == "1"  # nobody is there to sign in
        self.book = Book(folder / "ledger.sqlite", self.clock.now)
        self.snapshots = Snapshots(folder / "snapshots")
        self.run_records = RunRecords(folder / "runs")
        self.trouble: WorkbenchError | None = None  # why the worker in this process stopped, if it did
        self.working, self.at_work = threading.Lock(), False  # whether a thread of this process is the worker
        self._came: set[str] = set()
        self._projection = Projection(self.book)
        self._laying = threading.RLock()
        self._still = threading.local()
        self._pulled: dict[Side, tuple[str, Parsed]] = {}
        self._labels: dict[str, tuple[str, ...]] = {}
        self._clients: tuple[object, Clients] | None = None
        self._connections: Connections | None = None
        self._stands_on: tuple[object, ...] | None = None  # None: they were given, and stay
        self._vault: tuple[str, Vault] | None = None

    @property
    def identity(self) -> Identity:
        """Who came in; a page's kernel that was warmed up for nobody yet learns it when somebody comes."""
        return self._identity or whoever_looks()

    @property
    def settings(self) -> Settings:
        """All settings, as firm.toml says now: what an administrator changes counts at once."""
        return self._file.now()

    def hold(self, settings: Settings) -> None:
        """Stand on these settings from now on, whatever the file says."""
        self._file.hold(settings)

    @property
    def access(self) -> AccessSettings:
        """Who may do what, as firm.toml says now: what an administrator changes counts at once."""
        return self.settings.access

    @property
    def comparing(self) -> CompareSettings:
        """What comparing needs, as firm.toml says now: a rule that is written there counts at once."""
        return self.settings.compare

    @property
    def who(self) -> Person:
        """Who looks, with what they may do; that somebody came to a page is written down."""
        who = self.access.person(self.identity)
        if self.served and who.key not in self._came:
            self._came.add(who.key)
            self.book.append([Entry("visited", {})], who.key)
        return who

    @property
    def person(self) -> str:
        """What the ledger calls whoever looks."""
        return self.who.key

    @property
    def connections(self) -> Connections:
        """The two systems, as the settings have them now; signing in happens when they are first asked."""
        now = self.settings
        stands_on = (now.firm.home_country, now.connectworks, now.xpm, now.vault, now.sandbox_speed)
        with self._laying:
            if self._connections is None or self._stands_on not in (None, stands_on):
                self._connections = self._opened(now)
                self._stands_on = stands_on
                self._pulled, self._clients = {}, None  # what was read is read as the settings say now
            return self._connections

    @connections.setter
    def connections(self, opened: Connections) -> None:
        self._connections, self._stands_on = opened, None

    def _opened(self, settings: Settings) -> Connections:
        if self._vault is None or self._vault[0] != settings.vault:
            self._vault = (settings.vault, open_vault(settings, self.folder))
        opened = open_systems(settings, self._vault[1], self.clock, self.folder)
        opened.system[XPM].remember(self.quota())
        return opened

    def append(self, entries: Sequence[Entry], by: str | None = None) -> list[int]:
        """Write entries into the ledger, all or none, and give their sequence numbers."""
        return self.book.append(entries, by or self.person)

    def decide(self, entries_of: Callable[[State], Sequence[Entry]]) -> list[int]:
        """Write entries that only hold for the state that they were judged by.

        Parameters
        ----------
        entries_of : callable
            Gives the entries for a state, or raises; asked again when somebody else wrote meanwhile.
        """
        while True:
            state = self.state()
            try:
                return self.book.append(entries_of(state), self.person, after=state.seq)
            except Overtaken:
                continue

    def state(self) -> State:
        """Give what the whole ledger adds up to, as of now."""
        still: State | None = getattr(self._still, "state", None)
        return self._projection.state() if still is None else still

    @contextmanager
    def still(self) -> Iterator[None]:
        """Stand on the state as it is now, in this thread: what is put together then is of one moment.

        Within a moment nothing but that moment can be stood on.
        """
        if getattr(self._still, "state", None) is not None:
            yield
            return
        self._still.state = self._projection.state()
        try:
            yield
        finally:
            self._still.state = None

    @property
    def began(self) -> int:
        """Where the ledger stood when its values were first read (as `Projection.began`)."""
        return self._projection.began

    def rebuild(self, tell: Callable[[int], object] = lambda seq: None) -> State:
        """Fold the whole ledger again, believing nothing that was kept of it (as `Projection.rebuild`)."""
        return self._projection.rebuild(tell)

    def verify(self, expected: Head | None = None) -> Verification:
        """Check the whole ledger, and what is kept of it beside the chain (as `Projection.verify`)."""
        return self._projection.verify(expected)

    def verified(self) -> Verification:
        """Check what was not yet verified in this process (as `Projection.verified`)."""
        return self._projection.verified()

    def as_written(self, client: str) -> str:
        """Give the id of a client or link as it stands here, should it be typed in the other letter case."""
        clients, pairs = self.clients(), self.book.events(kinds={"linked", "unlinked", "rejected"})
        known = {each for side in SIDES if clients for each in clients.side(side)["client_id"]}
        known.update(str(e.body[name]) for e in pairs for name in _IDS if name in e.body)
        return client if client in known else next((i for i in known if i.lower() == client.lower()), client)

    def clients(self) -> Clients | None:
        """Give both sides' clients: the last whole pull with later looks laid over; None before a pull.

        Custom fields are as they were read last.
        """
        state = self.state()
        pulls = {side: pull for side in SIDES if (pull := self._base(state, side)) is not None}
        if len(pulls) < len(SIDES):
            return None
        looks = {side: state.looks(side) for side in SIDES}
        seen = ((state.pulls[side].seq, pulls[side].seq, *looks[side].values()) for side in SIDES)
        labels = (len(state.labelled), next(reversed(state.labelled.items()), None))
        key = (*seen, *labels, self.settings.xpm.custom_fields)
        with self._laying:
            _ = self.connections  # settings that read otherwise let go of what was read before
            if self._clients is None or self._clients[0] != key:
                self._clients = (key, self._laid_over(state, pulls, looks))
            return self._clients[1]

    def _laid_over(
        self, state: State, pulls: Mapping[Side, Pull], looks: Mapping[Side, Mapping[str, str]]
    ) -> Clients:
        parts = {side: self._side(side, pulls[side].snapshot, looks[side]) for side in SIDES}
        return Clients(
            connectworks=parts[CONNECTWORKS].clients,
            xpm=self._labelled(parts[XPM].clients, state),
            memberships=pd.concat([parts[side].memberships for side in SIDES], ignore_index=True),
            incomplete={s: _incomplete(state, s) for s, pull in state.pulls.items() if not pull.complete},
            pulled_at={side: pulls[side].at for side in SIDES},
            told={side: told for side in SIDES if (told := parts[side].told) is not None},
        )

    def _labelled(self, clients: pd.DataFrame, state: State) -> pd.DataFrame:
        """Lay custom fields over XPM's clients, where its connection can tell them at all."""
        system = self.connections.system[XPM]
        if not isinstance(system, Xpm):
            return clients

        def read(look: str) -> tuple[str, ...]:
            if look not in self._labels:
                kept = self.snapshots.look_path(look).exists()  # else it was purged by its age
                self._labels[look] = system.labels(self.snapshots.read_look(look)) if kept else ()
            return self._labels[look]

        return labelled(clients, state.labelled, self.settings.xpm.custom_fields, read)

    def _side(self, side: Side, snapshot: str, looks: Mapping[str, str]) -> Parsed:
        system = self.connections.system[side]
        if self._pulled.get(side, ("",))[0] != snapshot:
            self._pulled[side] = (snapshot, system.parse(self.snapshots.read(snapshot)))
        base = self._pulled[side][1]
        if not looks:
            return base
        return laid_over(base, system.parse([self.snapshots.read_look(look) for look in looks.values()]))

    def reads(self, side: Side, tenant_id: str) -> bool:
        """Tell whether what was pulled then is of the kind that a side sends now: an API's, or files'."""
        return (tenant_id == FILES) == (self.settings.side(side).access == "files")

    def _base(self, state: State, side: Side) -> Pull | None:
        """Choose the pull to stand on: the last whole one; a cut one only where there never was a whole one.

        A side that is reached in another way since has to be pulled anew: its records have other ids.
        """
        pull = state.whole_pulls.get(side) or state.pulls.get(side)
        usable = pull is not None and pull.snapshot and self.reads(side, pull.tenant_id)
        return pull if usable else None

    def facts(self) -> Facts:
        """Give what a plan is judged by, as the worker last recorded it."""
        state = self.state()
        connected = state.connected
        abilities = {side: connection.abilities for side, connection in connected.items()}
        whole = len(state.pulls) == len(SIDES) and all(pull.complete for pull in state.pulls.values())
        return Facts(
            links=len(state.linked),
            pull_complete=whole,
            tenants={side: connection.tenant_id for side, connection in connected.items()},
            abilities=abilities,
            quota=self.quota(),
            calls_per_min=round(self.settings.xpm.calls_per_min * (self.settings.sandbox_speed or 1)),
            linked_here_only=WRITE_LINKS not in abilities.get(CONNECTWORKS, frozenset()),
            practice=connected[XPM].tenant_name if XPM in connected else self.settings.firm.name,
        )

    def data_tenants(self) -> dict[str, str]:
        """Give whose data the clients are: side to the tenant's id, as it was when they were pulled."""
        state = self.state()
        return {side: pull.tenant_id for side in SIDES if (pull := self._base(state, side)) is not None}

    def note_quota(self) -> None:
        """Write down how many calls XPM's last answer left for today, for those who hold no connection."""
        day_left = self.connections.system[XPM].quota().day_left
        if day_left is not None:
            self.book.set_progress(DAY_QUOTA, day_left, self.settings.xpm.calls_per_day, "", None)

    def quota(self) -> Quota:
        """Give XPM's limits as the worker last saw them; what was left on an earlier day says nothing now."""
        kept = self.book.progress().get(DAY_QUOTA)
        if kept is None:
            return Quota()
        today = day_of(datetime.fromisoformat(kept.at)) == day_of(self.clock.now())
        return Quota(day_left=kept.done) if today else Quota(outdated=True)


def _open_browser(address: str) -> None:
    if not webbrowser.open(address):
        print(f"Open this page in a browser to sign in: {address}")


def _incomplete(state: State, side: str) -> str:
    """Say why a side's last pull cannot be trusted to be whole, and what is shown instead."""
    shown = (
        " What is shown is the last whole pull, and what was seen since." if side in state.whole_pulls else ""
    )
    return state.pulls[side].reason + shown
