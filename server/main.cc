// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fcntl.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "server/config.h"
#include "server/crash_report.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/net/server.h"
#include "server/pid_file.h"
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

// Another descriptor for what `fd` is. Throws std::system_error where there is none to be had.
int Duplicate(int fd) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  return copy;
}

// What the server is made of, each part of those above it. Making it throws std::system_error where
// the system refuses a descriptor.
struct Parts {
  explicit Parts(ebb::ConfigStore& config)
      : engine(config, ebb::TimeSource::System()),
        crash_report(config, engine),
        server(io, engine),
        signalled(io, Duplicate(signals.fd())) {}

  const ebb::ShutdownSignals signals;
  asio::io_context io{1};
  ebb::Engine engine;
  const ebb::CrashReport crash_report;
  ebb::net::Server server;
  asio::posix::stream_descriptor signalled;  // Asio closes what it is given
};

// Serves until it is asked to end; answers the exit status.
int Run(Parts& parts, const ebb::Config& options) {
  using namespace ebb;
  if (const std::string problem = parts.server.Listen(); !problem.empty()) {
    log::Warning("Cannot start: {}", problem);
    return 1;
  }
  const auto shut_down = [&parts] {
    parts.signalled.cancel();
    parts.server.Stop();
  };
  parts.signalled.async_wait(
      asio::posix::stream_descriptor::wait_read, [&](asio::error_code error) {
        if (error) return;
        const int first = parts.signals.first();
        log::Notice("Received {}, shutting down", first == SIGINT ? "SIGINT" : "SIGTERM");
        shut_down();
      });
  // Later: the command that asks stands in the middle of a connection.
  parts.engine.on_shutdown = [&] { asio::post(parts.io, shut_down); };
  parts.engine.StartThreads();
  parts.server.Start();
  const PidFile pid_file(PidFilePath(options));
  AnnounceReady(options);
  parts.io.run();
  size_t keys = 0;
  for (const auto& [index, db] : parts.engine.databases().used()) keys += db.size();
  FinishProcess(options, keys);
  return 0;
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

  std::optional<Parts> parts;
  try {
    parts.emplace(config);
  } catch (const std::system_error& error) {
    log::Warning("Cannot start: {}", error.what());
    return 1;
  }
  return Run(*parts, config.values());
}
