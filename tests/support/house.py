"""The API over a real installation, with a worker that takes the log in a thread."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import jsonschema_rs
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace
from projecting import ByReference

from controlplane.admission import Admission
from controlplane.app import create_app, state_of
from controlplane.backtest.backtests import Backtests
from controlplane.commands import Commands
from controlplane.consumer import Consumer
from controlplane.database import Databases
from controlplane.gate.gate import Gate
from controlplane.lag import ConsumerLag
from controlplane.logwriter import LogWriter
from controlplane.pipeline.deciding import Decider
from controlplane.pipeline.processing import Processing
from controlplane.registry import Registry
from controlplane.runtime import Runtime
from controlplane.sealing import Checkpoints, Sealing
from controlplane.settings import Settings
from controlplane.worker import Worker

PATIENCE_SECONDS = 90
LOOPBACK = "http://127.0.0.1:8000"
HERE = {"host": "127.0.0.1"}
YAML = {"content-type": "application/yaml"}


class Contract:
    """The API's own description: every answer that passes by is held against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        self._validators: dict[tuple[str, str, str, str], jsonschema_rs.Validator] = {}
        self._paths = [
            (path, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), item)
            for path, item in document["paths"].items()
        ]

    def hold(self, answer: httpx.Response) -> None:
        path, method = answer.request.url.path, answer.request.method.lower()
        template, operation = next(
            (
                (template, item[method])
                for template, pattern, item in self._paths
                if pattern.fullmatch(path) and method in item
            ),
            ("", None),
        )
        if operation is None:
            return
        answers = operation["responses"]
        status = str(answer.status_code) if str(answer.status_code) in answers else "default"
        media = answer.headers.get("content-type", "").partition(";")[0]
        schema = answers.get(status, {}).get("content", {}).get(media, {}).get("schema")
        if answer.is_error and "default" in answers:
            assert schema is not None, f"{path}: {answer.status_code} as {media}"
        if schema is not None and media.endswith("json"):
            known = self._validator((method, template, status, media), schema)
            known.validate(json.loads(answer.read()))

    def _validator(
        self, key: tuple[str, str, str, str], schema: dict[str, Any]
    ) -> jsonschema_rs.Validator:
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = jsonschema_rs.validator_for(whole)
        return self._validators[key]


class House:
    """`http` speaks to the API; what it asks for is done when it answers."""

    def __init__(
        self,
        http: httpx.Client,
        databases: Databases,
        commands: Commands,
        sealing: Sealing | None = None,
    ) -> None:
        self.http, self.databases, self.commands = http, databases, commands
        self.sealing = sealing
        self._lag = ConsumerLag(databases)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: Any, *, expect: int = 200, **headers: str) -> Any:
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def put(self, path: str, body: Any, *, expect: int = 200, **headers: str) -> Any:
        answer = self.http.put(path, json=body, headers=headers)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def put_document(self, path: str, text: str, *, expect: int = 201, **headers: str) -> Any:
        answer = self.http.put(path, content=text.encode(), headers={**YAML, **headers})
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def send(self, *events: Mapping[str, Any], **query: str) -> Any:
        """Post CloudEvents and wait until the worker has taken them."""
        answer = self.http.post(
            "/v1/events",
            params=query,
            content=httpx.Request("POST", LOOPBACK, json=list(events)).read(),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, answer.text
        self.settled()
        return answer.json()

    def settled(self) -> None:
        """Wait until the worker has taken all that the log holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._lag.measure():
            assert time.monotonic() < deadline, "the worker does not catch up"
            Event().wait(0.002)


@contextmanager
def opened(
    databases: Databases,
    tmp_path: Path,
    *,
    decider: Decider | None = None,
    gate: Decider | None = None,
    **settings: Any,
) -> Iterator[House]:
    """Yield an installation whose worker is decided by *decider*, and its gate but for *gate*."""
    given = Settings(data_dir=tmp_path, **settings)
    writer = LogWriter(databases.log)
    stop = Event()
    worker = Worker(Consumer(databases, Processing(decider or ByReference())), stop)
    thread = Thread(target=worker.run)
    thread.start()
    answering = Gate(databases, writer, gate or decider or ByReference())
    commands = Commands(writer, databases.state, patience=timedelta(seconds=PATIENCE_SECONDS))
    backtests = Backtests(replace(given, database_url=_url(databases)), commands)
    runtime = Runtime(
        settings=given,
        databases=databases,
        commands=commands,
        admission=Admission(writer, Registry(databases), lag=ConsumerLag(databases)),
        gate=answering,
        backtests=backtests,
        sealing=Sealing(databases.state, Checkpoints(tmp_path / "checkpoints", tmp_path)),
    )
    try:
        with _served(runtime) as app, TestClient(app, base_url=LOOPBACK) as http:
            http.event_hooks["response"] = [_contract(http).hold]
            yield House(http, databases, commands, runtime.sealing)
    finally:
        backtests.close()
        stop.set()
        thread.join()
        answering.close()
        writer.close()


_idle: dict[int, list[Litestar]] = defaultdict(list)
_contracts: list[Contract] = []


@contextmanager
def _served(runtime: Runtime) -> Iterator[Litestar]:
    """
    Yield an application that works with *runtime*: what another house left, else a new one.

    Two hundred routes take longer to register than most tests to run.
    """
    idle = _idle[runtime.settings.max_body_bytes]
    app = idle.pop() if idle else create_app(runtime)
    app.state = state_of(runtime)
    yield app
    idle.append(app)


def _contract(http: httpx.Client) -> Contract:
    """Return what the API says of itself: the same in every house."""
    if not _contracts:
        _contracts.append(Contract(http.get("/schema/openapi.json", headers=HERE).json()))
    return _contracts[0]


def _url(databases: Databases) -> str | None:
    """Return where a process of its own finds them, None where a folder says it."""
    url = databases.state.url
    return None if databases.embedded else url.render_as_string(hide_password=False)
