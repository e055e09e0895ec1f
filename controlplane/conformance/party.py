"""
Who stands behind a source, and who goes on with what was told.

A source is a system's when the system's document lists it, or when its last part is the
system's name; one without a part is a system by itself. A system is seen to go on with a
contract when it told a step that the process model lets follow on the contract's event: that two
steps came one after the other says nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from observability.model.model import ProcessModel
from observability.model.order import successions

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
        following = _following(model, subjects)
        told = steps(model.process) if following else {}
        for subject, system, activity in following:
            found[subject][system] += told.get(activity, 0)
    return found


def _following(model: ProcessModel, subjects: Collection[str] | None) -> set[tuple[str, str, str]]:
    """Return (subject, system, activity) of the steps that another system tells than the event."""
    pairs = {(name, one.activity) for one in model.activities for name in one.after}
    found: set[tuple[str, str, str]] = set()
    for before, activity in pairs | successions(model.order):
        first, then = model.by_activity[before], model.by_activity[activity]
        if then.system and then.system != first.system:
            wanted = (one for one in first.events if subjects is None or one in subjects)
            found.update((subject, then.system, activity) for subject in wanted)
    return found
