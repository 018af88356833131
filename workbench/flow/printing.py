"""Print a page of ours as a PDF, where a Chromium is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

CHROMIUM: Final = "WORKBENCH_CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_LONGEST_S: Final = 120.0


def find_chromium() -> str | None:
    """Give the path of a Chromium on this machine, or None; WORKBENCH_CHROMIUM goes first."""
    named = os.environ.get(CHROMIUM)
    return next((path for name in (named, *_NAMES) if name and (path := shutil.which(name))), None)


def print_page(page: Path, pdf: Path) -> bool:
    """Print a self-contained HTML file; tell whether there is a PDF now.

    Parameters
    ----------
    page, pdf : Path
        From and to; nothing but `page` is loaded, and no profile is kept.
    """
    chromium = find_chromium()
    if chromium is None:
        return False
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            chromium,
            "--headless",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-background-networking",
            "--no-first-run",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--user-data-dir={profile}",
            f"--print-to-pdf={pdf}",
            *_as_root(),
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(
                command,
                check=True,
                timeout=_LONGEST_S,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return pdf.exists()


def _as_root() -> list[str]:
    """Chromium keeps its sandbox off where it runs as root, as in a container; the page is ours alone."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
