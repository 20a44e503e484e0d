// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <sys/uio.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <system_error>

namespace ebb::memory {

// Runs of free pages on their way back to the system. They are collected and go many at a time,
// since each call has all processors forget where the pages were: 385 MB in 4,700 runs took 2 s of
// CPU one by one, and take less than half a second together (a virtual machine; Linux 6.18, whose
// process_madvise does that once for all). What is used again in time does not go at all.
//
// It takes no memory of the allocator, which calls it while it works.
//
// Thread: any.
class PageReturns {
 public:
  PageReturns() = default;
  PageReturns(const PageReturns&) = delete;
  PageReturns& operator=(const PageReturns&) = delete;

  // Begins the thread that sees to it that nothing waits for more than some tens of milliseconds;
  // answers why there can be none. It never ends, and neither may this object. Once; after any
  // fork.
  std::error_code Start();

  // The whole pages at `begin` go back, soon: their content is lost, and they read as zero then.
  // Some tens of nanoseconds, but long runs go at once, and now and then the caller has to give
  // back those that wait.
  void Add(void* begin, size_t bytes);

  // Pages at `begin`, some of which may have been added, are used again: they read as zero now.
  // O(waiting), a microsecond beside the zeroing; up to some milliseconds where they are on their
  // way, or as many runs wait as can.
  void Reuse(void* begin, size_t bytes);

  // Ends when all that was added before has gone back. Up to some milliseconds.
  void GiveBack();

  // What waits, those pages included that are going back at this moment.
  size_t bytes() const;

 private:
  // So much waits at most, which bounds how long a Reuse has to wait, or to zero.
  static constexpr size_t kMostRuns = 512;
  static constexpr size_t kMostBytes = size_t{4} << 20;

  // Longer runs gain nothing from company.
  static constexpr size_t kLongRun = size_t{512} << 10;

  struct Batch {
    std::array<iovec, kMostRuns> runs;
    size_t count = 0;
    size_t bytes = 0;

    std::span<iovec> all() { return std::span(runs).first(count); }
    bool full() const { return count == kMostRuns || bytes >= kMostBytes; }
    bool Overlaps(const char* begin, const char* end);
    void Push(char* begin, char* end);
    void Clear() { count = bytes = 0; }
  };

  void Run();
  void GiveBackWaiting(std::unique_lock<std::mutex>& lock);
  void Withdraw(char* begin, char* end);
  void ReturnToSystem(std::span<iovec> runs);

  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::condition_variable gone_;
  std::array<Batch, 2> batches_;
  Batch* waiting_ = &batches_[0];
  Batch* going_ = &batches_[1];  // the system is being told of these, without the lock

  int own_process_ = -1;  // as process_madvise wants it, or -1 where that is not to be had
};

}  // namespace ebb::memory
