"""One operation, older and newer: how it is named, ends, is reached, and what it exchanges."""

from governance.compatibility.openapi.document import mapping, names
from governance.compatibility.openapi.examination import Examination
from governance.compatibility.openapi.exchange import Exchange
from governance.compatibility.openapi.lifecycle import (
    LEVELS,
    UNSTABLE,
    announced,
    deprecated,
    removed,
    stability,
    sunset_moved,
)
from governance.compatibility.openapi.parameter import compare_parameters
from governance.compatibility.openapi.paths import Met, Operation
from governance.compatibility.openapi.place import Place
from governance.compatibility.openapi.security import compare_access, compare_security

_ANNOUNCED = {
    "missing": "api-deprecated-sunset-missing",
    "plain": "endpoint-deprecated",
    "unreadable": "api-deprecated-sunset-parse",
    "too-small": "api-sunset-date-too-small",
    "with-sunset": "endpoint-deprecated-with-sunset",
}
_MOVED = {
    "deleted": "sunset-deleted",
    "unreadable": "api-path-sunset-parse",
    "too-small": "api-sunset-date-changed-too-small",
}
_INVALID = "api-invalid-stability-level"


class Operations:
    """What compares the operations of two documents, one after the other."""

    def __init__(self, examined: Examination) -> None:
        self._examined, self._report, self._moment = examined, examined.report, examined.moment

    def compare(self, met: Met) -> None:
        place = Place(path=met.label)
        if met.old is None:
            if met.new is not None:
                self._report.tell("endpoint-added", place, "is new", met.new.placed.pointer)
        elif met.new is None:
            self._gone(met.old, place, "api-path" if met.path_gone else "api")
        else:
            self._both(met.old, met.new, place, met.renamed)

    def _gone(self, old: Operation, place: Place, word: str) -> None:
        level = self._stability(old, place)
        if level is None or level in UNSTABLE:
            return
        how = removed(old.placed.value, at=self._moment.on)
        rule = "api-path-sunset-parse" if how == "unreadable" else f"{word}-removed-{how}"
        said = f"is gone ({how.replace('-', ' ')})"
        self._report.tell(rule, place, said, old.placed.pointer)

    def _both(self, old: Operation, new: Operation, place: Place, renamed: dict[str, str]) -> None:
        was, now = self._stability(old, place), self._stability(new, place)
        if was and now and was != now:
            word = "decreased" if LEVELS.index(now) < LEVELS.index(was) else "increased"
            said = f"its stability went from {was} to {now}"
            pointer = new.placed.below("x-stability-level").pointer
            self._report.tell(f"api-stability-{word}", place, said, pointer)
        if now in UNSTABLE:
            return
        days = self._moment.notice.days(now or "stable")
        within = Place(path=place.path, days=days)
        self._named(old, new, place)
        self._ending(old, new, within)
        stated = old.placed.below("security"), new.placed.below("security")
        compare_security("api-security", *stated, place, self._report)
        whole = self._examined.old.below("security"), self._examined.new.below("security")
        compare_access(old.placed, new.placed, whole, place, self._report)
        compare_parameters(old, new, renamed, within, self._examined)
        exchange = Exchange(self._examined, within)
        exchange.request(old.placed.below("requestBody"), new.placed.below("requestBody"))
        exchange.responses(old.placed.below("responses"), new.placed.below("responses"))
        self._callbacks(old, new, place)

    def _stability(self, operation: Operation, place: Place) -> str | None:
        level = stability(operation.placed.value)
        if level is None:
            said = "its x-stability-level is none of draft, alpha, beta and stable"
            pointer = operation.placed.below("x-stability-level").pointer
            self._report.tell(_INVALID, place, said, pointer)
        return level

    def _named(self, old: Operation, new: Operation, place: Place) -> None:
        was, now = (mapping(one.placed.value).get("operationId") for one in (old, new))
        if was != now:
            word = "removed" if was else "added"
            said = f"its operationId went from {was or 'none'} to {now or 'none'}"
            pointer = (new if now else old).placed.below("operationId").pointer
            rule = f"api-operation-id-{word}"
            self._report.tell(rule, place, said, pointer, before=was, after=now)
        before, after = (names(mapping(one.placed.value).get("tags")) for one in (old, new))
        for word, operation, tags in (
            ("removed", old, [tag for tag in before if tag not in after]),
            ("added", new, [tag for tag in after if tag not in before]),
        ):
            for tag in tags:
                pointer = operation.placed.below("tags").pointer
                rule = f"api-tag-{word}"
                self._report.tell(rule, place, f"the tag {tag} was {word}", pointer, mark=tag)

    def _ending(self, old: Operation, new: Operation, place: Place) -> None:
        was, now = old.placed.value, new.placed.value
        moved = sunset_moved(was, now, days=place.days, at=self._moment.on)
        if moved:
            said = f"its sunset moved from {was['x-sunset']} to {now.get('x-sunset')}"
            self._report.tell(_MOVED[moved], place, said, new.placed.pointer)
        if deprecated(was) and not deprecated(now):
            said = "is no longer deprecated"
            self._report.tell("endpoint-reactivated", place, said, new.placed.pointer)
        elif deprecated(now) and not deprecated(was):
            rule = _ANNOUNCED[announced(now, days=place.days, at=self._moment.on)]
            pointer = new.placed.below("deprecated").pointer
            self._report.tell(rule, place, "was deprecated", pointer)

    def _callbacks(self, old: Operation, new: Operation, place: Place) -> None:
        was, now = (mapping(one.placed.value).get("callbacks") for one in (old, new))
        if was != now:
            said = "what is called back was changed; whom that hurts is not judged"
            pointer = (new if now else old).placed.below("callbacks").pointer
            self._report.tell("callback-changed", place, said, pointer)
