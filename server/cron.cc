// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cron.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/engine.h"
#include "server/log.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// The share of time that the expire cycle may take while much is dead, in percent, by
// active-expire-effort 1..10.
int64_t ExpireCpuPercent(int effort) {
  return 25 + 2 * (effort - 1);
}

// The same while that is too little: when one slice has come soon after the other for so long.
constexpr int64_t kBehindCpuPercent = 50;
constexpr int64_t kRoundNs = 100'000'000;

// What letting go of what was cut off may take while clients want nothing: it is bounded work, and
// much memory waits for its end.
constexpr double kIdleShedPercent = 80;

// The longest that the cycle keeps everybody waiting at a time.
constexpr int64_t kMaxSliceNs = 400'000;

// The same of defragmentation, with the step that passes it within half a millisecond.
constexpr int64_t kMaxDefragSliceNs = 300'000;

// What defragmentation takes, in percent, while clients want all of the time there is: with more,
// they would have less than six sevenths of their throughput.
constexpr double kBusyDefragPercent = 12;

// How many ticks pass from one look at the defragger's figures to the next, so that there are ten
// looks a second at the most: more would tell it nothing, and while data changes each takes some
// tens of microseconds.
int64_t TicksPerLook(int64_t hz) {
  constexpr int64_t kMostLooks = 10;
  return (hz + kMostLooks - 1) / kMostLooks;
}

DefragOptions DefragOptionsOf(const Config& config) {
  return {.enabled = config.activedefrag,
          .ignore_bytes = config.active_defrag_ignore_bytes,
          .lower_percent = static_cast<int>(config.active_defrag_threshold_lower),
          .upper_percent = static_cast<int>(config.active_defrag_threshold_upper),
          .cycle_min = static_cast<int>(config.active_defrag_cycle_min),
          .cycle_max = static_cast<int>(config.active_defrag_cycle_max),
          .looks_per_second = static_cast<int>(config.hz / TicksPerLook(config.hz)),
          .max_scan_fields = static_cast<size_t>(config.active_defrag_max_scan_fields)};
}

// How often a log of all detail tells how much there is.
constexpr int64_t kStatePauseMs = 5000;

// Databases that are looked at in one go; what comes after them waits for the next. Where thousands
// are used, a look at all in each tick would be much of what an idle server does.
constexpr size_t kMaxDatabases = 64;

}  // namespace

void Cron::Run() {
  NoteBusyShare();
  engine_.ExpireBlocked();
  if (paused_) return;
  engine_.clients().Tick();
  if (engine_.clients().OverMemoryLimit()) engine_.clients().EnforceMemoryLimit();
  RunSlice();
  const Counters& counters = engine_.counters();
  const int64_t now_ms = engine_.steady_ms();
  engine_.rates().commands.Sample(counters.commands_processed, now_ms);
  engine_.rates().net_input.Sample(counters.net_input_bytes, now_ms);
  engine_.rates().net_output.Sample(counters.net_output_bytes, now_ms);
  engine_.NotePeakMemory(memory::UsedMemory());
  engine_.resident_limit().Tick();
  // Not both in one slice: what expires takes its time.
  if (!work_pending()) MaintainTables();
  ConsiderDefrag();
  NoteDefragTime();
  memory::ReturnDuePages();
  TellState();
}

void Cron::ConsiderDefrag() {
  const Config& options = engine_.options();
  if (++ticks_since_look_ < TicksPerLook(options.hz)) return;
  ticks_since_look_ = 0;
  engine_.defragger().Consider(DefragOptionsOf(options));
}

void Cron::TellState() {
  const int64_t now_ms = engine_.steady_ms();
  if (now_ms - state_told_ms_ < kStatePauseMs) return;
  state_told_ms_ = now_ms;
  log::Debug([&] {
    return fmt::format("{} clients connected, {} in use", engine_.clients().all().size(),
                       HumanBytes(memory::UsedMemory()));
  });
}

// Counts some more of what flushes take in the trash; answers whether there is more. As FLUSHALL
// does, it says in the log which one is lost.
bool Cron::CountTrash() {
  Trash& trash = engine_.trash();
  const Trash::CountResult count = trash.CountStep();
  if (count.too_big > 0) {
    log::Warning("A flush of {} or more cannot be undone any more: trash-max-memory is {}",
                 HumanBytes(count.too_big), HumanBytes(trash.limits().max_bytes));
  }
  return count.more;
}

// What is due in the trash goes, what is asked back comes, values let go of what was cut off of
// them, what a client has left behind ends; and what an eviction has left goes on. `begin_ns` is
// when the slice began.
void Cron::WorkOffRest(int64_t begin_ns) {
  TimeSource& time = engine_.time();
  const auto step = [this] {
    // During a pause the data stays as it is.
    const bool restores = engine_.flush_restore().pending() && !engine_.Paused();
    if (restores) engine_.flush_restore().Step();
    const bool sheds = engine_.shedding().Step();
    const bool clients_left = engine_.EndSomeLeavings();
    return engine_.trash().SweepStep() || CountTrash() || sheds || clients_left || restores;
  };
  // Half of the slice is for what comes afterwards, where that waits.
  const bool others_wait = expire_pending_ || engine_.eviction().Excess() > 0;
  const int64_t steps_end_ns = begin_ns + (others_wait ? kMaxSliceNs / 2 : kMaxSliceNs);
  do {
    rest_pending_ = step();
  } while (rest_pending_ && time.MonotonicNanoseconds() < steps_end_ns);
  engine_.blocked_keys().Serve();  // what has come back
  if (engine_.resident_limit().holding()) engine_.resident_limit().Tick();
  engine_.eviction().MakeRoom();
}

void Cron::RunSlice() {
  TimeSource& time = engine_.time();
  const int64_t begin = time.MonotonicNanoseconds();
  const bool goes_on = work_pending();
  WorkOffRest(begin);
  // Asking ends a pause whose time is over, and perhaps nobody else asks.
  const bool paused = engine_.Paused();
  expire_pending_ = active_expire_ && !paused && ExpireChunks(begin + kMaxSliceNs);
  if (!goes_on) round_ns_ = begin;
  // Who was behind stays so until a whole round has been short.
  const bool long_round = time.MonotonicNanoseconds() - round_ns_ > kRoundNs;
  behind_ = long_round || (work_pending() && behind_);
}

// The next database of the round in which anything is due; null when none is among those that are
// looked at in one go.
Keyspace* Cron::FindDue() {
  Databases& databases = engine_.databases();
  for (size_t left = std::min(to_look_at_, kMaxDatabases); left > 0; --left) {
    Keyspace& db = databases.UsedFrom(next_to_expire_);
    if (db.NeedsExpireStep()) return &db;
    next_to_expire_ = db.id() + 1;
    --to_look_at_;
  }
  return nullptr;
}

// Answers whether there is more, when it stops at `end_ns`. One step is made however late it is:
// else an eviction that takes its time slice after slice would keep what is dead, and evict others.
bool Cron::ExpireChunks(int64_t end_ns) {
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  const size_t used = engine_.databases().used().size();
  if (to_look_at_ == 0) {
    to_look_at_ = std::min(used, kMaxDatabases);
    found_due_ = false;
  }
  bool late = false;
  while (to_look_at_ > 0 && !late) {
    if (Keyspace* db = FindDue()) {
      if (!std::exchange(found_due_, true)) to_look_at_ = used;
      next_to_expire_ = db->id();
      if (!db->ExpireChunk().more) {
        next_to_expire_ = db->id() + 1;
        --to_look_at_;
      }
    }
    late = time.MonotonicNanoseconds() >= end_ns;
  }
  const bool more = to_look_at_ > 0;
  const int64_t spent = time.MonotonicNanoseconds() - start;
  engine_.counters().expire_cycle_nanoseconds += static_cast<uint64_t>(spent);
  engine_.accounting().NoteLatency("expire-cycle", spent);
  if (more) ++engine_.counters().expire_time_cap_reached;
  return more;
}

bool Cron::work_pending() const {
  return expire_pending_ || rest_pending_ || engine_.eviction().pending() ||
         engine_.resident_limit().holding();
}

int64_t Cron::work_pause_ns() const {
  int64_t percent = ExpireCpuPercent(static_cast<int>(engine_.options().active_expire_effort));
  if (behind_) percent = std::max(percent, kBehindCpuPercent);
  if (!engine_.shedding().empty()) {
    const double idle_percent = (1 - busy_share_) * kIdleShedPercent;
    percent = std::max(percent, static_cast<int64_t>(idle_percent));
  }
  return kMaxSliceNs * 100 / percent - kMaxSliceNs;
}

bool Cron::defrag_pending() const {
  return engine_.defragger().running();
}

void Cron::DefragSlice() {
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  engine_.defragger().RunSlice(
      [&] { return time.MonotonicNanoseconds() - start >= kMaxDefragSliceNs; });
  const int64_t spent = time.MonotonicNanoseconds() - start;
  engine_.counters().defrag_cpu_nanoseconds += static_cast<uint64_t>(spent);
  engine_.accounting().NoteLatency("active-defrag-cycle", spent);
  NoteDefragTime();
}

int64_t Cron::defrag_ns() const {
  return defrag_since_ns_ == 0 ? 0 : engine_.time().MonotonicNanoseconds() - defrag_since_ns_;
}

// Books the time that defragmentation went on for, once it does not any more.
void Cron::NoteDefragTime() {
  const bool running = engine_.defragger().running();
  if (running == (defrag_since_ns_ != 0)) return;
  engine_.counters().defrag_nanoseconds += static_cast<uint64_t>(defrag_ns());
  defrag_since_ns_ = running ? engine_.time().MonotonicNanoseconds() : 0;
}

int64_t Cron::defrag_pause_ns() const {
  const double effort = std::max(1, engine_.defragger().effort_percent());
  // Those who wait for memory are spared most by its being over soon.
  const double busy_share = engine_.resident_limit().holding() ? 0 : busy_share_;
  const double spared = std::max(0.0, effort - kBusyDefragPercent) * busy_share;
  return static_cast<int64_t>(kMaxDefragSliceNs * 100 / (effort - spared)) - kMaxDefragSliceNs;
}

void Cron::NoteBusyShare() {
  const WorkSlices& slices = engine_.slices();
  const int64_t now = engine_.time().MonotonicNanoseconds();
  const uint64_t commands =
      slices.of(SliceKind::kCommands).total_ns + slices.of(SliceKind::kResumed).total_ns;
  const auto elapsed = static_cast<double>(now - busy_noted_ns_);
  // CONFIG RESETSTAT begins anew.
  const double spent = commands >= commands_ns_ ? static_cast<double>(commands - commands_ns_) : 0;
  busy_share_ = elapsed > 0 ? std::clamp(spent / elapsed, 0.0, 1.0) : 0;
  busy_noted_ns_ = now;
  commands_ns_ = commands;
}

void Cron::MaintainTables() {
  TimeSource& time = engine_.time();
  const int64_t start = time.MonotonicNanoseconds();
  Databases& databases = engine_.databases();
  for (size_t left = std::min(databases.used().size(), kMaxDatabases); left > 0; --left) {
    Keyspace& db = databases.UsedFrom(next_to_maintain_);
    while (db.Maintain()) {
      // The rest at the next tick.
      if (time.MonotonicNanoseconds() - start >= kMaxSliceNs) return;
    }
    next_to_maintain_ = db.id() + 1;
  }
}

}  // namespace ebb
