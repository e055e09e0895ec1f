"""Whoever subscribed hears of each step of a version by a signed webhook, once."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from projecting import NOON, Undecided, ask, drain, installation, register
from small_billing import register_contract
from standardwebhooks import Webhook

from controlplane.database import reading, writing
from controlplane.pipeline.loading import load_routing
from controlplane.pipeline.processing import Processing
from governance.outbox.stores import StoredOutbox
from governance.receiver.egress import Egress
from governance.receiver.sending import Channels, send_due

SECRET = "whsec_c2VjcmV0IG9mIHRoZSBob29rIG9mIHRoZSB0ZXN0"
ROUTING = """
routing: house
version: 1.0.0
receivers:
  - {{receiver: desk, email: {{to: [desk@example.com]}}}}
  - {{receiver: portal, webhook: {{url: "http://127.0.0.1:{port}/hook", secret: "env:HOOK"}}}}
route:
  receiver: desk
  routes: [{{receiver: portal, matchers: [contract = ps.order]}}]
"""
Got = list[tuple[dict[str, str], bytes]]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Got]]:
    got: Got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    monkeypatch.setenv("HOOK", SECRET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1], got
    server.shutdown()
    server.server_close()
    thread.join()


def verified(got: Got) -> list[dict[str, Any]]:
    """Return what was told; raises where a signature does not fit."""
    for headers, body in got:
        Webhook(SECRET).verify(body.decode(), headers)
    return [json.loads(body) for _, body in got]


def test_a_subscriber_hears_of_each_step_of_a_version_with_a_signature(tmp_path, hook):
    port, got = hook
    databases = installation(tmp_path)
    ask(databases, "team:put", {"team": "finance", "name": "Finance"})
    register(databases, "routing", ROUTING.format(port=port))
    register_contract(databases, "ps.order", {"properties": {"id": {"type": "string"}}})
    register_contract(databases, "ps.other", {})
    named = {"subject": "ps.order", "version": "1.0.0"}
    ask(databases, "contract:consumer:put", {"subject": "ps.order", "system": "portal"})
    version = {"subject": "ps.order", "version": "1.1.0"}
    draft = {"content": "e30=", "media_type": "application/json"}
    ask(databases, "contract:version:create", {**version, **draft}, actor="ada")
    asked = {"to": "in_review", "reviewers": ["ben"], "comment": "please"}
    ask(databases, "contract:version:transition", {**version, **asked})
    ask(databases, "contract:version:approve", version, actor="ben")
    for to in ("approved", "published"):
        ask(databases, "contract:version:transition", {**version, "to": to})
    sunset = (NOON + timedelta(days=90)).isoformat()
    for step in ({"to": "deprecated", "sunset": sunset, "successor": "1.1.0"}, {"to": "retired"}):
        ask(databases, "contract:version:transition", {**named, **step}, at=NOON)
    drain(databases, Processing(Undecided()))

    state = databases.state
    outbox = StoredOutbox(partial(reading, state), partial(writing, state), base_url="http://cp")
    channels = Channels(egress=Egress(allowed=frozenset({f"127.0.0.1:{port}"})))
    with reading(state) as connection:
        routing = load_routing(connection)
    assert routing is not None
    while send_due(outbox, routing.receivers, channels, at=datetime.now(UTC)):  # as a receiver asks
        pass
    told = verified(got)
    databases.close()

    assert {one["type"] for one in told} == {"contract.changed"}
    changes = {(one["data"]["version"], one["data"]["change"]): one["data"] for one in told}
    assert set(changes) == {
        ("1.0.0", "published"),
        ("1.1.0", "in_review"),
        ("1.1.0", "approved"),
        ("1.1.0", "published"),
        ("1.0.0", "deprecated"),
    }
    assert len(told) == len(changes)
    assert changes["1.1.0", "in_review"]["reviewers"] == ["ben"]
    ends = changes["1.0.0", "deprecated"]
    assert (ends["successor"], ends["consumers"]) == ("1.1.0", ["portal"])
    assert ends["sunset_at"].startswith("2026-05-31")
