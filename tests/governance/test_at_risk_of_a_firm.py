"""
Money at risk of a thousand random engagements, against a calculation of its own.

The engagements are of two processes that give them the same keys, in three currencies, with
parts that are cases of a third. The other calculation knows nothing of `at_risk`: it works in
whole hundredths, one engagement at a time, from a table of what each line is held up by.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from random_firm import CURRENCIES, NOON, PARTS, PROCESSES, Case, Firm, firm, hundredths
from sqlalchemy import Connection

from controlplane.engagement import overview_stores, stores
from governance.exception.at_risk import AtRisk, at_risk
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from governance.exception.process_exception import Change, ProcessException
from rules.money import Money

COST = Decimal("0.08")
Waits = list[tuple[int, int]]


class Worked:
    """What another calculation makes of a firm: hundredths, and what waiting costs."""

    def __init__(self) -> None:
        self.blocked, self.exposed = Counter(), Counter()
        self.waiting = dict.fromkeys(CURRENCIES, Fraction())
        self.held: set[str] = set()

    def engagement(self, firm: Firm, ours: list[ProcessException], *, together: bool) -> None:
        """Add one engagement: all of its cases *together*, or the stakes of one case alone."""
        unpaid = {code: largest(ours, "delayed", code) for code in CURRENCIES}
        billed = {at for those in unpaid.values() for at in those if those[at][1] is not None}
        for code in CURRENCIES:
            held, over = largest(ours, "blocked", code), largest(ours, "exposure", code)
            held = {at: (told[0], None if at in billed else told[1]) for at, told in held.items()}
            late = unpaid[code].values()
            self._wait([(days, amount) for amount, days in late if days is not None], code)
            capped = {case: self._capped(firm.cases[case], held, code) for case, _ in held}
            burnt = {
                one.instance
                for one in ours
                if one.type == "BURN_OVER_CAP" and amount_of(one, "exposure", code)
                if (one.instance, one.line) in over
            }
            self.exposed[code] += sum(amount for amount, _ in over.values())
            whole = whole_of(firm, ours[0].instance)
            cap = firm.cases[whole].left if code == firm.cases[whole].code else None
            if held:
                self.held.add(code)
            if together and cap is not None and any(case != whole for case in capped):
                self._whole(capped, whole, cap, code, reported=bool(burnt & capped.keys()))
                continue
            for case, (fits, _, beyond, waits) in capped.items():
                self.blocked[code] += fits
                self.exposed[code] += 0 if case in burnt else beyond
                self._wait(waits, code)

    def _capped(
        self, case: Case, held: dict[tuple[str, str], tuple[int, int | None]], code: str
    ) -> tuple[int, int, int, Waits]:
        """Return what one case blocks, what of that are lines, what is beyond, and what waits."""
        lines = {line: told for (one, line), told in held.items() if one == case.instance}
        cap = case.left if code == case.code else None
        every = sum(amount for amount, _ in lines.values())
        parts = sum(amount for line, (amount, _) in lines.items() if line != case.key)
        waits = [(days, amount) for amount, days in lines.values() if days is not None]
        fits, within = lowest(every, cap), lowest(parts, cap)
        return fits, within, parts - within, longest(waits, cap)

    def _whole(
        self,
        capped: dict[str, tuple[int, int, int, Waits]],
        whole: str,
        cap: int,
        code: str,
        *,
        reported: bool,
    ) -> None:
        self.blocked[code] += min(sum(fits for fits, *_ in capped.values()), cap)
        lines = sum(one[1] if case == whole else one[0] for case, one in capped.items())
        beyond = sum(one[2] for one in capped.values()) + max(lines - cap, 0)
        self.exposed[code] += 0 if reported else beyond
        self._wait(longest([pair for one in capped.values() for pair in one[3]], cap), code)

    def _wait(self, waits: Waits, code: str) -> None:
        self.waiting[code] += sum(
            (Fraction(days * amount * 8, 100 * 365 * 100) for days, amount in waits), Fraction()
        )


def lowest(amount: int, cap: int | None) -> int:
    return amount if cap is None else min(amount, cap)


def longest(waits: Waits, cap: int | None) -> Waits:
    """What is left goes to what waited longest."""
    found = []
    for days, amount in sorted(waits, reverse=True):
        fits = lowest(amount, cap)
        found.append((days, fits))
        cap = None if cap is None else cap - fits
    return found


def amount_of(one: ProcessException, figure: str, code: str) -> int:
    money = getattr(one, figure)
    return int(money.amount * 100) if money is not None and money.currency == code else 0


def largest(
    ours: Iterable[ProcessException], figure: str, code: str
) -> dict[tuple[str, str], tuple[int, int | None]]:
    """Return (case, line): the most that is held of it, and for how many days it has waited."""
    holders: dict[str, list[ProcessException]] = defaultdict(list)
    for one in ours:
        if getattr(one, figure) is not None and getattr(one, figure).currency == code:
            holders[one.line].append(one)
    found = {}
    for line, those in holders.items():
        cases = {one.instance for one in those}
        there = min(cases, key=lambda case: (not case.startswith("i-"), case))
        amount = max(amount_of(one, figure, code) for one in those)
        days = [(NOON - one.delayed_since).days for one in those if one.delayed_since]
        if amount:
            found[there, line] = (amount, max(days, default=None))
    return found


def whole_of(firm: Firm, instance: str) -> str:
    return firm.whole_of.get(instance, instance)


def worked_out(firm: Firm, broken: list[ProcessException], *, together: bool) -> AtRisk:
    groups: dict[str, list[ProcessException]] = defaultdict(list)
    for one in broken:
        groups[whole_of(firm, one.instance) if together else one.instance].append(one)
    worked = Worked()
    for ours in groups.values():
        worked.engagement(firm, ours, together=together)
    cost = {code: to_the_cent(amount) for code, amount in worked.waiting.items() if amount}
    return AtRisk(
        blocked=[hundredths(worked.blocked[c], c) for c in CURRENCIES if c in worked.held],
        delayed_cash=[Money(amount=cost[c], currency=c) for c in CURRENCIES if c in cost],
        exposure=[hundredths(worked.exposed[c], c) for c in CURRENCIES if worked.exposed[c]],
    )


def to_the_cent(cost: Fraction) -> Decimal:
    exact = Decimal(cost.numerator) / Decimal(cost.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_engagements_come_to_what_another_calculation_makes_of_them(seed: int):
    drawn = firm(seed)
    told_twice = [*drawn.broken, *drawn.broken[::3]]
    assert at_risk(told_twice, at=NOON) == worked_out(drawn, drawn.broken, together=False)


def test_every_screen_of_a_thousand_engagements_says_the_same_to_the_cent(connection: Connection):
    drawn = firm(4)
    stores.save(connection, [Change(exception=one) for one in drawn.broken])

    def inbox(**wanted: object) -> AtRisk:
        wholes = drawn.wholes
        page = list_exceptions(
            connection,
            Wanted(**wanted),
            at=NOON,
            limit=1,
            wholes=lambda _connection, _those: wholes,
        )
        return page.money

    assert inbox() == worked_out(drawn, drawn.broken, together=True)
    for process in (*PROCESSES, PARTS):
        ours = [one for one in drawn.broken if one.process == process]
        figures = worked_out(drawn, ours, together=False)
        assert inbox(process=(process,)) == figures
        rolled = overview_stores.overview(
            connection, process, since=NOON, at=NOON, cost_of_capital=COST
        )
        assert rolled.money == figures
