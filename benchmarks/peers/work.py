"""
The work that every engine is given: cases of five facts, and rules over one or two of them.

Whole numbers and texts only, which every engine compares alike. A rule looks at each timesheet
of the case by itself, or beside the one engagement or the one rate.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

OTHERS: tuple[Literal["engagement", "rate"], ...] = ("engagement", "rate")
WEEKS = 3
FEW = 3
Values = dict[str, int | str]
Outcome = frozenset[tuple[str, str]]
"""Each rule that holds, with the id of the timesheet that it holds of."""


class Condition(msgspec.Struct, frozen=True):
    """`field` of the rule's own fact against a literal, or against a field of the timesheet."""

    field: str
    operator: Literal["==", "<", ">"]
    value: int | str = 0
    other: str = ""


class Rule(msgspec.Struct, frozen=True):
    name: str
    week: tuple[Condition, ...]
    beside: Literal["engagement", "rate", ""] = ""
    joined: tuple[Condition, ...] = ()


class Case(msgspec.Struct, frozen=True):
    engagement: Values
    rate: Values
    weeks: tuple[Values, ...]

    def facts(self) -> Iterator[tuple[str, Values]]:
        yield "engagement", self.engagement
        yield "rate", self.rate
        for one in self.weeks:
            yield "timesheet", one

    def rows(self) -> list[Values]:
        """Return the case as whoever cannot join is given it: a row a timesheet."""
        beside = {
            f"{name}_{field}": value
            for name in OTHERS
            for field, value in getattr(self, name).items()
        }
        return [
            {**{f"t_{field}": value for field, value in week.items()}, **beside}
            for week in self.weeks
        ]


def rules(count: int) -> tuple[Rule, ...]:
    return _few() if count == FEW else tuple(_many(count))


def _few() -> tuple[Rule, ...]:
    approved = Condition("status", "==", "approved")
    return (
        Rule("over-cap", (approved,), "engagement", (Condition("cap", "<", other="hours"),)),
        Rule(
            "under-rate",
            (approved,),
            "rate",
            (Condition("role", "==", other="role"), Condition("floor", ">", other="price")),
        ),
        Rule(
            "long-and-open",
            (Condition("status", "==", "submitted"), Condition("hours", ">", 40)),
        ),
    )


def _many(count: int) -> Iterator[Rule]:
    roles = _roles(count)
    for number in range(count):
        yield Rule(
            f"rule-{number}",
            (
                Condition("status", "==", "approved"),
                Condition("role", "==", f"role-{number % roles}"),
                Condition("hours", ">", 10 + 10 * (number // roles)),
            ),
            "engagement",
            (
                Condition("region", "==", f"region-{number % 2}"),
                Condition("cap", "<", other="hours"),
            ),
        )


def _roles(count: int) -> int:
    return max(2, count // 5)


def cases(count: int, *, rules: int, seed: int) -> list[Case]:
    """Return *count* cases for *rules* rules, the same for the same *seed*."""
    chance = random.Random(seed)  # noqa: S311 - the same cases in every run
    roles = [f"role-{number}" for number in range(_roles(rules))]
    return [_case(chance, roles) for _ in range(count)]


def _case(chance: random.Random, roles: Sequence[str]) -> Case:
    return Case(
        engagement={
            "id": "E",
            "region": chance.choice(["region-0", "region-1"]),
            "cap": chance.randint(20, 60),
        },
        rate={"id": "R", "role": chance.choice(roles), "floor": chance.randint(50, 150)},
        weeks=tuple(
            {
                "id": f"T{number}",
                "status": chance.choice(["approved", "approved", "submitted"]),
                "role": chance.choice(roles),
                "hours": chance.randint(1, 60),
                "price": chance.randint(40, 160),
            }
            for number in range(WEEKS)
        ),
    )
