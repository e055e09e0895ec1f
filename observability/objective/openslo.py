"""
OpenSLO v1: an objective as an SLO whose indicator is *clocks met ÷ clocks ended*, and back.

The indicator's metric source is of type `controlplane`; its `spec` holds what OpenSLO has no
words for: from, to, calendars, segments. So what was exported is imported as it was.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import yaml

from observability.objective.document import Objective
from observability.objective.reading import read_objective
from rules.document import DocumentError, read_yaml

API_VERSION = "openslo/v1"
SOURCE = "controlplane"
_VERSION = "controlplane/version"
_WINDOW = "28d"
_OF_THE_SLO = ("sla", "version", "process", "owner", "title", "attainment")


def exported(objectives: Iterable[Objective]) -> str:
    """Return *objectives* as one OpenSLO text: a Service for each process, then the SLOs."""
    those = list(objectives)
    services = sorted({one.process for one in those})
    documents = [*map(_service, services), *map(_slo, those)]
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)


def imported(text: str) -> Iterator[tuple[Objective, str]]:
    """
    Yield each SLO of an OpenSLO *text* as an objective with its document.

    Other kinds are left out. Raises `DocumentError`, its line within the SLO's own part, where an
    SLO's indicator is no clock, or the objective that it makes is refused.
    """
    for part in _parts(text):
        data, _ = read_yaml(part)
        if not isinstance(data, dict) or data.get("apiVersion") != API_VERSION:
            raise DocumentError(f"a part is no {API_VERSION} document", pointer="/apiVersion")
        if data.get("kind") == "SLO":
            document = yaml.safe_dump(_members(data), sort_keys=False, allow_unicode=True)
            yield read_objective(document), document


def _parts(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in [*text.splitlines(), "---"]:
        if line.rstrip() != "---":
            lines.append(line)
            continue
        if any(one.strip() and not one.lstrip().startswith("#") for one in lines):
            yield "\n".join(lines)
        lines = []


def _service(process: str) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "Service",
        "metadata": {"name": process},
        "spec": {"description": f"The process {process}."},
    }


def _slo(objective: Objective) -> dict[str, Any]:
    members = {
        name: value
        for name, value in msgspec.to_builtins(objective).items()
        if name not in _OF_THE_SLO
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "SLO",
        "metadata": {
            "name": objective.sla,
            **({"displayName": objective.title} if objective.title else {}),
            "labels": {"owner": [objective.owner]},
            "annotations": {_VERSION: objective.version},
        },
        "spec": {
            "service": objective.process,
            "indicator": {
                "metadata": {"name": f"{objective.sla}-clocks"},
                "spec": {
                    "ratioMetric": {
                        "counter": True,
                        "good": _metric({"clocks": "met", **_present(members)}),
                        "total": _metric({"clocks": "ended"}),
                    }
                },
            },
            "timeWindow": [{"duration": _WINDOW, "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": float(objective.attainment)}],
        },
    }


def _metric(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"metricSource": {"type": SOURCE, "spec": dict(spec)}}


def _present(value: Any) -> Any:
    """Return *value* without the members that are null, whatever the depth."""
    if isinstance(value, Mapping):
        return {name: _present(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_present(one) for one in value]
    return value


def _members(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the objective that an SLO describes."""
    metadata, spec = _mapping(data, "metadata"), _mapping(data, "spec")
    good = _under(spec, "indicator", "spec", "ratioMetric", "good", "metricSource")
    if good.get("type") != SOURCE:
        raise DocumentError(
            f"the SLO {metadata.get('name')!r} measures no clock: its good metric's source is to "
            f"be of type {SOURCE}, with `from`, `to` and `target` in its spec",
            pointer="/spec/indicator",
        )
    clock = {name: value for name, value in _mapping(good, "spec").items() if name != "clocks"}
    owner = _under(metadata, "labels").get("owner", "")
    share = _share(spec)
    return {
        "sla": metadata.get("name"),
        "version": str(_under(metadata, "annotations").get(_VERSION, "1.0.0")),
        "process": spec.get("service"),
        "owner": owner[0] if isinstance(owner, list) and owner else owner,
        **({"title": metadata["displayName"]} if metadata.get("displayName") else {}),
        **clock,
        **({"attainment": share} if share else {}),
    }


def _share(spec: Mapping[str, Any]) -> str:
    listed = spec.get("objectives")
    first = listed[0] if isinstance(listed, list) and listed else {}
    if not isinstance(first, Mapping):
        return ""
    if first.get("targetPercent") is not None:
        return str(Decimal(str(first["targetPercent"])) / 100)
    return str(first.get("target") or "")


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    if not isinstance(found, Mapping):
        raise DocumentError(f"an SLO has its {name!r}", pointer=f"/{name}")
    return found


def _under(data: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = data.get(name)
        data = found if isinstance(found, Mapping) else {}
    return data
