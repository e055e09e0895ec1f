"""One rule set over timesheets, whose facts hold every kind of value, and cases for it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from controlplane.ruleprocess.supervisor import RuleProcesses
from rules.compiling import compile_ruleset
from rules.deciding import decide_reference
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.language import read_ruleset
from rules.money import money

MANY = 10_000
TYPES = {
    "timesheet": FactType(
        name="timesheet",
        fields={
            "status": "text",
            "hours": "decimal",
            "amount": "money",
            "work_date": "date",
            "approved_at": "instant",
            "took": "duration",
            "tags": "texts",
            "lines": "integer",
            "billable": "boolean",
        },
    )
}


def written(status: str = "approved") -> str:
    return msgspec.json.encode(
        {
            "ruleset": "late-time",
            "version": "1.0.0",
            "title": "Late time",
            "process": "quote-to-cash",
            "rules": [
                {
                    "rule": "time-is-late",
                    "version": "1.0.0",
                    "title": "Time is late",
                    "severity": "high",
                    "type": "LATE",
                    "when": [
                        {"each": "timesheet as t", "where": [f't.status == "{status}"']},
                        {"none": "timesheet as o", "where": ["o.hours > t.hours"]},
                    ],
                    "outcome": "blocked",
                    "reason": "{t.hours} {t.work_date} {t.approved_at} {t.took} {t.tags} {t.lines}",
                    "money": {"blocked": "t.amount", "delayed_since": "t.approved_at"},
                }
            ],
        }
    ).decode()


def timesheet(id_: str = "TS-1", **values: object) -> Fact:
    return Fact(
        type="timesheet",
        id=id_,
        values={
            "status": "approved",
            "hours": Decimal("7.50"),
            "amount": money("1234.56789012345", "EUR"),
            "work_date": date(2026, 3, 2),
            "approved_at": datetime(2026, 3, 3, 9, 30, 0, 1, tzinfo=UTC),
            "took": timedelta(microseconds=-1),
            "tags": ["a", ""],
            "lines": 2**70,
            "billable": True,
            **values,
        },
        event="psa/1",
    )


def cases(count: int) -> list[list[Fact]]:
    return [[timesheet(f"TS-{number}"), timesheet("b")] for number in range(count)]


def by_reference(those: list[list[Fact]], text: str | None = None) -> list[Decision]:
    compiled = compile_ruleset(read_ruleset(text or written()), TYPES)
    return [decide_reference(compiled, one) for one in those]


def said(decisions: list[Decision]) -> list[Decision]:
    """Return *decisions* without the mark of who took them."""
    return [replace(one, by_reference=None) for one in decisions]


def warmed(processes: RuleProcesses) -> int:
    """Ask until a process answers; return how many cases the reference decided until then."""
    for before in range(MANY):
        (decision,) = processes.decide("late@1", cases(1))
        assert said([decision]) == by_reference(cases(1))
        if decision.by_reference is None:
            return before
    raise AssertionError("no process answers")
