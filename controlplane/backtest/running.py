"""
A backtest runs through the cases of a process, page by page.

Nothing is written, and each page is a snapshot of its own: what is told meanwhile stands
behind the offset up to which the log counts, and holds nobody up.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Connection

from controlplane.backtest.asked import Asked
from controlplane.backtest.comparing import Versions
from controlplane.backtest.finding import Finding
from controlplane.backtest.looking import Looking
from controlplane.backtest.tally import Tally
from controlplane.backtest.unfolding import Unfolding, load
from controlplane.database import Databases, reading
from controlplane.facttypes import fact_types
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.definitions import Definitions, RulesInForce
from controlplane.pipeline.loading import load_definitions
from controlplane.pipeline.remembering import Remembering
from governance.contract.stores import published
from governance.document import stores as documents
from governance.exception import stores as exceptions
from governance.exception.process_exception import ProcessException
from observability.projection import case_stores
from observability.projection.chunk import chunked
from rules.fact import FactType
from rules.language import read_ruleset
from rules.uses import uses

PAGE = 10

Progress = Callable[[int, int], None]
"""(cases looked at, cases to look at)"""


class OverError(RuntimeError):
    """The backtest was cancelled meanwhile."""


def run(  # noqa: PLR0913 - what is asked of what, who decides, and who is told
    databases: Databases,
    decider: Decider,
    asked: Asked,
    candidate: str,
    *,
    cost_of_capital: Decimal,
    progress: Progress = lambda _done, _all: None,
    over: Callable[[Connection], bool] = lambda _state: False,
) -> Finding:
    """
    Return what *asked* finds of the rule set that the text *candidate* writes down.

    Raises `OverError` at the first page that finds it *over*.
    """
    with reading(databases.state) as state:
        definitions = load_definitions(state)
        versions = _versions(state, definitions, asked, candidate)
        ids = case_stores.instances_of(state, asked.process, limit=asked.cases)
    looking = Looking(asked, definitions, versions, Remembering(decider))
    tally = Tally(asked, cost_of_capital)
    progress(0, len(ids))
    done = 0
    for page in chunked(ids, PAGE):
        unfolding, standing = _read(databases, definitions, asked, page, over)
        for past in unfolding.cases.values():
            if asked.until is None or past.begun <= asked.until:
                tally.add(looking.at(unfolding, past, standing.get(past.case.id, ())))
        tally.gone(len(unfolding.gone))
        done += len(page)
        progress(done, len(ids))
    return tally.finding()


def _read(
    databases: Databases,
    definitions: Definitions,
    asked: Asked,
    page: Sequence[str],
    over: Callable[[Connection], bool],
) -> tuple[Unfolding, Mapping[str, Sequence[ProcessException]]]:
    """Return the past of the cases of *page*, and their exceptions where what stands is asked."""
    with reading(databases.state) as state, reading(databases.log) as log:
        if over(state):
            raise OverError
        unfolding = load(state, log, definitions, page, offset=asked.offset)
        standing = exceptions.of_instances(state, page) if asked.until is None else {}
    return unfolding, standing


def _versions(
    state: Connection, definitions: Definitions, asked: Asked, candidate: str
) -> Versions:
    types = fact_types(definitions.models[asked.process], published(state))
    before = None
    if asked.against is not None:
        found = documents.get_document(state, "ruleset", asked.ruleset, asked.against)
        before = None if found is None else _rules(found.body, found.digest, types)
    return Versions(before=before, after=_rules(candidate, asked.digest, types))


def _rules(text: str, digest: str, types: dict[str, FactType]) -> RulesInForce:
    ruleset = read_ruleset(text)
    return RulesInForce(
        key=f"{ruleset.ruleset}@{ruleset.version}:{digest[:12]}",
        ruleset=ruleset,
        text=text,
        fact_types=types,
        uses=uses(ruleset),
    )
