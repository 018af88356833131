"""Consent: how a person lets Workbench into a service, and how that is kept alive and taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from filelock import FileLock

from workbench.domain.clock import Clock
from workbench.domain.errors import NoTenant, NotUnderstood, SignInNeeded, Unreachable
from workbench.domain.fields import Side
from workbench.domain.records import Tenant
from workbench.systems.issuer import Begun, Issuer, Registration, Tokens, Withdrawn
from workbench.systems.loopback import hear_one_request
from workbench.systems.vault import Vault
from workbench.systems.wire import Transport

# Xero keeps the previous refresh token alive so long, for answers that got lost.
_GRACE_S: Final = 30 * 60
_LEEWAY_S: Final = 60


@dataclass(frozen=True, slots=True)
class _Grant:
    """What is kept of a consent."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: float
    scope: str
    person: str | None
    previous: str | None = field(default=None, repr=False)
    previous_until: float = 0.0
    tenant_id: str | None = None
    tenant_name: str = ""

    def lasts(self, now: float, rejected: str | None) -> bool:
        """Say whether the access token is worth using."""
        return self.access != rejected and self.expires_at - now > _LEEWAY_S


class Consent:
    """One side's consent: asked for, kept, refreshed, withdrawn. Safe to share between threads.

    Parameters
    ----------
    known_as : Registration
        Where the sign-in lives and how this application is known there.
    vault : Vault
        Where tokens are kept.
    clock : Clock
        What tells when a token has expired.
    folder : Path
        The firm's folder; a lock file there keeps processes from refreshing at once.
    tenant_id : str, optional
        The practice that the firm's settings name.
    transport : Transport, optional
        What carries the requests, by default the network.
    """

    def __init__(
        self,
        known_as: Registration,
        vault: Vault,
        clock: Clock,
        folder: Path,
        *,
        tenant_id: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.side: Side = known_as.side
        self._issuer = Issuer(known_as, clock, transport)
        self._redirect_uri = known_as.redirect_uri
        self._vault = vault
        self._clock = clock
        self._tenant_id = tenant_id
        self._begun: dict[str, Begun] = {}
        self._known: _Grant | None = None
        self._lock = threading.RLock()
        self._process_lock = FileLock(str(folder / f"{known_as.side}.sign-in.lock"), mode=0o600)

    def begin(self) -> Begun:
        """Start a sign-in; several may wait at once.

        Returns
        -------
        Begun
            Holds the address to open in a browser.
        """
        self._vault.get(self.side)  # a vault that stays shut refuses before anybody is asked to sign in
        begun = self._issuer.begin()
        self._begun[begun.state] = begun
        return begun

    def finish(self, address: str) -> None:
        """Finish a sign-in with the address to which the service sent the browser.

        Where exactly one practice is offered, it is chosen.

        Parameters
        ----------
        address : str
            The whole address, as it stands in the browser (also pasted by hand).

        Raises
        ------
        SignInNeeded
            If access was refused, or the address is not of a sign-in begun here.
        NoTenant
            If signed in, but no practice was offered (XPM).
        """
        answer = self._issuer.answer(address)
        begun = self._begun.pop(answer["state"], None)
        if begun is None:
            raise SignInNeeded(
                "This answer belongs to another sign-in, or was used before.", "Connect again from here."
            )
        if "error" in answer:
            raise self._not_granted(answer["error"])
        tokens = self._issuer.exchange(answer["code"], begun.verifier)
        with self._lock, self._process_lock:
            self._keep(self._grant_of(tokens))
        self.choose_the_only_one()

    def listen(
        self,
        show: Callable[[str], object],
        timeout_s: float = 180.0,
        pasted: Callable[[], str | None] | None = None,
        begun: Begun | None = None,
        *,
        elsewhere: bool = False,
    ) -> None:
        """Sign in by a browser: show the address, hear the answer or take it as pasted, finish.

        Parameters
        ----------
        show : callable
            Called with the address to open.
        timeout_s : float
            How long to wait for the person.
        pasted : callable, optional
            As `loopback.hear_one_request` asks it.
        begun : Begun, optional
            A sign-in that was begun already, whose address somebody else shows too.
        elsewhere : bool
            Whether the browser is on another machine.

        Raises
        ------
        SignInNeeded
            If no answer came in time, or as `finish` says.
        """
        begun = begun or self.begin()
        address = hear_one_request(
            self._redirect_uri, lambda: show(begun.url), timeout_s, pasted, elsewhere=elsewhere
        )
        if address is None:
            raise SignInNeeded(f"Nobody signed in to {self._issuer.name} in time.", "Connect again.")
        self.finish(address)

    def signed_in(self) -> bool:
        """Say whether a consent is kept here (it may have been withdrawn over there)."""
        return self._stored() is not None

    def tenants(self) -> list[Tenant]:
        """List the practices that the person let us into; never ledgers. Empty for Connectworks.

        Raises
        ------
        SignInNeeded
            If there is no consent.
        """
        person = self.person()
        return [Tenant(id, name, person) for id, name in self._issuer.practices(self)]

    def choose(self, tenant_id: str) -> Tenant:
        """Choose the practice to work with.

        Raises
        ------
        NoTenant
            If it is not among those offered.
        """
        chosen = next((tenant for tenant in self.tenants() if tenant.id == tenant_id), None)
        if chosen is None:
            raise NoTenant(
                f"The practice {tenant_id} is not among those which {self._issuer.name} offers.",
                "Choose one of those, or sign in as somebody who may use it.",
            )
        with self._lock, self._process_lock:
            self._keep(replace(self._needed(), tenant_id=chosen.id, tenant_name=chosen.name))
        return chosen

    def choose_the_only_one(self) -> list[Tenant]:
        """Choose the practice where just one is offered.

        Returns
        -------
        list of Tenant
            All that are offered; empty where the service has no practices.

        Raises
        ------
        NoTenant
            If none is offered.
        """
        if not self._issuer.known_as.offers_practices:
            return []
        offered = self.tenants()
        if not offered:
            raise NoTenant(
                f"{self._issuer.name} offered no practice.",
                "Ask for “Connect third-party add-ons” to be switched on for you there, then connect again.",
            )
        if len(offered) == 1:
            self.choose(offered[0].id)
        return offered

    def tenant(self) -> Tenant:
        """Say which practice is worked with.

        Raises
        ------
        SignInNeeded
            If there is no consent.
        NoTenant
            If none was chosen.
        """
        grant = self._known or self._needed()
        if self._tenant_id not in (None, grant.tenant_id):
            return self.choose(str(self._tenant_id))
        if grant.tenant_id is None:
            raise NoTenant("No practice has been chosen yet.", "Connect again and choose one.")
        return Tenant(grant.tenant_id, grant.tenant_name, grant.person)

    def person(self) -> str | None:
        """Say who signed in, where the service told."""
        return self._needed().person

    def scopes(self) -> frozenset[str]:
        """Say what the person allowed, in the service's own words; empty where it did not tell."""
        return frozenset((self._known or self._needed()).scope.split())

    def access_token(self, rejected: str | None = None) -> str:
        """Give an access token that should work; refreshed by one caller at a time.

        Parameters
        ----------
        rejected : str, optional
            The token that the service just turned away.

        Raises
        ------
        SignInNeeded
            If there is no consent, or it expired or was withdrawn.
        """
        with self._lock:
            now = self._clock.now().timestamp()
            if self._known is not None and self._known.lasts(now, rejected):
                return self._known.access
            with self._process_lock:
                # Another process may have refreshed while we waited.
                grant = self._needed()
                return (grant if grant.lasts(now, rejected) else self._refreshed(grant, now)).access

    def disconnect(self) -> None:
        """Withdraw the consent at the service and forget the tokens.

        Raises
        ------
        Unreachable
            If the service could not be told; the tokens are forgotten all the same.
        """
        with self._lock, self._process_lock:
            grant = self._stored()
            self._vault.delete(self.side)
            self._known = None
        if grant is None:
            return
        try:
            self._issuer.revoke(grant.refresh or grant.access)
        except (Unreachable, NotUnderstood):
            raise Unreachable(
                f"The tokens are deleted here, but {self._issuer.name} could not be told.",
                f"Disconnect Workbench in {self._issuer.name} itself, too.",
            ) from None

    def _refreshed(self, grant: _Grant, now: float) -> _Grant:
        grace = grant.previous if grant.previous_until > now else None
        for refresh_token in filter(None, (grant.refresh, grace)):
            try:
                tokens = self._issuer.refresh(refresh_token)
            except Withdrawn:
                continue
            # Kept before it is used: the old one may be dead from now on.
            return self._keep(self._grant_of(tokens, grant, refresh_token))
        raise SignInNeeded(f"The sign-in to {self._issuer.name} expired or was withdrawn.", "Connect again.")

    def _grant_of(self, tokens: Tokens, before: _Grant | None = None, used: str | None = None) -> _Grant:
        now = self._clock.now().timestamp()
        return _Grant(
            access=tokens.access,
            refresh=tokens.refresh or used,
            expires_at=now + tokens.lasts_s,
            scope=tokens.scope or (before.scope if before else ""),
            person=tokens.person or (before.person if before else None),
            previous=used,
            previous_until=now + _GRACE_S,
            tenant_id=before.tenant_id if before else None,
            tenant_name=before.tenant_name if before else "",
        )

    def _not_granted(self, error: str) -> SignInNeeded:
        if error == "access_denied":
            return SignInNeeded(
                f"Access was refused at {self._issuer.name}.", "Connect again and choose to allow it."
            )
        return SignInNeeded(
            f"{self._issuer.name} did not sign in: {error[:60]}.",
            "Check client_id, redirect_uri and scopes in firm.toml.",
        )

    def _keep(self, grant: _Grant) -> _Grant:
        self._vault.put(self.side, json.dumps(asdict(grant)))
        self._known = grant
        return grant

    def _stored(self) -> _Grant | None:
        kept = self._vault.get(self.side)
        self._known = _Grant(**json.loads(kept)) if kept else None
        return self._known

    def _needed(self) -> _Grant:
        grant = self._stored()
        if grant is None:
            raise SignInNeeded(f"Nobody is signed in to {self._issuer.name}.", "Connect first.")
        return grant
