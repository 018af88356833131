"""Snapshots: what the services sent, as dated files named after the hash of their content.

A file is a gzip stream of answers: for each, one line of canonical JSON (what it is, and how many bytes
follow), the bytes as received, and a line break. The same answers give the same file, on any machine.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, Final

from workbench.domain.errors import TELL_AN_ADMINISTRATOR, StorageFailed
from workbench.domain.fields import Side
from workbench.domain.records import Answer, canonical

FORMAT: Final = 1
PARTIAL: Final = ".partial"
_GZIP: Final = 16 + zlib.MAX_WBITS


class Writer:
    """Takes a pull's answers; afterwards `id` and `path` say where they are."""

    def __init__(self, stream: gzip.GzipFile, partial: Path) -> None:
        self._stream = stream
        self.id = ""
        self.path = partial
        self.answers = 0

    def add(self, answer: Answer) -> None:
        """Keep one more answer."""
        with _told(self.path):
            self._stream.write(_packed(answer))
        self.answers += 1


class Snapshots:
    """A firm's snapshots.

    Parameters
    ----------
    folder : Path
        Made when first needed, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @contextmanager
    def writing(self, side: Side, at: datetime) -> Iterator[Writer]:
        """Keep a pull: all of it or, if anything goes wrong, a file flagged ``.partial`` that is never read.

        Parameters
        ----------
        side : str
            Which system is read.
        at : datetime
            When the pull began (UTC).

        Yields
        ------
        Writer
            Its `id` (the file's SHA-256) is set once the block has ended well.
        """
        stem = f"{side}-{at:%Y%m%dT%H%M%SZ}"
        partial = self.folder / f"{stem}-{secrets.token_hex(4)}{PARTIAL}"
        with _told(partial):
            _make_folder(self.folder)
            file = _create(partial)
        with _told(partial), file:  # a full disk may show only when what is left is written at the end
            with _gzip(file) as stream:
                writer = Writer(stream, partial)
                yield writer
            _settle(file)
        with _told(partial):
            writer.id = _hash(partial)
            writer.path = self.folder / f"{stem}-{writer.id}.gz"
            _rename(partial, writer.path)

    def read(self, snapshot_id: str) -> Iterator[Answer]:
        """Give a kept pull's answers, one after the other, after checking the whole file's hash.

        Parameters
        ----------
        snapshot_id : str
            As `Writer.id` gave it.

        Raises
        ------
        StorageFailed
            If there is no such snapshot, or it is not what was written.
        """
        return _checked(self.path(snapshot_id), snapshot_id)

    def path(self, snapshot_id: str) -> Path:
        """Give a kept pull's file.

        Raises
        ------
        StorageFailed
            If there is no such snapshot.
        """
        path = next(iter(sorted(self.folder.glob(f"*-{snapshot_id}.gz"))), None)
        if path is None:
            raise StorageFailed(
                f"There is no snapshot {snapshot_id[:12]}… in {self.folder}.",
                "Pull again.",
                plain="What was pulled last is not there any more. Pull both systems again, on Overview.",
            )
        return path

    def add_look(self, answer: Answer) -> str:
        """Keep one answer about one record (of a look or an echo) and give its id; twice the same is one."""
        whole = io.BytesIO()
        with _gzip(whole) as stream:
            stream.write(_packed(answer))
        look_id = hashlib.sha256(whole.getvalue()).hexdigest()
        path = self.look_path(look_id)
        with _told(path):
            if not path.exists():
                _make_folder(path.parent)
                partial = path.with_name(f"{look_id}-{secrets.token_hex(4)}{PARTIAL}")
                with _create(partial) as file:
                    file.write(whole.getvalue())
                    _settle(file)
                _rename(partial, path)
        return look_id

    def read_look(self, look_id: str) -> Answer:
        """Give one kept look.

        Raises
        ------
        StorageFailed
            If there is no such look, or it is not what was written.
        """
        path = self.look_path(look_id)
        if not path.exists():
            raise StorageFailed(
                f"There is no look {look_id[:12]}… in {self.folder}.",
                "Refresh the client.",
                plain="What was seen of this client last is not there any more. Refresh the client.",
            )
        return next(_checked(path, look_id))

    def kept(self) -> Iterator[tuple[Path, datetime, str]]:
        """Give every kept pull, and what is left of one that was cut: its file, when it began, its id."""
        for path in sorted(self.folder.glob("*-*-*")):
            _, stamp, rest = path.name.rsplit("-", 2)
            at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            yield path, at, rest.removesuffix(".gz")

    def delete(self, paths: Iterable[Path]) -> int:
        """Delete files and give how many there were."""
        gone = 0
        for path in list(paths):
            with _told(path):
                if path.exists():
                    path.unlink()
                    gone += 1
        return gone

    def look_path(self, look_id: str) -> Path:
        """Give where a look is kept."""
        return self.folder / "looks" / look_id[:2] / f"{look_id}.gz"


def _packed(answer: Answer) -> bytes:
    line = {
        "v": FORMAT,
        "side": answer.side,
        "resource": answer.resource,
        "media_type": answer.media_type,
        "at": answer.at.isoformat(),
        "key": answer.key,
        "bytes": len(answer.body),
    }
    return canonical(line) + b"\n" + answer.body + b"\n"


def _checked(path: Path, expected: str) -> Iterator[Answer]:
    """Check the file first and read it then: nobody sees an answer of an altered file."""
    with _told(path):
        found = _hash(path)
    _check(path, found, expected)
    return _streamed(path)


def _streamed(path: Path) -> Iterator[Answer]:
    with gzip.open(path, "rb") as stream:
        yield from _answers(stream)


def unpacked(path: Path) -> Iterator[Answer]:
    """Give a kept file's answers as `Snapshots.read` does, read and unpacked in one go.

    That takes more memory, and lets other threads run meanwhile.

    Parameters
    ----------
    path : Path
        A pull's or a look's; its name tells its hash.

    Raises
    ------
    StorageFailed
        If it cannot be read, or is not what was written.
    """
    with _told(path):
        packed = path.read_bytes()
    _check(path, hashlib.sha256(packed).hexdigest(), path.stem.rpartition("-")[2])
    # The last bytes tell the size; to know it saves a third of the time.
    size = int.from_bytes(packed[-4:], "little")
    return _answers(io.BytesIO(zlib.decompress(packed, _GZIP, size)))


def _check(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise StorageFailed(
            f"The snapshot {path.name} is not what was written: its hash differs.",
            "Restore it from a backup, or delete it and pull again.",
            plain="What was pulled last was damaged on the disk since. Pull both systems again, on Overview; "
            "if this stays, tell an administrator of your firm: the log names the file.",
        )


def _answers(stream: BinaryIO | gzip.GzipFile) -> Iterator[Answer]:
    while line := stream.readline():
        told = json.loads(line)
        body = stream.read(told["bytes"])
        stream.read(1)
        yield Answer(
            side=told["side"],
            resource=told["resource"],
            media_type=told["media_type"],
            body=body,
            at=datetime.fromisoformat(told["at"]),
            key=told["key"],
        )


def _gzip(file: IO[bytes]) -> gzip.GzipFile:
    # No name and no time in the header, so that equal content gives equal bytes.
    return gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _create(path: Path) -> IO[bytes]:
    """Make a new file which only its owner can read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _make_folder(folder: Path) -> None:
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename(partial: Path, path: Path) -> None:
    partial.replace(path)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is durable by itself
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"{path} could not be read or written: {error.strerror}.",
            "Check the disk's space and the permissions of the firm's folder.",
            plain=f"What was pulled could not be read or kept: {error.strerror}. {TELL_AN_ADMINISTRATOR}",
        ) from None
