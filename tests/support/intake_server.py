"""The API over a real log and a registry with one contract."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from controlplane.admission import Admission
from controlplane.app import create_app
from controlplane.database import Databases, reading, writing
from controlplane.logwriter import LogWriter
from controlplane.registry import Registry
from controlplane.runtime import Runtime
from controlplane.settings import Settings
from governance.tables import contract, contract_version
from observability.intake.limits import IntakeLimits
from observability.log import stores as log
from observability.log.entry import LogEntry

APPROVED: dict[str, Any] = {
    "timesheet_id": "TS-1",
    "amount": {"amount": "800.00", "currency": "EUR"},
}
BAD = {"amount": {"amount": "800.00", "currency": "EUR"}}
Sent = tuple[bytes, dict[str, str]]


def approved(id_: str, **changes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:psa",
        "type": "ps.timesheet.approved.v1",
        "time": "2026-03-02T09:30:00Z",
        "bizcase": "E-1",
        "data": APPROVED,
        **changes,
    }


def structured(event: dict[str, Any]) -> Sent:
    return json.dumps(event).encode(), {"content-type": "application/cloudevents+json"}


def batch(*events: object) -> Sent:
    return json.dumps(events).encode(), {"content-type": "application/cloudevents-batch+json"}


def slug(answer: httpx.Response) -> str:
    """The stable type of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).rpartition("/")[2]


class Door:
    """A client of the receivers, and a look behind them."""

    def __init__(self, databases: Databases, http: httpx.Client, writer: LogWriter) -> None:
        self.http, self.writer, self.behind = http, writer, 0
        self._databases = databases

    def post(self, sent: Sent, **query: str) -> httpx.Response:
        body, headers = sent
        return self.http.post("/v1/events", content=body, headers=headers, params=query)

    def otlp(self, body: bytes, media: str, **headers: str) -> httpx.Response:
        return self.http.post(
            "/v1/traces", content=body, headers={"content-type": media, **headers}
        )

    def held(self, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.http.get("/v1/quarantine", params=query).json()["items"]
        return items

    def entries(self) -> list[LogEntry]:
        with reading(self._databases.log) as connection:
            return log.read(connection, 0, 100_000)

    def publish(
        self, subject: str, version: str = "1.0.0", required: Sequence[str] = ("timesheet_id",)
    ) -> None:
        publish(self._databases, subject, version, required)


@contextmanager
def opened(
    databases: Databases, tmp_path: Path, limits: IntakeLimits | None = None
) -> Iterator[Door]:
    publish(databases, "ps.timesheet.approved", "1.0.0", ["timesheet_id"])
    writer = LogWriter(databases.log)
    doors: list[Door] = []
    admission = Admission(
        writer,
        Registry(databases),
        lag=lambda: doors[0].behind,
        limits=limits or IntakeLimits(),
    )
    with TestClient(
        application(databases, admission, tmp_path), base_url="http://testserver.local"
    ) as http:
        doors.append(Door(databases, http, writer))
        yield doors[0]
    writer.close()


def application(databases: Databases, admission: Admission, tmp_path: Path) -> Litestar:
    runtime = Runtime(
        settings=Settings(data_dir=tmp_path, allowed_hosts=("testserver.local",)),
        databases=databases,
        commands=None,  # type: ignore[arg-type] # no mutation is sent here
        admission=admission,
    )
    return create_app(runtime)


def publish(
    databases: Databases,
    subject: str,
    version: str,
    required: Sequence[str],
    *,
    format_: str = "jsonschema",
) -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": list(required),
        "properties": {"timesheet_id": {"type": "string"}, "hours": {"type": "number"}},
    }
    with writing(databases.state) as connection:
        if not connection.execute(contract.select().where(contract.c.subject == subject)).first():
            connection.execute(
                contract.insert().values(
                    subject=subject,
                    kind="event",
                    format=format_,
                    domain="delivery",
                    owner="delivery",
                    system="psa",
                    classification="internal",
                    compatibility="backward",
                    criticality="high",
                    title=subject,
                    residency="",
                    created_at=1,
                    created_by="test",
                )
            )
        connection.execute(
            contract_version.insert().values(
                subject=subject,
                version=version,
                lifecycle="published",
                media_type="application/schema+json",
                digest=version,
                artifact=json.dumps(schema).encode(),
                findings="[]",
                created_at=1,
                created_by="test",
                published_at=1,
            )
        )
