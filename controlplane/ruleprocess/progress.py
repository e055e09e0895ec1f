"""How far a rule process has come, in memory that it shares with whoever waits for it."""

from mmap import mmap

BYTES = 16
_STEPS, _CASE = 0, 1


class Progress:
    """
    *file* has `BYTES`, of nothing at first.

    `steps` grow with every step; `case` is the number of the case that the last one was of.
    """

    def __init__(self, file: int) -> None:
        self._memory = mmap(file, BYTES)
        self._cells = memoryview(self._memory).cast("Q")

    def step(self, case: int) -> None:
        cells = self._cells
        cells[_STEPS] += 1
        cells[_CASE] = case

    @property
    def steps(self) -> int:
        return self._cells[_STEPS]

    @property
    def case(self) -> int:
        return self._cells[_CASE]

    def close(self) -> None:
        self._cells.release()
        self._memory.close()
