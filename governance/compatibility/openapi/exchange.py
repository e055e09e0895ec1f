"""What is sent with an operation and what comes back: bodies, statuses, headers."""

import re

from governance.compatibility.openapi import place as places
from governance.compatibility.openapi.content import (
    contents,
    covers,
    parameters_differ,
    schema_of,
    schema_rule,
)
from governance.compatibility.openapi.document import Placed, mapping
from governance.compatibility.openapi.examination import Examination
from governance.compatibility.openapi.fact import Side
from governance.compatibility.openapi.place import Place

_STATUS = re.compile(r"[1-5](?:\d\d|XX)\Z", re.IGNORECASE)


class Exchange:
    """The bodies and headers of one operation, older and newer."""

    def __init__(self, examined: Examination, place: Place) -> None:
        self._old, self._new = examined.old, examined.new
        self._place, self._report, self._tracing = place, examined.report, examined.tracing

    def request(self, old: Placed, new: Placed) -> None:
        old, new = self._old.follow(old), self._new.follow(new)
        if old.value is None and new.value is None:
            return
        place = self._at("request", "request body")
        needed = [mapping(one.value).get("required") is True for one in (old, new)]
        if old.value is None:
            word = "required" if needed[1] else "optional"
            rule = f"request-body-added-{word}"
            self._report.tell(rule, place, f"is new, and {word}", new.pointer)
        elif new.value is None:
            self._report.tell("request-body-removed", place, "is gone", old.pointer)
        else:
            if needed[0] != needed[1]:
                word = "required" if needed[1] else "optional"
                rule = f"request-body-became-{word}"
                self._report.tell(rule, place, f"became {word}", new.pointer)
            self._contents("request", "request body", old, new)

    def responses(self, old: Placed, new: Placed) -> None:
        before, after = self._old.entries(old), self._new.entries(new)
        for status, was in before.items():
            if status in after:
                self._response(status, was, after[status])
            else:
                self._status(status, "removed", was.pointer)
        for status, now in after.items():
            if status not in before:
                self._status(status, "added", now.pointer)

    def _status(self, status: str, action: str, pointer: str) -> None:
        if _STATUS.match(status):
            success = "success" if status.startswith("2") else "non-success"
            place = self._at("response", f"response {status}")
            verb = "is gone" if action == "removed" else "is new"
            self._report.tell(f"response-{success}-status-{action}", place, verb, pointer)

    def _response(self, status: str, old: Placed, new: Placed) -> None:
        self._contents("response", f"body of response {status}", old, new)
        olds = self._old.entries(old.below("headers"))
        news = {key.lower(): one for key, one in self._new.entries(new.below("headers")).items()}
        for name, was in olds.items():
            self._header(status, name, was, news.pop(name.lower(), None))
        for name, now in news.items():
            at = places.header(self._place.path, status, name, self._place.days)
            self._report.tell("response-header-added", at, "is new", now.pointer)

    def _header(self, status: str, name: str, old: Placed, new: Placed | None) -> None:
        at = places.header(self._place.path, status, name, self._place.days)
        was = mapping(old.value).get("required") is True
        if new is None:
            rule = f"{'required' if was else 'optional'}-response-header-removed"
            self._report.tell(rule, at, "is gone", old.pointer)
            return
        if was and mapping(new.value).get("required") is not True:
            rule = "response-header-became-optional"
            self._report.tell(rule, at, "became optional", new.pointer)
        self._tracing.compare(at, old.below("schema"), new.below("schema"))

    def _contents(self, side: Side, where: str, old: Placed, new: Placed) -> None:
        found = contents(old, new)
        names = "request-body" if side == "request" else "response"
        place = self._at(side, where)
        for action, holder, some in (("removed", old, found.removed), ("added", new, found.added)):
            for media_type in some:
                rule = f"{names}-media-type-{action}"
                verb = "is no longer offered" if action == "removed" else "is offered, too"
                pointer = holder.below("content", media_type).pointer
                said = f"{media_type} {verb}"
                self._report.tell(rule, place, said, pointer, mark=media_type)
        for was, now in found.both:
            at = places.body(side, self._place.path, where, now, self._place.days)
            if side == "response" and was != now:
                self._renamed(was, now, at, new)
            elif not covers(now, was):
                pointer = old.below("content", was).pointer
                said = f"{was} is no longer offered, only {now}"
                self._report.tell("request-body-media-type-removed", place, said, pointer, mark=was)
            self._body(side, at, schema_of(self._old, old, was), schema_of(self._new, new, now))

    def _body(self, side: Side, at: Place, old: Placed, new: Placed) -> None:
        if (old.value is None) != (new.value is None):
            came = new.value is not None
            said = "its shape is now said" if came else "its shape is no longer said"
            pointer = new.pointer if came else old.pointer
            self._report.tell(schema_rule(side, came=came), at, said, pointer)
        elif old.value is not None:
            self._tracing.compare(at, old, new)

    def _renamed(self, was: str, now: str, at: Place, new: Placed) -> None:
        word = "specialized" if covers(was, now) else "generalized"
        if parameters_differ(was, now):
            word = "changed"
        said = f"the media type went from {was} to {now}"
        pointer = new.below("content", now).pointer
        rule = f"response-media-type-name-{word}"
        self._report.tell(rule, at, said, pointer, before=was, after=now)

    def _at(self, side: Side, where: str) -> Place:
        return Place(path=self._place.path, side=side, where=where, days=self._place.days)
