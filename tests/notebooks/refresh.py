"""Run the notebooks anew on a fresh firm and save what they show: ``python tests/notebooks/refresh.py``.

Kept are the results that a reader sees. Widgets and progress bars leave nothing behind: they only live with
their kernel.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from fresh_firm import NOTEBOOKS, fresh_firm
from nbclient import NotebookClient

WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path: Path) -> None:
    """Run one notebook in its own folder and save it with what it shows."""
    book = nbformat.read(path, as_version=4)
    context = {"metadata": {"path": str(path.parent)}}
    NotebookClient(
        book, timeout=120, kernel_name="python3", store_widget_state=False, resources=context
    ).execute()
    book.metadata = nbformat.from_dict(METADATA)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [output for output in cell.outputs if not _passes(output)]
    nbformat.write(book, path)


def _passes(output: Any) -> bool:
    """Tell whether an output is nothing without its kernel."""
    return WIDGET in output.get("data", {}) or output.get("name") == "stderr"


if __name__ == "__main__":
    with fresh_firm():
        for notebook in [Path(name).resolve() for name in sys.argv[1:]] or NOTEBOOKS:
            run(notebook)
            print(notebook.name)
