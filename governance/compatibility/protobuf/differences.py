"""
Two Protobuf documents compared; each is `{"path.proto": "text"}`, or the text of one file.

What cannot be read is said with file and line. The newer files judge under the `buf.yaml`
that lies among them, where one does.
"""

from collections.abc import Iterator
from itertools import islice

from governance.compatibility.comparison import Policy
from governance.compatibility.protobuf.comparing import changes
from governance.compatibility.protobuf.policy import judgement
from governance.contract.artifact import Json
from governance.contract.finding import Finding
from governance.contract.protobuf.checking import fault_findings
from governance.contract.protobuf.document import Document, read_document

MAX_FINDINGS = 10_000


def differences(
    old: Json, new: Json, policy: Policy = "strict", *, forward: bool = False
) -> list[Finding]:
    """
    Return what changed from *old* to *new*; *forward*: *old* is the newer, read by the older.

    Whoever reads passes over what it does not know, so nothing is amiss where the reader is
    the one who lacks a name: *forward* asks for no removals.
    """
    before, after = read_document(old), read_document(new)
    newer, older = (before, after) if forward else (after, before)
    if newer.unread:
        return fault_findings(newer.unread)
    if older.unread:
        return [_unread_before(older)]
    judge = judgement(newer.settings, policy, forward=forward)
    judged = judge.findings(changes(before.schema, after.schema))
    found = {one.id: one for one in islice(judged, MAX_FINDINGS + 1)}
    return [*fault_findings(newer.schema.faults), *_bounded(found)]


def _bounded(found: dict[str, Finding]) -> Iterator[Finding]:
    yield from islice(found.values(), MAX_FINDINGS)
    if len(found) > MAX_FINDINGS:
        message = f"more than {MAX_FINDINGS:,} changes; the others are not judged"
        yield _not_judged("comparison-incomplete", message)


def _unread_before(before: Document) -> Finding:
    fault = before.unread[0]
    where = f"{fault.path}:{fault.line}" if fault.line else fault.path
    message = f"the older files cannot be read ({where}: {fault.message}), so nothing is compared"
    return _not_judged("older-unread", message)


def _not_judged(rule: str, message: str) -> Finding:
    return Finding(id=rule, rule=rule, level="not_evaluated", message=message)
