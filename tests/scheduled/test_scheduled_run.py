"""A scheduled run pulls, compares and reports, writes to no service, and leaves one whole record."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

import workbench as wb
from workbench.cli import main
from workbench.domain.errors import BadInput
from workbench.flow.bundling import check_bundle, make_bundle
from workbench.flow.firm import Firm
from workbench.ledger import bundle as bundles
from workbench.ledger.run_records import RECORD
from workbench.scheduled import scheduled_run

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

import foreign_verifier

PLANTED = {"dateOfBirth": "1961-03-01", "taxNumber": "049091850", "address": "77 Canary Road"}
SECRETS = ("1961-03-01", "049091850", "049-091-850", "Canary Road", "012345678", "12 Rātā Lane")
"""What is planted between two runs, and a tax number and an address of the small firm."""


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Call the command and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def contents(sandbox: Any) -> str:
    """Give what both services hold."""
    kept = ("clients", "contacts", "records", "relationships")
    dumps = (sandbox.dump(side) for side in ("connectworks", "xpm"))
    return json.dumps([[dump.get(name) for name in kept] for dump in dumps], sort_keys=True)


def test_two_runs_and_what_moved_between_them(signed_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leaves a record that the ledger seals; the second tells the edits in between; nothing leaks."""
    folder, sandbox = signed_in.folder, signed_in.sandbox
    before = contents(sandbox)
    assert command(monkeypatch, "run", folder, "--no-pdf") == 10
    assert contents(sandbox) == before

    sandbox.edit("xpm", "5e1f0000-0000-4000-8000-000000000001", {"email": "moved@kahikatea.example"})
    sandbox.edit("xpm", "5e1f0000-0000-4000-8000-000000000002", PLANTED)
    assert command(monkeypatch, "run", folder, "--no-pdf") == 10

    firm = Firm(folder)
    first, second = (firm.run_records.read(run_id) for run_id in firm.run_records.ids())
    assert (first.result, second.result) == ("differences_wait", "differences_wait")
    assert second.message.startswith("4 things moved")
    out = firm.run_records.path(second.run_id)
    moved = (out / "tables" / "moved.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[3] for line in moved[1:]] == [
        '"email"',
        '"date_of_birth"',
        '"physical_address"',
        '"tax_number"',
    ]
    assert moved[1].endswith('"there1@kahikatea.example","moved@kahikatea.example","changed"')
    assert moved[2].endswith('"date_of_birth","","•••","changed"')
    assert "moved@kahikatea.example" in (out / "report.html").read_text(encoding="utf-8")

    sealed = {e.body["run_id"]: e.body["record"] for e in firm.book.events(kinds={"ran"})}
    assert sealed[second.run_id] == hashlib.sha256((out / RECORD).read_bytes()).hexdigest()
    assert second.files == firm.run_records.hashes(second.run_id)
    assert {"notebook.ipynb", "report.html", "settings.toml", "tables/differences.csv"} <= set(second.files)
    assert second.inputs == {side: pull.snapshot for side, pull in firm.state().pulls.items()}
    assert second.versions["pandas"]
    assert firm.book.verify(second.head).ok
    modes = {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert sum("run_started" in kind for kind in [e.kind for e in firm.book.events()]) == 0
    _an_outsider_checks(firm, second.run_id, out / "report.html")
    _nothing_leaks(folder, [*SECRETS, *signed_in.tokens])

    bench = wb.open(folder)
    bench.decide(bench.compare().query("kind in ('fill', 'different', 'conflict')"), "leave")
    quiet = bench.report()
    assert (quiet.result, repr(quiet)) == ("nothing_moved", "Nothing moved, and nothing waits.")


def _an_outsider_checks(firm: Firm, run_id: str, report: Path) -> None:
    """Check a bundle of the run, which holds its whole record, by our verifier and by a foreign one."""
    plain = make_bundle(firm, run_id, {})
    masked = make_bundle(firm, run_id, {}, edition="masked")
    for path in (plain, masked):
        assert check_bundle(path).faults == ()
        assert foreign_verifier.check(str(path)) == []
    read = bundles.read(plain)
    assert {f"record/{RECORD}", "record/notebook.ipynb", "record/report.html"} <= set(read.files)
    assert read.manifest["left_out"] == {}
    assert {event.kind for event in read.events()} >= {"pulled", "ran"}
    [told] = re.findall(r"head (\d+:[0-9a-f]{64})", report.read_text(encoding="utf-8"))
    assert foreign_verifier.check(str(plain), told) == []  # what the report printed, held against the bundle
    assert foreign_verifier.check(str(plain), told[:-4] + "beef") != []


def _nothing_leaks(folder: Path, secrets: list[str]) -> None:
    """Look for each secret in the bytes of all that a run leaves behind, of bundles, logs and checkpoints."""
    for book in list(
        (folder / "runs").rglob("*.ipynb")
    ):  # as JupyterLab does when somebody opens and saves it
        LargeFileManager(root_dir=str(book.parent)).create_checkpoint(book.name)
    parts = ("runs", "logs", "bundles")
    files = [p for part in parts for p in (folder / part).rglob("*") if p.is_file()]
    assert {".ipynb_checkpoints"} <= {path.parent.name for path in files}
    assert {".ipynb", ".html", ".csv", ".json", ".zip"} <= {path.suffix for path in files}
    for path in files:
        held = path.read_bytes()
        if path.suffix == ".zip":
            read = bundles.read(path)
            held = b"\n".join([read.raw_manifest, *read.files.values()])
        assert b"widget-state" not in held
        assert [s for s in secrets if s.encode() in held] == [], path.name


def test_scope_and_since_are_refused_before_anything_is_pulled(
    small_firm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no scope, no day and no run ends the command at once: no sign-in, no call, no run's folder."""
    with pytest.raises(BadInput, match="neither a day nor a run"):
        scheduled_run(small_firm.folder, since="some day")
    assert command(monkeypatch, "run", small_firm.folder, "--since", "2026-13-45") == 1
    for scope in ("Rose Farrow", "partner:", "colour: red"):
        with pytest.raises(BadInput, match="scope is not written"):
            scheduled_run(small_firm.folder, scope)
    firm = Firm(small_firm.folder)
    assert firm.run_records.ids() == []
    assert not firm.state().pulls


@pytest.mark.long
def test_the_command_ends_with_the_code_that_says_how_the_run_ended(signed_in: Any) -> None:
    """As a process of its own: 10 differences wait, 0 nothing moved, 1 it failed, 20 needs a person."""
    folder = signed_in.folder

    def ended(*more: str) -> tuple[int, list[str]]:
        command = [sys.executable, "-m", "workbench", "run", str(folder), "--no-pdf", *more]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in ran.stdout + ran.stderr
        return ran.returncode, (ran.stdout + ran.stderr).splitlines()

    code, told = ended()
    assert (code, told[0].startswith("Nothing moved; ")) == (10, True)
    assert (folder / "runs" / Path(told[1]).name / RECORD).exists()
    for number in range(1, 7):
        client = f"5e1f0000-0000-4000-8000-{number:012}"
        signed_in.sandbox.edit("xpm", client, {"email": None})
    settings = folder / "firm.toml"
    usual = settings.read_text(encoding="utf-8")
    settings.write_text(f'{usual}\n[run]\nsafe_rules = ["fill_blanks"]\ncap = 3\n', encoding="utf-8")
    code, told = ended()
    assert (code, "A person is needed." in told[0]) == (20, True)
    settings.write_text(usual, encoding="utf-8")
    bench = wb.open(folder)
    bench.decide(bench.compare().query("kind in ('fill', 'different', 'conflict')"), "leave")
    code, told = ended()
    assert (code, told[0]) == (0, "Nothing moved, and nothing waits.")
    code, told = ended("--since", "some day")
    assert (code, "neither a day nor a run" in told[0]) == (1, True)


@pytest.mark.long
def test_without_a_sign_in_a_person_is_needed(small_firm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for; the notebook is kept up to the pull, with a sentence and no traceback."""
    assert command(monkeypatch, "run", small_firm.folder) == 20
    records = Firm(small_firm.folder).run_records
    record = records.read(records.ids()[0])
    assert record.result == "needs_person"
    assert "no sign-in to Connectworks" in record.message
    book = nbformat.read(records.path(record.run_id) / "notebook.ipynb", as_version=4)
    ran = [cell for cell in book.cells if cell.cell_type == "code" and cell.execution_count]
    assert ran[-1].source == "clients = bench.pull()"
    assert [o.traceback for o in ran[-1].outputs if o.output_type == "error"] == [[record.message]]


@pytest.mark.parametrize(
    ("fault", "result", "exit_code", "words"),
    [
        ("KeyError('Mr Rangi Canary, born 1 March 1961')", "failed", 1, "KeyError"),
        ("SignInNeeded('There is no sign-in to XPM.', 'Connect once.')", "needs_person", 20, "Connect once."),
    ],
)
def test_a_failing_cell_ends_in_a_sentence(
    small_firm: Any, tmp_path: Path, fault: str, result: str, exit_code: int, words: str
) -> None:
    """The notebook is kept up to that cell; what is unforeseen is told by its kind alone, also in the log."""
    stale = nbformat.v4.new_output("stream", text="of an earlier execution")
    cells = [
        nbformat.v4.new_code_cell("firm = scope = since = out = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(f"from workbench.domain.errors import SignInNeeded\nraise {fault}"),
        nbformat.v4.new_code_cell("never_reached()", execution_count=9, outputs=[stale]),
    ]
    story = tmp_path / "story.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), story)
    record = scheduled_run(small_firm.folder, story=story)
    assert (record.result, record.exit_code) == (result, exit_code)
    assert words in record.message
    kept = [p for part in ("runs", "logs") for p in (small_firm.folder / part).rglob("*") if p.is_file()]
    notebook = nbformat.read(next(p for p in kept if p.name == "notebook.ipynb"), as_version=4)
    assert notebook.cells[-1].execution_count is None
    told = [(o.evalue, o.traceback) for cell in notebook.cells for o in cell.get("outputs", [])]
    assert told == [(record.message, [record.message])]
    logged = b"".join(path.read_bytes() for path in kept if path.suffix in (".log", ".json"))
    assert words.encode() in logged
    assert b"Canary" not in logged
