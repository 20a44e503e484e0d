#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Measures how deleted data gives its memory back, Ebb beside Redis and Valkey.

Scenarios (--only):
  delete      a random 87.5 % of N keys of 50-500 B values by pipelined DEL
  expire      the same keys by deadlines spread over 5 s
  shrink      every value overwritten by one of a quarter of its size
  flush       FLUSHALL in its default form
  big         DEL, overwrite and expiry of a string of 512 MB
  churn       N / 4 keys, 20 rounds, each replaces a random half by another size; then the CPU of
              GET beside a fresh server with the same data
  throughput  SET and GET at full speed while defrag works (servers that have defrag)
  idle        CPU of a server with N / 4 keys that nobody talks to
  digest      DEBUG DIGEST before and after defrag (Ebb)

Ratios are (resident memory - 8 MiB) / used_memory. Resident memory comes from /proc, used_memory
from an INFO after the last sample, so that after the deletion nobody but the probe talks to the
server: 2,000 GETs a second on a connection of its own, at real-time priority where the machine
permits. The server's longest slice of work is its own INFO field engine_slice_max_us. Before the
probe's idle phase and before the deed all of the server's memory is read once: a virtual machine's
host may take away what lies idle, and then whoever touches it next waits.

Peers: redis-server from PATH; valkey-server (9.1) and redis-server-new (8.0) from $EBB_PEERS,
$EBB_PEERS/bin or PATH. All servers run with persistence off on a loopback port and otherwise with
their own defaults; --with-defrag adds each peer that can with activedefrag on.
"""

import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True  # Leaves no __pycache__ in the source tree.

import cli
import memory_report
import memory_scenarios
import memory_svg
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOMENTS = [1, 5, 10, 30, 60]


def parse_arguments(arguments):
    names = list(memory_scenarios.SCENARIOS)
    keys = [key for key, _, kind, _ in servers.ALL_SERVERS if kind != "limit"]
    parser = argparse.ArgumentParser(
        prog="bench memory", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", type=cli.choice_list(names), default=names, metavar="LIST",
        help="scenarios (default: all)")
    add("--servers", type=cli.choice_list(keys), default=keys, metavar="LIST",
        help=f"out of {','.join(keys)} (default: all)")
    add("--with-defrag", action="store_true",
        help="also each peer with activedefrag on, if it can")
    add("--keys", type=cli.positive, default=4_000_000, metavar="N",
        help="keys to load (default: 4 million)")
    add("--rounds", type=cli.positive, default=1, metavar="N",
        help="rounds of everything, the median of each figure counts (default: 1)")
    add("--churn-rounds", type=cli.positive, default=20, metavar="N",
        help="churn: rounds of replacing (default: 20)")
    add("--watch", type=cli.positive, default=60, metavar="S",
        help="seconds to watch after a deletion (default: 60)")
    add("--idle", type=cli.positive, default=10, metavar="S",
        help="seconds of the probe's idle baseline (default: 10)")
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", metavar="DIR",
        help="build tree (default: build/release)")
    add("--markdown", type=pathlib.Path, metavar="FILE", help="write the report there too")
    add("--json", type=pathlib.Path, metavar="FILE", help="write all figures there")
    add("--svg", type=pathlib.Path, metavar="FILE",
        help="draw resident memory after `delete` (or else the first of expire, shrink, churn)")
    add("--check", action="store_true", help="end with status 2 when a target is missed")
    options = parser.parse_args(arguments)
    options.moments = [m for m in MOMENTS if m <= options.watch] or [options.watch]
    return options


def place(options):
    """The cores of the load. Nothing is pinned but for the probe and the comparison of CPU per
    GET: a server's background threads are to have a core where there is one."""
    cores = servers.Cores()
    options.server_core = cores.server
    cores.server = cores.load = None
    return cores


def with_defrag(compared, cores):
    """(the peers that can switch active defrag on, with it on; notes on those that cannot)."""
    variants, notes = [], []
    for server in compared:
        if server.kind != "peer":
            continue
        with servers.Running(server, cores) as running:
            error = memory_scenarios.defrag(running, True)
        if error:
            notes.append(f"{server.name} cannot defragment: {error}")
            continue
        variants.append(servers.Server(server.name + " + defrag", "peer", server.path,
                                       server.version, ["--activedefrag", "yes"]))
    return variants, notes


def describe(options, notes):
    text = "# How deleted data gives its memory back\n\n"
    text += (f"{cli.machine()}. {options.keys:,} keys of 16 B, values of "
             f"{memory_scenarios.VALUE_BYTES} B; {options.rounds} round(s). Columns of seconds: "
             "(resident memory - 8 MiB) / used_memory, that long after the last deletion.\n")
    return text + "".join(f"\nNote: {note}.\n" for note in notes)


def measure(options, bench, scenario, compared):
    """({server name: merged result}, {server name: why there is none}) of one scenario."""
    runs, failed = {}, {}
    for turn in range(options.rounds):
        for server in compared:
            cli.progress(f"{scenario}: {server.name}, round {turn + 1} of {options.rounds}")
            try:
                result = memory_scenarios.SCENARIOS[scenario](bench, server)
            except (servers.BenchError, OSError) as error:  # The others are still worth measuring.
                failed[server.name] = str(error)
                cli.progress(f"{scenario}: {server.name}: {error}")
                continue
            runs.setdefault(server.name, []).append(result)
    return {name: memory_report.merge(results) for name, results in runs.items()}, failed


def picture(options, results):
    """The SVG's text, or None when no scenario with a course of memory was measured."""
    titles = {"delete": "87.5 % of {:,} keys deleted", "expire": "87.5 % of {:,} keys expired",
              "shrink": "{:,} values overwritten by a quarter of their size",
              "churn": "{:,} keys churned"}
    scenario = next((s for s in titles if results.get(s)), None)
    if scenario is None:
        return None
    keys = options.keys // 4 if scenario == "churn" else options.keys
    courses = {name: result["series"] for name, result in results[scenario].items()}
    first = next(iter(results[scenario].values()))
    return memory_svg.draw(titles[scenario].format(keys), courses, first["used"], options.watch)


def use_memory_once():
    """A virtual machine's host may take milliseconds to find the memory for a page that was never
    used before (4.6 were seen), and they would count as the server's."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvail"))
    size = min(4 << 30, available * 1024 // 2)
    subprocess.run([sys.executable, "-c", f"b'x' * {size}"], check=False)


def run(options):
    compared, notes = servers.find_servers(options.build, set(options.servers))
    use_memory_once()
    cores = place(options)
    if options.with_defrag:
        variants, refused = with_defrag(compared, cores)
        compared += variants
        notes += refused
    if not compared:
        raise servers.BenchError("no server to measure was found")
    if "throughput" in options.only and shutil.which("redis-benchmark") is None:
        raise servers.BenchError("throughput needs redis-benchmark in PATH")
    ebb = next((server.name for server in compared if server.kind == "ebb"), None)
    bench = memory_scenarios.Bench(options, cores)
    report, results, judge = describe(options, notes), {}, memory_report.Judge()
    print(report, end="", flush=True)

    def publish(text):
        nonlocal report
        report += text
        print(text, end="", flush=True)
        # Written as it grows: a long run that is interrupted keeps what it has measured.
        if options.markdown:
            options.markdown.write_text(report)
        if options.json:
            options.json.write_text(json.dumps({"machine": cli.machine(), "notes": notes,
                                                "keys": options.keys, "results": results,
                                                "targets": judge.rows}, indent=1) + "\n")

    for scenario in options.only:
        results[scenario], failed = measure(options, bench, scenario, compared)
        publish(memory_report.section(scenario, results[scenario], failed, ebb, judge))
    publish(memory_report.probe_section(results, ebb, judge))
    if judge.rows:
        publish("\n### Ebb against its targets\n\n" + judge.table())
    if options.svg:
        drawn = picture(options, results)
        if drawn is None:
            raise servers.BenchError("--svg needs one of delete, expire, shrink and churn")
        options.svg.write_text(drawn)
    return 2 if options.check and not judge.met else 0


if __name__ == "__main__":
    # Turned into an exception, so that every `with` block still stops its server.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    try:
        sys.exit(run(parse_arguments(sys.argv[1:])))
    except servers.BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
