#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""What a delete that can be undone costs, and whether the trash keeps to its memory. Ebb alone.

Parts (--only):
  cpu     CPU of a pipelined DEL that finds its key, the trash off and on, taking turns within each
          round on one server; the median of the rounds counts. "purged" is what ending the trash
          costs later, per key, where freeing at once is part of DEL.
  window  --deletes keys are set and deleted, half a million at a time, with trash-ttl 1: the
          greatest used_memory_trash that INFO shows meanwhile, above trash-max-memory.
"""

import argparse
import copy
import pathlib
import signal
import sys
import time

sys.dont_write_bytecode = True  # Leaves no __pycache__ in the source tree.

import cli
import load
import memory_scenarios as deeds
import servers
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ["cpu", "window"]
CPU_TARGET = 1.25
KEY_BYTES = 16
LARGEST_VALUE = 512
WINDOW_STEP = 500_000
WINDOW_VALUES = f"8-{LARGEST_VALUE}"
VALUE_OVERHEAD = 1024  # of what lies in the trash: key, entry, record, a place in the table
EMPTY_DEADLINE_S = 60


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="bench trash", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", type=cli.choice_list(PARTS), default=PARTS, metavar="PARTS",
        help="(default: all)")
    add("--keys", type=cli.positive, default=1_000_000, metavar="N",
        help="cpu: keys deleted in one go (default: 1 million)")
    add("--values", default="64", metavar="N[-M]", help="cpu: bytes of a value (default: 64)")
    add("--pipelines", type=cli.choice_list(None, cli.positive), default=[16, 64],
        metavar="LIST", help="cpu: pipeline depths (default: 16,64)")
    add("--rounds", type=cli.positive, default=5, metavar="N", help="cpu: rounds (default: 5)")
    add("--deletes", type=cli.positive, default=10_000_000, metavar="N",
        help="window: keys (default: 10 million)")
    add("--limit", type=cli.positive, default=64 << 20, metavar="BYTES",
        help="window: trash-max-memory (default: 64 MiB)")
    add("--build", type=pathlib.Path, default=ROOT / "build" / "release", metavar="DIR",
        help="build tree (default: build/release)")
    return parser.parse_args(arguments)


def trashing(server, ttl, limit):
    """`server` with a trash of `limit` bytes."""
    server = copy.copy(server)
    server.extra = server.extra + ["--trash-ttl", str(ttl), "--trash-max-memory", str(limit)]
    return server


def cpu_of(running, work):
    """CPU seconds of the whole server while `work()` runs."""
    before = running.cpu_seconds()
    work()
    after = running.cpu_seconds()
    which = 0 if before[0] is not None else 1
    return after[which] - before[which]


def purge(running):
    """Ends all that is in the trash key by key, as its time does, and waits until it is freed."""
    deeds.ask(running, "CONFIG", "SET", "trash-ttl", 1)
    deadline = time.monotonic() + EMPTY_DEADLINE_S
    while int(running.info("memory")["trash_keys"]) > 0:
        if time.monotonic() > deadline:
            raise servers.BenchError("the trash does not become empty")
        time.sleep(0.1)


def delete_all(options, cores, running, pipeline, ttl):
    """(CPU microseconds of a DEL, of ending what it has left in the trash)."""
    deeds.ask(running, "CONFIG", "SET", "trash-ttl", ttl)
    load.fill(options, cores, running, options.keys, KEY_BYTES, options.values)
    time.sleep(0.5)  # What filling has left to do behind the scenes.
    spent = cpu_of(running, lambda: load.drive(
        options, cores, running, keys=options.keys, key_size=KEY_BYTES, do="del",
        pipeline=pipeline))
    kept = int(running.info("memory")["trash_keys"])
    if kept != (options.keys if ttl else 0):
        raise servers.BenchError(f"{kept} keys are in the trash")
    ended = cpu_of(running, lambda: purge(running)) if ttl else 0
    return 1e6 * spent / options.keys, 1e6 * ended / options.keys


def cpu_part(options, cores, server):
    # The defragger works at times of its own, by turns more with the trash off and with it on: as
    # much as a DEL costs.
    server = trashing(server, 0, "8gb")
    server.extra += ["--activedefrag", "no"]
    samples = {pipeline: {"off": [], "on": [], "purged": []} for pipeline in options.pipelines}
    with servers.Running(server, cores) as running:
        delete_all(options, cores, running, 64, 3600)  # Memory that was never touched costs more.
        for number in range(options.rounds):
            for pipeline in options.pipelines:
                cli.progress(f"cpu: round {number + 1}, P={pipeline}")
                found = samples[pipeline]
                found["off"].append(delete_all(options, cores, running, pipeline, 0)[0])
                on, purged = delete_all(options, cores, running, pipeline, 3600)
                found["on"].append(on)
                found["purged"].append(purged)
    rows = []
    for pipeline, found in samples.items():
        ratio = tables.median(found["on"]) / tables.median(found["off"])
        rows.append([f"DEL, P={pipeline}"]
                    + [tables.spread(found[name], 3) for name in ("off", "on", "purged")]
                    + [f"{ratio:.2f}", f"{CPU_TARGET:.2f}", tables.verdict(ratio <= CPU_TARGET)])
    return tables.table(["CPU, us", "off", "on", "purged", "on / off", "target", ""], rows)


class TrashWatch(deeds.Sampler):
    """Samples used_memory_trash, as often as INFO answers."""

    def _sample(self):
        client = servers.Client(self._running.port)
        while not self._stop.is_set():
            text = client.send(("INFO", "memory"))[0]
            self.samples.append(int(text.split("used_memory_trash:")[1].split("\r\n")[0]))
            time.sleep(0.001)
        client.close()


def window_part(options, cores, server):
    step = min(WINDOW_STEP, options.deletes)
    with servers.Running(trashing(server, 1, options.limit), cores) as running:
        with TrashWatch(running) as watch:
            for first in range(0, options.deletes, step):
                cli.progress(f"window: {first:,} of {options.deletes:,}")
                load.drive(options, cores, running, keys=step, start=first, key_size=KEY_BYTES,
                           value_size=WINDOW_VALUES)
                load.drive(options, cores, running, keys=step, start=first, key_size=KEY_BYTES,
                           do="del")
        info = running.info("memory")
    above = max(watch.samples) - options.limit
    allowed = LARGEST_VALUE + VALUE_OVERHEAD
    row = [f"{options.limit:,}", f"{max(watch.samples):,}", f"{above:,}", f"{allowed:,}",
           tables.verdict(above <= allowed), f"{len(watch.samples):,}",
           f"{int(info['trash_purged_memory']):,}", f"{int(info['trash_purged_expired']):,}"]
    return tables.table(["trash-max-memory", "most seen", "above", "allowed", "", "samples",
                         "ended for memory", "for time"], [row])


def main():
    options = parse_arguments(sys.argv[1:])
    # Turned into an exception, so that every `with` block still stops its server.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    found, notes = servers.find_servers(options.build, {"ebb"})
    if not found:
        raise servers.BenchError(notes[0])
    cores = servers.Cores()
    print(f"# The trash\n\n{cli.machine()}. {cores.describe()}", flush=True)
    parts = {"cpu": cpu_part, "window": window_part}
    for part in options.only:
        print(f"\n## {part}\n\n{parts[part](options, cores, found[0])}", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except servers.BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
