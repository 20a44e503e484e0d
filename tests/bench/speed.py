# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""CPU time per operation and throughput under redis-benchmark, all servers side by side."""

import contextlib
import csv
import io
import shutil
import subprocess

import servers
import tables

TESTS = ["set", "get", "incr", "mset"]
CLIENTS = 50
VALUE_BYTES = 64
KEY_RANGE = 1_000_000
RUN_DEADLINE_S = 300

# How many times the best peer's CPU per operation Ebb may take, by pipeline depth, and whether its
# throughput must be ahead. Without pipelining the kernel's share dominates, so there the limit
# server is the yardstick as well.
PEER_TARGETS = {1: 0.90, 16: 0.55, 64: 0.40}
LIMIT_TARGETS = {1: 1.15}
THROUGHPUT_TARGETS = {16, 64}


class Sample:
    """One redis-benchmark run against one server."""

    def __init__(self, cpu_us, ticks_us, ops_per_second):
        self.cpu_us = cpu_us
        self.ticks_us = ticks_us
        self.ops_per_second = ops_per_second


def run_benchmark(program, cores, port, test, pipeline, operations, key_range=KEY_RANGE):
    """Runs one test, by its name or a command's words; returns redis-benchmark's operations per
    second."""
    said = ["-t", test] if isinstance(test, str) else test
    command = cores.prefix(cores.load) + [
        program, "-h", "127.0.0.1", "-p", str(port), "-c", str(CLIENTS), "-d", str(VALUE_BYTES),
        "-r", str(key_range), "-P", str(pipeline), "-n", str(operations), "--csv"] + said
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_DEADLINE_S,
                              check=False)
    except subprocess.TimeoutExpired:
        raise servers.BenchError(f"redis-benchmark {test} ran past {RUN_DEADLINE_S} s") from None
    rows = list(csv.reader(io.StringIO(done.stdout)))
    if done.returncode != 0 or len(rows) != 2 or rows[0][:2] != ["test", "rps"]:
        raise servers.BenchError(f"redis-benchmark {test} failed:\n{done.stdout}{done.stderr}")
    return float(rows[1][1])


def measure(program, cores, running, test, pipeline, operations, key_range=KEY_RANGE):
    running.touch_memory()
    before, ticks_before = running.cpu_seconds()
    ops_per_second = run_benchmark(program, cores, running.port, test, pipeline, operations,
                                   key_range)
    running.check_alive()
    after, ticks_after = running.cpu_seconds()
    ticks = (ticks_after - ticks_before) * 1e6 / operations
    if before is None or after is None:
        return Sample(ticks, ticks, ops_per_second)
    return Sample((after - before) * 1e6 / operations, ticks, ops_per_second)


def choose_operations(program, cores, server, tests, pipeline, seconds):
    """How many operations of each test take `seconds` on `server`; the same for all servers."""
    chosen = {}
    with servers.Running(server, cores) as running:
        for test in tests:
            trial = 5_000 * pipeline
            rate = run_benchmark(program, cores, running.port, test, pipeline, trial)
            chosen[test] = max(10_000, min(20_000_000, round(rate * seconds, -4)))
    return {test: int(count) for test, count in chosen.items()}


def measure_pipeline(options, cores, compared, program, pipeline):
    """Returns (operations by test, samples by (server, test)) of all rounds at one depth.

    A round starts every server afresh and then goes test by test, server by server, so that the
    servers' turns at the same work are seconds apart and a busy moment of the machine meets all.
    """
    if options.ops:
        operations = {test: options.ops for test in options.tests}
    else:
        paced_by = next((s for s in compared if s.kind == "peer"), compared[0])
        operations = choose_operations(program, cores, paced_by, options.tests, pipeline,
                                       options.seconds)
    samples = {(s.name, test): [] for s in compared for test in options.tests}
    for number in range(options.rounds):
        options.progress(f"speed: P={pipeline}, round {number + 1} of {options.rounds}")
        turn = number % len(compared)
        order = compared[turn:] + compared[:turn]
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(servers.Running(s, cores)) for s in order]
            for test in options.tests:
                for running in started:
                    samples[running.server.name, test].append(
                        measure(program, cores, running, test, pipeline, operations[test]))
    return operations, samples


def best_peer(compared, samples, test, value, best):
    """(name, median) of the peer that is ahead in `value`, or None without peers."""
    peers = [(tables.median([value(x) for x in samples[s.name, test]]), s.name)
             for s in compared if s.kind == "peer"]
    if not peers:
        return None
    figure, name = best(peers)
    return name, figure


def judge(compared, samples, tests, pipeline):
    """Ebb against its targets: rows of [test, what, Ebb, other, ratio, target, verdict]."""
    ebb = next((s for s in compared if s.kind == "ebb"), None)
    limit = next((s for s in compared if s.kind == "limit"), None)
    rows = []
    if ebb is None:
        return rows
    for test in tests:
        mine = tables.median([x.cpu_us for x in samples[ebb.name, test]])
        peer = best_peer(compared, samples, test, lambda x: x.cpu_us, min)
        if peer and pipeline in PEER_TARGETS:
            target = PEER_TARGETS[pipeline]
            sign = "<" if pipeline == 1 else "<="
            ratio = mine / peer[1]
            passed = ratio < target if pipeline == 1 else ratio <= target
            rows.append([test.upper(), f"CPU / {peer[0]}", f"{mine:.2f}", f"{peer[1]:.2f}",
                         f"{ratio:.2f}", f"{sign} {target:.2f}", tables.verdict(passed)])
        if limit and pipeline in LIMIT_TARGETS:
            floor = tables.median([x.cpu_us for x in samples[limit.name, test]])
            ratio, target = mine / floor, LIMIT_TARGETS[pipeline]
            rows.append([test.upper(), "CPU / limit", f"{mine:.2f}", f"{floor:.2f}",
                         f"{ratio:.2f}", f"<= {target:.2f}", tables.verdict(ratio <= target)])
        fastest = best_peer(compared, samples, test, lambda x: x.ops_per_second, max)
        if fastest and pipeline in THROUGHPUT_TARGETS:
            rate = tables.median([x.ops_per_second for x in samples[ebb.name, test]])
            rows.append([test.upper(), f"ops/s / {fastest[0]}", f"{rate:,.0f}",
                         f"{fastest[1]:,.0f}", f"{rate / fastest[1]:.2f}", "> 1.00",
                         tables.verdict(rate > fastest[1])])
    return rows


def clock_note(samples):
    """Warns when the scheduler's clock and the tick count tell different stories."""
    worst = 0.0
    for runs in samples.values():
        cpu, ticks = sum(x.cpu_us for x in runs), sum(x.ticks_us for x in runs)
        worst = max(worst, abs(cpu - ticks) / max(cpu, 1e-9))
    return f"schedstat and utime+stime differ by at most {worst:.1%}."


def report(options, compared, pipeline, operations, samples):
    """The Markdown of one pipeline depth, and its verdict rows."""
    headings = ["server"] + [f"{test.upper()} µs" for test in options.tests]
    headings += [f"{test.upper()} kops/s" for test in options.tests]
    rows = []
    for server in compared:
        row = [server.name]
        row += [tables.spread([x.cpu_us for x in samples[server.name, test]], 2)
                for test in options.tests]
        row += [tables.spread([x.ops_per_second / 1000 for x in samples[server.name, test]], 0)
                for test in options.tests]
        rows.append(row)
    counts = ", ".join(f"{test.upper()} {operations[test]:,}" for test in options.tests)
    text = f"\n### Pipeline depth {pipeline}\n\n" + tables.table(headings, rows)
    text += f"\nOperations per run: {counts}; {options.rounds} round(s). {clock_note(samples)}\n"
    judged = judge(compared, samples, options.tests, pipeline)
    if judged:
        text += "\n" + tables.table(
            ["test", "against", "Ebb", "other", "ratio", "target", "result"], judged)
    return text, judged


def run(options, cores, compared):
    """Measures all depths. Returns (Markdown, data for JSON, whether every target was met)."""
    program = shutil.which("redis-benchmark")
    if program is None:
        raise servers.BenchError("redis-benchmark is not in PATH")
    text = ("\n## CPU per operation and throughput\n\n"
            f"`redis-benchmark -c {CLIENTS} -d {VALUE_BYTES} -r {KEY_RANGE}`, one test at a time. "
            "µs = user + system time of the whole server process per operation; median of the "
            "rounds (lowest-highest). MSET sets ten keys. " + cores.describe() + "\n")
    data, met = {}, True
    for pipeline in options.pipelines:
        operations, samples = measure_pipeline(options, cores, compared, program, pipeline)
        section, judged = report(options, compared, pipeline, operations, samples)
        text += section
        met = met and all(row[-1] == "PASS" for row in judged)
        data[str(pipeline)] = {
            "operations": operations,
            "cpu_us": {f"{s}/{t}": [x.cpu_us for x in runs] for (s, t), runs in samples.items()},
            "ops_per_second": {f"{s}/{t}": [x.ops_per_second for x in runs]
                               for (s, t), runs in samples.items()},
            "targets": judged}
    return text, data, met
