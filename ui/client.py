"""
The way to the API: reads with a short memory, writes with an idempotency key.

A call that cannot be answered raises one of four errors, each with a sentence for the person
who waits; nothing else leaves this module.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import msgspec
import streamlit as st
from streamlit.runtime.caching.cache_utils import CachedFunc

from ui import reader
from ui.loading import called
from ui.records import Actor, ContractVersion, Problem

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 15.0
CSV_TIMEOUT_SECONDS = 120.0
FRESH_SECONDS = 3
STEADY_SECONDS = 30

Read = TypeVar("Read")
Query = Mapping[str, str | int | None]


class ApiError(Exception):
    """Any call that brought no answer; the text is for the reader."""


class UnreachableError(ApiError):
    """The API did not answer at all."""


class RefusedError(ApiError):
    """The API answered no: `problem` says why, `status` how."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title or f"The API answered {status}.")
        self.status = status
        self.problem = problem


class MissingError(ApiError):
    """What was asked for does not exist, or may not be seen."""


class UnreadableError(ApiError):
    """The API answered something that this version of the app cannot read."""


def api_url() -> str:
    """Return the API's address: `--api` behind the script, else `CONTROLPLANE_URL`."""
    arguments = sys.argv[1:]
    if "--api" in arguments[:-1]:
        return arguments[arguments.index("--api") + 1].rstrip("/")
    return os.environ.get("CONTROLPLANE_URL", DEFAULT_URL).rstrip("/")


@st.cache_resource(show_spinner=False, max_entries=200)
def connection(url: str, token: str | None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)


def connected() -> httpx.Client:
    return connection(api_url(), token())


def token() -> str | None:
    """Return the key of the reader who signed in, else the one that the app was started with."""
    return reader.key() or os.environ.get("CONTROLPLANE_TOKEN")


def holds_token() -> bool:
    return bool(token())


def whose() -> str:
    """Return what tells the answers to one reader from those to another."""
    return hashlib.sha256((token() or "").encode()).hexdigest()


def known(key: str) -> Actor:
    """Return whose *key* it is; raise a `RefusedError` for one that opens nothing."""
    answer = send("GET", "/v1/me", headers={"Authorization": f"Bearer {key}"})
    return decoded(answer.content, Actor, "/v1/me")


def asked(query: Query) -> dict[str, str | int]:
    return {name: value for name, value in query.items() if value is not None and value != ""}


def problem(response: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Problem(title=f"The API answered {response.status_code}.")


def unanswered(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"took longer than {TIMEOUT_SECONDS:.0f} seconds to answer"
    return "does not answer; it may be starting, or not running"


def send(method: str, path: str, **parts: Any) -> httpx.Response:
    """Send one request; return its answer or raise an `ApiError`."""
    try:
        response = connected().request(method, path, **parts)
    except httpx.HTTPError as error:
        raise UnreachableError(f"The control plane at {api_url()} {unanswered(error)}.") from error
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise MissingError(problem(response).detail or f"There is nothing at {path}.")
    if response.is_error:
        raise RefusedError(response.status_code, problem(response))
    return response


def decoded(content: bytes, shape: type[Read], path: str) -> Read:
    try:
        return msgspec.json.decode(content, type=shape, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UnreadableError(f"The answer of {path} could not be read: {error}.") from error


def remembered(path: str, query: dict[str, str | int], whose: str) -> bytes:  # noqa: ARG001 (a part of its memory's key)
    return send("GET", path, params=query).content


def long_remembered(path: str, query: dict[str, str | int], whose: str) -> bytes:  # noqa: ARG001 (likewise)
    return send("GET", path, params=query).content


@cache
def memory(seconds: int, what: str) -> CachedFunc[..., bytes]:
    """Return what remembers answers for *seconds*; who waits for one reads *what* is loaded."""
    function = remembered if seconds == FRESH_SECONDS else long_remembered
    return st.cache_data(ttl=seconds, max_entries=300, show_spinner=f"Loading {what} …")(function)


def recalled(seconds: int, path: str, query: Query) -> bytes:
    return memory(seconds, called(path))(path, asked(query), whose())


def read(path: str, shape: type[Read], **query: str | int | None) -> Read:
    """Return *path* as *shape*; an answer at most three seconds old is good enough."""
    answer = decoded(recalled(FRESH_SECONDS, path, query), shape, path)
    st.session_state["answered_at"] = datetime.now(UTC)
    return answer


def answered_at() -> datetime | None:
    """Return when the reader last saw an answer."""
    at = st.session_state.get("answered_at")
    return at if isinstance(at, datetime) else None


def read_steady(path: str, shape: type[Read], **query: str | int | None) -> Read:
    """Return *path*, which seldom changes: an answer of the last half minute is good enough."""
    return decoded(recalled(STEADY_SECONDS, path, query), shape, path)


def read_text(path: str) -> str:
    return recalled(STEADY_SECONDS, path, {}).decode(errors="replace")


def fetch_csv(path: str, query: Query) -> bytes:
    """Return the whole filtered set as CSV, made by the API."""
    headers = {"Accept": "text/csv"}
    answer = send("GET", path, params=asked(query), headers=headers, timeout=CSV_TIMEOUT_SECONDS)
    return answer.content


def forget() -> None:
    st.cache_data.clear()


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What an act led to, where the API says so."""

    state: str = ""


def write(path: str, body: Mapping[str, object], *, key: str | None = None) -> Written:
    """Post *body* once: a repeat with the same *key* changes nothing."""
    headers = {"Idempotency-Key": key or str(uuid4())}
    answer = send("POST", path, json=dict(body), headers=headers)
    forget()
    try:
        return msgspec.json.decode(answer.content, type=Written)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Written()


def put(path: str, body: Mapping[str, object]) -> None:
    """Put *body* in the place of what stands there."""
    send("PUT", path, json=dict(body), headers={"Idempotency-Key": str(uuid4())})
    forget()


def ask_artifact(
    path: str, artifact: bytes, media_type: str, shape: type[Read], **query: str | None
) -> Read:
    """Return what the API finds in *artifact*; nothing is kept."""
    headers = {"Content-Type": media_type}
    answer = send("POST", path, content=artifact, params=asked(query), headers=headers)
    return decoded(answer.content, shape, path)


def write_artifact(path: str, artifact: bytes, media_type: str, *, version: str) -> ContractVersion:
    """Post a contract version, its exact bytes; return it as it was kept."""
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": media_type}
    query = asked({"version": version})
    answer = send("POST", path, content=artifact, params=query, headers=headers)
    forget()
    return decoded(answer.content, ContractVersion, path)
