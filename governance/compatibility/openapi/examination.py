"""What every part of a comparison works with: both documents, and where it says what it found."""

import msgspec

from governance.compatibility.openapi.document import Document
from governance.compatibility.openapi.place import Moment
from governance.compatibility.openapi.report import Report
from governance.compatibility.openapi.tracing import Tracing


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    old: Document
    new: Document
    report: Report
    tracing: Tracing
    moment: Moment
