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

# By the test's name.
_NAMED = [
    (r"INCR uses shared objects", "an integer stands in its entry and is not shared"),
    (r"query buffer resized correctly",
     "clients receive into one buffer: one that is idle has none of its own"),
    (r"List ziplist of various encodings - sanitize dump|Hash ziplist of .* - sanitize dump",
     "commands that are not there"),
    (r"COMMAND GETKEYS (XGROUP|EVAL)|(XREAD|EVAL|MIGRATE) command is marked|"
     r"COMMAND LIST FILTERBY (ACLCAT|PATTERN) - list all|MULTI with SAVE|"
     r"Test (scripts are blocked|may-replicate commands are rejected)", "commands that are not there"),
    (r"CONFIG GET (hidden configs|multiple args)", "options of what is not there"),
    (r"MOVE basic usage", "keys of failed tests are still there"),
    (r"SMOVE", "an option of a failed test is still set"),
]


def reason(name, said):
    """Why the test `name` fails, saying `said`; None: nobody knows."""
    for pattern, why in _ABSENT:
        if re.search(pattern, said, re.IGNORECASE):
            return why
    for pattern, why in _NAMED:
        if re.search(pattern, name):
            return why
    return None
