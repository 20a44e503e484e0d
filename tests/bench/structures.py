#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Measures collections, Ebb beside Redis and Valkey.

Parts (--only):
  small    bytes a key, beyond raw ones, of many hashes of 5 fields, lists of 10 strings, sets of 10
           integers and sorted sets of 10 members
  large    bytes an element, beyond raw ones, of one collection of --elements
  cpu      CPU an operation under redis-benchmark, by pipeline depth
  walks    nanoseconds an element of commands that name many, go through all of a collection, or
           combine two; by the servers' own clocks
  deletes  one collection of --dying elements goes, in seven ways: the longest reply, the engine
           thread's longest slice (Ebb), a probe's latency before and meanwhile, the time until
           90 % of the memory is back
  growth   one hash grows to --growth fields while a probe looks

The servers' memory is read once before each measurement of CPU or latency, as in memory.py.
Raw bytes are those of fields, values, elements, members and scores as they are written.
Peers: redis-server from PATH; valkey-server (9.1) and redis-server-new (8.0) from $EBB_PEERS,
$EBB_PEERS/bin or PATH. All servers run with persistence off and their own defaults otherwise.
"""

import argparse
import pathlib
import shutil
import signal
import sys

sys.dont_write_bytecode = True  # Leaves no __pycache__ in the source tree.

import cli
import collection_data
import collection_scenarios
import memory_scenarios
import servers
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
BYTES_PARTS = ["small", "large"]
PARTS = BYTES_PARTS + ["cpu", "walks", "deletes", "growth"]
LARGE_ELEMENTS = 1_000_000
# Of the best peer's: overhead in each (a big list's own) and on average, CPU by pipeline depth.
BYTES_EACH, BYTES_LARGE_LIST, BYTES_AVERAGE = 0.75, 1.0, 0.65
CPU_TARGETS = {1: 1.0, 16: 0.6, 64: 0.5}
SLICE_MS, BACK_S = 1.0, 2.0
PROBE_RATIO, PROBE_PLUS_MS = 1.5, 1.0


def parse_arguments(arguments):
    keys = [key for key, _, kind, _ in servers.ALL_SERVERS if kind != "limit"]
    kinds, ways = collection_data.TYPES, list(collection_scenarios.WAYS)
    parser = argparse.ArgumentParser(
        prog="bench structures", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", type=cli.choice_list(PARTS), default=PARTS, metavar="PARTS",
        help="(default: all)")
    add("--types", type=cli.choice_list(kinds), default=kinds, metavar="LIST",
        help=f"out of {','.join(kinds)} (default: all)")
    add("--ways", type=cli.choice_list(ways), default=ways, metavar="LIST",
        help="deletes: out of " + ",".join(ways).replace("%", "%%") + " (default: all)")
    add("--servers", type=cli.choice_list(keys), default=keys, metavar="LIST",
        help=f"out of {','.join(keys)} (default: all)")
    add("--keys", type=cli.positive, default=200_000, metavar="N",
        help="small: collections (default: 200,000)")
    add("--elements", type=cli.positive, default=LARGE_ELEMENTS, metavar="N",
        help="large, cpu, walks: elements (default: 1 million)")
    add("--dying", type=cli.positive, default=5_000_000, metavar="N",
        help="deletes: elements (default: 5 million)")
    add("--growth", type=cli.positive, default=10_000_000, metavar="N",
        help="growth: fields (default: 10 million)")
    add("--ops", type=cli.positive, default=200_000, metavar="N",
        help="cpu: operations without pipelining, four times as many with (default: 200,000)")
    add("--pipelines", type=cli.choice_list(None, cli.positive), default=[1, 16, 64],
        metavar="LIST", help="cpu: pipeline depths (default: 1,16,64)")
    add("--rounds", type=cli.positive, default=3, metavar="N",
        help="cpu, walks: rounds, the median counts (default: 3)")
    add("--idle", type=cli.positive, default=3, metavar="S",
        help="seconds of the probe's idle baseline (default: 3)")
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", metavar="DIR",
        help="build tree (default: build/release)")
    options = parser.parse_args(arguments)
    options.progress = cli.progress
    return options


def ratio(figures, compared):
    """Ebb's figure over the best peer's; None where one of the two is not there."""
    ebb = [figures[s.name] for s in compared if s.kind == "ebb"]
    peers = [figures[s.name] for s in compared if s.kind == "peer"]
    return ebb[0] / min(peers) if ebb and peers and min(peers) > 0 else None


def compare(compared, rows, digits, beside=()):
    """The table of {label: ({server: figure}, target)}: figures, ratio, verdict; those of `beside`
    stand there without being judged."""
    names = [s.name for s in compared] + list(beside)
    lines = []
    for label, (figures, target) in rows.items():
        share = ratio(figures, compared)
        judged = ["-", "-", "-"] if share is None else [
            f"{share:.2f}", f"{target:.2f}", tables.verdict(share <= target)]
        lines.append([label] + [f"{figures[name]:.{digits}f}" for name in names] + judged)
    return tables.table([""] + names + ["Ebb / best", "target", ""], lines)


def bytes_part(options, cores, compared, part):
    """The table of one part, and its ratios."""
    found = {s.name: getattr(collection_scenarios, part)(options, cores, s) for s in compared}
    rows = {}
    for kind in options.types:
        target = BYTES_LARGE_LIST if (part, kind) == ("large", "list") else BYTES_EACH
        rows[kind] = ({s.name: found[s.name][kind] for s in compared}, target)
    return compare(compared, rows, 1), [ratio(figures, compared) for figures, _ in rows.values()]


def cpu_part(options, cores, compared):
    options.program = shutil.which("redis-benchmark")
    if options.program is None:
        raise servers.BenchError("cpu needs redis-benchmark in PATH")
    rounds = [collection_scenarios.cpu(options, cores, compared) for _ in range(options.rounds)]
    limit = collection_scenarios.LIMIT
    names = [s.name for s in compared] + [limit]
    rows = {}
    for label, pipeline, _ in rounds[0]:
        figures = {name: tables.median([found[label, pipeline, name] for found in rounds])
                   for name in names}
        rows[f"{label}, P={pipeline}"] = (figures, CPU_TARGETS.get(pipeline, 1.0))
    return compare(compared, rows, 2, [limit]) + (
        "\nThe limit stores nothing and answers as many bytes: what the kernel alone takes.\n")


def walks_part(options, cores, compared):
    rounds = [{s.name: collection_scenarios.walks(options, cores, s) for s in compared}
              for _ in range(options.rounds)]
    rows = {}
    for label, _, _ in collection_scenarios.WALKS:
        figures = {s.name: tables.median([found[s.name][label] for found in rounds])
                   for s in compared}
        rows[label] = (figures, 1.0)
    return compare(compared, rows, 0)


def show(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def latency_cells(result):
    """p99.9 idle, p99.9 and maximum meanwhile, in milliseconds."""
    idle, work = result["idle"]["latency_ms"], result["work"]["latency_ms"]
    return [show(idle["p99.9"]), show(work["p99.9"]), show(work["max"])]


def judge(server, result, way=None):
    """Whether Ebb keeps what it promises of a step that nobody may notice."""
    if server.kind != "ebb":
        return "-"
    idle, work = (result[p]["latency_ms"]["p99.9"] for p in ("idle", "work"))
    calm = work <= max(PROBE_RATIO * idle, idle + PROBE_PLUS_MS)
    back = way is None or (result["back_s"] is not None and result["back_s"] <= BACK_S)
    return tables.verdict(calm and back and result["slice_ms"] <= SLICE_MS)


LATENCY_HEADINGS = ["slice, ms", "probe idle p99.9, ms", "p99.9", "max"]


def deletes_part(options, cores, compared):
    bench = memory_scenarios.Bench(options, cores)
    rows = []
    for kind in options.types:
        for way in options.ways:
            for server in compared:
                options.progress(f"deletes: {kind}, {way}, {server.name}")
                result = collection_scenarios.delete(bench, server, kind, way)
                rows.append([f"{kind}: {way}", server.name, show(result["reply_ms"]),
                             show(result["back_s"]), show(result["slice_ms"])]
                            + latency_cells(result) + [judge(server, result, way)])
                options.progress(" | ".join(rows[-1]))  # The whole takes long: what is known.
    return tables.table(["", "server", "reply, ms", "90 % back, s"] + LATENCY_HEADINGS + [""], rows)


def growth_part(options, cores, compared):
    bench = memory_scenarios.Bench(options, cores)
    rows = []
    for server in compared:
        options.progress(f"growth: {server.name}")
        result = collection_scenarios.growth(bench, server)
        rows.append([server.name, show(result["slice_ms"])] + latency_cells(result)
                    + [judge(server, result)])
    return tables.table(["server"] + LATENCY_HEADINGS + [""], rows)


TITLES = {
    "small": "Bytes a key beyond raw ones, {keys:,} small collections",
    "large": "Bytes an element beyond raw ones, one collection of {elements:,}",
    "cpu": "CPU an operation, microseconds, collections of {elements:,}",
    "walks": "Nanoseconds an element, collections of {elements:,}",
    "deletes": "One collection of {dying:,} elements goes",
    "growth": "A hash grows to {growth:,} fields",
}


def main():
    options = parse_arguments(sys.argv[1:])
    # Turned into an exception, so that every `with` block still stops its server.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    compared, notes = servers.find_servers(options.build, set(options.servers))
    if not compared:
        raise servers.BenchError("no server to measure was found")
    print(f"# Collections\n\n{cli.machine()}.\n" + "".join(f"\nNote: {n}.\n" for n in notes))
    pinned, free = servers.Cores(), servers.Cores()
    free.server = free.load = None  # What a server does in the background is to have a core.
    shares = []
    for part in options.only:
        print(f"\n## {TITLES[part].format(**vars(options))}\n", flush=True)
        if part in BYTES_PARTS:
            text, found = bytes_part(options, free, compared, part)
            shares += found
            if part == [p for p in options.only if p in BYTES_PARTS][-1] and None not in shares:
                text += (f"\nRatio on average of all {len(shares)}: "
                         f"{sum(shares) / len(shares):.2f} (target {BYTES_AVERAGE:.2f}).\n")
        elif part == "cpu":
            text = cpu_part(options, pinned, compared)
        else:
            text = {"walks": walks_part, "deletes": deletes_part,
                    "growth": growth_part}[part](options, free, compared)
        print(text, flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except servers.BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
