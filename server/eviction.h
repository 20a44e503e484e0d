// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/evict.h"

namespace ebb {

class Engine;

// maxmemory: keeps what the server uses below the limit. Memory that is dead but not freed yet does
// not count, so nothing is evicted or refused for it. First the trash gives way, then keys go by
// the policy, in slices: a command that finds much to do leaves the rest to the slices between the
// commands, and runs.
//
// Thread: engine thread.
class Eviction {
 public:
  explicit Eviction(Engine& engine);
  Eviction(const Eviction&) = delete;
  Eviction& operator=(const Eviction&) = delete;

  enum class Result {
    kEnough,   // there is memory
    kRunning,  // not yet: more goes in the next slice
    kNone,     // nothing is left that may go
  };

  // Makes room, for as long as maxmemory-eviction-tenacity allows. A comparison when there is room.
  // While clients are paused there is always enough.
  Result MakeRoom();

  // Whether MakeRoom was interrupted and should be called again soon.
  bool pending() const { return pending_; }

  // Bytes above the limit (Engine::used_memory_limit); 0 when there are none, or no limit.
  size_t Excess() const;

  // For how long memory has been above the limit, in milliseconds: all in all, and up to now.
  int64_t total_exceeded_ms() const;
  int64_t current_exceeded_ms() const;
  void ResetStatistics();

 private:
  Result FreeExcess();
  bool FreeSome(size_t bytes);
  bool SparesKeys() const;
  void NoteExceeded(bool exceeded);

  Engine& engine_;
  Evictor evictor_;
  bool pending_ = false;
  int64_t exceeded_since_ns_ = 0;  // 0: it is not
  int64_t exceeded_ns_ = 0;        // before that
};

}  // namespace ebb
