// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace ebb {

class Engine;
class Keyspace;

// The engine's regular work, in bounded slices: expiry, table maintenance, defragmentation.
//
// Thread: engine thread.
class Cron {
 public:
  explicit Cron(Engine& engine) : engine_(engine) {}

  // One tick; `hz` of them a second.
  void Run();

  // One slice of the work that wants to be done soon: the expire cycle, and what is left to do in
  // the trash (what is due there, and the count of what flushes take), of what was cut off of
  // sorted sets, of what clients have left behind and of evictions. Dead keys are found chunk by
  // chunk of the tables, by each chunk's earliest deadline, so that keys whose time has not come
  // cost nothing. A round looks at some databases, and where one of them has anything due, at all
  // the others as well, in as many slices as that takes.
  //
  // All of it shares 0.4 ms, and a slice ends with the step that passes them, after about half a
  // millisecond. Only where memory is short can it take longer, by what an eviction takes at a time
  // (maxmemory-eviction-tenacity; half a millisecond by default) and, while commands wait for
  // maxmemory-rss, by a tick of ResidentLimit, half a millisecond too.
  //
  // While `work_pending`, the transport calls again soon, so that this takes up to a quarter of the
  // time (active-expire-effort 1) while much is dead, half of it once it has been going on for a
  // tenth of a second, and while a value lets go of what was cut off of it, most of what clients
  // leave.
  void RunSlice();
  bool work_pending() const;

  // How long to wait before the next slice, in nanoseconds, so that this keeps to its share of the
  // time.
  int64_t work_pause_ns() const;

  // One slice of the active defragmentation, while `defrag_pending`. As there, the transport waits
  // for defrag_pause_ns before the next one: the busier the clients keep the engine, the longer.
  void DefragSlice();
  bool defrag_pending() const;
  int64_t defrag_pause_ns() const;
  // How long the present defragmentation has been going on, in nanoseconds; 0 when there is none.
  int64_t defrag_ns() const;

  // DEBUG SET-ACTIVE-EXPIRE.
  void set_active_expire(bool on) { active_expire_ = on; }

  // DEBUG PAUSE-CRON: while paused, ticks begin no work; what is pending comes to its end. Calls
  // that block are still answered when their time is over.
  void set_paused(bool paused) { paused_ = paused; }

 private:
  void NoteBusyShare();
  void ConsiderDefrag();
  void NoteDefragTime();
  bool CountTrash();
  void WorkOffRest(int64_t begin_ns);
  void MaintainTables();
  void TellState();
  bool ExpireChunks(int64_t end_ns);
  Keyspace* FindDue();

  Engine& engine_;
  // Databases from which the next round goes on.
  int next_to_expire_ = 0;
  int next_to_maintain_ = 0;
  size_t to_look_at_ = 0;   // databases until the round of expiry is over; 0 when none goes on
  bool found_due_ = false;  // in this round
  bool paused_ = false;
  bool active_expire_ = true;
  bool expire_pending_ = false;
  bool rest_pending_ = false;  // in the trash, of what was cut off, or of what clients left
  bool behind_ = false;        // with all of these
  // The share of the time that commands took between the last two ticks, and what it is made from.
  double busy_share_ = 0;
  int64_t busy_noted_ns_ = 0;
  uint64_t commands_ns_ = 0;
  int64_t round_ns_ = 0;          // when the first of these slices one soon after the other was
  int64_t state_told_ms_ = 0;     // when TellState did, on the steady clock
  int64_t defrag_since_ns_ = 0;   // when the present defragmentation began
  int64_t ticks_since_look_ = 0;  // at the defragger's figures
};

}  // namespace ebb
