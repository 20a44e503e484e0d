// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/reclaim.h"

#include <algorithm>
#include <string_view>

#include "server/blocked_calls.h"
#include "server/engine.h"
#include "server/memory_report.h"
#include "storage/memory/slabs.h"

namespace ebb {
namespace {

// The longest that a slice keeps everybody waiting, and what it leaves to the others in between.
constexpr int64_t kSliceNs = 500'000;
constexpr int64_t kPauseNs = 500'000;

// Between two looks at what another thread does.
constexpr int64_t kPollNs = 1'000'000;

// Memory that stays, and why.
struct Left {
  std::string_view name;
  size_t bytes;
  std::string_view reason;
};

std::vector<Left> WhatIsLeft(Engine& engine, bool complete, bool purge_failed) {
  constexpr std::string_view kTimeIsUp = "the time was over";
  const MemoryReport::Breakdown parts = ReportMemory(engine).breakdown;
  const std::string_view impossible = memory::SlabsUnknown();
  std::vector<Left> left = {
      {"pending", parts.pending_free, complete ? "it was deleted while this went on" : kTimeIsUp},
      {"trash", parts.trash, "it can be brought back until its time is over; see TRASH PURGE"},
      {"unsent", parts.unsent, "clients have not read it yet; see CLIENT LIST's omem"},
      {"slack", parts.slack,
       !complete             ? kTimeIsUp
       : !impossible.empty() ? impossible
                             : "beside blocks that cannot be moved, or too little in each slab"},
      {"dirty", parts.dirty,
       !complete      ? kTimeIsUp
       : purge_failed ? "no thread can be started that gives it back"
                      : "it became free while this went on, and goes back within a second"},
      {"allocator", parts.allocator, "the allocator keeps its book-keeping until the process ends"},
  };
  std::erase_if(left, [](const Left& what) { return what.bytes == 0; });
  return left;
}

}  // namespace

class Reclaim::Waiting : public BlockedCall {
 public:
  explicit Waiting(Reclaim& reclaim) : reclaim_(reclaim) { reclaim_.waiting_.push_back(this); }
  ~Waiting() override { std::erase(reclaim_.waiting_, this); }

  virtual bool WantsRun() const { return false; }
  // A run begins.
  virtual void Begin() {}

  // Whether it can be answered now; `run_over` says that a run has just ended.
  virtual bool Ready(bool run_over) = 0;
  virtual void Reply(ReplyWriter& reply) = 0;

 protected:
  Reclaim& reclaim_;
};

class Reclaim::WaitingForRun final : public Waiting {
 public:
  explicit WaitingForRun(Reclaim& reclaim) : Waiting(reclaim), before_(reclaim.returned()) {}

  bool WantsRun() const override { return true; }
  void Begin() override { begun_ = true; }
  bool Ready(bool run_over) override { return begun_ && run_over; }
  void Reply(ReplyWriter& reply) override { reclaim_.ReplyReturned(reply, before_, true); }
  void ReplyTimeout(Session& session) override {
    reclaim_.ReplyReturned(session.reply, before_, false);
  }

 private:
  const Returned before_;
  bool begun_ = false;
};

class Reclaim::WaitingForPurge final : public Waiting {
 public:
  explicit WaitingForPurge(Reclaim& reclaim)
      : Waiting(reclaim), ticket_(reclaim.engine_.purger().Request()) {}

  bool Ready(bool) override { return reclaim_.engine_.purger().Done(ticket_); }
  void Reply(ReplyWriter& reply) override { reclaim_.ReplyPurged(reply); }
  void ReplyTimeout(Session& session) override { session.reply.Ok(); }

 private:
  const uint64_t ticket_;
};

void Reclaim::Answer(Call& call, int64_t deadline_ms) {
  engine_.blocked().Block(call.session, std::make_unique<WaitingForRun>(*this), deadline_ms);
}

void Reclaim::AnswerPurge(Call& call) {
  if (!call.may_block) {
    engine_.purger().Request();
    return ReplyPurged(call.reply);
  }
  engine_.blocked().Block(call.session, std::make_unique<WaitingForPurge>(*this), 0);
}

int64_t Reclaim::pause_ns() const {
  return waits_ ? kPollNs : kPauseNs;
}

Reclaim::Returned Reclaim::returned() const {
  return {.purged = memory::Stats().purged,
          .moved = engine_.defragger().mover().moved_bytes(),
          .table = table_returned_,
          .pending = pending_returned_};
}

void Reclaim::RunSlice() {
  const bool wanted = std::any_of(waiting_.begin(), waiting_.end(),
                                  [](const Waiting* call) { return call->WantsRun(); });
  if (!wanted) stage_ = Stage::kNone;
  if (wanted && stage_ == Stage::kNone) BeginRun();
  TimeSource& time = engine_.time();
  const int64_t begin = time.MonotonicNanoseconds();
  waits_ = stage_ == Stage::kNone;
  while (stage_ != Stage::kNone && !waits_) {
    waits_ = !Step();
    if (time.MonotonicNanoseconds() - begin >= kSliceNs) break;
  }
  const bool run_over = wanted && stage_ == Stage::kNone;
  const std::vector<Waiting*> calls = waiting_;
  for (Waiting* call : calls) {
    if (!call->Ready(run_over)) continue;
    engine_.FinishBlocked(*call, [&](Call& finished) { call->Reply(finished.reply); });
  }
}

void Reclaim::BeginRun() {
  for (Waiting* call : waiting_) call->Begin();
  stage_ = Stage::kPendingFree;
  // What is thrown away from now on is not this run's: there may never be an end of it.
  garbage_ = engine_.lazy_free().added();
  last_pending_ = engine_.pending_free_bytes();
  next_database_ = 0;
}

bool Reclaim::Step() {
  switch (stage_) {
    case Stage::kNone:
      return false;
    case Stage::kPendingFree:
      return EndPending();
    case Stage::kTables:
      if (ShrinkTables()) return true;
      engine_.defragger().Begin();
      stage_ = Stage::kDefrag;
      return true;
    case Stage::kDefrag:
      // A chunk of a table at a time: the caller looks at the clock.
      engine_.defragger().RunSlice([] { return true; });
      if (engine_.defragger().running()) return true;
      purge_ticket_ = engine_.purger().Request();
      stage_ = Stage::kPurge;
      return true;
    case Stage::kPurge:
      if (!engine_.purger().Done(purge_ticket_)) return false;
      stage_ = Stage::kNone;
      return true;
  }
  return false;
}

// A step of what clients have left is done here; the rest is the thread's.
bool Reclaim::EndPending() {
  const bool more = engine_.EndSomeLeavings();
  NotePending();
  if (more) return true;
  if (!engine_.lazy_free().HasFreed(garbage_)) return false;
  stage_ = Stage::kTables;
  return true;
}

void Reclaim::NotePending() {
  const size_t now = engine_.pending_free_bytes();
  if (now < last_pending_) pending_returned_ += last_pending_ - now;
  last_pending_ = now;
}

// One step in one database; false when no database has more to do.
bool Reclaim::ShrinkTables() {
  auto& used = engine_.databases().used();
  const auto next = used.lower_bound(next_database_);
  if (next == used.end()) return false;
  Keyspace& db = next->second;
  const size_t before = db.table().memory();
  if (!db.Maintain()) next_database_ = next->first + 1;
  const size_t after = db.table().memory();
  if (after < before) table_returned_ += before - after;
  return true;
}

void Reclaim::ReplyPurged(ReplyWriter& reply) {
  if (!engine_.purger().error()) return reply.Ok();
  reply.Error("ERR Error purging dirty pages");
}

void Reclaim::ReplyReturned(ReplyWriter& reply, const Returned& since, bool complete) {
  const Returned now = returned();
  const auto row = [&](std::string_view name, size_t bytes) {
    reply.Bulk(name);
    reply.Integer(static_cast<int64_t>(bytes));
  };
  const std::vector<Left> left =
      WhatIsLeft(engine_, complete, static_cast<bool>(engine_.purger().error()));
  reply.Map(5);
  row("purged", now.purged - since.purged);
  row("moved", now.moved - since.moved);
  row("table", now.table - since.table);
  row("pending", now.pending - since.pending);
  reply.Bulk("left");
  reply.Map(left.size());
  for (const Left& what : left) {
    reply.Bulk(what.name);
    reply.Array(2);
    reply.Integer(static_cast<int64_t>(what.bytes));
    reply.Bulk(what.reason);
  }
}

}  // namespace ebb
