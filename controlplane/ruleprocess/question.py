"""A question to one rule process: cases of one rule set, on their way there and back."""

from collections.abc import Mapping, Sequence

import msgspec

from controlplane.ruleprocess.process import encode
from rules.compiling import CompiledRuleSet
from rules.decision import Decision, Fact
from rules.fact import FactType
from rules.packing import show

Cases = Sequence[Sequence[Fact]]


class LoadedRuleSet(msgspec.Struct):
    """A rule set as it is written, and compiled where the reference was asked here."""

    key: str
    text: str
    fact_types: Mapping[str, FactType]
    compiled: CompiledRuleSet | None = None


class Question(msgspec.Struct, kw_only=True):
    """`number` is that of the process; `packed` is what is `sent` to it."""

    number: int
    ruleset: LoadedRuleSet
    cases: Cases
    packed: bytes
    sent: bool = False
    decisions: list[Decision] | None = None


def question(number: int, verb: str, ruleset: LoadedRuleSet, cases: Cases) -> Question:
    """A fact is shown once, however many cases and rule sets look at it."""
    shown = [[show(fact) for fact in case] for case in cases]
    packed = encode((verb, ruleset.key, shown))
    return Question(number=number, ruleset=ruleset, cases=cases, packed=packed)
