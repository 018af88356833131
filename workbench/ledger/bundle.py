"""A bundle: one file with all that an outsider needs to check a run, and how it is checked.

The README describes the format (1) for those who write a verifier of their own. A bundle is a zip of

- ``manifest.json``: canonical JSON; names every other file with its SHA-256, and the chain's start and head;
- ``manifest.sig``: if the firm signed it (`workbench.ledger.signing`);
- ``ledger.txt``: the ledger's entries from the run's first to its last, one a line: hash, space, entry;
- ``values.txt``: what opens digests, one a line: the entry's place, salt and ``[name, value]``, with spaces;
- any other files: tables, settings, the run's record, inputs.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.domain.errors import BadInput
from workbench.domain.records import Event, canonical
from workbench.ledger import chain, signing
from workbench.ledger.chain import Head, Opening, Row

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
LEDGER: Final = "ledger.txt"
VALUES: Final = "values.txt"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # so that the same run gives the same bytes


@dataclass(frozen=True)
class Bundle:
    """A bundle as it was read.

    Parameters
    ----------
    manifest : mapping
        As written.
    files : mapping
        Path to content, of all but manifest and signature.
    raw_manifest : bytes
        What is signed.
    signature : bytes, optional
        As found.
    """

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    raw_manifest: bytes
    signature: bytes | None = None

    @property
    def start(self) -> Head:
        """What the first entry follows."""
        return Head(**self.manifest["start"])

    @property
    def head(self) -> Head:
        """The last entry."""
        return Head(**self.manifest["head"])

    def rows(self) -> Iterator[Row]:
        """Give the entries, as they stand there."""
        for place, line in enumerate(_lines(self.files[LEDGER]), start=self.start.seq + 1):
            digest, _, entry = line.partition(" ")
            yield Row(place, entry, digest)

    def openings(self) -> Iterator[Opening]:
        """Give what opens digests."""
        for line in _lines(self.files.get(VALUES, b"")):
            seq, salt, text = line.split(" ", 2)
            yield Opening(int(seq), bytes.fromhex(salt), text)

    def events(self) -> list[Event]:
        """Give the entries with the values that are opened."""
        private: dict[int, dict[str, str | None]] = {}
        for opening in self.openings():
            name, value = json.loads(opening.text)
            private.setdefault(opening.seq, {})[name] = value
        names = ("seq", "at", "by", "kind", "body", "subject")
        entries = (json.loads(row.entry) for row in self.rows())
        return [Event(**{n: e[n] for n in names}, private=private.get(e["seq"], {})) for e in entries]


def packed(
    manifest: Mapping[str, Any],
    start: Head,
    rows: Sequence[Row],
    openings: Iterable[Opening],
    files: Mapping[str, bytes],
    key: Path | None = None,
) -> bytes:
    """Put a bundle together.

    Parameters
    ----------
    manifest : mapping
        What is to be said of the run; files, start and head are added.
    start : Head
        What the first entry follows.
    rows : sequence of Row
        The run's part of the chain; not empty.
    openings : iterable of Opening
        Of the values that are shown.
    files : mapping
        Path to content, of all else.
    key : Path, optional
        The private key with which the firm signs the manifest.
    """
    ledger = "".join(f"{row.hash} {row.entry}\n" for row in rows).encode()
    values = "".join(f"{each.seq} {each.salt.hex()} {each.text}\n" for each in openings).encode()
    whole = {LEDGER: ledger, VALUES: values, **files}
    said = {
        **manifest,
        "v": FORMAT,
        "start": {"seq": start.seq, "hash": start.hash},
        "head": {"seq": rows[-1].seq, "hash": rows[-1].hash},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in whole.items()},
    }
    text = canonical(said)
    signature = {SIGNATURE: signing.signed(key, text)} if key else {}
    return _zipped({MANIFEST: text, **signature, **whole})


def write(path: Path, content: bytes) -> None:
    """Write a bundle for its owner only; the file appears whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    partial.replace(path)


def read(path: Path) -> Bundle:
    """Read a bundle without trusting it.

    Raises
    ------
    BadInput
        If it is none, or of a format that this version does not know.
    """
    with _understood(path):
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
            if len(names) != len(set(names)):
                raise ValueError("a file stands in it twice")
            content = {name: file.read(name) for name in names}
        raw = content.pop(MANIFEST)
        manifest = json.loads(raw)
        if manifest["v"] != FORMAT:
            raise ValueError("its format is not known to this version")
        bundle = Bundle(manifest, content, raw, content.pop(SIGNATURE, None))
        _ = bundle.start, bundle.head, manifest["files"].items()
        return bundle


def faults(bundle: Bundle, expected: Head | None = None, key: Path | None = None) -> list[str]:
    """Check a bundle by itself; give what does not hold, in sentences.

    Parameters
    ----------
    bundle : Bundle
        As read.
    expected : Head, optional
        A head noted earlier; if it lies within the bundle, the chain must pass through it.
    key : Path, optional
        The firm's public key; with it the bundle must be signed.
    """
    found = [] if canonical(bundle.manifest) == bundle.raw_manifest else ["The manifest is not canonical."]
    found += _file_faults(bundle)
    if found:
        return found  # what is not as it was packed need not be understood
    try:
        rows = list(bundle.rows())
    except ValueError:
        return [f"{LEDGER} cannot be read."]
    if expected and not bundle.start.seq <= expected.seq <= bundle.head.seq:
        found.append(f"The noted head, entry {expected.seq}, lies outside: it ends with {bundle.head.seq}.")
        expected = None
    told = chain.verify(rows, expected, bundle.start)
    if told.fault:
        found.append(told.fault)
    elif told.head != bundle.head:
        found.append(f"The ledger ends with entry {told.head.seq}, not with the head in the manifest.")
    else:
        found += _value_faults(bundle, rows)
    if key and not (bundle.signature and signing.holds(key, bundle.raw_manifest, bundle.signature)):
        found.append("The manifest does not carry the firm's signature.")
    return found


def _file_faults(bundle: Bundle) -> Iterator[str]:
    said = bundle.manifest["files"]
    for name in sorted({LEDGER, *said} - bundle.files.keys()):
        yield f"{name} is missing."
    for name in sorted(bundle.files.keys() - said.keys()):
        yield f"{name} does not belong to it."
    for name in sorted(said.keys() & bundle.files.keys()):
        if hashlib.sha256(bundle.files[name]).hexdigest() != said[name]:
            yield f"{name} was altered: it is not what the manifest says."


def _value_faults(bundle: Bundle, rows: Iterable[Row]) -> Iterator[str]:
    private = {row.seq: json.loads(row.entry)["private"] for row in rows}
    try:
        for opening in bundle.openings():
            if not chain.opens(opening, private.get(opening.seq, {})):
                yield f"A value of entry {opening.seq} was altered: it does not fit its digest."
    except ValueError:
        yield f"{VALUES} cannot be read."


def _lines(content: bytes) -> list[str]:
    """Give the lines of a text; only a line feed ends one, for names may hold any other sign."""
    lines = content.decode().split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _zipped(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            told = zipfile.ZipInfo(name, _LONG_AGO)
            told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            file.writestr(told, content)
    return whole.getvalue()


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, AttributeError):
        raise BadInput(
            f"{path} is no bundle: it is damaged or another kind of file.",
            "Name a firm's folder, or ask for the bundle again.",
        ) from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError) as odd:
        told = odd if isinstance(odd, ValueError) else type(odd).__name__
        raise BadInput(f"{path} is no bundle that can be read: {told}.", "Ask for it again.") from None
