"""What a process calls its moments, promises and data: its model and objectives know."""

from collections.abc import Mapping

from sqlalchemy import Connection

from controlplane.facttypes import titles
from controlplane.pipeline.definitions import Definitions
from governance.contract.stores import published
from observability.entity import stamp
from observability.model import ProcessModel
from rules.words import Words


def words_of(state: Connection, definitions: Definitions, process: str) -> Words:
    """Return the words of *process*: its model's in force, its contracts' and its objectives'."""
    model = definitions.models.get(process)
    objectives = definitions.objectives.get(process, ())
    named = titles(model, published(state)) if model else {}
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
