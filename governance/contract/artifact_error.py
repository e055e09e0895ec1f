"""What a document that cannot be read says of itself, and how a place in one is written."""


class ArtifactError(ValueError):
    """A document that cannot be read at all."""

    def __init__(self, message: str, *, line: int = 0, pointer: str = "") -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message = message
        self.line = line
        self.pointer = pointer


def escape(key: object) -> str:
    """Return *key* as one token of a JSON Pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
