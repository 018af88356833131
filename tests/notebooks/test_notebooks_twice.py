"""A notebook is safe to run again: its cells one by one, and as a whole on the same firm."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parent))

from fresh_firm import NOTEBOOKS, fresh_firm


@pytest.fixture(autouse=True)
def firm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Open a fresh firm; afterwards the environment is what it was."""
    for name in ("WORKBENCH_FIRM", "WORKBENCH_PERSON", "WORKBENCH_SANDBOX_SECRET", "BROWSER"):
        monkeypatch.setenv(name, "")
    with fresh_firm() as folder:
        yield folder


def run(path: Path, times: int) -> None:
    """Run a notebook with every cell so many times in a row; nothing is saved."""
    book = nbformat.read(path, as_version=4)
    book.cells = [
        nbformat.from_dict({**cell, "id": f"{cell['id']}-{n}"}) for cell in book.cells for n in range(times)
    ]
    context = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=120, kernel_name="python3", resources=context).execute()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_cell_can_be_run_twice_and_so_can_the_whole() -> None:
    """No cell raises when it is run again at once, nor on a firm that went through the whole story before."""
    for path in NOTEBOOKS:
        run(path, times=2)
    for path in NOTEBOOKS:
        run(path, times=1)
