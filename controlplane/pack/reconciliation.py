"""The names in a reconciliation lead to what its pack holds."""

from collections.abc import Iterator, Mapping

from controlplane.pack.read import Pack, PackedDocument
from observability.model.model import ProcessModel
from observability.reconciliation.document import Reconciliation, read_reconciliation
from rules.document import DocumentError


def unknown_names(
    pack: Pack, packed: PackedDocument, models: Mapping[str, ProcessModel]
) -> Iterator[str]:
    """Yield what is wrong with a reconciliation that can be read: names that lead nowhere."""
    try:
        document = read_reconciliation(packed.text)
    except DocumentError:
        return
    for kind, name in (
        ("process", document.process),
        ("calendar", document.calendar),
        ("sla", document.grace_sla),
    ):
        if name is not None and name not in {one.name for one in pack.of_kind(kind)}:
            yield f"there is no {kind} {name!r}"
    teams = {str(team.get("team")) for team in pack.teams}
    for owner in (document.owner, *(one.owner for one in document.sides)):
        if owner is not None and owner not in teams:
            yield f"the owner {owner!r} is no team"
    yield from _selections(pack, document, models)


def _selections(
    pack: Pack, document: Reconciliation, models: Mapping[str, ProcessModel]
) -> Iterator[str]:
    known = {name for model in models.values() for name in model.entities}
    subjects = {one.contract.subject for one in pack.contracts}
    for one in (selection for side in document.sides for selection in side.selections):
        if one.entity is not None and one.entity not in known:
            yield f"no process has an entity {one.entity!r}"
        for type_ in one.told_by:
            if type_ not in subjects:
                yield f"there is no contract {type_!r}"
