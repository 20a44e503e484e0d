// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include "server/config.h"
#include "server/engine.h"
#include "server/version.h"

namespace ebb {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPossible = false;
#else
constexpr bool kPossible = true;
#endif

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Where the handler, which is given nothing, finds what it needs.
int output = STDOUT_FILENO;
std::array<char, 4096> log_path;  // empty where there is no file
const Engine* watched = nullptr;

// A stack that has overflowed leaves no room for a handler.
std::array<std::byte, size_t{64} << 10> handler_stack;

// Takes no memory and no lock: the thread may have failed while it held the allocator's.
template <typename... Args>
void Say(fmt::format_string<Args...> text, Args&&... args) {
  std::array<char, 512> line;
  const auto [end, size] =
      fmt::format_to_n(line.data(), line.size(), text, std::forward<Args>(args)...);
  for (const char* at = line.data(); at < end;) {
    const ssize_t written = write(output, at, static_cast<size_t>(end - at));
    if (written <= 0) return;
    at += written;
  }
}

void SayStack() {
  std::array<void*, 100> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), count, output);
}

int OpenLog(const char* path) {
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

// What is most likely to fail once more comes last; then that is the end.
void Report(int number, siginfo_t* info, void*) {
  // The file that has the name now, as the log does.
  const int named = log_path[0] != 0 ? OpenLog(log_path.data()) : -1;
  if (named >= 0) output = named;
  Say("\n=== EBB BUG REPORT: please send all of it, down to its end ===\n");
  Say("Ebb {} crashed by signal: {}, si_code: {}\n", kVersion, number, info->si_code);
  if (info->si_code <= 0) {
    Say("Sent by the process {} of user {}\n", info->si_pid, info->si_uid);
  } else {
    Say("Accessing address: {}\n", info->si_addr);
  }
  Say("\n------ STACK TRACE ------\n");
  Say("(addr2line -Cfie ebb-server +0x... names what is in brackets)\n");
  SayStack();
  Say("\n------ RUNNING COMMAND ------\n");
  if (const Session* const session = watched->running_session()) {
    Say("{} of client id={}\n", session->RunningCommand(), session->id);
  } else {
    Say("none\n");
  }
  Say("\n=== EBB BUG REPORT END ===\n");
  // By the default action, which SA_RESETHAND has brought back, once this returns.
  raise(number);
}

void Handle(bool report) {
  struct sigaction action = {};  // SIG_DFL
  if (report) {
    action.sa_sigaction = Report;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  }
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace

CrashReport::CrashReport(ConfigStore& config, const Engine& engine) {
  if (!kPossible) return;
  const std::string& logfile = config.values().logfile;
  if (!logfile.empty()) {
    const std::string path = std::filesystem::absolute(logfile).string();
    if (path.size() < log_path.size()) std::ranges::copy(path, log_path.begin());
    const int fd = OpenLog(path.c_str());  // should there be no descriptor left later
    if (fd >= 0) output = fd;
  }
  watched = &engine;
  const stack_t stack = {
      .ss_sp = handler_stack.data(), .ss_flags = 0, .ss_size = handler_stack.size()};
  sigaltstack(&stack, nullptr);
  // The first call loads a library, which takes memory.
  void* frame = nullptr;
  backtrace(&frame, 1);
  const auto apply = [&config] { Handle(config.values().crash_log_enabled); };
  config.OnChange("crash-log-enabled", apply);
  apply();
}

CrashReport::~CrashReport() {
  if (!kPossible) return;
  Handle(false);
  watched = nullptr;
  log_path.fill(0);
  if (output != STDOUT_FILENO) close(std::exchange(output, STDOUT_FILENO));
}

}  // namespace ebb
