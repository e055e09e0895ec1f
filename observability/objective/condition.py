"""
A state that moves a clock: `object.status is posted or paid`, `customer.credit_hold is true`.

`object` is what the clock runs on, `case` the case itself (its `stage`, its `state`, or a field
of its own entity), anything else a type of entity that the case sees; of several, one suffices.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

CASE = "case"
OBJECT = "object"
_STATE = re.compile(r"([a-z][a-z0-9_-]*)\.([a-z][a-z0-9_]*) is (not )?(\S.*)")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_WORDS: dict[str, bool] = {"true": True, "false": False}
KNOWN = "known"

History = Iterable[tuple[int, Any]]
"""(UTC microseconds, the value from then on; None: no longer known), ascending."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`wanted` is empty for `is known`. A value that is not known fulfils nothing."""

    text: str
    subject: str
    field: str
    wanted: tuple[str | int | bool, ...] = ()
    negated: bool = False

    def holds(self, value: object) -> bool:
        if value is None:
            return False
        if not self.wanted:
            return not self.negated
        return any(_same(value, one) for one in self.wanted) != self.negated


@lru_cache(maxsize=4096)
def condition_of(text: str) -> Condition | None:
    """Return the state that *text* describes; None when it names an activity."""
    match = _STATE.fullmatch(text)
    if match is None:
        return None
    subject, field, negated, values = match.groups()
    wanted = () if values == KNOWN else tuple(_read(one.strip()) for one in values.split(" or "))
    return Condition(text=text, subject=subject, field=field, wanted=wanted, negated=bool(negated))


def turns(condition: Condition, histories: Iterable[History]) -> Iterator[tuple[int, bool]]:
    """
    Yield when *condition* begins to hold (true) and ceases to (false), in order.

    It holds while at least one of *histories* fulfils it; what is undone at the same instant
    never was.
    """
    steps: dict[int, int] = {}
    for history in histories:
        held = False
        for at, value in history:
            holds = condition.holds(value)
            if holds != held:
                steps[at] = steps.get(at, 0) + (1 if holds else -1)
                held = holds
    holding = 0
    for at, change in sorted(steps.items()):
        before, holding = holding, holding + change
        if bool(before) != bool(holding):
            yield at, bool(holding)


def _read(text: str) -> str | int | bool:
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE.fullmatch(text) else text


def _same(value: object, wanted: str | int | bool) -> bool:  # noqa: FBT001 - a value as it came
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted
