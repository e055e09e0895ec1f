"""
What a person does to an incident is done to each of its exceptions that stands.

One that cannot take it is named in the answer; the others have taken it.
"""

from collections.abc import Callable, Mapping

import msgspec

from controlplane.applying import exception
from controlplane.applying.applying import Applying, Handler, not_found
from controlplane.applying.exception import Act
from controlplane.pipeline.command import Outcome
from governance.exception import stores as exceptions
from rules.refusal import Refusal


class NotDone(msgspec.Struct, frozen=True, kw_only=True):
    """An exception that could not take it, and why."""

    id: str
    because: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    done: int
    refused: list[NotDone]


def _on_each(making: Callable[[Applying], Act | Refusal]) -> Handler:
    def handle(applying: Applying) -> Outcome | Refusal:
        decide = making(applying)
        return decide if isinstance(decide, Refusal) else _each(applying, decide)

    return handle


def _each(applying: Applying, decide: Act) -> Outcome | Refusal:
    """Refuse only what none of the members can take."""
    id_ = applying.field("incident")
    answers = [(one.id, decide(one)) for one in exceptions.of_incident(applying.state, id_)]
    changes = [said for _, said in answers if not isinstance(said, Refusal)]
    refused = [(one, said) for one, said in answers if isinstance(said, Refusal)]
    if not changes:
        return refused[0][1] if refused else not_found("incident", id_)
    for change in changes:
        exception.keep(applying, change)
    not_done = [NotDone(id=one, because=said.detail) for one, said in refused]
    body = msgspec.to_builtins(Done(id=id_, done=len(changes), refused=not_done))
    return Outcome(status=200, body=body)


HANDLERS: Mapping[str, Handler] = {
    "incident:acknowledge": _on_each(exception.acknowledging),
    "incident:assign": _on_each(exception.assigning),
    "incident:comment": _on_each(exception.commenting),
    "incident:waive": _on_each(exception.asking),
    "incident:approve": _on_each(exception.approving),
    "incident:refuse": _on_each(exception.refusing),
    "incident:resolve": _on_each(exception.resolving),
}
