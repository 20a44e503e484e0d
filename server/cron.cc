// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <algorithm>

#include "server/engine.h"

namespace ebb {
namespace {

// The share of time that the expire cycle may take while much is dead, in percent, by
// active-expire-effort 1..10.
int64_t ExpireCpuPercent(int effort) {
  return 25 + 2 * (effort - 1);
}

// The longest that the cycle keeps everybody waiting at a time.
constexpr int64_t kMaxSliceNs = 500'000;

DefragOptions DefragOptionsOf(const Config& config) {
  return {.enabled = config.activedefrag,
          .ignore_bytes = config.active_defrag_ignore_bytes,
          .lower_percent = static_cast<int>(config.active_defrag_threshold_lower),
          .upper_percent = static_cast<int>(config.active_defrag_threshold_upper),
          .cycle_min = static_cast<int>(config.active_defrag_cycle_min),
          .cycle_max = static_cast<int>(config.active_defrag_cycle_max)};
}

}  // namespace

void Cron::Run() {
  engine_.clients().Tick();
  ExpireCycle();
  const Counters& counters = engine_.counters();
  const int64_t now_ms = engine_.unix_ms();
  engine_.rates().commands.Sample(counters.commands_processed, now_ms);
  engine_.rates().net_input.Sample(counters.net_input_bytes, now_ms);
  engine_.rates().net_output.Sample(counters.net_output_bytes, now_ms);
  engine_.NotePeakMemory();
  for (int i = 0; i < engine_.db_count(); ++i) MaintainTable(engine_.db(i));
  engine_.defragger().Consider(DefragOptionsOf(engine_.options()));
}

void Cron::ExpireCycle() {
  if (!active_expire_ || engine_.Paused()) {
    expire_pending_ = false;
    return;
  }
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  bool more = false;
  for (int i = 0; i < engine_.db_count(); ++i) {
    Keyspace& db = engine_.db(next_db_);
    more = db.expires() > 0;
    while (more && time.MonotonicNanoseconds() - start < kMaxSliceNs) {
      more = db.ExpireChunk().more;
    }
    if (more) break;
    next_db_ = (next_db_ + 1) % engine_.db_count();
  }
  expire_pending_ = more;
  const int64_t spent = time.MonotonicNanoseconds() - start;
  engine_.counters().expire_cycle_nanoseconds += static_cast<uint64_t>(spent);
  if (more) ++engine_.counters().expire_time_cap_reached;
}

int64_t Cron::expire_pause_ns() const {
  return kMaxSliceNs * 100 / ExpireCpuPercent(engine_.options().active_expire_effort) - kMaxSliceNs;
}

bool Cron::defrag_pending() const {
  return engine_.defragger().running();
}

void Cron::DefragSlice() {
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  engine_.defragger().RunSlice([&] { return time.MonotonicNanoseconds() - start >= kMaxSliceNs; });
  engine_.counters().defrag_nanoseconds +=
      static_cast<uint64_t>(time.MonotonicNanoseconds() - start);
}

int64_t Cron::defrag_pause_ns() const {
  const int percent = std::max(1, engine_.defragger().effort_percent());
  return kMaxSliceNs * 100 / percent - kMaxSliceNs;
}

void Cron::MaintainTable(Keyspace& db) {
  for (int steps = 0; steps < 100 && db.Maintain(); ++steps) {
  }
}

}  // namespace ebb
