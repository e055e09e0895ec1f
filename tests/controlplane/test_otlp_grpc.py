"""Exporters that speak gRPC are admitted, refused and told of quarantine as over HTTP."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from projecting import NOON, installation
from running import free_port

from controlplane.admission import Admission
from controlplane.database import Databases, reading, writing
from controlplane.identity import stores as keys
from controlplane.identity.admittance import StartRefusedError
from controlplane.identity.key import ApiKey, mint
from controlplane.identity.keyring import Keyring
from controlplane.identity.role import Role
from controlplane.logwriter import LogWriter
from controlplane.otlp_grpc import receiving
from controlplane.registry import Registry
from controlplane.settings import Settings
from observability.intake.limits import IntakeLimits
from observability.log import stores as log

OPEN = "0.0.0.0"  # noqa: S104 - an address that others reach is what is tried here
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
Export = Callable[..., bytes]


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Databases]:
    opened = installation(tmp_path)
    yield opened
    opened.close()


@contextmanager
def exporting(
    databases: Databases, *, behind: int = 0, limits: IntakeLimits | None = None, **said: str
) -> Iterator[Export]:
    settings = Settings(otlp_grpc_port=free_port(), **said)
    writer = LogWriter(databases.log)
    admission = Admission(
        writer, Registry(databases), lag=lambda: behind, limits=limits or IntakeLimits()
    )
    try:
        with (
            receiving(settings, admission, Keyring(databases)),
            grpc.insecure_channel(f"127.0.0.1:{settings.otlp_grpc_port}") as channel,
        ):
            yield channel.unary_unary(TRACES)
    finally:
        writer.close()


def request(span_id: bytes = b"12345678", padding: int = 0) -> bytes:
    sent = ExportTraceServiceRequest()
    span = (
        sent.resource_spans.add()
        .scope_spans.add()
        .spans.add(
            name="invoice.issued",
            trace_id=b"1234567890123456",
            span_id=span_id,
            end_time_unix_nano=1_772_443_800_000_000_000,
        )
    )
    business = {"biz.process": "p", "biz.case": "C-1", "x": " " * padding}
    span.attributes.extend(
        KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in business.items()
    )
    return bytes(sent.SerializeToString())


def code_of(export: Export, body: bytes, **metadata: str) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refused:
        export(body, metadata=tuple(metadata.items()), timeout=20)
    code: grpc.StatusCode = refused.value.code()
    return code


def test_what_is_exported_is_in_the_log(databases: Databases):
    with exporting(databases) as export:
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            assert export(request(), compression=compression, timeout=20) == b""
    with reading(databases.log) as connection:
        [entry] = log.read(connection, 0, 10)
    assert entry.id == "31323334353637383930313233343536:3132333435363738"


def test_what_is_held_in_quarantine_is_told_as_a_partial_success(databases: Databases):
    with exporting(databases) as export:
        answer = ExportTraceServiceResponse.FromString(export(request(span_id=b"1"), timeout=20))
    assert answer.partial_success.rejected_spans == 1


def test_what_is_no_request_is_not_to_be_sent_again(databases: Databases):
    with exporting(databases) as export:
        assert code_of(export, b"\xff\xff") == grpc.StatusCode.INVALID_ARGUMENT


def test_a_request_is_bounded_also_when_it_is_unpacked(databases: Databases):
    with exporting(databases, limits=IntakeLimits(otlp_bytes=10_000)) as export:
        large = request(padding=1_000_000)
        assert len(gzip.compress(large)) < 10_000
        with pytest.raises(grpc.RpcError) as refused:
            export(large, compression=grpc.Compression.Gzip, timeout=20)
    assert refused.value.code() in {
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INVALID_ARGUMENT,
    }


def test_a_sender_is_asked_to_come_again_while_the_worker_is_behind(databases: Databases):
    with exporting(databases, behind=10**9) as export:
        assert code_of(export, request()) == grpc.StatusCode.UNAVAILABLE


def test_an_address_open_to_others_wants_the_key_of_a_contributor(databases: Databases):
    minted = {role: mint() for role in (Role.VIEWER, Role.CONTRIBUTOR)}
    with writing(databases.state) as connection:
        for role, one in minted.items():
            key = ApiKey(id=one.id, hash=one.hash, name="x", role=role, created_at=NOON)
            keys.add(connection, key)
    with exporting(databases, host=OPEN) as export:
        assert code_of(export, request()) == grpc.StatusCode.UNAUTHENTICATED
        for wrong in ("Bearer cp_x", f"Basic {minted[Role.CONTRIBUTOR].token}"):
            code = code_of(export, request(), authorization=wrong)
            assert code == grpc.StatusCode.UNAUTHENTICATED
        viewer = f"Bearer {minted[Role.VIEWER].token}"
        assert code_of(export, request(), authorization=viewer) == grpc.StatusCode.PERMISSION_DENIED
        mine = (("authorization", f"Bearer {minted[Role.CONTRIBUTOR].token}"),)
        assert export(request(), metadata=mine, timeout=20) == b""


def test_a_port_that_is_taken_is_said_at_the_start(databases: Databases):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(otlp_grpc_port=taken.getsockname()[1])
        writer = LogWriter(databases.log)
        admission = Admission(writer, Registry(databases), lag=lambda: 0)
        with (
            pytest.raises(StartRefusedError, match="OTLP_GRPC_PORT"),
            receiving(settings, admission, Keyring(databases)),
        ):
            pass
        writer.close()
