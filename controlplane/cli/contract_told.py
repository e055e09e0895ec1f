"""What a gate found, as an architect reads it: by document, by place, and what to do about it."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from controlplane.cli.contract_gate import OLDER, Judged, Located, held_back
from governance.contract.finding import BLOCKING

_VERDICTS = {
    "compatible": "compatible",
    "incompatible": "INCOMPATIBLE",
    "not_evaluated": "NOT EVALUATED",
}
_LEVELS = {"not_evaluated": "not evaluated"}
_TOLD = ("error", "breaking", "not_evaluated", "warning")
_WIDEST = 72
_ADVICE: tuple[tuple[str, str], ...] = (
    ("version-changed", "put the old bytes back, and add the change as a file of its own version."),
    ("(version|contract)-removed", "put it back; it goes when it is retired and nobody reads it."),
    ("rule-broken", "change the rule set first, or keep what the rule reads beside what is new."),
    ("events-refused", "let who sends them change first, or go on taking what they send."),
    ("mapping-broken", "let the mapping give it first, or make it optional."),
    ("remote-reference", "move what is referred to into the document."),
    (
        r"(became|new).*required|required.*(added|became)|REQUIRED_ATTRIBUTE_ADDED",
        "make it optional, or give it a default, until everybody sends it.",
    ),
    (
        "removed|no.delete|narrowed",
        "put it back and mark it deprecated; take it away in the next major version.",
    ),
    (
        "type|cardinality|format",
        "leave it as it was and add what is new beside it, under another name.",
    ),
)
_FORWARD = "let those on the older version move first, or release it as a new major version."
_OLDER = "hold it against an earlier commit that can be read, or have a steward judge it by eye."
_STYLE = "follow the rule, or have a steward waive it for this version."
_OTHERWISE = {
    "breaking": "allow what was allowed, or release it as a new major version beside the old one.",
    "not_evaluated": "write it in a way that can be compared, or have a steward judge it by eye.",
    "error": "mend the document: nothing else is judged before.",
}


def lines(judged: Sequence[Judged], *, everything: bool = False) -> Iterator[str]:
    """Yield the report; *everything*: what only informs, too."""
    for one in judged:
        yield from _document(one, everything=everything)
        yield ""
    yield summary(judged)


def summary(judged: Sequence[Judged]) -> str:
    """Return the last line: how many documents, and what stops them."""
    if not judged:
        return "nothing changed: no contract is new, altered or gone"
    verdicts = [one.verdict for one in judged]
    counts = {
        said: verdicts.count(verdict) for verdict, said in _VERDICTS.items() if verdict in verdicts
    }
    told = ", ".join(f"{count} {said.lower()}" for said, count in counts.items())
    found = [finding.level for one in judged for finding in one.findings]
    levels = [
        _many(found.count(level), _LEVELS.get(level, level)) for level in _TOLD if level in found
    ]
    findings = f" ({', '.join(levels)})" if levels else ""
    noun = "contract" if len(judged) == 1 else "contracts"
    return f"{len(judged)} {noun} judged: {told}{findings}"


def advice(finding: Located) -> str:
    """Return what to do about a finding that stops a change."""
    if finding.id.startswith(OLDER):
        return _OLDER
    if finding.of_style:
        return _STYLE
    found = (said for rule, said in _ADVICE if re.search(rule, finding.rule, re.IGNORECASE))
    if finding.direction == "forward" and finding.level == "breaking":
        return _FORWARD
    if finding.level == "breaking" or finding.rule == "remote-reference":
        return next(found, _OTHERWISE[finding.level])
    return _OTHERWISE.get(finding.level, "")


def _many(count: int, level: str) -> str:
    return (
        f"{count} {level}s" if count > 1 and level in {"error", "warning"} else f"{count} {level}"
    )


def _document(judged: Judged, *, everything: bool) -> Iterator[str]:
    against = f"against {judged.against}" if judged.against else "new"
    held = ", HELD BACK by a lint policy" if held_back(judged) else ""
    yield f"{judged.name}  {_VERDICTS[judged.verdict]}{held}  ({judged.format}, {against})"
    shown = [one for one in judged.findings if everything or one.level != "info"]
    for place, findings in groupby(sorted(shown, key=_place), key=_place):
        yield f"  {_place_said(place)}"
        for one in findings:
            yield from _finding(one)
    hidden = len(judged.findings) - len(shown)
    if hidden:
        yield f"  {hidden} more that only inform: --all shows them"


def _finding(one: Located) -> Iterator[str]:
    yield f"    {_LEVELS.get(one.level, one.level)}: {one.message}  [{one.rule}]"
    if one.before is not None or one.after is not None:
        yield f"      {_value(one.before)} → {_value(one.after)}"
    if one.level in BLOCKING:
        yield f"      What to do: {advice(one)}"


def _place(one: Located) -> tuple[str, int, str]:
    return one.file, one.line, _words(one)


def _words(one: Located) -> str:
    if one.path:
        return "" if one.file.endswith(one.path) else one.path
    return one.pointer


def _place_said(place: tuple[str, int, str]) -> str:
    file, line, words = place
    at = f"{file}:{line}" if line else file
    return f"{at}  {words}" if words else at


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
