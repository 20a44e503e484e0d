// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What applications do with a server by node-redis, in both protocols.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { RESP_TYPES, WatchError, createClient, createClientPool } from "@redis/client";

import { Arrivals, happens, kLimit, range, startServer } from "./server.mjs";

for (const RESP of [2, 3]) {
  describe(`node-redis, RESP${RESP}`, () => {
    let server;
    let redis;
    let clients = [];

    async function connect(options, reconnectStrategy) {
      const socket = { host: "127.0.0.1", port: server.port, reconnectStrategy };
      const client = createClient({ RESP, socket, ...options });
      // One that is told nothing of errors ends the process; what fails is seen by its promise.
      client.on("error", () => {});
      clients.push(client);
      await client.connect();
      return client;
    }

    before(async () => {
      server = await startServer("--notify-keyspace-events", "Kx");
    });
    after(() => server.stop());
    beforeEach(async () => {
      redis = await connect();
      await redis.flushAll();
    });
    afterEach(() => {
      for (const client of clients) if (client.isOpen) client.destroy();
      clients = [];
    });

    test("connects, and says who it is", kLimit, async () => {
      const client = await connect({ name: "worker", database: 3 });
      const info = await client.clientInfo();
      assert.equal(info.name, "worker");
      assert.equal(info.db, 3);
      if (info.resp !== undefined) assert.equal(info.resp, RESP);
      // Where servers know of libraries' names, they tell it.
      assert.match(String(info.libName ?? "node-redis"), /^node-redis/);
      const hello = await client.hello(RESP);
      assert.equal(hello.proto, RESP);
      assert.equal(hello.role, "master");
    });

    test("says the password", kLimit, async () => {
      await redis.configSet("requirepass", "secret");
      // RESP3 begins with HELLO, which is refused already.
      const stranger = connect({}, false).then((client) => client.get("key"));
      await assert.rejects(stranger, /NOAUTH /);
      const friend = await connect({ password: "secret" });
      assert.equal(await friend.get("key"), null);
      const named = await connect({ username: "default", password: "secret" });
      assert.equal(await named.ping(), "PONG");
      assert.equal(await redis.configSet("requirepass", ""), "OK");
    });

    test("comes back, with its database and its subscriptions", kLimit, async () => {
      const reader = await connect({ database: 2 });
      const listener = await connect();
      const messages = new Arrivals();
      await listener.subscribe("news", messages.put);
      await reader.set("key", "value");
      const ready = [happens(reader, "ready"), happens(listener, "ready")];
      await redis.clientKill({ filter: "TYPE", type: "pubsub" });
      await redis.clientKill({ filter: "ID", id: await reader.clientId() });
      await Promise.all(ready);
      assert.equal(await reader.get("key"), "value");
      while ((await redis.publish("news", "again")) === 0);
      assert.deepEqual(await messages.next(), ["again", "news"]);
    });

    test("cache with a time to live", kLimit, async () => {
      assert.equal(await redis.get("page:1"), null);
      const seconds = { type: "EX", value: 600 };
      assert.equal(await redis.set("page:1", "<html>", { expiration: seconds }), "OK");
      const left = await redis.pTTL("page:1");
      assert.ok(left > 0 && left <= 600_000);
      assert.equal(await redis.set("page:1", "other", { condition: "NX" }), null);
      assert.deepEqual(await redis.mGet(["page:1", "page:2"]), ["<html>", null]);
      const listener = await connect();
      const events = new Arrivals();
      await listener.pSubscribe("__keyspace@0__:*", events.put);
      await redis.pExpire("page:1", 1);
      assert.deepEqual(await events.next(), ["expired", "__keyspace@0__:page:1"]);
      assert.equal(await redis.get("page:1"), null);
    });

    test("bytes as they are", kLimit, async () => {
      const buffers = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      const bytes = Buffer.from(range(256));
      await redis.hSet(Buffer.from([0xff, 0]), bytes, bytes);
      assert.deepEqual(await buffers.hVals(Buffer.from([0xff, 0])), [bytes]);
      const large = Buffer.alloc(8 << 20, "ebb");
      await redis.set("large", large);
      assert.ok(large.equals(await buffers.get("large")));
    });

    test("session", kLimit, async () => {
      await redis.hSet("session:7", { user: "ada", visits: 1 });
      await redis.expire("session:7", 1800);
      assert.equal(await redis.hIncrBy("session:7", "visits", 1), 2);
      assert.deepEqual({ ...(await redis.hGetAll("session:7")) }, { user: "ada", visits: "2" });
      assert.equal(await redis.hDel("session:7", ["user", "visits"]), 2);
      assert.equal(await redis.exists("session:7"), 0);
      assert.deepEqual({ ...(await redis.hGetAll("session:7")) }, {});
    });

    test("rate limiter: a window that slides", kLimit, async () => {
      let allowed = 0;
      for (let moment = 0; moment < 100; moment += 5) {
        const replies = await redis
          .multi()
          .zRemRangeByScore("limit:ada", "-inf", moment - 60)
          .zAdd("limit:ada", { score: moment, value: `request:${moment}` })
          .zCard("limit:ada")
          .expire("limit:ada", 60)
          .exec();
        allowed += replies[2] <= 10;
      }
      assert.equal(allowed, 10);
    });

    test("leaderboard", kLimit, async () => {
      const players = range(1000, (number) => ({
        score: (number * 7) % 1000,
        value: `player:${number}`,
      }));
      assert.equal(await redis.zAdd("board", players), 1000);
      assert.equal(await redis.zIncrBy("board", 5000.5, "player:17"), 5119.5);
      assert.equal(await redis.zRevRank("board", "player:17"), 0);
      assert.deepEqual(
        (await redis.zRangeWithScores("board", 0, 1, { REV: true })).map((entry) => ({ ...entry })),
        [
          { value: "player:17", score: 5119.5 },
          { value: "player:857", score: 999 },
        ],
      );
      assert.equal(await redis.zCount("board", 0, "(10"), 10);
      assert.deepEqual({ ...(await redis.zPopMin("board")) }, { value: "player:0", score: 0 });
      assert.equal(await redis.zScore("board", "nobody"), null);
    });

    test("work queue: each job is done once, and moved meanwhile", kLimit, async () => {
      const done = [];
      async function work() {
        const client = await connect();
        for (;;) {
          const job = await client.blMove("jobs", "working", "LEFT", "RIGHT", 0);
          if (job === "end") return;
          done.push(job);
          await client.lRem("working", 1, job);
        }
      }
      const workers = range(3, work);
      const jobs = range(100, (number) => `job:${number}`);
      for (const job of jobs) await redis.rPush("jobs", job);
      await redis.rPush("jobs", workers.map(() => "end"));
      await Promise.all(workers);
      assert.deepEqual(done.sort(), jobs.sort());
      assert.deepEqual(await redis.lRange("working", 0, -1), ["end", "end", "end"]);
      const waiting = await connect();
      assert.equal(await waiting.blPop(["empty", "also empty"], 0.01), null);
      const popped = waiting.bzPopMax(["first", "second"], 0);
      await redis.zAdd("second", [
        { score: 1, value: "a" },
        { score: 2, value: "b" },
      ]);
      assert.deepEqual({ ...(await popped) }, { key: "second", value: "b", score: 2 });
    });

    test("publish and subscribe", kLimit, async () => {
      const listener = await connect();
      const messages = new Arrivals();
      await listener.subscribe(["news", "weather"], messages.put);
      await listener.pSubscribe("alerts.*", messages.put);
      await listener.sSubscribe("shard", messages.put);
      assert.equal(await redis.publish("news", "hello"), 1);
      assert.equal(await redis.publish("alerts.disk", "full"), 1);
      assert.equal(await redis.sPublish("shard", "local"), 1);
      assert.equal(await redis.publish("nobody", "hears"), 0);
      assert.deepEqual(await messages.next(), ["hello", "news"]);
      assert.deepEqual(await messages.next(), ["full", "alerts.disk"]);
      assert.deepEqual(await messages.next(), ["local", "shard"]);
      assert.deepEqual(
        { ...(await redis.pubSubNumSub(["news", "nobody"])) },
        { news: 1, nobody: 0 },
      );
      // With RESP3 a connection goes on as before while it is subscribed.
      if (RESP === 3) assert.equal(await listener.get("key"), null);
      await listener.unsubscribe(["news", "weather"]);
      await listener.pUnsubscribe("alerts.*");
      await listener.sUnsubscribe("shard");
      assert.equal(await listener.get("key"), null);
    });

    test("optimistic locking: who comes second starts again", kLimit, async () => {
      await redis.set("balance", 100);
      const other = await connect();
      const seen = [];
      async function withdraw() {
        await redis.watch("balance");
        const balance = Number(await redis.get("balance"));
        seen.push(balance);
        if (seen.length === 1) await other.decrBy("balance", 30);
        return redis.multi().set("balance", balance - 50).exec();
      }
      await assert.rejects(withdraw(), WatchError);
      assert.deepEqual(await withdraw(), ["OK"]);
      assert.deepEqual(seen, [100, 70]);
      assert.equal(await redis.get("balance"), "20");
    });

    test("errors stand where they belong", kLimit, async () => {
      await redis.set("text", "abc");
      await assert.rejects(redis.lPush("text", "x"), /WRONGTYPE /);
      const failed = await redis
        .multi()
        .incr("text")
        .strLen("text")
        .exec()
        .catch((error) => error);
      assert.match(String(failed.replies[0]), /ERR value is not an integer/);
      assert.equal(failed.replies[1], 3);
      const broken = redis.multi().set("other", "1").addCommand(["NOSUCH"]).exec();
      await assert.rejects(broken, /unknown command 'NOSUCH'/);
      assert.equal(await redis.exists("other"), 0);
    });

    test("bulk loading, and walking through it", kLimit, async () => {
      // Commands of one turn of the event loop go out together.
      const replies = await Promise.all(
        range(5000, (number) => redis.set(`key:${number}`, "x".repeat(number % 300))),
      );
      assert.ok(replies.every((reply) => reply === "OK"));
      assert.equal(await redis.dbSize(), 5000);
      const found = new Set();
      for await (const keys of redis.scanIterator({ MATCH: "key:*", COUNT: 500 }))
        for (const key of keys) found.add(key);
      assert.equal(found.size, 5000);
      await redis.sAdd("members", [...found]);
      let members = 0;
      for await (const some of redis.sScanIterator("members")) members += some.length;
      assert.equal(members, 5000);
    });

    test("a pool of connections", kLimit, async () => {
      const pool = createClientPool(
        { RESP, socket: { host: "127.0.0.1", port: server.port } },
        { minimum: 2, maximum: 4 },
      );
      await pool.connect();
      await Promise.all(range(100, () => pool.incr("hits")));
      assert.equal(await pool.get("hits"), "100");
      await pool.close();
    });

    test("looks on", kLimit, async () => {
      const watching = await connect();
      const seen = new Arrivals();
      await watching.monitor(seen.put);
      await redis.set("a key", 'a "value"');
      const [line] = await seen.next();
      assert.match(line, /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "a key" "a \\"value\\""$/);
    });
  });
}
