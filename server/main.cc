// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "server/config.h"
#include "server/crash_report.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/net/server.h"
#include "server/process.h"
#include "storage/memory/allocator.h"

// The composition root: configuration, engine, network, signals, loop.
int main(int argc, char** argv) {
  using namespace ebb;
  const memory::ThreadAccount account;
  ConfigStore config;
  if (const auto exit_code = LoadConfiguration(config, argc, argv)) return *exit_code;
  if (!PrepareProcess(config)) return 1;

  asio::io_context io(1);
  Engine engine(config, TimeSource::System());
  const CrashReport crash_report(config, engine);
  net::Server server(io, engine);
  if (const std::string problem = server.Listen(); !problem.empty()) {
    log::Warning("Cannot start: {}", problem);
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  const auto shut_down = [&] {
    signals.cancel();
    server.Stop();
  };
  signals.async_wait([&](asio::error_code error, int number) {
    if (error) return;
    log::Notice("Received {}, shutting down", number == SIGINT ? "SIGINT" : "SIGTERM");
    shut_down();
  });
  // Later: the command that asks stands in the middle of a connection.
  engine.on_shutdown = [&] { asio::post(io, shut_down); };
  engine.StartThreads();
  server.Start();
  AnnounceReady(config.values());
  io.run();
  FinishProcess(config.values());
  return 0;
}
