// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <algorithm>

#include "server/engine.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// The share of time that the expire cycle may take while much is dead, in percent, by
// active-expire-effort 1..10.
int64_t ExpireCpuPercent(int effort) {
  return 25 + 2 * (effort - 1);
}

// The same while that is too little: when a round through all tables takes longer than this.
constexpr int64_t kBehindCpuPercent = 50;
constexpr int64_t kRoundNs = 100'000'000;

// The longest that the cycle keeps everybody waiting at a time.
constexpr int64_t kMaxSliceNs = 500'000;

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
  memory::ReturnUnusedPages();
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
  const int64_t end = time.MonotonicNanoseconds();
  const int64_t spent = end - start;
  NoteExpireRound(start, end, more);
  engine_.counters().expire_cycle_nanoseconds += static_cast<uint64_t>(spent);
  if (more) ++engine_.counters().expire_time_cap_reached;
}

// One slice is over.
void Cron::NoteExpireRound(int64_t begin_ns, int64_t end_ns, bool more) {
  if (!expire_pending_) expire_round_ns_ = begin_ns;
  expire_pending_ = more;
  const bool long_round = end_ns - expire_round_ns_ > kRoundNs;
  // Who was behind stays so until a whole round has been short.
  expire_behind_ = long_round || (more && expire_behind_);
}

int64_t Cron::expire_pause_ns() const {
  int64_t percent = ExpireCpuPercent(static_cast<int>(engine_.options().active_expire_effort));
  if (expire_behind_) percent = std::max(percent, kBehindCpuPercent);
  return kMaxSliceNs * 100 / percent - kMaxSliceNs;
}

void Cron::MaintainTable(Keyspace& db) {
  for (int steps = 0; steps < 100 && db.Maintain(); ++steps) {
  }
}

}  // namespace ebb
