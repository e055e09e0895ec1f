"""
Who stands behind a source, and who goes on with what was told.

A source is a system's when the system's document lists it, or when its last part is the
system's name; one without a part is a system by itself. A system is seen to read a contract when
it told the next step of a case: it went on with what the contract's event had told.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from observability.model.model import ProcessModel

_PARTS = re.compile(r"[/:]")

Follows = Callable[[str], Mapping[tuple[str, ...], int]]
"""Of a process: how often one activity came right after another, by (first, next)."""


def system_of(source: str, told_by: Mapping[str, Iterable[str]]) -> str:
    """Return the system behind *source*; *told_by* has those that say so themselves."""
    listed = sorted(told_by.get(source, ()))
    if listed:
        return listed[0]
    parts = [part for part in _PARTS.split(source) if part]
    return parts[-1] if parts else source


def followers(subject: str, models: Iterable[ProcessModel], follows: Follows) -> Counter[str]:
    """Return how often each system told the step after an event of *subject*."""
    found: Counter[str] = Counter()
    for model in models:
        reporting = {one.activity for one in model.activities if subject in one.events}
        if not reporting:
            continue
        systems = {one.activity: one.system for one in model.activities}
        for (first, following), times in follows(model.process).items():
            system = systems.get(following)
            if first in reporting and system and system != systems.get(first):
                found[system] += times
    return found
