"""Being a firm's one worker: a lock that ends with its process, signs of life, and taking over from the hung.

Whoever dies lets go of the lock at once. Whoever hangs (a machine asleep, a stopped process) keeps it and
gives no sign of life any more; after `HUNG_S` of silence another may take its place. When it wakes, the
ledger names another worker for what it was doing, and it does nothing more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from filelock import FileLock, Timeout

from workbench.domain.errors import FirmBusy, StorageFailed
from workbench.flow.firm import Firm

BEAT_S: Final = 2.0
ALIVE_S: Final = 8.0
HUNG_S: Final = 30.0
"""After so long a silence a holder is taken for hung; its work then goes on within a minute."""


class Duty:
    """One worker's place at a firm.

    Parameters
    ----------
    firm : Firm
        Whose.
    worker_id : str
        The name under which signs of life are given.
    hung_s : float
        After how many seconds of silence whoever holds the firm is taken for hung.
    """

    def __init__(self, firm: Firm, worker_id: str, hung_s: float = HUNG_S) -> None:
        self._firm = firm
        self._id = worker_id
        self._hung_s = hung_s
        self._path = firm.folder / "worker.lock"
        self._heard: object = None  # the other's last sign of life, and since when it is the last
        self._heard_at = 0.0
        self.other_lives = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the firm's lock and give signs of life.

        Raises
        ------
        FirmBusy
            If another worker holds this firm, and is not known to hang.
        StorageFailed
            If the firm's folder cannot be written.
        """
        try:
            lock = self._locked() or self._taken_over()
        except OSError as error:
            raise StorageFailed(
                f"{self._firm.folder} cannot be written: {error.strerror}.",
                "Free some space or mend its permissions.",
            ) from None
        if lock is None:
            raise FirmBusy(
                f"Another worker already serves {self._firm.settings.firm.name}.",
                "Let it do the work, or end it first.",
            )
        off_duty = threading.Event()
        beats = threading.Thread(target=self._beat, args=(off_duty,), daemon=True)
        beats.start()
        try:
            yield
        finally:
            off_duty.set()
            beats.join()
            lock.release()

    def _locked(self) -> FileLock | None:
        lock = FileLock(self._path, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        self._heard, self.other_lives = None, False
        return lock

    def _taken_over(self) -> FileLock | None:
        """Take the place of one that hangs; only one at a time may try."""
        if not self._silent():
            return None
        try:
            with FileLock(self._path.with_suffix(".takeover"), timeout=0, mode=0o600):
                if not self._silent():
                    return None
                with suppress(PermissionError):  # some systems keep a file that is in use: then it stays busy
                    self._path.unlink(missing_ok=True)
                lock = self._locked()
                if lock is not None:
                    self._firm.book.beat(self._id)
                return lock
        except Timeout:
            return None

    def _silent(self) -> bool:
        """Tell whether the other's last sign of life has been the last one for too long.

        Measured by this process' own time: clocks of two machines may differ.
        """
        beat, now = self._firm.book.last_beat(), time.monotonic()
        if self._heard is None or beat != self._heard:
            self.other_lives = self._heard is not None
            self._heard, self._heard_at = beat or "nobody yet", now
        return now - self._heard_at >= self._hung_s

    def _beat(self, off_duty: threading.Event) -> None:
        while True:
            with suppress(StorageFailed):  # the work itself meets the same disk, and says so
                self._firm.book.beat(self._id)
            if off_duty.wait(BEAT_S):
                break
        with suppress(StorageFailed):
            self._firm.book.rest(self._id)
