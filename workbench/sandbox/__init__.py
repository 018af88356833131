"""Two local servers that speak as Xero Practice Manager and the Connectworks gateway do.

For the demo, rehearsals and tests. They share no code with the clients in ``workbench.systems``:
two readings of the same contracts, so that one can catch the other's mistake.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from workbench.sandbox import connectworks, control, xpm
from workbench.sandbox.clock import Clock
from workbench.sandbox.faults import Faults
from workbench.sandbox.firm import Firm, demo_firm
from workbench.sandbox.requestlog import RequestLog
from workbench.sandbox.servers import PortTaken, Server, hang_up
from workbench.sandbox.side import Side, World
from workbench.sandbox.state import Record, State

__all__ = ["Firm", "PortTaken", "Sandbox", "demo_firm"]

_SIDES: dict[str, Side] = {side.name: side for side in (xpm.SIDE, connectworks.SIDE)}


class Sandbox:
    """Both servers, running in this process until closed.

    Attributes
    ----------
    xpm_url : str
        Root of the XPM server. The API is below ``/practicemanager/3.1``, Xero's sign-in at
        ``/identity/connect/authorize``, ``/connect/token``, ``/connect/revocation`` and
        ``/connections``.
    connectworks_url : str
        Root of the Connectworks server. The gateway is below ``/v1``, its sign-in below ``/oauth``.
    """

    def __init__(self, world: World, servers: dict[str, Server]) -> None:
        self._world = world
        self._servers = servers
        self.xpm_url = servers["xpm"].url
        self.connectworks_url = servers["connectworks"].url

    @classmethod
    def start(
        cls,
        folder: Path | str | None = None,
        *,
        seed: int = 1,
        firm: Firm | None = None,
        speed: float = 1.0,
        xpm_port: int = 0,
        connectworks_port: int = 0,
    ) -> Sandbox:
        """Start both servers on the loopback address and return once they answer.

        Parameters
        ----------
        folder : path, optional
            Where the state is kept; a folder that was used before goes on where it stopped.
            Without one, the state lives in memory.
        seed : int
            The demo firm's seed; unused when a firm is given.
        firm : Firm, optional
            The firm to serve, by default the demo firm.
        speed : float
            Rate-window seconds per real second.
        xpm_port, connectworks_port : int
            0 takes any free port.

        Raises
        ------
        PortTaken
            When a given port is busy.
        """
        state = State(Path(folder) / "sandbox.sqlite" if folder is not None else None)
        world = World(state, Clock(speed), firm or demo_firm(seed))
        ports = {"xpm": xpm_port, "connectworks": connectworks_port}
        servers: dict[str, Server] = {}
        try:
            for side in _SIDES.values():
                _seed_once(world, side)
                servers[side.name] = Server(_app(world, side), ports[side.name], side.name)
        except BaseException:
            for server in servers.values():
                server.stop()
            state.close()
            raise
        for server in servers.values():
            server.start()
        return cls(world, servers)

    def close(self) -> None:
        """Stop both servers and close the state."""
        for server in self._servers.values():
            server.stop_soon()  # first both, so that they end side by side
        for server in self._servers.values():
            server.stop()
        self._world.state.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def dials(self, side: str, **dials: Any) -> Record:
        """Set some dials of a side (``xpm`` or ``connectworks``) and return all of them."""
        return control.set_dials(self._world, _SIDES[side], dials)

    def dump(self, side: str) -> Record:
        """Return a side's whole state as JSON values with sorted keys."""
        return control.dump(self._world, _SIDES[side])

    def log(self, side: str, after: int = 0) -> list[Record]:
        """Return a side's request log after a sequence number, oldest first."""
        return [entry for entry in self._world.state.entries(after) if entry["server"] == side]

    def edit(self, side: str, id: str, changes: Record) -> None:
        """Edit a record as a person would in the service itself."""
        control.edit(self._world, _SIDES[side], id, changes)

    def edit_after(self, side: str, after: str, id: str, changes: Record) -> None:
        """Edit a record as a person would, right after its next ``read`` or ``look`` is answered."""
        control.edit_after(self._world, _SIDES[side], after, id, changes)

    def revoke(self, side: str) -> None:
        """Withdraw every consent given to the side."""
        _SIDES[side].revoke(self._world)

    def expire(self, side: str) -> None:
        """Let every access token of the side expire."""
        _SIDES[side].expire(self._world)

    def advance(self, seconds: float) -> None:
        """Move both servers' clock forward."""
        self._world.clock.advance(seconds)

    def reset(self, side: str) -> None:
        """Put a side's records and dials back to the firm as seeded."""
        control.reset(self._world, _SIDES[side])


def _seed_once(world: World, side: Side) -> None:
    """Fill a side unless the state already holds the same firm."""
    known = world.state.get("sandbox/seeded", side.name)
    if known == {"firm": world.firm.name, "tenant_id": world.firm.tenant_id}:
        return
    with world.state.transaction():
        control.reset(world, side)
        world.state.put(
            "sandbox/seeded", side.name, {"firm": world.firm.name, "tenant_id": world.firm.tenant_id}
        )


def _app(world: World, side: Side) -> ASGIApp:
    """Stack what a request passes: log, then token and limits, then faults, then the service itself."""
    service: ASGIApp = Starlette(routes=side.routes(world))
    service = control.EditAfter(service, world, side)
    service = Faults(service, world, side)
    service = side.gateway(service, world)
    service = RequestLog(service, world, side)
    controls = control.control_app(world, side)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = controls if scope["path"].startswith(control.PREFIX + "/") else service
        await chosen(scope, receive, send)
        if scope.get("state", {}).get("hang_up"):
            hang_up(scope)

    return app
