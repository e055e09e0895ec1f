"""
Two OpenAPI documents compared: what changed, where, and how bad it is for who calls.

Operations are met by path and method, schemas through their references. What a caller
sends may be asked for less and be allowed more; what comes back, the other way round.
"""

from datetime import date

from governance.compatibility.openapi.document import Document, mapping
from governance.compatibility.openapi.examination import Examination
from governance.compatibility.openapi.lifecycle import Notice
from governance.compatibility.openapi.operation import Operations
from governance.compatibility.openapi.pairing import Pairing
from governance.compatibility.openapi.paths import meetings
from governance.compatibility.openapi.place import Moment, Place
from governance.compatibility.openapi.report import Report
from governance.compatibility.openapi.schema import Schemas
from governance.compatibility.openapi.security import compare_schemes, compare_security
from governance.compatibility.openapi.tracing import Tracing
from governance.contract.artifact import Json
from governance.contract.finding import Finding
from governance.version import SemanticVersion


def compare(old: Json, new: Json, *, on: date, notice: Notice | None = None) -> list[Finding]:
    """
    Return what changed from *old* to *new*, as it stands on the day *on*.

    *notice*: how long before its end a thing must be deprecated; none is asked by default.
    """
    before, after = Document(old), Document(new)
    report = Report()
    tracing = Tracing(Pairing(Schemas(before), Schemas(after)), report, on=on)
    moment = Moment(on=on, notice=notice or Notice())
    operations = Operations(
        Examination(old=before, new=after, report=report, tracing=tracing, moment=moment)
    )
    for met in meetings(before, after, "paths"):
        operations.compare(met)
    for met in meetings(before, after, "webhooks", prefix="webhook "):
        if not (met.path_gone or met.path_new):
            operations.compare(met)
    tracing.finish()
    _webhooks(before, after, report)
    _schemas(before, after, report)
    place = Place(where="the whole API")
    stated = before.below("security"), after.below("security")
    compare_security("api-global-security", *stated, place, report)
    compare_schemes(before, after, report)
    _version(old, new, report)
    return report.findings


def _webhooks(old: Document, new: Document, report: Report) -> None:
    before, after = (one.entries(one.below("webhooks")) for one in (old, new))
    for name, was in before.items():
        if name not in after:
            report.tell("webhook-removed", Place(where=f"webhook {name}"), "is gone", was.pointer)
    for name, now in after.items():
        if name not in before:
            report.tell("webhook-added", Place(where=f"webhook {name}"), "is new", now.pointer)


def _schemas(old: Document, new: Document, report: Report) -> None:
    keys = ("components", "schemas")
    after = mapping(new.below(*keys).value)
    for name in mapping(old.below(*keys).value):
        if name not in after:
            place = Place(where=f"schema {name}")
            pointer = old.root.below(*keys, name).pointer
            report.tell("api-schema-removed", place, "is gone", pointer)


def _version(old: Json, new: Json, report: Report) -> None:
    """Say when something broke and the version does not tell."""
    was, now = (mapping(mapping(one).get("info")).get("version") for one in (old, new))
    before, after = (SemanticVersion.parse(str(one).removeprefix("v")) for one in (was, now))
    broken = any(finding.level == "breaking" for finding in report.findings)
    if before is None or after is None or not broken:
        return
    if was == now:
        rule, said = "api-version-not-bumped", f"something broke, and the version is still {now}"
    elif after <= before:
        rule, said = "api-version-decreased", f"the version went back from {was} to {now}"
    elif after.major == before.major and (before.major or after.minor == before.minor):
        rule = "api-major-version-not-bumped"
        said = f"something broke, and the version only went from {was} to {now}"
    else:
        return
    place = Place(where="info.version")
    report.tell(rule, place, said, "/info/version", before=was, after=now)
