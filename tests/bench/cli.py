# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""What the benchmarks' command lines share."""

import argparse
import os
import pathlib
import platform
import sys


def positive(text):
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


def choice_list(choices, convert=str):
    """An argparse type: a comma-separated list of `choices` (None: any positive number)."""
    def parse(text):
        items = [convert(item) for item in text.split(",") if item]
        unknown = [item for item in items if choices is not None and item not in choices]
        if unknown or not items:
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a list out of {', '.join(choices or ['numbers'])}")
        return items
    return parse


def progress(text):
    print(f"... {text}", file=sys.stderr, flush=True)


def machine():
    """One line on where the numbers come from."""
    model = platform.machine()
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    kernel = platform.release().split("-")[0]
    return f"{model}, {os.cpu_count()} cores, Linux {kernel}"
