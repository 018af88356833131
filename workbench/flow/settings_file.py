"""A firm's settings as its file says them now."""

from __future__ import annotations

from pathlib import Path

from workbench.domain.errors import BadSettings
from workbench.domain.settings import Settings, read_settings


def settings_of(folder: Path) -> Settings:
    """Read a firm's ``firm.toml``.

    Raises
    ------
    BadSettings
        If there is none, or it cannot be used.
    """
    path = folder / "firm.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadSettings(
            f"There is no firm in {folder} (no firm.toml).", "Name a firm's folder, or try `workbench demo`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} cannot be read: {error}.", "Check the file and who may read it.") from None
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

    def now(self) -> Settings:
        """Give them as the file says now; raises as `settings_of` does."""
        file = self._folder / "firm.toml"
        written = file.stat().st_mtime_ns if file.exists() else 0
        if self._known is None or self._known[0] != written:
            self._known = (written, settings_of(self._folder))
        return self._known[1]
