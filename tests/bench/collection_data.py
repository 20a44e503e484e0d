# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Collections to fill servers with: the same bytes for each of them."""

import itertools
import random
import socket

import servers

TYPES = ["hash", "list", "set", "zset"]
ELEMENTS_PER_COMMAND = 500
PIPELINE = 20
VALUE = "v" * 8


def element(number):
    return f"element:{number:08d}"


def score(number):
    """Scattered, so that a sorted set is not filled in order."""
    return number * 7919 % 1_000_003 + 0.5


def arguments(kind, numbers):
    """What a writing command of this type says about these elements."""
    if kind == "hash":
        return [text for n in numbers for text in (element(n), VALUE)]
    if kind == "zset":
        return [text for n in numbers for text in (str(score(n)), element(n))]
    return [element(n) for n in numbers]


def raw_bytes(kind, count):
    """Of the texts of `count` elements."""
    return sum(map(len, arguments(kind, range(count))))


COMMANDS = {"hash": "HSET", "list": "RPUSH", "set": "SADD", "zset": "ZADD"}


def large(kind, key, count, start=0):
    """Yields the encoded commands that make one collection of `count` elements."""
    for first in range(start, start + count, ELEMENTS_PER_COMMAND):
        numbers = range(first, min(first + ELEMENTS_PER_COMMAND, start + count))
        yield servers.encode([COMMANDS[kind], key] + arguments(kind, numbers))


def small(kind, count):
    """(encoded commands, raw bytes a key) of many small collections under keys of 16 bytes: hashes
    of 5 fields, lists of 10 strings, sets of 10 integers, sorted sets of 10 members."""
    draw = random.Random(kind)
    commands, raw = [], 0
    for number in range(count):
        key = f"small:{number:010d}"
        if kind == "hash":
            said = [text for field in range(5) for text in (f"field:{field}", VALUE)]
        elif kind == "list":
            said = [f"item:{draw.randrange(10**6):06d}" for _ in range(10)]
        elif kind == "set":
            said = draw.sample(range(10**6), 10)
        else:
            said = [text for member in range(10)
                    for text in (draw.randrange(10**6), f"member:{member}")]
        texts = [str(text) for text in said]
        raw += len(key) + sum(map(len, texts))
        commands.append(servers.encode([COMMANDS[kind], key] + texts))
    return commands, raw / count


def send(running, commands):
    """Sends encoded commands in pipelines; an error reply ends the run."""
    commands = iter(commands)
    with socket.create_connection(("127.0.0.1", running.port),
                                  timeout=servers.REPLY_TIMEOUT_S) as connection, \
            connection.makefile("rb") as replies:
        while pipeline := list(itertools.islice(commands, PIPELINE)):
            connection.sendall(b"".join(pipeline))
            for _ in pipeline:
                reply = replies.readline()
                if not reply.startswith((b":", b"+")):
                    raise servers.BenchError(f"{running.server.name}: {reply!r}")
