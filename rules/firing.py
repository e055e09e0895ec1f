"""
A binding becomes a firing: its reason, its evidence and its money, as a person reads them.

Of the bindings of one occurrence the one with the most at stake speaks. A figure that is not
above nothing is none; one that is unknown in any binding is unknown.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property

import msgspec
from msgspec.structs import replace

from rules import syntax
from rules.decision import Evidence, Fact, Firing
from rules.evaluation import Bound, Worth, currencies, worth
from rules.explanation.words import readable
from rules.inlining import defined
from rules.money import Money
from rules.reference import Binding
from rules.resolving import ResolvedRule
from rules.syntax import Term
from rules.template import Template, render_value

_AMOUNTS = ("blocked", "exposure", "delayed")
_SAID = ("rule", "title", "type", "severity", "outcome", "owner", "row")
_Alone = Callable[[Binding, Sequence[Fact]], Firing]
_NOTHING: frozenset[str] = frozenset()


class MixedCurrenciesError(ArithmeticError):
    """A figure that would have to be made of several currencies."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of one occurrence; `unknown` names the figures it could not give."""

    firing: Firing
    unknown: frozenset[str]


class Firings:
    """Makes the firings of one rule."""

    def __init__(self, resolved: ResolvedRule) -> None:
        names = tuple(one.name for one in resolved.bound)
        self._names = names
        self._money = {name: _Figure(name, one) for name, one in resolved.money.terms.items()}
        self._occurrence = names.index(resolved.rule.occurrence)
        self._resolved = resolved

    @cached_property
    def _alone(self) -> _Alone:
        """Gives the firing without what is at stake; made for a rule that does fire."""
        return _alone(self._resolved, self._names)

    def of(self, bindings: Sequence[Binding], facts: Sequence[Fact]) -> list[Said]:
        """
        Return what is said of each occurrence, in their order.

        Raises `MixedCurrenciesError` when a figure has no one currency.
        """
        if len(bindings) == 1 and not self._money:
            return [Said(firing=self._alone(bindings[0], facts), unknown=_NOTHING)]
        those: dict[str, list[Binding]] = defaultdict(list)
        for binding in sorted(bindings):
            those[facts[binding[self._occurrence]].id].append(binding)
        return [self._said(one, those[one], facts) for one in sorted(those)]

    def _said(self, occurrence: str, bindings: Sequence[Binding], facts: Sequence[Fact]) -> Said:
        if not self._money:
            return Said(firing=self._alone(bindings[0], facts), unknown=_NOTHING)
        bound = [
            {name: facts[at].values for name, at in zip(self._names, binding, strict=True)}
            for binding in bindings
        ]
        figures = {name: one.among(occurrence, bound) for name, one in self._money.items()}
        speaking = list(range(len(bound)))
        for name in _AMOUNTS:
            if name in figures and figures[name] is not None:
                work, wanted = self._money[name].work, figures[name]
                speaking = [one for one in speaking if work(bound[one]) == wanted] or speaking
        alone = self._alone(bindings[speaking[0]], facts)
        return Said(
            firing=self._with_money(alone, facts[bindings[0][self._occurrence]], figures),
            unknown=frozenset(name for name, value in figures.items() if value is None),
        )

    def _with_money(
        self, firing: Firing, occurrence: Fact, figures: dict[str, Money | datetime | None]
    ) -> Firing:
        since = figures.get("delayed_since")
        uncounted = [
            figure.uncounted(occurrence, amount)
            for name, figure in self._money.items()
            if isinstance(amount := figures[name], Money) and amount.amount < 0
        ]
        return replace(
            firing,
            blocked=_counted(figures.get("blocked")),
            exposure=_counted(figures.get("exposure")),
            delayed=_counted(figures.get("delayed")),
            delayed_since=since if isinstance(since, datetime) else None,
            evidence=(*firing.evidence, *uncounted),
        )


def _alone(resolved: ResolvedRule, names: Sequence[str]) -> _Alone:
    """Return the function that writes a firing down, of as many facts as are named."""
    rule = resolved.rule
    constants: dict[str, object] = {
        "Firing": Firing,
        "Evidence": Evidence,
        "render": render_value,
        "readable": readable,
    }
    said = {"rule_version": rule.version}
    said |= {name: getattr(rule, name) for name in _SAID}
    constants |= said
    members = [f"{name}={name}" for name in said]
    members.append(f"occurrence=g{names.index(rule.occurrence)}.id")
    members.append(f"reason={_reason(resolved.reason, names, constants)}")
    members.append(
        f"bindings={{{', '.join(f'{one!r}: g{at}.id' for at, one in enumerate(names))}}}"
    )
    members.append(f"evidence=({''.join(_evidence(resolved, names))})")
    if rule.clock is not None:
        members.append(f"clock=g{names.index(rule.clock)}.id")
    lines = [f"g{at} = facts[binding[{at}]]; f{at} = g{at}.values" for at in range(len(names))]
    body = "\n    ".join([*lines, f"return Firing({', '.join(members)})"])
    made: _Alone = defined(f"def alone(binding, facts):\n    {body}", constants)
    return made


def _reason(template: Template, names: Sequence[str], constants: dict[str, object]) -> str:
    bound = ", ".join(f"{name!r}: f{at}" for at, name in enumerate(names))
    parts = []
    for number, part in enumerate(template.parts):
        if isinstance(part, str):
            parts.append(repr(part))
        elif isinstance(part, syntax.Field):
            parts.append(f"readable(f{names.index(part.name)}.get({part.field!r}))")
        else:
            constants[f"k{number}"] = worth(part)
            parts.append(f"readable(k{number}({{{bound}}}))")
    return f"''.join(({', '.join(parts)},))" if parts else "''"


def _evidence(resolved: ResolvedRule, names: Sequence[str]) -> Iterator[str]:
    for name, field in dict.fromkeys(_named(resolved)):
        at, fact_type = names.index(name), resolved.scope[name].name
        yield (
            f"Evidence(label={_label(fact_type, field)!r}, value=render(f{at}.get({field!r})), "
            f"fact_type={fact_type!r}, fact_id=g{at}.id, field={field!r}, event=g{at}.event), "
        )


class _Figure:
    """One member of the money of a rule."""

    def __init__(self, name: str, term: Term) -> None:
        self._name, self._term = name, term
        self.work: Worth = worth(term)

    def among(self, occurrence: str, bound: Sequence[Bound]) -> Money | datetime | None:
        """Return the largest amount or the earliest moment of *bound*, None when not known."""
        values = [self.work(one) for one in bound]
        if self._name not in _AMOUNTS:
            return min((one for one in values if isinstance(one, datetime)), default=None)
        amounts = [one for one in values if isinstance(one, Money)]
        codes = {one.currency for one in amounts}
        for one, value in zip(bound, values, strict=True):
            codes |= currencies(self._term, one) if value is None else set()
        if len(codes) > 1:
            told = f"{self._name} of {occurrence} is in mixed currencies"
            raise MixedCurrenciesError(f"{told}: {', '.join(sorted(codes))}")
        return max(amounts) if len(amounts) == len(values) else None

    def uncounted(self, occurrence: Fact, amount: Money) -> Evidence:
        """Return what a person reads of an amount below nothing: it counts nowhere."""
        return Evidence(
            label=f"{self._name}, not counted",
            value=render_value(amount),
            fact_type=occurrence.type,
            fact_id=occurrence.id,
            field=syntax.render_term(self._term),
            event=occurrence.event,
        )


def _counted(figure: Money | datetime | None) -> Money | None:
    return figure if isinstance(figure, Money) and figure.amount > 0 else None


def _named(resolved: ResolvedRule) -> Iterator[tuple[str, str]]:
    """Yield the (name, field) of bound facts that the rule rests on, as they are named."""
    bound = {one.name for one in resolved.bound}
    conditions = [one for pattern in resolved.patterns for one in pattern.where]
    for condition in conditions:
        for atom in syntax.atoms(condition):
            for one in syntax.fields_of_atom(atom):
                if one.name in bound:
                    yield one.name, one.field
    for term in (*resolved.reason.terms, *resolved.money.terms.values()):
        for one in syntax.fields_of(term):
            yield one.name, one.field


def _label(fact_type: str, field: str) -> str:
    if "(" in field:  # an aggregate or a function is known by how it is written
        return field
    kind, words = fact_type.replace("-", " ").replace("_", " "), field.replace("_", " ")
    return words if words.startswith(kind) else f"{kind} {words}"
