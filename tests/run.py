"""Run everything that `make test` promises, in order, and say plainly what did not run.

Lint, types and import contracts; then all tests; then the notebooks, cell by cell against what they show;
then Spark tests, where Java 17 is there, and browser tests, where a Chromium can be had. Files for
spreadsheets are opened by LibreOffice, where it can be had. With CI=true a missing one is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from chromium import find_or_get, install_from_debian  # noqa: E402

NOTEBOOKS = [
    "--nbval-sanitize-with=tests/notebooks/sanitise.cfg",
    *(
        f"notebooks/{name}.ipynb"
        for name in ("1_connect", "2_link", "3_reconcile", "4_audit", "scheduled_run")
    ),
]
STEPS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "import contracts": ["importlinter.cli", "lint-imports"],
    "types": ["mypy"],
    "tests": ["pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", "not browser and not long"],
    "notebooks": ["pytest", "-q", "-p", "fresh_firm", "--nbval", "--nbval-current-env", *NOTEBOOKS],
    "browser": ["pytest", "-q", "-m", "browser and not long", "tests"],
}


def run(name: str, command: list[str]) -> bool:
    """Run one step in this interpreter's environment; tell how long it took."""
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    module, *arguments = command
    # Where the notebooks' step finds its plugin.
    path = os.pathsep.join(filter(None, (str(ROOT / "tests" / "notebooks"), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, check=False)
    print(
        f"=== {name}: {'ok' if ended.returncode == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return ended.returncode == 0


def run_spark() -> bool:
    """Run the Spark tests in the environment that `make` builds for them."""
    print("\n=== Spark", flush=True)
    started = time.monotonic()
    ended = subprocess.run(["make", "--no-print-directory", "test-spark"], cwd=ROOT, check=False)
    passed = ended.returncode == 0
    print(f"=== Spark: {'ok' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return passed


def has_java() -> bool:
    """Tell whether the Java that Spark needs is here: 17 or a later one."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if not java:
        return False
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return bool(version) and int(version[1]) >= 17


def main() -> int:
    """Run all steps; the exit code is non-zero if any failed."""
    chromium = find_or_get()
    if not shutil.which("soffice"):
        install_from_debian("libreoffice-calc-nogui", "LibreOffice")
    results = {name: run(name, command) for name, command in STEPS.items() if name != "browser"}
    if chromium:
        os.environ["WORKBENCH_CHROMIUM"] = chromium
        results["browser"] = run("browser", STEPS["browser"])
    java = has_java()
    if java:
        results["Spark"] = run_spark()
    failed = [name for name, passed in results.items() if not passed]
    lacking = {
        "SPARK TESTS DID NOT RUN: they need Java 17 (JAVA_HOME, or java on the search path)": not java,
        "BROWSER TESTS DID NOT RUN: no Chromium was found and none could be installed": not chromium,
        "SPREADSHEETS WERE NOT OPENED: no LibreOffice was found and none could be installed": (
            not shutil.which("soffice")
        ),
    }
    for words in (words for words, is_lacking in lacking.items() if is_lacking):
        print(f"\n!!! {words}.")
        if os.environ.get("CI") == "true":
            failed.append(words)
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All steps passed.'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
