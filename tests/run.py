"""Run everything that `make test` promises, and say plainly what did not run.

Lint, types and import contracts; the notebooks, cell by cell against what they show; then all tests, those in
a browser among them where a Chromium can be had; and Spark's, where Java 17 is there. Files for spreadsheets
are opened by LibreOffice, where it can be had. With CI=true a missing one is a failure.

One process more than there are cores works at the tests, for they often wait: for a server, a page, a child.
Beside all that Spark is installed, and then its tests run; what they say is shown when they have ended.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
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
LONGEST = ("browser", "torture", "scheduled", "story", "flow")
"""Taken first, file by file: no process is left with them when the others have nothing to do any more."""
PROCESSES = min(os.cpu_count() or 2, 4) + 1
AT_ONCE = ["-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder"]
TESTS = ["-m", "pytest", "-q", "-p", "no:nbval", *AT_ONCE]
CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
"""import-linter does nothing when it is run as a module."""
STEPS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "import contracts": ["-c", CONTRACTS],
    "types": ["-m", "mypy"],
    "notebooks": ["-m", "pytest", "-q", "-p", "fresh_firm", "--nbval", "--nbval-current-env", *NOTEBOOKS],
}
SPARK = ["make", "--no-print-directory", "test-spark"]


def _places() -> list[str]:
    """Give every folder of tests and every file beside them, those that last longest first."""
    found = [*(ROOT / "tests").glob("[a-z]*/"), *(ROOT / "tests").glob("test_*.py")]
    others = sorted(path.name for path in found if path.name not in LONGEST)
    return [f"tests/{name}" for name in (*LONGEST, *others)]


def _environment() -> dict[str, str]:
    """Give what every step runs in."""
    # Where the notebooks' step finds its plugin.
    path = os.pathsep.join(filter(None, (str(ROOT / "tests" / "notebooks"), os.environ.get("PYTHONPATH"))))
    # Tests start hundreds of processes: what one of them compiled is there for the next.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": path}


def run(name: str, command: list[str]) -> bool:
    """Run one step in this interpreter's environment; tell how long it took."""
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, env=_environment(), check=False)
    _tell(name, ended.returncode, started)
    return ended.returncode == 0


def run_beside(name: str, command: list[str]) -> tuple[bool, str]:
    """Run a step beside others; give whether it passed, and all that it said."""
    started = time.monotonic()
    ended = subprocess.run(
        command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    _tell(f"{name} (beside the others; its words come last)", ended.returncode, started)
    return ended.returncode == 0, ended.stdout


def _tell(name: str, code: int, started: float) -> None:
    took_s = time.monotonic() - started
    print(f"=== {name}: {'ok' if code == 0 else 'FAILED'} in {took_s:.0f} s", flush=True)


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
    chromium, java = find_or_get(), has_java()
    if not shutil.which("soffice"):
        install_from_debian("libreoffice-calc-nogui", "LibreOffice")
    if chromium:
        os.environ["WORKBENCH_CHROMIUM"] = chromium
    with ThreadPoolExecutor(1) as beside:
        spark: Future[tuple[bool, str]] | None = beside.submit(run_beside, "Spark", SPARK) if java else None
        results = {name: run(name, command) for name, command in STEPS.items()}
        chosen = "not long" if chromium else "not browser and not long"
        results["tests"] = run("tests", [*TESTS, "-m", chosen, *_places()])
        if spark:
            results["Spark"], words = spark.result()
            print(f"\n=== Spark\n{words}", flush=True)
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
