# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""Finds the servers to compare, runs them, and reads their CPU time and memory from /proc.

Every process started here is stopped here, by its id.
"""

import array
import functools
import itertools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

START_DEADLINE_S = 20
STOP_DEADLINE_S = 20
REPLY_TIMEOUT_S = 60


class BenchError(Exception):
    """Something the user has to know; ends the run with its text."""


class Server:
    """A server program that can be started. `kind` is "ebb", "peer" or "limit"."""

    def __init__(self, name, kind, path, version, extra=()):
        self.name = name
        self.kind = kind
        self.path = path
        self.version = version
        self.extra = list(extra)  # options beyond the common ones

    def arguments(self, port):
        if self.kind == "limit":
            return [self.path, str(port)] + self.extra
        return [self.path, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no"] + self.extra


def version_of(path):
    """The version that `path --version` names, or "" if it names none."""
    try:
        text = subprocess.run([path, "--version"], capture_output=True, text=True,
                              timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\bv?=?(\d+\.\d+(?:\.\d+)?)", text)
    return found.group(1) if found else ""


def find_program(name):
    """Looks for a peer in $EBB_PEERS, $EBB_PEERS/bin and PATH, in this order."""
    places = []
    peers = os.environ.get("EBB_PEERS")
    if peers:
        places = [os.path.join(peers, name), os.path.join(peers, "bin", name)]
    for place in places:
        if os.path.isfile(place) and os.access(place, os.X_OK):
            return place
    return shutil.which(name)


def find_tool(build, name):
    """The path of one of this directory's own C++ programs in the build tree."""
    for place in (build / "tests" / name, build / "tests" / "bench" / name, build / "bin" / name,
                  build / name):
        if place.is_file():
            return str(place.absolute())
    raise BenchError(f"{name} is not built in {build}: configure with -DEBB_BENCH=ON and build it")


def find_servers(build, wanted):
    """Returns (servers, notes): what can be compared, and what is missing.

    `wanted` is a set of keys out of ALL_SERVERS.
    """
    servers, notes = [], []
    for key, label, kind, program in ALL_SERVERS:
        if key not in wanted:
            continue
        if kind == "limit":
            servers.append(Server(label, kind, find_tool(build, program), ""))
            continue
        if kind == "ebb":
            path = build / program
            path = str(path.absolute()) if path.is_file() else None
        else:
            path = find_program(program)
        if path is None:
            notes.append(f"{program} was not found and is left out")
            continue
        version = version_of(path)
        servers.append(Server(f"{label} {version}".strip(), kind, path, version))
    return servers, notes


ALL_SERVERS = [
    ("ebb", "Ebb", "ebb", "ebb-server"),
    ("valkey", "Valkey", "peer", "valkey-server"),
    ("redis-new", "Redis", "peer", "redis-server-new"),
    ("redis", "Redis", "peer", "redis-server"),
    ("limit", "limit (raw epoll)", "limit", "ebb_limit_server"),
]


class Cores:
    """Which core servers and which the load and the probe are pinned to; None when pinning is
    impossible.

    `niceness` is given to everything that is started, on both sides alike.
    """

    def __init__(self, niceness=0):
        self.niceness = niceness
        nice = shutil.which("nice")
        if niceness != 0 and nice is None:
            raise BenchError("--nice needs the program nice")
        self._nice = [nice, "-n", str(niceness)] if niceness != 0 else []
        cores = sorted(os.sched_getaffinity(0))
        self.taskset = shutil.which("taskset")
        pin = self.taskset is not None and len(cores) >= 2
        self.load = self.probe = cores[0] if pin else None
        self.server = cores[1] if pin else None

    def prefix(self, core):
        return self._nice + ([] if core is None else [self.taskset, "-c", str(core)])

    def describe(self):
        nice = f" Everything ran at nice {self.niceness}." if self.niceness else ""
        if self.server is None:
            return "Nothing was pinned to a core (taskset missing or fewer than two cores)." + nice
        return (f"Servers ran pinned to core {self.server} and the load to core {self.load} "
                "(taskset)." + nice)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@functools.cache
def scheduling_prefix(*words):
    """chrt with `words`, to start a command with; nothing where that is refused."""
    program = shutil.which("chrt")
    if program is None:
        return []
    tried = subprocess.run([program, *words, "true"], capture_output=True, timeout=10, check=False)
    return [program, *words] if tried.returncode == 0 else []


def may_give_way():
    """Whether this process can let everybody else go first and come back: that takes a privilege."""
    return bool(scheduling_prefix("-i", "0", "chrt", "-o", "0"))


def give_way(whether):
    """Has the calling thread let everybody else go first, or no longer. Where it may not come back,
    it never does."""
    if may_give_way():
        policy = os.SCHED_IDLE if whether else os.SCHED_OTHER
        os.sched_setscheduler(0, policy, os.sched_param(0))


def ordinary_prefix():
    """What makes a command an ordinary one again where this process gives way."""
    return scheduling_prefix("-o", "0") if may_give_way() else []


class Client:
    """A blocking RESP2 client, just large enough to ask a server about itself."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=REPLY_TIMEOUT_S)
        self._stream = self._socket.makefile("rb")

    def close(self):
        self._stream.close()
        self._socket.close()

    def send(self, *commands):
        """Sends a pipeline; returns the replies (an error is a BenchError in its place)."""
        self._socket.sendall(b"".join(encode(command) for command in commands))
        return [self._read() for _ in commands]

    def time(self, command):
        """(reply, seconds from sending to its arrival, time.monotonic() then); this process gives
        way to nobody meanwhile."""
        wire = encode(command)
        gave_way = os.sched_getscheduler(0) == os.SCHED_IDLE
        give_way(False)
        begin = time.monotonic()
        self._socket.sendall(wire)
        reply = self._read()
        end = time.monotonic()
        give_way(gave_way)
        return reply, end - begin, end

    def _read(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise BenchError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return BenchError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._stream.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self._read() for _ in range(int(rest))]
        raise BenchError(f"reply of unknown type: {line!r}")


def encode(command):
    parts = [str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def resident_parts(pid):
    """(address, bytes) of each resident part of a process's writable memory, 1 MiB at the most."""
    page, most_pages = os.sysconf("SC_PAGE_SIZE"), 1 << 16
    home = pathlib.Path("/proc", str(pid))
    writable = [line.split()[0] for line in (home / "maps").read_text().splitlines()
                if line.split()[1].startswith("rw")]
    with open(home / "pagemap", "rb", 0) as pagemap:
        for span in writable:
            begin, end = (int(address, 16) for address in span.split("-"))
            for at in range(begin, end, most_pages * page):
                count = min(most_pages, (end - at) // page)
                entries = array.array("Q", os.pread(pagemap.fileno(), count * 8, at // page * 8))
                for is_resident, run in itertools.groupby(entries, lambda entry: entry >> 63):
                    size = page * sum(1 for _ in run)
                    for part in range(0, size, 1 << 20) if is_resident else ():
                        yield at + part, min(1 << 20, size - part)
                    at += size


class Running:
    """A started server; use it in a `with` statement, which stops it."""

    def __init__(self, server, cores):
        self.server = server
        self.port = free_port()
        self._home = tempfile.TemporaryDirectory(prefix="ebb-bench-")
        self._log = open(os.path.join(self._home.name, "log"), "wb")
        self._process = subprocess.Popen(
            cores.prefix(cores.server) + server.arguments(self.port),
            cwd=self._home.name, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        self.pid = self._process.pid
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def _wait_until_up(self):
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise BenchError(f"{self.server.name} did not listen within {START_DEADLINE_S} s")

    def check_alive(self):
        status = self._process.poll()
        if status is not None:
            log = pathlib.Path(self._home.name, "log").read_text(errors="replace")
            raise BenchError(f"{self.server.name} ended with status {status}:\n{log[-2000:]}")

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        self._home.cleanup()

    def cpu_seconds(self):
        """CPU time (user + system) of all threads so far: (precise or None, by clock ticks)."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        try:
            precise = 0
            for task in os.listdir(f"/proc/{self.pid}/task"):
                text = pathlib.Path(f"/proc/{self.pid}/task/{task}/schedstat").read_text()
                precise += int(text.split()[0])
        except (OSError, IndexError, ValueError):
            return None, ticks
        return precise / 1e9, ticks

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def touch_memory(self):
        """Reads all resident writable memory, so that what is measured next finds it at hand. Says
        so on stderr where one process may not read another.

        The host of a virtual machine may take away what was not used for a second, and then the
        first touch of a page costs 100 us and more of CPU time, whichever server it is.
        """
        try:
            with open(f"/proc/{self.pid}/mem", "rb", 0) as memory:
                for at, size in resident_parts(self.pid):
                    self._touch(memory, at, size)
        except OSError as error:
            print(f"... {self.server.name}: its memory cannot be read beforehand: {error}",
                  file=sys.stderr)

    @staticmethod
    def _touch(memory, at, size):
        try:
            os.pread(memory.fileno(), size, at)
        except OSError:
            pass  # It is gone meanwhile, or no memory.

    def info(self, section="everything"):
        """INFO's fields as a dict of strings."""
        client = Client(self.port)
        try:
            text = client.send(("INFO", section))[0]
        finally:
            client.close()
        if not isinstance(text, str):
            return {}
        return dict(line.split(":", 1) for line in text.splitlines()
                    if ":" in line and not line.startswith("#"))


def settle(running, deadline_s=60, quiet_s=3.0, poll_s=0.25):
    """Waits for rest: resident memory has not changed for `quiet_s`, so that no freed pages are on
    their way back, no table is being moved, and no defragmentation runs.

    The same for all servers. Returns (resident bytes, whether it settled before the deadline).
    """
    end = time.monotonic() + deadline_s
    resident = running.resident_bytes()
    quiet_since = time.monotonic()
    while time.monotonic() < end:
        time.sleep(poll_s)
        running.check_alive()
        now = running.resident_bytes()
        if abs(now - resident) > resident // 2000:
            resident, quiet_since = now, time.monotonic()
        if time.monotonic() - quiet_since >= quiet_s:
            info = running.info("memory")
            # Redis 8 and Valkey say how much an unfinished rehash holds; others lack this field.
            if all(info.get(field, "0") == "0" for field in (
                    "mem_overhead_db_hashtable_rehashing", "active_defrag_running")):
                return now, True
            quiet_since = time.monotonic()
    return running.resident_bytes(), False
