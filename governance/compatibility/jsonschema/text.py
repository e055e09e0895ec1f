"""Strings: length, pattern, format and content."""

from collections.abc import Iterator

from governance.compatibility.jsonschema.bound import largest, lower, smallest, upper
from governance.compatibility.jsonschema.difference import Difference
from governance.compatibility.jsonschema.view import View
from governance.contract.artifact import Json

_WORDS = (
    ("format", "FORMAT"),
    ("contentEncoding", "CONTENT_ENCODING"),
    ("contentMediaType", "CONTENT_MEDIA_TYPE"),
)


def text_differences(old: View, new: View) -> Iterator[Difference]:
    yield from upper(smallest(old, "maxLength"), smallest(new, "maxLength"), "MAX_LENGTH")
    yield from lower(largest(old, "minLength"), largest(new, "minLength"), "MIN_LENGTH", least=0)
    yield from _pattern_differences(old, new)
    for keyword, name in _WORDS:
        yield from _word_differences(old, new, keyword, name)


def _pattern_differences(old: View, new: View) -> Iterator[Difference]:
    before = {said.value: said.at for said in old.said("pattern")}
    after = {said.value: said.at for said in new.said("pattern")}
    added = [one for one in after if one not in before]
    removed = [one for one in before if one not in after]
    for pattern in added:
        if removed:
            gone = removed[0]
            yield Difference("PATTERN_CHANGED", before[gone], after[pattern], gone, pattern)
        else:
            yield Difference("PATTERN_ADDED", "", after[pattern], None, pattern)
    if removed and not added:
        yield Difference("PATTERN_REMOVED", before[removed[0]], None, removed[0])


def _word_differences(old: View, new: View, keyword: str, name: str) -> Iterator[Difference]:
    before = {said.value: said.at for said in old.said(keyword) if isinstance(said.value, str)}
    after = {said.value: said.at for said in new.said(keyword) if isinstance(said.value, str)}
    added = [one for one in after if one not in before]
    removed: list[Json] = [one for one in before if one not in after]
    for word in added:
        if removed:
            gone = removed[0]
            yield Difference(f"{name}_CHANGED", before[gone], after[word], gone, word)
        else:
            yield Difference(f"{name}_ADDED", "", after[word], None, word)
    if removed and not added:
        yield Difference(f"{name}_REMOVED", before[removed[0]], None, removed[0])
