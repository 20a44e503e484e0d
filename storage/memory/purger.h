// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <thread>

namespace ebb::memory {

// Gives the allocator's free pages back to the system without keeping the caller: by a thread that
// lives for as long as that takes.
//
// Thread: engine thread.
class Purger {
 public:
  Purger() = default;
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  // Pages that are free now will go back: at once, or after the purge that is under way. Answers
  // the ticket for Done. Some tens of microseconds.
  uint64_t Request();

  // Whether the purge of this ticket is over. To be asked now and then while one is awaited: it is
  // what begins the next purge.
  bool Done(uint64_t ticket);

  // Why the last purge could not begin, if it could not: no thread was to be had. It counts as
  // over.
  std::error_code error() const { return error_; }

 private:
  void Run();

  std::thread thread_;
  std::error_code error_;
  std::atomic<bool> working_{false};
  uint64_t requested_ = 0;
  uint64_t begun_ = 0;  // requests that the present or last purge serves
};

}  // namespace ebb::memory
