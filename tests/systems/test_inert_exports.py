"""What is exported does nothing when a spreadsheet program opens it: 200 payloads in LibreOffice itself."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.domain.fields import XPM
from workbench.systems.spreadsheets import write_frame
from workbench.systems.xpm_import import import_files

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_STARTS = ["=", "+", "-", "@", "\t=", "\r=", " =", "=+", "'=", "''="]
_ACTS = [
    "1+1",
    "2*21",
    'HYPERLINK("http://127.0.0.1:9/?leak="&A1,"Click")',
    'WEBSERVICE("http://127.0.0.1:9/"&A1)',
    "cmd|'/C calc'!A0",
    'DDE("cmd";"/C calc";"x")',
    "MSEXCEL|'\\..\\..\\calc.exe'!''",
    "SUM(1;1)",
    "SUM(1,1)*cmd|' /C calc'!A0",
    'IMPORTXML("http://127.0.0.1:9/","//a")',
    "ROW()",
    "NOW()",
    "10+20+cmd|' /C notepad'!'A1'",
    "A1",
    "$A$1",
    "{1;2}",
    'CELL("filename")',
    'INDIRECT("A1")',
    "1E3",
    "rundll32|'URL.dll,OpenURL calc.exe'!A",
]
PAYLOADS = [start + act for start, act in itertools.product(_STARTS, _ACTS)]


def _opened(path: Path, tmp_path: Path) -> str:
    """Let LibreOffice open a file and save it in its own format; give what it then holds."""
    assert SOFFICE is not None
    home = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    # Comma, quotes, UTF-8, special numbers detected, and formulas evaluated: the least careful of readers.
    hostile = "--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,0,true"
    filters = [hostile] if path.suffix == ".csv" else []
    subprocess.run(
        [SOFFICE, home, "--headless", *filters, "--convert-to", "ods", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with zipfile.ZipFile(tmp_path / f"{path.stem}.ods") as archive:
        return archive.read("content.xml").decode()


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on this machine")
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_two_hundred_payloads_are_text(tmp_path: Path, ending: str) -> None:
    """No cell of the opened file is a formula, a link or a number; one written carelessly on purpose is."""
    assert len(PAYLOADS) == 200
    path = tmp_path / f"payloads{ending}"
    write_frame(pd.DataFrame({"Value": PAYLOADS}), path)
    careless = ending == ".csv"
    if careless:
        with path.open("a", encoding="utf-8") as file:
            file.write("=1+1\r\n")
    content = _opened(path, tmp_path)
    assert content.count("table:formula") == careless
    assert "xlink:href" not in content
    kinds = re.findall(r'office:value-type="(\w+)"', content)
    assert kinds.count("string") == len(PAYLOADS) + 1
    assert len(kinds) == len(PAYLOADS) + 1 + careless


def test_no_payload_reaches_an_import_file() -> None:
    """The files for XPM's import, which are read to the letter, hold no payload at all."""
    lines: list[dict[str, Any]] = [
        {"operation_id": str(n), "side": XPM, "client": f"Rimu {n}", "field": "website", "after": payload}
        for n, payload in enumerate(PAYLOADS)
    ]
    found = import_files(lines, [line["client"] for line in lines])
    cells = [row.split(",", 1)[1] for text in found.files.values() for row in text.split("\r\n")[1:]]
    assert all(cell.lstrip('"')[:1] not in tuple("=+-@\t") for cell in cells)
    assert len(found.by_hand) + len(cells) == len(PAYLOADS)
