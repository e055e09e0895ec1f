"""
A pack is installed over the API, in the order in which its parts need each other.

Installing it again changes nothing: what stands under the same version stays. A pack that
says something else under a version that stands is refused whole, before anything is sent.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any

import httpx
import msgspec

from controlplane.decoding import make_ready
from controlplane.pack.part import Difference, parts_of
from controlplane.pack.read import ALONE, Pack, PackedContract, PackedDocument, PackHead

_YAML = {"Content-Type": "application/yaml"}
_UNPUBLISHED = {"draft", "approved"}
_HTTP_ERROR = 400
_FOLDERS = {
    "calendar": "calendars",
    "system": "systems",
    "process": "processes",
    "sla": "slas",
    "mapping": "mappings",
    "reconciliation": "reconciliations",
    "rates": "rates",
    "kpi": "kpis",
    "lint": "lint-policies",
}

SIDE_BY_SIDE = 8
DOCUMENT_ORDER = (
    "calendar",
    "system",
    "handling",
    "process",
    "sla",
    "ruleset",
    "mapping",
    "reconciliation",
    "rates",
    "kpi",
    "lint",
    "routing",
)

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what was done last)."""


class InstallError(RuntimeError):
    """The server refused a part of the pack."""

    def __init__(self, what: str, answer: httpx.Response) -> None:
        self.what = what
        self.status = answer.status_code
        self.problem = _problem(answer)
        lines = [self.problem.get("detail") or self.problem.get("title") or answer.text[:300]]
        lines += [f"{one.get('pointer', '')}: {one.get('detail', '')}" for one in self._errors()]
        super().__init__(f"{what}: {answer.status_code} " + "\n  ".join(str(one) for one in lines))

    def _errors(self) -> list[dict[str, Any]]:
        errors = self.problem.get("errors")
        return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []


class ChangedError(RuntimeError):
    """Parts of the pack say something else than what is registered; nothing was sent."""

    def __init__(self, pack: PackHead, changed: Mapping[str, str]) -> None:
        self.changed = dict(changed)
        lines = [f"{file}: {detail}" for file, detail in self.changed.items()]
        super().__init__(
            f"{pack.pack} {pack.version} was not installed and nothing was changed: "
            + "\n  ".join(["what is registered says something else", *lines])
        )


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request, the one that may follow from its answer, and refusals that can wait."""

    what: str
    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = {}
    then: Callable[[Mapping[str, Any]], "Step | None"] | None = None
    left_waiting_by: tuple[str, ...] = ()


Chain = tuple[Step, ...]


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests were made, and what is registered but waits for somebody else, and why."""

    requests: int
    waiting: tuple[str, ...] = ()


def install(pack: Pack, client: httpx.Client, progress: Progress | None = None) -> Installed:
    """
    Send every part of *pack* through *client*.

    Raises `ChangedError` before anything is sent, `InstallError` at the first part that the
    server refuses, and lets `httpx.TransportError` through when it cannot be reached.
    """
    _require_unchanged(pack, client)
    rounds = plan(pack)
    total = sum(len(chain) for chains in rounds for chain in chains)
    done, made = 0, 1
    waiting: list[str] = []
    make_ready()
    with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
        for chains in rounds:
            sending = [pool.submit(_send_chain, client, chain) for chain in chains]
            try:
                for future in as_completed(sending):
                    steps, sent = future.result()
                    done, made = done + len(steps), made + sent.requests
                    waiting += sent.waiting
                    if progress is not None:
                        progress(done, total, steps[-1].what)
            finally:
                for future in sending:
                    future.cancel()
    return Installed(requests=made, waiting=tuple(sorted(waiting)))


def _require_unchanged(pack: Pack, client: httpx.Client) -> None:
    """Raise `ChangedError` with each part that is registered with something else."""
    files = {(part.kind, part.name, part.version): file for file, part in parts_of(pack)}
    parts = [msgspec.to_builtins(part) for _, part in parts_of(pack)]
    step = Step(what="check", method="POST", path="/v1/packs/check", json={"parts": parts})
    found = msgspec.convert(_send(client, step)["items"], list[Difference])
    if found:
        changed = {files[one.kind, one.name, one.version]: one.detail for one in found}
        raise ChangedError(pack.head, changed)


def plan(pack: Pack) -> list[list[Chain]]:
    """
    Return the requests that install *pack*, in rounds: each round needs those before it.

    The chains of a round may be sent side by side, the steps of a chain one after the other.
    """
    teams: list[Chain] = [(_team(team),) for team in pack.teams]
    contracts: list[Chain] = [tuple(_contract(one)) for one in pack.contracts]
    kinds: list[list[Chain]] = [
        [(_document(one),) for one in pack.of_kind(kind)] for kind in DOCUMENT_ORDER
    ]
    head: list[Chain] = [(_head(pack.head),)]
    return [chains for chains in (teams, contracts, *kinds, head) if chains]


def _head(head: PackHead) -> Step:
    return Step(
        what=f"pack {head.pack} {head.version}",
        method="PUT",
        path=f"/v1/packs/{head.pack}",
        content=msgspec.json.encode(head),
        headers=_YAML,
    )


def _team(team: Mapping[str, Any]) -> Step:
    body = {name: value for name, value in team.items() if name != "team"}
    return Step(
        what=f"team {team['team']}", method="PUT", path=f"/v1/teams/{team['team']}", json=body
    )


def _contract(packed: PackedContract) -> Iterator[Step]:
    subject = packed.contract.subject
    yield Step(
        what=f"contract {subject}",
        method="POST",
        path="/v1/contracts",
        json=packed.contract.registration,
    )
    for one in packed.versions:
        yield Step(
            what=f"contract {subject} {one.version}",
            method="POST",
            path=f"/v1/contracts/{subject}/versions?version={one.version}",
            content=one.artifact,
            headers={"Content-Type": one.media_type},
            then=partial(_publish, subject),
        )
    for consumer in packed.contract.consumers:
        yield Step(
            what=f"consumer {consumer.system} of {subject}",
            method="PUT",
            path=f"/v1/contracts/{subject}/consumers/{consumer.system}",
            json={
                "versions": consumer.versions,
                "contact": consumer.contact,
                "uses": consumer.uses,
            },
        )


def _publish(subject: str, answer: Mapping[str, Any]) -> Step | None:
    if answer.get("lifecycle") not in _UNPUBLISHED:
        return None
    return Step(
        what=f"publish {subject} {answer['version']}",
        method="POST",
        path=f"/v1/contracts/{subject}/versions/{answer['version']}/transitions",
        json={"to": "published", "comment": "installed with its pack"},
        left_waiting_by=("/problems/own-work", "/problems/approvals-missing"),
    )


def _document(one: PackedDocument) -> Step:
    what = f"{one.kind} {one.name} {one.version}"
    content = one.text.encode()
    if one.kind == "ruleset":
        path = f"/v1/rulesets/{one.name}/versions/{one.version}"
        activate = Step(
            what=f"activate {what}",
            method="POST",
            path=f"{path}/transitions",
            json={"to": "active", "comment": "installed with its pack"},
            left_waiting_by=("/problems/own-work", "/problems/shadow-first"),
        )
        return Step(
            what=what,
            method="PUT",
            path=path,
            content=content,
            headers=_YAML,
            then=lambda answer: None if answer.get("active") is True else activate,
        )
    path = f"/v1/{one.kind}" if one.kind in ALONE else f"/v1/{_FOLDERS[one.kind]}/{one.name}"
    return Step(what=what, method="PUT", path=path, content=content, headers=_YAML)


def _send_chain(client: httpx.Client, chain: Chain) -> tuple[Chain, Installed]:
    """Return *chain*, how many requests it took, and what of it waits."""
    made = 0
    waiting: list[str] = []
    for first in chain:
        step: Step | None = first
        while step is not None:
            made += 1
            try:
                answer = _send(client, step)
            except InstallError as error:
                if error.problem.get("type") not in step.left_waiting_by:
                    raise
                waiting.append(f"{step.what}: {error.problem.get('detail')}")
                break
            step = step.then(answer) if step.then is not None else None
    return chain, Installed(requests=made, waiting=tuple(waiting))


def _send(client: httpx.Client, step: Step) -> Mapping[str, Any]:
    if step.content is not None:
        answer = client.request(
            step.method, step.path, content=step.content, headers=dict(step.headers)
        )
    else:
        answer = client.request(step.method, step.path, json=step.json)
    if answer.status_code >= _HTTP_ERROR:
        raise InstallError(step.what, answer)
    body = answer.json() if answer.content else {}
    return body if isinstance(body, dict) else {}


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
