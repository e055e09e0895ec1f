"""
Breaks become exceptions as broken rules do: a break that is gone resolves the exception.

Whatever was not checked leaves its exceptions as they stand, and so does what is on its way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from governance.exception.process_exception import ProcessException, fingerprint_of
from observability.reconciliation.document import Reconciliation
from observability.reconciliation.finding import Break, Finding, Kind, rule_of
from rules.decision import Decision, Evidence, Firing, NotFired, fingerprint

TYPE = "reconciliation-break"
_INSTANCE_LENGTH = 32
UNTOLD = "not given"
_KINDS: tuple[Kind, ...] = ("missing", "value", "duplicate")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a break's exception stands: its case, or the reconciliation itself."""

    instance: str
    case_key: str
    case_title: str = ""


def ruleset_of(name: str) -> str:
    """Return the name under which exceptions of the reconciliation *name* are listed."""
    return f"reconciliation:{name}"


def nowhere(document: Reconciliation) -> Place:
    """Return where a break stands that belongs to no case."""
    id_ = fingerprint("reconciliation", document.reconciliation)[:_INSTANCE_LENGTH]
    return Place(instance=id_, case_key=document.reconciliation, case_title=document.title)


def decisions(
    document: Reconciliation,
    finding: Finding,
    places: Mapping[str, Place],
    standing: Sequence[ProcessException],
    *,
    run: str,
) -> dict[Place, Decision]:
    """
    Return what *finding* says of each place: of every break, and of every exception *standing*.

    *places* are by the name of the case.
    """
    if finding.cut_off is None:  # nothing was checked, so nothing is known to be mended
        return {}
    broken: dict[Place, list[Firing]] = defaultdict(list)
    for one in finding.breaks:
        if one.kind != "timing":
            broken[place_of(document, one, places)].append(firing(document, one))
    for gone in standing:
        _ = broken[
            Place(instance=gone.instance, case_key=gone.case_key, case_title=gone.case_title)
        ]
    asked = _asked(document, finding, standing)
    because = f"no longer found by run {run}, as of {finding.cut_off:%Y-%m-%d %H:%M} UTC"
    quiet = tuple(NotFired(rule=rule, because=because) for rule in asked)
    return {
        place: Decision(
            ruleset=ruleset_of(document.reconciliation),
            version=document.version,
            outcome="warning" if firings else "clear",
            evaluated=asked,
            firings=tuple(firings),
            not_fired=quiet,
        )
        for place, firings in _merged(broken).items()
    }


def place_of(document: Reconciliation, one: Break, places: Mapping[str, Place]) -> Place:
    return places.get(one.case or "") or nowhere(document)


def fingerprint_in(document: Reconciliation, one: Break, places: Mapping[str, Place]) -> str:
    """Return the fingerprint of the exception that *one* has, or would have."""
    ruleset, place = ruleset_of(document.reconciliation), place_of(document, one, places)
    return fingerprint_of(place.instance, ruleset, one.rule, one.name, case_key=place.case_key)


def left_alone(finding: Finding) -> frozenset[tuple[str, str]]:
    """Return (rule, name) of what is on its way: its exceptions stay as they are."""
    return frozenset((one.rule, one.name) for one in finding.breaks if one.kind == "timing")


def firing(document: Reconciliation, one: Break) -> Firing:
    side = document.by_side[one.side]
    return Firing(
        rule=one.rule,
        rule_version=document.version,
        title=_title(one, side.title),
        type=TYPE,
        severity=document.severity,
        outcome="warning",
        occurrence=one.name,
        reason=_reason(document, one),
        owner=side.owner or document.owner,
        exposure=one.money[0] if len(one.money) == 1 else None,
        evidence=tuple(_evidence(document, one)),
    )


def _asked(
    document: Reconciliation, finding: Finding, standing: Iterable[ProcessException]
) -> tuple[str, ...]:
    """What was checked, and what no version of the document asks any more."""
    possible = {rule_of(kind, one.side) for one in document.sides for kind in _KINDS}
    gone = {one.rule for one in standing} - possible
    return (*finding.checked, *sorted(gone))


def _merged(broken: Mapping[Place, list[Firing]]) -> dict[Place, list[Firing]]:
    """A case may have been called otherwise when its exception was opened: it is one place."""
    by_instance: dict[str, tuple[Place, list[Firing]]] = {}
    for place, firings in broken.items():
        kept = by_instance.setdefault(place.instance, (place, []))
        kept[1].extend(firings)
    return dict(by_instance[name] for name in sorted(by_instance))


def _title(one: Break, side: str) -> str:
    match one.kind:
        case "missing":
            return f"Missing in {side}"
        case "duplicate":
            return f"Stands twice in {side}"
        case _:
            return f"Differs in {side}"


def _reason(document: Reconciliation, one: Break) -> str:
    side, book = document.by_side[one.side].title, document.book.title
    match one.kind:
        case "missing":
            others = [document.by_side[name].title for name in one.refs]
            return f"{one.name} is in {' and '.join(others)} and not in {side}."
        case "duplicate":
            return f"{one.name} stands {len(one.refs[one.side])} times in {side}."
        case _:
            said = [
                f"{d.field} is {d.book or UNTOLD} in {book}, {d.other or UNTOLD} in {side}"
                for d in one.differences
            ]
            return f"{one.name}: {'; '.join(said)}."


def _evidence(document: Reconciliation, one: Break) -> Iterable[Evidence]:
    for said in one.differences:
        both = ((document.book.side, said.book), (one.side, said.other))
        for name, value in both:
            ref = one.refs[name][0]
            title = document.by_side[name].title
            yield _datum(f"{said.field} in {title}", value or UNTOLD, name, ref, said.field)
    if not one.differences:
        for name, refs in one.refs.items():
            title = document.by_side[name].title
            yield _datum(f"line of {title}", ", ".join(refs), name, refs[0], "lines")


def _datum(label: str, value: str, side: str, ref: str, field: str) -> Evidence:
    return Evidence(label=label, value=value, fact_type=side, fact_id=ref, field=field)
