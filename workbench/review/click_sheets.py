"""Click sheets: what a person does in Connectworks' own screens, client by client, ready to be printed.

One self-contained page without scripts, fonts or pictures from elsewhere; every value of a client is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import groupby
from typing import Any, Final

import pandas as pd

from workbench.domain.fields import CONNECTWORKS, PUSHABLE, SIDE_LABELS
from workbench.domain.settings import PanelSettings
from workbench.review.known import rows_of
from workbench.review.values import readable
from workbench.review.words import amount

_STYLE: Final = """
body { font: 11pt/1.4 system-ui, sans-serif; color: #111; max-width: 190mm; margin: 10mm auto; }
h1 { font-size: 18pt; margin: 0; } h2 { font-size: 13pt; margin: 0 0 1mm; }
section { break-inside: avoid; border-top: 0.6pt solid #111; margin-top: 6mm; padding-top: 3mm; }
table { border-collapse: collapse; width: 100%; } th, td { border: 0.4pt solid #767676; padding: 1.5mm;
text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-line; }
th { font-weight: 600; } .box { width: 7mm; text-align: center; font-size: 14pt; }
.quiet { color: #555; } .first { font-weight: 600; }
@media print { body { margin: 0; } thead { display: table-header-group; } }
"""
_PAGE: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Click sheets: {title}</title><style>{style}</style></head>
<body><h1>{title}: changes to carry across by hand</h1>
<p class="quiet">{counts} These pages hold clients' details: keep them as you keep a client's file.</p>
{how}
{clients}
</body></html>
"""
_HEAD: Final = ("Done", "Field", "In", "Stands now", "Will stand", "What to do", "Why")


def click_sheets(sheet: pd.DataFrame, firm: str, made_at: str, panel: PanelSettings) -> str:
    """Write the page.

    Parameters
    ----------
    sheet : pandas.DataFrame
        What is handed over (`workbench.reconcile.handover.sheet`), in its order.
    firm : str
        The firm's name.
    made_at : str
        When, as people write it.
    panel : PanelSettings
        What Connectworks' screens are called.

    Returns
    -------
    str
        HTML. Within a client, fields stand in the order of Connectworks' panel.
    """
    rows = rows_of(sheet)
    clients = [list(group) for _, group in groupby(rows, key=lambda r: (r["link_id"], _names(r)))]
    counts = f"{amount(len(clients), 'client')}, {amount(len(rows), 'value')}; made {made_at}."
    return _PAGE.format(
        title=escape(firm),
        style=_STYLE,
        counts=escape(counts),
        how=_how(panel),
        clients="".join(_client(lines, panel) for lines in clients),
    )


def _how(panel: PanelSettings) -> str:
    steps = (
        "In Connectworks' list of clients tick the client; the panel slides out.",
        f"Go to “{panel.section}” and press {panel.sync}.",
        "For each line below tick the box whose arrows are named, and nothing else; then push.",
        "“Type it in” and “empty it” are done in the client's own edit form.",
        "If a value that stands there is not the one under “Stands now”, leave it: it was changed meanwhile.",
    )
    return "<ol>" + "".join(f"<li>{escape(step)}</li>" for step in steps) + "</ol>"


def _client(lines: list[dict[str, Any]], panel: PanelSettings) -> str:
    first = lines[0]
    here, there = _names(first)
    told = escape(here or there or "")
    if here and there and here != there:
        told += f' <span class="quiet">({escape(there)} in XPM)</span>'
    ticks = any(line["how"].startswith("tick") for line in lines)
    unlinked = ticks and first["linked_there"] != "yes"
    connect = f'<p class="first">{escape(_connecting(panel, there))}</p>' if unlinked else ""
    head = "".join(f'<th scope="col">{words}</th>' for words in _HEAD)
    body = "".join(map(_line, sorted(lines, key=_place)))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<section><h2>{told}</h2>{connect}{table}</section>"


def _names(line: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Give what the client is called in Connectworks, where the sheet is worked through, and in XPM."""
    names = (line["client"], line["other_client"])
    return names if line["side"] == CONNECTWORKS else names[::-1]


def _connecting(panel: PanelSettings, there: str | None) -> str:
    return (
        "The panel compares linked clients only; this one is not linked, as far as Connectworks last showed: "
        f"first edit the client, open “{panel.connection_tab}”, press “{panel.connect}” and choose “{there}”."
    )


def _line(line: Mapping[str, Any]) -> str:
    cells = (
        line["label"],
        SIDE_LABELS[line["side"]],
        readable(line["field"], line["before"]),
        readable(line["field"], line["after"]),
        line["how"],
        f"{line['why']} ({line['by']})" if line["by"] else line["why"],
    )
    return '<tr><td class="box">☐</td>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _place(line: Mapping[str, Any]) -> tuple[int, str]:
    name = line["field"]
    return (PUSHABLE.index(name) if name in PUSHABLE else len(PUSHABLE), name)
