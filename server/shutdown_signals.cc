// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/shutdown_signals.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "server/log.h"

namespace ebb {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};

// Where the handler, which is given nothing, finds what it needs.
std::atomic<int> first_signal = 0;
std::atomic<int> event = -1;
static_assert(std::atomic<int>::is_always_lock_free, "else a handler may not use it");

// Takes no memory and no lock: what was interrupted may hold the allocator's or the log's. So the
// line is not the log's own, but as Redis writes its handler's.
[[noreturn]] void EndAtOnce() {
  std::array<char, 128> line;
  const auto [end, size] =
      fmt::format_to_n(line.data(), line.size(), "{}:signal-handler ({}) {}\n", getpid(),
                       std::time(nullptr), "You insist... exiting now.");
  const int file = log::OpenFile();
  const int output = file >= 0 ? file : STDOUT_FILENO;
  [[maybe_unused]] const ssize_t written =
      write(output, line.data(), static_cast<size_t>(end - line.data()));
  _exit(1);
}

// Both signals wait while it runs.
void Note(int number) {
  const int error = errno;
  if (first_signal != 0 && number == SIGINT) EndAtOnce();
  if (first_signal == 0) first_signal = number;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event, &one, sizeof one);
  errno = error;
}

void Handle(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int number : kSignals) sigaddset(&action.sa_mask, number);
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace

ShutdownSignals::ShutdownSignals() {
  event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  first_signal = 0;
  Handle(Note);
}

ShutdownSignals::~ShutdownSignals() {
  Handle(SIG_IGN);
  close(event.exchange(-1));
}

int ShutdownSignals::fd() const {
  return event;
}

int ShutdownSignals::first() const {
  return first_signal;
}

}  // namespace ebb
