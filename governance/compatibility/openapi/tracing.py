"""
Changes of schemas, traced from where they stand to every place of the API that has them.

A schema that leads back to itself is entered once on each way; one that very many places
lead to is said at some of them, and then that there are others.
"""

from collections import Counter, deque
from datetime import date

import msgspec
from msgspec.structs import replace

from governance.compatibility.openapi.document import Placed
from governance.compatibility.openapi.fact import Fact
from governance.compatibility.openapi.kind import KindChange, TypeList
from governance.compatibility.openapi.lifecycle import LEVELS, announced, deprecated, stability
from governance.compatibility.openapi.pairing import Key, Pair, Pairing
from governance.compatibility.openapi.place import Place
from governance.compatibility.openapi.report import Report

GENEROUS = 20
MAX_STEPS = 20_000
_ELSEWHERE = "other places"
_ENDINGS = {
    "missing": "deprecated-sunset-missing",
    "plain": "deprecated",
    "unreadable": "deprecated-sunset-invalid",
    "too-small": "sunset-date-too-small",
    "with-sunset": "deprecated-with-sunset",
}


class Root(msgspec.Struct, frozen=True):
    place: Place
    pair: Pair


class _Way(msgspec.Struct, frozen=True):
    """How a pair was reached; `read_only`: so is it, or something around it."""

    pair: Pair
    words: str = ""
    above: "_Way | None" = None
    read_only: bool = False
    write_only: bool = False

    def passed(self, key: Key) -> bool:
        way: _Way | None = self
        while way is not None:
            if way.pair.key == key:
                return True
            way = way.above
        return False


class Tracing:
    def __init__(self, pairing: Pairing, report: Report, *, on: date) -> None:
        self._pairing, self._report, self._on = pairing, report, on
        self._roots: list[Root] = []
        self._steps = 0
        self._entered: dict[Place, set[Key]] = {}
        self._passed_over: dict[Place, dict[Key, Pair]] = {}

    def compare(self, place: Place, old: Placed, new: Placed) -> None:
        """Take the schemas at *old* and *new* to be compared when all are known."""
        self._roots.append(Root(place, self._pairing.pair(old, new)))

    def finish(self) -> None:
        live = self._pairing.live([root.pair for root in self._roots])
        for root in self._roots:
            if live[root.pair.key]:
                self._trace(_Way(root.pair), root.place, live)
        for place, pairs in self._passed_over.items():
            self._entered[place] = set(pairs)
            for pair in pairs.values():
                self._trace(_Way(pair, words=pair.new.ref or "a schema"), place, live)

    def _trace(self, start: _Way, place: Place, live: dict[Key, bool]) -> None:
        kind = _kind(place)
        ever = self._entered.setdefault(kind, set())
        here: Counter[Key] = Counter()
        waiting = deque([start])
        while waiting and not self._report.full:
            way = waiting.popleft()
            self._say(way, place)
            for step in self._pairing.steps(way.pair):
                key = step.pair.key
                if way.passed(key) or not self._pairing.leads(step.pair, live):
                    continue
                if here[key] >= GENEROUS or (self._steps >= MAX_STEPS and key in ever):
                    if place != kind:
                        self._passed_over.setdefault(kind, {})[key] = step.pair
                else:
                    here[key] += 1
                    ever.add(key)
                    self._steps += 1
                    waiting.append(_below(way, step.words, step.pair))

    def _say(self, way: _Way, place: Place) -> None:
        pair = way.pair
        for fact in pair.facts:
            self._judge(fact, way, place)
        if pair.kind is not None:
            self._judge(_kind_fact(pair, pair.kind, place, way.words), way, place)
        if pair.type_list is not None:
            self._judge(_type_list_fact(pair, pair.type_list, place), way, place)
        if way.words and not pair.same:
            for fact in _endings(pair, place, on=self._on):
                self._judge(fact, way, place)

    def _judge(self, fact: Fact, way: _Way, place: Place) -> None:
        read_only = way.read_only or fact.read_only
        write_only = way.write_only or fact.write_only
        sealed = read_only if place.side == "request" else write_only
        self._report.judge(fact, place, way.words, sealed=sealed)


def _kind(place: Place) -> Place:
    """Return *place* without what tells it from others in which the same rules hold."""
    return replace(place, path="", where=_ELSEWHERE)


def _below(way: _Way, words: str, pair: Pair) -> _Way:
    return _Way(
        pair=pair,
        words=f"{way.words}/{words}" if way.words else words,
        above=way,
        read_only=way.read_only or pair.new.flag("readOnly"),
        write_only=way.write_only or pair.new.flag("writeOnly"),
    )


def _kind_fact(pair: Pair, change: KindChange, place: Place, inside: str) -> Fact:
    typed = not place.text
    if place.side == "response":
        words: tuple[str, ...] = (change.response_word(strongly_typed=typed),)
    elif inside and place.at == ("request-parameter",):
        words = (_in_a_parameter(change),)
    elif place.at == ("request-parameter",) and _one_of_a_list(pair, change):
        words = ("type-generalized",)
    else:
        words = (change.request_word(strongly_typed=typed), "type-generalized")
    return Fact(
        rules=tuple(f"{{at}}-{word}" for word in words),
        said=f"went from {change.before} to {change.after}",
        pointer=f"{pair.new.pointer}/type" if pair.new.types else pair.new.pointer,
        before=str(change.before),
        after=str(change.after),
        shut=True,
    )


def _in_a_parameter(change: KindChange) -> str:
    """How an object travels in a parameter is not known: as text, or as JSON."""
    harmless = {typed: change.admits(strongly_typed=typed) for typed in (True, False)}
    if harmless[True] != harmless[False]:
        return "type-changed"
    return "type-generalized" if harmless[True] else "type-specialized"


def _one_of_a_list(pair: Pair, change: KindChange) -> bool:
    """One value of a query is written like a list of one."""
    items = pair.new.keywords.get("items")
    return (
        change.after.types == ("array",)
        and len(change.before.types) == 1
        and isinstance(items, dict)
        and items.get("type") == change.before.types[0]
        and items.keys() <= {"type", "format", "description", "example"}
        and items.get("format", "") == change.before.format
    )


def _type_list_fact(pair: Pair, change: TypeList, place: Place) -> Fact:
    narrowed = bool(change.removed) if place.side == "request" else not change.added
    said = [f"{one} may stand, too" for one in change.added]
    said += [f"{one} may no longer stand" for one in change.removed]
    return Fact(
        rules=(f"{{at}}-list-of-types-{'narrowed' if narrowed else 'widened'}",),
        said=", ".join(said),
        pointer=pair.new.pointer,
        before=list(change.removed),
        after=list(change.added),
    )


def _endings(pair: Pair, place: Place, *, on: date) -> list[Fact]:
    old, new = pair.old.keywords, pair.new.keywords
    found = []
    if deprecated(old) != deprecated(new):
        how = announced(new, days=place.days, at=on)
        word = _ENDINGS[how] if deprecated(new) else "reactivated"
        said = "was deprecated" if deprecated(new) else "is no longer deprecated"
        found.append(_ending(pair, word, f"{said} ({word.replace('-', ' ')})", "deprecated"))
    before, after = stability(old), stability(new)
    if (before is None) != (after is None):
        said = "its x-stability-level is none of draft, alpha, beta and stable"
        wrong = _ending(pair, "", said, "x-stability-level")
        found.append(replace(wrong, rules=("api-invalid-stability-level",)))
    if before and after and before != after:
        decreased = LEVELS.index(after) < LEVELS.index(before)
        word = f"stability-{'decreased' if decreased else 'increased'}"
        found.append(_ending(pair, word, f"went from {before} to {after}", "x-stability-level"))
    return found


def _ending(pair: Pair, word: str, said: str, keyword: str) -> Fact:
    return Fact(
        rules=(f"{{at}}-{word}",),
        said=said,
        pointer=f"{pair.new.pointer}/{keyword}",
        before=pair.old.keywords.get(keyword),
        after=pair.new.keywords.get(keyword),
        always=True,
    )
