# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""The ways of deleting data that `./dev bench memory` compares, one function each.

A scenario starts one server, does its deed and returns a dict of numbers (seconds, bytes,
milliseconds as named). None stands for something that did not happen before the deadline.
Resident memory is read from /proc, which the server does not notice.
"""

import os
import shutil
import socket
import statistics
import threading
import time

import bytes_per_key
import load
import servers
import speed

KEY_BYTES = 16
VALUE_BYTES = "50-500"
SPARE = 8  # one key in eight survives: 87.5 % are deleted
DIVIDE = 4
PROBE_RATE = 2000
ALLOWANCE = 8 << 20  # for the process itself
EXPIRY_SPREAD_MS = 5000
BIG_BYTES = 512 << 20
SMALL_KEYS = 10_000
RETURN_DEADLINE_S = 60
WORK_S = 10  # after the deed the probe's "work" phase lasts this long
SAMPLE_S = 0.02
IDLE_CPU_S = 10
GET_PAIRS = 7
CHUNK_S = 0.7
MAX_CHUNKS = 12


class Sampler:
    """Calls `_sample` of its subclass in a thread of its own while in a `with` statement."""

    def __init__(self, running):
        self._running = running
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples = []

    def _run(self):
        servers.give_way(False)  # Samples are to come on time, and take none.
        self._sample()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join()


class Watch(Sampler):
    """Samples a server's resident bytes."""

    def _sample(self):
        while not self._stop.is_set():
            try:
                self.samples.append((time.monotonic(), self._running.resident_bytes()))
            except (OSError, IndexError):
                return  # The server has ended; whoever runs the scenario finds out.
            self._stop.wait(SAMPLE_S)

    def at(self, moment):
        """The last sample not after `moment`."""
        known = [resident for when, resident in self.samples if when <= moment]
        if not known:
            raise servers.BenchError("no memory sample was taken in time")
        return known[-1]

    def series(self, zero, step=0.1):
        """[[seconds after `zero`, bytes], ...], thinned out to one in `step` seconds."""
        points, due = [], float("-inf")
        for when, resident in self.samples:
            if when >= due:
                points.append([round(when - zero, 3), resident])
                due = when + step
        return points


class Bench:
    """What all scenarios need: options, and how to start, load and ask a server."""

    def __init__(self, options, cores):
        self.options = options
        self.cores = cores  # of the load; servers run where the scheduler puts them
        self.realtime = load.realtime_prefix()

    def drive(self, running, **arguments):
        return load.drive(self.options, self.cores, running, key_size=KEY_BYTES, **arguments)

    def probe(self, running, keys):
        running.touch_memory()
        return load.Probe(self.options, self.cores, running, PROBE_RATE, keys, KEY_BYTES,
                          self.realtime)

    def idle(self, running):
        """Lets the probe's first phase pass: the idle server."""
        time.sleep(self.options.idle)
        running.check_alive()

    def begin(self, running, probe, phase="work"):
        """What is measured begins: the probe's next phase, with the server's memory at hand."""
        probe.mark("touch")
        running.touch_memory()
        reset(running)
        probe.mark(phase)


def ask(running, *command):
    client = servers.Client(running.port)
    try:
        return client.send(command)[0]
    finally:
        client.close()


def timed(running, *command):
    """(reply, seconds from sending to its arrival, time.monotonic() then)."""
    client = servers.Client(running.port)
    try:
        client.send(("PING",))
        reply, seconds, end = client.time(command)
    finally:
        client.close()
    if isinstance(reply, servers.BenchError):
        raise servers.BenchError(f"{running.server.name}: {' '.join(map(str, command))}: {reply}")
    return reply, seconds, end


def wait_until(condition, deadline_s, poll_s=0.005):
    """When `condition()` became true (time.monotonic()), or None."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if condition():
            return time.monotonic()
        time.sleep(poll_s)
    return None


def wait_for_size(running, keys):
    """When DBSIZE fell to `keys`, or None."""
    client = servers.Client(running.port)
    try:
        return wait_until(lambda: client.send(("DBSIZE",))[0] <= keys, RETURN_DEADLINE_S, 0.02)
    finally:
        client.close()


def since(moment, zero):
    return None if moment is None else max(0.0, moment - zero)


def sleep_to(moment):
    time.sleep(max(0.0, moment - time.monotonic()))


def slice_ms(info):
    """The engine thread's longest slice since `reset`, or None where INFO does not know it."""
    value = info.get("engine_slice_max_us", "")
    return float(value) / 1000 if value.isdigit() else None


def work_slice_ms(running):
    return slice_ms(running.info())


def reset(running):
    ask(running, "CONFIG", "RESETSTAT")


def number(text):
    return int(text) if text.isdigit() else 0


def outcome(bench, running, watch, probe, zero):
    """Waits until `options.watch` after `zero`; the figures that all mass deletions share."""
    work_end = min(WORK_S, bench.options.watch)
    sleep_to(zero + work_end)
    probe.mark("rest")
    sleep_to(zero + bench.options.watch + 2 * SAMPLE_S)
    running.check_alive()
    # Only now does anybody ask, and once: the answer to INFO must not be what wakes the server up,
    # nor itself the longest slice.
    info = running.info()
    used = number(info["used_memory"])
    moments = [s for s in bench.options.moments if s <= bench.options.watch]
    return {
        "used": used,
        "ratios": {str(s): (watch.at(zero + s) - ALLOWANCE) / used for s in moments},
        "series": watch.series(zero),
        "slice_ms": slice_ms(info),
        "defrag_hits": number(info.get("active_defrag_hits", "")),
        "keys_left": ask(running, "DBSIZE"),
    }


def mass(bench, server, prepare, deed):
    """`prepare(running)`, an idle phase, `deed(running)` -> when it ended, then the outcome."""
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        prepare(running)
        time.sleep(1)
        with bench.probe(running, bench.options.keys) as probe, Watch(running) as watch:
            bench.idle(running)
            loaded = running.resident_bytes()
            bench.begin(running, probe)
            begin = time.monotonic()
            zero = deed(running)
            result = outcome(bench, running, watch, probe, zero)
            result.update(loaded=loaded, deed_seconds=zero - begin,
                          probe=probe.finish()["phases"])
    return result


def delete(bench, server):
    """A random 87.5 % of the keys by pipelined DEL."""
    keys = bench.options.keys
    return mass(bench, server,
                lambda running: bench.drive(running, keys=keys, value_size=VALUE_BYTES),
                lambda running: bench.drive(running, keys=keys, do="del", spare=SPARE)["ended"])


def shrink(bench, server):
    """Every value overwritten by one of a quarter of its size."""
    keys = bench.options.keys
    return mass(bench, server,
                lambda running: bench.drive(running, keys=keys, value_size=VALUE_BYTES),
                lambda running: bench.drive(running, keys=keys, value_size=VALUE_BYTES,
                                            divide=DIVIDE)["ended"])


def expire(bench, server):
    """The keys that `delete` deletes expire, their deadlines spread evenly over 5 s."""
    keys = bench.options.keys
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        filled = bench.drive(running, keys=keys, value_size=VALUE_BYTES)
        time.sleep(1)
        with bench.probe(running, keys) as probe, Watch(running) as watch:
            bench.idle(running)
            probe.mark("deadlines")
            lead = 3 + 1.5 * filled["seconds"]
            wall, clock = time.time(), time.monotonic()
            sent = bench.drive(running, keys=keys, do="expire", spare=SPARE,
                               at=int((wall + lead) * 1000), spread=EXPIRY_SPREAD_MS)
            sleep_to(clock + lead - 1)
            running.touch_memory()
            late = max(0.0, time.monotonic() - (clock + lead))
            sleep_to(clock + lead)
            loaded = running.resident_bytes()
            reset(running)
            probe.mark("work")
            zero = clock + lead + EXPIRY_SPREAD_MS / 1000
            sleep_to(zero)
            gone = wait_for_size(running, keys - sent["keys"])
            result = outcome(bench, running, watch, probe, zero)
            result.update(loaded=loaded, gone_s=since(gone, zero), deadlines_late_s=late,
                          probe=probe.finish()["phases"])
    return result


def flush(bench, server):
    """FLUSHALL in its default form."""
    keys = bench.options.keys
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        time.sleep(1)
        empty = running.resident_bytes()
        bench.drive(running, keys=keys, value_size=VALUE_BYTES)
        time.sleep(1)
        with bench.probe(running, keys) as probe, Watch(running) as watch:
            bench.idle(running)
            loaded = running.resident_bytes()
            bench.begin(running, probe)
            _, reply, zero = timed(running, "FLUSHALL")
            back = wait_until(lambda: running.resident_bytes() <= empty + ALLOWANCE,
                              RETURN_DEADLINE_S)
            sleep_to(zero + 3)
            return {"empty": empty, "loaded": loaded, "reply_ms": reply * 1000,
                    "back_s": since(back, zero), "left": running.resident_bytes(),
                    "slice_ms": work_slice_ms(running), "series": watch.series(zero),
                    "probe": probe.finish()["phases"]}


def big(bench, server):
    """DEL, overwrite and expiry of one string of 512 MB, one after the other."""
    result = {}
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        bench.drive(running, keys=SMALL_KEYS, value_size=VALUE_BYTES)
        time.sleep(1)
        before = running.resident_bytes()
        with bench.probe(running, SMALL_KEYS) as probe:
            bench.idle(running)
            for deed in ("del", "overwrite", "expire"):
                probe.mark(f"before {deed}")
                set_big(running)
                if running.resident_bytes() < before + BIG_BYTES * 0.9:
                    raise servers.BenchError(f"{server.name} does not hold the big string")
                time.sleep(1)
                bench.begin(running, probe, deed)
                reply, zero = drop_big(running, deed)
                back = wait_until(lambda: running.resident_bytes() <= before + ALLOWANCE,
                                  RETURN_DEADLINE_S / 4)
                sleep_to(zero + 2)
                result[deed] = {"reply_ms": reply * 1000, "back_s": since(back, zero),
                                "left": running.resident_bytes() - before,
                                "slice_ms": work_slice_ms(running)}
                timed(running, "DEL", "big")
            result["probe"] = probe.finish()["phases"]
    return result


def set_big(running):
    """SET big to 512 MB, every page of it written. (SETRANGE may leave pages untouched.)"""
    piece = b"x" * (1 << 20)
    with socket.create_connection(("127.0.0.1", running.port),
                                  timeout=servers.REPLY_TIMEOUT_S) as connection:
        connection.sendall(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n" % BIG_BYTES)
        for _ in range(BIG_BYTES // len(piece)):
            connection.sendall(piece)
        connection.sendall(b"\r\n")
        reply = connection.recv(64)
    if reply != b"+OK\r\n":
        raise servers.BenchError(f"{running.server.name}: SET of 512 MB: {reply.decode()}")


def drop_big(running, deed):
    """(seconds until the reply, when the string was dead)."""
    if deed == "del":
        _, reply, zero = timed(running, "DEL", "big")
    elif deed == "overwrite":
        _, reply, zero = timed(running, "SET", "big", "x")
    else:
        deadline = time.monotonic() + 0.5
        timed(running, "PEXPIREAT", "big", int(time.time() * 1000) + 500)
        sleep_to(deadline + 0.002)
        # Either this GET finds it expired or the server has already dropped it by itself.
        _, reply, _ = timed(running, "GET", "big")
        zero = deadline
    return reply, zero


def churn_keys(bench):
    return max(1, bench.options.keys // 4)


def churn(bench, server):
    """Rounds that replace half of the keys by another size; then GET beside a fresh server."""
    keys, rounds = churn_keys(bench), bench.options.churn_rounds
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        bench.drive(running, keys=keys, value_size=50)
        time.sleep(1)
        with bench.probe(running, keys) as probe, Watch(running) as watch:
            bench.idle(running)
            loaded = running.resident_bytes()
            bench.begin(running, probe)
            begin = time.monotonic()
            for turn in range(1, rounds + 1):
                zero = bench.drive(running, keys=keys, churned=turn, round=turn)["ended"]
            result = outcome(bench, running, watch, probe, zero)
            result.update(loaded=loaded, deed_seconds=zero - begin,
                          probe=probe.finish()["phases"])
        with servers.Running(server, bench.cores) as fresh:
            bytes_per_key.warm(fresh)
            bench.drive(fresh, keys=keys, churned=rounds)
            time.sleep(2)
            result.update(compare_gets(bench, running, fresh, keys))
    return result


def pin(running, core):
    """Pins all threads of a server to one core, where there is a choice."""
    if core is None:
        return
    for task in os.listdir(f"/proc/{running.pid}/task"):
        try:
            os.sched_setaffinity(int(task), {core})
        except OSError:
            pass


def cpu(running):
    precise, ticks = running.cpu_seconds()
    return ticks if precise is None else precise


def compare_gets(bench, churned, fresh, keys):
    """CPU per GET of two servers with the same data, in turns; the median of the turns' ratios."""
    cost = {churned: [], fresh: []}
    for running in (churned, fresh):
        pin(running, bench.options.server_core)
        bench.drive(running, keys=keys, do="get")
    for turn in range(GET_PAIRS):
        for running in (churned, fresh) if turn % 2 == 0 else (fresh, churned):
            before = cpu(running)
            report = bench.drive(running, keys=keys, do="get")
            if report["hits"] != report["keys"]:
                raise servers.BenchError(f"{running.server.name} lost keys in the churn")
            cost[running].append((cpu(running) - before) * 1e6 / report["keys"])
    ratios = [a / b for a, b in zip(cost[churned], cost[fresh])]
    return {"get_us": statistics.median(cost[churned]),
            "fresh_get_us": statistics.median(cost[fresh]),
            "get_ratio": statistics.median(ratios)}


def idle(bench, server):
    """CPU of a loaded server that nobody talks to and that has nothing to reclaim."""
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        bench.drive(running, keys=churn_keys(bench), value_size=VALUE_BYTES)
        servers.settle(running)  # Filling, too, leaves something to reclaim.
        before, begin = cpu(running), time.monotonic()
        time.sleep(IDLE_CPU_S)
        used = cpu(running) - before
        return {"percent": 100 * used / (time.monotonic() - begin)}


# ----------------------------------------------------------------------------- while defrag works

def defrag(running, on):
    """Switches active defrag; returns the error text or None."""
    reply = ask(running, "CONFIG", "SET", "activedefrag", "yes" if on else "no")
    return str(reply) if isinstance(reply, servers.BenchError) else None


def fragment(bench, running):
    keys = bench.options.keys
    bench.drive(running, keys=keys, value_size=VALUE_BYTES)
    bench.drive(running, keys=keys, do="del", spare=SPARE)
    time.sleep(3)


class DefragShare(Sampler):
    """How often INFO says that defrag is running."""

    def _sample(self):
        while not self._stop.wait(0.05):
            try:
                state = self._running.info("memory").get("active_defrag_running", "0")
            except (OSError, servers.BenchError):
                return
            self.samples.append(state != "0")

    def share(self):
        return statistics.fmean(self.samples) if self.samples else 0.0


def chunk(bench, running, test, operations):
    """(operations per second, share of the time in which defrag ran)."""
    program = shutil.which("redis-benchmark")
    with DefragShare(running) as seen:
        rate = speed.run_benchmark(program, bench.cores, running.port, test, 16, operations,
                                   key_range=SMALL_KEYS)
    return rate, seen.share()


def throughput(bench, server):
    """SET and GET at full speed on a fragmented server, defrag first off and then on."""
    result = {}
    with servers.Running(server, bench.cores) as running:
        error = defrag(running, False) or defrag(running, True)
        if error:
            return {"skipped": error}
        for test in ("set", "get"):
            defrag(running, False)
            fragment(bench, running)
            trial, _ = chunk(bench, running, test, 50_000)
            operations = int(max(20_000, trial * CHUNK_S))
            without = [chunk(bench, running, test, operations)[0] for _ in range(5)]
            defrag(running, True)
            chunks = []
            while len(chunks) < MAX_CHUNKS:
                chunks.append(chunk(bench, running, test, operations))
                if chunks[-1][1] < 0.5:
                    break
            # A run that defrag shared only for a moment counts when there is no better one, and a
            # run in which nobody saw it says nothing.
            share = max(share for _, share in chunks)
            busy = [rate for rate, seen in chunks if share > 0 and seen >= min(0.5, share)]
            result[test] = {"without": statistics.median(without), "share": share,
                            "with": statistics.median(busy) if busy else None}
    return result


# ---------------------------------------------------------------------------------- data unharmed

def add_collections(running):
    """Collections of both encodings, of which 7 of 8 are deleted again."""
    client = servers.Client(running.port)
    makers = (lambda key, n: ("RPUSH", key, *range(n)),
              lambda key, n: ("SADD", key, *(f"m{i}" for i in range(n))),
              lambda key, n: ("HSET", key, *(f"f{i}" for i in range(2 * n))),
              lambda key, n: ("ZADD", key, *(x for i in range(n) for x in (i, f"m{i}"))))
    try:
        for kind, make in enumerate(makers):
            for start in range(0, 4000, 200):
                client.send(*[make(f"c{kind}:{i}", 300 if i % 16 == 1 else 8)
                              for i in range(start, start + 200)])
            client.send(*[("DEL", f"c{kind}:{i}") for i in range(4000) if i % 8 != 1])
    finally:
        client.close()


def digest(bench, server):
    """DEBUG DIGEST of a fragmented server before defrag and after it (Ebb alone)."""
    if server.kind != "ebb":
        return {"skipped": "only Ebb"}
    server = servers.Server(server.name, server.kind, server.path, server.version,
                            server.extra + ["--enable-debug-command", "yes"])
    with servers.Running(server, bench.cores) as running:
        error = defrag(running, False)
        if error:
            return {"skipped": error}
        add_collections(running)
        fragment(bench, running)
        before = timed(running, "DEBUG", "DIGEST")[0], ask(running, "DBSIZE")
        resident = running.resident_bytes()
        defrag(running, True)
        time.sleep(10)
        after = timed(running, "DEBUG", "DIGEST")[0], ask(running, "DBSIZE")
        hits = number(running.info("stats").get("active_defrag_hits", ""))
        return {"same": before == after, "digest": before[0], "keys": before[1], "moved": hits,
                "returned": resident - running.resident_bytes()}


SCENARIOS = {"delete": delete, "expire": expire, "shrink": shrink, "flush": flush, "big": big,
             "churn": churn, "throughput": throughput, "idle": idle, "digest": digest}
