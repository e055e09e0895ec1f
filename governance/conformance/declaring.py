"""The fields that a version declares, whatever its format; None where that is not evaluated."""

from collections.abc import Callable

from governance.conformance.avro import declared_in_avro
from governance.conformance.declared import Declared
from governance.conformance.jsonschema import declared_in_schema
from governance.contract.artifact import ArtifactError, Json
from governance.contract.catalogue import Version
from governance.contract.evolution import read_version

_READERS: dict[str, Callable[[Json], Declared]] = {
    "jsonschema": declared_in_schema,
    "avro": declared_in_avro,
}


def declared_by(format_: str, version: Version) -> Declared | None:
    """Return what *version* declares; None where its format is not read here, or it cannot be."""
    read = _READERS.get(format_)
    if read is None:
        return None
    try:
        return read(read_version(version).data)
    except ArtifactError:
        return None
