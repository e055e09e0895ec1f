"""A decision follows from the facts alone, so it is asked for once."""

from collections.abc import Mapping, Sequence

from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.remembering import Remembering
from rules.decision import Decision, Fact, NotEvaluated, ReferenceAlone
from rules.fact import FactType


class Asked(Decider):
    """Says of every case which it was, leaves out what is *unclear*, asks no engine of *alone*."""

    def __init__(self, unclear: str | None = None, alone: str | None = None) -> None:
        self.cases: list[list[str]] = []
        self._unclear = unclear
        self._alone = alone

    def load(self, key: str, ruleset: str, fact_types: Mapping[str, FactType]) -> None:
        """Nothing is to be loaded."""

    def decide(self, key: str, cases: Sequence[Sequence[Fact]]) -> list[Decision]:
        self.cases.append([case[0].id for case in cases])
        return [self._decision(key, case) for case in cases]

    def _decision(self, key: str, case: Sequence[Fact]) -> Decision:
        left_out = NotEvaluated(rule="r", because="refused", reason="engine-refused")
        return Decision(
            ruleset=key,
            version="1.0.0",
            outcome="clear",
            evaluated=(case[0].id,),
            not_evaluated=(left_out,) if case[0].id == self._unclear else (),
            by_reference=ReferenceAlone(reason="starting") if case[0].id == self._alone else None,
        )


def case(id_: str) -> list[Fact]:
    return [Fact(type="case", id=id_, values={})]


def remembers(decider: Asked) -> Remembering:
    remembering = Remembering(decider)
    for key in ("k", "other"):
        remembering.load(key, "", {})
    return remembering


def test_facts_that_were_decided_are_not_put_again_and_answers_keep_their_places():
    decider = Asked()
    remembering = remembers(decider)
    one, two, three = case("1"), case("2"), case("3")
    remembering.decide("k", [two])
    answers = remembering.decide("k", [one, two, three])
    assert [answer.evaluated for answer in answers] == [("1",), ("2",), ("3",)]
    assert decider.cases == [["2"], ["1", "3"]]


def test_another_rule_set_is_asked_of_the_same_facts():
    decider = Asked()
    remembering = remembers(decider)
    one = case("1")
    remembering.decide("k", [one])
    assert remembering.decide("other", [one])[0].ruleset == "other"


def test_a_rule_set_whose_facts_have_other_types_now_is_asked_again():
    decider = Asked()
    remembering = remembers(decider)
    key, one = "k", case("1")
    remembering.decide(key, [one])
    remembering.load(key, "", {"case": FactType(name="case", fields={"amount": "money"})})
    remembering.decide(key, [one])
    assert decider.cases == [["1"], ["1"]]


def test_a_rule_that_could_not_be_evaluated_is_asked_again():
    decider = Asked(unclear="1")
    remembering = remembers(decider)
    one = case("1")
    remembering.decide("k", [one])
    remembering.decide("k", [one])
    assert decider.cases == [["1"], ["1"]]


def test_what_the_reference_alone_decided_is_put_to_the_engine_when_it_comes_again():
    decider = Asked(alone="1")
    remembering = remembers(decider)
    one = case("1")
    remembering.decide("k", [one])
    remembering.decide("k", [one])
    assert decider.cases == [["1"], ["1"]]
