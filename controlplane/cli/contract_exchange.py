"""
Contracts go to a server from files, and come back as the same files.

`<subject>/contract.yaml` says what `POST /v1/contracts` takes and who reads the contract; beside
it stands each version under its own name, byte for byte.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
import yaml

from controlplane.cli.contract_files import CONTRACT, Filed, contracts_in, media_type, subjects_in
from controlplane.cli.contract_tree import Tree
from controlplane.cli.reaching import answer_of
from controlplane.pack.read import ContractFile
from governance.version import SemanticVersion

ONCE_PUBLISHED = frozenset({"published", "deprecated", "retired"})
_MISSING = 404
_KEPT = frozenset(one.name for one in msgspec.structs.fields(ContractFile)) - {"consumers"}


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """
    What registering a version would do: draft it (`new`), nothing (`stands`), or be refused, since
    its number stands with other bytes (`differs`). `contract` is new where the subject is.
    """

    subject: str
    version: str
    contract: Literal["new", "stands"]
    plan: Literal["new", "stands", "differs"]
    status: str = ""


def plan(client: httpx.Client, tree: Tree, only: str | None = None) -> Iterator[Planned]:
    """Yield what `register` would do with each version of *tree*; nothing is sent."""
    for subject, mine in _wanted(tree, only):
        answer = client.get(f"/v1/contracts/{subject}")
        missing = answer.status_code == _MISSING
        standing = {} if missing else {o["version"]: o for o in answer_of(answer)["versions"]}
        for one in mine:
            known = standing.get(one.version)
            same = known is not None and known["digest"] == hashlib.sha256(one.content).hexdigest()
            yield Planned(
                subject=subject,
                version=one.version,
                contract="new" if missing else "stands",
                plan="new" if known is None else "stands" if same else "differs",
                status=known["lifecycle"] if known else "",
            )


def _wanted(tree: Tree, only: str | None) -> Iterator[tuple[str, list[Filed]]]:
    """Yield each subject of *tree* that has versions, the lowest first."""
    versions = [one for one in contracts_in(tree) if one.version and only in {None, one.file}]
    for contract in subjects_in(tree).values():
        mine = [one for one in versions if one.subject == contract.subject]
        if mine:
            yield contract.subject, sorted(mine, key=lambda one: SemanticVersion.of(one.version))


def register(client: httpx.Client, tree: Tree, only: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield each version of *tree* as the server drafts it; *only* names one file of it."""
    contracts = {one.subject: one for one in subjects_in(tree).values()}
    for subject, mine in _wanted(tree, only):
        contract = contracts[subject]
        answer_of(client.post("/v1/contracts", json=contract.registration))
        for one in mine:
            yield draft(client, subject, one, one.version)
        for consumer in contract.consumers:
            body = {
                "versions": consumer.versions,
                "contact": consumer.contact,
                "uses": consumer.uses,
            }
            path = f"/v1/contracts/{subject}/consumers/{consumer.system}"
            answer_of(client.put(path, json=body))


def draft(
    client: httpx.Client, subject: str, document: Filed, version: str | None
) -> dict[str, Any]:
    """Return the version that the server drafts; without one it counts on."""
    answer: dict[str, Any] = answer_of(
        client.post(
            f"/v1/contracts/{subject}/versions",
            content=document.content,
            params={"version": version} if version else {},
            headers={"Content-Type": media_type(document.file, document.content)},
        )
    )
    return answer


def export(
    client: httpx.Client, folder: Path, subjects: list[str], *, unpublished: bool
) -> Iterator[Path]:
    """Write *subjects*, every one when there are none, below *folder*; yield the files."""
    for subject in subjects or list(_subjects(client)):
        detail = answer_of(client.get(f"/v1/contracts/{subject}"))
        below = folder / subject
        below.mkdir(parents=True, exist_ok=True)
        yield _written(below / CONTRACT, _head(detail))
        for one in detail["versions"]:
            if unpublished or one["lifecycle"] in ONCE_PUBLISHED:
                path = f"/v1/contracts/{subject}/versions/{one['version']}/artifact"
                answer = client.get(path)
                if answer.is_error:
                    answer_of(answer)
                name = f"{one['version']}{_suffix(one['media_type'], answer.content)}"
                yield _written(below / name, answer.content)


def _subjects(client: httpx.Client) -> Iterator[str]:
    for one in catalogue(client, {}):
        yield one["subject"]


def catalogue(client: httpx.Client, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the contracts that the server lists, page after page."""
    cursor: str | None = None
    while True:
        page = answer_of(
            client.get("/v1/contracts", params={**asked, **({"cursor": cursor} if cursor else {})})
        )
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _head(detail: dict[str, Any]) -> bytes:
    head = {name: value for name, value in detail.items() if name in _KEPT and value}
    consumers = [
        {name: one[name] for name in ("system", "versions", "contact", "uses") if one[name]}
        for one in detail["consumers"]
    ]
    ordered = {
        one.name: head[one.name] for one in msgspec.structs.fields(ContractFile) if one.name in head
    }
    whole = ordered | ({"consumers": consumers} if consumers else {})
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).encode()


def _suffix(sent: str, content: bytes) -> str:
    if sent in {"text/x-protobuf", "text/plain"}:
        return ".proto"
    yaml_said = "yaml" in sent or not content.lstrip().startswith((b"{", b"["))
    return ".yaml" if yaml_said else ".json"


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file
