// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What applications do with a server by ioredis.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { Redis } from "ioredis";

import { Arrivals, happens, kLimit, range, startServer } from "./server.mjs";

describe("ioredis", () => {
  let server;
  let redis;
  let clients = [];

  function connect(options) {
    const client = new Redis({ port: server.port, host: "127.0.0.1", ...options });
    // Told to nobody, errors are printed; what fails is seen by its promise.
    client.on("error", () => {});
    clients.push(client);
    return client;
  }

  before(async () => {
    server = await startServer("--notify-keyspace-events", "Kx");
  });
  after(() => server.stop());
  beforeEach(async () => {
    redis = connect();
    await redis.flushall();
  });
  afterEach(() => {
    for (const client of clients) client.disconnect();
    clients = [];
  });

  test("connects, and is ready when the server is", kLimit, async () => {
    const client = connect({ connectionName: "worker", db: 3 });
    const early = client.set("queued", "until connected");
    await happens(client, "ready");
    assert.equal(await early, "OK");
    // The client names its library, too; where servers know of that, they tell it.
    const line = await client.client("INFO");
    assert.match(line, /\bname=worker\b.*\bdb=3\b/);
    assert.doesNotMatch(line, /\blib-name=(?!ioredis)/);
    assert.equal(await redis.exists("queued"), 0);
  });

  test("says the password", kLimit, async () => {
    await redis.config("SET", "requirepass", "secret");
    const stranger = connect({ lazyConnect: true, retryStrategy: null });
    await assert.rejects(stranger.get("key"), /NOAUTH /);
    const friend = connect({ password: "secret" });
    assert.equal(await friend.get("key"), null);
    const named = connect({ username: "default", password: "secret" });
    assert.equal(await named.ping(), "PONG");
    assert.equal(await redis.config("SET", "requirepass", ""), "OK");
  });

  test("comes back, with its database and its subscriptions", kLimit, async () => {
    const reader = connect({ db: 2 });
    const listener = connect();
    const messages = new Arrivals();
    listener.on("message", messages.put);
    await listener.subscribe("news");
    await reader.set("key", "value");
    const ready = [happens(reader, "ready"), happens(listener, "ready")];
    await redis.client("KILL", "TYPE", "pubsub");
    await redis.client("KILL", "ID", await reader.client("ID"));
    await Promise.all(ready);
    assert.equal(await reader.get("key"), "value");
    while ((await redis.publish("news", "again")) === 0);
    assert.deepEqual(await messages.next(), ["news", "again"]);
  });

  test("cache with a time to live", kLimit, async () => {
    assert.equal(await redis.get("page:1"), null);
    assert.equal(await redis.set("page:1", "<html>", "EX", 600), "OK");
    const left = await redis.pttl("page:1");
    assert.ok(left > 0 && left <= 600_000);
    assert.equal(await redis.set("page:1", "other", "NX"), null);
    assert.deepEqual(await redis.mget("page:1", "page:2"), ["<html>", null]);
    const listener = connect();
    const events = new Arrivals();
    listener.on("pmessage", events.put);
    await listener.psubscribe("__keyspace@0__:*");
    await redis.pexpire("page:1", 1);
    assert.deepEqual(await events.next(), [
      "__keyspace@0__:*",
      "__keyspace@0__:page:1",
      "expired",
    ]);
    assert.equal(await redis.get("page:1"), null);
  });

  test("bytes as they are", kLimit, async () => {
    const bytes = Buffer.from(range(256));
    await redis.hset(Buffer.from([0xff, 0]), bytes, bytes);
    const found = await redis.hgetallBuffer(Buffer.from([0xff, 0]));
    assert.deepEqual(Object.values(found), [bytes]);
    const large = Buffer.alloc(8 << 20, "ebb");
    await redis.set("large", large);
    assert.ok(large.equals(await redis.getBuffer("large")));
  });

  test("session", kLimit, async () => {
    await redis.hset("session:7", { user: "ada", visits: 1 });
    await redis.expire("session:7", 1800);
    assert.equal(await redis.hincrby("session:7", "visits", 1), 2);
    assert.deepEqual(await redis.hgetall("session:7"), { user: "ada", visits: "2" });
    assert.equal(await redis.hdel("session:7", "user", "visits"), 2);
    assert.equal(await redis.exists("session:7"), 0);
    assert.deepEqual(await redis.hgetall("session:7"), {});
  });

  test("rate limiter: a window that slides", kLimit, async () => {
    let allowed = 0;
    for (let moment = 0; moment < 100; moment += 5) {
      const replies = await redis
        .multi()
        .zremrangebyscore("limit:ada", "-inf", moment - 60)
        .zadd("limit:ada", moment, `request:${moment}`)
        .zcard("limit:ada")
        .expire("limit:ada", 60)
        .exec();
      allowed += replies[2][1] <= 10;
    }
    assert.equal(allowed, 10);
  });

  test("leaderboard", kLimit, async () => {
    const players = range(1000, (number) => [(number * 7) % 1000, `player:${number}`]);
    assert.equal(await redis.zadd("board", ...players.flat()), 1000);
    assert.equal(await redis.zincrby("board", 5000.5, "player:17"), "5119.5");
    assert.equal(await redis.zrevrank("board", "player:17"), 0);
    assert.deepEqual(await redis.zrange("board", 0, 1, "REV", "WITHSCORES"), [
      "player:17",
      "5119.5",
      "player:857",
      "999",
    ]);
    assert.equal(await redis.zcount("board", 0, "(10"), 10);
    assert.deepEqual(await redis.zpopmin("board"), ["player:0", "0"]);
  });

  test("work queue: each job is done once, and moved while it is worked on", kLimit, async () => {
    const done = [];
    async function work() {
      const client = connect();
      for (;;) {
        const job = await client.blmove("jobs", "working", "LEFT", "RIGHT", 0);
        if (job === "end") return;
        done.push(job);
        await client.lrem("working", 1, job);
      }
    }
    const workers = range(3, work);
    const jobs = range(100, (number) => `job:${number}`);
    for (const job of jobs) await redis.rpush("jobs", job);
    await redis.rpush("jobs", ...workers.map(() => "end"));
    await Promise.all(workers);
    assert.deepEqual(done.sort(), jobs.sort());
    assert.deepEqual(await redis.lrange("working", 0, -1), ["end", "end", "end"]);
    const waiting = connect();
    assert.equal(await waiting.blpop("empty", "also empty", 0.01), null);
    const popped = waiting.bzpopmax("first", "second", 0);
    await redis.zadd("second", 1, "a", 2, "b");
    assert.deepEqual(await popped, ["second", "b", "2"]);
  });

  test("publish and subscribe", kLimit, async () => {
    const listener = connect();
    const messages = new Arrivals();
    listener.on("message", messages.put);
    listener.on("pmessage", messages.put);
    assert.equal(await listener.subscribe("news", "weather"), 2);
    assert.equal(await listener.psubscribe("alerts.*"), 3);
    await assert.rejects(listener.get("key"), /subscriber mode/);
    assert.equal(await redis.publish("news", "hello"), 1);
    assert.equal(await redis.publish("alerts.disk", "full"), 1);
    assert.equal(await redis.publish("nobody", "hears"), 0);
    assert.deepEqual(await messages.next(), ["news", "hello"]);
    assert.deepEqual(await messages.next(), ["alerts.*", "alerts.disk", "full"]);
    assert.deepEqual(await redis.pubsub("NUMSUB", "news", "nobody"), ["news", 1, "nobody", 0]);
    assert.equal(await listener.unsubscribe("news", "weather"), 1);
    assert.equal(await listener.punsubscribe("alerts.*"), 0);
    assert.equal(await listener.get("key"), null);
  });

  test("optimistic locking: who comes second starts again", kLimit, async () => {
    await redis.set("balance", 100);
    const other = connect();
    const seen = [];
    for (let replies = null; replies === null; ) {
      await redis.watch("balance");
      const balance = Number(await redis.get("balance"));
      seen.push(balance);
      if (seen.length === 1) await other.decrby("balance", 30);
      replies = await redis.multi().set("balance", balance - 50).exec();
    }
    assert.deepEqual(seen, [100, 70]);
    assert.equal(await redis.get("balance"), "20");
  });

  test("errors stand where they belong", kLimit, async () => {
    await redis.set("text", "abc");
    await assert.rejects(redis.lpush("text", "x"), /^ReplyError: WRONGTYPE /);
    const [number, good] = await redis.pipeline().incr("text").strlen("text").exec();
    assert.match(String(number[0]), /^ReplyError: ERR value is not an integer/);
    assert.deepEqual(good, [null, 3]);
    const broken = redis.multi().set("other", 1).call("NOSUCH").exec();
    await assert.rejects(broken, /^ReplyError: EXECABORT /);
    assert.equal(await redis.exists("other"), 0);
  });

  test("bulk loading, and walking through it", kLimit, async () => {
    const pipeline = redis.pipeline();
    for (const number of range(5000)) pipeline.set(`key:${number}`, "x".repeat(number % 300));
    const replies = await pipeline.exec();
    assert.ok(replies.every(([error, reply]) => error === null && reply === "OK"));
    assert.equal(await redis.dbsize(), 5000);
    const found = new Set();
    for await (const keys of redis.scanStream({ match: "key:*", count: 500 }))
      for (const key of keys) found.add(key);
    assert.equal(found.size, 5000);
    // Commands of one turn of the event loop go out together.
    const automatic = connect({ enableAutoPipelining: true, keyPrefix: "key:" });
    const values = await Promise.all(range(300, (number) => automatic.get(String(number))));
    assert.deepEqual(values.map((value) => value.length), range(300));
  });

  test("looks on", kLimit, async () => {
    const monitor = await redis.monitor();
    clients.push(monitor);
    const seen = new Arrivals();
    monitor.on("monitor", (time, argv, source, database) => seen.put(argv, database));
    await redis.set("a key", 'a "value"');
    assert.deepEqual(await seen.next(), [["set", "a key", 'a "value"'], "0"]);
  });
});
