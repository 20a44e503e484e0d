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


def drive(options, cores, running, **arguments):
    """Runs ebb_loader with `arguments` (key_size=16 is --key-size 16); returns its report.

    The loader is niced: a probe on the same core must be able to send on time.
    """
    nice = shutil.which("nice")
    command = cores.prefix(cores.load) + servers.ordinary_prefix() + (
        [nice, "-n", "10"] if nice else []) + [
        servers.find_tool(options.build, "ebb_loader"), "--port", str(running.port)]
    for name, value in arguments.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FILL_DEADLINE_S,
                              check=False)
    except subprocess.TimeoutExpired:
        raise servers.BenchError(f"ebb_loader took longer than {FILL_DEADLINE_S} s") from None
    if done.returncode != 0:
        raise servers.BenchError(f"ebb_loader failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def fill(options, cores, running, count, key_bytes, value_bytes, ttl=0, pipeline=64):
    """Loads `count` keys at full speed; returns the loader's report."""
    return drive(options, cores, running, keys=count, key_size=key_bytes, value_size=value_bytes,
                 ttl=ttl, pipeline=pipeline)


def realtime_prefix():
    """What puts a command ahead of everything else on its core, or nothing where that is refused.

    A probe that waits for its turn measures the machine instead of the server.
    """
    return servers.scheduling_prefix("-f", "1")


class Probe:
    """A running ebb_probe; finish() stops it and returns its report.

    The run is divided into phases by mark(); the first is called "idle". Within a `with` block,
    this process gives way to all others: else the server waits on its core for as long as the
    kernel lets it run, up to 4 ms, and that is not the server's doing. Nor is it when the probe,
    ahead of everything, interrupts the server and the kernel then goes on with something else: so
    the probe keeps to one core.
    """

    def __init__(self, options, cores, running, rate, keys, key_bytes, prefix=()):
        command = cores.prefix(cores.probe) + list(prefix) + [
            servers.find_tool(options.build, "ebb_probe"), "--port", str(running.port),
            "--rate", str(rate), "--seconds", str(PROBE_SECONDS), "--keys", str(keys),
            "--key-size", str(key_bytes)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True)
        self._phases = ["idle"]

    def __enter__(self):
        servers.give_way(True)
        return self

    def __exit__(self, *unused):
        servers.give_way(False)
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def mark(self, phase):
        """Begins a new phase. Two marks within a request are one, which finish() tells."""
        if self._process.poll() is not None:
            raise servers.BenchError(f"ebb_probe ended: {self._process.stderr.read().strip()}")
        self._process.send_signal(signal.SIGUSR1)
        self._phases.append(phase)

    def finish(self):
        """The report; its "phases" is a dict by name."""
        self._process.send_signal(signal.SIGTERM)
        try:
            out, err = self._process.communicate(timeout=PROBE_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise servers.BenchError("ebb_probe did not stop") from None
        if self._process.returncode != 0:
            raise servers.BenchError(f"ebb_probe failed: {err.strip()}")
        report = json.loads(out)
        if len(report["phases"]) != len(self._phases):
            raise servers.BenchError("ebb_probe has missed the beginning of a phase")
        report["phases"] = dict(zip(self._phases, report["phases"]))
        return report
