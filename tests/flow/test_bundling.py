"""Bundles: an outsider can check a run, finds whatever was tampered with, and sees no more than was meant."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.commands.bundle import bundle, key, verify
from workbench.domain.errors import BadInput, WorkbenchError
from workbench.domain.records import Entry, Operation, canonical
from workbench.flow.bundling import check_bundle, make_bundle
from workbench.flow.demo import write_demo_settings
from workbench.flow.firm import Firm
from workbench.ledger import bundle as bundles
from workbench.ledger.bundle import LEDGER, VALUES, Bundle, packed
from workbench.ledger.chain import Head, Row, next_hash
from workbench.ledger.run_records import RunRecord
from workbench.ledger.signing import new_key
from workbench.reconcile.replay import planned_entry

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

import foreign_verifier

BORN, TAX, TOKEN, EMAIL = "1971-04-09", "123-456-789", "eyJtoken", "wiremu@rimu.example"
VERSIONS = {"workbench": "0.1.0"}


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    """Give a firm that has pushed one email, by a write that harmed a birth date and a tax number."""
    folder = tmp_path / "firm"
    write_demo_settings(folder, "http://127.0.0.1:1", "http://127.0.0.1:2", 8400)
    firm = Firm(folder)
    ids = {"link_id": "l1", "connectworks_id": "c1", "xpm_id": "x1"}
    firm.append([Entry("linked", {**ids, "how": "connectworks", "act": None}, subject="l1")])
    for name, value in (("date_of_birth", BORN), ("email", EMAIL)):
        chosen = {**ids, "field": name, "direction": "to_xpm", "how": "tick", "act": "a1"}
        firm.append([Entry("decided", chosen, {"connectworks": value, "xpm": None, "note": None}, "l1")])
    operation = Operation("xpm", "client", "x1", "x1", {"email": None}, {"email": EMAIL}, (3,), "ann")
    of = {"operation_id": operation.operation_id, "run_id": "r1"}
    ended = {**of, "outcome": "done", "reason": "", "calls": 2}
    harm = {"harmed.date_of_birth": BORN, "harmed.tax_number": TAX, "words": "Thank you"}
    firm.append([planned_entry(operation, "r1", ["l1"]), Entry("run_started", {"run_id": "r1"})])
    claimed = Entry("claimed", {**of, "holder": "h"}, subject="x1")
    firm.append([claimed, Entry("concluded", ended, harm, "x1")])
    firm.append([Entry("run_ended", {"run_id": "r1", "counts": {"done": 1}, "message": "1 done."})])
    firm.append([Entry("decided", chosen, {"connectworks": "later", "xpm": None, "note": None}, "l1")])
    return firm


def bytes_of(path: Path) -> bytes:
    """Give all that a bundle holds, unpacked."""
    with zipfile.ZipFile(path) as file:
        return b"\n".join(name.encode() + file.read(name) for name in file.namelist())


def test_a_push_can_be_checked_by_an_outsider(pulled: Any) -> None:
    """From pull to push on a sandbox: our verifier and one that imports nothing of ours agree."""
    bench = wb.open(pulled.folder)
    bench.decide(pulled.differing("email", 0, 3), "to_xpm")
    run = bench.push(wb.plan(bench.compare(), bench.decisions))
    path = make_bundle(pulled.again(), run.run_id, VERSIONS)
    told = check_bundle(path)
    assert (told.faults, told.run_id, told.edition) == ((), run.run_id, "plain")
    assert foreign_verifier.check(str(path)) == []
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read("manifest.json"))
        assert set(manifest["inputs"]) == {"connectworks", "xpm"}
        assert file.read("tables/plan.csv").count(b'"xpm"') == 3
        assert file.read("tables/outcomes.csv").count(b'"done"') == 3
        assert b"base_url" in file.read("settings.toml")
    [what] = bench.history(limit=1)["what"]
    assert what == "Made a bundle of a run for an outsider (plain edition)"
    assert bench.verify(told.head).ok
    _check_a_scheduled_run(pulled.again(), bench)


def _check_a_scheduled_run(firm: Firm, bench: wb.Workbench) -> None:
    """Its record goes in as the ledger sealed it; a file that tells a tax number stays, and that is said."""
    tax = str(bench.clients.connectworks.unmasked()["tax_number"].dropna().iloc[0])
    told = {"notebook.ipynb": b"{}", "report.html": f"IRD {tax}".encode(), "report.pdf": b"%PDF"}
    path = make_bundle(firm, recorded(firm, told), VERSIONS)
    read = bundles.read(path)
    assert check_bundle(path).faults == ()
    assert foreign_verifier.check(str(path)) == []
    assert read.files["record/notebook.ipynb"] == b"{}"
    why = "it holds a tax number or birth date"
    assert read.manifest["left_out"] == {"report.html": why, "report.pdf": why}
    assert tax.encode() not in bytes_of(path)


def test_a_bundle_ends_with_its_run(firm: Firm) -> None:
    """What came before its first decision or after its end stays at home."""
    read = bundles.read(make_bundle(firm, "r1", VERSIONS))
    assert [row.seq for row in read.rows()] == [3, 4, 5, 6, 7, 8]
    assert (read.start.seq, read.head) == (2, Head(8, firm.book.segment(8, 8)[1][0].hash))


def tampered(read: Bundle, seed: int) -> tuple[str, dict[str, bytes]]:
    """Give the files with one change, as somebody would make it who can pack a bundle anew."""
    chance = random.Random(seed)
    name = LEDGER if seed % 10 else VALUES
    lines = read.files[name].decode().split("\n")[:-1]
    i, j = chance.sample(range(len(lines)), 2)
    how = chance.choice(["flip", "drop", "swap", "insert", "cut"] if name == LEDGER else ["flip"])
    if how == "flip":
        at = chance.randrange(len(lines[i]))
        other = chance.choice([c for c in '0123456789abcdefXYZ "{}' if c != lines[i][at]])
        lines[i] = lines[i][:at] + other + lines[i][at + 1 :]
    elif how == "drop":
        del lines[i]
    elif how == "swap":
        lines[i], lines[j] = lines[j], lines[i]
    elif how == "insert":
        lines.insert(i, lines[j])
    else:
        lines = lines[:i]
    return how, {**read.files, name: "".join(f"{line}\n" for line in lines).encode()}


def repacked(read: Bundle, files: Mapping[str, bytes]) -> Bundle:
    """Write the files' hashes into the manifest anew."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = {**read.manifest, "files": hashes}
    return Bundle(manifest, files, canonical(manifest))


def test_every_one_of_a_thousand_changes_is_found(firm: Firm) -> None:
    """Flipped, dropped, swapped, inserted or cut, by ours and by the foreign verifier; none is missed."""
    read = bundles.read(make_bundle(firm, "r1", VERSIONS))
    assert bundles.faults(read) == []
    seen = set()
    for seed in range(1_000):
        how, files = tampered(read, seed)
        bad = repacked(read, files)
        seen.add(how)
        assert bundles.faults(bad), (seed, how)
        foreign = {**bad.files, "manifest.json": bad.raw_manifest}
        with suppress(ValueError, KeyError):  # what cannot be read does not hold
            assert foreign_verifier.faults(dict(bad.manifest), foreign, ""), (seed, how)
    assert seen == {"flip", "drop", "swap", "insert", "cut"}


def rewritten(firm: Firm, read: Bundle) -> bytes:
    """Give the bundle with another author of everything, and every hash made anew."""
    rows, before = [], read.start.hash
    for row in read.rows():
        entry = row.entry.replace('"outcome":"done"', '"outcome":"refused"')
        before = next_hash(before, entry)
        rows.append(Row(row.seq, entry, before))
    others = {name: content for name, content in read.files.items() if name not in (LEDGER, VALUES)}
    told = others["tables/outcomes.csv"].replace(b'"done"', b'"refused"')
    said = {name: read.manifest[name] for name in ("run", "edition", "inputs", "left_out")}
    return packed(said, read.start, rows, read.openings(), {**others, "tables/outcomes.csv": told})


def test_what_was_rewritten_whole_is_found_by_the_noted_head_and_by_the_signature(
    firm: Firm, tmp_path: Path
) -> None:
    """Hashes alone cannot know that all of them were made anew."""
    private, bad = tmp_path / "firm.pem", tmp_path / "bad.zip"
    public = new_key(private)
    good = make_bundle(firm, "r1", VERSIONS, key=private)
    read = bundles.read(good)
    assert check_bundle(good, read.head, public).faults == ()
    bundles.write(bad, rewritten(firm, read))
    assert check_bundle(bad).faults == ()
    assert "noted" in " ".join(check_bundle(bad, read.head).faults)
    assert foreign_verifier.check(str(bad), f"{read.head.seq}:{read.head.hash}")
    assert "signature" in " ".join(check_bundle(bad, key=public).faults)
    stranger = new_key(tmp_path / "other.pem")
    assert "signature" in " ".join(check_bundle(good, key=stranger).faults)
    assert "outside" in " ".join(check_bundle(good, Head(99, "0" * 64)).faults)


def test_tables_that_say_something_else_than_the_ledger_are_found(firm: Firm) -> None:
    """They are made again from the entries."""
    read = bundles.read(make_bundle(firm, "r1", VERSIONS))
    others = {name: content for name, content in read.files.items() if name not in (LEDGER, VALUES)}
    others["tables/plan.csv"] = others["tables/plan.csv"].replace(b"wiremu", b"someone")
    path = firm.folder / "bad.zip"
    bundles.write(path, packed(read.manifest, read.start, list(read.rows()), read.openings(), others))
    assert check_bundle(path).faults == ("tables/plan.csv says something else than the ledger.",)


def test_no_birth_date_or_tax_number_leaves_unless_asked_for(firm: Firm) -> None:
    """Nor what would let anybody find them by trying: only what is shown has its salt with it."""
    plain = make_bundle(firm, "r1", VERSIONS)
    assert EMAIL.encode() in bytes_of(plain)
    for secret in (BORN, TAX, TOKEN):
        assert secret.encode() not in bytes_of(plain)
    sealed = {name: o for o in firm.book.openings([7]) for name in [json.loads(o.text)[0]]}
    assert sealed["words"].salt.hex().encode() in bytes_of(plain)
    assert sealed["harmed.date_of_birth"].salt.hex().encode() not in bytes_of(plain)
    full = make_bundle(firm, "r1", VERSIONS, edition="full")
    assert BORN.encode() in bytes_of(full)
    assert check_bundle(full).faults == ()
    with pytest.raises(BadInput, match="full edition"):
        make_bundle(firm, "r1", VERSIONS, inputs=True)


def test_the_masked_edition_shows_equality_and_nothing_else(firm: Firm) -> None:
    """What was chosen and what was written carry the same digest; another bundle has other ones."""
    path = make_bundle(firm, "r1", VERSIONS, edition="masked")
    assert check_bundle(path).faults == ()
    assert foreign_verifier.check(str(path)) == []
    whole = bytes_of(path)
    for secret in (EMAIL, BORN, TAX, "Thank you", "wiremu"):
        assert secret.encode() not in whole
    for salt in (o.salt for o in firm.book.openings(range(1, 9))):
        assert salt.hex().encode() not in whole and salt not in whole
    files = bundles.read(path).files
    [chosen] = {cell for cell in files["tables/decisions.csv"].decode().split('"') if len(cell) == 64}
    [written] = {cell for cell in files["tables/plan.csv"].decode().split('"') if len(cell) == 64}
    assert chosen == written
    again = make_bundle(firm, "r1", VERSIONS, edition="masked", to=firm.folder / "again.zip")
    assert chosen.encode() not in bytes_of(again)


def recorded(firm: Firm, files: Mapping[str, bytes]) -> str:
    """Keep the record of a scheduled run, as `workbench run` does."""
    run_id = firm.run_records.begin(firm.clock.now())
    for name, content in files.items():
        (firm.run_records.path(run_id) / name).write_bytes(content)
    at = firm.clock.now().isoformat(timespec="milliseconds")
    hashes = firm.run_records.hashes(run_id)
    firm.append([Entry("compared", {"links": 1, "counts": {}, "snapshots": {}})])
    record = RunRecord(
        run_id, "ann", at, at, "nothing_moved", 0, "Nothing.", {}, {}, {}, firm.book.head(), (), hashes
    )
    body = {"run_id": run_id, "result": record.result, "exit_code": 0}
    firm.append([Entry("ran", {**body, "record": firm.run_records.seal(record)})])
    return run_id


def test_a_record_that_was_altered_is_found(firm: Firm) -> None:
    """The ledger sealed the record, and the record its files."""
    path = make_bundle(firm, recorded(firm, {"notebook.ipynb": b"{}"}), VERSIONS)
    read = bundles.read(path)
    for name, fault in (("notebook.ipynb", "is not what the run's record says"), ("record.json", "sealed")):
        others = {n: content for n, content in read.files.items() if n not in (LEDGER, VALUES)}
        others[f"record/{name}"] = others[f"record/{name}"].replace(b"{}", b"[]")
        bundles.write(path, packed(read.manifest, read.start, list(read.rows()), read.openings(), others))
        assert fault in " ".join(check_bundle(path).faults)


def test_what_is_no_run_or_no_bundle_is_told(firm: Firm, tmp_path: Path) -> None:
    """In a sentence."""
    with pytest.raises(BadInput, match="no run nowhere"):
        make_bundle(firm, "nowhere", VERSIONS)
    for content in (b"", b"no zip at all", bytes_of(make_bundle(firm, "r1", VERSIONS))):
        path = tmp_path / "odd.zip"
        path.write_bytes(content)
        with pytest.raises(BadInput, match="no bundle"):
            check_bundle(path)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such permissions")
def test_bundles_and_keys_are_for_their_owner_only(firm: Firm, tmp_path: Path) -> None:
    """Files 0600, their folder 0700."""
    path, key = make_bundle(firm, "r1", VERSIONS), tmp_path / "firm.pem"
    new_key(key)
    assert [each.stat().st_mode & 0o777 for each in (path, path.parent, key)] == [0o600, 0o700, 0o600]


def test_the_commands_make_sign_and_check(firm: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    """From the key to the check; what was altered ends in a refusal that says so."""
    private = firm.folder / "firm.pem"
    key(private)
    bundle("r1", folder=firm.folder, key=private)
    path = firm.folder / "bundles" / "r1.zip"
    assert str(path) in capsys.readouterr().out
    head = bundles.read(path).head
    verify(path, head=f"{head.seq}:{head.hash}", key=firm.folder / "firm.pub.pem")
    told = capsys.readouterr().out
    assert "run r1, plain edition" in told and "signature holds" in told
    verify(firm.folder, head=f"{head.seq}:{head.hash}")
    assert "The ledger verifies: 10 entries" in capsys.readouterr().out
    with pytest.raises(WorkbenchError, match="does not verify"):
        verify(path, head=f"{head.seq}:{'0' * 64}")
    assert "noted earlier" in capsys.readouterr().out
    with pytest.raises(BadInput, match="is no head"):
        verify(path, head="7")


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")
def test_openssl_checks_the_signature_by_the_command_of_the_page(firm: Firm, tmp_path: Path) -> None:
    """The command in docs/records.md, run to the letter, accepts the manifest and refuses an altered one."""
    page = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
    [command] = re.findall(r"`(openssl [^`]+)`", page)
    new_key(tmp_path / "firm.pem")
    with zipfile.ZipFile(make_bundle(firm, "r1", VERSIONS, key=tmp_path / "firm.pem")) as file:
        file.extractall(tmp_path)

    def checked() -> int:
        return subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode

    assert checked() == 0
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"plain"', b'"other"'))
    assert checked() != 0
