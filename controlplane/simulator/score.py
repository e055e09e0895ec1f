"""
The truth against what was found: recall says what was missed, precision what was made up.

Only what should be visible by the end of the firm's told time is asked for. A promise that
passes after that time is neither right nor wrong.
"""

from collections import defaultdict
from collections.abc import Iterable

import httpx
import msgspec

from controlplane.simulator.books import PLANTED
from controlplane.simulator.firm import tag_of
from controlplane.simulator.sight import SeenBreak, SeenCase, SeenEvent, SeenException, Sight, look
from controlplane.simulator.silence import named
from controlplane.simulator.truth import (
    AFFECTED,
    BREAK,
    CLEARED,
    CLOCK,
    DEPARTURE,
    EXCEPTION,
    INCIDENT,
    ONCE,
    PARTIAL,
    QUARANTINE,
    SILENT,
    UNCORRELATED,
    Finding,
    Injected,
    Truth,
)
from observability.clock.clock import BREACHED

_EVENTS = "/meridian/"
_INCIDENT_CASES = 3
"""As the handling policy of the pack has it."""
_SPANS = frozenset({"urn:otel:psa", "urn:otel:erp", "urn:otel:legacy-billing"})


class FaultScore(msgspec.Struct, frozen=True, kw_only=True):
    """
    `expected` findings of `injected` faults; `false` findings by the rules of the class.

    A class of which nothing was to be found has no recall, and one of which nothing was
    found has no precision: it was not tried.
    """

    fault: str
    injected: int
    expected: int
    found: int
    false: int

    @property
    def recall(self) -> float | None:
        return _share(self.found, self.expected)

    @property
    def precision(self) -> float | None:
        return _share(self.found, self.found + self.false)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """
    `missed` and `false` are sentences; `ok` when there are neither. Recall and precision are of
    all findings together: a class that was not tried counts in neither.
    """

    faults: tuple[FaultScore, ...]
    expected: int
    found: int
    recall: float | None
    precision: float | None
    missed: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.missed and not self.false


def score(truth: Truth, client: httpx.Client) -> Score:
    """Return how the server behind *client* did against *truth*."""
    return compare(truth, look(client, truth))


def compare(truth: Truth, sight: Sight) -> Score:
    """Return the score of what was seen; nothing is asked of anybody."""
    false = _false(truth, sight)
    blamed = _rules_of(truth.injected)
    rows, missed = [], []
    for fault in sorted({one.fault for one in truth.injected}):
        those = [one for one in truth.injected if one.fault == fault]
        expected = [(one, f) for one in those for f in one.finds if f.visible_at <= truth.until]
        unseen = [(one, f) for one, f in expected if not _seen(sight, one, f)]
        missed += [_sentence(fault, one, f) for one, f in unseen]
        rows.append(
            FaultScore(
                fault=fault,
                injected=len({one.keys for one, _ in expected}),
                expected=len(expected),
                found=len(expected) - len(unseen),
                false=sum(1 for name, _ in false if name in blamed[fault]),
            )
        )
    expected_all, found = sum(one.expected for one in rows), sum(one.found for one in rows)
    return Score(
        faults=tuple(rows),
        expected=expected_all,
        found=found,
        recall=_share(found, expected_all),
        precision=_share(found, found + len(false)),
        missed=tuple(missed),
        false=tuple(sentence for _, sentence in false),
    )


def _share(part: int, whole: int) -> float | None:
    """Return the share, None of nothing: what was not looked for is not right."""
    return part / whole if whole else None


def _rules_of(injected: Iterable[Injected]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for one in injected:
        names[one.fault] |= {found.name for found in (*one.finds, *one.allows)}
    return names


def _seen(sight: Sight, injected: Injected, finding: Finding) -> bool:
    if finding.kind in {EXCEPTION, CLEARED}:
        states = {one.state for one in sight.exceptions if _about(one, injected, finding)}
        return bool(states) if finding.kind == EXCEPTION else states <= {"resolved"}
    if finding.kind in {QUARANTINE, UNCORRELATED}:
        held = sight.quarantined if finding.kind == QUARANTINE else sight.uncorrelated
        return any(_is(one, finding) for one in held)
    if finding.kind in _BESIDE_CASES:
        return _BESIDE_CASES[finding.kind](sight, injected, finding)
    keys = (finding.case,) if finding.case else injected.keys
    found = (sight.cases.get((finding.process, key)) for key in keys)
    case = next((one for one in found if one is not None), None)
    return case is not None and _in_case(case, finding)


def _is_broken(sight: Sight, _: Injected, finding: Finding) -> bool:
    return any(_broken(one) == _planted(finding) for one in sight.breaks)


def _is_silent(sight: Sight, _: Injected, finding: Finding) -> bool:
    return finding.object in sight.silent


def _affects(sight: Sight, injected: Injected, finding: Finding) -> bool:
    ids = {one.id for one in sight.exceptions if _about(one, injected, finding)}
    return any(one.exception in ids and one.invoices == {*finding.affects} for one in sight.radii)


def _is_of_one(sight: Sight, injected: Injected, finding: Finding) -> bool:
    """A few cases are no incident; what is over belongs to none."""
    beside = [
        one
        for one in sight.exceptions
        if one.rule == finding.name
        and one.state != "resolved"
        and one.due_at is not None
        and f"{one.due_at:%Y-%m-%d}" == finding.event
    ]
    if len({one.case for one in beside}) < _INCIDENT_CASES:
        return True
    incidents = {one.incident.id if one.incident else None for one in beside}
    mine = any(_about(one, injected, finding) for one in beside)
    return mine and len(incidents) == 1 and None not in incidents


_BESIDE_CASES = {
    BREAK: _is_broken,
    SILENT: _is_silent,
    AFFECTED: _affects,
    INCIDENT: _is_of_one,
}


def _about(seen: SeenException, injected: Injected, finding: Finding) -> bool:
    return seen.case in {*injected.keys, finding.case} and _same(seen, finding)


def _same(seen: SeenException, finding: Finding) -> bool:
    if seen.rule != finding.name:
        return False
    if not finding.object:
        return True
    if seen.occurrence:
        return seen.occurrence == finding.object
    return finding.object.rpartition(":")[2] in f"{seen.case} {seen.reason}"


def _is(seen: SeenEvent, finding: Finding) -> bool:
    named = (seen.source, seen.event_id) == (finding.source, finding.event)
    return named and (finding.kind != QUARANTINE or seen.reason == finding.name)


def _in_case(case: SeenCase, finding: Finding) -> bool:
    if finding.kind == CLOCK:
        return any(
            one.sla == finding.name
            and (one.object or "") == finding.object
            and one.state in BREACHED
            for one in case.clocks
        )
    if finding.kind == DEPARTURE:
        left = (finding.name, finding.object)
        return any((one.kind, one.activity) == left for one in case.departures)
    if finding.kind == PARTIAL:
        return any(one.together == finding.name for one in case.partial)
    return _in_order(case, finding)


def _in_order(case: SeenCase, finding: Finding) -> bool:
    told = [one.id for one in case.steps if one.kind == "event" and one.source == finding.source]
    if finding.kind == ONCE:
        return told.count(finding.event) == 1
    both = {finding.event, finding.object} <= set(told)
    return both and told.index(finding.event) < told.index(finding.object)


def _false(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    """Return (name, sentence) of every finding that no fault explains."""
    return [
        *_false_exceptions(truth, sight),
        *_false_events(truth, sight),
        *_false_cases(truth, sight),
        *_false_breaks(truth, sight),
        *_false_silences(truth, sight),
    ]


def _false_exceptions(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    mark = f"-{tag_of(truth.head.seed)}-"
    watched = named(tag_of(truth.head.seed), "")
    explained: dict[str, list[Finding]] = defaultdict(list)
    for one in truth.injected:
        for key in one.keys:
            explained[key] += [f for f in (*one.finds, *one.allows) if f.kind == EXCEPTION]
    return [
        (one.rule, f"{one.rule} in {one.case}: {one.reason}")
        for one in sight.exceptions
        if (mark in one.case or one.case.startswith(watched))
        and (one.due_at is None or one.due_at <= truth.until)
        and not any(_same(one, finding) for finding in explained[one.case])
    ]


def _false_events(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    explained = {(f.source, f.event) for one in truth.injected for f in one.finds if f.event}
    mark = f"-{tag_of(truth.head.seed)}-"
    return [
        (one.reason, f"{one.reason}: {one.source} {one.event_id}")
        for one in (*sight.quarantined, *sight.uncorrelated)
        if (one.source, one.event_id) not in explained and _of_firm(one, mark)
    ]


def _false_cases(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    """Return the cases of which no fault tells that left their model, or broke a promise."""
    mark = f"-{tag_of(truth.head.seed)}-"
    codes = {_code(key, mark) for one in truth.injected for key in one.keys}
    named = {finding.case for one in truth.injected for finding in one.finds}
    return [
        ("amiss", f"{one.case} in {one.process}: {one.departures} departures, {one.late} late")
        for one in sight.amiss
        if mark in one.case and one.case not in named and _code(one.case, mark) not in codes
    ]


def _false_breaks(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    """
    Return the breaks that nobody planted and that are not of an engagement in which something
    went wrong. What is on its way is no break.
    """
    mark = f"-{tag_of(truth.head.seed)}-"
    planted = {_planted(finding) for one in truth.injected for finding in one.finds}
    wrong = {_code(key, mark) for one in truth.injected for key in one.keys if one.fault != PLANTED}
    return [
        (one.kind, f"{one.kind} in {one.side} of {one.reconciliation}: {one.key}")
        for one in sight.breaks
        if one.kind != "timing"
        and _broken(one) not in planted
        and mark in f"{one.key} {one.case}"
        and _code(one.key if mark in one.key else str(one.case), mark) not in wrong
    ]


def _false_silences(truth: Truth, sight: Sight) -> list[tuple[str, str]]:
    """Return the systems of the firm that are said to be silent, and were heard."""
    told = {f.object for one in truth.injected for f in one.finds if f.kind == SILENT}
    watched = named(tag_of(truth.head.seed), "")
    those = sorted(one for one in sight.silent - told if one.startswith(watched))
    return [(SILENT, f"{one} is said to be silent") for one in those]


def _planted(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.process, finding.name, finding.source, finding.object)


def _broken(seen: SeenBreak) -> tuple[str, str, str, str]:
    return (seen.reconciliation, seen.kind, seen.side, seen.key)


def _code(key: str, mark: str) -> str:
    """Return the number of the engagement that a key of the firm belongs to."""
    return key.partition(mark)[2].partition("-")[0]


def _of_firm(seen: SeenEvent, mark: str) -> bool:
    """A span's id is a digest: every refused span of the firm's systems counts."""
    source = seen.source or ""
    return source in _SPANS or (source.startswith(_EVENTS) and mark in (seen.event_id or ""))


def _sentence(fault: str, injected: Injected, finding: Finding) -> str:
    where = finding.object or finding.event
    return f"{fault} in {injected.keys[0]}: no {finding.kind} {finding.name} for {where}"
