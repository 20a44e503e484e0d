// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <algorithm>

#include "server/engine.h"

namespace ebb {
namespace {

// The share of time that the expire cycle may take while much is dead, in percent, by active-expire-effort 1..10.
int64_t ExpireCpuPercent(int effort) { return 25 + 2 * (effort - 1); }

// The longest that the cycle keeps everybody waiting at a time.
constexpr int64_t kMaxSliceNs = 500'000;

}  // namespace

void Cron::Run() {
  ++ticks_;
  ExpireCycle();
  for (int i = 0; i < engine_.db_count(); ++i) MaintainTable(engine_.db(i));
}

void Cron::ExpireCycle() {
  if (!active_expire_) return;
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  const int64_t budget = std::min<int64_t>(
      kMaxSliceNs, 10'000'000 * ExpireCpuPercent(engine_.options().active_expire_effort) /
                       engine_.options().hz);
  bool more = false;
  for (int i = 0; i < engine_.db_count(); ++i) {
    Keyspace& db = engine_.db(next_db_);
    if (db.expires() > 0) {
      do {
        more = db.ExpireChunk().more;
      } while (more && time.MonotonicNanoseconds() - start < budget);
      if (more) break;
    }
    next_db_ = (next_db_ + 1) % engine_.db_count();
  }
  expire_pending_ = more;
  const int64_t spent = time.MonotonicNanoseconds() - start;
  engine_.counters().expire_cycle_nanoseconds += static_cast<uint64_t>(spent);
  if (more) ++engine_.counters().expire_time_cap_reached;
}

void Cron::MaintainTable(Keyspace& db) {
  for (int steps = 0; steps < 100 && db.Maintain(); ++steps) {
  }
}

}  // namespace ebb
