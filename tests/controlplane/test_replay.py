"""What a replay found is told to people and to programs."""

import msgspec
from projecting import ByReference, drain
from small_billing import install_in_log

from controlplane.database import Databases
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify


def test_the_tables_of_a_replay_are_written_as_json(databases: Databases):
    install_in_log(databases)
    drain(databases, Processing(ByReference()))
    report = verify(databases, ByReference())
    told = msgspec.json.decode(msgspec.json.encode(report.tables))
    assert report.equal
    assert {"case_event", "retraction"} <= {one["table"] for one in told}
