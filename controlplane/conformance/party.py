"""
Who stands behind a source, and who goes on with what was told.

A source is a system's when the system's document lists it, or when its last part is the
system's name; one without a part is a system by itself. A system is seen to read a contract when
it told the next step of a case: it went on with what the contract's event had told.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

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


def followers(
    models: Iterable[ProcessModel], follows: Follows, subjects: Collection[str] | None = None
) -> dict[str, Counter[str]]:
    """Return, by subject, how often each system told the step after an event of it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for model in models:
        reported = {one.activity: one.events for one in model.activities}
        systems = {one.activity: one.system for one in model.activities}
        told = {subject for those in reported.values() for subject in those}
        if subjects is not None and told.isdisjoint(subjects):
            continue
        for (first, following), times in follows(model.process).items():
            system = systems.get(following)
            if system and system != systems.get(first):
                for subject in reported.get(first, ()):
                    found[subject][system] += times
    return found
