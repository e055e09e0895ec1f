"""The sender: a thread of the worker that takes what waits in the outbox to its receivers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event, Thread

import structlog

from controlplane.database import DATABASE_AWAY, Databases, reading
from controlplane.pipeline.loading import load_routing
from governance.receiver.sending import Channels, Outbox, send_due
from governance.team import Receiver

PERIOD_SECONDS = 1.0
_logger = structlog.get_logger(__name__)


class Sender:
    """Looks once a second; sends side by side what is due; records every attempt."""

    def __init__(
        self,
        databases: Databases,
        outbox: Outbox,
        channels: Channels,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_seconds: float = PERIOD_SECONDS,
    ) -> None:
        self._databases = databases
        self._outbox = outbox
        self._channels = channels
        self._now = now
        self._period = period_seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._period):
            try:
                while not self._stop.is_set() and send_due(
                    self._outbox, self._receivers(), self._channels, at=self._now()
                ):
                    pass
            except DATABASE_AWAY as error:
                _logger.warning("sender_waits_for_database", error=str(error))

    def _receivers(self) -> Mapping[str, Receiver]:
        with reading(self._databases.state) as connection:
            routing = load_routing(connection)
        return routing.receivers if routing else {}
