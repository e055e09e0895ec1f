"""
Random engagements of two processes that give them the same keys, in three currencies, with parts
that are cases of a third process.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec
from msgspec.structs import replace

from governance.exception.process_exception import ProcessException, exception_id, fingerprint_of
from governance.exception.share import Whole
from rules.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CURRENCIES = ("EUR", "GBP", "USD")
PROCESSES = ("quote-to-cash", "subcontracting")
PARTS = "time-to-bill"
ENGAGEMENTS = 1_000


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One engagement, or a part of one; `left` hundredths of `code` are left to bill."""

    instance: str
    process: str
    key: str
    code: str
    left: int | None


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    cases: dict[str, Case]
    whole_of: dict[str, str]
    broken: list[ProcessException]

    @property
    def wholes(self) -> dict[str, Whole]:
        return {
            part: Whole(instance=whole, left=left_of(self.cases[whole]))
            for part, whole in self.whole_of.items()
        }


def firm(seed: int, engagements: int = ENGAGEMENTS) -> Firm:
    """Return exceptions that overlap: several rules, and several cases, on one line."""
    draw, cases, whole_of, broken = Random(seed), {}, {}, []
    for number in range(engagements):
        whole = drawn_case(draw, f"i-{number}", PROCESSES[number % 2], f"E-{number // 2}")
        parts = [
            replace(drawn_case(draw, f"p-{number}-{n}", PARTS, f"T-{number}-{n}"), code=whole.code)
            for n in range(draw.choice([0, 0, 1, 2]))
        ]
        whole_of |= {one.instance: whole.instance for one in parts}
        cases |= {one.instance: one for one in (whole, *parts)}
        lines = [whole.key, *(one.key for one in parts), "TS-1", "TS-2"]
        for each in range(draw.randint(0, 7)):
            case = draw.choice([whole, whole, *parts])
            own = lines if case is whole else [case.key, "TS-1", "X-1"]
            line = draw.choice([*own, "INV-1", "INV-2"])
            broken.append(drawn(draw, f"{number}-{each}", case, line))
    draw.shuffle(broken)
    return Firm(cases=cases, whole_of=whole_of, broken=broken)


def drawn_case(draw: Random, instance: str, process: str, key: str) -> Case:
    left = draw.choice([None, 0, draw.randint(1, 900_00)])
    return Case(
        instance=instance, process=process, key=key, code=draw.choice(CURRENCIES), left=left
    )


def drawn(draw: Random, name: str, case: Case, line: str) -> ProcessException:
    kind = draw.choice(["blocked", "blocked", "unpaid", "exposed", "both", "burn", "bare"])
    code = draw.choice([case.code, case.code, *CURRENCIES])
    amount = hundredths(draw.randint(0, 500_00), code)
    held_up = kind in {"blocked", "both"}
    fingerprint = fingerprint_of(case.instance, "billing", name, line)
    return ProcessException(
        id=exception_id(fingerprint),
        fingerprint=fingerprint,
        process=case.process,
        instance=case.instance,
        case_key=case.key,
        case_title="Acme",
        ruleset="billing",
        ruleset_version="1.0.0",
        rule="rate-agreed",
        rule_version="1.0.0",
        type="BURN_OVER_CAP" if kind == "burn" else "RATE_MISSING",
        title="No rate",
        occurrence=line,
        line=line,
        severity="high",
        reason="no rate",
        opened_at=NOON,
        handled_from=NOON,
        changed_at=NOON,
        blocked=amount if held_up else None,
        exposure=amount if kind in {"exposed", "both", "burn"} else None,
        delayed=amount if kind == "unpaid" else None,
        engagement=case.key,
        remaining=left_of(case) if held_up and code == case.code else None,
        delayed_since=draw.choice([None, NOON - timedelta(days=draw.randint(0, 90))]),
    )


def left_of(case: Case) -> Money | None:
    return None if case.left is None else hundredths(case.left, case.code)


def hundredths(amount: int, code: str) -> Money:
    return Money(amount=Decimal(amount) / 100, currency=code)
