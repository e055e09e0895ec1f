"""`controlplane rules explain`: why a case, an exception or a decision is as it is."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import msgspec
import typer

from controlplane.cli.reaching import AnswerError, AsJson, Token, Url, answer_of, reaching
from controlplane.cli.showing import print_json
from controlplane.cli.telling import Decision, moment, told

_NEAREST = 5
_SHORTEST = 2

Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="A case by any of its keys, an exception (EX-…) or a decision's id."
    ),
]


def explain(  # noqa: PLR0913 - one flag, one argument
    subject: Subject,
    *,
    ruleset: Annotated[str | None, typer.Option(help="Only this rule set.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, with all that it asks.")] = None,
    process: Annotated[str | None, typer.Option(help="The process that the case is of.")] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Also rules that had nothing to ask about.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Tell why each rule held or did not, by which data, and who reported them."""
    with reaching(url, token) as client:
        head, found = _find(client, subject, process)
        found = _only_rule(_only_ruleset(found, ruleset), rule)
    if as_json:
        print_json({"subject": subject, "decisions": found})
        return
    typer.echo(head)
    decisions = [msgspec.convert(one, Decision) for one in found]
    for line in told(decisions, whole=whole or rule is not None):
        typer.echo(line)


def _find(client: httpx.Client, subject: str, process: str | None) -> tuple[str, list[Any]]:
    """Return what *subject* is, and the decisions about it."""
    if subject.startswith("EX-"):
        return _exception(client, subject)
    answer = client.get(f"/v1/decisions/{quote(subject, safe='')}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return _case(client, subject, process)
    decision = answer_of(answer)
    named = f"{decision['ruleset']} {decision['ruleset_version']}"
    return f"Decision of {named}, {moment(datetime.fromisoformat(decision['at']))}.", [decision]


def _exception(client: httpx.Client, id_: str) -> tuple[str, list[Any]]:
    """Return what the exception rests on: of its decision the rule and occurrence, or all."""
    one = answer_of(client.get(f"/v1/exceptions/{quote(id_, safe='')}"))
    head = f"{id_} ({one['state']}): {one['title']}, case {one['case']}."
    if one["decision"] is None:
        return head, []
    about = {"occurrence": one["occurrence"]}
    decision = answer_of(client.get(f"/v1/decisions/{one['decision']}", params=about))
    rules = [each for each in decision["rules"] if each["rule"] == one["rule"]]
    own = [each for each in rules if each["occurrence"] in {one["occurrence"], None}]
    return head, [{**decision, "rules": own or rules or decision["rules"]}]


def _case(client: httpx.Client, subject: str, process: str | None) -> tuple[str, list[Any]]:
    known = answer_of(client.get("/v1/processes"))["items"]
    those = [process] if process else [one["process"] for one in known]
    found = [one for name in those for one in _cases(client, name, case=subject)]
    parts = {one["process"] for one in known if one["part_of"]}
    found = [one for one in found if one["process"] not in parts] or found
    if not found:
        raise AnswerError(_unknown(client, subject, those))
    if len(found) > 1:
        named = ", ".join(sorted(one["process"] for one in found))
        raise AnswerError(f"{subject} is a case of {named}: choose one with --process.")
    (case,) = found
    latest = answer_of(client.get(f"/v1/instances/{case['id']}/decisions"))["items"]
    decisions = [answer_of(client.get(f"/v1/decisions/{one['decision_id']}")) for one in latest]
    title = f", {case['title']}" if case["title"] not in {"", case["case"]} else ""
    return f"Case {case['case']}{title} ({case['process']}).", decisions


def _cases(client: httpx.Client, process: str, **query: Any) -> list[Any]:
    path = f"/v1/processes/{quote(process, safe='')}/instances"
    items: list[Any] = answer_of(client.get(path, params={"limit": 50, **query}))["items"]
    return items


def _unknown(client: httpx.Client, subject: str, processes: Sequence[str]) -> str:
    """Say that there is no such case, and which have keys or titles like it."""
    near: list[str] = []
    text = subject
    while not near and len(text) >= _SHORTEST:
        near = [one["case"] for name in processes for one in _cases(client, name, q=text)]
        text = text[:-1]
    nearest = get_close_matches(subject, near, n=_NEAREST, cutoff=0) if near else []
    hint = f" Nearest are {', '.join(sorted(nearest))}." if nearest else ""
    return f"There is no case, exception or decision {subject!r}.{hint}"


def _only_ruleset(found: list[Any], wanted: str | None) -> list[Any]:
    if wanted is None:
        return found
    kept = [one for one in found if one["ruleset"] == wanted]
    if not kept:
        raise AnswerError(_none_of("rule set", wanted, [one["ruleset"] for one in found]))
    return kept


def _only_rule(found: list[Any], wanted: str | None) -> list[Any]:
    if wanted is None:
        return found
    names = [one["rule"] for decision in found for one in decision["rules"]]
    if wanted not in names:
        raise AnswerError(_none_of("rule", wanted, names))
    kept = [
        {**one, "rules": [each for each in one["rules"] if each["rule"] == wanted]} for one in found
    ]
    return [one for one in kept if one["rules"]]


def _none_of(what: str, wanted: str, known: list[str]) -> str:
    near = get_close_matches(wanted, sorted(set(known)), n=_NEAREST) or sorted(set(known))[:20]
    return f"No {what} {wanted!r} has decided here. There are {', '.join(near)}."
