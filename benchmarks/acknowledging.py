"""Goal 3: events acknowledged from the disk, against an endpoint that only decodes them."""

from benchmarks import traffic, wire
from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, process, serving

EVENTS = 20_000
BATCH = 100


def measure(installation: Installation, runs: int) -> list[Figure]:
    with (
        serving(installation.copy(), "--no-worker") as ours,
        process("benchmarks.decoding", environment={}, ready="/ready") as bare,
    ):
        for url, path in ((ours, "/v1/events"), (bare, "/events")):  # warm
            wire.elapsed(url, path, traffic.batches(2_000, BATCH))

        def run() -> tuple[float, float]:
            bodies = traffic.batches(EVENTS, BATCH)
            durable = wire.elapsed(ours, "/v1/events", bodies)
            decoded = wire.elapsed(bare, "/events", bodies)
            return EVENTS / durable, EVENTS / decoded

        return [
            compare(
                run,
                goal=3,
                name="HTTP to durable acknowledgement, batches of 100",
                unit="events/s",
                against="decoded only",
                runs=runs,
                wanted=0.30,
            )
        ]
