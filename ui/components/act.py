"""A person's act on an exception: sent once, its outcome told in a toast."""

import hashlib
from collections.abc import Mapping

import msgspec
import streamlit as st

from ui.client import ApiError, write
from ui.records import ProcessException


def once(exception: ProcessException, act: str, body: Mapping[str, object]) -> str:
    """Return the idempotency key of *act* on the exception as the reader sees it."""
    seen = [exception.id, act, len(exception.history), body]
    return hashlib.sha256(msgspec.json.encode(seen, order="sorted")).hexdigest()


def attempt(exception: ProcessException, act: str, done: str, **body: object) -> bool:
    """Do *act*, say *done* or why not; return whether it was done."""
    path = f"/v1/exceptions/{exception.id}/{act}"
    try:
        write(path, body, key=once(exception, act, body))
    except ApiError as error:
        st.toast(f"Not done: {error}", icon=":material/error:")
        return False
    st.toast(f"{exception.id}: {done}", icon=":material/check:")
    return True
