"""A change of what is in force: what is withdrawn ends, what it touches is placed and judged."""

from controlplane.applying.applying import Applying
from controlplane.correcting import stores as corrections
from controlplane.pipeline import reconsidering
from controlplane.pipeline.definitions import Definitions
from controlplane.pipeline.mastering import unmaster
from controlplane.pipeline.withdrawing import settle_withdrawn, withdrawn_between


def redefine(applying: Applying, before: Definitions, because: str) -> None:
    """Let what is in force now have its say, where *before* something else was."""
    state, processing, moment = applying.state, applying.processing, applying.moment
    processing.forget()
    after = processing.definitions(state)
    if before.records != after.records:
        processing.tell(state, unmaster(state, before, after, at=moment.at), moment)
    processes = reconsidering.differing(before, after)
    if not processes:
        return
    actor = applying.command.actor
    cause = moment.cause("definition", because, because=because, actor=actor)
    correction = reconsidering.begin(state, processes, cause, until=moment.offset)
    for process in processes:
        withdrawn = withdrawn_between(before, after, process)
        told, changed = settle_withdrawn(state, processing, process, withdrawn, moment)
        corrections.add(state, correction, changed)
        for one in told:
            applying.record(*one)
    for _ in range(reconsidering.AT_ONCE):
        if not reconsidering.reconsider(state, applying.log, processing, moment):
            break
