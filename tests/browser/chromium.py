"""Find a Chromium for the browser tests, or get one: Debian's package as root, else Playwright's download."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """Give the path of a Chromium on this machine, or None."""
    named = os.environ.get("WORKBENCH_CHROMIUM")
    for name in filter(None, (named, "chromium", "chromium-browser", "google-chrome")):
        if path := shutil.which(name):
            return path
    return _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and os.path.exists(path) else None  # noqa: PTH110 (a path of the tool's own making)


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def install_from_debian(package: str, name: str) -> None:
    """Install one of Debian's packages, where that is this machine's system and it may be done."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and shutil.which("apt-get"):
        print(f"No {name} found: installing Debian's package …", flush=True)
        _succeeds("apt-get", "update", "-qq")
        _succeeds("apt-get", "install", "-y", "-qq", package)


def find_or_get() -> str | None:
    """Give the path of a Chromium, installing one if need be; None if there is no way."""
    if path := find():
        return path
    install_from_debian("chromium", "Chromium")
    if not find():
        print("No Chromium found: asking Playwright for one …", flush=True)
        _succeeds(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


if __name__ == "__main__":
    print(find_or_get() or "none")
