"""What stages, objectives, rules and teams are called; an id that nobody named stays as it is."""

from ui.client import ApiError, read_steady
from ui.display import sentence
from ui.records import Names, Objectives, Processes, Rule, RuleSets, Teams

KEY = "key:"


def watched() -> bool:
    """Whether any process is in force, so that something can be said of work at all."""
    return bool(read_steady("/v1/processes", Processes).items)


def process(name: str) -> str:
    found = {one.process: one.title for one in read_steady("/v1/processes", Processes).items}
    return found.get(name) or name


def stages() -> dict[str, str]:
    """Return the titles of all stages in the order of their models."""
    found = read_steady("/v1/processes", Processes).items
    return {one.stage: one.title for process in found for one in process.stages}


def stage(name: str | None) -> str:
    return stages().get(name or "") or sentence(name or "")


def objectives() -> dict[str, str]:
    return {one.sla: one.title for one in read_steady("/v1/slas", Objectives).items}


def objective(sla: str | None) -> str:
    return objectives().get(sla or "") or sentence(sla or "")


def rules() -> dict[tuple[str, str], Rule]:
    """Return every rule in force by its rule set and its id."""
    found = read_steady("/v1/rulesets", RuleSets).items
    return {(one.ruleset, rule.rule): rule for one in found for rule in one.rules}


def rule(ruleset: str, name: str) -> Rule:
    return rules().get((ruleset, name)) or Rule(rule=name, title=sentence(name))


def team(name: str | None) -> str:
    found = {one.team: one.name for one in read_steady("/v1/teams", Teams).items}
    return found.get(name or "") or name or ""


def person(actor: str | None) -> str:
    """Return what a person is called whom history knows by a key."""
    if not actor or not actor.startswith(KEY):
        return actor or ""
    try:
        found = read_steady("/v1/names", Names, actor=actor).items
    except ApiError:
        return actor
    return found[0].name if found else actor
