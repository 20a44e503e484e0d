// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fcntl.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <csignal>

#include "server/config.h"
#include "server/crash_report.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/net/server.h"
#include "server/process.h"
#include "server/process_title.h"
#include "server/shutdown_signals.h"
#include "storage/memory/allocator.h"

namespace {

// Where the server is started without one of its standard streams, what is said there is lost.
// Otherwise the next descriptor to be opened would take the place, and the log go into it.
void FillStandardStreams() {
  int fd = -1;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

}  // namespace

// The composition root: configuration, engine, network, signals, loop.
int main(int argc, char** argv) {
  using namespace ebb;
  FillStandardStreams();
  const memory::ThreadAccount account;
  ProcessTitle title(argv, environ);
  ConfigStore config;
  if (const auto exit_code = LoadConfiguration(config, argc, argv)) return *exit_code;
  title.Follow(config);
  if (!PrepareProcess(config)) return 1;

  const ShutdownSignals signals;
  asio::io_context io(1);
  Engine engine(config, TimeSource::System());
  const CrashReport crash_report(config, engine);
  net::Server server(io, engine);
  if (const std::string problem = server.Listen(); !problem.empty()) {
    log::Warning("Cannot start: {}", problem);
    return 1;
  }
  // Asio closes what it is given.
  asio::posix::stream_descriptor signalled(io, fcntl(signals.fd(), F_DUPFD_CLOEXEC, 0));
  const auto shut_down = [&] {
    signalled.cancel();
    server.Stop();
  };
  signalled.async_wait(asio::posix::stream_descriptor::wait_read, [&](asio::error_code error) {
    if (error) return;
    log::Notice("Received {}, shutting down", signals.first() == SIGINT ? "SIGINT" : "SIGTERM");
    shut_down();
  });
  // Later: the command that asks stands in the middle of a connection.
  engine.on_shutdown = [&] { asio::post(io, shut_down); };
  engine.StartThreads();
  server.Start();
  AnnounceReady(config.values());
  io.run();
  size_t keys = 0;
  for (const auto& [index, db] : engine.databases().used()) keys += db.size();
  FinishProcess(config.values(), keys);
  return 0;
}
