"""
The processes of the program: what each of them opens, starts and closes.

`serve` owns the log and starts the worker, which owns the state; either can be killed at
any instant and started again.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import msgspec
import structlog
import uvicorn

from controlplane import otlp_grpc
from controlplane.admission import Admission
from controlplane.app import create_app
from controlplane.backtest.backtests import Backtests
from controlplane.child import Child, end_with_parent
from controlplane.commands import Commands
from controlplane.consumer import Consumer
from controlplane.database import LOG_FILE, STATE_FILE, Databases, open_databases, reading, writing
from controlplane.decoding import make_ready
from controlplane.door import Door
from controlplane.foretelling.foreteller import Foreteller
from controlplane.gate.gate import Gate
from controlplane.gauging import show_held, show_unchecked
from controlplane.identity.admittance import require_identity
from controlplane.identity.keyring import Keyring
from controlplane.lag import ConsumerLag
from controlplane.listening import require_free
from controlplane.logwriter import LogWriter
from controlplane.migrations import migrate, pending
from controlplane.ownership import at_work, owning
from controlplane.pace import Pace
from controlplane.pipeline.processing import Processing
from controlplane.reconciling.reconciler import Process, Reconciler
from controlplane.registry import Registry
from controlplane.ruleprocess import held
from controlplane.ruleprocess.supervisor import RuleProcesses
from controlplane.runtime import Runtime
from controlplane.sealing import Checkpoints, Sealing
from controlplane.sender import Sender
from controlplane.settings import PREFIX, Settings
from controlplane.shadow.comparer import Comparer
from controlplane.shadow.shadowing import Shadowing
from controlplane.telemetry import start_telemetry
from controlplane.ticker import Ticker, clocks_due
from controlplane.worker import Worker, stopping
from governance.outbox.stores import StoredOutbox
from governance.receiver.egress import Egress
from governance.receiver.mail import MailServer
from governance.receiver.mailbox import Mailbox
from governance.receiver.sending import Channels
from observability.intake.limits import IntakeLimits

GATE_SECONDS = 2.0  # then the reference answers
COLLECT_AFTER = 20_000  # objects; one batch of events makes thousands that die with its answer
_logger = structlog.get_logger(__name__)


def serve(settings: Settings, *, worker: bool = True) -> None:
    """
    Answer HTTP until told to stop, with the worker beside it unless *worker* is false.

    Raises `OwnedError` when another process writes the log, `StartRefusedError` when the
    address is taken, or open to others and no key exists.
    """
    require_free(settings.host, settings.port, "--port and --host")
    with ExitStack() as stack:
        rules = stack.enter_context(
            RuleProcesses(1, batch_seconds=GATE_SECONDS, processor_seconds=GATE_SECONDS / 2)
        )
        start_telemetry("api", log_level=settings.log_level)
        threading.excepthook = _end_process
        make_ready()
        databases = stack.enter_context(_opened(settings))
        if databases.embedded:
            stack.enter_context(owning(settings.data_dir / LOG_FILE))
        if pending(databases):
            migrate(databases)
        held.remember(rules.quarantine, databases.state)
        require_identity(settings, databases)
        appended = _nobody_waits
        if worker:
            child = Child(worker_command(), name="worker", environment=as_environment(settings))
            appended = stack.enter_context(child).nudge
        runtime = stack.enter_context(_running(settings, databases, rules, appended))
        if isinstance(runtime.admission, Admission):
            keyring = Keyring(databases)
            stack.enter_context(otlp_grpc.receiving(settings, runtime.admission, keyring))
        server = _server(settings, runtime)
        make_ready()  # the framework has made types of its own
        end_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stopped_already)
        _settle_the_collector()
        server.run()


def _server(settings: Settings, runtime: Runtime) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            create_app(runtime),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks where a request came from
            timeout_graceful_shutdown=10,
        )
    )


def _settle_the_collector() -> None:
    """Never search what stands before the first request: it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _nobody_waits() -> None:
    """A worker that somebody else started looks for itself."""


def _stopped_already(_number: int, _frame: object) -> None:
    """Uvicorn stops at a signal and raises it once more when it has: the rest is ours to close."""


def _end_process(failure: threading.ExceptHookArgs) -> None:
    """A thread that dies takes the process with it: who started us starts us again."""
    name = failure.thread.name if failure.thread else "unknown"
    _logger.critical("thread_died", thread=name, exc_info=failure.exc_value)
    os.kill(os.getpid(), signal.SIGTERM)


def worker_command() -> list[str]:
    return [sys.executable, "-m", "controlplane", "worker"]


def as_environment(settings: Settings) -> dict[str, str]:
    """Return the variables under which a child process has the same settings."""
    values = msgspec.structs.asdict(settings)
    return {
        f"{PREFIX}{name.upper()}": ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None
    }


def run_ui(settings: Settings) -> None:
    """Become the app's process."""
    vector = ui_command(settings)
    os.execve(vector[0], vector, {**os.environ, **as_environment(settings)})  # noqa: S606


def ui_command(settings: Settings) -> list[str]:
    """Return the argument vector of the app; it reads the API at `CONTROLPLANE_URL` if set."""
    return [
        *(sys.executable, "-m", "ui"),
        *("--port", str(settings.ui_port)),
        *("--api", os.environ.get("CONTROLPLANE_URL", settings.url)),
        *("--address", settings.host),
    ]


def run_worker(settings: Settings) -> None:
    """Take the log until told to stop; `OwnedError` when another process writes the state."""
    with ExitStack() as stack:
        rules = stack.enter_context(RuleProcesses(settings.rule_processes))
        start_telemetry("worker", log_level=settings.log_level)
        threading.excepthook = _end_process
        make_ready()
        databases = stack.enter_context(_opened(settings))
        nudged = Event()
        stop = stack.enter_context(stopping(nudged))
        if databases.embedded:
            stack.enter_context(owning(settings.data_dir / STATE_FILE))
        elif not stack.enter_context(at_work(databases.state, stop)):
            return
        held.prune(databases.state)
        held.remember(rules.quarantine, databases.state)
        pace = Pace(databases.state)
        foreteller = Foreteller(databases.state, as_environment(settings))
        stack.callback(foreteller.close)
        consumer = Consumer(databases, Processing(rules), passed=pace.passed)
        sender = Sender(databases, _outbox(settings, databases), _channels(settings))
        sender.start()
        stack.callback(sender.close)
        _logger.info("worker_started", offset=consumer.offset)
        beside = (pace.keep, foreteller.keep)
        Worker(consumer, stop, nudged=nudged, limit=settings.batch_size, beside=beside).run()
        _logger.info("worker_stopped", offset=consumer.offset)


@contextmanager
def _running(
    settings: Settings,
    databases: Databases,
    rules: RuleProcesses,
    appended: Callable[[], None],
) -> Iterator[Runtime]:
    """Yield the runtime of the API; what it is made of is closed in the opposite order."""
    with ExitStack() as stack:
        door = Door()
        writer = stack.enter_context(
            closing(LogWriter(databases.log, appended=appended, saw=door.saw))
        )
        show_unchecked(databases)
        show_held(databases)
        patience = timedelta(seconds=settings.command_patience_seconds)
        commands = Commands(writer, databases.state, patience=patience, saw=door.saw)
        lag = ConsumerLag(databases)
        ticker = stack.enter_context(closing(_ticker(settings, databases, writer, lag, door)))
        comparer = Comparer(as_environment(settings))
        shadowing = stack.enter_context(closing(Shadowing(databases.state, commands, comparer)))
        shadowing.start()
        admission = _admission(settings, databases, writer, lag, ticker=ticker, door=door)
        gate = stack.enter_context(closing(Gate(databases, writer, rules)))
        backtests = stack.enter_context(closing(Backtests(settings, commands)))
        reconciler = stack.enter_context(
            closing(
                Reconciler(databases, commands, Process(settings), waits=lambda: ticker.holding)
            )
        )
        reconciler.start()
        sealing = stack.enter_context(closing(_sealing(settings, databases)))
        sealing.start()
        yield Runtime(
            settings=settings,
            databases=databases,
            commands=commands,
            admission=admission,
            gate=gate,
            ticker=ticker,
            backtests=backtests,
            sealing=sealing,
        )


def _ticker(
    settings: Settings, databases: Databases, writer: LogWriter, lag: ConsumerLag, door: Door
) -> Ticker:
    def tell(at: datetime) -> None:
        held.tell(writer, databases.state, at=at)
        door.tell(writer, at=at)

    return Ticker(
        writer,
        databases.state,
        clocks_due,
        reached=lag.reached,
        period_seconds=settings.sweep_seconds,
        beside=tell,
    )


def _admission(  # noqa: PLR0913 - what it is made of
    settings: Settings,
    databases: Databases,
    writer: LogWriter,
    lag: ConsumerLag,
    *,
    ticker: Ticker,
    door: Door,
) -> Admission:
    return Admission(
        writer,
        Registry(databases),
        lag=lag,
        limits=IntakeLimits(
            body_bytes=settings.max_events_body_bytes,
            events=settings.max_batch_events,
            entries_behind=settings.max_backlog,
        ),
        on_backfill=ticker.hold,
        saw=door.saw,
    )


def _sealing(settings: Settings, databases: Databases) -> Sealing:
    kept = settings.checkpoint_dir or settings.data_dir / "checkpoints"
    return Sealing(databases.state, Checkpoints(kept, settings.data_dir))


@contextmanager
def _opened(settings: Settings) -> Iterator[Databases]:
    databases = open_databases(settings.data_dir, settings.database_url)
    try:
        yield databases
    finally:
        databases.close()


def _outbox(settings: Settings, databases: Databases) -> StoredOutbox:
    return StoredOutbox(
        partial(reading, databases.state),
        partial(writing, databases.state),
        base_url=settings.url,
        cost_of_capital=settings.cost_of_capital,
    )


def _channels(settings: Settings) -> Channels:
    mail = None
    if settings.smtp_host:
        mail = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            username="env:CONTROLPLANE_SMTP_USER" if settings.smtp_user else None,
            password="env:CONTROLPLANE_SMTP_PASSWORD" if settings.smtp_password else None,
            starttls=settings.smtp_starttls or None,
        )
    mailbox = None
    if settings.mailbox_dir is not None:
        mailbox = Mailbox(folder=settings.mailbox_dir, sender=settings.mail_from)
    egress = Egress(allowed=frozenset(settings.allowed_egress))
    return Channels(egress=egress, mail=mail, mailbox=mailbox)
