// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/crash_report.h"

#include <execinfo.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <utility>

#include "server/config.h"
#include "server/engine.h"
#include "server/log.h"
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
const Engine* watched = nullptr;

// The thread that reports; 0: none yet.
std::atomic<pid_t> reporter = 0;

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

// What is most likely to fail once more comes last; then that is the end.
void WriteReport(int number, const siginfo_t* info) {
  // The file that has the name now, as the log does.
  if (const int fd = log::OpenFile(); fd >= 0) output = fd;
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
}

// The first thread reports. Another one that fails meanwhile, over the same damage perhaps, leaves
// it the time for that; a failure of the report's own is the end.
void Report(int number, siginfo_t* info, void*) {
  constexpr unsigned kPatienceSeconds = 5;
  pid_t first = 0;
  const pid_t self = gettid();
  if (reporter.compare_exchange_strong(first, self)) {
    WriteReport(number, info);
  } else if (first != self) {
    sleep(kPatienceSeconds);
  }
  // By the default action, once this returns.
  std::signal(number, SIG_DFL);
  raise(number);
}

void Handle(bool report) {
  struct sigaction action = {};  // SIG_DFL
  if (report) {
    action.sa_sigaction = Report;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  }
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace

CrashReport::CrashReport(ConfigStore& config, const Engine& engine) {
  if (!kPossible) return;
  // Should there be no descriptor left later.
  if (const int fd = log::OpenFile(); fd >= 0) output = fd;
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
  if (output != STDOUT_FILENO) close(std::exchange(output, STDOUT_FILENO));
}

}  // namespace ebb
