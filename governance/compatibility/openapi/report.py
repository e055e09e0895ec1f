"""
The findings of a comparison, gathered: each rule once at each place.

A change of what very many operations share is told of the first of them, and then how
many more there are.
"""

import msgspec

from governance.compatibility.openapi.fact import Fact
from governance.compatibility.openapi.place import Place
from governance.compatibility.openapi.rules import LEVELS
from governance.contract.finding import Finding

MAX_FINDINGS = 10_000
MAX_PLACES = 50
_MARK = 80


class _Change(msgspec.Struct):
    """One rule met by one change, and at how many places."""

    rule: str
    fact: Fact
    places: int = 0


class Report:
    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}
        self._changes: dict[tuple[str, str, str], _Change] = {}
        self.full = False

    @property
    def findings(self) -> list[Finding]:
        found = list(self._found.values())
        found += [_more(one) for one in self._changes.values() if one.places > MAX_PLACES]
        if self.full:
            message = f"more than {MAX_FINDINGS:,} changes; the others are not judged"
            rule = "comparison-incomplete"
            found.append(Finding(id=rule, rule=rule, level=LEVELS[rule], message=message))
        return found

    def add(self, rule: str, place: Place, fact: Fact, inside: str = "") -> None:
        """Note that *fact* comes under *rule* at *place*, or in what lies *inside* it."""
        where = " ".join(filter(None, (place.where, inside)))
        mark = f"={fact.mark[:_MARK]}" if fact.mark else ""
        name = f"{rule}:{place.path}:{where}{mark}"
        if name in self._found:
            return
        change = self._changes.setdefault((rule, fact.pointer, mark), _Change(rule, fact))
        change.places += 1
        if change.places > MAX_PLACES:
            return
        if len(self._found) >= MAX_FINDINGS:
            self.full = True
            return
        self._found[name] = Finding(
            id=name,
            rule=rule,
            level=LEVELS[rule],
            message=f"{where}: {fact.said}" if where else fact.said,
            pointer=fact.pointer,
            path=place.path,
            before=fact.before,
            after=fact.after,
        )

    def tell(  # noqa: PLR0913 - a rule, where it is met, and what was there before and after
        self,
        rule: str,
        place: Place,
        said: str,
        pointer: str,
        *,
        before: object = None,
        after: object = None,
        mark: str = "",
    ) -> None:
        fact = Fact(rules=(), said=said, pointer=pointer, before=before, after=after, mark=mark)
        self.add(rule, place, fact)

    def judge(self, fact: Fact, place: Place, inside: str, *, sealed: bool) -> None:
        """Note *fact* under the first of its rules that there is; under none when there is none."""
        if fact.left_out and place.required:
            return
        within = f"{inside}/{fact.name}".strip("/") if fact.name else inside
        at = place.below if within else place.at
        if fact.whole and within:
            at = (*at, *place.at)
        for rule in fact.candidates(place.side, at, sealed=sealed):
            if rule in LEVELS:
                self.add(rule, place, fact, within)
                return


def _more(change: _Change) -> Finding:
    fact, more = change.fact, change.places - MAX_PLACES
    return Finding(
        id=f"{change.rule}::{fact.pointer} {fact.mark[:_MARK]}".strip(),
        rule=change.rule,
        level=LEVELS[change.rule],
        message=f"{fact.name} {fact.said}: so it is at {more:,} more places".strip(),
        pointer=fact.pointer,
        before=fact.before,
        after=fact.after,
    )
