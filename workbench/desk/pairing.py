"""Who is who: candidates, links, what stands twice, and who has no counterpart."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from workbench.desk.standing import Standing, pair_entry, pairs_of, sampled
from workbench.domain.errors import BadInput
from workbench.domain.fields import CONNECTWORKS, SIDE_LABELS, XPM, Side
from workbench.domain.frames import CANDIDATES, frame_of, link_id
from workbench.domain.progress import Hearers, Tell, nobody
from workbench.domain.records import Entry
from workbench.flow.asking import ask, worker_alive
from workbench.flow.firm import Firm
from workbench.flow.newcomers import ask_create
from workbench.reconcile.creating import BY_HAND, Draft, draft
from workbench.reconcile.creations import contacts_made
from workbench.reconcile.keeping import advised
from workbench.reconcile.link import link as link_candidates
from workbench.reconcile.link.duplicates import duplicates
from workbench.reconcile.link.line import moved_line
from workbench.reconcile.link.why_not import Linking, WhyNot
from workbench.reconcile.stale import STALE, stale_links
from workbench.reconcile.state import State
from workbench.reconcile.unmatched import UNMATCHED, unmatched
from workbench.systems.port import CREATE

MOST_REFRESHED = 5


class Pairing(Standing):
    """Who is who: candidates, links, what stands twice, and who has no counterpart."""

    def __init__(self, firm: Firm) -> None:
        super().__init__(firm)
        self._linking = Hearers()

    def candidates(self, tell: Tell = nobody) -> pd.DataFrame:
        """Give link candidates that nobody has decided on yet; `tell` hears how far that is."""
        clients = self.clients()
        if clients is None:
            return frame_of((), CANDIDATES)
        state = self._firm.state()
        links, rejected = state.links(), state.rejected()

        def linked() -> pd.DataFrame:
            self._linking.tell(0.0)  # who has asked to stop while another one linked begins nothing
            return link_candidates(
                clients.connectworks,
                clients.xpm,
                settings=self._firm.settings.link,
                links=links,
                rejected=rejected,
                tell=self._linking.tell,
            )

        with self._linking.hearing(tell):
            found = self._once("candidates", (self._pulls_key(), self._firm.settings.link), linked)
        taken = found["connectworks_id"].isin(links["connectworks_id"]) | found["xpm_id"].isin(
            links["xpm_id"]
        )
        refused = pd.Series(pairs_of(found), index=found.index).isin(set(pairs_of(rejected)))
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
        clients = self.pulled_clients()
        state = self._firm.state()
        links, rejected = state.links(), state.rejected()
        key = (
            self._clients_key(),
            tuple(pairs_of(links)),
            tuple(pairs_of(rejected)),
            self._firm.settings.link,
        )
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
            linked = [pair_entry("linked", pair, how, act=act) for pair in fresh]
            shown = sampled(act, [link_id(*p) for p in sample], {link_id(*p) for p in pairs}, len(fresh))
            return [*linked, *([shown] if fresh and sample else [])]

        self._firm.decide(entries)
        self._refresh_quietly([link_id(*pair) for pair in pairs])

    def _refresh_quietly(self, link_ids: Sequence[str]) -> None:
        """Have a few clients looked at again where a worker is there; a band is as fresh as its pull."""
        if len(link_ids) <= MOST_REFRESHED and worker_alive(self._firm):
            ask(self._firm, "refresh", {"link_ids": list(link_ids), "quiet": True}, work_here=False)

    def reject(self, pairs: Sequence[tuple[str, str]], how: str) -> None:
        """Say that these pairs are not the same client."""
        self._firm.append([pair_entry("rejected", pair, how) for pair in pairs])

    def unreject(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take rejections back."""
        self._firm.append([pair_entry("unrejected", pair, "tick") for pair in pairs])

    def unlink(self, link_ids: Sequence[str]) -> None:
        """Part linked clients."""

        def entries(state: State) -> list[Entry]:
            rows = [state.linked[link] for link in link_ids if link in state.linked]
            pairs = [(str(row["connectworks_id"]), str(row["xpm_id"])) for row in rows]
            return [pair_entry("unlinked", pair, "tick") for pair in pairs]

        self._firm.decide(entries)

    def duplicates(self) -> pd.DataFrame:
        """Give the records that seem to stand twice within one side, and which of two to keep."""
        clients, state = self.pulled_clients(), self._firm.state()
        found = self._once("duplicates", self._pulls_key(), lambda: duplicates(clients))
        return advised(found, clients, state.links())

    def stale_links(self) -> pd.DataFrame:
        """Give the links that point at nobody any more, each with where it should point, and why."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), STALE)
        key = (self._clients_key(), state.linked)
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
                moved += [pair_entry("unlinked", old, "repointed"), pair_entry("linked", pair, "repointed")]
            return moved

        self._firm.decide(entries)

    def unmatched(self) -> pd.DataFrame:
        """Give the clients without a counterpart, each with the reason; none before the first pull."""
        clients, state = self.clients(), self._firm.state()
        if clients is None:
            return frame_of((), UNMATCHED)
        key = (self._clients_key(), state.linked, state.refused_pairs, self._firm.settings.link)
        return self._once(
            "unmatched",
            key,
            lambda: unmatched(clients, state.links(), self.candidates(), state.rejected()),
        )

    def draft(self, side: Side, source_id: str) -> Draft:
        """Give the record that a client of the other side would get on this one, field by field."""
        clients, state = self.pulled_clients(), self._firm.state()
        pulled = state.whole_pulls.get(side) or state.pulls.get(side)
        drafted = draft(
            clients,
            side,
            source_id,
            links=state.links(),
            candidates=self.candidates(),
            home_country=self._firm.settings.firm.home_country,
            contacts_made=contacts_made(state.creations.values(), side, pulled.at if pulled else ""),
        )
        if CREATE in self._firm.facts().abilities.get(side, frozenset()):
            return drafted
        return replace(drafted, warnings=(*drafted.warnings, BY_HAND.format(there=SIDE_LABELS[side])))

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
