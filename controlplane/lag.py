"""How far the worker is behind the log, remembered for a moment: it is asked at every request."""

import time
from collections.abc import Callable

from controlplane.database import Databases, reading
from observability.log import stores as log
from observability.projection import progress_stores

PERIOD_SECONDS = 0.1


class ConsumerLag:
    """Offsets appended and not yet applied; an upper bound, since duplicates leave gaps."""

    def __init__(
        self,
        databases: Databases,
        *,
        period_seconds: float = PERIOD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._databases = databases
        self._period = period_seconds
        self._clock = clock
        self._looked = float("-inf")
        self._behind = 0

    def __call__(self) -> int:
        if self._clock() - self._looked >= self._period:
            self._behind = self.measure()
            self._looked = self._clock()
        return self._behind

    def reached(self) -> int:
        """Return the last offset that the worker has applied."""
        with reading(self._databases.state) as state:
            return progress_stores.offset_of(state, progress_stores.WORKER)

    def measure(self) -> int:
        done = self.reached()
        with reading(self._databases.log) as connection:
            return max(0, log.last_offset(connection) - done)
