"""
The demonstration: the program as it runs, with the shipped pack and a simulated firm.

A first start installs the pack and back-fills a quarter of history; a second one goes on
where the first stopped. Ctrl-C stops everything cleanly.
"""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import httpx
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from controlplane.child import Child
from controlplane.listening import require_free
from controlplane.pack.install import install
from controlplane.pack.read import read_pack
from controlplane.pack.shipped import shipped_folder
from controlplane.serving import as_environment, ui_command
from controlplane.settings import Settings
from controlplane.simulator.history import DAYS, backfill, past
from controlplane.simulator.lists import hand_in
from controlplane.simulator.live import live
from controlplane.simulator.truth import TruthError, read_truth

PACK = "professional-services"
SEED = 7
TRUTH = "truth.jsonl"
MAILBOX = "mailbox"
READY_SECONDS = 60.0
SETTLE_SECONDS = 600.0


class DemoError(RuntimeError):
    """The demonstration could not be brought up."""


def demo(settings: Settings, stop: Event, *, with_live: bool = True, with_ui: bool = True) -> None:
    """
    Bring up API, worker and UI, fill them, and keep traffic going until *stop* is set.

    Raises `StartRefusedError` when an address is taken, `DemoError` when a part does not come up.
    """
    console = Console(stderr=True)
    settings = with_mailbox(settings)
    for port, variable in ((settings.port, "PORT"), (settings.ui_port, "UI_PORT")):
        require_free(settings.host, port, f"CONTROLPLANE_{variable}")
    with ExitStack() as stack:
        environment = as_environment(settings)
        stack.enter_context(
            Child(
                [sys.executable, "-m", "controlplane", "serve"],
                name="serve",
                environment=environment,
            )
        )
        client = stack.enter_context(httpx.Client(base_url=settings.url, timeout=60))
        _await(client, "/health/ready", READY_SECONDS, "the API", stop)
        if with_ui:
            stack.enter_context(Child(ui_command(settings), name="ui", environment=environment))
        _fill(settings, client, console)
        console.print(f"\n[bold]controlplane is up.[/bold]  API {settings.url}", highlight=False)
        if with_ui:
            app = msgspec.structs.replace(settings, ui_url=None).app_url  # as this machine sees it
            _await(client, f"{app}/_stcore/health", READY_SECONDS, "the app", stop)
            console.print(f"Open [bold]{settings.app_url}[/bold]", highlight=False)
        if settings.mailbox_dir is not None:
            console.print(f"Messages are kept in {settings.mailbox_dir}", highlight=False)
        console.print("Ctrl-C stops it; the next start goes on from here.\n")
        if with_live:
            live(
                client,
                settings.data_dir / TRUTH,
                now=lambda: datetime.now(UTC),
                pause=stop.wait,
            )
        else:
            stop.wait()
        console.print("stopping")


def with_mailbox(settings: Settings) -> Settings:
    """Return *settings* that keep messages in the data folder, unless they say where they go."""
    if settings.mailbox_dir or settings.smtp_host or settings.allowed_egress:
        return settings
    return msgspec.structs.replace(settings, mailbox_dir=settings.data_dir / MAILBOX)


def _fill(settings: Settings, client: httpx.Client, console: Console) -> None:
    folder = shipped_folder(PACK)
    if folder is None:
        raise DemoError(f"the pack {PACK} is not part of this installation")
    truth = settings.data_dir / TRUTH
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        if truth.exists():
            return  # a second start goes on where the first stopped
        console.print("The first start tells a quarter of history: a minute or two.")
        packing = progress.add_task("installing the pack", total=None)
        install(
            read_pack(folder),
            client,
            lambda done, of, _what: progress.update(packing, completed=done, total=of),
        )
        _tell_history(client, truth, progress)
        catching_up = progress.add_task("judging", total=None)
        _settle(client, lambda lag: progress.update(catching_up, completed=lag))
        client.post("/v1/sweeps").raise_for_status()  # all is told: what is due now is due
        _settle(client, lambda lag: progress.update(catching_up, completed=lag))
        progress.update(catching_up, total=1, completed=1)
        reconciling = progress.add_task("reconciling", total=1)
        hand_in(client, truth)
        progress.update(reconciling, completed=1)


def _tell_history(client: httpx.Client, truth: Path, progress: Progress) -> None:
    """Name the truth only when all of it is told: an interrupted start tells it anew."""
    telling = progress.add_task(f"back-filling {DAYS} days", total=None)
    unfinished = truth.with_suffix(".partial")
    backfill(
        client,
        past(SEED, _until(unfinished)),
        unfinished,
        lambda done, of: progress.update(telling, completed=done, total=of),
    )
    unfinished.replace(truth)


def _until(unfinished: Path) -> datetime:
    """History ends now; one that was interrupted ends where it was to end."""
    try:
        return read_truth(unfinished).head.until
    except (OSError, TruthError):
        return datetime.now(UTC)


def _await(client: httpx.Client, path: str, seconds: float, what: str, stop: Event) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stop.is_set():
        try:
            if client.get(path).is_success:
                return
        except httpx.TransportError:
            pass
        stop.wait(0.1)
    raise DemoError(f"{what} did not come up; its log stands above")


def _settle(client: httpx.Client, told: Callable[[int], None]) -> None:
    """Wait until the worker has taken everything that was sent."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        lag = client.get("/health/ready").json()["worker_lag"]
        told(lag)
        if lag == 0:
            return
        time.sleep(0.1)
    raise DemoError("the worker did not catch up; look at its log")
