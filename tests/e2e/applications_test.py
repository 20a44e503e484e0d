#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The Ebb authors
"""What applications do with a server, by the client library that they use: python3-redis.

    applications_test.py PROGRAM [unittest's arguments]

starts PROGRAM (ebb-server; redis-server passes as well) on a loopback port and ends it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import redis

PROGRAM = shutil.which(sys.argv.pop(1) if len(sys.argv) > 1 else "ebb-server")
assert PROGRAM, "no such program"
PROGRAM = os.path.abspath(PROGRAM)
DEADLINE_S = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ApplicationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory(prefix="ebb-test-")
        cls.port = free_port()
        with open(os.path.join(cls.home.name, "log"), "wb") as log:
            cls.server = subprocess.Popen(
                [PROGRAM, "--port", str(cls.port), "--bind", "127.0.0.1", "--save", "",
                 "--notify-keyspace-events", "Kx"],
                cwd=cls.home.name, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                if cls.client().ping():
                    return
            except redis.ConnectionError:
                if time.monotonic() > deadline or cls.server.poll() is not None:
                    raise

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        status = cls.server.wait(DEADLINE_S)
        cls.home.cleanup()
        assert status == 0, f"the server ended with status {status}"

    @classmethod
    def client(cls):
        return redis.Redis(port=cls.port, decode_responses=True, socket_timeout=DEADLINE_S)

    def setUp(self):
        self.redis = self.client()
        self.redis.flushall()

    def await_message(self, listener, kind):
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            message = listener.get_message(timeout=1)
            if message is not None and message["type"] == kind:
                return message
        self.fail(f"no {kind} came")

    def test_cache_with_time_to_live(self):
        self.assertIsNone(self.redis.get("page:1"))
        self.redis.set("page:1", "<html>", px=600_000)
        self.assertTrue(0 < self.redis.pttl("page:1") <= 600_000)
        self.assertFalse(self.redis.set("page:1", "other", nx=True))
        self.assertEqual(self.redis.get("page:1"), "<html>")
        listener = self.redis.pubsub()
        listener.psubscribe("__keyspace@0__:*")
        self.await_message(listener, "psubscribe")
        self.redis.pexpire("page:1", 1)
        self.assertEqual(self.await_message(listener, "pmessage")["data"], "expired")
        self.assertIsNone(self.redis.get("page:1"))

    def test_session(self):
        self.redis.hset("session:7", mapping={"user": "ada", "visits": 1})
        self.redis.expire("session:7", 1800)
        self.assertEqual(self.redis.hincrby("session:7", "visits"), 2)
        self.assertEqual(self.redis.hgetall("session:7"), {"user": "ada", "visits": "2"})
        self.redis.hdel("session:7", "user", "visits")
        self.assertFalse(self.redis.exists("session:7"))

    def test_rate_limiter(self):
        """A window that slides: the requests of the last minute by their time."""
        allowed = 0
        for moment in range(0, 100, 5):
            pipe = self.redis.pipeline()
            pipe.zremrangebyscore("limit:ada", "-inf", moment - 60)
            pipe.zadd("limit:ada", {f"request:{moment}": moment})
            pipe.zcard("limit:ada")
            pipe.expire("limit:ada", 60)
            allowed += pipe.execute()[2] <= 10
        self.assertEqual(allowed, 10)

    def test_leaderboard(self):
        self.redis.zadd("board", {f"player:{n}": n * 7 % 1000 for n in range(1000)})
        self.redis.zincrby("board", 5000, "player:17")
        self.assertEqual(self.redis.zrevrank("board", "player:17"), 0)
        self.assertEqual(self.redis.zrevrange("board", 0, 1, withscores=True),
                         [("player:17", 5119), ("player:857", 999)])
        self.assertEqual(self.redis.zcount("board", 0, 9), 10)

    def test_work_queue(self):
        """Workers wait; each job is done once, and moved while it is worked on."""
        done = []

        def work():
            client = self.client()
            while (job := client.blmove("jobs", "working", DEADLINE_S, "LEFT", "RIGHT")) != "end":
                done.append(job)
                client.lrem("working", 1, job)

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        jobs = [f"job:{n}" for n in range(100)]
        for job in jobs:
            self.redis.rpush("jobs", job)
        self.redis.rpush("jobs", *["end"] * len(workers))
        for worker in workers:
            worker.join(DEADLINE_S)
        self.assertEqual(sorted(done), sorted(jobs))
        self.assertEqual(self.redis.lrange("working", 0, -1), ["end"] * len(workers))

    def test_publish_and_subscribe(self):
        listener = self.redis.pubsub()
        listener.subscribe("news")
        listener.psubscribe("alerts.*")
        self.await_message(listener, "subscribe")
        self.await_message(listener, "psubscribe")
        self.assertEqual(self.redis.publish("news", "hello"), 1)
        self.assertEqual(self.redis.publish("alerts.disk", "full"), 1)
        self.assertEqual(self.redis.publish("nobody", "hears"), 0)
        self.assertEqual(self.await_message(listener, "message")["data"], "hello")
        self.assertEqual(self.await_message(listener, "pmessage")["channel"], "alerts.disk")

    def test_optimistic_locking(self):
        """Two at once: who comes second starts again."""
        self.redis.set("balance", 100)
        attempts = []

        def withdraw(pipe):
            balance = int(pipe.get("balance"))
            attempts.append(balance)
            if len(attempts) == 1:
                self.client().decrby("balance", 30)
            pipe.multi()
            pipe.set("balance", balance - 50)

        self.redis.transaction(withdraw, "balance")
        self.assertEqual(attempts, [100, 70])
        self.assertEqual(self.redis.get("balance"), "20")

    def test_sets_of_tags(self):
        self.redis.sadd("tag:red", 1, 2, 3, 4)
        self.redis.sadd("tag:round", 3, 4, 5)
        self.assertEqual(self.redis.sinter("tag:red", "tag:round"), {"3", "4"})
        self.assertEqual(self.redis.sunionstore("tag:any", "tag:red", "tag:round"), 5)
        self.assertEqual(set(self.redis.sscan_iter("tag:any")), {"1", "2", "3", "4", "5"})

    def test_places_nearby(self):
        self.redis.geoadd("towns", [13.361389, 38.115556, "Palermo", 15.087269, 37.502669,
                                    "Catania"])
        self.assertEqual(self.redis.geosearch("towns", longitude=15, latitude=37, radius=100,
                                              unit="km"), ["Catania"])

    def test_unique_visitors(self):
        for visitor in range(1000):
            self.redis.pfadd("visitors", visitor % 500)
        self.assertAlmostEqual(self.redis.pfcount("visitors"), 500, delta=25)

    def test_bulk_loading(self):
        pipe = self.redis.pipeline(transaction=False)
        for number in range(5000):
            pipe.set(f"key:{number}", "x" * (number % 300))
        self.assertTrue(all(pipe.execute()))
        self.assertEqual(self.redis.dbsize(), 5000)
        self.assertEqual(len(list(self.redis.scan_iter(match="key:*", count=500))), 5000)
        self.redis.flushall()
        self.assertEqual(self.redis.dbsize(), 0)


if __name__ == "__main__":
    unittest.main()
