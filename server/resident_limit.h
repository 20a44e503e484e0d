// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace ebb {

class Engine;

// maxmemory-rss: keeps what the process holds of the machine's memory below a limit, by whatever
// costs least first. It climbs a ladder while that is above the limit: free pages go back to the
// system, blocks are moved out of half-empty pages, tables are shrunk, the trash is emptied; only
// then are keys evicted, and where none may go, commands that need memory refused. The log says
// which rung it is on, each once in ten seconds: a writer that never stops makes it go up and down
// often.
//
// Pages follow late when their last block has gone, so what is evicted is not measured by them: at
// the top of the ladder the used memory gets a limit, as much lower than it is as the resident
// memory is too high, but by a quarter at the most, and only after another defragmentation is there
// another look. It stays until the resident memory is well below its limit, or has another one.
//
// Where what is too much is more than all keys could give (clients' buffers and queues, and what is
// free between their blocks), to evict them would be in vain: they stay, and commands that need
// memory are refused until what is too much is less.
//
// A writer may be faster than the ladder: used memory is never above maxmemory-rss, and once
// what is resident is well above it, commands that need memory wait until it is below again, or
// nothing is left to be done. Without that a container's limit would be met within a second.
//
// Thread: engine thread.
class ResidentLimit {
 public:
  enum class Rung : uint8_t { kNone, kPurge, kDefrag, kShrink, kTrash, kEvict, kRefuse };
  static constexpr size_t kRungs = 7;

  explicit ResidentLimit(Engine& engine) : engine_(engine) {}
  ResidentLimit(const ResidentLimit&) = delete;
  ResidentLimit& operator=(const ResidentLimit&) = delete;

  // Looks at the figures and goes on with what the rung is for; once a tick of the regular work,
  // and more often while commands wait. Half a millisecond at most, and where keys are to be
  // evicted a look at each client. Costs nothing without a limit.
  void Tick();

  // maxmemory-rss is another one, or none any more: what was to be evicted for the old one stays.
  // As long as a tick; evicts nothing.
  void OnLimitChange();

  // Whether a command that needs memory has to wait; to be asked before each. Looks at the figures
  // where much has come in since the last look.
  bool Holds();
  bool holding() const { return holding_; }

  Rung rung() const { return rung_; }
  // As the log and INFO name it: "purge", "none".
  std::string_view rung_name() const;

  // The limit of used memory that follows: maxmemory-rss itself, since what is used is resident,
  // and less at the top of the ladder. 0: none.
  size_t used_limit() const;

  // Whether no key is to be evicted for it, as all together would not be enough.
  bool spares_keys() const { return spares_keys_; }

  // Where the resident bytes are read; tests set it.
  std::function<size_t()> read_resident;

 private:
  size_t Resident() const;
  void Climb(size_t resident);
  void Enter(Rung rung, size_t resident);
  void Log(Rung rung, size_t resident);
  // One tick's work on the rung. Answers whether it has done what it can.
  bool Work(size_t excess);
  bool Purge();
  bool Shrink();
  bool EmptyTrash(size_t excess);
  void LimitUsed(size_t excess);
  void Evict(size_t resident, size_t excess);

  Engine& engine_;
  Rung rung_ = Rung::kNone;
  uint64_t purge_ticket_ = 0;                // 0: none is under way
  int next_database_ = 0;                    // whose table is next
  size_t used_limit_ = 0;                    // at the top; 0 below it
  bool purge_failed_ = false;                // the last one could not begin
  bool settling_ = false;                    // enough is evicted, and the pages follow
  bool spares_keys_ = false;                 // as of the last LimitUsed
  std::array<int64_t, kRungs> logged_ns_{};  // when the log last named each
  bool holding_ = false;                     // commands that need memory wait
  uint64_t input_seen_ = 0;                  // bytes that had been received at the last look
};

}  // namespace ebb
