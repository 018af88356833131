"""A firm's settings as its file says them now, and how that file is changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import tomlkit
from filelock import FileLock

from workbench.domain.errors import BadSettings, StorageFailed
from workbench.domain.settings import MENDED_BY, Settings, read_settings

_FILE = "firm.toml"


def settings_of(folder: Path) -> Settings:
    """Read a firm's ``firm.toml``.

    Raises
    ------
    BadSettings
        If there is none, or it cannot be used.
    """
    path = folder / _FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadSettings(
            f"There is no firm in {folder} (no firm.toml).",
            "Name a firm's folder, or try `workbench demo`.",
            plain=f"The firm’s settings are not there. {MENDED_BY}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"{path} cannot be read: {error}.",
            "Check the file and who may read it.",
            plain=f"The firm’s settings cannot be read. {MENDED_BY}",
        ) from None
    return read_settings(text, str(path))


class SettingsFile:
    """A firm's settings, read again whenever the file has changed.

    Parameters
    ----------
    folder : Path
        The firm's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: tuple[int, Settings] | None = None
        self._held: Settings | None = None

    def hold(self, settings: Settings) -> None:
        """From now on give these, whatever the file says."""
        self._held = settings

    def now(self) -> Settings:
        """Give them as the file says now; raises as `settings_of` does."""
        if self._held is not None:
            return self._held
        file = self._folder / _FILE
        written = file.stat().st_mtime_ns if file.exists() else 0
        if self._known is None or self._known[0] != written:
            self._known = (written, settings_of(self._folder))
        return self._known[1]


def rewrite(folder: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> Settings:
    """Change a firm's ``firm.toml``, whose other lines and comments stay as they are.

    Parameters
    ----------
    folder : Path
        The firm's.
    change : callable
        Changes the document; what it raises leaves the file as it was. Nobody else changes it meanwhile.

    Returns
    -------
    Settings
        As the file says them now.

    Raises
    ------
    BadSettings
        If the file could not be used afterwards; then it is left as it was.
    StorageFailed
        If it cannot be written.
    """
    path = folder / _FILE
    with FileLock(path.with_suffix(".lock"), mode=0o600):
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        change(document)
        text = tomlkit.dumps(document)
        settings = read_settings(text, str(path))
        _write(path, text)
    return settings


def _write(path: Path, text: str) -> None:
    """Put a whole new file in the old one's place: no reader ever sees a half."""
    try:
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".firm-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(path.stat().st_mode)
        Path(unfinished).replace(path)
    except OSError as error:
        raise StorageFailed(
            f"{path} cannot be written: {error.strerror}.", "Check who may write it."
        ) from None
