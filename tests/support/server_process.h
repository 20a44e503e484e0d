// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/connection.h"

namespace ebb::test {

// What to start. Everything has a default: `ServerProcess server;` is an ebb-server on a free port
// of 127.0.0.1.
struct ServerSpec {
  std::string program =
      EBB_SERVER_PATH;  // or "redis-server", to compare; looked up in PATH if it has no slash
  std::vector<std::string> options = {};  // as on the command line: {"--maxmemory", "100mb"}
  std::string config = {};                // the text of its configuration file; none when empty
  int max_files = 0;                      // its limits of open files, soft and hard; 0: as ours
  uint64_t stack = 0;                     // its limit of the stack in bytes, also its threads'
  bool unix_socket = false;               // listen on a Unix socket too
  bool await_ready = true;  // false: don't wait for it to answer, it may be meant to fail
  std::chrono::milliseconds limit = std::chrono::seconds(30);  // to get ready, and to end
};

// A server process of a test's own: with its own directory, which is also its `dir`, its own
// loopback port and its output in a file. It is ended with the object, and by the kernel should the
// test die first.
//
// A server that doesn't get ready fails the test with its log, and all its connections answer
// Reply::Lost.
//
// Thread: the one that made the object, which has to outlive it (the kernel ends the server with
// that thread).
class ServerProcess {
 public:
  explicit ServerProcess(ServerSpec spec = {});
  ~ServerProcess();  // ends the server, removes the directory, prints the log when the test has
                     // failed
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  Connection Connect() const;
  Connection ConnectUnix() const;  // with spec.unix_socket

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path socket_path() const { return directory_ / "server.sock"; }
  std::filesystem::path config_path() const { return directory_ / "server.conf"; }

  // All it has printed so far, standard output and errors, over all starts.
  std::string Log() const;

  // Sends a signal; nothing when it has ended.
  void Signal(int number);

  // Stops it where it stands, and waits until it has; SIGCONT has it go on.
  void Freeze();

  // Its exit status, or 128 + the signal that ended it. Empty when it hasn't ended within
  // spec.limit.
  std::optional<int> WaitForExit();

  // SIGTERM, and SIGKILL when that is ignored for spec.limit, which fails the test. Returns as
  // WaitForExit.
  std::optional<int> Stop();

  // Stop, where needed, and start again in the same directory, with the port it had.
  void Restart();

 private:
  void Start();
  std::vector<std::string> CommandLine() const;
  void Spawn();
  bool AwaitReady();
  bool EndedWithin(std::chrono::milliseconds limit);

  const ServerSpec spec_;
  std::filesystem::path directory_;
  int port_ = 0;
  pid_t pid_ = -1;
  int pid_fd_ = -1;                 // readable once the process has ended; -1 when none runs
  std::optional<int> exit_status_;  // of the last run
};

}  // namespace ebb::test
