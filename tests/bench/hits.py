#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""How well eviction chooses: the hit ratio of a cache under a Zipf trace, Ebb beside Redis and
Valkey.

Each server gets the same requests: GET, and after a miss SET. Its maxmemory is set such that about
as many keys fit into each (--keys); so what differs is the choice of what goes, not how much fits.
Keys are drawn with probability 1 / rank^s; in the middle of the trace all ranks are shuffled, so
that what was hot is cold from then on. The first half of each part warms up and does not count."""

import argparse
import itertools
import random
import sys

import cli
import servers
import tables

VALUE = "v" * 200
BATCH = 200


class Zipf:
    """Draws ranks below `count` with probability proportional to 1 / (rank + 1)^exponent."""

    def __init__(self, count, exponent, seed):
        weights = (1 / (rank + 1) ** exponent for rank in range(count))
        self._sums = list(itertools.accumulate(weights))
        self._names = list(range(count))
        self._random = random.Random(seed)

    def shuffle(self):
        self._random.shuffle(self._names)

    def draw(self, count):
        ranks = range(len(self._names))
        return [self._names[rank] for rank in self._random.choices(
            ranks, cum_weights=self._sums, k=count)]


def key_of(number):
    return f"key:{number:012d}"


def bytes_for(client, running, keys):
    """What `keys` keys take there, beyond the empty server."""
    before = int(running.info("memory")["used_memory"])
    for first in range(0, keys, BATCH):
        client.send(*(("SET", f"fit:{number:012d}", VALUE)
                      for number in range(first, first + BATCH)))
    used = int(running.info("memory")["used_memory"])
    client.send(("FLUSHALL", "SYNC"))
    return before, used - before


def replay(client, zipf, requests):
    """(hits, requests counted) of one part of the trace."""
    hits = counted = 0
    for done in range(0, requests, BATCH):
        numbers = zipf.draw(BATCH)
        replies = client.send(*(("GET", key_of(number)) for number in numbers))
        missed = {number for number, reply in zip(numbers, replies) if reply is None}
        if missed:
            client.send(*(("SET", key_of(number), VALUE) for number in missed))
        if done >= requests // 2:
            counted += BATCH
            hits += sum(reply is not None for reply in replies)
    return hits, counted


def measure(options, cores, server, policy):
    with servers.Running(server, cores) as running:
        client = servers.Client(running.port)
        empty, needed = bytes_for(client, running, options.keys)
        client.send(("CONFIG", "SET", "maxmemory", str(empty + needed)),
                    ("CONFIG", "SET", "maxmemory-policy", policy))
        zipf = Zipf(options.space, options.exponent, options.seed)
        hits = counted = 0
        for _ in range(2):
            zipf.shuffle()
            part = replay(client, zipf, options.requests // 2)
            hits, counted = hits + part[0], counted + part[1]
        held = client.send(("DBSIZE",))[0]
        client.close()
    return hits / counted, held


def main():
    parser = argparse.ArgumentParser(prog="bench hits", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["ebb", "valkey", "redis-new", "redis"]
    parser.add_argument("--servers", type=cli.choice_list(names), default=names, metavar="LIST",
                        help="out of " + ",".join(names) + " (default: all)")
    parser.add_argument("--policies", default=["allkeys-lru", "allkeys-lfu"], metavar="LIST",
                        type=cli.choice_list(["allkeys-lru", "allkeys-lfu", "allkeys-random"]),
                        help="(default: allkeys-lru,allkeys-lfu)")
    parser.add_argument("--keys", type=cli.positive, default=20_000, metavar="N",
                        help="keys that fit (default: 20,000)")
    parser.add_argument("--space", type=cli.positive, default=200_000, metavar="N",
                        help="different keys in the trace (default: 200,000)")
    parser.add_argument("--requests", type=cli.positive, default=1_000_000, metavar="N",
                        help="length of the trace (default: 1,000,000)")
    parser.add_argument("--exponent", type=float, default=0.9, metavar="S",
                        help="of the Zipf distribution (default: 0.9)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--build", default="build/release", metavar="DIR",
                        help="build tree (default: build/release)")
    options = parser.parse_args()
    cores = servers.Cores()
    headings = ["server"]
    for policy in options.policies:
        headings += [f"{policy}: hits", "keys held"]
    rows = []
    for server in servers.find_servers(options.build, options.servers):
        row = [server.name]
        for policy in options.policies:
            cli.progress(f"hits: {server.name}, {policy}")
            ratio, held = measure(options, cores, server, policy)
            row += [f"{100 * ratio:.2f} %", f"{held:,}"]
        rows.append(row)
    print(f"Zipf {options.exponent}, {options.requests:,} requests, {options.space:,} keys, "
          f"{options.keys:,} fit; what is hot changes in the middle.\n")
    print(tables.table(headings, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
