# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""What a bystander waits while a table grows from nothing, and the table's largest allocation."""

import re

import load
import servers
import tables

KEY_BYTES = 16
VALUE_BYTES = 8
PROBE_RATE = 1000
LOAD_PIPELINE = 64


def power_of_two_at_least(number):
    return 1 << max(0, (number - 1).bit_length())


def redis_table_bytes(keys):
    """Redis: one array of 8-byte bucket pointers, doubled when there are as many keys."""
    return 8 * power_of_two_at_least(keys)


def valkey_table_bytes(keys):
    """Valkey: one array of 64-byte buckets of 7 entries, doubled when every slot is taken."""
    return 64 * power_of_two_at_least(-(-keys // 7))


def largest_allocation(running, keys):
    """(bytes or None, how we know) for the keyspace's table."""
    server = running.server
    if server.kind == "peer":
        if server.name.startswith("Valkey"):
            return valkey_table_bytes(keys), "by design"
        return redis_table_bytes(keys), "by design"
    field = running.info().get("table_largest_allocation", "")
    if field.isdigit():
        return int(field), "INFO"
    client = servers.Client(running.port)
    try:
        stats = client.send(("DEBUG", "HTSTATS", "0"))[0]
    finally:
        client.close()
    found = re.search(r"largest[ _]allocation\D*(\d+)", stats) if isinstance(stats, str) else None
    return (int(found.group(1)), "DEBUG HTSTATS") if found else (None, "not reported")


def measure(options, cores, server, keys):
    with servers.Running(server, cores) as running:
        with load.Probe(options, cores, running, PROBE_RATE, keys, KEY_BYTES) as probe:
            filled = load.fill(options, cores, running, keys, KEY_BYTES, VALUE_BYTES,
                               pipeline=LOAD_PIPELINE)
            report = probe.finish()
        report["keys_per_second"] = filled["keys_per_second"]
        report["load_seconds"] = filled["seconds"]
        report["largest_allocation"], report["how"] = largest_allocation(running, keys)
    return report


def row_of(name, report):
    latency, service, lateness = (report[key] for key in
                                  ("latency_ms", "service_ms", "lateness_ms"))
    largest = report["largest_allocation"]
    size = "unknown" if largest is None else f"{largest / 1024:,.0f} KiB"
    return ([name] + [f"{latency[p]:.2f}" for p in ("p50", "p99", "p99.9", "max")]
            + [f"{service['p99.9']:.2f} / {service['max']:.2f}",
               f"{lateness['p99.9']:.2f} / {lateness['max']:.2f}",
               f"{report['keys_per_second'] / 1000:,.0f}", f"{size} ({report['how']})"])


def run(options, cores, compared):
    """Returns (Markdown, data for JSON, True: this part has no target of its own)."""
    data = {}
    compared = [s for s in compared if s.kind != "limit"]
    for number in range(options.growth_rounds):
        for server in compared:
            options.progress(f"growth: {options.growth_keys:,} keys, {server.name}, "
                             f"round {number + 1} of {options.growth_rounds}")
            data.setdefault(server.name, []).append(
                measure(options, cores, server, options.growth_keys))
    rows = []
    for name, reports in data.items():
        # The round with the median worst wait stands for the server.
        reports.sort(key=lambda report: report["latency_ms"]["max"])
        rows.append(row_of(name, reports[len(reports) // 2]))
    text = (f"\n## Waiting while the table grows to {options.growth_keys:,} keys\n\n"
            f"One connection loads {KEY_BYTES} B keys and {VALUE_BYTES} B values at full speed "
            f"({LOAD_PIPELINE} SETs per batch, two batches under way) while another sends "
            f"{PROBE_RATE:,} GETs a second on a fixed schedule. Milliseconds from the moment a GET "
            "was due to its answer; beside it the same from the moment it was really sent, and the "
            "probe's own lateness, which is the machine's doing. "
            f"{options.growth_rounds} round(s), the one with the median maximum shown. "
            + cores.describe() + "\n\n")
    headings = ["server", "p50", "p99", "p99.9", "max", "from send: p99.9 / max",
                "lateness p99.9 / max", "load, kkeys/s", "largest table allocation"]
    text += tables.table(headings, rows)
    text += ("\n\"By design\": Redis keeps one array of 8-byte bucket pointers, as many as the "
             "next power of two at or above the number of keys; Valkey one array of 64-byte "
             "buckets of 7 entries, a power of two that holds all keys. Overflow and entries not "
             "counted.\n")
    return text, data, True
