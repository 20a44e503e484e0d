// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/support/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

namespace ebb::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A port that was free a moment ago. Another process may take it first; Start then tries another
// one.
int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  int port = 0;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(fd);
  return port;
}

std::filesystem::path MakeDirectory() {
  // Short, for the path of a Unix socket must fit in some hundred bytes.
  std::string path = "/tmp/ebb-test-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) ADD_FAILURE() << "no temporary directory: " << path;
  return path;
}

// In the new process, between fork and exec: only what is safe there.
[[noreturn]] void BecomeServer(char* const* argv, const char* log, pid_t parent,
                               const ServerSpec& spec) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const auto limit = [](__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    if (value > 0 && ::setrlimit(resource, &both) != 0) ::_exit(127);
  };
  limit(RLIMIT_NOFILE, static_cast<rlim_t>(spec.max_files));
  limit(RLIMIT_STACK, spec.stack);
  const int out = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::unsetenv("EBB_DEFAULTS");
  ::execvp(argv[0], argv);
  ::_exit(127);
}

}  // namespace

ServerProcess::ServerProcess(ServerSpec spec)
    : spec_(std::move(spec)), directory_(MakeDirectory()) {
  if (!spec_.config.empty()) std::ofstream(config_path()) << spec_.config;
  Start();
}

ServerProcess::~ServerProcess() {
  const bool runs = pid_fd_ >= 0;
  const std::optional<int> status = Stop();
  // Not 0 after a crash, and when a sanitizer has found something.
  if (runs && status != 0) {
    ADD_FAILURE() << spec_.program << " ended with status " << status.value_or(-1);
  }
  if (::testing::Test::HasFailure()) {
    std::cerr << "---- log of " << spec_.program << "\n" << Log() << "----\n";
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Connection ServerProcess::Connect() const {
  return Connection::Tcp(port_);
}

Connection ServerProcess::ConnectUnix() const {
  return Connection::Unix(socket_path());
}

std::string ServerProcess::Log() const {
  std::ostringstream text;
  text << std::ifstream(directory_ / "log").rdbuf();
  return text.str();
}

void ServerProcess::Signal(int number) {
  if (pid_fd_ >= 0) ::kill(pid_, number);  // not waited for yet, so the number is still its own
}

void ServerProcess::Freeze() {
  Signal(SIGSTOP);
  siginfo_t info;
  if (pid_fd_ >= 0) ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED);
}

std::optional<int> ServerProcess::WaitForExit() {
  EndedWithin(spec_.limit);
  return exit_status_;
}

std::optional<int> ServerProcess::Stop() {
  Signal(SIGTERM);
  if (!EndedWithin(spec_.limit)) {
    ADD_FAILURE() << spec_.program << " ignores SIGTERM";
    Signal(SIGKILL);
    EndedWithin(spec_.limit);
  }
  return exit_status_;
}

void ServerProcess::Restart() {
  Stop();
  Start();
}

void ServerProcess::Start() {
  constexpr int kAttempts = 5;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (port_ == 0) port_ = FreePort();
    Spawn();
    if (!spec_.await_ready || AwaitReady()) return;
    const bool port_taken = exit_status_.has_value() && Log().find("in use") != std::string::npos;
    if (!port_taken) break;
    port_ = 0;
  }
  ADD_FAILURE() << spec_.program << " did not get ready; its log:\n" << Log();
}

std::vector<std::string> ServerProcess::CommandLine() const {
  std::vector<std::string> line{spec_.program};
  if (!spec_.config.empty()) line.push_back(config_path());
  line.insert(line.end(), {"--bind", "127.0.0.1", "--port", std::to_string(port_)});
  line.insert(line.end(), {"--dir", directory_.string()});
  if (spec_.unix_socket) line.insert(line.end(), {"--unixsocket", socket_path().string()});
  line.insert(line.end(), spec_.options.begin(), spec_.options.end());
  return line;
}

void ServerProcess::Spawn() {
  std::vector<std::string> line = CommandLine();
  std::vector<char*> argv;
  for (std::string& argument : line) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string log = directory_ / "log";
  const pid_t parent = ::getpid();
  exit_status_.reset();
  pid_ = ::fork();
  if (pid_ == 0) BecomeServer(argv.data(), log.c_str(), parent, spec_);
  // By number: the C library's declaration of pidfd_open cannot be used from C++ in Debian 12.
  pid_fd_ = pid_ > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)) : -1;
  if (pid_fd_ < 0) ADD_FAILURE() << "can't start " << spec_.program;
}

bool ServerProcess::AwaitReady() {
  const auto deadline = steady_clock::now() + spec_.limit;
  while (steady_clock::now() < deadline) {
    const Reply reply = Connect().Command({"PING"});
    if (reply == Reply::Status("PONG") || reply.IsError("NOAUTH")) return true;
    if (EndedWithin(milliseconds(5))) return false;
  }
  return false;
}

// Waits for the end itself, not for a time; notes the exit status.
bool ServerProcess::EndedWithin(milliseconds limit) {
  if (pid_fd_ < 0) return true;
  pollfd ended{pid_fd_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return false;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ::close(pid_fd_);
  pid_fd_ = -1;
  return true;
}

}  // namespace ebb::test
