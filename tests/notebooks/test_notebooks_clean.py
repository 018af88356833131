"""What is committed of a notebook is its story and its results, and nothing else."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
OF_A_MACHINE = re.compile(r"(/home/|/root/|/Users/|/tmp/|/var/folders|[A-Z]:\\\\Users)")

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def outputs(path: Path) -> list[Any]:
    return [o for cell in nbformat.read(path, as_version=4).cells for o in cell.get("outputs", [])]


def text_of(path: Path) -> str:
    return "\n".join(
        str(part) for o in outputs(path) for part in (o.get("text"), *o.get("data", {}).values())
    )


def test_a_notebook_is_well_formed(path: Path) -> None:
    """It opens anywhere, and every cell has an id of its own."""
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    ids = [cell["id"] for cell in book.cells]
    assert len(set(ids)) == len(ids)


def test_a_notebook_holds_no_widget(path: Path) -> None:
    """Neither a widget's state nor a view that nothing stands behind once the kernel has ended."""
    assert "widgets" not in nbformat.read(path, as_version=4).metadata
    assert not any(WIDGET in o.get("data", {}) for o in outputs(path))


def test_a_notebook_ran_well(path: Path) -> None:
    """It was saved after a run without an error or a warning."""
    assert [
        o.output_type for o in outputs(path) if o.output_type == "error" or o.get("name") == "stderr"
    ] == []


def test_a_notebook_tells_nothing_of_the_machine(path: Path) -> None:
    """No folder, no person and no address of the machine where it was run last."""
    whole = path.read_text(encoding="utf-8")
    assert OF_A_MACHINE.findall(whole) == []
    assert str(ROOT) not in whole
    assert "127.0.0.1" not in whole
    assert not re.search(rf"\b{re.escape(getpass.getuser())}\b", text_of(path))


def test_a_notebook_shows_nothing_that_is_hidden_on_screens(path: Path) -> None:
    """Birth dates, addresses and tax numbers stand in no output, in whatever column."""
    told = text_of(path)
    assert not re.search(r"\b(19|20)\d\d-\d\d-\d\d\b(?!T)", told)
    assert not re.search(r"\b\d{2,3}-\d{3}-\d{3}\b", told)
    assert '"lines"' not in told


def test_only_what_cannot_be_compared_goes_unchecked(path: Path) -> None:
    """Every code cell that shows a table or a number is compared with the next run."""
    for cell in nbformat.read(path, as_version=4).cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            shown = [o.get("data", {}) for o in cell.outputs]
            assert all("<table" not in data.get("text/html", "") for data in shown)
