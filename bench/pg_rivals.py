"""pgbench, running again what a node was heard to ask of PostgreSQL."""

import os
import re
import resource
import subprocess

from pg_cluster import PROGRAMS
from pg_data import KINDS, PREFIX, base_of
from pg_trace import Listener, Script

NOUNS = ("conversation", "placement", "stay", "contact", "job")
TIMERS_PER_COMMIT = 20
WARM_UP = 24  # moves that make the node prepare its statements


def listen(data, act):
    """The transactions of a node of the database while `act(node)` runs, after it has warmed up."""
    listener = Listener(data.cluster.port)
    node = data.serve(data.address(listener.port) + "?sslmode=disable&gssencmode=disable")
    try:
        for index in range(data.count - KINDS - WARM_UP, data.count - KINDS):
            data.post(node, "/crm/step/move", data.move(index))
        listener.transactions.clear()
        act(node)
    finally:
        node.stop()
        listener.close()
    return list(listener.transactions)


def rows_of(numbers):
    """The ids of the rows of these conversations, as Script wants them."""
    return {PREFIX + str(base_of(noun) + number): (noun, place) for place, number in enumerate(numbers) for noun in NOUNS}


class Moves:
    """The moves of a dozen conversations, one of each kind. Each looks up its key."""

    def __init__(self, data):
        numbers = range(data.count - KINDS, data.count)
        heard = listen(data, lambda node: [data.post(node, "/crm/step/move", data.move(number)) for number in numbers])
        ids = [PREFIX + str(base_of("conversation") + number) for number in numbers]
        self.transactions = [one for one in heard if any(one.holds(text) for text in ids)]
        if [one.holds("FROM api_key") for one in self.transactions] != [True] * KINDS:
            raise SystemExit(f"{KINDS} moves were heard as {len(self.transactions)} transactions.")
        self.data, self.rows, self.kept = data, rows_of(numbers), data.kept_ids()
        self.groups = (data.count - data.half) // KINDS - 3
        self.start = self.stamp = 0

    def script(self, pipelines):
        # Each kind in an order of its own, for the moves of a run not to find their rows side by side.
        settings = [rf"\set row{kind} {self.data.half} + {KINDS} * permute(:i % {self.groups}, {self.groups}, {kind}) + {kind}"
                    for kind in range(KINDS)]
        return Script(self.transactions, self.rows, self.kept, settings, pipelines)

    def measure(self, pipelines, clients, seconds):
        self.stamp += 1
        self.data.take_back_assignments()
        script = self.script(pipelines)
        cell = pgbench(self.data, script, clients, ["-T", str(seconds)], self.start, self.stamp)
        self.start += cell["count"] + 2 * clients
        cell["count"] *= KINDS
        return per_unit(cell, script, KINDS)


class Timers:
    """A batch of timers that were due at once."""

    def __init__(self, data, fire):
        heard = listen(data, lambda node: fire([node], TIMERS_PER_COMMIT, shift=0))
        claims = [one for one in heard if one.holds("DELETE FROM job") and one.holds("UPDATE conversation")]
        if len(claims) != 1:
            raise SystemExit(f"{TIMERS_PER_COMMIT} timers fired in {len(claims)} transactions.")
        self.data, self.kept, self.stamp, self.start = data, data.kept_ids(), 500, 0
        numbers = [data.timer_row(place, 0) for place in range(1, TIMERS_PER_COMMIT + 1)]
        self.rows = rows_of(numbers)
        self.transaction = claims[0]
        for batch in self.transaction.batches:
            batch[:] = [claim_of(*statement) for statement in batch]

    def measure(self, count):
        """`count` timers are due; two clients, each with a pipeline."""
        self.stamp += 1
        all_rows = self.data.count
        settings = [rf"\set row{place} permute((:i * {TIMERS_PER_COMMIT} + {place}) % {all_rows}, {all_rows}, 11)"
                    for place in range(TIMERS_PER_COMMIT)]
        script = Script([self.transaction], self.rows, self.kept, settings, True)
        batches = count // TIMERS_PER_COMMIT
        cell = pgbench(self.data, script, 2, ["-t", str(batches // 2)], self.start, self.stamp)
        self.start += batches + 4
        cell["count"] *= TIMERS_PER_COMMIT
        return per_unit(cell, script, TIMERS_PER_COMMIT)


def claim_of(text, values):
    """The claim takes as many jobs as there are in a batch."""
    if not text.startswith("DELETE FROM job") or "LIMIT $3" not in text:
        return text, values
    return text, (*values[:2], str(TIMERS_PER_COMMIT), *values[3:])


def per_unit(cell, script, units):
    return cell | {"perSecond": cell["perSecond"] * units, "statementsEach": script.statements / units,
                   "roundTripsEach": script.round_trips / units,
                   "cpuMicroseconds": cell["clientSeconds"] * 1e6 / cell["count"],
                   "databaseMicroseconds": cell["databaseSeconds"] * 1e6 / cell["count"]}


def pgbench(data, script, clients, length, start, stamp):
    path = data.directory / "pgbench.sql"
    path.write_text(script.text)
    path.chmod(0o644)
    variables = {"counter": 0, "clients": clients, "start": start, "stamp": stamp}
    before = data.cluster.processor_seconds(), children_seconds()
    done = subprocess.run(
        [PROGRAMS / "pgbench", "-n", "-M", "prepared", "-f", path, "-c", str(clients), "-j", str(min(2, clients)), *length,
         *(f"-D{name}={value}" for name, value in variables.items()), data.address()], capture_output=True, text=True,
        # As the server's after a moment: its connections last, while those of a cell would plan everything five times.
        env=os.environ | {"PGOPTIONS": "-c plan_cache_mode=force_generic_plan"})
    after = data.cluster.processor_seconds(), children_seconds()
    count = re.search(r"actually processed: (\d+)", done.stdout)
    speed = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not count or not speed or (failed and failed[1] != "0"):
        raise SystemExit(f"pgbench failed (with duplicate keys: choose more --conversations): {done.stdout}{done.stderr}")
    return {"count": int(count[1]), "perSecond": float(speed[1]), "databaseSeconds": after[0] - before[0],
            "clientSeconds": after[1] - before[1]}


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
