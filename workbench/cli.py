"""The ``workbench`` command."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout

from workbench.bench import Workbench
from workbench.commands.bundle import bundle, key, verify
from workbench.commands.columns import columns
from workbench.commands.connect import connect, doctor
from workbench.commands.custom_fields import custom_fields
from workbench.commands.import_headers import import_headers_of
from workbench.commands.init import init
from workbench.commands.purge import purge
from workbench.domain.errors import FirmBusy, WorkbenchError
from workbench.domain.fields import SIDES
from workbench.door.serving import HOST, dashboard_notebook, lab_serving, serving
from workbench.flow.answering import ByKeyboard
from workbench.flow.asking import ask, follow
from workbench.flow.demo import SANDBOX_SECRET, SPEED, forget_demo, write_demo_settings
from workbench.flow.firm import Firm
from workbench.flow.processes import Processes, ending_on_signals, free_port, module
from workbench.flow.worker import Worker
from workbench.reconcile.link import link
from workbench.reconcile.score import score
from workbench.systems.hub import hub_that_started_us

DEMO = Path("data/firms/demo")
TRUTH = Path("data/demo_firm/truth.csv")
READY_WAIT_S = 60.0
BUSY = 75
"""The exit code where somebody else holds the firm: later it may go well (EX_TEMPFAIL of sysexits)."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

FolderArgument = Annotated[Path, typer.Argument(help="The firm's folder, with its firm.toml.")]
ResetOption = Annotated[bool, typer.Option("--reset", help="Forget everything and start afresh.")]
PortOption = Annotated[int, typer.Option(help="Where it is served; another one if it is taken.")]
FolderOption = Annotated[Path, typer.Option(help="Where the demo firm lives.")]
BrowserOption = Annotated[bool, typer.Option(help="Open a browser where there is one.")]


@app.command()
def demo(
    folder: FolderOption = DEMO,
    reset: ResetOption = False,
    port: PortOption = 8866,
    browser: BrowserOption = True,
) -> None:
    """Try everything on an invented firm: sandbox, worker and dashboard, until Ctrl-C."""
    with _service(folder, reset) as processes:
        _start_sandbox(processes, folder)
        _start_worker(processes, folder, visitor=True)
        _pull_once(processes, folder)
        _start_dashboard(processes, folder, port, browser)
        processes.watch()


@app.command()
def lab(
    folder: FolderOption = DEMO,
    reset: ResetOption = False,
    port: PortOption = 8888,
    browser: BrowserOption = True,
) -> None:
    """Open the notebooks in JupyterLab on the demo firm, until Ctrl-C."""
    with _service(folder, reset) as processes:
        _start_sandbox(processes, folder)
        port = free_port(port)
        server = lab_serving(
            dashboard_notebook().parent, port, folder.resolve(), (folder / "served").resolve()
        )
        processes.start("lab", server.argv, env={**server.env, **_SECRET})
        processes.wait_for_port(port, "lab", READY_WAIT_S)
        _show("The notebooks are", server.link, browser)
        processes.watch()


@app.command()
def serve(
    folder: FolderArgument,
    port: PortOption = 8866,
    host: Annotated[str, typer.Option(help="Where it listens; beyond this machine only behind TLS.")] = HOST,
    browser: BrowserOption = False,
) -> None:
    """Serve a firm's dashboard and run its worker, until Ctrl-C."""
    Firm(folder)  # settings and ledger are checked before anything is started
    with _service(folder, reset=False) as processes:
        _start_worker(processes, folder, visitor=False)
        _start_dashboard(processes, folder, port, browser, host)
        processes.watch()


@app.command()
def worker(
    folder: FolderArgument,
    visitor: Annotated[bool, typer.Option("--visitor", help="Sign in to the sandbox by itself.")] = False,
) -> None:
    """Carry out what pages and notebooks ask for: pull, refresh, push. Holds the tokens."""
    firm = Firm(folder, show=_send_visitor) if visitor else Firm(folder)
    with ending_on_signals():
        end = threading.Event()
        try:
            Worker(firm).serve(end)
        except KeyboardInterrupt:
            end.set()


app.command()(init)
app.command()(doctor)
app.command()(connect)


@app.command()
def disconnect(folder: FolderArgument) -> None:
    """Withdraw the sign-ins to both systems and forget their tokens."""
    firm = Firm(folder)
    print(follow(firm, ask(firm, "disconnect", {}), tell=_say))


@app.command()
def pull(
    folder: FolderArgument,
    accept_shrink: Annotated[bool, typer.Option("--accept-shrink", help="Clients really left.")] = False,
) -> None:
    """Fetch both systems' clients and keep them as a snapshot."""
    firm = Firm(folder)
    request_id = ask(firm, "pull", {"accept_shrink": accept_shrink})
    print(follow(firm, request_id, meanwhile=ByKeyboard(folder), tell=_say))


app.command()(columns)
app.command()(custom_fields)
app.command("import-headers")(import_headers_of)


@app.command()
def run(
    folder: FolderArgument,
    scope: Annotated[
        str,
        typer.Option(help="partner: NAME, or so by manager, group, type, structure; by default all."),
    ] = "",
    since: Annotated[str, typer.Option(help="A day, or a run's id; by default the last run.")] = "",
    pdf: Annotated[bool, typer.Option(help="Print the report too, where a Chromium is there.")] = True,
) -> None:
    """Pull, compare and report without a person: 0 nothing moved, 10 differences wait, 20 needs a person."""
    from workbench.scheduled import scheduled_run  # loads Jupyter's client

    record = scheduled_run(folder, scope, since, printed=pdf)
    print(record.message)
    print(folder / "runs" / record.run_id)
    raise typer.Exit(record.exit_code)


@app.command()
def handover(
    folder: FolderArgument,
    confirm: Annotated[
        list[str] | None, typer.Option(help="The words that lift a brake; once for each that is set.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Write the files of what is open once more.")
    ] = False,
) -> None:
    """Hand over what a connection cannot write, as files for people; say what of it has arrived."""
    desk = Workbench(folder).desk
    plan = desk.handover_plan()
    if again:
        print(desk.hand_over_again().message)
    elif plan.operations:
        print(desk.hand_over(plan.hash, "\n".join(confirm or ())).message)
    print(desk.handed_over().attrs.get("told", "Nothing is handed over."))


app.command()(bundle)
app.command()(verify)
app.command()(key)
app.command()(purge)


@app.command()
def sandbox(
    folder: Annotated[Path | None, typer.Option(help="Keep the state here; without it, in memory.")] = None,
    speed: Annotated[float, typer.Option(help="How much faster than life the limits run.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the invented firm.")] = 1,
    xpm_port: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
    connectworks_port: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
) -> None:
    """Run the two local servers that speak as Connectworks and XPM do, until Ctrl-C."""
    options = [f"--speed={speed}", f"--seed={seed}", f"--xpm-port={xpm_port}"]
    options += [f"--connectworks-port={connectworks_port}"]
    options += [f"--folder={folder}"] if folder else []
    with ending_on_signals():
        try:
            raise typer.Exit(subprocess.run(module("workbench.sandbox", *options), check=False).returncode)
        except KeyboardInterrupt:
            return


@app.command()
def torture(
    seed: Annotated[int, typer.Option(help="Seed of the first round.")] = 1,
    minutes: Annotated[float, typer.Option(help="How long further rounds are started.")] = 5.0,
) -> None:
    """Push through a hostile network while the worker is killed; print what was survived."""
    from workbench.torture import HEADINGS, row_of, told
    from workbench.torture import torture as rounds_of_torture

    print(told(HEADINGS), flush=True)
    rounds = []
    for each in rounds_of_torture(seed, minutes):
        rounds.append(each)
        print(row_of(each), flush=True)
    survived = sum(each.survived for each in rounds)
    print(f"{survived} of {len(rounds)} rounds ended as a calm push does.")
    if survived < len(rounds):
        raise typer.Exit(1)


@app.command("score-demo")
def score_demo(
    truth: Annotated[Path, typer.Option(help="The truth that is kept beside the demo firm.")] = TRUTH,
) -> None:
    """Hold the links that are suggested on the demo firm against the truth; print precision and recall."""
    with tempfile.TemporaryDirectory() as scratch, _service(Path(scratch), reset=False) as processes:
        folder = Path(scratch)
        _start_sandbox(processes, folder)
        os.environ.update(_SECRET)
        firm = Firm(folder, show=_send_visitor)
        follow(firm, ask(firm, "pull", {}))
        clients, links = firm.clients(), firm.state().links()
    if clients is None or not truth.exists():
        raise WorkbenchError(f"There is no truth at {truth}.", "Run this from the project's folder.")
    standing = set(zip(links["connectworks_id"], links["xpm_id"], strict=True))
    with truth.open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if (row["connectworks_id"], row["xpm_id"]) not in standing
        ]
    print(score(link(clients.connectworks, clients.xpm, links=links), rows))


_SECRET = {"WORKBENCH_SANDBOX_SECRET": SANDBOX_SECRET}


@contextmanager
def _service(folder: Path, reset: bool) -> Iterator[Processes]:
    """Hold the processes of one service; however it ends, they end with it."""
    if reset:
        with _alone(folder):
            pass  # nobody uses what is about to be deleted
        forget_demo(folder)
    with _alone(folder), ending_on_signals(), Processes(folder / "logs") as processes:
        try:
            yield processes
        except KeyboardInterrupt:
            print("\nEnding …", flush=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for one service: a second one would pull the first one's servers from under it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(folder / "service.lock", timeout=0, mode=0o600):
            yield
    except Timeout:
        raise FirmBusy(
            f"The firm in {folder} is being served already.", "Use that dashboard, or end it first."
        ) from None


def _start_sandbox(processes: Processes, folder: Path) -> None:
    ready = folder / "sandbox" / "ready.json"
    ready.parent.mkdir(parents=True, exist_ok=True)
    ready.unlink(missing_ok=True)
    options = [f"--folder={ready.parent}", f"--speed={SPEED}", f"--ready={ready}"]
    processes.start("sandbox", module("workbench.sandbox", *options))
    processes.wait_for_file(ready, "sandbox", READY_WAIT_S)
    urls = json.loads(ready.read_text(encoding="utf-8"))
    write_demo_settings(folder, urls["xpm"], urls["connectworks"], free_port(8400))


def _start_worker(processes: Processes, folder: Path, visitor: bool) -> None:
    options = ["--visitor"] if visitor else []
    environment = {**os.environ, **(_SECRET if visitor else {})}
    command = module("workbench", "worker", str(folder), *options)
    processes.start("worker", command, env=environment, restarts=True)


def _pull_once(processes: Processes, folder: Path) -> None:
    firm = Firm(folder)
    if firm.clients() is None:
        print("Pulling both systems’ clients …", flush=True)
        request_id = ask(firm, "pull", {}, work_here=False)
        print(follow(firm, request_id, meanwhile=processes.look_after), flush=True)


def _start_dashboard(processes: Processes, folder: Path, port: int, browser: bool, host: str = HOST) -> None:
    settings, hub = Firm(folder).settings, hub_that_started_us(os.environ)
    if hub:
        port = hub.port
    elif settings.serve.sign_in is None:
        port = free_port(port)  # where somebody else's address leads here, it has to stay the same
    server = serving(folder, port, settings.serve, host, hub)
    secrets = {settings.side(side).client_secret_env for side in SIDES}  # whatever the firm calls them
    env = {name: value for name, value in server.env.items() if name not in secrets}
    processes.start("dashboard", server.argv, env=env)
    processes.wait_for_port(port, "dashboard", READY_WAIT_S)
    _show("The dashboard is", server.link, browser)


def _say(words: str) -> None:
    print(f"{words} …", file=sys.stderr, flush=True)


def _show(what: str, link: str, browser: bool) -> None:
    print(f"\n{what} at  {link}\nCtrl-C ends it.\n", flush=True)
    if browser:
        webbrowser.open(link)


def _send_visitor(address: str) -> None:
    subprocess.Popen(module("workbench.sandbox.visitor", address), stdout=subprocess.DEVNULL)


def main() -> None:
    """Run the command; a refusal is one sentence on the error stream and a non-zero exit code."""
    os.umask(0o077)  # what is written is for its owner only, also by kernels and servers that it starts
    try:
        app()
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        raise SystemExit(BUSY if isinstance(error, FirmBusy) else 1) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"workbench: {where}{error.strerror or error}. Check the path and the disk.", file=sys.stderr)
        raise SystemExit(1) from None
