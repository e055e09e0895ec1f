"""What a change would touch, as an architect reads it, and as a gate annotates it."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from controlplane.cli.contract_files import Filed
from controlplane.cli.contract_gate import Judged, located
from governance.compatibility.comparison import Verdict, concluded
from governance.contract.finding import Finding
from governance.impact.place import field_of
from rules.money import money

_SHOWN = 12
_VERDICTS = {"incompatible": "INCOMPATIBLE", "not_evaluated": "NOT EVALUATED"}
_KINDS = (
    ("rules", "rule", "rules"),
    ("mappings", "mapping", "mappings"),
    ("processes", "process model", "process models"),
    ("slas", "SLA", "SLAs"),
)


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A document, what the server says that it would touch, and its trial on events, if any."""

    filed: Filed
    impact: dict[str, Any]
    trial: dict[str, Any] | None = None

    @property
    def producers(self) -> list[dict[str, Any]]:
        """Who sent events that the document would refuse."""
        result = self.trial and self.trial.get("result")
        return [one for one in result["producers"] if one["refused"]] if result else []


def breaks(looked: Looked) -> bool:
    """
    Whether the change is not compatible, something in force could not stand with it, or events
    of late would be refused; what could not be tried is not let through.
    """
    tried = looked.trial is None or looked.trial["status"] == "done"
    sound = not looked.impact["broken"] and looked.impact["verdict"] == "compatible"
    return not (sound and tried) or bool(looked.producers)


def plain(looked: Sequence[Looked]) -> dict[str, Any]:
    """Return everything, as the server said it."""
    verdict = "broken" if any(breaks(one) for one in looked) else "unbroken"
    return {
        "verdict": verdict,
        "contracts": [{"file": one.filed.file, **one.impact, "trial": one.trial} for one in looked],
    }


def judged(looked: Looked) -> Judged:
    """Return the findings of compatibility, and one for each thing in force that is touched."""
    found = [msgspec.convert(one, Finding) for one in looked.impact["findings"]]
    found += [*_touched(looked.impact), *_refused(looked)]
    verdict: Verdict = concluded(found).verdict
    return Judged(
        name=looked.filed.name,
        file=looked.filed.file,
        format=looked.filed.format,
        against=looked.impact["against"] or "",
        verdict=verdict,
        findings=tuple(located(looked.filed, one) for one in found),
    )


def lines(looked: Sequence[Looked], *, everything: bool) -> Iterator[str]:
    """Yield the report; *everything*: those who read the contract and are not touched, too."""
    if not looked:
        yield "nothing to look at: what is registered stands as it is, nobody reads what is not"
    for one in looked:
        yield from _document(one.impact, everything=everything)
        yield from _tried(one)
        yield ""
    for one in looked:
        yield _summary(one.impact)


def _touched(impact: dict[str, Any]) -> Iterator[Finding]:
    for members, kind, _ in _KINDS:
        for one in impact[members]:
            if _hurt(one):
                yield _finding(impact, kind, one)
    for one in impact["consumers"]:
        if one["touched"]:
            yield Finding(
                id=f"consumer-touched:{one['system']}",
                rule="consumer-touched",
                level="warning",
                message=f"{one['system']} uses what changes: {_listed(one['touched'])}",
                pointer=_pointer(impact, one["touched"]),
            )


def _refused(looked: Looked) -> Iterator[Finding]:
    for one in looked.producers:
        reason = one["reasons"][0]
        yield Finding(
            id=f"events-refused:{one['source']}:{one['version']}",
            rule="events-refused",
            level="breaking",
            message=f"{one['refused']:,} of {_many(one['events'], 'event')} of {one['source']} "
            f"would be refused: {reason['pointer'] or 'the data'}: {reason['detail']}",
            against=one["version"],
        )


def _tried(looked: Looked) -> Iterator[str]:
    trial = looked.trial
    if trial is None:
        return
    if trial["status"] != "done":
        yield f"  The trial on events is {trial['status']}: {trial['because']}"
        return
    found = trial["result"]
    behind = "" if found["whole"] else f"; only {_many(found['entries'], 'entry', 'entries')} read"
    yield (
        f"  Events since {trial['since'][:10]}: {found['refused']:,} of {found['events']:,} "
        f"would be refused{behind}"
    )
    for one in looked.producers:
        held = f" under {one['version']}" if one["version"] else ""
        yield f"    {one['source']}{held}: {one['refused']:,} of {one['events']:,}"
        for reason in one["reasons"]:
            first = reason["examples"][0]
            yield (
                f"      {_many(reason['events'], 'event')} at {reason['pointer'] or 'the data'}: "
                f"{reason['detail']} (such as {first['id']})"
            )


def _hurt(one: dict[str, Any]) -> bool:
    return bool(one["touched"] or one["problem"])


def _pointer(impact: dict[str, Any], touched: Sequence[str]) -> str:
    """Return where the document says what the first change of *touched* is about."""
    pointers = {one["id"]: one["pointer"] for one in impact["findings"]}
    return next(
        (
            str(pointers[finding])
            for one in impact["changes"]
            if one["field"] in touched or field_of(one["field"]) in touched
            for finding in one["findings"]
            if finding in pointers
        ),
        "",
    )


def _finding(impact: dict[str, Any], kind: str, one: dict[str, Any]) -> Finding:
    broken = "broken" if one["problem"] else "touched"
    rule = f"{kind.lower().replace(' ', '-')}-{broken}"
    reads = f" {'writes' if kind == 'mapping' else 'reads'} {_listed(one['touched'])}"
    said = [
        f"{kind} {_name(one)} of {one['owner'] or 'nobody'}{reads if one['touched'] else ''}",
        f"it would not stand: {one['problem']}" if one["problem"] else "",
    ]
    return Finding(
        id=f"{rule}:{_name(one)}",
        rule=rule,
        level="breaking" if one["problem"] else "warning",
        message="; ".join(part for part in said if part),
        pointer=_pointer(impact, one["touched"]),
        against=impact["against"] or "",
    )


def _document(impact: dict[str, Any], *, everything: bool) -> Iterator[str]:
    against = f"against {impact['against']}" if impact["against"] else "the first version"
    verdict = _VERDICTS.get(impact["verdict"], "compatible")
    yield f"{impact['subject']} {impact['version']}  {verdict}  ({against})"
    yield from _section("What changes", [_change(one) for one in impact["changes"]])
    consumers = [_consumer(one) for one in impact["consumers"] if everything or one["touched"]]
    yield from _section("Who reads it", consumers)
    for members, _, title in _KINDS:
        hurt = sum(map(_hurt, impact[members]))
        those = [one for one in impact[members] if everything or _hurt(one)]
        told = [line for one in those for line in _dependant(members, one)]
        quiet = len(impact[members]) - hurt
        more = f", {quiet} more read the contract" if quiet else ""
        yield from _section(f"{title[0].upper()}{title[1:]}: {hurt} touched{more}", told)
    yield from _section("Who would hear of it", [_heard(one) for one in impact["routes"]])
    yield from _section("What runs", [_running(one) for one in impact["in_flight"]])


def _section(title: str, told: Sequence[str]) -> Iterator[str]:
    if told:
        yield f"  {title}"
        yield from (f"    {one}" for one in told)


def _change(one: dict[str, Any]) -> str:
    place = " ".join(part for part in (one["operation"], one["field"]) if part)
    level = one["level"].replace("_", " ")
    return f"{level:<10} {one['kind']:<8} {place or 'the whole document'}"


def _consumer(one: dict[str, Any]) -> str:
    seen = f"went on {_many(one['seen'], 'time')} with what it told, and declared nothing"
    how = f"reads {one['versions']}" if one["declared"] else seen
    meets = "meets it at once" if one["follows"] else "stays until it moves"
    uses = f"uses {_listed(one['uses'])}" if one["uses"] else "does not say what it uses"
    touched = f"touched: {_listed(one['touched'])}" if one["touched"] else "not touched"
    contact = f"ask {one['contact']}" if one["contact"] else ""
    told = (how, *((meets, uses) if one["declared"] else ()), touched, contact)
    return f"{one['system']}  " + "; ".join(part for part in told if part)


def _dependant(members: str, one: dict[str, Any]) -> Iterator[str]:
    verb = "writes" if members == "mappings" else "reads"
    touched = f"{verb} {_listed(one['touched'])}" if one["touched"] else "not touched"
    about = (one["severity"], one["owner"], touched)
    yield f"{_name(one)}  " + "; ".join(part for part in about if part)
    if one["problem"]:
        yield f"  would not stand: {one['problem']}"


def _heard(one: dict[str, Any]) -> str:
    why = f"of {_listed(one['rules'])}" if one["rules"] else "of the contract itself"
    return f"{one['receiver']} by {one['channel']}, {why}"


def _running(one: dict[str, Any]) -> str:
    told = "" if one["told"] is None else f"; it told of {one['told']:,} of them"
    of_them = _money(one["told_money"])
    return (
        f"{one['process']}: {_many(one['running'], 'case')}{_money(one['money'])}{told}"
        f"{of_them if one['told'] else ''}"
    )


def _money(amounts: Sequence[dict[str, str]]) -> str:
    told = [str(money(one["amount"], one["currency"])) for one in amounts]
    return f" ({', '.join(told)})" if told else ""


def _summary(impact: dict[str, Any]) -> str:
    counts = [
        _many(sum(bool(one["touched"]) for one in impact["consumers"]), "consumer"),
        *(_many(sum(map(_hurt, impact[members])), *names) for members, *names in _KINDS),
    ]
    told = ", ".join(one for one in counts if not one.startswith("0 ")) or "nothing"
    broken = f"; {impact['broken']} would not stand" if impact["broken"] else ""
    return f"{impact['subject']} {impact['version']}: touches {told}{broken}"


def _name(one: dict[str, Any]) -> str:
    return f"{one['within']}/{one['name']}" if one["within"] else str(one["name"])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
