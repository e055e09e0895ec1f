"""Threads that decode a type for the first time at one moment must not end the process."""

import subprocess
import sys

RACE = """
import sys, threading, msgspec
from controlplane.decoding import make_ready

fields = "".join(f"    f{i}: list[int] | None = None\\n" for i in range(40))
known = {"msgspec": msgspec}
for n in range(60):
    exec(f"class Inner{n}(msgspec.Struct):\\n{fields}", known)
    outer = f"    one: Inner{n}\\n    more: list[Inner{n}] = []\\n"
    exec(f"class Outer{n}(msgspec.Struct):\\n{outer}", known)

sys.setswitchinterval(1e-6)
make_ready()
for n in range(60):
    together = threading.Barrier(8)

    def decode(type_=known[f"Outer{n}"]):
        together.wait()
        msgspec.json.decode(b'{"one": {"f1": [1]}, "more": [{"f39": [2]}]}', type=type_)

    threads = [threading.Thread(target=decode) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


def test_types_that_were_made_ready_are_decoded_by_many_threads_at_once():
    command = [sys.executable, "-c", RACE]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
