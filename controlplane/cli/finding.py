"""What a backtest found, as an accountant reads it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from controlplane.backtest.finding import Finding, Moved, Past, Standing, Word
from rules.instant import parse_instant
from rules.money import Money, subtract

FIGURES = ("blocked", "delayed_cash", "exposure")
_Part = Standing | Past
_BECOMES = {
    "opened": "opens",
    "closed": "closes",
    "changed": "changes",
    "added": "would have opened",
    "removed": "would not have opened",
    "altered": "would have been otherwise",
}


def lines(backtest: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a backtest as the API answers with it."""
    against = f"against {backtest['against']}" if backtest["against"] else "against no version"
    yield f"{backtest['ruleset']} {backtest['version']} {against}, over {backtest['process']}"
    at = parse_instant(backtest["to"] or backtest["as_of"])
    yield f"as of {at:%d %b %Y %H:%M} UTC, up to log offset {backtest['offset']:,}"
    if backtest["status"] != "done":
        yield f"{backtest['status']}: nothing is said{_because(backtest)}"
        return
    finding = msgspec.convert(backtest["result"], Finding)
    yield from _counted(finding)
    yield from _now(finding)
    yield from _past(finding)
    yield from _examples(finding, backtest)
    yield from _unevaluated(finding)


def _because(backtest: dict[str, Any]) -> str:
    return f" ({backtest['because']})" if backtest["because"] else ""


def _counted(finding: Finding) -> Iterator[str]:
    cases, decisions = finding.cases, finding.decisions
    looked = f"{_many(cases.compared, 'case')} and {_many(decisions.compared, 'decision')}"
    changed = f"{_many(cases.changed, 'case')} and {_many(decisions.changed, 'decision')}"
    yield f"{looked} looked at: {changed} would be otherwise"
    if cases.not_evaluated:
        yield f"{_many(cases.not_evaluated, 'case')} could not be evaluated wholly: see the end"
    if finding.gone:
        yield f"{_many(finding.gone, 'case')} became part of others: nothing is said of them"


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _now(finding: Finding) -> Iterator[str]:
    rules = [(one.rule, one.standing) for one in finding.rules]
    teams = [(one.team or "nobody", one.standing) for one in finding.teams]
    yield from _part("If it were in force now", finding.standing, rules, teams)


def _past(finding: Finding) -> Iterator[str]:
    if finding.history is not None:
        rules = [(one.rule, one.history) for one in finding.rules]
        teams = [(one.team or "nobody", one.history) for one in finding.teams]
        yield from _part("If it always had been", finding.history, rules, teams)


def _part(title: str, whole: _Part, *shares: Sequence[tuple[str, _Part]]) -> Iterator[str]:
    yield ""
    yield title
    yield f"  exceptions: {_counts(whole)}"
    yield from _table(whole.money)
    for named, those in zip(("by rule", "by team"), shares, strict=True):
        touched = [(name, one) for name, one in those if any(_becoming(one).values())]
        if touched:
            yield f"  {named}"
        for name, one in touched:
            moved = "; ".join(_moves(one.money))
            yield f"    {name}: {_counts(one)}{f'; {moved}' if moved else ''}"


def _becoming(part: _Part) -> dict[str, int]:
    if isinstance(part, Standing):
        return {"open": part.opened, "close": part.closed, "change": part.changed}
    return {"more": part.added, "fewer": part.removed, "otherwise": part.altered}


def _counts(part: _Part) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in _becoming(part).items())


def _table(money: Moved) -> Iterator[str]:
    rows = [(name.replace("_", " "), *row) for name, *row in _rows(money)]
    if not rows:
        return
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    for name, before, after, moved in rows:
        yield (
            f"  {name:<{widths[0]}}  {before:>{widths[1]}}  ->  {after:>{widths[2]}}  "
            f"{moved:>{widths[3]}}"
        )


def _rows(money: Moved) -> Iterator[tuple[str, str, str, str]]:
    """Yield (figure, before, after, moved), a row a currency."""
    for name in FIGURES:
        before = {one.currency: one for one in getattr(money.before, name)}
        after = {one.currency: one for one in getattr(money.after, name)}
        for code in sorted(before.keys() | after.keys()):
            none = Money(amount=Decimal(0), currency=code)
            old, new = before.get(code, none), after.get(code, none)
            yield name, str(old), str(new), f"{subtract(new.amount, old.amount):+,.2f}"


def _moves(money: Moved) -> Iterator[str]:
    """Yield what moves, e.g. `blocked EUR +100.00`."""
    for name, before, after, moved in _rows(money):
        if before != after:
            yield f"{name.replace('_', ' ')} {after[:3]} {moved}"


def _examples(finding: Finding, backtest: dict[str, Any]) -> Iterator[str]:
    if finding.samples:
        yield ""
        yield "For example"
    for one in finding.samples:
        case = one.case if one.title == one.case else f"{one.case} ({one.title})"
        yield f"  {one.exception} {_BECOMES[one.kind]}: {one.rule} of {case}, {one.at:%d %b %Y}"
        if backtest["against"]:
            yield f"    {backtest['against']}: {_said(one.before)}"
        yield f"    {backtest['version']}: {_said(one.after)}"


def _said(word: Word) -> str:
    figures = (
        ("blocked", word.blocked),
        ("exposed", word.exposure),
        ("unpaid", word.delayed),
    )
    held = [f"{one} {name}" for name, one in figures if one is not None]
    told = [
        *held,
        *((word.severity,) if word.severity else ()),
        *((word.owner,) if word.owner else ()),
    ]
    return f"{word.reason} [{', '.join(told)}]" if told else word.reason


def _unevaluated(finding: Finding) -> Iterator[str]:
    if finding.unevaluated:
        yield ""
        yield "Could not be evaluated"
    for one in finding.unevaluated:
        cases = _many(one.cases, "case")
        yield f"  {one.rule} {one.version}: {cases}, e.g. {one.case}: {one.because}"
