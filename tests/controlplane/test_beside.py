"""A process that works beside the server lives as long as who tells it what to do."""

import sys
from subprocess import PIPE, Popen

BUSY = """
from controlplane.beside import orders
for order in orders():
    print(order.decode(), end="", flush=True)
    while True: pass
"""


def test_it_ends_in_the_midst_of_its_work_when_nobody_is_left_to_hear_of_it():
    with Popen([sys.executable, "-c", BUSY], stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"compare\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"compare\n"
        process.stdin.close()
        assert process.wait(20) == 0
