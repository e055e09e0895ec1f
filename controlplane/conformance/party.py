"""
Who stands behind a source, and who goes on with what was told.

A source is a system's when the system's document lists it, or when its last part is the
system's name; one without a part is a system by itself. A system is seen to go on with a
contract when it told a step that the process model lets follow on the contract's event: that two
steps came one after the other says nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from observability.model.model import Activity, ProcessModel

_PARTS = re.compile(r"[/:]")

Steps = Callable[[str], Mapping[str, int]]
"""Of a process: how often each activity was told."""


def system_of(source: str, told_by: Mapping[str, Iterable[str]]) -> str:
    """Return the system behind *source*; *told_by* has those that say so themselves."""
    listed = sorted(told_by.get(source, ()))
    if listed:
        return listed[0]
    parts = [part for part in _PARTS.split(source) if part]
    return parts[-1] if parts else source


def followers(
    models: Iterable[ProcessModel], steps: Steps, subjects: Collection[str] | None = None
) -> dict[str, Counter[str]]:
    """
    Return, by subject, how many steps that follow on its events each system told.

    A system that is to tell one and told none stands with nought.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for model in models:
        told: Mapping[str, int] | None = None
        for one, before in _pairs(model, subjects):
            told = steps(model.process) if told is None else told
            for subject in before.events:
                found[subject][one.system or ""] += told.get(one.activity, 0)
    return found


def _pairs(
    model: ProcessModel, subjects: Collection[str] | None
) -> Iterator[tuple[Activity, Activity]]:
    """Yield each step with one that it follows on and that another system tells."""
    for one in model.activities:
        for name in one.after:
            before = model.by_activity[name]
            wanted = subjects is None or not set(before.events).isdisjoint(subjects)
            if wanted and one.system and one.system != before.system:
                yield one, before
