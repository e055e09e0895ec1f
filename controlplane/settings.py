"""
Settings come from the environment and from flags; a flag wins.

Every field is a variable `CONTROLPLANE_<FIELD>`; the fields' descriptions are the
reference table, there is no second list.
"""

import ipaddress
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from governance.review.demand import ENTRY

PREFIX = "CONTROLPLANE_"


class SettingsError(ValueError):
    """A variable whose text does not fit; the message names it."""


def _says(description: str, **limits: Any) -> msgspec.Meta:
    return msgspec.Meta(description=description, **limits)


Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Demand = Annotated[str, msgspec.Meta(pattern=ENTRY)]
LogLevel = Literal["debug", "info", "warning", "error"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: Annotated[Path, _says("Folder of the embedded databases.")] = Path("data")
    checkpoint_dir: Annotated[
        Path | None, _says("Folder of the ledger's checkpoints; by default in the data folder.")
    ] = None
    database_url: Annotated[
        str | None, _says("PostgreSQL to use instead of the embedded databases.")
    ] = None
    host: Annotated[str, _says("Address that the API listens on.")] = "127.0.0.1"
    port: Annotated[Port, _says("Port of the API.")] = 8000
    otlp_grpc_port: Annotated[
        Port | None, _says("Port of OTLP over gRPC, as a rule 4317; closed without one.")
    ] = None
    ui_port: Annotated[Port, _says("Port of the app.")] = 8501
    public_url: Annotated[
        str | None, _says("Address of the API as people and receivers reach it.")
    ] = None
    ui_url: Annotated[str | None, _says("Address of the app as people reach it.")] = None
    allowed_hosts: Annotated[
        tuple[str, ...], _says("Further host names that requests may be addressed to.")
    ] = ()
    log_level: Annotated[LogLevel, _says("Least severity of log lines.")] = "info"
    rule_processes: Annotated[Positive, _says("Processes that evaluate rules.")] = 1
    command_patience_seconds: Annotated[
        Positive, _says("How long a mutation waits for the worker before it answers 503.")
    ] = 20
    sweep_seconds: Annotated[Positive, _says("How often due clocks are looked for.")] = 1
    batch_size: Annotated[
        Positive, _says("Most log entries that the worker takes in one transaction.")
    ] = 500
    max_body_bytes: Annotated[Positive, _says("Largest request body; 413 above.")] = 1_000_000
    max_events_body_bytes: Annotated[
        Positive, _says("Largest body of events or spans, also after inflation; 413 above.")
    ] = 20_000_000
    max_extract_bytes: Annotated[
        Positive, _says("Largest extract for a reconciliation, also after inflation; 413 above.")
    ] = 200_000_000
    max_batch_events: Annotated[Positive, _says("Most events in one request.")] = 10_000
    max_backlog: Annotated[Positive, _says("Entries that may wait for the worker; 429 above.")] = (
        500_000
    )
    allowed_egress: Annotated[
        tuple[str, ...],
        _says("Hosts that webhooks may call although they are private, as host or host:port."),
    ] = ()
    sign_own_work: Annotated[
        bool, _says("Whether stewards with a key may put rule sets of their own in force.")
    ] = False
    review_quorum: Annotated[
        tuple[Demand, ...],
        _says(
            "Stewards other than its author that a contract's version is signed by: "
            "`1`, `critical=2`, `domain:finance=2`."
        ),
    ] = ("high=1", "critical=1")
    notice_days: Annotated[
        tuple[Demand, ...],
        _says("Days between a version's deprecation and its sunset, written in the same way."),
    ] = ("high=30", "critical=90")
    environments: Annotated[
        tuple[str, ...], _says("Environments that a contract's version goes through, in order.")
    ] = ("dev", "test", "prod")
    quiet_days: Annotated[
        int,
        _says("Days that nobody was seen to use a version, before it may be retired.", ge=0),
    ] = 7
    schema_registry_owner: Annotated[
        str, _says("Team that answers for subjects which Kafka clients register.")
    ] = "unassigned"
    schema_registry_system: Annotated[
        str, _says("System that subjects which Kafka clients register belong to.")
    ] = "kafka"
    shadow_first: Annotated[
        bool, _says("Whether a version must stand in shadow before it takes another's place.")
    ] = False
    cost_of_capital: Annotated[Decimal, _says("Yearly share that delayed cash costs.")] = Decimal(
        "0.08"
    )
    mailbox_dir: Annotated[
        Path | None, _says("Folder where messages are kept instead of being sent.")
    ] = None
    smtp_host: Annotated[str | None, _says("Mail server; no mail is sent without one.")] = None
    smtp_port: Annotated[Port, _says("Port of the mail server.")] = 25
    smtp_user: Annotated[str | None, _says("User at the mail server.")] = None
    smtp_password: Annotated[str | None, _says("Password at the mail server.")] = None
    smtp_starttls: Annotated[bool, _says("Whether mail must travel over TLS.")] = False
    mail_from: Annotated[str, _says("Sender of mail.")] = "controlplane@localhost"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the API."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """Where the API is reached, without a trailing slash."""
        return (self.public_url or f"http://{_reachable(self.host)}:{self.port}").rstrip("/")

    @property
    def app_url(self) -> str:
        """Where the app is reached, without a trailing slash."""
        return (self.ui_url or f"http://{_reachable(self.host)}:{self.ui_port}").rstrip("/")


class Documented(msgspec.Struct, frozen=True, kw_only=True):
    variable: str
    default: str
    meaning: str


def read_settings(environment: Mapping[str, str], **flags: Any) -> Settings:
    """Return the settings of *environment*; *flags* that are not None win."""
    given: dict[str, Any] = {}
    for name, type_ in get_type_hints(Settings, include_extras=True).items():
        text = environment.get(PREFIX + name.upper())
        if text:
            given[name] = _parse(PREFIX + name.upper(), text, type_)
    given.update({name: value for name, value in flags.items() if value is not None})
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error)) from error


def documented() -> list[Documented]:
    """Return the reference table: variable, default, meaning."""
    hints = get_type_hints(Settings, include_extras=True)
    defaults = Settings()
    return [
        Documented(
            variable=PREFIX + name.upper(),
            default=_shown(getattr(defaults, name)),
            meaning=_meaning(hints[name]),
        )
        for name in Settings.__struct_fields__
    ]


@lru_cache(maxsize=16)
def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - the wildcard is no address to send anyone to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _parse(variable: str, text: str, type_: Any) -> Any:
    value: Any = text
    if "tuple" in str(type_):
        value = [one.strip() for one in text.split(",") if one.strip()]
    try:
        return msgspec.convert(value, type_, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{variable}: {error}") from error


def _decode(type_: type, value: Any) -> Any:
    if type_ is not Path:
        raise TypeError(f"no setting is of type {type_}")
    return Path(value)


def _meaning(hint: Any) -> str:
    says = [one.description for one in get_args(hint) if isinstance(one, msgspec.Meta)]
    return next(one for one in reversed(says) if one)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value).lower()
