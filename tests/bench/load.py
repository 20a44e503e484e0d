# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Drives the C++ loader and probe."""

import json
import shutil
import signal
import subprocess

import servers

FILL_DEADLINE_S = 900
PROBE_SECONDS = 1800
PROBE_STOP_DEADLINE_S = 60


def fill(options, cores, running, count, key_bytes, value_bytes, ttl=0, pipeline=64):
    """Loads `count` keys at full speed; returns the loader's report.

    The loader is niced: a probe on the same core must be able to send on time.
    """
    nice = shutil.which("nice")
    command = cores.prefix(cores.load) + ([nice, "-n", "10"] if nice else []) + [
        servers.find_tool(options.build, "ebb_loader"), "--port", str(running.port),
        "--keys", str(count), "--key-size", str(key_bytes), "--value-size", str(value_bytes),
        "--ttl", str(ttl), "--pipeline", str(pipeline)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FILL_DEADLINE_S,
                              check=False)
    except subprocess.TimeoutExpired:
        raise servers.BenchError(f"loading took longer than {FILL_DEADLINE_S} s") from None
    if done.returncode != 0:
        raise servers.BenchError(f"ebb_loader failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Probe:
    """A running ebb_probe; finish() stops it and returns its report."""

    def __init__(self, options, cores, running, rate, keys, key_bytes):
        command = cores.prefix(cores.load) + [
            servers.find_tool(options.build, "ebb_probe"), "--port", str(running.port),
            "--rate", str(rate), "--seconds", str(PROBE_SECONDS), "--keys", str(keys),
            "--key-size", str(key_bytes)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def finish(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            out, err = self._process.communicate(timeout=PROBE_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise servers.BenchError("ebb_probe did not stop") from None
        if self._process.returncode != 0:
            raise servers.BenchError(f"ebb_probe failed: {err.strip()}")
        return json.loads(out)
