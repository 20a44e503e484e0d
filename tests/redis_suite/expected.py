# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Which of Redis's tests fail against Ebb, and why that is meant."""

import re

_COMMANDS = "commands that are not there"
_OPTIONS = "options of what is not there"
_DISK = "there is nothing on disk"

# (how the test's name begins, what is in what it says, why). README's table has the commands.
_REASONS = [
    ("", r"unknown (sub)?command '(eval|eval_ro|function|script|x\w+|dump|restore|save|bgsave|"
         r"migrate|tracking|acl)'", _COMMANDS),
    ("", r"wrong number of arguments for '(reload|loadaof)'", _DISK),
    ("", r"for CONFIG SET - '(repl-|rdb-|aof-|lua-|stream-|masterauth|min-replicas)", _OPTIONS),
    ("", r"there is no append-only file yet", _OPTIONS),
    ("", r"for 'replybuffer'", "a client without output has no buffer that could be resized"),
    (r"(List|Hash) ziplist of various encodings - sanitize", r"no such variable", _COMMANDS),
    (r"COMMAND GETKEYS (XGROUP|EVAL)", r"Invalid command specified", _COMMANDS),
    (r"(XREAD|EVAL|MIGRATE) command is marked", r"Expected '' to match", _COMMANDS),
    (r"COMMAND LIST FILTERBY (ACLCAT|PATTERN) - list all", r'"(eval|cluster\|help)"', _COMMANDS),
    (r"Test scripts are blocked", r"Timeout waiting for blocked clients", _COMMANDS),
    (r"CONFIG GET hidden configs", r"key-load-delay", _OPTIONS),
    (r"CONFIG GET multiple args", r"slaveof", _OPTIONS),
    (r"INCR uses shared objects", r"refcount foo",
     "an integer stands in its entry and is not shared"),
    (r"query buffer resized correctly", r"Expected 0 >=? \d+",
     "clients receive into one buffer: one that is idle has none of its own"),
    (r"MOVE basic usage", r"Expected '0 \d+ foobar 1'", "keys of failed tests are still there"),
    (r"SMOVE", r"Expected 'hashtable' to match 'intset'",
     "an option of a failed test is still set"),
]


def reason(name, said):
    """Why the test `name` fails, saying `said`; None: nobody knows."""
    for test, pattern, why in _REASONS:
        if re.match(test, name) and re.search(pattern, said, re.IGNORECASE):
            return why
    return None
