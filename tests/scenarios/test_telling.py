"""200 blocked lines are one message with its total, signed, mailed, and each with its permalink."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from running import Program, free_port
from small_billing import event, install
from standardwebhooks import Webhook

SECRET = "whsec_c2VjcmV0IG9mIHRoZSBob29rIG9mIHRoZSB0ZXN0"
ROUTING = """
routing: default
version: 1.0.0
receivers:
  - {{receiver: finance-hook, webhook: {{url: "http://127.0.0.1:{port}/hook", secret: "env:HOOK"}}}}
  - {{receiver: finance-mail, email: {{to: [finance@example.test]}}}}
route:
  receiver: finance-hook
  group_by: [owner, process]
  group_wait_seconds: 2
  routes:
    - {{matchers: ["severity = critical"], receiver: finance-mail}}
"""


class Hook:
    """A receiver of webhooks that keeps what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    def __init__(self) -> None:
        self.got: list[str] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        self.got.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def hook() -> Iterator[Hook]:
    running = Hook()
    yield running
    running.close()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def test_many_blocked_lines_are_one_message_with_its_total(
    tmp_path: Path, hook: Hook, mailbox: tuple[Mailbox, int]
):
    box, port = mailbox
    program = Program(tmp_path, None)
    program.environment |= {
        "HOOK": SECRET,
        "CONTROLPLANE_SMTP_HOST": "127.0.0.1",
        "CONTROLPLANE_SMTP_PORT": str(port),
        "CONTROLPLANE_ALLOWED_EGRESS": f"127.0.0.1:{hook.port}",
    }
    program.start()
    install(program)
    program.put_yaml("/v1/routing", ROUTING.format(port=hook.port))
    now = datetime.now(UTC)
    euros = {"amount": "100.00", "currency": "EUR"}
    value = {"amount": "90000", "currency": "EUR"}
    signed = event("sb.engagement.signed", "s", now, {"engagement_id": "E-1", "value": value})
    lines = [
        event(
            "sb.time.approved",
            f"t-{number}",
            now + timedelta(milliseconds=number),
            {"engagement_id": "E-1", "timesheet_id": f"T-{number}", "amount": euros},
        )
        for number in range(200)
    ]
    program.send([signed, *lines])
    late = event(
        "sb.time.approved",
        "old",
        now - timedelta(days=20),
        {"engagement_id": "E-2", "timesheet_id": "T-old", "amount": euros},
    )
    program.send([late])

    until(lambda: hook.got)
    headers, body = hook.got[0]
    Webhook(SECRET).verify(body.decode(), {name.lower(): text for name, text in headers.items()})
    told = json.loads(body)
    assert told["data"]["money"]["blocked"] == [{"amount": "20000.00", "currency": "EUR"}]
    assert all(one["link"].startswith(f"{program.url}/x/EX-") for one in told["data"]["lines"])
    assert len(told["data"]["lines"]) + told["data"]["more"] == 200
    assert len(hook.got) == 1
    assert box.got == [], "what broke weeks ago is no news"
    until(lambda: program.get("/v1/deliveries", status="delivered")["items"])  # after the answer
    deliveries = program.get("/v1/deliveries", status="delivered")["items"]
    assert [one["receiver"] for one in deliveries] == ["finance-hook"]
    program.stop()
    program.http.close()


def until(holds) -> None:
    patience = threading.Event()
    for _ in range(600):
        if holds():
            return
        patience.wait(0.05)
    raise AssertionError("it did not come to pass")
