"""Two Protobuf schemas compared by the rules of buf: generated code, JSON and the wire."""
