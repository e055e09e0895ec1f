"""Protobuf files as text: read, linked and checked without running a compiler."""
