"""`controlplane import`: files of events, sent over the same wire as all events."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import typer

from controlplane.cli.reaching import (
    FAILED,
    USAGE,
    AnswerError,
    AsJson,
    Token,
    Url,
    answer_of,
    reaching,
)
from controlplane.cli.showing import Told, print_json, showing
from observability.importing.event_log import Said, read_log
from observability.importing.extract import Extract, read_csv, read_extract
from observability.importing.imported import ImportedEvent, ReadError, Unreadable, to_cloudevent
from observability.importing.ocel import Cased, cased, read_cases, read_ocel
from observability.importing.xes import read_xes
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from rules.document import DocumentError

BATCH = 500
WAIT_SECONDS = 0.2
_SHOWN = 10

app = typer.Typer(help="Import event logs and extracts.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Process = Annotated[str | None, typer.Option("--process", help="The process of the events.")]
Zone = Annotated[str, typer.Option("--zone", help="Of times that name none, as Europe/Amsterdam.")]


class Sent(msgspec.Struct, kw_only=True):
    """What became of a file's events; `reasons` is how many are quarantined for which."""

    events: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = {}
    unreadable: list[Unreadable] = []


@app.command()
def xes(  # noqa: PLR0913 - one parameter a flag
    file: File,
    *,
    process: Process = None,
    zone: Zone = "UTC",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import an XES event log (.xes or .xes.gz)."""
    named = _required(process)
    read = read_xes(file, zone=_zone(zone))
    with reaching(url, token) as client:
        _import(client, file, read, named, _model(client, named), as_json=as_json)


@app.command()
def ocel(  # noqa: PLR0913 - one parameter a flag
    file: File,
    *,
    process: Process = None,
    case: Annotated[
        str | None,
        typer.Option("--case", help="The type whose objects are cases; the one told of most."),
    ] = None,
    zone: Zone = "UTC",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import an OCEL 2.0 log (JSON, XML or SQLite): the objects of one type become cases."""
    named, times = _required(process), _zone(zone)
    with _reading(file):
        log = read_ocel(file)
        of = cased(log, case)
    if not as_json:
        typer.echo(_cased(of), err=True)
    with reaching(url, token) as client:
        read = read_cases(file, log, of.case, zone=times)
        _import(client, file, read, named, _model(client, named), as_json=as_json)


def _cased(of: Cased) -> str:
    """Say which objects are cases, and what becomes of the others."""
    others = f" (--case takes {', '.join(of.others)} instead)" if of.others else ""
    aside = f"; {of.aside} events name none" if of.aside else ""
    return f"a case is an object of type {of.case}{others}{aside}"


@app.command()
def csv(  # noqa: PLR0913 - one parameter a flag
    file: File,
    *,
    process: Process = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A column mapping: what an export means.")
    ] = None,
    case: Annotated[str | None, typer.Option("--case", help="The case's column.")] = None,
    activity: Annotated[str | None, typer.Option("--activity", help="The step's column.")] = None,
    time_: Annotated[str | None, typer.Option("--time", help="The time's column.")] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="How times are written, as %d-%m-%Y %H:%M.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option("--delimiter", help="One character.")] = None,
    zone: Zone = "UTC",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import an event log as CSV, or by a column mapping any export of a system."""
    if mapping is not None:
        extract = _mapped(mapping)
    else:
        said = Said(
            case=case,
            activity=activity,
            time=time_,
            format=format_,
            delimiter=_one(delimiter),
            zone=_zone(zone).key,
        )
        with _reading(file):
            extract = read_log(file, _required(process), said)
    named = process or extract.process
    with reaching(url, token) as client:
        model = _model(client, named)
        _import(client, file, read_csv(file, extract), named, model, as_json=as_json)


def _mapped(mapping: Path) -> Extract:
    try:
        return read_extract(mapping.read_bytes())
    except (OSError, DocumentError) as error:
        typer.echo(f"{mapping}: {error}", err=True)
        raise typer.Exit(USAGE) from error


def _one(delimiter: str | None) -> str | None:
    """Return the character; a tab may be written as it is in code."""
    found = "\t" if delimiter == "\\t" else delimiter
    if found is not None and len(found) != 1:
        raise typer.BadParameter("one character", param_hint="--delimiter")
    return found


def _required(process: str | None) -> str:
    if process is None:
        raise typer.BadParameter("name the process of the events", param_hint="--process")
    return process


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Let a file that cannot be read end the command, by its name and why."""
    try:
        yield
    except ReadError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(FAILED) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise typer.BadParameter(f"{name!r} is no time zone", param_hint="--zone") from error


def _model(client: httpx.Client, process: str) -> ProcessModel | None:
    """Return the model of *process* in force, None when there is none."""
    response = client.get(f"/v1/processes/{process}", headers={"accept": "application/yaml"})
    if response.status_code == httpx.codes.NOT_FOUND:
        return None
    if not response.is_success:
        answer_of(response)
    return read_model(response.content)


def _import(  # noqa: PLR0913 - a file, what is in it and where it goes
    client: httpx.Client,
    file: Path,
    read: Iterable[ImportedEvent | Unreadable],
    process: str,
    model: ProcessModel | None,
    *,
    as_json: bool,
) -> None:
    sent = Sent()
    with _reading(file):
        with showing(file.name, quiet=as_json) as told:
            for batch in _batches(_events(read, process, model, sent)):
                _post(client, batch, sent)
                told(sent.events, None)
        with showing("judging", quiet=as_json) as told:
            _settle(client, told)
            _sweep(client)
            _settle(client, told)
    _say(sent, as_json=as_json)
    if sent.quarantined or sent.unreadable:
        raise typer.Exit(FAILED)


def _events(
    read: Iterable[ImportedEvent | Unreadable],
    process: str,
    model: ProcessModel | None,
    sent: Sent,
) -> Iterator[dict[str, Any]]:
    for one in read:
        if isinstance(one, Unreadable):
            sent.unreadable.append(one)
        else:
            yield to_cloudevent(one, process, model)


def _batches(events: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(events, BATCH)):
        yield batch


def _post(client: httpx.Client, batch: list[dict[str, Any]], sent: Sent) -> None:
    """Send *batch*; a server that asks for time gets it."""
    while True:
        response = client.post(
            "/v1/events",
            params={"backfill": "true"},
            content=msgspec.json.encode(batch),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
        if response.status_code not in {429, 503}:
            break
        time.sleep(float(response.headers.get("retry-after", "1")))
    answer = answer_of(response)
    sent.events += len(batch)
    sent.accepted += answer["accepted"]
    sent.duplicates += answer["duplicates"]
    for one in answer["quarantined"]:
        sent.quarantined += 1
        sent.reasons[one["reason"]] = sent.reasons.get(one["reason"], 0) + 1


def _sweep(client: httpx.Client) -> None:
    """All is told: let what is due now be due. Who may not ask waits for the server's own turn."""
    response = client.post("/v1/sweeps")
    if response.status_code != httpx.codes.FORBIDDEN:
        answer_of(response)


def _settle(client: httpx.Client, told: Told) -> None:
    """Wait until the worker has taken what was sent."""
    total = 0
    while True:
        lag = client.get("/health/ready").json().get("worker_lag")
        if lag is None:
            raise AnswerError("the server is not ready; look at /health/ready")
        total = max(total, lag)
        told(total - lag, total)
        if lag == 0:
            return
        time.sleep(WAIT_SECONDS)


def _say(sent: Sent, *, as_json: bool) -> None:
    if as_json:
        print_json(sent)
        return
    typer.echo(
        f"{sent.events} events: {sent.accepted} accepted, {sent.duplicates} known before, "
        f"{sent.quarantined} quarantined, {len(sent.unreadable)} unreadable"
    )
    for reason, count in sorted(sent.reasons.items()):
        typer.echo(f"quarantined as {reason}: {count}; see GET /v1/quarantine", err=True)
    for one in sent.unreadable[:_SHOWN]:
        typer.echo(f"line {one.line}: {one.reason}", err=True)
