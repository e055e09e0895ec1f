"""What a process calls its moments, promises and data: its model and objectives know."""

from collections.abc import Mapping

from controlplane.facttypes import Contracts, titles
from controlplane.pipeline.definitions import Definitions
from observability.entity import stamp
from observability.model.model import ProcessModel
from rules.explanation.words import Words


def words_of(definitions: Definitions, process: str, contracts: Contracts | None = None) -> Words:
    """Return the words of *process*: its model's, its objectives' and its *contracts*'."""
    model = definitions.models.get(process)
    objectives = definitions.objectives.get(process, ())
    named = titles(model, contracts) if model and contracts else {}
    return Words(
        fields={field: _within(title) for field, title in named.items()},
        moments=_moments(model) if model else {},
        promises={one.sla: one.title for one in objectives if one.title},
    )


def _moments(model: ProcessModel) -> Mapping[str, str]:
    return {stamp(one.activity): model.title_of(one.activity) for one in model.activities}


def _within(title: str) -> str:
    """Return *title* as it stands within a sentence: Cap is cap, ERP number stays."""
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"
