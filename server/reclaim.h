// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/command.h"

namespace ebb {

class Engine;

// MEMORY RECLAIM and MEMORY PURGE: gives back what can be given back, at once instead of when the
// server finds that it pays. A run ends what clients have left behind, waits for what the
// lazy-free thread has, joins what is left of tables that have become too big, defragments once,
// and purges. It goes in slices between the clients' commands; who asks is answered at its end.
//
// Thread: engine thread.
class Reclaim {
 public:
  explicit Reclaim(Engine& engine) : engine_(engine) {}
  Reclaim(const Reclaim&) = delete;
  Reclaim& operator=(const Reclaim&) = delete;

  // The call's session is answered when a run that begins now, or next, is over; or at
  // `deadline_ms` (on the steady clock; 0: none) with how far that came.
  void Answer(Call& call, int64_t deadline_ms);

  // The call's session is answered +OK when pages that are free now have gone back; in a
  // transaction at once.
  void AnswerPurge(Call& call);

  // Whether RunSlice is wanted, and how long after the last one, in nanoseconds.
  bool pending() const { return !waiting_.empty(); }
  int64_t pause_ns() const;

  // Goes on for half a millisecond at most.
  void RunSlice();

 private:
  class Waiting;
  class WaitingForRun;
  class WaitingForPurge;

  enum class Stage : uint8_t { kNone, kPendingFree, kTables, kDefrag, kPurge };

  // Bytes that were given back since the start.
  struct Returned {
    size_t purged = 0;
    size_t moved = 0;
    size_t table = 0;
    size_t pending = 0;
  };
  Returned returned() const;
  void BeginRun();
  // One step of the stage at hand; false when it has to wait for another thread.
  bool Step();
  bool EndPending();
  void NotePending();
  bool ShrinkTables();
  void ReplyPurged(ReplyWriter& reply);
  void ReplyReturned(ReplyWriter& reply, const Returned& since, bool complete);

  Engine& engine_;
  std::vector<Waiting*> waiting_;  // in the order of their coming
  Stage stage_ = Stage::kNone;
  uint64_t garbage_ = 0;  // as LazyFree counts it, of this run
  uint64_t purge_ticket_ = 0;
  size_t last_pending_ = 0;
  int next_database_ = 0;  // whose table is next
  size_t table_returned_ = 0;
  size_t pending_returned_ = 0;
  bool waits_ = false;  // for another thread
};

}  // namespace ebb
