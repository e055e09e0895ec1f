"""What is in shadow is compared in this process, without a process of its own."""

from collections.abc import Sequence
from decimal import Decimal

from projecting import ByReference

from controlplane.database import Databases, reading
from controlplane.pipeline.loading import load_definitions
from controlplane.shadow.comparer import ComparerDiedError
from controlplane.shadow.comparing import Comparing
from governance.shadow.comparison import Compared, Shadow, Waiting


class Here:
    """Compares in this process; *dies* of the cases that it is told."""

    def __init__(self, databases: Databases, dies: Sequence[str] = ()) -> None:
        self._databases, self._dies = databases, set(dies)

    def compare(self, shadow: Shadow, waiting: Sequence[Waiting]) -> Compared | None:
        if self._dies & {one.instance for one in waiting}:
            raise ComparerDiedError("it took too long")
        with reading(self._databases.state) as state:
            definitions = load_definitions(state)
            comparing = Comparing(definitions, ByReference(), cost_of_capital=Decimal("0.08"))
            return comparing.compare(state, shadow, waiting)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...
