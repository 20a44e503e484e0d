// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/resident_limit.h"

#include <algorithm>

#include "server/engine.h"
#include "server/log.h"
#include "server/memory_report.h"
#include "server/system_memory.h"

namespace ebb {
namespace {

constexpr int64_t kSliceNs = 500'000;

// The part of the limit that has to be free before the top of the ladder is left.
constexpr size_t kHysteresis = 20;

// The part of the data that goes at the most between two looks at what is resident.
constexpr size_t kStep = 4;

// The part of the limit that may come in between two looks, and the part by which what is resident
// may be above it before writers wait.
constexpr size_t kLook = 256;
constexpr size_t kMargin = 32;

// As much of the data may be free between its blocks after a defragmentation, as a part of it. What
// is more lies between others, and would stay if all keys went.
constexpr size_t kSlackPart = 4;

struct RungText {
  std::string_view name;
  std::string_view means;  // for the log
};
constexpr RungText kRungTexts[] = {
    {"none", ""},
    {"purge", "giving free pages back"},
    {"defrag", "moving blocks out of half-empty pages"},
    {"shrink", "shrinking tables"},
    {"trash", "emptying the trash"},
    {"evict", "evicting keys, as far as that helps"},
    {"refuse", "refusing commands that need memory: no key may be evicted"},
};
constexpr std::string_view kSparesKeys =
    "refusing commands that need memory: no key is evicted, as all together would not make up for "
    "it";

static_assert(std::size(kRungTexts) == ResidentLimit::kRungs);

// The part of the live memory that is the keys'. O(clients).
size_t DataBytes(Engine& engine) {
  const size_t alive = engine.LiveMemory(memory::UsedMemory());
  return alive - std::min(alive, BytesBesideData(engine));
}

// What could go if all keys did, `data` bytes: these, what is free between them, and what is on its
// way back to the system already.
size_t CouldGo(Engine& engine, size_t data) {
  const memory::AllocatorStats stats = memory::Stats();
  const size_t filled = memory::UsedMemory() + stats.padding;
  const size_t slack = stats.active - std::min(stats.active, filled);
  return data + std::min(slack, data / kSlackPart) + stats.dirty + engine.pending_free_bytes();
}

}  // namespace

std::string_view ResidentLimit::rung_name() const {
  return kRungTexts[static_cast<size_t>(rung_)].name;
}

size_t ResidentLimit::used_limit() const {
  return used_limit_ != 0 ? used_limit_ : engine_.memory_limits().maxmemory_rss;
}

void ResidentLimit::Enter(Rung rung, size_t resident) {
  const bool climbs = rung > rung_;
  rung_ = rung;
  purge_ticket_ = 0;
  next_database_ = 0;
  if (rung < Rung::kEvict) {
    used_limit_ = 0;
    settling_ = spares_keys_ = false;
  }
  if (rung == Rung::kDefrag) engine_.defragger().Begin();
  if (climbs || rung == Rung::kNone) Log(rung, resident);
}

void ResidentLimit::Log(Rung rung, size_t resident) {
  constexpr int64_t kEveryNs = 10'000'000'000;
  const int64_t now = engine_.time().MonotonicNanoseconds();
  int64_t& logged_ns = logged_ns_[static_cast<size_t>(rung)];
  if (logged_ns != 0 && now - logged_ns < kEveryNs) return;
  logged_ns = now;
  const size_t limit = engine_.memory_limits().maxmemory_rss;
  if (limit == 0) {
    log::Notice("Resident memory: {}, maxmemory-rss is off now", HumanBytes(resident));
  } else if (rung == Rung::kNone) {
    log::Notice("Resident memory: {}, below maxmemory-rss ({}) again", HumanBytes(resident),
                HumanBytes(limit));
  } else {
    log::Warning("Resident memory: {}, maxmemory-rss is {}: {}", HumanBytes(resident),
                 HumanBytes(limit),
                 spares_keys_ ? kSparesKeys : kRungTexts[static_cast<size_t>(rung)].means);
  }
}

size_t ResidentLimit::Resident() const {
  return read_resident ? read_resident() : ReadResidentMemory().total();
}

bool ResidentLimit::Holds() {
  const size_t limit = engine_.memory_limits().maxmemory_rss;
  if (limit == 0 || holding_ || rung_ == Rung::kRefuse) return holding_;
  const uint64_t input = engine_.counters().net_input_bytes;
  if (input - input_seen_ < limit / kLook) return false;
  input_seen_ = input;
  const size_t resident = Resident();
  holding_ = resident > limit + limit / kMargin;
  if (holding_) Climb(resident);
  return holding_;
}

void ResidentLimit::Tick() {
  const size_t limit = engine_.memory_limits().maxmemory_rss;
  if (limit == 0 && rung_ == Rung::kNone && !holding_) return;
  const size_t resident = Resident();
  Climb(resident);
  if (!holding_ || (limit != 0 && resident > limit && rung_ != Rung::kRefuse)) return;
  holding_ = false;
  engine_.pause().Resume();
}

// From the top the ladder is climbed anew: what has gone already shows in what is resident only
// when its pages have followed.
void ResidentLimit::OnLimitChange() {
  if (rung_ >= Rung::kEvict) Enter(Rung::kPurge, Resident());
  Tick();
}

void ResidentLimit::Climb(size_t resident) {
  const size_t limit = engine_.memory_limits().maxmemory_rss;
  // Up at the limit, down well below it.
  const size_t low = rung_ >= Rung::kEvict ? limit - limit / kHysteresis : limit;
  if (limit == 0 || resident <= low) {
    if (rung_ != Rung::kNone) Enter(Rung::kNone, resident);
    return;
  }
  const size_t excess = resident > limit ? resident - limit : 0;
  if (rung_ == Rung::kNone) Enter(Rung::kPurge, resident);
  if (rung_ >= Rung::kEvict) return Evict(resident, excess);
  // Memory that is on its way out comes first.
  if (!Work(excess) || engine_.pending_free_bytes() > 0) return;
  Enter(static_cast<Rung>(static_cast<int>(rung_) + 1), resident);
}

bool ResidentLimit::Work(size_t excess) {
  switch (rung_) {
    case Rung::kPurge:
      return Purge();
    case Rung::kDefrag:
      // The round goes in slices of its own; then the pages that it has emptied go back.
      return !engine_.defragger().running() && Purge();
    case Rung::kShrink:
      return Shrink() && Purge();
    case Rung::kTrash:
      return EmptyTrash(excess) && Purge();
    default:
      return false;
  }
}

// Answers whether a purge is over that began on this rung.
bool ResidentLimit::Purge() {
  if (purge_ticket_ == 0) {
    purge_ticket_ = engine_.purger().Request();
    return false;
  }
  if (!engine_.purger().Done(purge_ticket_)) return false;
  purge_ticket_ = 0;
  const std::error_code error = engine_.purger().error();
  if (error && !purge_failed_) {
    log::Warning("Free pages cannot be given back now: no thread for it ({})", error.message());
  }
  purge_failed_ = static_cast<bool>(error);
  return true;
}

bool ResidentLimit::Shrink() {
  TimeSource& time = engine_.time();
  const int64_t begin = time.MonotonicNanoseconds();
  while (Keyspace* db = engine_.databases().NextUsed(next_database_)) {
    next_database_ = db->Maintain() ? db->id() : db->id() + 1;
    if (time.MonotonicNanoseconds() - begin >= kSliceNs) return false;
  }
  return true;
}

// Ends what waits in the trash, the oldest first, until `excess` bytes have gone or a slice is
// over. Answers whether the trash is empty.
bool ResidentLimit::EmptyTrash(size_t excess) {
  TimeSource& time = engine_.time();
  const int64_t begin = time.MonotonicNanoseconds();
  for (size_t yielded = 0; yielded < excess;) {
    const size_t step = engine_.trash().YieldStep(excess - yielded);
    if (step == 0) return true;
    yielded += step;
    if (time.MonotonicNanoseconds() - begin >= kSliceNs) break;
  }
  return false;
}

// Where keys are not to go, the limit is below what is used all the same, so that commands that
// need memory are refused.
void ResidentLimit::LimitUsed(size_t excess) {
  const size_t alive = engine_.LiveMemory(memory::UsedMemory());
  const size_t data = DataBytes(engine_);
  const bool evicts = engine_.options().maxmemory_policy != EvictionPolicy::kNoEviction;
  spares_keys_ = evicts && excess > CouldGo(engine_, data);
  const size_t most = (evicts && !spares_keys_ ? data : alive) / kStep;
  used_limit_ = alive - std::min(excess, most);
}

void ResidentLimit::Evict(size_t resident, size_t excess) {
  if (used_limit_ == 0) LimitUsed(excess);
  const Eviction::Result result = engine_.eviction().MakeRoom();
  if (result == Eviction::Result::kNone) {
    if (rung_ != Rung::kRefuse) Enter(Rung::kRefuse, resident);
    // What others hold may have become less.
    if (Purge() && spares_keys_) LimitUsed(excess);
    return;
  }
  if (rung_ == Rung::kRefuse) Enter(Rung::kEvict, resident);
  if (result == Eviction::Result::kRunning) return;
  if (!settling_) {
    if (excess == 0) return;  // at rest, between the limit and well below it
    settling_ = true;
    engine_.defragger().Begin();
  } else if (!engine_.defragger().running() && Purge()) {
    // Was it enough?
    settling_ = false;
    if (excess > 0) used_limit_ = 0;
  }
}

}  // namespace ebb
