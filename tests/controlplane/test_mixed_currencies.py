"""Sums in two currencies are no figure, and a rule that needs the figure says so."""

import pytest
from projecting import NOON, ByReference, append, drain, register
from small_billing import PROCESS, happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.decision import stores as decisions
from observability.projection import case_stores

SUMMED = PROCESS.replace("version: 1.0.0", "version: 1.1.0").replace(
    "amount: {entity: engagement, field: value}", "amount: {entity: timesheet, field: amount}"
)
RULES = """
ruleset: worth
version: 1.0.0
title: What a case is worth
owner: finance
process: small-billing
rules:
  - rule: much-worked
    version: 1.0.0
    title: Much was worked
    owner: finance
    severity: low
    type: MUCH
    when: [{{each: case as c, where: ['c.{figure} > money("1", "EUR")']}}]
    outcome: warning
    reason: "Much."
"""


@pytest.mark.parametrize("figure", ["money_worked", "amount"])
def test_a_rule_on_a_figure_in_two_currencies_is_not_evaluated_and_says_why(
    databases: Databases, figure: str
):
    install_in_log(databases)
    register(databases, "process", SUMMED)
    register(databases, "ruleset", RULES.format(figure=figure))
    for number, currency in enumerate(("EUR", "USD")):
        event = happened(
            "sb.time.approved",
            f"t-{number}",
            NOON,
            engagement_id="E-1",
            timesheet_id=f"T-{number}",
            amount={"amount": "50.00", "currency": currency},
        )
        append(databases, [event])
    drain(databases, Processing(ByReference()))
    with reading(databases.state) as state:
        [case] = case_stores.instances_of(state, "small-billing")
        latest = {one.decision.ruleset: one for one in decisions.latest_of_instance(state, case)}
    said = latest["worth"].decision
    assert said.outcome == "not_evaluated"
    assert [one.because for one in said.not_evaluated] == [
        f"case E-1: {figure.replace('_', ' ')} is in mixed currencies: EUR 50.00, USD 50.00"
    ]
    assert all(one.equal for one in verify(databases, ByReference()).tables)
