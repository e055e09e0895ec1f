"""An objective fits its process when everything that it names is known there."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from observability.model.model import ProcessModel
from observability.objective.condition import CASE, OBJECT
from observability.objective.document import PER_CASE, Objective


def misfits(objective: Objective, model: ProcessModel) -> Iterator[tuple[str, str]]:
    """Yield (pointer, message) of each name in *objective* that *model* does not know."""
    types = {*model.entities, *model.references.values()}
    if objective.per != PER_CASE and objective.per not in types:
        yield "/per", _unknown("type of entity", objective.per, types)
    for field, listed in _movers(objective):
        for place, name in enumerate(listed):
            if name in objective.activities and name not in model.by_activity:
                yield f"/{field}/{place}", _unknown("activity", name, model.by_activity)
    expected = objective.expects
    if expected is not None and expected.entity not in types:
        yield "/expects/entity", _unknown("type of entity", expected.entity, types)
    named = {path.rpartition(".")[0] for path in objective.reads} - {"", CASE, OBJECT}
    for type_ in sorted(named - types):
        yield "", _unknown("type of entity", type_, types)
    if model.case is None and any(path.startswith(f"{CASE}.") for path in objective.paths):
        yield "", f"the process {model.process} has no entity of its own: name it in its `case`"


def _movers(objective: Objective) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "from", objective.start
    yield "to", objective.to
    yield "cancel", objective.cancel
    yield "pause", objective.pause
    yield "resume", objective.resume
    if objective.rejection is not None:
        yield "rejection/by", objective.rejection.by


def _unknown(noun: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"the process knows no {noun} {name!r}{hint}"
