# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""What `./dev bench collections` measures, one function each."""

import time

import bytes_per_key
import collection_data as data
import memory_scenarios as deeds
import servers
import speed

PROBED_KEYS = 10_000
BACK_DEADLINE_S = 20
GET_VALUE = 64


def resident_growth(server, cores, commands):
    """Resident bytes that a fresh server takes for `commands`, after it has come to rest."""
    with servers.Running(server, cores) as running:
        bytes_per_key.warm(running)
        empty, _ = servers.settle(running, deadline_s=10, quiet_s=1.0)
        data.send(running, commands)
        return servers.settle(running)[0] - empty


def small(options, cores, server):
    """Bytes a key beyond the raw ones of `options.keys` small collections."""
    found = {}
    for kind in options.types:
        options.progress(f"small: {kind}, {server.name}")
        commands, raw = data.small(kind, options.keys)
        found[kind] = resident_growth(server, cores, commands) / options.keys - raw
    return found


def large(options, cores, server):
    """Bytes an element beyond the raw ones of one collection of a million."""
    found = {}
    for kind in options.types:
        options.progress(f"large: {kind}, {server.name}")
        count = options.elements
        growth = resident_growth(server, cores, data.large(kind, "large", count))
        found[kind] = (growth - data.raw_bytes(kind, count)) / count
    return found


# --------------------------------------------------------------------------------------------- CPU
# (label, type, what redis-benchmark says, whether it takes elements away)
_ELEMENT = "element:__rand_int__"
OPERATIONS = [
    ("LPUSH", "list", ["LPUSH", "large", _ELEMENT], False),
    ("RPOP", "list", ["RPOP", "large"], True),
    ("LRANGE 0 99", "list", ["LRANGE", "large", "0", "99"], False),
    ("SADD", "set", ["SADD", "large", _ELEMENT], False),
    ("SPOP", "set", ["SPOP", "large"], True),
    ("HSET", "hash", ["HSET", "large", _ELEMENT, data.VALUE], False),
    ("HGET", "hash", ["HGET", "large", _ELEMENT], False),
    ("ZADD", "zset", ["ZADD", "large", "__rand_int__", _ELEMENT], False),
    ("ZRANGE 0 9", "zset", ["ZRANGE", "large", "0", "9"], False),
    ("ZRANGEBYSCORE", "zset",
     ["ZRANGEBYSCORE", "large", "__rand_int__", "+inf", "LIMIT", "0", "10"], False),
    ("ZPOPMIN", "zset", ["ZPOPMIN", "large"], True),
]


LIMIT = "limit"


def _bytes_sent(running):
    return int(running.info("stats")["total_net_output_bytes"])


def _limit_cpu(options, cores, said, pipeline, count, reply_bytes):
    """What the kernel alone takes for it: a server that stores nothing answers as many bytes."""
    program = servers.find_tool(options.build, "ebb_limit_server")
    limit = servers.Server(LIMIT, "limit", program, "", [str(reply_bytes)])
    with servers.Running(limit, cores) as running:
        return speed.measure(options.program, cores, running, said, pipeline, count,
                             options.elements).cpu_us


def cpu(options, cores, compared):
    """{(operation, pipeline, server name): microseconds of CPU an operation}, one round; the bare
    limit's with replies of the same size is LIMIT's.

    All servers run at once and take turns, so that a busy moment of the machine meets all.
    """
    found = {}
    started = [servers.Running(server, cores) for server in compared]
    try:
        for label, kind, said, takes in OPERATIONS:
            if kind not in options.types:
                continue
            for pipeline in options.pipelines:
                count = options.ops * (4 if pipeline > 1 else 1)
                for running in started:
                    options.progress(f"cpu: {label}, P={pipeline}, {running.server.name}")
                    filled = max(count, options.elements) if takes else options.elements
                    deeds.ask(running, "DEL", "large")
                    data.send(running, data.large(kind, "large", filled))
                    time.sleep(0.5)  # What filling has left to do behind the scenes.
                    sent = _bytes_sent(running)
                    found[label, pipeline, running.server.name] = speed.measure(
                        options.program, cores, running, said, pipeline, count,
                        options.elements).cpu_us
                    reply_bytes = round((_bytes_sent(running) - sent) / count)
                options.progress(f"cpu: {label}, P={pipeline}, {LIMIT}")
                found[label, pipeline, LIMIT] = _limit_cpu(options, cores, said, pipeline, count,
                                                           reply_bytes)
    finally:
        for running in started:
            running.stop()
    return found


# ------------------------------------------------------------------------------------------- walks
# (label, command, how many elements it is about; None: all). "h", "s" and "z" have the same
# elements, "t" half of them and as many others.
SOME = 5_000
WALKS = [
    ("HMGET of 5,000", ["HMGET", "h"], SOME),
    ("SMISMEMBER of 5,000", ["SMISMEMBER", "s"], SOME),
    ("ZMSCORE of 5,000", ["ZMSCORE", "z"], SOME),
    ("HRANDFIELD of 5,000", ["HRANDFIELD", "h", str(SOME)], SOME),
    ("SRANDMEMBER of 5,000", ["SRANDMEMBER", "s", str(SOME)], SOME),
    ("HVALS", ["HVALS", "h"], None),
    ("SMEMBERS", ["SMEMBERS", "s"], None),
    ("COPY of the hash", ["COPY", "h", "d"], None),
    ("SINTERCARD", ["SINTERCARD", "2", "s", "t"], None),
    ("SINTERSTORE", ["SINTERSTORE", "d", "s", "t"], None),
    ("SDIFFSTORE", ["SDIFFSTORE", "d", "s", "t"], None),
    ("SUNIONSTORE", ["SUNIONSTORE", "d", "s", "t"], None),
    ("ZINTERSTORE", ["ZINTERSTORE", "d", "2", "z", "t"], None),
    ("ZUNIONSTORE", ["ZUNIONSTORE", "d", "2", "z", "t"], None),
]


def walks(options, cores, server):
    """{label: nanoseconds an element}, by the server's own clock (INFO commandstats)."""
    found = {}
    count = options.elements
    with servers.Running(server, cores) as running:
        for kind, key, start in [("hash", "h", 0), ("set", "s", 0), ("zset", "z", 0),
                                 ("set", "t", count // 2)]:
            data.send(running, data.large(kind, key, count, start))
        for label, command, elements in WALKS:
            options.progress(f"walks: {label}, {server.name}")
            deeds.ask(running, "UNLINK", "d")
            time.sleep(0.5)  # What that has left to do behind the scenes.
            if len(command) == 2 and elements:
                command = command + [data.element(n * 7919 % count) for n in range(elements)]
            deeds.ask(running, "CONFIG", "RESETSTAT")
            reply = deeds.ask(running, *command)
            if isinstance(reply, servers.BenchError):
                raise reply
            stats = running.info("commandstats")[f"cmdstat_{command[0].lower()}"]
            microseconds = float(dict(part.split("=") for part in stats.split(","))["usec"])
            found[label] = microseconds * 1000 / (elements or count)
    return found


# ----------------------------------------------------------------------------------------- deletes
def _part(kind, count):
    """Commands that remove nine elements in ten."""
    if kind == "list":
        return [["LTRIM", "large", 0, count // 10 - 1]]
    if kind == "zset":
        return [["ZREMRANGEBYRANK", "large", count // 10, -1]]
    command = {"hash": "HDEL", "set": "SREM"}[kind]
    step = data.ELEMENTS_PER_COMMAND
    return [[command, "large"] + [data.element(n) for n in range(first, min(first + step, count))]
            for first in range(count // 10, count, step)]


WAYS = {
    "DEL": lambda kind, count: [["DEL", "large"]],
    "UNLINK": lambda kind, count: [["UNLINK", "large"]],
    "expiry": lambda kind, count: [["PEXPIRE", "large", 50]],
    "overwrite": lambda kind, count: [["SET", "large", "x"]],
    "RENAME onto": lambda kind, count: [["RENAME", "other", "large"]],
    "90 % removed": _part,
    "SUNIONSTORE over": lambda kind, count: [["SUNIONSTORE", "large", "few"]],
}


def _memory_back(running, full, empty, share):
    """When so much of what the collection takes had gone back, or None."""
    wanted = full - 0.9 * share * (full - empty)
    return deeds.wait_until(lambda: running.resident_bytes() <= wanted, BACK_DEADLINE_S)


def delete(bench, server, kind, way):
    """One key of `options.dying` elements goes, one way."""
    count = bench.options.dying
    commands = WAYS[way](kind, count)
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        bench.drive(running, keys=PROBED_KEYS, value_size=GET_VALUE)
        data.send(running, [servers.encode(["SET", "other", "x"])])
        data.send(running, [servers.encode(["SADD", "few", "a", "b"])])
        time.sleep(1)
        empty = running.resident_bytes()
        data.send(running, data.large(kind, "large", count))
        full, _ = servers.settle(running, deadline_s=20, quiet_s=1.0)
        with bench.probe(running, PROBED_KEYS) as probe:
            bench.idle(running)
            bench.begin(running, probe)
            begin = time.monotonic()
            client = servers.Client(running.port)
            longest = 0.0
            for command in commands:
                reply, seconds, end = client.time(command)
                longest = max(longest, seconds)
                if isinstance(reply, servers.BenchError):
                    raise reply
            client.close()
            zero = end if way != "expiry" else begin + 0.05
            back = _memory_back(running, full, empty, 0.9 if way == "90 % removed" else 1)
            deeds.sleep_to(zero + 3)
            phases = probe.finish()["phases"]
        return {"reply_ms": longest * 1000, "slice_ms": deeds.work_slice_ms(running),
                "back_s": deeds.since(back, zero), "idle": phases["idle"],
                "work": phases["work"]}


def growth(bench, server):
    """One hash grows to `options.growth` fields while a probe looks."""
    with servers.Running(server, bench.cores) as running:
        bytes_per_key.warm(running)
        bench.drive(running, keys=PROBED_KEYS, value_size=GET_VALUE)
        with bench.probe(running, PROBED_KEYS) as probe:
            bench.idle(running)
            bench.begin(running, probe)
            # Ten fields a command: what one command does is its own matter.
            data.send(running, (servers.encode(
                ["HSET", "large"] + data.arguments("hash", range(first, first + 10)))
                for first in range(0, bench.options.growth, 10)))
            phases = probe.finish()["phases"]
        return {"slice_ms": deeds.work_slice_ms(running), "idle": phases["idle"],
                "work": phases["work"]}
