"""``workbench bundle``, ``verify`` and ``key``: a run's proof for an outsider, and whether one holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.bench import Workbench
from workbench.domain.errors import BadInput, WorkbenchError
from workbench.flow.bundling import Edition, check_bundle, make_bundle
from workbench.flow.firm import Firm
from workbench.ledger.chain import Head
from workbench.ledger.signing import new_key
from workbench.reporting import versions

DEMO = Path("data/firms/demo")
HeadOption = Annotated[
    str, typer.Option("--head", help="A head noted earlier, as PLACE:HASH; the chain must pass through it.")
]


def bundle(
    run: Annotated[str, typer.Argument(help="A run's id, or the folder that `workbench run` printed.")],
    folder: Annotated[Path, typer.Option(help="The firm's folder.")] = DEMO,
    to: Annotated[Path | None, typer.Option(help="The file; by default in the firm's folder.")] = None,
    masked: Annotated[bool, typer.Option("--masked", help="Digests in place of every value.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Tax numbers and birth dates too.")] = False,
    inputs: Annotated[bool, typer.Option("--inputs", help="The snapshots too; only with --full.")] = False,
    key: Annotated[Path | None, typer.Option(help="Sign it with this private key.")] = None,
) -> None:
    """Write all that an outsider needs to check a run into one file."""
    if masked and full:
        raise BadInput("A bundle is either masked or full.", "Leave one of them out.")
    edition: Edition = "masked" if masked else "full" if full else "plain"
    if Path(run).is_dir():
        folder, run = Path(run).resolve().parents[1], Path(run).resolve().name
    path = make_bundle(Firm(folder), run, versions(), edition=edition, inputs=inputs, key=key, to=to)
    print(path)
    print(f"Whoever receives it runs: workbench verify {path.name}")


def verify(
    path: Annotated[Path, typer.Argument(help="A bundle, or a firm's folder.")],
    head: HeadOption = "",
    key: Annotated[Path | None, typer.Option(help="The firm's public key; a bundle must be signed.")] = None,
) -> None:
    """Check a bundle, offline and without its firm; or the whole ledger of a firm."""
    expected = _head(head) if head else None
    if path.is_file():
        _verify_bundle(path, expected, key)
        return
    told = Workbench(path).verify(expected)
    if told.differing:
        raise WorkbenchError(f"The ledger verifies. {told.fault}", "Look again at what you read in screens.")
    if not told.ok:
        raise WorkbenchError(f"The ledger does not verify: {told.fault}", "Restore it from a backup.")
    print(f"The ledger verifies: {told.count} entries, head {told.head.seq}:{told.head.hash}.")


def key(path: Annotated[Path, typer.Argument(help="Where the private half goes.")]) -> None:
    """Make the firm's own key, with which bundles are signed."""
    public = new_key(path)
    print(f"{path} signs; keep it to yourself. {public} checks; give it to your auditor.")


def _verify_bundle(path: Path, expected: Head | None, key: Path | None) -> None:
    told = check_bundle(path, expected, key)
    for fault in told.faults:
        print(f"- {fault}")
    if told.faults:
        raise WorkbenchError(f"{path.name} does not verify.", "Trust nothing in it, and ask for it again.")
    print(f"{path.name} verifies: run {told.run_id}, {told.edition} edition.")
    print(f"{told.entries:,} entries, {told.values:,} values, head {told.head.seq}:{told.head.hash}.")
    print("The firm's signature holds." if key else "Compare the head with the one that you were sent.")


def _head(told: str) -> Head:
    seq, _, digest = told.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise BadInput(f"“{told}” is no head.", "Write it as in the report: PLACE:HASH.")
    return Head(int(seq), digest.lower())
