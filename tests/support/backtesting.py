"""A small firm with a past, and a version of its rules that is tried on it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from house import House
from projecting import NOON, ByReference, append, drain, sweep
from small_billing import RULES, happened, install_in_log
from timework import RULESET, approved

from controlplane.backtest.asked import Asked
from controlplane.backtest.finding import Finding
from controlplane.backtest.running import run
from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from observability.event import ProcessEvent
from observability.projection import progress_stores
from observability.projection.progress_stores import WORKER

VERSION = "/v1/rulesets/time-billing/versions/1.1.0"
DEARER = RULESET.replace("version: 1.0.0", "version: 1.1.0").replace(
    "where: [missing(t.rate)]",
    """where: [missing(t.rate), 't.amount >= money("500.00", "EUR")']""",
)
CASES = 60
DAY = timedelta(days=1)
LATER = NOON + 9 * DAY
NAME = "small-billing-rules"
PLAIN = "where: [missing(e.po_number)]\n"
DEAR = """where: [missing(e.po_number), 't.amount >= money("500.00", "EUR")']\n"""
TENNER = 'amount: {amount: "10.00", currency: EUR}'
THOUSAND = 'amount: {amount: "1000.00", currency: EUR}'


def written(version: str, *changes: tuple[str, str]) -> str:
    """Return the firm's rules as *version*, each of *changes* (old, new) made."""
    text = RULES.replace("version: 1.0.0", f"version: {version}")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


CANDIDATE = written("1.1.0", (PLAIN, DEAR), (TENNER, THOUSAND))
"""Only time worth 500 or more needs a purchase order."""


def signed(number: int, order: str | None, *, after: timedelta, again: str = "") -> ProcessEvent:
    given = {"po_number": order} if order else {}
    return happened(
        "sb.engagement.signed",
        f"s-{number}{again}",
        NOON + after,
        engagement_id=f"E-{number}",
        value={"amount": "9000.00", "currency": "EUR"},
        **given,
    )


def worked(number: int, sheet: int, *, after: timedelta, currency: str = "EUR") -> ProcessEvent:
    return happened(
        "sb.time.approved",
        f"t-{number}-{sheet}",
        NOON + after,
        engagement_id=f"E-{number}",
        timesheet_id=f"T-{number}-{sheet}",
        amount={"amount": f"{100 * sheet}.00", "currency": currency},
    )


def past() -> list[ProcessEvent]:
    """Engagements 1 to 3 have no purchase order, get one after three days, have one at once."""
    begun = [signed(1, None, after=-5 * DAY), signed(2, None, after=-5 * DAY)]
    begun.append(signed(3, "PO-3", after=-5 * DAY))
    time = [worked(e, s, after=-4 * DAY + timedelta(hours=s)) for e in (1, 2, 3) for s in (1, 8)]
    return [*begun, *time, signed(2, "PO-2", after=-DAY, again="b")]


def take(databases: Databases) -> None:
    drain(databases, Processing(ByReference()))


def furnished(databases: Databases, *more: ProcessEvent) -> None:
    """Install the firm, tell its past, and let time pass up to `LATER`."""
    install_in_log(databases)
    append(databases, [*past(), *more])
    sweep(databases, LATER)
    take(databases)


def backtested(databases: Databases, text: str = CANDIDATE, **changes: Any) -> Finding:
    """Return what *text* changes, compared with the version in force unless *changes* say else."""
    with reading(databases.state) as state:
        offset = progress_stores.offset_of(state, WORKER)
    known: dict[str, Any] = {
        "ruleset": NAME,
        "version": "1.1.0",
        "digest": "d" * 64,
        "process": "small-billing",
        "against": "1.0.0",
        "as_of": LATER,
        "offset": offset,
    }
    meanwhile = {name: changes.pop(name) for name in ("over", "progress") if name in changes}
    asked = Asked(**{**known, **changes})
    cost = Decimal("0.08")
    return run(databases, ByReference(), asked, text, cost_of_capital=cost, **meanwhile)


def told(house: House, cases: int = 2) -> None:
    """Every second case has time that is worth little."""
    house.send(
        *(
            approved(
                str(number),
                f"E-{number}",
                amount={"amount": f"{(1 + number % 2) * 400}.00", "currency": "EUR"},
            )
            for number in range(cases)
        )
    )
