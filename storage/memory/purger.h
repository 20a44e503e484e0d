// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>

#include "storage/memory/allocator.h"

namespace ebb::memory {

// Gives the allocator's free pages back to the system without keeping the caller: by a thread that
// begins with the first request and sleeps when there is none.
//
// One thread and not one each time: what the engine's thread allocates to start another, that one
// frees when nobody counts its memory any more, and it would be taken for used for ever.
//
// Ownership: owns the thread; the destructor waits for the end of a purge that is under way.
// Thread: engine thread.
class Purger {
 public:
  // `purge` gives back what is free when it begins.
  explicit Purger(std::function<void()> purge = Purge) : purge_(std::move(purge)) {}
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  // Pages that are free now will go back: at once, or after the purge that is under way. Answers
  // the ticket for Done. Some microseconds, the first time some tens.
  uint64_t Request();

  // Whether the purge of this ticket is over. O(1).
  bool Done(uint64_t ticket) const { return served_ >= ticket; }

  // Why the last purge could not begin, if it could not: no thread was to be had. It counts as
  // over.
  std::error_code error() const { return error_; }

 private:
  void Run();

  const std::function<void()> purge_;
  std::thread thread_;
  std::error_code error_;
  std::atomic<uint64_t> requested_{0};
  std::atomic<uint64_t> served_{0};  // of these
  std::atomic<bool> stopping_{false};
};

}  // namespace ebb::memory
