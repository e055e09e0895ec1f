"""
The engine's known hazards: what a plain translation would answer, and what is answered here.

`plainly` puts rules to the engine as one would write them at first sight.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import durable_rules_engine as native
import msgspec
import pytest

from rules.deciding import decide
from rules.decision import Fact
from rules.document import DocumentError
from rules.engine.handle import Engine, EngineError, Engines
from rules.engine.lowering import lower
from rules.engine.rule import ELEMENT, KIND, NOUGHT, ORDINAL, STATE, UNIT, EngineRule
from rules.engine.sharding import MAX_RULES, shard
from rules.engine.vocabulary import Vocabulary
from rules.fact import FactType
from rules.resolving import ResolvedRule, resolve_rule

SUPPORT = Path(__file__).parents[1] / "support"


def engine_rule(*patterns: dict, bound: tuple[str, ...] = ("a",)) -> EngineRule:
    return EngineRule(
        id="plain",
        rule="plain",
        body={"all": list(patterns), "cap": 65535},
        bound=bound,
        patterns=len(patterns),
        conditions=len(patterns),
        kinds=frozenset(),
        properties=frozenset(),
        sums=(),
    )


def written(fact: dict, number: int = 0) -> str:
    return msgspec.json.encode({**fact, "sid": STATE, "id": str(number)}).decode()


@pytest.fixture
def plainly():
    engines = []

    def ask(*patterns: dict, facts: list[dict], bound: tuple[str, ...] = ("a",)) -> list:
        engine = Engine([engine_rule(*patterns, bound=bound)])
        engines.append(engine)
        shown = [written(fact, number) for number, fact in enumerate(facts)]
        return sorted(found for _, found in engine.ask(range(len(facts)), shown))

    yield ask
    for one in engines:
        one.close()


def test_a_negated_fact_shown_late_does_not_count_in_the_engine(firm, timesheet, plainly):
    patterns = ({"a": {"t": 1}}, {"b$not": {"$and": [{"t": 2}, {"x": {"a": "x"}}]}})
    sheet, rate = {"t": 1, "x": 5}, {"t": 2, "x": 5}
    assert plainly(*patterns, facts=[rate, sheet]) == []
    assert plainly(*patterns, facts=[sheet, rate]) == [(0,)]
    when = [{"each": "timesheet as t"}, {"none": "rate as r", "where": ["r.role == t.role"]}]
    facts = [timesheet(role="senior"), firm.fact("rate", "R-1", role="senior")]
    for ordered in (facts, facts[::-1]):
        assert not firm.asked(firm.rule(when=when), facts=ordered).firings


def test_or_fires_once_a_branch_in_the_engine(firm, timesheet):
    body = {"a": {"$or": [{"x": 1}, {"y": 1}]}}
    engine = Engine([engine_rule(body)])
    state = engine._show([written({"x": 1, "y": 1})])
    assert len(engine._answers(state, [0])) == 2
    engine.close()
    holds_twice = ['t.status == "approved" or missing(t.role)']
    assert firm.occurrences(holds_twice, timesheet()) == ["TS-1"]


def test_or_with_a_join_loses_a_branch_in_the_engine(firm, timesheet, plainly):
    joined = {"$or": [{"x": 1}, {"k": {"a": "k"}}]}
    patterns = ({"a": {"t": 1}}, {"b": {"$and": [{"t": 2}, joined]}})
    first = {"t": 1, "k": 7}
    found = plainly(*patterns, facts=[first, {"t": 2, "x": 1, "k": 8}], bound=("a", "b"))
    assert found == []
    when = [
        {"each": "timesheet as t"},
        {"each": "rate as r", "where": ["missing(r.effective_from) or r.role == t.role"]},
    ]
    facts = [timesheet(role="senior"), firm.fact("rate", "R-1", role="junior")]
    assert firm.asked(firm.rule(when=when), facts=facts).firings


def test_the_engine_takes_a_text_for_a_number(firm, timesheet, plainly):
    assert plainly({"a": {"x": 5}}, facts=[{"x": "5"}]) == [(0,)]
    condition = [{"each": "timesheet as t", "where": ["t.lines == 5"]}]
    mistyped = Fact(type="timesheet", id="1", values={**timesheet().values, "lines": "5"})
    assert firm.asked(firm.rule(when=condition), facts=[mistyped]).outcome == "not_evaluated"
    assert firm.occurrences(['t.role == "5"'], timesheet(role="5")) == ["TS-1"]
    assert firm.occurrences(['t.role == "true"'], timesheet(role="1")) == []


def test_the_engine_orders_texts_by_their_json(firm, plainly):
    found = plainly({"a": {"$lt": {"x": "a b"}}}, facts=[{"x": "a"}])
    assert found == []  # though "a" stands before "a b"
    when = [{"each": "timesheet as t", "where": ['t.role < "senior"']}]
    (problem,) = firm.compiled(firm.rule(when=when)).problems
    assert "has no order" in problem.detail


def test_the_engine_stops_at_a_datum_missing_in_an_earlier_fact(firm, timesheet, plainly):
    patterns = ({"a": {"t": 1}}, {"b": {"$and": [{"t": 2}, {"$gt": {"x": {"a": "x"}}}]}})
    with pytest.raises(EngineError, match="refused a fact"):
        plainly(*patterns, facts=[{"t": 1}, {"t": 2, "x": 3}], bound=("a", "b"))
    when = [
        {"each": "timesheet as t"},
        {"each": "engagement as e", "where": ["e.people > t.lines"]},
    ]
    facts = [timesheet("1"), timesheet("2", lines=2), firm.fact("engagement", "E-1", people=3)]
    decision = firm.asked(firm.rule(when=when), facts=facts)
    assert [one.occurrence for one in decision.firings] == ["2"]


def test_large_whole_numbers_are_one_to_the_engine(firm, timesheet, plainly):
    assert plainly({"a": {"x": 2**63}}, facts=[{"x": 10**25}]) == [(0,)]
    when = [{"each": "timesheet as t", "where": [f"t.lines == {2**61}"]}]
    for lines, outcome in ((2**61, "blocked"), (2**61 + 1, "clear"), (10**25, "not_evaluated")):
        fact = timesheet(lines=lines)
        assert firm.asked(firm.rule(when=when), facts=[fact]).outcome == outcome


def test_products_wrap_around_in_the_engine(firm, timesheet, plainly):
    product = {"$mul": {"$l": {"a": "x"}, "$r": {"a": "x"}}}
    patterns = ({"a": {"t": 1}}, {"b": {"$and": [{"t": 2}, {"$gt": {"x": product}}]}})
    found = plainly(*patterns, facts=[{"t": 1, "x": 2**40}, {"t": 2, "x": 1}], bound=("a", "b"))
    assert found == [(0, 1)]  # 1 > 2^80
    when = [
        {"each": "timesheet as t"},
        {"each": "engagement as e", "where": ["e.people > t.lines * e.people"]},
    ]
    facts = [timesheet(lines=2**40), firm.fact("engagement", "E-1", people=2**40)]
    assert firm.asked(firm.rule(when=when), facts=facts).outcome == "not_evaluated"


def test_the_length_of_a_text_wraps_around_in_the_engine(firm, timesheet, plainly):
    assert plainly({"a": {"x": ""}}, facts=[{"x": "q" * 65_536}]) == [(0,)]
    assert firm.occurrences(['t.role == ""'], timesheet(role="q" * 65_536)) == []
    assert firm.occurrences(["t.role == t.timesheet_id"], timesheet(role="q" * 65_536)) == []


@pytest.mark.parametrize("text", ["a b", "a!", '"q"', "back\\slash", "{", "$m", "ünï", "\x00"])
def test_any_text_is_equal_to_itself_alone(firm, timesheet, text):
    sheets = [timesheet("1", role=text), timesheet("2", role=text + " ")]
    when = [{"each": "rate as r"}, {"each": "timesheet as t", "where": ["t.role == r.role"]}]
    decision = firm.asked(
        firm.rule(when=when, occurrence="t"), facts=[*sheets, firm.fact("rate", "R", role=text)]
    )
    assert [one.occurrence for one in decision.firings] == ["1"]


def test_the_engine_binds_no_fact_twice(firm, timesheet, plainly):
    patterns = ({"a": {"t": 1}}, {"b": {"t": 1}})
    assert plainly(*patterns, facts=[{"t": 1}], bound=("a", "b")) == []
    when = [
        {"each": "invoice as i"},
        {"each": "timesheet as a", "where": ["a.role in i.timesheet_ids"]},
        {"each": "timesheet as b", "where": ["b.role in i.timesheet_ids"]},
    ]
    facts = [timesheet("1", role="x"), timesheet("2", role="x")]
    facts.append(firm.fact("invoice", "I", timesheet_ids=["x"]))
    assert len(firm.asked(firm.rule(when=when), facts=facts).firings) == 1


def test_equal_facts_are_still_two(firm):
    facts = [firm.fact("invoice", id_, number="2026-1") for id_ in ("a", "b")]
    when = [{"each": "invoice as i", "where": ['i.number == "2026-1"']}]
    assert len(firm.asked(firm.rule(when=when), facts=facts).firings) == 2


def test_one_fact_does_not_join_itself(firm):
    when = [{"each": "invoice as a"}, {"each": "invoice as b", "where": ["a.number == b.number"]}]
    facts = [firm.fact("invoice", "1", number="x")]
    assert not firm.asked(firm.rule(when=when), facts=facts).firings


def test_more_rules_than_a_handle_can_hold_are_spread_over_several(firm, timesheet):
    rules = [
        firm.rule(
            rule=f"r-{number}", when=[{"each": "timesheet as t", "where": [f"t.lines > {number}"]}]
        )
        for number in range(90)
    ]
    decision = firm.asked(*rules, facts=[timesheet(lines=50)])
    assert len(decision.firings) == 50
    compiled = firm.compiled(*rules)
    assert {len(one.rules) for one in compiled.shards[:-1]} == {MAX_RULES}
    assert sum(len(one.rules) for one in compiled.shards) == 90


def lowered(firm, **members: object) -> tuple[EngineRule, ...]:
    resolved = resolve_rule(firm.read(firm.rule(**members)).rules[0], firm.types)
    assert isinstance(resolved, ResolvedRule)
    return lower(resolved, Vocabulary(), "0")


def test_every_pattern_that_joins_ends_in_a_fence(firm):
    when = [
        {"each": "timesheet as t"},
        {"each": "engagement as e", "where": ["e.people > t.lines or e.people == 1"]},
        {"none": "rate as r", "where": ["r.role == t.role"]},
    ]
    joined, alone = lowered(firm, when=when)
    fence = {"$and": [{"$ex": {"t": 1}}]}
    assert joined.body["all"][1]["p1"]["$and"][-1] == fence
    assert joined.body["all"][2]["p2$not"]["$and"][-1] == fence
    assert fence not in alone.body["all"][1]["p1"]["$and"]


def test_no_expression_speaks_of_its_own_fact(firm):
    """The engine reads out of bounds when one does: such sums are asked apart, or beforehand."""
    when = [
        {"each": "timesheet as t", "where": ["t.lines > t.hours"]},
        {"each": "engagement as e", "where": ["e.people * t.lines > e.margin"]},
    ]
    (found,) = lowered(firm, when=when)
    assert "'$m'" not in str(found.body)
    assert found.patterns == 3


def test_a_shard_is_bounded_by_patterns_and_values(firm):
    when = [{"each": f"timesheet as t{number}"} for number in range(10)]
    rules = lowered(firm, when=when) * 6
    kinds = {}
    assert [len(one.rules) for one in shard(rules, kinds, ())] == [5, 1]


def test_a_rule_that_the_engine_refuses_is_not_evaluated(firm, timesheet, monkeypatch):
    compiled = firm.compiled(firm.rule())
    broken = EngineRule(
        id="0#0",
        rule="a-rule",
        body={"all": [{"p0": {"x": 1e-07}}]},
        bound=("p0",),
        patterns=1,
        conditions=1,
        kinds=frozenset(),
        properties=frozenset(),
        sums=(),
    )
    with pytest.raises(EngineError, match="refused the rules"):
        Engine([broken])
    monkeypatch.setattr("rules.engine.handle.MAX_FIRINGS", 0)
    (unasked,) = decide(compiled, [timesheet()]).not_evaluated
    assert "combinations" in unasked.because


def test_a_closed_engine_answers_nothing():
    engine = Engine([engine_rule({"a": {"x": 1}})])
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.ask([0], [written({"x": 1})])


def test_an_answer_that_cannot_be_read_is_an_error():
    uncapped = msgspec.structs.replace(
        engine_rule({"a": {"x": 1}}), body={"all": [{"m": {"x": 1}}]}
    )
    engine = Engine([uncapped])
    with pytest.raises(EngineError, match="cannot be read"):
        engine.ask([0], [written({"x": 1})])
    engine.close()


def test_engines_open_once_and_close_together(firm):
    compiled = firm.compiled(firm.rule())
    with Engines(compiled.shards) as engines:
        assert engines.ask(0, [], []) == []
        assert engines.ask(0, [], []) == []


def test_where_engine_and_reference_differ_neither_is_believed(firm, timesheet, monkeypatch):
    rules = [firm.rule(rule="a"), firm.rule(rule="b")]
    compiled = firm.compiled(*rules)
    right = compiled.engines.ask

    def wrong(*asked: object) -> list:
        return [found for found in right(*asked) if found[0] != "1#0"]

    monkeypatch.setattr(compiled.engines, "ask", wrong)
    decision = decide(compiled, [timesheet(str(number)) for number in range(7)])
    assert decision.evaluated == ("a",)
    (unasked,) = decision.not_evaluated
    assert unasked.because == (
        "two evaluations differ: the engine says that it does not hold, the reference "
        "[timesheet 0, timesheet 1, timesheet 2, timesheet 3, timesheet 4 and 2 more]"
    )


def test_a_sentinel_that_does_not_fire_is_an_error(monkeypatch):
    monkeypatch.setattr("rules.engine.handle.native.start_action_for_state", lambda *_: None)
    with pytest.raises(EngineError, match="sentinel"):
        Engine([engine_rule({"a": {"x": 1}})])


def test_a_fact_that_is_lost_is_an_error():
    engine = Engine([engine_rule({"a": {"x": 1}})])
    engine._show([written({"x": 1})])
    with pytest.raises(EngineError, match="answered 2"):
        engine._show([written({"x": 1})])
    engine.close()


def ended(program: str, **environment: str) -> int:
    """Return how a process of its own ended that runs *program* on the engine; below 0: killed."""
    environment = {**os.environ, "MALLOC_PERTURB_": "165", **environment}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60)
    return done.returncode


PLAIN = """
import json, durable_rules_engine as native
rules = {{"r": {{"all": [{patterns}], "cap": 10}}}}
handle = native.create_ruleset("plain", json.dumps(rules))
for number, fact in enumerate({facts}):
    native.assert_fact(handle, json.dumps({{**fact, "sid": "s", "id": str(number)}}))
{after}
"""


def test_the_engine_dies_of_a_division_by_nought(firm):
    quotient = '{"$div": {"$l": {"a": "x"}, "$r": {"a": "y"}}}'
    patterns = f'{{"a": {{"t": 1}}}}, {{"b": {{"$and": [{{"t": 2}}, {{"x": {quotient}}}]}}}}'
    facts = [{"t": 1, "x": 1, "y": 0}, {"t": 2, "x": 1}]
    assert ended(PLAIN.format(patterns=patterns, facts=facts, after="")) == -signal.SIGFPE
    with pytest.raises(DocumentError, match="division is not exact"):
        firm.read(firm.rule(when=[{"each": "timesheet as t", "where": ["t.lines / 0 == 1"]}]))


def test_the_engine_frees_what_it_never_made_unless_a_sentinel_has_fired():
    program = PLAIN.format(
        patterns='{"a": {"t": 1}}', facts=[{"t": 2}], after='native.delete_state(handle, "s")'
    )
    assert ended(program) < 0
    guarded = (
        "from rules.engine.handle import Engine; e = Engine([]); "
        'e.ask([0], [\'{"t":2,"sid":"s","id":"0"}\']); e.close()'
    )
    assert ended(guarded) == 0


def test_what_is_null_is_equal_to_what_is_null_in_the_engine(firm, timesheet, plainly):
    patterns = ({"a": {"t": 1}}, {"b": {"$and": [{"t": 2}, {"x": {"a": "x"}}]}})
    found = plainly(*patterns, facts=[{"t": 1, "x": None}, {"t": 2, "x": None}], bound=("a", "b"))
    assert found == [(0, 1)]
    when = [{"each": "timesheet as t"}, {"each": "rate as r", "where": ["r.role == t.role"]}]
    facts = [timesheet(role=None), firm.fact("rate", "R", role=None)]
    assert not firm.asked(firm.rule(when=when), facts=facts).firings


def test_a_name_with_a_point_is_a_nested_one_to_the_engine(firm, plainly):
    assert plainly({"a": {"a.b": 1}}, facts=[{"a": {"b": 1}}]) == [(0,)]
    with pytest.raises(DocumentError, match=r"written name\.field"):
        firm.read(firm.rule(when=[{"each": "timesheet as t", "where": ["t.a.b == 1"]}]))


def test_a_fact_that_no_rule_looks_at_silences_no_other(firm, timesheet):
    facts = [firm.fact("invoice", "I", number="1"), timesheet(), firm.fact("rate", "R")]
    assert firm.asked(firm.rule(), facts=facts).firings


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the engine's rules end at a page that cannot be read."""
    made = tmp_path_factory.mktemp("guard") / "guard.so"
    command = ["cc", "-shared", "-fPIC", "-o", str(made), str(SUPPORT / "guard.c")]
    subprocess.run(command, check=True)
    return {"LD_PRELOAD": str(made), "PYTHONPATH": str(SUPPORT)}


FENCED = """
import ctypes, json
from decimal import Decimal
from lateness import TYPES, timesheet, written
from rules.compiling import compile_ruleset
from rules.deciding import decide
from rules.engine.handle import native
from rules.language import read_ruleset

def guarded(rules):
    guard(1)
    handle = create(*rules)
    guard(0)
    return handle

def last(name, text):
    # behind the sentinel: nothing lies behind the rule that would end the search
    rules = dict(reversed(json.loads(text).items()))
    for pattern in (one for rule in rules.values() for one in rule["all"]):
        for alias, body in pattern.items():
            pattern[alias] = {{"$and": [one for one in body["$and"] if {fenced} or one != FENCE]}}
    return name, json.dumps(rules)

FENCE = {{"$and": [{{"$ex": {{"t": 1}}}}]}}
guard, create = ctypes.CDLL(None).guard, native.create_ruleset
native.create_ruleset = lambda *rules: guarded(last(*rules))
text = written().replace('"none"', '"each"')
compiled = compile_ruleset(read_ruleset(text), TYPES)
decision = decide(compiled, [timesheet("a", hours=Decimal(1)), timesheet("b", hours=Decimal(2))])
assert len(decision.firings) == 1, decision
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the guard stands in for glibc's own functions")
def test_the_engine_reads_behind_its_rules_where_a_join_has_no_fence(guarded):
    assert ended(FENCED.format(fenced=False), **guarded) == -signal.SIGSEGV
    assert ended(FENCED.format(fenced=True), **guarded) == 0


def test_the_engine_searches_for_ever_among_more_than_511_conditions(firm, timesheet):
    program = """
import json, signal, durable_rules_engine as native
signal.setitimer(signal.ITIMER_PROF, 1)
rules = {f"r{number}": {"all": [{"a": {"x": number}}]} for number in range(513)}
native.create_ruleset("plain", json.dumps(rules))
"""
    assert ended(program) == -signal.SIGPROF
    rules = [
        firm.rule(
            rule=f"r-{number}", when=[{"each": "timesheet as t", "where": [f"t.lines == {number}"]}]
        )
        for number in range(513)
    ]
    (firing,) = firm.asked(*rules, facts=[timesheet(lines=512)]).firings
    assert firing.rule == "r-512"


ALIKE = ("costarring", "liquid")  # which the engine tells apart by a hash of 32 bits


def test_the_engine_loses_a_fact_whose_id_has_the_hash_of_another(firm, timesheet):
    handle = native.create_ruleset("ids", '{"r": {"all": [{"a": {"x": 1}}], "cap": 10}}')
    shown = [native.assert_fact(handle, json.dumps({"x": 1, "sid": "s", "id": i})) for i in ALIKE]
    assert [code for code, _ in shown] == [0, 2]
    decision = firm.asked(firm.rule(), facts=[timesheet(one) for one in ALIKE])
    assert len(decision.firings) == 2


def test_the_engine_takes_a_property_for_another_that_has_its_hash(firm, plainly):
    one, other = ALIKE
    assert plainly({"a": {one: 1}}, facts=[{other: 1}]) == [(0,)]
    firm.types["film"] = FactType(name="film", fields={one: "integer", other: "integer"})
    when = [{"each": "film as f", "where": [f"f.{one} == 1"]}]
    asked = firm.rule(when=when, occurrence="f", reason="It is.", money={})
    facts = [Fact(type="film", id=name, values={name: 1}) for name in ALIKE]
    assert [fired.occurrence for fired in firm.asked(asked, facts=facts).firings] == [one]


def test_no_two_names_that_the_engine_is_shown_have_one_hash():
    ids = map(str, range(20_000))
    keys = (f"{letter}{number}" for letter in "vh" for number in range(20_000))
    for names in ([*ids], [*keys, ORDINAL, NOUGHT, UNIT, ELEMENT, KIND, "sid", "id"]):
        assert len({hashed(one) for one in names}) == len(names)


def hashed(name: str) -> int:
    """Return the hash by which the engine knows a name: FNV-1a of 32 bits."""
    known = 2_166_136_261
    for byte in name.encode():
        known = (known ^ byte) * 16_777_619 % 2**32
    return known
