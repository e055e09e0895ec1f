"""What a process calls its moments, promises and data: its model and objectives know."""

from collections.abc import Mapping

from controlplane.pipeline.definitions import Definitions
from observability.entity import stamp
from observability.model import ProcessModel
from rules.words import Words


def words_of(definitions: Definitions, process: str) -> Words:
    """Return the words of *process* as its model in force and its objectives have them."""
    model = definitions.models.get(process)
    objectives = definitions.objectives.get(process, ())
    return Words(
        moments=_moments(model) if model else {},
        promises={one.sla: one.title for one in objectives if one.title},
    )


def _moments(model: ProcessModel) -> Mapping[str, str]:
    return {stamp(one.activity): model.title_of(one.activity) for one in model.activities}
