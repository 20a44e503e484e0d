# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Resident bytes per key beyond the key's and the value's own bytes."""

import statistics

import load
import servers
import tables

KEY_BYTES = 16
TTL_S = 36_000
# (label, value bytes, whether keys expire)
SHAPES = [("8 B value", 8, False), ("32 B value", 32, False), ("200 B value", 200, False),
          ("32 B value, TTL", 32, True)]
# Several sizes within one doubling: a table that doubles looks good just before and bad just after.
COUNTS = [1_000_000, 1_250_000, 1_500_000, 1_750_000, 2_000_000]
TARGET_EACH = 30.0
TARGET_AVERAGE = 24.0
WARM_KEYS = 1000


def warm(running):
    """Lets the server do a little of everything once, so that its code and buffers are resident."""
    client = servers.Client(running.port)
    try:
        names = [f"warm:{i}" for i in range(WARM_KEYS)]
        client.send(*[("SET", name, "x" * 32) for name in names])
        client.send(*[("GET", name) for name in names])
        client.send(*[("DEL", name) for name in names])
        client.send(("INFO",), ("PING",))
    finally:
        client.close()


def measure(options, cores, server, count, value_bytes, expires):
    """Overhead in bytes per key of one fresh server, and whether its memory came to rest."""
    with servers.Running(server, cores) as running:
        warm(running)
        empty, _ = servers.settle(running, deadline_s=10, quiet_s=1.0)
        load.fill(options, cores, running, count, KEY_BYTES, value_bytes,
                  ttl=TTL_S if expires else 0)
        client = servers.Client(running.port)
        try:
            size = client.send(("DBSIZE",))[0]
        finally:
            client.close()
        if size != count:
            raise servers.BenchError(f"{server.name} holds {size} keys instead of {count}")
        full, settled = servers.settle(running)
    return (full - empty) / count - KEY_BYTES - value_bytes, settled


def run(options, cores, compared):
    """Returns (Markdown, data for JSON, whether every target was met)."""
    compared = [s for s in compared if s.kind != "limit"]
    counts = options.counts or COUNTS
    points = {(s.name, label): [] for s in compared for label, _, _ in SHAPES}
    unsettled = []
    for label, value_bytes, expires in SHAPES:
        for count in counts:
            for server in compared:
                options.progress(f"bytes: {label}, {count:,} keys, {server.name}")
                overhead, settled = measure(options, cores, server, count, value_bytes, expires)
                points[server.name, label].append(overhead)
                if not settled:
                    unsettled.append(f"{server.name} ({label}, {count:,} keys)")
    rows, met = [], True
    for server in compared:
        means = [statistics.fmean(points[server.name, label]) for label, _, _ in SHAPES]
        average = statistics.fmean(means)
        result = "-"
        if server.kind == "ebb":
            passed = average <= TARGET_AVERAGE and max(means) <= TARGET_EACH
            met, result = passed, tables.verdict(passed)
        rows.append([server.name] + [
            f"{mean:.1f} ({min(points[server.name, label]):.0f}-"
            f"{max(points[server.name, label]):.0f})"
            for mean, (label, _, _) in zip(means, SHAPES)] + [f"{average:.1f}", result])
    text = ("\n## Bytes per key\n\n"
            f"Resident memory beyond the empty server, per key, less the {KEY_BYTES}-byte key and "
            "the value themselves; a fresh server per point, after its memory has come to rest. "
            f"Mean (lowest-highest) over {', '.join(f'{c:,}' for c in counts)} keys. Target: "
            f"<= {TARGET_AVERAGE:.0f} B on average and <= {TARGET_EACH:.0f} B in each.\n\n")
    text += tables.table(["server"] + [label for label, _, _ in SHAPES] + ["average", "result"],
                         rows)
    if unsettled:
        text += "\nStill changing at the deadline: " + ", ".join(unsettled) + ".\n"
    data = {f"{name}/{label}": dict(zip(map(str, counts), values))
            for (name, label), values in points.items()}
    return text, data, met
