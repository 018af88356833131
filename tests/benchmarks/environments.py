"""Environments of their own for packages that are no dependency of Workbench."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).parent / ".cache"


def python_of(requirements: Path) -> Path:
    """Give the Python of the environment with what a file lists, which is made when it is first asked for.

    Raises
    ------
    subprocess.CalledProcessError
        If the packages cannot be installed here.
    """
    folder = CACHE / "venvs" / requirements.stem
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", requirements], check=True, stderr=subprocess.DEVNULL)
        stamp.write_text(wanted)
    return python
