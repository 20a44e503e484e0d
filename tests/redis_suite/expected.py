# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Which of Redis's tests fail against Ebb, and why that is meant."""

import re

# By what the failure says: what Ebb does not have yet. README's table says the same of commands.
_ABSENT = [
    (r"unknown (sub)?command '(eval|eval_ro|function|script|x\w+|dump|restore|save|bgsave|migrate)'",
     "commands that are not there"),
    (r"ERR unknown subcommand or wrong number of arguments for '(reload|loadaof)'",
     "there is nothing on disk"),
    (r"for CONFIG SET - '(repl-|rdb-|aof-|lua-|stream-|masterauth|min-replicas)",
     "options of what is not there"),
    (r"there is no append-only file yet", "options of what is not there"),
    (r"for 'replybuffer'", "a client without output has no buffer that could be resized"),
]

# By the test's name and what it says.
_NAMED = [
    (r"INCR uses shared objects", r"refcount foo", "an integer stands in its entry and is not shared"),
    (r"query buffer resized correctly", r"Expected 0 >=? \d+",
     "clients receive into one buffer: one that is idle has none of its own"),
    (r"(List|Hash) ziplist of various encodings - sanitize dump", r"no such variable",
     "commands that are not there"),
    (r"COMMAND GETKEYS (XGROUP|EVAL)", r"Invalid command specified", "commands that are not there"),
    (r"(XREAD|EVAL|MIGRATE) command is marked", r"Expected '' to match",
     "commands that are not there"),
    (r"COMMAND LIST FILTERBY ACLCAT - list all", r'"eval"', "commands that are not there"),
    (r"COMMAND LIST FILTERBY PATTERN - list all", r'"cluster\|help"',
     "commands that are not there"),
    (r"Test scripts are blocked", r"Timeout waiting for blocked clients",
     "commands that are not there"),
    (r"CONFIG GET hidden configs", r"key-load-delay", "options of what is not there"),
    (r"CONFIG GET multiple args", r"slaveof", "options of what is not there"),
    (r"MOVE basic usage", r"Expected '0 \d+ foobar 1'", "keys of failed tests are still there"),
    (r"SMOVE", r"Expected 'hashtable' to match 'intset'", "an option of a failed test is still set"),
]


def reason(name, said):
    """Why the test `name` fails, saying `said`; None: nobody knows."""
    for pattern, why in _ABSENT:
        if re.search(pattern, said, re.IGNORECASE):
            return why
    for test, pattern, why in _NAMED:
        if re.match(test, name) and re.search(pattern, said):
            return why
    return None
