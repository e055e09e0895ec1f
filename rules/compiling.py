"""
A rule set is compiled once: resolved, lowered, sharded, and given its digest.

A rule with a problem is kept and never asked: its decision says why. What a rule set means
does not rest on the engine, so compiling opens none.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from typing import Any

import msgspec

from rules import syntax
from rules.derived.declaring import DeclaredFields
from rules.derived.deriving import Deriving
from rules.derived.field import DerivedFields, Read, read_of
from rules.engine.handle import Engines
from rules.engine.lowering import lower
from rules.engine.projection import Projection
from rules.engine.rule import EngineRule, LimitError, Sum
from rules.engine.scaling import misfits
from rules.engine.sharding import shard
from rules.engine.sifting import Sieve
from rules.engine.vocabulary import Vocabulary
from rules.explanation.quiet import Explainer
from rules.fact import FactType, FieldType
from rules.firing import Firings
from rules.lookup import Lookup
from rules.reference import ReferenceRule
from rules.refusal import Problem
from rules.resolving import ResolvedRule, resolve_rule
from rules.rule import Rule, RuleSet
from rules.table import rows_of

COMPILER = f"1/durable-rules {version('durable-rules')}"


class AskableRule:
    """A rule that compiles: its meaning, its explanation and what it is lowered to."""

    def __init__(
        self, resolved: ResolvedRule, lowered: tuple[EngineRule, ...], derived: DerivedFields
    ) -> None:
        self.resolved = resolved
        self.rule = resolved.rule
        self.unit = resolved.rule.unit
        self.reference = ReferenceRule(resolved)
        self.explainer = Explainer(resolved, derived.found)
        self.firings = Firings(resolved)
        applies: list[Read] = [(one.fact_type, one.field, "text") for one in resolved.rule.applies]
        self.reads = tuple(dict.fromkeys([*_reads(resolved), *applies]))
        self.properties = frozenset(index for one in lowered for index in one.properties)
        self.sums: tuple[Sum, ...] = tuple(sum_ for one in lowered for sum_ in one.sums)


def _reads(resolved: ResolvedRule) -> Iterator[Read]:
    """Yield every (fact type, field, type) that the rule reads to judge, to say or to count."""
    conditions = [one for pattern in resolved.patterns for one in pattern.where]
    atoms = [atom for one in conditions for atom in syntax.atoms(one)]
    terms = (*resolved.reason.terms, *resolved.money.terms.values())
    fields = [field for atom in atoms for field in syntax.fields_of_atom(atom)]
    fields += [field for term in terms for field in syntax.fields_of(term)]
    for field in fields:
        fact_type = resolved.scope[field.name]
        kind = fact_type.field(field.field)
        if kind is not None:
            yield fact_type.name, field.field, kind


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its rows, which are asked as `units`, or what is `unsound` in them."""

    rule: Rule
    rows: tuple[AskableRule, ...]
    units: tuple[str, ...]
    unsound: str = ""


class CompiledRuleSet:
    """
    Holds engines once it is asked; close it. Used by one thread.

    `rules` are in the order of the document: a rule, or a row of its table, that can be asked,
    or its problems. So are the `entries` of a decision.
    """

    def __init__(self, ruleset: RuleSet, fact_types: Mapping[str, FactType]) -> None:
        self.ruleset = ruleset
        self.fact_types = dict(fact_types)
        self.digest = _digest(ruleset)
        derived = DeclaredFields(fact_types, ruleset.derived, ruleset.calendar)
        vocabulary = Vocabulary()
        lowered: list[EngineRule] = []
        self.rules: list[tuple[Rule, AskableRule | tuple[Problem, ...]]] = []
        rows = (row for rule in ruleset.rules for row in rows_of(rule))
        for number, rule in enumerate(rows):
            found = _compiled(rule, derived, vocabulary, str(number))
            self.rules.append((rule, found[0]))
            lowered += found[1]
        self.shards = shard(lowered, vocabulary.kinds, vocabulary.properties)
        self.projection = Projection(vocabulary.properties, vocabulary.texts)
        self.sieve = Sieve(self.shards, vocabulary.kinds)
        self.units = {one.id: one.rule for one in lowered}
        self.engines = Engines(self.shards)
        self.derived = derived.found
        self.deriving = Deriving(derived.found.values(), ruleset.calendar)
        self._refused = derived.problems
        self.askable = tuple(one for _, one in self.rules if isinstance(one, AskableRule))
        self.lookup = Lookup([one.reference.equalities for one in self.askable])
        self.conditional = tuple(
            one for one in self.askable if one.rule.applies or one.rule.effective is not None
        )
        ranks = {one.rule: one.priority for one in ruleset.rules}
        self.priorities = ranks if len(set(ranks.values())) > 1 else {}
        self.summing = tuple(one for one in self.askable if one.sums)
        self.entries = tuple(_entry(rule, rows) for rule, rows in self.by_rule())
        self.names = tuple(one.rule.rule for one in self.entries)
        self.sound = not any(one.unsound for one in self.entries)
        self._places = {u: at for at, one in enumerate(self.entries) for u in one.units}
        reads: dict[str, dict[str, FieldType]] = defaultdict(dict)
        for one in self.askable:
            for type_, field, kind in one.reads:
                reads[type_][field] = kind
        for type_, field, kind in read_of(derived):
            reads[type_][field] = kind
        self.reads = {type_: tuple(fields.items()) for type_, fields in reads.items()}
        self.misfits = {type_: misfits(fields) for type_, fields in self.reads.items()}

    @property
    def problems(self) -> tuple[Problem, ...]:
        unsound = (one for _, one in self.rules if isinstance(one, tuple))
        found = (*self._refused, *(problem for one in unsound for problem in one))
        return tuple(dict.fromkeys(found))  # the rows of a table share what is wrong with its rule

    def by_rule(self) -> Iterator[tuple[Rule, list[AskableRule | tuple[Problem, ...]]]]:
        """Yield each rule with its rows; a rule without a table is its own one row."""
        for _, those in groupby(self.rules, key=lambda one: one[0].rule):
            rows = list(those)
            yield rows[0][0], [one for _, one in rows]

    def entries_of(self, units: Iterable[str]) -> list[Entry]:
        """Return, in their order, the entries that any of *units* belongs to."""
        return [self.entries[at] for at in sorted({self._places[one] for one in units})]

    def close(self) -> None:
        self.engines.close()


def compile_ruleset(ruleset: RuleSet, fact_types: Mapping[str, FactType]) -> CompiledRuleSet:
    """Return *ruleset* ready to decide; a rule with `problems` will not be evaluated."""
    return CompiledRuleSet(ruleset, fact_types)


def _compiled(
    rule: Rule, derived: DerivedFields, vocabulary: Vocabulary, prefix: str
) -> tuple[AskableRule | tuple[Problem, ...], tuple[EngineRule, ...]]:
    resolved = resolve_rule(rule, derived.types, derived)
    if isinstance(resolved, tuple):
        return resolved, ()
    try:
        lowered = lower(resolved, vocabulary, prefix)
    except LimitError as error:
        place = rule.place("")
        problem = Problem(
            pointer=f"{rule.pointer}/when",
            detail=f"{rule.rule}: {error}",
            line=place.line,
            column=place.column,
        )
        return (problem,), ()
    return AskableRule(resolved, lowered, derived), lowered


def _entry(rule: Rule, rows: Sequence[AskableRule | tuple[Problem, ...]]) -> Entry:
    asked = tuple(one for one in rows if isinstance(one, AskableRule))
    problems = (one for row in rows if isinstance(row, tuple) for one in row)
    return Entry(
        rule=rule,
        rows=asked,
        units=tuple(one.unit for one in asked),
        unsound="; ".join(dict.fromkeys(one.detail for one in problems)),
    )


def _digest(ruleset: RuleSet) -> str:
    """Return the SHA-256 of what the rule set says; places and test cases say nothing."""
    said = msgspec.to_builtins(ruleset, enc_hook=str)
    text = msgspec.json.encode([COMPILER, _meaning(said)], order="deterministic")
    return hashlib.sha256(text).hexdigest()


def _meaning(said: Any) -> Any:
    if isinstance(said, dict):
        unsaid = {"place", "places", "pointer", "tests"}
        return {key: _meaning(value) for key, value in said.items() if key not in unsaid}
    if isinstance(said, list | tuple):
        return [_meaning(one) for one in said]
    return said
