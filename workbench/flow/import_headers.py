"""The headers of XPM's client import as the practice's own template has them: found, shown, and kept."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import tomlkit

from workbench.domain.errors import BadInput, NotAllowedHere
from workbench.domain.fields import XPM
from workbench.domain.frames import frame_of
from workbench.domain.records import Entry
from workbench.flow.firm import Firm
from workbench.flow.settings_file import rewrite
from workbench.systems.export_table import read_export
from workbench.systems.xpm_import import headers_in

COLUMNS = ("column", "header")


def import_headers(template: Path) -> pd.DataFrame:
    """Say what a template that was downloaded from XPM calls each column of the import files.

    Parameters
    ----------
    template : path
        ``.csv`` or ``.xlsx``; of its rows only the headers are looked at.

    Returns
    -------
    pandas.DataFrame
        column (as in `workbench.systems.xpm_import.HEADERS`) and header, '' where the template has none.

    Raises
    ------
    BadInput
        If it cannot be read, or no header names the client.
    """
    found = headers_in(read_export(template).columns)
    if not found["name"]:
        raise BadInput(
            f"No column of {template.name} is called Name.", "Take the template of XPM's client import."
        )
    return frame_of([{"column": column, "header": header} for column, header in found.items()], COLUMNS)


def keep_import_headers(firm: Firm, shown: pd.DataFrame) -> str:
    """Write import files with these headers from now on; says what the import will not carry.

    Parameters
    ----------
    firm : Firm
        Whose ``firm.toml`` is written.
    shown : pandas.DataFrame
        As `import_headers` gave it.

    Raises
    ------
    NotAllowedHere
        If this person may not administer.
    """
    if not firm.who.may("administer"):
        raise NotAllowedHere(f"{firm.who.name} may not change the settings.", "Ask an administrator.")
    headers = dict(zip(shown["column"].astype(str), shown["header"].fillna("").astype(str), strict=True))

    def change(document: tomlkit.TOMLDocument) -> None:
        document.setdefault(XPM, tomlkit.table())["import_headers"] = headers

    rewrite(firm.folder, change)
    what = "Took the import's headers from a template."
    firm.append([Entry("configured", {"what": what})])
    missing = [column for column, header in headers.items() if not header]
    left = f" It has no column for: {', '.join(missing)}; those are carried by hand." if missing else ""
    return f"Kept: import files are written with these headers.{left}"
