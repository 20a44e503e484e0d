// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// A server of a test's own, and what tests of applications wait by.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

// No test takes longer unless something hangs.
export const kLimit = { timeout: 30_000 };

async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => socket.end(() => resolve(true)));
    socket.on("error", () => resolve(false));
  });
}

// Starts the program that EBB_PROGRAM names (ebb-server; redis-server passes as well) on a loopback
// port with these options besides. What is returned has its `port`, and `stop`, which ends it and
// throws unless it ended well.
export async function startServer(...options) {
  const home = mkdtempSync(path.join(os.tmpdir(), "ebb-test-"));
  const port = await freePort();
  const log = path.join(home, "log");
  const output = openSync(log, "w");
  const server = spawn(
    process.env.EBB_PROGRAM ?? "ebb-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", ...options],
    { cwd: home, stdio: ["ignore", output, output] },
  );
  closeSync(output);
  const ended = once(server, "exit");
  let running = true;
  ended.then(() => (running = false));
  while (running && !(await answers(port)));
  if (!running) throw new Error(`the server has ended:\n${readFileSync(log, "utf8")}`);

  async function stop() {
    server.kill("SIGTERM");
    const [status] = await ended;
    rmSync(home, { recursive: true });
    if (status !== 0) throw new Error(`the server ended with status ${status}`);
  }
  return { port, stop };
}

// Values that come one by one, such as messages: `put` is called with each, `next` waits for one.
export class Arrivals {
  #values = [];
  #waiting = [];

  put = (...value) => {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#values.push(value);
    else resolve(value);
  };

  async next() {
    return this.#values.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }
}

// Waits for something that happens to a client. Errors on the way, as one that comes back has, do
// not count.
export function happens(client, event) {
  return new Promise((resolve) => client.once(event, resolve));
}

export function range(count, make = (number) => number) {
  return Array.from({ length: count }, (_, number) => make(number));
}
