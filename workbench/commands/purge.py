"""``workbench purge``: take away what is older than the firm keeps it, or all that is kept of one client."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.flow.firm import Firm
from workbench.flow.retention import purge_client, purge_old


def purge(
    folder: Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")],
    client: Annotated[str, typer.Option(help="All that is kept of this client: an id of either side.")] = "",
    although_there: Annotated[
        bool, typer.Option("--although-there", help="Also if the next pull brings the client back.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
) -> None:
    """Delete what is older than the firm's retention, or one client's data; the chain still verifies."""
    firm = Firm(folder)
    what = "everything that is kept of this client" if client else "what is older than firm.toml keeps it"
    if not (yes or typer.confirm(f"Delete {what}, for good?")):
        raise typer.Exit(1)
    gone = purge_client(firm, client, although_there=although_there) if client else purge_old(firm)
    print(gone)
    for path in gone.elsewhere:
        print(f"Still speaks of the client: {path}")
    if client and although_there:
        print(f"Pull before going on: workbench pull {folder}")
