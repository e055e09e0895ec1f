"""Two documents walked side by side, every pair of nodes once, and the work counted."""

from collections.abc import Callable, Iterable, Iterator

from governance.compatibility.assuming import Assuming
from governance.compatibility.comparison import Policy
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.kind import gives_up
from governance.compatibility.jsonschema.rule import NOT_EVALUATED, passes
from governance.compatibility.jsonschema.sameness import Sameness
from governance.compatibility.jsonschema.view import Node, View, declared, settled, view

MAX_WORK = 1_500_000
"""In units of a microsecond or two; what is left then is not evaluated."""
_LOOK = 5
_PAIR = 50
MAX_DEPTH = 60
MAX_DIFFERENCES = 1_000
Found = tuple[Difference, ...]
Pair = tuple[Node, Node]
Body = Callable[["Comparing", Node, Node], Iterator[Difference]]


class Comparing:
    """One comparison under one policy; *body* says how two nodes differ."""

    def __init__(self, policy: Policy, body: Body) -> None:
        self.policy = policy
        self.sameness = Sameness()
        self._body = body
        self._pairs: Assuming[Pair, Found] = Assuming(())
        self._views: dict[Node, View] = {}
        self._work = 0

    def view(self, node: Node) -> View:
        """Return what *node* says."""
        found = self._views.get(node)
        if found is None:
            found = self._views[node] = view(node)
            self.spend(_LOOK * len(found.conjuncts))
        return found

    def compare(self, old: Node, new: Node) -> Found:
        """Return how *new* differs from *old*, as far as what *old* allows is concerned."""
        self._work += _LOOK
        pair = old, new = settled(old), settled(new)
        known = self._pairs.known(pair)
        if known is not None:
            return known
        if not self.exhausted and self._is_same(old, new):
            return ()
        self._work += _PAIR
        deep = self._pairs.depth >= MAX_DEPTH
        if deep or self.exhausted:
            return (_too_far(old, new, deep=deep),)
        self._pairs.begin(pair)
        found = _distinct(self._body(self, old, new))
        self._work += len(found)
        self._pairs.end(pair, found, holds=self.all_pass(found))
        return found

    @property
    def exhausted(self) -> bool:
        """Whether no more is looked at: what is left is not evaluated."""
        return self._work > MAX_WORK

    def spend(self, work: int) -> bool:
        """Count *work*; whether there may be more of it."""
        self._work += work
        return not self.exhausted

    def _is_same(self, old: Node, new: Node) -> bool:
        if old.only != new.only or old.chosen or new.chosen:
            return False
        if len(old.places) != 1 or len(new.places) != 1:
            return False
        before, after = old.document.at(old.pointer), new.document.at(new.pointer)
        return self.sameness.same(old, before, new, after)

    def replaced(self, old: Node, new: Node) -> Iterator[Difference]:
        """Compare two schemas that a reader takes as wholes: the document's, a property's."""
        if self.policy == "strict" and gives_up(old, self.view(old), new):
            before = declared(self.view(old))
            because = "the schema `true` says nothing of the type that stood here"
            yield Difference("TYPE_CHANGED", old.pointer, new.pointer, before, True, because)  # noqa: FBT003 (the schema)
        else:
            yield from self.compare(old, new)

    def fits(self, old: Node, new: Node) -> bool:
        """Whether *new* surely holds whatever *old* held."""
        return self.all_pass(self.compare(old, new))

    def all_pass(self, found: Iterable[Difference]) -> bool:
        return all(passes(one.rule, self.policy) for one in found)


def only_unjudged(found: Iterable[Difference], policy: Policy) -> bool:
    """Whether nothing stands against *found* but what could not be judged."""
    against = [one for one in found if not passes(one.rule, policy)]
    return bool(against) and all(one.rule == NOT_EVALUATED for one in against)


def unjudged(old: str, new: str, because: str) -> Difference:
    return Difference(NOT_EVALUATED, old, new, None, None, because)


def _distinct(found: Iterator[Difference]) -> Found:
    kept: dict[tuple[str, str, str | None], Difference] = {}
    for one in found:
        kept.setdefault(one.key, one)
        if len(kept) >= MAX_DIFFERENCES:
            because = f"more than {MAX_DIFFERENCES:,} differences; the rest was not looked at"
            kept["", "", None] = unjudged("", "", because)
            break
    return tuple(kept.values())


def _too_far(old: Node, new: Node, *, deep: bool) -> Difference:
    because = (
        f"schemas lie more than {MAX_DEPTH} levels inside each other"
        if deep
        else "the schemas combine in too many ways to compare them all"
    )
    return unjudged(old.pointer if deep else "", new.pointer if deep else "", because)
