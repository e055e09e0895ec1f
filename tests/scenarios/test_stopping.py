"""Ctrl-C stops everything cleanly, and a second start goes on."""

from running import Program


def test_ctrl_c_ends_with_zero_and_a_second_start_goes_on(program: Program):
    program.http.put("/v1/teams/finance", json={"name": "Finance", "members": []})
    assert program.stop() == 0
    assert "worker_stopped" in program.log()
    program.start()
    assert [one["team"] for one in program.get("/v1/teams")["items"]] == ["finance"]
