"""A firm that is asked: rules are written with defaults, and every answer is given twice."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from rules.compiling import CompiledRuleSet, compile_ruleset
from rules.deciding import decide, decide_reference
from rules.decision import Decision, Fact
from rules.fact import CLOCK, FactType, case_fact_type
from rules.language import read_ruleset
from rules.reading import read_fact
from rules.rule import RuleSet

TYPES = {
    "case": case_fact_type(),
    "clock": CLOCK,
    "timesheet": FactType(
        name="timesheet",
        fields={
            "timesheet_id": "text",
            "status": "text",
            "billable": "boolean",
            "role": "text",
            "hours": "decimal",
            "lines": "integer",
            "amount": "money",
            "cost": "money",
            "work_date": "date",
            "approved_at": "instant",
            "submitted_at": "instant",
            "took": "duration",
            "tags": "texts",
        },
    ),
    "engagement": FactType(
        name="engagement",
        fields={
            "engagement_id": "text",
            "billing_model": "text",
            "cap": "money",
            "purchase_order": "text",
            "ends_on": "date",
            "signed_at": "instant",
            "people": "integer",
            "margin": "decimal",
        },
    ),
    "rate": FactType(
        name="rate",
        fields={"role": "text", "effective_from": "date", "hourly": "money", "roles": "texts"},
    ),
    "invoice": FactType(
        name="invoice",
        fields={"number": "text", "amount": "money", "timesheet_ids": "texts"},
    ),
}


def rule(**members: Any) -> dict[str, Any]:
    return {
        "rule": "a-rule",
        "version": "1.0.0",
        "title": "A rule",
        "severity": "high",
        "type": "A_TYPE",
        "when": [{"each": "timesheet as t"}],
        "outcome": "blocked",
        "reason": "It holds.",
        **members,
    }


def document(*rules: dict[str, Any], **members: Any) -> str:
    written = {
        "ruleset": "a-set",
        "version": "1.0.0",
        "title": "A set",
        "process": "quote-to-cash",
        "rules": list(rules),
        **members,
    }
    return msgspec.json.encode(written).decode()


class Firm:
    """Reads, compiles and asks rule sets; closes them in the end."""

    def __init__(self) -> None:
        self.types = dict(TYPES)
        self._compiled: list[CompiledRuleSet] = []

    def rule(self, **members: Any) -> dict[str, Any]:
        return rule(**members)

    def document(self, *rules: dict[str, Any], **members: Any) -> str:
        return document(*rules, **members)

    def read(self, *rules: dict[str, Any]) -> RuleSet:
        return read_ruleset(document(*rules))

    def compiled(self, *rules: dict[str, Any]) -> CompiledRuleSet:
        found = compile_ruleset(self.read(*rules), self.types)
        self._compiled.append(found)
        return found

    def fact(self, type_: str, id_: str, **data: Any) -> Fact:
        return read_fact(self.types[type_], id_, data)

    def asked(self, *rules: dict[str, Any], facts: list[Fact]) -> Decision:
        """Return the engine's decision, having seen that the reference gives the same."""
        compiled = self.compiled(*rules)
        assert compiled.problems == ()
        decision = decide(compiled, facts)
        assert decision == decide_reference(compiled, facts)
        return decision

    def occurrences(self, where: list[str], *facts: Fact, **members: Any) -> list[str]:
        """Return the timesheets of which *where* holds."""
        when = [{"each": "timesheet as t", "where": where}]
        decision = self.asked(rule(when=when, **members), facts=list(facts))
        assert decision.not_evaluated == ()
        return [one.occurrence for one in decision.firings]

    def close(self) -> None:
        for one in self._compiled:
            one.close()


@pytest.fixture
def firm() -> Iterator[Firm]:
    firm = Firm()
    yield firm
    firm.close()


@pytest.fixture
def timesheet(firm: Firm) -> Callable[..., Fact]:
    """An approved timesheet, with what a test says of it."""

    def made(id_: str = "TS-1", **data: object) -> Fact:
        return firm.fact("timesheet", id_, **{"timesheet_id": id_, "status": "approved", **data})

    return made
