// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/histogram.h"
#include "server/time_source.h"

namespace ebb {

// What the engine thread does between two moments at which it could have turned to somebody else.
enum class SliceKind : uint8_t {
  kCommands,  // what a group of ready connections sent: read, run, answered
  kResumed,   // commands that had to wait, and output that came from others
  kCron,
  kExpire,
  kDefrag,
  kReclaim,
};
inline constexpr size_t kSliceKinds = 6;

// As LATENCY SLICES shows it: "commands".
std::string_view NameOf(SliceKind kind);

// How long the engine thread works without a pause, by its own CPU time: what others take from it
// on a shared machine is not its doing.
//
// To read a thread's CPU clock is a system call (2 us on the virtual machine where that was
// measured, a request takes 12), so it is read only where it matters: slices that were short by the
// wall clock count with that, since they cannot have taken more; and a slice of commands that was
// long counts from a reading up to kReadEveryNs before it began. So what is recorded is never less
// than the truth and at most kReadEveryNs more; slices of regular work are exact.
//
// Thread: engine thread.
class WorkSlices {
 public:
  static constexpr int64_t kReadEveryNs = 250'000;
  static constexpr uint64_t kLongNs = 1'000'000;

  struct Figures {
    uint64_t count = 0;
    uint64_t over_1ms = 0;
    uint64_t max_ns = 0;
    uint64_t total_ns = 0;
    std::unique_ptr<DurationHistogram> durations;  // null: none yet
  };

  explicit WorkSlices(TimeSource& time) : time_(time) {}

  // A slice of commands begins, and ends as what it turned out to be; one at a time. A slice that
  // was nothing need not end. About 0.1 us.
  void Begin() { BeginAt(time_.MonotonicNanoseconds()); }
  void End(SliceKind kind) { EndAt(kind, time_.MonotonicNanoseconds()); }

  // One ends, another begins.
  void Next(SliceKind kind) {
    const int64_t now = time_.MonotonicNanoseconds();
    EndAt(kind, now);
    BeginAt(now);
  }

  // As Begin, and what is recorded will be exact if it is long. Some microseconds.
  void BeginExact() {
    Begin();
    ReadCpu(begin_ns_);
  }

  // When the present one began.
  int64_t begin_ns() const { return begin_ns_; }

  const Figures& of(SliceKind kind) const { return figures_[static_cast<size_t>(kind)]; }

  // Over all kinds.
  uint64_t count() const;
  uint64_t over_1ms() const;
  // The kind that has the longest slice.
  SliceKind longest() const;
  uint64_t max_ns() const { return of(longest()).max_ns; }

  void Reset() { figures_ = {}; }

 private:
  void BeginAt(int64_t now);
  void EndAt(SliceKind kind, int64_t now);
  void ReadCpu(int64_t now);

  TimeSource& time_;
  std::array<Figures, kSliceKinds> figures_;
  int64_t begin_ns_ = 0;
  int64_t read_ns_ = INT64_MIN / 2;  // when the CPU clock was read last
  int64_t cpu_ns_ = 0;               // and what it said
};

// A slice of regular work, from here to the end of the scope.
class WorkSlice {
 public:
  WorkSlice(WorkSlices& slices, SliceKind kind) : slices_(slices), kind_(kind) {
    slices_.BeginExact();
  }
  ~WorkSlice() { slices_.End(kind_); }
  WorkSlice(const WorkSlice&) = delete;
  WorkSlice& operator=(const WorkSlice&) = delete;

 private:
  WorkSlices& slices_;
  const SliceKind kind_;
};

}  // namespace ebb
