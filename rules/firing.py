"""A binding becomes a firing: its reason, its evidence and its money, as a person reads them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rules import syntax
from rules.decision import Evidence, Fact, Firing
from rules.evaluation import Bound, worth
from rules.money import Money
from rules.reference import Binding
from rules.resolving import ResolvedRule
from rules.template import UNKNOWN, render_value


class Firings:
    """Makes the firings of one rule."""

    def __init__(self, resolved: ResolvedRule) -> None:
        self._rule = resolved.rule
        self._names = tuple(one.name for one in resolved.bound)
        self._reason = tuple(
            part if isinstance(part, str) else worth(part) for part in resolved.reason.parts
        )
        self._money = {name: worth(term) for name, term in resolved.money.terms.items()}
        self._shown = tuple(
            (name, field, _label(resolved.scope[name].name, field))
            for name, field in dict.fromkeys(_named(resolved))
        )

    def of(self, bindings: Sequence[Binding], facts: Sequence[Fact]) -> list[Firing]:
        """Return one firing an occurrence, in their order; the first binding speaks for it."""
        firings: dict[str, Firing] = {}
        at = self._names.index(self._rule.occurrence)
        for binding in sorted(bindings):
            occurrence = facts[binding[at]].id
            if occurrence not in firings:
                firings[occurrence] = self._firing(occurrence, binding, facts)
        return [firings[occurrence] for occurrence in sorted(firings)]

    def _firing(self, occurrence: str, binding: Binding, facts: Sequence[Fact]) -> Firing:
        rule = self._rule
        those = {name: facts[position] for name, position in zip(self._names, binding, strict=True)}
        values: Bound = {name: fact.values for name, fact in those.items()}
        money = {name: work(values) for name, work in self._money.items()}
        blocked, exposure = money.get("blocked"), money.get("exposure")
        since = money.get("delayed_since")
        return Firing(
            rule=rule.rule,
            rule_version=rule.version,
            title=rule.title,
            type=rule.type,
            severity=rule.severity,
            outcome=rule.outcome,
            occurrence=occurrence,
            reason="".join(
                part if isinstance(part, str) else render_value(part(values))
                for part in self._reason
            ),
            owner=rule.owner,
            blocked=blocked if isinstance(blocked, Money) else None,
            exposure=exposure if isinstance(exposure, Money) else None,
            delayed_since=since if isinstance(since, datetime) else None,
            clock=those[rule.clock].id if rule.clock is not None else None,
            bindings={name: fact.id for name, fact in those.items()},
            evidence=tuple(
                _evidence(those[name], field, label) for name, field, label in self._shown
            ),
        )


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


def _evidence(fact: Fact, field: str, label: str) -> Evidence:
    value = fact.values.get(field)
    return Evidence(
        label=label,
        value=UNKNOWN if value is None else render_value(value),
        fact_type=fact.type,
        fact_id=fact.id,
        field=field,
        event=fact.event,
    )


def _label(fact_type: str, field: str) -> str:
    if "(" in field:  # an aggregate or a function is known by how it is written
        return field
    kind, words = fact_type.replace("-", " ").replace("_", " "), field.replace("_", " ")
    return words if words.startswith(kind) else f"{kind} {words}"
