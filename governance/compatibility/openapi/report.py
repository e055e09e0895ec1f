"""The findings of a comparison, gathered: each rule once at each place."""

from governance.compatibility.openapi.fact import Fact
from governance.compatibility.openapi.place import Place
from governance.compatibility.openapi.rules import LEVELS
from governance.contract.finding import Finding

MAX_FINDINGS = 10_000
_MARK = 80


class Report:
    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}
        self.full = False

    @property
    def findings(self) -> list[Finding]:
        found = list(self._found.values())
        if self.full:
            message = f"more than {MAX_FINDINGS:,} changes; the others are not judged"
            rule = "comparison-incomplete"
            found.append(Finding(id=rule, rule=rule, level=LEVELS[rule], message=message))
        return found

    def add(self, rule: str, place: Place, fact: Fact, inside: str = "") -> None:
        """Note that *fact* comes under *rule* at *place*, or in what lies *inside* it."""
        if len(self._found) >= MAX_FINDINGS:
            self.full = True
            return
        where = " ".join(filter(None, (place.where, inside)))
        mark = f"={fact.mark[:_MARK]}" if fact.mark else ""
        name = f"{rule}:{place.path}:{where}{mark}"
        self._found.setdefault(
            name,
            Finding(
                id=name,
                rule=rule,
                level=LEVELS[rule],
                message=f"{where}: {fact.said}" if where else fact.said,
                pointer=fact.pointer,
                path=place.path,
                before=fact.before,
                after=fact.after,
            ),
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
