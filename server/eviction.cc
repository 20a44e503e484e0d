// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/eviction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/engine.h"

namespace ebb {
namespace {

// How long one slice may take, by maxmemory-eviction-tenacity: some keys' time at 0, half a
// millisecond at 10, half a minute at 99, any time at 100.
int64_t SliceNs(int64_t tenacity) {
  constexpr int64_t kSomeKeysNs = 20'000;
  if (tenacity <= 10) return std::max(kSomeKeysNs, 50'000 * tenacity);
  if (tenacity >= 100) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(500'000 * std::pow(1.15, static_cast<double>(tenacity - 10)));
}

}  // namespace

Eviction::Eviction(Engine& engine)
    : engine_(engine),
      evictor_([&engine](int from) { return engine.databases().NextUsed(from); }) {}

size_t Eviction::Excess() const {
  const size_t limit = engine_.used_memory_limit();
  if (limit == 0) return 0;
  const size_t used = memory::UsedMemory();
  if (used <= limit) return 0;
  const size_t alive = engine_.LiveMemory(used);
  return alive > limit ? alive - limit : 0;
}

Eviction::Result Eviction::MakeRoom() {
  if (Excess() == 0) {
    if (exceeded_since_ns_ != 0) NoteExceeded(false);
    pending_ = false;
    return Result::kEnough;
  }
  // During a pause the data stays as it is, and an excess neither begins nor ends.
  if (engine_.Paused()) {
    pending_ = false;
    return Result::kEnough;
  }
  NoteExceeded(true);
  const Result result = FreeExcess();
  pending_ = result == Result::kRunning;
  if (result == Result::kEnough) NoteExceeded(false);
  return result;
}

// Frees until there is no excess, or the slice is over. The clock is read after each step: one that
// looks for the few keys that may go can take half a millisecond by itself.
Eviction::Result Eviction::FreeExcess() {
  TimeSource& time = engine_.time();
  const int64_t begin = time.MonotonicNanoseconds();
  const int64_t slice_ns = SliceNs(engine_.options().maxmemory_eviction_tenacity);
  Result result = Result::kEnough;
  while (const size_t bytes = Excess()) {
    if (!FreeSome(bytes)) {
      result = Result::kNone;
      break;
    }
    if (time.MonotonicNanoseconds() - begin >= slice_ns) {
      result = Result::kRunning;
      break;
    }
  }
  engine_.accounting().NoteLatency("eviction-cycle", time.MonotonicNanoseconds() - begin);
  return result;
}

bool Eviction::FreeSome(size_t bytes) {
  // What was cut off is dead already.
  if (!engine_.shedding().empty()) {
    engine_.shedding().Step();
    return true;
  }
  if (engine_.trash().YieldStep(bytes) > 0) return true;
  if (SparesKeys()) return false;
  const Config& options = engine_.options();
  return evictor_.EvictOne(options.maxmemory_policy, static_cast<int>(options.maxmemory_samples));
}

// What maxmemory itself wants goes in any case.
bool Eviction::SparesKeys() const {
  if (!engine_.resident_limit().spares_keys()) return false;
  const size_t own = engine_.memory_limits().maxmemory;
  return own == 0 || engine_.LiveMemory(memory::UsedMemory()) <= own;
}

void Eviction::NoteExceeded(bool exceeded) {
  const int64_t now = engine_.time().MonotonicNanoseconds();
  if (exceeded && exceeded_since_ns_ == 0) exceeded_since_ns_ = now;
  if (exceeded || exceeded_since_ns_ == 0) return;
  exceeded_ns_ += now - exceeded_since_ns_;
  exceeded_since_ns_ = 0;
}

void Eviction::ResetStatistics() {
  exceeded_ns_ = exceeded_since_ns_ = 0;
}

int64_t Eviction::current_exceeded_ms() const {
  if (exceeded_since_ns_ == 0) return 0;
  return (engine_.time().MonotonicNanoseconds() - exceeded_since_ns_) / 1'000'000;
}

int64_t Eviction::total_exceeded_ms() const {
  return exceeded_ns_ / 1'000'000 + current_exceeded_ms();
}

}  // namespace ebb
