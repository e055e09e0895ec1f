"""
A KPI is a formula over measures of a process, with who answers for it and what it should be.

It is a governed document; what it measures is named by the process model.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from observability.kpi.formula import KpiFormulaError, Term, terms
from observability.model.flaw import Flaw, kebab
from rules.document import DocumentError, convert, read_yaml

Unit = Literal["money", "percent", "hours", "days", "seconds", "count"]
Better = Literal["higher", "lower"]
ToldOf = Literal["opened", "open", "resolved", "met", "missed"]
Counted = Literal["repeated", "limited", "applied"]
_OF_EXCEPTIONS = ("opened", "open", "resolved")
_OF_SLAS = ("met", "missed")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value to reach; one of money is in `currency` and is held against that alone."""

    value: Decimal
    currency: str | None = None


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A measure that the process of the KPI has not: of the same name in another `process`; or, of
    either process, what is `told` of exceptions of some types or of clocks of some `slas` (`*`:
    all). Exceptions are told when `opened`, while `open`, or as days until they were `resolved`;
    clocks when `met` or when their promise broke, `missed`. Or what is `counted` at the door of
    the whole installation: what was sent again (`repeated`), answers 429 (`limited`), live events
    with how long they waited until they were `applied`.
    """

    process: str | None = None
    exceptions: tuple[str, ...] = ()
    slas: tuple[str, ...] = ()
    told: ToldOf | None = None
    counted: Counted | None = None

    @property
    def measured(self) -> bool:
        """Whether it is a measure of a process."""
        return self.told is None and self.counted is None


class Kpi(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """
    `needs` says which event would tell a measure that the process has not, `source` whose word it
    rests on, `cases` of which measure the cases are shown: the first in the formula by default.
    `elsewhere` says where measures come from that are not of its own process, `topic` what it is
    listed under.
    """

    kpi: str
    version: str
    title: str
    owner: str
    process: str
    unit: Unit
    better: Better
    formula: str
    description: str = ""
    topic: str = ""
    target: Target | None = None
    source: tuple[str, ...] = ()
    needs: dict[str, str] = {}
    elsewhere: dict[str, Elsewhere] = {}
    cases: str | None = None

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return terms(self.formula)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The measures that the formula reads, each once."""
        return tuple(dict.fromkeys(name for one in self.terms for name in (one.measure, *one.off)))

    def process_of(self, measure: str) -> str:
        found = self.elsewhere.get(measure)
        return found.process or self.process if found else self.process

    @property
    def shown_by(self) -> str:
        """The measure of which the cases are shown."""
        return self.cases or self.measures[0]


def read_kpi(text: str | bytes) -> Kpi:
    """Return the KPI of YAML *text*; raise `DocumentError` where it makes no sense."""
    data, positions = read_yaml(text)
    document = convert(data, Kpi, positions)
    for flaw in _flaws(document):
        line, column = positions.get(flaw.pointer, (0, 0))
        raise DocumentError(flaw.message, line=line, column=column, pointer=flaw.pointer)
    return document


def _flaws(document: Kpi) -> Iterator[Flaw]:
    for member in ("kpi", "owner", "process"):
        yield from kebab(f"/{member}", getattr(document, member))
    if not _VERSION.fullmatch(document.version):
        yield Flaw(pointer="/version", message=f"{document.version!r} is no version such as 1.0.0")
    try:
        read = document.measures
    except KpiFormulaError as error:
        yield Flaw(pointer="/formula", message=str(error))
        return
    if not read:
        yield Flaw(pointer="/formula", message="a formula reads a measure")
        return
    yield from _reading(document, read)


def _reading(document: Kpi, read: tuple[str, ...]) -> Iterator[Flaw]:
    named: dict[str, Iterable[str]] = {
        "needs": document.needs,
        "elsewhere": document.elsewhere,
        "cases": [document.cases or read[0]],
    }
    for member, names in named.items():
        for name in names:
            if name not in read:
                yield Flaw(pointer=f"/{member}", message=f"the formula does not read {name!r}")
    target = document.target
    if target is not None and (target.currency is not None) != (document.unit == "money"):
        yield Flaw(pointer="/target", message="a target names a currency where it is money")
    for name, place in document.elsewhere.items():
        if not _told(place):
            message = "name a `process`, what is `told` of `exceptions` or `slas`, or `counted`"
            yield Flaw(pointer=f"/elsewhere/{name}", message=message)


def _told(place: Elsewhere) -> bool:
    if place.counted:
        return not (place.exceptions or place.slas or place.told or place.process)
    if place.exceptions:
        return not place.slas and place.told in _OF_EXCEPTIONS
    return place.told in _OF_SLAS if place.slas else bool(place.process) and place.told is None
