# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Markdown tables and the few statistics the benchmark needs."""

import statistics


def table(headings, rows):
    """A Markdown table; the first column is left-aligned, the others right."""
    lines = ["| " + " | ".join(headings) + " |",
             "|" + "|".join(["---"] + ["---:"] * (len(headings) - 1)) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def median(samples):
    return statistics.median(samples)


def spread(samples, digits):
    """Median and, when there is more than one sample, the range: "2.31 (2.25-2.48)"."""
    text = f"{median(samples):.{digits}f}"
    if len(samples) > 1:
        text += f" ({min(samples):.{digits}f}-{max(samples):.{digits}f})"
    return text


def verdict(passed):
    return "PASS" if passed else "short"
