"""Protobuf contracts: what a compiler would refuse, said with file and line."""

from collections.abc import Iterable
from itertools import islice

from governance.contract.artifact import Artifact, escape
from governance.contract.finding import Finding
from governance.contract.protobuf.document import read_document
from governance.contract.protobuf.schema import Fault

MAX_FAULTS = 50


def check_protobuf(artifact: Artifact) -> list[Finding]:
    """Return what is wrong with the files of *artifact*, at most 50 faults."""
    document = read_document(artifact.data)
    return fault_findings(document.unread or document.schema.faults)


def fault_findings(faults: Iterable[Fault]) -> list[Finding]:
    return [
        Finding(
            id=f"{fault.rule}:{fault.path}:{fault.about or fault.line}",
            rule=fault.rule,
            level="error",
            message=fault.message,
            pointer=f"/{escape(fault.path)}" if fault.path else "",
            path=fault.path,
            line=fault.line,
        )
        for fault in islice(faults, MAX_FAULTS)
    ]
