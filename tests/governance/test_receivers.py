import asyncio
import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace
from standardwebhooks import Webhook as Verifier

from governance.exception.at_risk import AtRisk
from governance.message import Message, MessageLine, Sealed
from governance.outbox import Attempt, Outgoing
from governance.receiver.egress import Egress, EgressError, is_public
from governance.receiver.mail import MailServer
from governance.receiver.mailbox import Mailbox as KeptMail
from governance.receiver.secret import SecretError, read_secret
from governance.receiver.sending import Channels, send_due
from governance.team import Email, Receiver, Webhook
from rules.money import money

NOW = datetime.now(UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two characters").decode()
LINE = MessageLine(
    exception="EX-ABCDEFGH",
    event="opened",
    title="Approved time has no agreed rate",
    reason="Timesheet TS-1: no rate for <b>senior</b>.",
    severity="high",
    case="E-1",
    case_title="Acme & Sons",
    owner="finance",
    blocked=money("48200.00", "EUR"),
    exposure=None,
    link="http://cp.test/x/EX-ABCDEFGH",
)
SEALED = Sealed(
    type="exceptions.changed",
    timestamp=NOW,
    data=Message(
        receiver="r",
        labels={"owner": "finance\r\nBcc: eve@example.test", "process": "quote-to-cash"},
        opened=12,
        ended=0,
        money=AtRisk(blocked=[money("48200.00", "EUR")]),
        lines=[LINE],
        more=11,
    ),
)


class Sink(BaseHTTPRequestHandler):
    """Answers as its path says, and keeps what it was sent."""

    protocol_version = "HTTP/1.1"
    received: list[tuple[str, dict[str, str], bytes]]
    release: threading.Event

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path == "/hang":
            self.release.wait(30)
        elif self.path == "/drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif self.path == "/flood":
            self.answer(200, b"x" * 10_000_000)
        else:
            self.answer(int(self.path[1:4]), b"as scripted")

    def answer(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "120")
            if status == 503:
                self.send_header("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT")
            if status == 302:
                self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        return


@pytest.fixture
def sink() -> Iterator[Quiet]:
    handler = type("Scripted", (Sink,), {"received": [], "release": threading.Event()})
    server = Quiet(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    handler.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


class Waiting:
    """An outbox in memory: what is due, and what came of it."""

    def __init__(self, *due: Outgoing) -> None:
        self.due = list(due)
        self.recorded: dict[str, tuple[Outgoing, Attempt]] = {}

    def claim(self, at: datetime) -> list[Outgoing]:
        return [one for one in self.due if one.due_at <= at]

    def record(self, one: Outgoing, attempt: Attempt) -> None:
        self.recorded[one.id] = (one, attempt)


def outgoing(**changes: object) -> Outgoing:
    return replace(
        Outgoing(
            id="msg_1",
            receiver="r",
            channel="webhook",
            group_key="{}",
            state="sending",
            payload=msgspec.json.encode(SEALED).decode(),
            created_at=NOW,
            due_at=NOW,
        ),
        **changes,
    )


def sent(receiver: Receiver | None, channels: Channels, **changes: object) -> Outgoing:
    one = outgoing(**changes)
    outbox = Waiting(one)
    known = {} if receiver is None else {receiver.receiver: receiver}
    assert send_due(outbox, known, channels, at=NOW) == 1
    return outbox.recorded[one.id][0]


def hook(sink: Quiet, path: str, secret: str | None = None, **changes: object) -> Outgoing:
    port = sink.server_address[1]
    channels = Channels(
        egress=Egress(allowed=frozenset({f"127.0.0.1:{port}"})),
        webhook_patience=timedelta(seconds=0.3 if path == "/hang" else 5),
    )
    webhook = Webhook(url=f"http://127.0.0.1:{port}{path}", secret=secret)
    return sent(Receiver(receiver="r", webhook=webhook), channels, **changes)


def received(sink: Quiet) -> list[tuple[str, dict[str, str], bytes]]:
    return list(sink.RequestHandlerClass.received)  # type: ignore[attr-defined]


def test_a_webhook_is_signed_as_standard_webhooks_say(sink: Quiet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONTROLPLANE_HOOK_SECRET", SECRET)
    one = hook(sink, "/200", "env:CONTROLPLANE_HOOK_SECRET")
    assert (one.state, one.attempts) == ("delivered", 1)
    [(_, headers, body)] = received(sink)
    with time_machine.travel(NOW):  # a verifier takes nothing that is older than minutes
        assert Verifier(SECRET).verify(body, headers)["data"]["opened"] == 12
    assert headers["webhook-id"] == "msg_1"
    assert headers["host"] == f"127.0.0.1:{sink.server_address[1]}"
    assert json.loads(body)["data"]["money"]["blocked"] == [
        {"amount": "48200.00", "currency": "EUR"}
    ]


@pytest.mark.parametrize(
    ("path", "state", "pause"),
    [
        ("/204", "delivered", 0),
        ("/500", "waiting", 5),
        ("/502", "waiting", 5),
        ("/429", "waiting", 120),
        ("/503", "waiting", 86_400),
        ("/408", "waiting", 5),
        ("/400", "dead", 0),
        ("/401", "dead", 0),
        ("/410", "dead", 0),
        ("/302", "dead", 0),
        ("/drop", "waiting", 5),
        ("/hang", "waiting", 5),
        ("/flood", "delivered", 0),
    ],
)
def test_each_answer_has_its_consequence(sink: Quiet, path: str, state: str, pause: int):
    one = hook(sink, path)
    assert one.state == state
    assert pause <= (one.due_at - NOW).total_seconds() < pause + 5


def test_a_redirect_is_not_followed(sink: Quiet):
    assert hook(sink, "/302").last_error == (
        "302: redirects are not followed; give the final address"
    )
    assert len(received(sink)) == 1


def test_a_receiver_that_hangs_does_not_hold_up_the_others(sink: Quiet):
    port = sink.server_address[1]
    receivers = {
        name: Receiver(receiver=name, webhook=Webhook(url=f"http://127.0.0.1:{port}/{path}"))
        for name, path in (("slow", "hang"), ("quick", "200"))
    }
    outbox = Waiting(outgoing(id="msg_1", receiver="slow"), outgoing(id="msg_2", receiver="quick"))
    channels = Channels(
        egress=Egress(allowed=frozenset({f"127.0.0.1:{port}"})),
        webhook_patience=timedelta(seconds=0.5),
    )
    send_due(outbox, receivers, channels, at=NOW)
    assert [outbox.recorded[id_][0].state for id_ in ("msg_2", "msg_1")] == ["delivered", "waiting"]
    assert float(outbox.recorded["msg_2"][1].elapsed_seconds) < 0.5


def test_the_seventh_failure_is_the_last(sink: Quiet):
    assert hook(sink, "/500", attempts=6).state == "dead"


def test_a_secret_that_is_missing_is_waited_for_and_never_told(
    sink: Quiet, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CONTROLPLANE_HOOK_SECRET", raising=False)
    one = hook(sink, "/200", "env:CONTROLPLANE_HOOK_SECRET")
    assert (one.state, one.last_error) == ("waiting", "env:CONTROLPLANE_HOOK_SECRET is not set")
    monkeypatch.setenv("CONTROLPLANE_HOOK_SECRET", "not-a-key-é")
    assert "not-a-key" not in str(hook(sink, "/200", "env:CONTROLPLANE_HOOK_SECRET").last_error)
    assert received(sink) == []


def test_a_mailbox_keeps_what_would_be_sent_and_nothing_leaves(sink: Quiet, tmp_path: Path):
    channels = Channels(mailbox=KeptMail(folder=tmp_path / "mailbox"))
    mail = Receiver(receiver="r", email=Email(to=["finance@example.test"]))
    hook = Receiver(receiver="r", webhook=Webhook(url=f"http://127.0.0.1:{sink.server_port}/ok"))
    for _ in range(2):  # once more after a crash is the same file again
        assert sent(mail, channels, id="msg_mail").state == "delivered"
    assert sent(hook, channels, id="msg_hook").state == "delivered"
    kept = {one.suffix: one for one in (tmp_path / "mailbox").iterdir()}
    assert sorted(kept) == [".eml", ".json"]
    written = message_from_bytes(kept[".eml"].read_bytes(), policy=policy.default)
    assert written["To"] == "finance@example.test"
    assert "EUR 48,200.00" in written["Subject"]
    assert msgspec.json.decode(kept[".json"].read_bytes(), type=Sealed) == SEALED
    assert received(sink) == []


def test_a_mailbox_that_cannot_be_written_is_tried_again(tmp_path: Path):
    (tmp_path / "file").touch()
    channels = Channels(mailbox=KeptMail(folder=tmp_path / "file" / "mailbox"))
    mail = Receiver(receiver="r", email=Email(to=["finance@example.test"]))
    assert sent(mail, channels).state == "waiting"


def test_a_receiver_that_left_the_routing_is_a_dead_letter():
    one = sent(None, Channels())
    assert (one.state, one.last_error) == (
        "dead",
        "the routing in force knows no receiver 'r'",
    )


def test_a_webhook_cannot_reach_inside_the_house(sink: Quiet):
    port = sink.server_address[1]
    for url in (f"http://127.0.0.1:{port}/200", f"http://[::ffff:127.0.0.1]:{port}/200"):
        one = sent(Receiver(receiver="r", webhook=Webhook(url=url)), Channels())
        assert one.state == "dead"
        assert "is not public" in str(one.last_error)
    assert received(sink) == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_are_allowed(address: str):
    assert is_public(address)


def test_a_name_that_also_leads_inside_is_refused():
    async def rebinding(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(EgressError, match=r"10\.0\.0\.1"):
        asyncio.run(Egress(resolve=rebinding).vet("rebind.test", 443))


def test_a_name_is_asked_once_and_the_vetted_address_is_used(sink: Quiet):
    asked = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = sink.server_address[1]
    channels = Channels(
        egress=Egress(allowed=frozenset({f"hooks.example.test:{port}"}), resolve=resolve)
    )
    url = f"http://hooks.example.test:{port}/200"
    assert sent(Receiver(receiver="r", webhook=Webhook(url=url)), channels).state == "delivered"
    assert asked == ["hooks.example.test"]
    assert received(sink)[0][1]["host"] == f"hooks.example.test:{port}"


@pytest.fixture
def certified(sink: Quiet, tmp_path: Path) -> ssl.SSLContext:
    """Let the sink speak TLS as hooks.example.test; return what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.example.test")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    kept = tmp_path / "certificate.pem"
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    kept.write_bytes(public + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(kept)
    sink.socket = server.wrap_socket(sink.socket, server_side=True)
    return ssl.create_default_context(cadata=public.decode())


@pytest.mark.parametrize(
    ("host", "state"), [("hooks.example.test", "delivered"), ("other.example.test", "waiting")]
)
def test_a_certificate_must_be_for_the_name_and_not_for_the_address(
    sink: Quiet, certified: ssl.SSLContext, host: str, state: str
):
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    port = sink.server_address[1]
    channels = Channels(
        egress=Egress(allowed=frozenset({f"{host}:{port}"}), resolve=resolve), trusted=certified
    )
    webhook = Webhook(url=f"https://{host}:{port}/200")
    assert sent(Receiver(receiver="r", webhook=webhook), channels).state == state


def test_a_name_that_nobody_knows_is_tried_again():
    async def unknown(_host: str, _port: int) -> list[str]:
        return []

    webhook = Webhook(url="https://nowhere.example.test/x")
    one = sent(Receiver(receiver="r", webhook=webhook), Channels(egress=Egress(resolve=unknown)))
    assert one.state == "waiting"


class Mailbox:
    """An SMTP server's ear: keeps what it accepts, refuses what it was told to."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        if self.refusal and address.startswith("nobody"):
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((list(envelope.rcpt_tos), mail))
        return "250 kept"


def mailed(mailbox: Mailbox, *to: str) -> Outgoing:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        server = MailServer(host="127.0.0.1", port=port, sender="alerts@cp.test")
        receiver = Receiver(receiver="r", email=Email(to=list(to)))
        return sent(receiver, Channels(mail=server), channel="email")
    finally:
        controller.stop()


def test_a_mail_says_what_it_costs_and_where_to_look():
    mailbox = Mailbox()
    one = mailed(mailbox, "finance@example.test", "cfo@example.test")
    assert one.state == "delivered"
    [(recipients, mail)] = mailbox.mails
    assert recipients == ["finance@example.test", "cfo@example.test"]
    assert mail["Subject"].startswith("12 exceptions · EUR 48,200.00 blocked · finance")
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == "<msg_1@cp.test>"
    text = mail.get_body(("plain",)).get_content()
    assert "EUR 48,200.00 · Approved time has no agreed rate · Acme & Sons · high" in text
    assert "http://cp.test/x/EX-ABCDEFGH" in text
    assert "and 11 more" in text
    html = mail.get_body(("html",)).get_content()
    assert '<a href="http://cp.test/x/EX-ABCDEFGH">' in html
    assert "&lt;b&gt;senior&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("refusal", "state"), [("550 no such person", "dead"), ("451 come back later", "waiting")]
)
def test_a_mailbox_that_refuses_for_good_and_for_now(refusal: str, state: str):
    assert mailed(Mailbox(refusal), "nobody@example.test").state == state


def test_one_unknown_recipient_does_not_keep_it_from_the_others():
    mailbox = Mailbox("550 no such person")
    assert mailed(mailbox, "nobody@example.test", "finance@example.test").state == "delivered"
    assert mailbox.mails[0][0] == ["finance@example.test"]


def test_a_mail_server_that_is_away_is_tried_again():
    receiver = Receiver(receiver="r", email=Email(to=["finance@example.test"]))
    away = Channels(mail=MailServer(host="127.0.0.1", port=1))
    assert sent(receiver, away, channel="email").state == "waiting"
    assert sent(receiver, Channels(), channel="email").last_error == (
        "no mail server is configured"
    )


def test_a_secret_is_read_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = tmp_path / "secret"
    kept.write_text("from a file\n")
    monkeypatch.setenv("SOME_SECRET", "from the environment")
    assert read_secret(f"file:{kept}") == "from a file"
    assert read_secret("env:SOME_SECRET") == "from the environment"


@pytest.mark.parametrize("reference", ["plain", "env:NOT_SET_AT_ALL", "file:/nowhere/at/all"])
def test_a_reference_that_leads_nowhere_is_an_error(reference: str):
    with pytest.raises(SecretError):
        read_secret(reference)
