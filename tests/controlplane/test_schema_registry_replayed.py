"""What Kafka clients did is in the log: a replay gives the same ids, versions and contracts."""

from typing import Any

from projecting import ByReference, answer, ask, drain

from controlplane.database import Databases, reading
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from governance.schemaregistry import stores

FIRST = '{"type": "record", "name": "Hours", "fields": []}'
SECOND = FIRST.replace('"fields": []', '"doc": "worked", "fields": []')


def sent(subject: str, text: str) -> dict[str, Any]:
    return {"subject": subject, "schema": {"schema": text}, "normalize": False, "owner": "finance"}


def test_a_replay_gives_the_ids_that_messages_hold(databases: Databases):
    asked = [
        ask(databases, "schema-registry:register", sent("Hours/value", FIRST)),
        ask(databases, "schema-registry:register", sent("Hours/value", SECOND)),
        ask(databases, "schema-registry:register", sent("other", SECOND)),
        ask(databases, "schema-registry:delete", {"subject": "Hours/value", "permanent": False}),
    ]
    settings = {"scope": "other", "settings": {"compatibility": "FULL"}, "force": False}
    ask(databases, "schema-registry:settings:put", settings)
    drain(databases, Processing(ByReference()))
    answers = [answer(databases, one) for one in asked]
    assert [one.body["id"] for one in answers[:3]] == [1, 2, 2]
    assert answers[3].body == [1, 2]
    with reading(databases.state) as state:
        assert stores.subjects(state) == [("Hours/value", True), ("other", False)]
    assert verify(databases, ByReference()).equal
